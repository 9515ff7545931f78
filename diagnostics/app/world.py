"""Adapters put together: what checks may ask of this process's world."""

import secrets
import socket
from collections.abc import Mapping
from functools import partial
from math import inf
from typing import TYPE_CHECKING

import msgspec

from diagnostics import __version__
from diagnostics.adapters.clock import SystemClock
from diagnostics.adapters.credentials import FileCredentials
from diagnostics.adapters.drivers import AppDrivers
from diagnostics.adapters.files import SystemFiles
from diagnostics.adapters.http import LazyHttp
from diagnostics.adapters.keys import CachedKeys
from diagnostics.adapters.network import SocketNetwork
from diagnostics.adapters.resolver import SystemResolver
from diagnostics.adapters.threads import in_thread, load
from diagnostics.backoff import Refusals
from diagnostics.check import Check, Env, Vault
from diagnostics.checks import CHECKS
from diagnostics.core.assemble import assemble
from diagnostics.core.model import Depth, Options, Platform, Resolution, Secret, Status, TrialChoice
from diagnostics.core.observed import ApiCall
from diagnostics.core.outcome import Mode, Outcome, Run
from diagnostics.core.provisional import Grace, provisional_of
from diagnostics.core.redact import Redactor
from diagnostics.core.report import AgentInfo, Report
from diagnostics.ports import Clock, Drivers
from diagnostics.pulse import Pulse
from diagnostics.runner import NOTHING, Carried, Observer, run_checks
from diagnostics.settings import Loaded, describe

if TYPE_CHECKING:
    from diagnostics.trials.memory import Memory

USER_AGENT = f"cloudsql-diag/{__version__}"
"""How our calls of Google's APIs show in audit logs."""


TITLES = {check.id: check.title for check in CHECKS}
"""What each check asserts."""

PASSWORD = "password"
"""What options of a URL that hold a secret have in their name, such as libpq's ``sslpassword``."""

RUN_ID_BYTES = 8
"""Enough that no two runs of a fleet share an id."""


PATIENCE = {Mode.CHECK: inf, Mode.WAIT: 5.0}
"""Seconds that one run may wait for egress to open. ``check`` has the one run; ``wait`` tries again anyway, and says
what it sees in between; ``serve`` never keeps its report back."""


class Outside:
    """The adapters of one process. They live as long as it does; what one run learns lives in its ``Env``."""

    def __init__(
        self,
        environ: Mapping[str, str],
        checks: tuple[Check, ...] = CHECKS,
        drivers: Drivers | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or SystemClock()
        self.checks = checks
        self._network = SocketNetwork()
        self._resolver = SystemResolver()
        self._http = LazyHttp(self._resolver, environ, USER_AGENT)
        self._credentials = FileCredentials(environ)
        self._keys = CachedKeys(self.clock)
        self._files = SystemFiles()
        self._drivers = drivers or AppDrivers(environ)
        self._memory: Memory | None = None
        self._refused_logins = Refusals[Outcome]()
        self._busy_apis = Refusals[ApiCall]()
        self._began = self.clock.now()

    async def one_run(
        self, loaded: Loaded, resolution: Resolution, mode: Mode, limit: float, observers: tuple[Observer, ...] = ()
    ) -> Report:
        """One run against one target, and its report. ``limit`` bounds its deadline, in seconds."""
        options = msgspec.structs.replace(loaded.options, timeout=min(loaded.options.timeout, limit))
        return await self.run(loaded, self.env(resolution, loaded.platform, options), mode, observers)

    async def run(
        self,
        loaded: Loaded,
        env: Env,
        mode: Mode,
        observers: tuple[Observer, ...] = (),
        carried: Carried = NOTHING,
        *,
        trials: bool = True,
    ) -> Report:
        """One run of all checks in ``env``, but for the outcomes that are carried, its trials, and its report."""
        grace = self._grace(loaded, mode)
        run = await run_checks(self.checks, env, mode, secrets.token_hex(RUN_ID_BYTES), observers, carried)
        if trials and env.options.trials is TrialChoice.AUTO:
            run = await self._settled(run, env, grace)
        report = partial(
            assemble,
            run,
            agent=AgentInfo(version=__version__, hostname=socket.gethostname()),
            titles=TITLES,
            settings=describe(env.resolution),
            fail_on=env.options.fail_on,
            provisional=provisional_of(run, grace),
        )
        # To load the rules and the catalogue takes as long as a probe of liveness may wait; without them it is nothing.
        return report() if _is_healthy(run) else await in_thread(report)

    async def _settled(self, run: Run, env: Env, grace: Grace) -> Run:
        if not any(result.outcome.status is Status.FAIL for result in run.results):
            return run
        # Loaded only for a run that failed.
        await load("diagnostics.trials.memory")
        from diagnostics.trials import settled
        from diagnostics.trials.memory import Memory

        if run.mode is not Mode.SERVE:
            return await settled(run, self.checks, env, grace)
        memory = self._memory = self._memory or Memory()
        run = await settled(memory.recall(run, self.clock.monotonic()), self.checks, env, grace)
        memory.keep(run, self.clock.monotonic())
        return run

    def _grace(self, loaded: Loaded, mode: Mode) -> Grace:
        seconds = loaded.invocation.grace_of(mode, loaded.platform)
        return Grace(began=self._began, seconds=seconds, patience=PATIENCE.get(mode, 0.0))

    def env(self, resolution: Resolution, platform: Platform, options: Options) -> Env:
        """What the checks of one run get."""
        return Env(
            resolution=resolution,
            platform=platform,
            options=_within_reach(options, resolution),
            vault=Vault(_redactor(resolution)),
            network=self._network,
            resolver=self._resolver,
            http=self._http,
            credentials=self._credentials,
            keys=self._keys,
            files=self._files,
            drivers=self._drivers,
            clock=self.clock,
            pulse=Pulse(self.clock),
            refused_logins=self._refused_logins,
            busy_apis=self._busy_apis,
        )


def _is_healthy(run: Run) -> bool:
    return all(result.outcome.status in (Status.PASS, Status.SKIP) for result in run.results)


def _within_reach(options: Options, resolution: Resolution) -> Options:
    """No deeper than the target can be walked."""
    depths = tuple(Depth)
    if resolution.target is None or depths.index(options.depth) <= depths.index(resolution.target.deepest):
        return options
    return msgspec.structs.replace(options, depth=resolution.target.deepest)


def _redactor(resolution: Resolution) -> Redactor:
    target = resolution.target
    if target is None:
        return Redactor()
    # Of the URL only what is secret in it: its other parts are in the report, and in every text about the connection.
    hidden = (target.password, *target.secrets, *(Secret(value) for name, value in target.options if PASSWORD in name))
    shown = (target.host, target.database, target.user, str(target.instance or ""))
    return Redactor(tuple(secret for secret in hidden if secret), tuple(text for text in shown if text))
