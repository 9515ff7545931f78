"""Over random graphs of checks: what is diagnosed is exactly what failed without a failed ancestor."""

from hypothesis import given
from hypothesis import strategies as st

from diagnostics.core.codes import CheckId
from diagnostics.core.diagnose import diagnose
from diagnostics.core.evidence import failures
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, Resolution, Route, SkipReason, Status
from diagnostics.core.outcome import CheckResult, Mode, Outcome, Run, failed, passed, skipped, unknown, warned
from tests.core.stories import CLOUD_RUN, START, target

CHECKS = tuple(CheckId)
CODES = {check: tuple(code for code in Code if code.check is check) for check in CHECKS}


@st.composite
def graphs(draw: st.DrawFn) -> dict[CheckId, tuple[CheckId, ...]]:
    """Any graph over the checks: edges lead to earlier ones, chains of any depth."""
    order = draw(st.permutations(CHECKS))
    return {
        check: tuple(draw(st.lists(st.sampled_from(order[:place]), unique=True, max_size=3))) if place else ()
        for place, check in enumerate(order)
    }


def own_outcome(draw: st.DrawFn, check: CheckId) -> Outcome:
    status = draw(st.sampled_from(Status)) if CODES[check] else Status.PASS
    found = Finding(code=draw(st.sampled_from(CODES[check])), about="x") if CODES[check] else None
    if status is Status.FAIL and found:
        return failed(None, found)
    if status is Status.WARN and found:
        return warned(None, found)
    if status is Status.UNKNOWN:
        return unknown(SkipReason.NOT_PERMITTED)
    return skipped(SkipReason.NOT_APPLICABLE) if status is Status.SKIP else passed()


def blocked(needs: tuple[CheckId, ...], known: dict[CheckId, Outcome]) -> Outcome | None:
    """The runner's rule: failure blocks, and what is blocked blocks in turn."""
    for need in needs:
        outcome = known[need]
        if outcome.status is Status.FAIL or outcome.reason is SkipReason.BLOCKED:
            return skipped(SkipReason.BLOCKED, outcome.blocked_by or need)
        if outcome.status is Status.UNKNOWN:
            return unknown(outcome.reason or SkipReason.NOT_PERMITTED)
    return None


@st.composite
def runs(draw: st.DrawFn) -> Run:
    graph = draw(graphs())
    known: dict[CheckId, Outcome] = {}
    for check, needs in graph.items():
        known[check] = blocked(needs, known) or own_outcome(draw, check)
    results = tuple(CheckResult(check=c, outcome=o, requires=graph[c], needed=True) for c, o in known.items())
    return Run(
        run_id="r",
        started_at=START,
        duration_seconds=1.0,
        mode=Mode.CHECK,
        resolution=Resolution(name="t", target=target(draw(st.sampled_from(Route)))),
        platform=CLOUD_RUN,
        results=results,
    )


def ancestors(check: CheckId, edges: dict[CheckId, tuple[CheckId, ...]]) -> set[CheckId]:
    found: set[CheckId] = set()
    waiting = [*edges[check]]
    while waiting:
        each = waiting.pop()
        found.add(each)
        waiting += edges[each]
    return found


@given(runs())
def test_every_frontier_failure_is_explained_once_and_nothing_behind_it(run: Run) -> None:
    status = {result.check: result.outcome.status for result in run.results}
    edges = {result.check: result.requires for result in run.results}
    broken = {check for check in status if status[check] is Status.FAIL}
    frontier = {check for check in broken if not ancestors(check, edges) & broken}
    assert {citation.check for citation in failures(run.results)} == frontier == broken
    found = diagnose(run)
    explained = [c.check for d in found for c in d.explains if status[c.check] is Status.FAIL]
    assert sorted(explained) == sorted(frontier)
    assert bool(found) is bool(frontier)


@given(runs())
def test_diagnosis_is_the_same_every_time_and_in_path_order(run: Run) -> None:
    found = diagnose(run)
    assert found == diagnose(run)
    status = {result.check: result.outcome.status for result in run.results}
    places = [min(CHECKS.index(c.check) for c in d.explains if status[c.check] is Status.FAIL) for d in found]
    assert places == sorted(places)
