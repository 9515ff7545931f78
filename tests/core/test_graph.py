"""The dependency graph of checks, on random graphs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.core.codes import CheckId
from diagnostics.core.graph import Edges, GraphError, closure, order

IDS = list(CheckId)


@st.composite
def graphs(draw: st.DrawFn) -> dict[CheckId, tuple[CheckId, ...]]:
    """Any graph without a cycle, declared in any order."""
    path = draw(st.lists(st.sampled_from(IDS), unique=True, max_size=12))
    edges = {check: tuple(draw(st.sets(st.sampled_from(path[:at])))) if at else () for at, check in enumerate(path)}
    return {check: edges[check] for check in draw(st.permutations(path))}


@given(graphs())
def test_every_check_comes_once_and_after_all_it_depends_on(edges: Edges) -> None:
    placed = order(edges)
    assert sorted(placed) == sorted(edges)
    for check, needs in edges.items():
        assert all(placed.index(need) < placed.index(check) for need in needs)


@given(st.lists(st.sampled_from(IDS), unique=True))
def test_independent_checks_keep_their_order(path: list[CheckId]) -> None:
    assert list(order(dict.fromkeys(path, ()))) == path


@given(graphs())
def test_an_order_that_is_one_already_is_kept(edges: Edges) -> None:
    placed = order(edges)
    assert order({check: edges[check] for check in placed}) == placed


@given(graphs(), st.data())
def test_a_closed_circle_is_found(edges: dict[CheckId, tuple[CheckId, ...]], data: st.DataObject) -> None:
    """Whatever else the graph holds: an edge back from what a check depends on, or from itself, closes one."""
    if not edges:
        return
    check = data.draw(st.sampled_from(sorted(edges)))
    below = data.draw(st.sampled_from(sorted(closure([check], edges))))
    with pytest.raises(GraphError, match="cycle"):
        order({**edges, below: (*edges[below], check)})


def test_a_dependency_that_nobody_declared_is_found() -> None:
    with pytest.raises(GraphError, match="not among the checks"):
        order({CheckId.TCP_CONNECT: (CheckId.DNS_TARGET,)})


@given(graphs(), st.sets(st.sampled_from(IDS)))
def test_the_closure_is_the_smallest_set_that_needs_nothing_outside(edges: Edges, roots: set[CheckId]) -> None:
    found = closure(roots, edges)
    assert roots <= found
    assert all(need in found for check in found for need in edges.get(check, ()))
    needed = {need for check in found for need in edges.get(check, ())}
    assert found <= roots | needed


@given(graphs(), st.sets(st.sampled_from(IDS)))
def test_the_closure_of_a_closure_is_itself(edges: Edges, roots: set[CheckId]) -> None:
    found = closure(roots, edges)
    assert closure(found, edges) == found
