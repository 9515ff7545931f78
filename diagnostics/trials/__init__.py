"""What follows a failed run: waiting where the instance is young, and what-if trials, all within the run's deadline."""

import msgspec

from diagnostics.check import Check, Env
from diagnostics.core.model import Status
from diagnostics.core.outcome import Run
from diagnostics.core.provisional import Grace
from diagnostics.core.trials import Trial
from diagnostics.trials.made import made
from diagnostics.trials.waited import waited

MOST = 3
"""Trials of one run: as many as hypotheses were ever seen to queue up for one failure, each a connection of its own."""

LIMIT = 9.0
"""Seconds for one trial: a rung that accepts and then says nothing takes 8, and what is below it took milliseconds."""

ROOM = 0.5
"""Seconds that are left of the run's deadline for what comes after: the report."""


async def settled(run: Run, checks: tuple[Check, ...], env: Env, grace: Grace | None = None) -> Run:
    """The run with the trials that its failure asks for; a run without a failure as it is.

    Trials that it holds already are not made again.
    """
    if not any(result.outcome.status is Status.FAIL for result in run.results):
        return run
    after = _Afterwards(checks, env, grace, env.clock.monotonic() - run.duration_seconds)
    run = await after.waits(run)
    while len(run.trials) < MOST:
        trial = await after.next(run)
        if trial is None:
            break
        run = _with(run, trial)
    return msgspec.structs.replace(run, duration_seconds=after.spent)


def _with(run: Run, trial: Trial) -> Run:
    return msgspec.structs.replace(run, trials=(*run.trials, trial))


class _Afterwards:
    """What is left of the run's time, and what may be done in it; ``began`` is its start in monotonic seconds."""

    def __init__(self, checks: tuple[Check, ...], env: Env, grace: Grace | None, began: float) -> None:
        self._checks = checks
        self._env = env
        self._grace = grace
        self._began = began

    @property
    def spent(self) -> float:
        """Seconds since the run began."""
        return self._env.clock.monotonic() - self._began

    @property
    def _left(self) -> float:
        return self._env.options.timeout - self.spent - ROOM

    @property
    def _young(self) -> float:
        """Seconds in which silence may still pass by itself."""
        return self._grace.left(self._env.platform, self._env.clock.now()) if self._grace else 0.0

    async def waits(self, run: Run) -> Run:
        """The run, and what became of its silence."""
        # Rules are loaded only for a run that needs them.
        from diagnostics.core.whatif import wait_for

        grace = self._grace
        plan = wait_for(run, self._env.options) if grace and grace.patience and self._young else None
        if grace is None or plan is None:
            return run
        limit = min(grace.patience, self._left)
        return _with(run, await waited(plan, self._checks, self._env, run, limit, grace))

    async def next(self, run: Run) -> Trial | None:
        """The next trial, made; None where there is none, or no time for one."""
        from diagnostics.core.whatif import next_trial

        plan = next_trial(run, self._env.options) if self._left > ROOM else None
        young = self._young > 0.0
        return await made(plan, self._checks, self._env, run, min(self._left, LIMIT), young=young) if plan else None
