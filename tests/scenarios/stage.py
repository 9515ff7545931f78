"""A lab in network namespaces, and one run of the command in it."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import quote

from diagnostics.lab.ground import Isolation
from diagnostics.lab.lab import Lab
from diagnostics.lab.world import IpType
from tests.scenarios.scenario import Scenario, Value

RUN_SECONDS = 120.0
"""Twice the longest run of the product: beyond it a command hangs."""

FREEZE_AFTER_SECONDS = 1.5
"""The interpreter has started by then, and a silent connection is still being waited for."""


class Run(Value, frozen=True, kw_only=True):
    """What a command wrote, and how long it took."""

    exit: int
    stdout: bytes
    stderr: bytes
    seconds: float
    stopped: bool = False
    """It did not end by itself in its time."""


class Stage:
    """A context manager: the lab is there while it is entered."""

    def __init__(self) -> None:
        self._lab = Lab(isolation=Isolation.NETNS)

    def __enter__(self) -> Self:
        self._lab.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lab.__exit__(kind, error, trace)

    def arrange(self, scenario: Scenario) -> dict[str, str]:
        """Build the world; the environment of an app in it."""
        made = self._lab.arrange(
            *scenario.faults,
            route=scenario.route,
            login=scenario.login,
            world=[f"{key}={value}" for key, value in scenario.world],
        )
        return changed(made, scenario)

    def instance_address(self, kind: str) -> str:
        """The instance's ``public``, ``private`` or ``psc`` address, as the console would show it."""
        return self._lab.addresses.of(_KINDS[kind], self._lab.switchboard.world)

    def check(self, scenario: Scenario) -> Run:
        """``check`` in the scenario's world."""
        environment = self.arrange(scenario)
        argv = ("cloudsql-diag", "check", "-o", "json", *scenario.flags)
        return self.run(*argv, environment=environment, frozen_seconds=scenario.frozen_seconds)

    def run(
        self,
        *argv: str,
        environment: Mapping[str, str],
        patience: float = RUN_SECONDS,
        frozen_seconds: float = 0.0,
    ) -> Run:
        """A command as the app's container would start it, ended after ``patience`` seconds."""
        began = time.monotonic()
        process = self.start(*argv, environment=environment)
        if frozen_seconds:
            _freeze(process, frozen_seconds)
        stopped = False
        try:
            out, err = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            stopped = True
            end(process)
            out, err = process.communicate()
        seconds = time.monotonic() - began
        return Run(exit=process.returncode, stdout=out, stderr=err, seconds=seconds, stopped=stopped)

    def start(self, *argv: str, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        """The same without waiting for its end; whoever starts it ends it."""
        return subprocess.Popen(
            self._lab.command(*argv),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )


_KINDS = {"public": IpType.PRIMARY, "private": IpType.PRIVATE, "psc": IpType.PSC}


def changed(environment: Mapping[str, str], scenario: Scenario) -> dict[str, str]:
    """The environment with the scenario's own settings."""
    names = {**environment, "QUOTED_PASSWORD": quote(environment.get("POSTGRES_PASSWORD", ""), safe="")}
    result = dict(environment)
    for name, template in scenario.settings:
        if template is None:
            result.pop(name, None)
        else:
            result[name] = template.format_map(names)
    return result


def end(process: "subprocess.Popen[bytes]") -> None:
    """With everything that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _freeze(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """As a platform without CPU for it does."""
    time.sleep(FREEZE_AFTER_SECONDS)
    for number, pause in ((signal.SIGSTOP, seconds), (signal.SIGCONT, 0.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        time.sleep(pause)
