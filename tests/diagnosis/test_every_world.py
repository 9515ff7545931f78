"""Every world with up to two deviations, on every route, to every kind of address, with every level of permission.

Worlds that nobody can tell apart are one row here: they have one answer, which has to be right in all of them.
"""

import pytest

from diagnostics.core.model import Route
from diagnostics.diagnosis.network.verdict import diagnose_network
from tests.diagnosis.every_world import each_broken, observations, rows
from tests.diagnosis.judge import complaints, unsettled


@pytest.mark.parametrize("route", Route)
def test_an_answer_is_right_in_every_world_that_looks_so(route: Route) -> None:
    seen = rows(route)
    wrong = [
        f"{problem}: {known} {observations(what)}"
        for (known, what), worlds in seen.items()
        for problem in complaints(diagnose_network(observations(what), known), worlds, known)
    ]
    print(f"{route}: {each_broken(route)} broken worlds, {len(seen)} answers")
    if wrong:
        pytest.fail(f"{len(wrong)} problems, the first: {wrong[0]}")


@pytest.mark.parametrize("route", Route)
def test_what_is_said_to_settle_it_does(route: Route) -> None:
    """For worlds with one deviation: these are what people meet."""
    wrong = []
    for (known, what), worlds in rows(route).items():
        if any(alike & every.model.space.single for every, alike in worlds):
            seen = observations(what)
            answer = diagnose_network(seen, known)
            wrong += [f"{problem}: {known} {seen}" for problem in unsettled(answer, seen, known)]
    if wrong:
        pytest.fail(f"{len(wrong)} problems, the first: {wrong[0]}")
