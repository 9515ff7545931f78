"""A look left out, for every world with one deviation and the usual names; ``make worlds`` does it for all of both."""

import itertools

import pytest

from diagnostics.core.model import Route
from diagnostics.diagnosis.network.verdict import diagnose_network
from diagnostics.diagnosis.network.world import ApiNames
from tests.diagnosis.every_world import observations, rows, without_each
from tests.diagnosis.judge import complaints

EVERY = 3
"""Of the looks of a row: a third of the minute that all of them take."""


@pytest.mark.parametrize("route", Route)
def test_a_missing_look_makes_no_answer_wrong(route: Route) -> None:
    wrong, count = [], 0
    for row, ((known, what), worlds) in enumerate(rows(route).items()):
        single = [(every, alike & every.model.space.single) for every, alike in worlds]
        if known[0].api_names is not ApiNames.PUBLIC or not any(alike for _, alike in single):
            continue
        # Another look in each row, so that every one is left out in many.
        for fewer in itertools.islice(without_each(what), row % EVERY, None, EVERY):
            count += 1
            seen = observations(fewer)
            wrong += [f"{each}: {known} {seen}" for each in complaints(diagnose_network(seen, known), single, known)]
    print(f"{route}: {count} answers with a look less")
    if wrong:
        pytest.fail(f"{len(wrong)} problems, the first: {wrong[0]}")
