"""One run: every planned check once, as soon as what it depends on is done, in one TaskGroup under one deadline.

Rules:
- Every planned check is in the result, whatever happens to it.
- A requirement is satisfied by PASS, WARN and SKIP(not_applicable). A failed one makes the dependent SKIP(blocked), an
  unknown one UNKNOWN with the same reason. This looks at what the check found, before the next rule.
- Only a check that the route needs may FAIL; elsewhere the same finding is WARN.
- An expired deadline is evidence (``on_timeout``); an exception is our own bug, ``agent.crashed``, and the run goes on.
- The rungs climb in one task, so that nothing stands between two of them. Landings come after them on the same
  connection, when the ladder's total has been taken.
- A run may take outcomes over from another one instead of evaluating them: they keep the time at which they were found.
"""

import asyncio
import traceback
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import Protocol

import msgspec

from diagnostics.check import Check, Env, never
from diagnostics.climb import Climb
from diagnostics.core.candidates import SPOKEN
from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.facts import Fact, Facts
from diagnostics.core.findings import Code
from diagnostics.core.graph import closure, order
from diagnostics.core.model import Depth, Finding, SkipReason, Status
from diagnostics.core.outcome import CheckResult, Ladder, Mode, Outcome, Run, Rung, failed, skipped, unknown
from diagnostics.ports import Endpoint

DEEPEST = dict(zip(Depth, RUNGS, strict=True))
"""The rung that each depth ends with."""


Coming = asyncio.Future[CheckResult | None]
"""An outcome that is there, or comes from a run that goes on beside this one; None if it will not."""

Carried = Mapping[CheckId, Coming]
"""Outcomes that a run takes over instead of evaluating; what comes to None it evaluates after all.

Never one of a rung: the ladder is climbed in every run."""

NOTHING: Carried = MappingProxyType({})


class Observer(Protocol):
    """Told of a run while it goes on. What is taken over is told by the run that evaluated it."""

    def started(self, check: CheckId) -> None:
        """A check is being evaluated."""

    def finished(self, result: CheckResult) -> None:
        """A check is done, or will not be evaluated."""


def validate(checks: Iterable[Check]) -> None:
    """GraphError where an edge leads nowhere or in a circle, for any route; ValueError for an id declared twice."""
    edges = {check.id: tuple(edge.check for edge in check.requires + check.after) for check in checks}
    if len(edges) != len(tuple(checks)):
        raise ValueError("two checks have the same id")
    order(edges)


def needed_by_route(checks: Iterable[Check], env: Env) -> frozenset[CheckId]:
    """What the route of this target needs: the deepest rung, the app's driver, and all that these require.

    Without a target it is what every route needs: an app may do without anything else.
    """
    target = env.resolution.target
    edges = {
        check.id: check.requires_for(target)
        if target is not None
        else tuple(edge.check for edge in check.requires if edge.always)
        for check in checks
    }
    roots = (check.id for check in checks if check.root(env) and not _deselected(check, env) and check.applies(env))
    return closure(roots, edges) & frozenset(edges)


def needed_by_any(checks: tuple[Check, ...]) -> tuple[CheckId, ...]:
    """What some target may need, whatever its route and login: no other check can ever FAIL."""
    edges = {check.id: tuple(edge.check for edge in check.requires) for check in checks}
    needed = closure((check.id for check in checks if check.root is not never), edges)
    return tuple(check.id for check in checks if check.id in needed)


async def run_checks(
    checks: tuple[Check, ...],
    env: Env,
    mode: Mode,
    run_id: str,
    observers: tuple[Observer, ...] = (),
    carried: Carried = NOTHING,
) -> Run:
    """One run of the checks against the target of ``env``."""
    started_at, origin = env.clock.now(), env.clock.monotonic()
    state = _State(checks, env, observers, origin, carried)
    await state.go()
    return Run(
        run_id=run_id,
        started_at=started_at,
        duration_seconds=env.clock.monotonic() - origin,
        mode=mode,
        resolution=env.resolution,
        platform=env.platform,
        results=tuple(state.results[check.id] for check in checks),
        ladder=state.ladder,
        depth_reached=state.reached(env.options.depth),
    )


class _State:
    """What is known so far in one run."""

    def __init__(
        self, checks: tuple[Check, ...], env: Env, observers: tuple[Observer, ...], origin: float, carried: Carried
    ) -> None:
        self.env = env
        self.observers = observers
        self.origin = origin
        self.carried = carried
        self.results: dict[CheckId, CheckResult] = {}
        self.ladder: Ladder | None = None
        self._under_way: dict[CheckId, float] = {}
        self._facts: dict[CheckId, Fact] = {}
        self._found: dict[CheckId, Outcome] = {}
        self._done = {check.id: asyncio.Event() for check in checks}
        self._checks = {check.id: check for check in checks}
        self._needed = needed_by_route(checks, env)

    async def go(self) -> None:
        self.env.pulse.restart()
        self._take_over_what_is_there()
        try:
            async with asyncio.timeout(self.env.options.timeout), asyncio.TaskGroup() as background:
                beat = background.create_task(self.env.pulse.beat())
                await self._all_checks()
                beat.cancel()
        except TimeoutError:
            for check in self._checks.values():
                if check.id not in self.results:
                    self._cut_short(check)

    def _cut_short(self, check: Check) -> None:
        """How long it had been under way tells a step that got no answer from one that got no turn."""
        late = unknown(SkipReason.RUN_DEADLINE, Finding(code=Code.AGENT_RUN_DEADLINE, about=check.id))
        started = self._under_way.get(check.id)
        seconds = 0.0 if started is None else self.env.clock.monotonic() - started
        self._record(check, late, started, seconds)

    def reached(self, depth: Depth) -> bool:
        """Whether every rung up to this depth holds; one that the target does not use is no gap."""
        rungs = RUNGS[: RUNGS.index(DEEPEST[depth]) + 1]
        return all(self._holds(rung) for rung in rungs if rung in self._checks)

    def _holds(self, rung: CheckId) -> bool:
        outcome = self._found.get(rung)
        if outcome is None:
            return False
        return outcome.status in (Status.PASS, Status.WARN) or outcome.reason is SkipReason.NOT_APPLICABLE

    async def _all_checks(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._climb())
            for check in self._checks.values():
                if check.climb is None and check.id not in self.results:
                    group.create_task(self._one(check))

    def _take_over_what_is_there(self) -> None:
        for check in self._checks.values():
            earlier = self.carried.get(check.id)
            result = earlier.result() if earlier is not None and earlier.done() else None
            if result is not None:
                self._take_over(check, result)

    async def _one(self, check: Check) -> None:
        coming = self.carried.get(check.id)
        # Shielded: several runs may wait for it, and one of them that ends must not take it from the others.
        result = await asyncio.shield(coming) if coming is not None else None
        if result is not None:
            self._take_over(check, result)
            return
        await self._wait_for(check)
        await self._settle_or_evaluate(check, None)

    async def _settle_or_evaluate(self, check: Check, climb: Climb | None) -> Rung | None:
        """Record the outcome; the rung's share of the climb where there was something to evaluate."""
        settled = self._settled(check)
        if settled is not None:
            self._record(check, settled)
            return None
        for observer in self.observers:
            observer.started(check.id)
        started = self._under_way[check.id] = self.env.clock.monotonic()
        outcome = await self._bounded(check, climb)
        seconds = self.env.clock.monotonic() - started
        self._record(check, outcome, started, seconds)
        return Rung(check=check.id, seconds=seconds)

    async def _wait_for(self, check: Check, but: tuple[CheckId, ...] = ()) -> None:
        target = self.env.resolution.target
        for need in check.requires_for(target) + check.after_for(target):
            if need in self._done and need not in but:
                await self._done[need].wait()

    def _settled(self, check: Check) -> Outcome | None:
        """The outcome of a check that will not be evaluated."""
        if _deselected(check, self.env):
            return skipped(SkipReason.NOT_SUPPORTED if _not_spoken(check, self.env) else SkipReason.DESELECTED)
        if self._is_elsewhere(check) or not check.applies(self.env):
            return skipped(SkipReason.NOT_APPLICABLE)
        return self._blocked(check)

    def _is_elsewhere(self, check: Check) -> bool:
        """Off Google Cloud its services are contacted only for a target whose route needs them."""
        needed = self.env.resolution.target is not None and check.id in self._needed
        return check.cloud_only and not self.env.platform.kind.on_google_cloud and not needed

    def _blocked(self, check: Check) -> Outcome | None:
        for need in check.requires_for(self.env.resolution.target):
            outcome = self._found[need]
            if outcome.status is Status.FAIL:
                return skipped(SkipReason.BLOCKED, need)
            if outcome.status is Status.UNKNOWN:
                return msgspec.structs.replace(outcome, findings=(), fact=None, blocked_by=outcome.blocked_by or need)
            if outcome.status is Status.SKIP and outcome.reason is not SkipReason.NOT_APPLICABLE:
                return skipped(SkipReason.BLOCKED, outcome.blocked_by or need)
        return None

    async def _bounded(self, check: Check, climb: Climb | None) -> Outcome:
        target = self.env.resolution.target
        statuses = {found: outcome.status for found, outcome in self._found.items()}
        spent = {found: result.duration_seconds for found, result in self.results.items()}
        facts = Facts(self._facts, statuses, frozenset(check.requires_for(target) + check.after_for(target)), spent)
        deadline = asyncio.timeout(check.timeout)
        try:
            async with deadline:
                return await check.evaluate(climb, self.env, facts)
        except TimeoutError as error:
            return _expired(check) if deadline.expired() else _crashed(error)
        except Exception as error:  # noqa: BLE001 - a bug of ours must not end the run
            return _crashed(error)

    async def _climb(self) -> None:
        rungs = [self._checks[rung] for rung in RUNGS if rung in self._checks]
        for rung in rungs:
            await self._wait_for(rung, but=RUNGS)
        climb = Climb(self.env.network)
        started = self.env.clock.monotonic()
        try:
            shares = [await self._settle_or_evaluate(rung, climb) for rung in rungs]
            # Before the goodbye, which is nobody's step: an app that connects keeps its connection.
            total = self.env.clock.monotonic() - started
            self.ladder = self._ladder(tuple(share for share in shares if share), total, climb.endpoint)
            await self._land(climb)
        finally:
            climb.close()

    async def _land(self, climb: Climb) -> None:
        """The landings, at once: they stand on rungs only, so nobody keeps a connection of the server waiting."""
        for check in self._checks.values():
            if check.climb is not None and check.id not in self.results:
                await self._settle_or_evaluate(check, climb)

    def _ladder(self, shares: tuple[Rung, ...], total: float, endpoint: Endpoint | None) -> Ladder | None:
        target = self.env.resolution.target
        if target is None or not shares:
            return None
        return Ladder(
            route=target.route,
            address="" if endpoint is None else endpoint.label,
            rungs=shares,
            total_seconds=total,
            unattributed_seconds=total - sum(share.seconds for share in shares),
        )

    def _record(self, check: Check, outcome: Outcome, started: float | None = None, seconds: float = 0.0) -> None:
        now = self.env.clock.monotonic()
        result = CheckResult(
            check=check.id,
            outcome=outcome,
            started_offset_seconds=(now if started is None else started) - self.origin,
            duration_seconds=seconds,
            timeout_seconds=check.timeout,
            as_of=outcome.found_at or self.env.clock.now(),
        )
        self._settle(check, result)
        for observer in self.observers:
            observer.finished(self.results[check.id])

    def _take_over(self, check: Check, earlier: CheckResult) -> None:
        """Whether a route needs a check, and so may call it failed, is this run's own to say."""
        found = msgspec.structs.replace(earlier.outcome, status=earlier.found or earlier.outcome.status)
        self._settle(check, msgspec.structs.replace(earlier, outcome=found, found=None, started_offset_seconds=0.0))

    def _settle(self, check: Check, result: CheckResult) -> None:
        outcome = self._found[check.id] = result.outcome
        if outcome.fact is not None:
            self._facts[check.id] = outcome.fact
        target, needed = self.env.resolution.target, check.id in self._needed
        milder = outcome.status is Status.FAIL and not needed
        self.results[check.id] = msgspec.structs.replace(
            result,
            outcome=msgspec.structs.replace(outcome, status=Status.WARN) if milder else outcome,
            found=Status.FAIL if milder else None,
            requires=check.requires_for(target),
            after=check.after_for(target),
            needed=needed,
        )
        self._done[check.id].set()


def _deselected(check: Check, env: Env) -> bool:
    too_deep = check.id in RUNGS and RUNGS.index(check.id) > RUNGS.index(DEEPEST[env.options.depth])
    return too_deep or check.id in env.options.skip


def _not_spoken(check: Check, env: Env) -> bool:
    """Whether a stage is behind the last one that can be walked to a server of another engine."""
    target = env.resolution.target
    if target is None or target.engine in SPOKEN or check.id not in RUNGS:
        return False
    return RUNGS.index(check.id) > RUNGS.index(DEEPEST[target.deepest])


def _expired(check: Check) -> Outcome:
    if check.on_timeout is None:
        return unknown(SkipReason.NO_ANSWER)
    return failed(None, Finding(code=check.on_timeout))


def _crashed(error: Exception) -> Outcome:
    """Type and place only: the text of an exception may hold what must not be shown."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    about = f"{type(error).__name__} in {PurePath(place.filename).name}:{place.lineno}"
    return unknown(SkipReason.CRASHED, Finding(code=Code.AGENT_CRASHED, about=about))
