"""The one line that a failed start-up leaves: the fields of our other log lines, and the timers beside them."""

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple, TextIO

from diagnostics.startup.judging import Judgement
from diagnostics.startup.timers import Fired, How, Sure, Timer

COMPONENT = "cloudsql-diag"
PATIENCE = frozenset(
    {
        "app.timeout_too_short",
        "pool.exhausted",
        "vpc.warming_up",
        "pg.not_ready",
        "instance.maintenance_or_failover",
        "dns.slow",
        "runtime.cpu_throttled",
        "runtime.event_loop_blocked",
    }
)
"""Causes that a longer limit may outlast. With any other that was diagnosed, it only makes the failure later."""


WORKS_NOW = "the path to the database works now: the limit, the pool or the app's own code is at fault"


class Found(NamedTuple):
    """What somebody diagnosed: the sidecar, a child of ours, or the exception alone."""

    by: str
    """``agent``, ``child`` or ``text``."""
    status: str = "unknown"
    cause: str = ""
    confidence: str = ""
    title: str = ""
    remedy: str = ""
    failing: tuple[str, ...] = ()
    exit_code: int = 0
    run_id: str = ""
    target: str = ""
    region: str = ""

    @property
    def path_works(self) -> bool:
        """Whether the path was measured, and is well by now."""
        return self.by != "text" and self.status in {"pass", "warn"}


class Report(NamedTuple):
    """Everything that is said of one failed start-up."""

    found: Found
    judgement: Judgement
    exception: str
    """The type's name; the message may hold a secret."""
    fired: Fired | None
    timers: tuple[Timer, ...]
    attempts: int
    seconds: float
    """Since the ledger was made."""
    cancelled: bool = False

    @property
    def message(self) -> str:
        """What happened, in sentences."""
        parts = (self._headline(), _fired(self.fired, self.timers), self._help())
        return " ".join(part for part in parts if part)

    def document(self, time: str) -> dict[str, Any]:
        """The line as it is written; ``time`` as in RFC 3339."""
        found = self.found
        status = "unknown" if self.cancelled else "fail"
        return {
            "severity": "WARNING" if self.cancelled else "ERROR",
            "time": time,
            "message": self.message,
            "logging.googleapis.com/labels": {"target": found.target, "status": status, "cause": found.cause},
            "component": COMPONENT,
            "run_id": found.run_id,
            "target": found.target,
            "status": status,
            "cause": found.cause,
            "confidence": found.confidence,
            "exit_code": found.exit_code,
            "failing": list(found.failing),
            "remedy": found.remedy,
            "duration_seconds": round(self.seconds, 3),
            "event": "startup.cancelled" if self.cancelled else "startup.failed",
            "verdict": self.judgement.verdict.value,
            "exception": self.exception,
            "attempts": self.attempts,
            "diagnosed_by": found.by,
            "timers": [_row(timer) for timer in self.timers],
        }

    def write(self, stream: TextIO | None = None) -> None:
        """One line, written at once: other workers write to the same place."""
        import json
        from datetime import UTC, datetime

        out = stream or sys.stderr
        if out is None:
            return  # Closed by whoever started the app: then there is no log to write to.
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        out.write(json.dumps(self.document(time), ensure_ascii=False) + "\n")
        out.flush()

    def _headline(self) -> str:
        if self.cancelled:
            return "start-up was cancelled from outside before it was done."
        if self.found.path_works:
            return f"start-up failed, and {WORKS_NOW}."
        if self.found.cause:
            title = f": {self.found.title}" if self.found.title else ""
            return f"start-up failed: {self.found.cause}{title}."
        return f"start-up failed: {self.judgement.reason}."

    def _help(self) -> str:
        measured = self.found.by != "text" and self.found.status == "fail"
        if self.fired is not None and measured and self.found.cause not in PATIENCE:
            return "A longer limit will not help."
        return ""


def _fired(fired: Fired | None, timers: Sequence[Timer]) -> str:
    """Which limit ended it, how sure that is, and which others did not."""
    if fired is None or fired.how is How.CANCELLED:
        return ""
    if not fired.names:
        return "A time was over, and nobody knows whose."
    name = " and ".join(fired.names)
    seconds = f" {fired.seconds:.1f} s" if fired.seconds else ""
    if fired.how is How.BLOCKED_LOOP:
        held = "the event loop was held by a blocking call or had no CPU"
        return f"The limit {name}{seconds} ended {fired.late:.1f} s late: {held}."
    if fired.how is How.MEASURED:
        passed = f"{fired.elapsed or 0.0:.1f} s"
        return f"The limit {name}{seconds} was exceeded after {passed}; around synchronous code it only measures."
    others = [
        f"{each.name} {each.seconds:.1f} s"
        for each in timers
        if each.elapsed is not None and each.seconds and not each.fired
    ]
    rest = f", not {', '.join(others)}" if others and fired.sure is Sure.SURE else ""
    return f"The limit that fired is {name}{seconds} ({fired.sure.value}){rest}."


def _row(timer: Timer) -> dict[str, Any]:
    row: dict[str, Any] = {"name": timer.name, "seconds": timer.seconds, "fired": timer.fired, "source": timer.source}
    if timer.elapsed is not None:
        row["elapsed"] = round(timer.elapsed, 3)
    return row


def from_text(judgement: Judgement) -> Found:
    """What the exception says by itself: a cause where it names one, never a measurement."""
    return Found("text", cause=judgement.cause, confidence="possible" if judgement.cause else "")
