"""The report of a failed start-up: whom to ask, what fired, and the one line."""

import enum
import os
from collections.abc import Mapping
from typing import TextIO

from diagnostics.startup import ask
from diagnostics.startup.chain import chain
from diagnostics.startup.judging import judge
from diagnostics.startup.ledger import Ledger
from diagnostics.startup.line import Found, Report, from_text
from diagnostics.startup.timers import Timer

FULL = "53300"
"""A server without free slots: a diagnosis would take one more."""


class Diagnose(enum.StrEnum):
    """Who is asked for the cause: the sidecar, else a child, else the exception alone; or only up to one of them."""

    AUTO = "auto"
    AGENT = "agent"
    CHILD = "child"
    TEXT = "text"
    OFF = "off"


_said: set[tuple[int, str, str]] = set()
"""Process, cause and exception of the lines that were written: one for each."""


def made(
    exc: BaseException, ledger: Ledger, mode: Diagnose, budget: float, environ: Mapping[str, str], stream: TextIO | None
) -> Report:
    """Make it and write its line, unless the process has said the same before."""
    cancelled = type(exc).__name__ == "CancelledError"
    judgement = judge(exc)
    fired, timers = ledger.fired(exc), ledger.timers(exc)
    found = from_text(judgement) if cancelled else _found(exc, mode, budget, environ, timers) or from_text(judgement)
    report = Report(
        found=found,
        judgement=judgement,
        exception=type(exc).__name__,
        fired=fired,
        timers=timers,
        attempts=ledger.attempts,
        seconds=ledger.elapsed,
        cancelled=cancelled,
    )
    key = (os.getpid(), found.cause, report.exception)
    if key not in _said:
        _said.add(key)
        report.write(stream)
    return report


def _found(
    exc: BaseException, mode: Diagnose, budget: float, environ: Mapping[str, str], timers: tuple[Timer, ...]
) -> Found | None:
    if mode in {Diagnose.AUTO, Diagnose.AGENT}:
        agent = ask.by_agent(environ, budget, timers)
        if agent is not None:
            return agent
    full = any(judge(each).sqlstate == FULL for each in chain(exc))
    if mode in {Diagnose.AUTO, Diagnose.CHILD} and not full:
        return ask.by_child(environ, budget)
    return None
