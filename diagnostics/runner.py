"""One run: every planned check once, as soon as what it depends on is done, in one TaskGroup under one deadline.

Rules:
- Every planned check is in the result, whatever happens to it.
- A requirement is satisfied by PASS, WARN and SKIP(not_applicable). A failed one makes the dependent SKIP(blocked), an
  unknown one UNKNOWN with the same reason. This looks at what the check found, before the next rule.
- Only a check that the route needs may FAIL; elsewhere the same finding is WARN.
- An expired deadline is evidence (``on_timeout``); an exception is our own bug, ``agent.crashed``, and the run goes on.
- The rungs climb in one task, so that nothing stands between two of them.
"""

import asyncio
import traceback
from collections.abc import Iterable
from pathlib import PurePath
from typing import Protocol

import msgspec

from diagnostics.check import Check, Env
from diagnostics.climb import Climb
from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.facts import Fact, Facts
from diagnostics.core.findings import Code
from diagnostics.core.graph import closure, order
from diagnostics.core.model import Depth, Finding, SkipReason, Status
from diagnostics.core.outcome import CheckResult, Ladder, Mode, Outcome, Run, Rung, failed, skipped, unknown
from diagnostics.ports import Endpoint

DEEPEST = dict(zip(Depth, RUNGS, strict=True))
"""The rung that each depth ends with."""


class Observer(Protocol):
    """Told of a run while it goes on."""

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


async def run_checks(
    checks: tuple[Check, ...], env: Env, mode: Mode, run_id: str, observers: tuple[Observer, ...] = ()
) -> Run:
    """One run of the checks against the target of ``env``."""
    started_at, origin = env.clock.now(), env.clock.monotonic()
    state = _State(checks, env, observers, origin)
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

    def __init__(self, checks: tuple[Check, ...], env: Env, observers: tuple[Observer, ...], origin: float) -> None:
        self.env = env
        self.observers = observers
        self.origin = origin
        self.results: dict[CheckId, CheckResult] = {}
        self.ladder: Ladder | None = None
        self._facts: dict[CheckId, Fact] = {}
        self._found: dict[CheckId, Outcome] = {}
        self._done = {check.id: asyncio.Event() for check in checks}
        self._checks = {check.id: check for check in checks}
        self._needed = self._what_the_route_needs()

    async def go(self) -> None:
        self.env.pulse.restart()
        try:
            async with asyncio.timeout(self.env.options.timeout), asyncio.TaskGroup() as background:
                beat = background.create_task(self.env.pulse.beat())
                await self._all_checks()
                beat.cancel()
        except TimeoutError:
            for check in self._checks.values():
                if check.id not in self.results:
                    self._record(
                        check, unknown(SkipReason.RUN_DEADLINE, Finding(code=Code.AGENT_RUN_DEADLINE, about=check.id))
                    )

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
                if check.climb is None:
                    group.create_task(self._one(check))

    def _what_the_route_needs(self) -> frozenset[CheckId]:
        target = self.env.resolution.target
        edges = {check.id: check.requires_for(target) for check in self._checks.values()}
        roots = (
            c.id for c in self._checks.values() if c.root(self.env) and not self._deselected(c) and c.applies(self.env)
        )
        return closure(roots, edges) & frozenset(edges)

    def _deselected(self, check: Check) -> bool:
        too_deep = check.id in RUNGS and RUNGS.index(check.id) > RUNGS.index(DEEPEST[self.env.options.depth])
        return too_deep or check.id in self.env.options.skip

    async def _one(self, check: Check) -> None:
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
        started = self.env.clock.monotonic()
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
        if self._deselected(check):
            return skipped(SkipReason.DESELECTED)
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
        facts = Facts(self._facts, statuses, frozenset(check.requires_for(target) + check.after_for(target)))
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
        finally:
            climb.close()
        self.ladder = self._ladder(tuple(share for share in shares if share), total, climb.endpoint)

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
        self._found[check.id] = outcome
        if outcome.fact is not None:
            self._facts[check.id] = outcome.fact
        target, needed = self.env.resolution.target, check.id in self._needed
        if outcome.status is Status.FAIL and not needed:
            outcome = msgspec.structs.replace(outcome, status=Status.WARN)
        self.results[check.id] = CheckResult(
            check=check.id,
            outcome=outcome,
            requires=check.requires_for(target),
            after=check.after_for(target),
            needed=needed,
            started_offset_seconds=(self.env.clock.monotonic() if started is None else started) - self.origin,
            duration_seconds=seconds,
            timeout_seconds=check.timeout,
            as_of=self.env.clock.now(),
        )
        self._done[check.id].set()
        for observer in self.observers:
            observer.finished(self.results[check.id])


def _expired(check: Check) -> Outcome:
    if check.on_timeout is None:
        return unknown(SkipReason.NO_ANSWER)
    return failed(None, Finding(code=check.on_timeout))


def _crashed(error: Exception) -> Outcome:
    """Type and place only: the text of an exception may hold what must not be shown."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    about = f"{type(error).__name__} in {PurePath(place.filename).name}:{place.lineno}"
    return unknown(SkipReason.CRASHED, Finding(code=Code.AGENT_CRASHED, about=about))
