"""Each look left out once, for every world with one deviation and the usual names; ``make worlds`` does it for all."""

import pytest

from diagnostics.core.model import Route
from diagnostics.diagnosis.network.verdict import diagnose_network
from diagnostics.diagnosis.network.world import ApiNames
from tests.diagnosis.every_world import observations, rows, without_each
from tests.diagnosis.judge import complaints


@pytest.mark.parametrize("route", Route)
def test_a_missing_look_makes_no_answer_wrong(route: Route) -> None:
    wrong, count = [], 0
    for (known, what), worlds in rows(route).items():
        single = [(every, alike & every.model.space.single) for every, alike in worlds]
        if known[0].api_names is not ApiNames.PUBLIC or not any(alike for _, alike in single):
            continue
        for fewer in without_each(what):
            count += 1
            seen = observations(fewer)
            wrong += [f"{each}: {known} {seen}" for each in complaints(diagnose_network(seen, known), single, known)]
    print(f"{route}: {count} answers with a look less")
    if wrong:
        pytest.fail(f"{len(wrong)} problems, the first: {wrong[0]}")
