"""Checks that say the same of every target: one target's run evaluates them, and the others take the outcome over.

Nobody waits for a run of its own for them, so the first verdict of a target is not later because of the others.
"""

import asyncio
from collections.abc import Iterable

import msgspec

from diagnostics.core.codes import CheckId
from diagnostics.core.model import Status
from diagnostics.core.outcome import CheckResult
from diagnostics.runner import Coming


class _Slot(msgspec.Struct, frozen=True):
    at: float
    result: Coming

    def serves(self, since: float) -> bool:
        return self.at >= since and not (self.result.done() and self.result.result() is None)


class Common:
    """The newest outcome of each such check, or the run that is about to find it."""

    def __init__(self) -> None:
        self._slots: dict[CheckId, _Slot] = {}

    def known(self, checks: Iterable[CheckId], since: float) -> dict[CheckId, Coming]:
        """What another run found at ``since`` (monotonic seconds) or later, or is going to find."""
        slots = {check: self._slots[check] for check in checks if check in self._slots}
        return {check: slot.result for check, slot in slots.items() if slot.serves(since)}

    def lead(self, checks: Iterable[CheckId], now: float) -> "Lead":
        """These are evaluated now, for everybody."""
        create = asyncio.get_running_loop().create_future
        slots = {check: _Slot(now, create()) for check in checks}
        self._slots.update(slots)
        return Lead({check: slot.result for check, slot in slots.items()})


class Lead:
    """Observes a run and hands its outcomes on. Close it when the run is over, however it ended."""

    def __init__(self, results: dict[CheckId, Coming]) -> None:
        self._results = results

    def started(self, check: CheckId) -> None:
        """Part of Observer."""

    def finished(self, result: CheckResult) -> None:
        """Part of Observer. What was skipped here, because of this target, may be worth a look for another one."""
        coming = self._results.get(result.check)
        if coming is not None and not coming.done():
            coming.set_result(None if result.outcome.status is Status.SKIP else result)

    def close(self) -> None:
        """What was not evaluated is left to the others."""
        for coming in self._results.values():
            if not coming.done():
                coming.set_result(None)
