"""The dependency graph of checks: valid or not, and what a check needs transitively."""

from collections.abc import Iterable, Mapping

from diagnostics.core.codes import CheckId

Edges = Mapping[CheckId, tuple[CheckId, ...]]
"""From a check to the checks it depends on."""


class GraphError(Exception):
    """The declared checks do not form a graph that can run: our own bug, found at start."""


def order(edges: Edges) -> tuple[CheckId, ...]:
    """Every check after all it depends on, otherwise in the order given; GraphError for unknown ids and cycles."""
    placed: dict[CheckId, None] = {}
    waiting = list(edges)
    while waiting:
        ready = [check for check in waiting if all(_known(edges, check, need) in placed for need in edges[check])]
        if not ready:
            raise GraphError(f"cycle among {', '.join(sorted(waiting))}")
        placed.update(dict.fromkeys(ready))
        waiting = [check for check in waiting if check not in placed]
    return tuple(placed)


def closure(roots: Iterable[CheckId], edges: Edges) -> frozenset[CheckId]:
    """The roots and all they depend on, transitively."""
    found: set[CheckId] = set()
    waiting = list(roots)
    while waiting:
        check = waiting.pop()
        if check not in found:
            found.add(check)
            waiting.extend(edges.get(check, ()))
    return frozenset(found)


def _known(edges: Edges, check: CheckId, need: CheckId) -> CheckId:
    if need not in edges:
        raise GraphError(f"{check} depends on {need}, which is not among the checks")
    return need
