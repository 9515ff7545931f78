"""What a benchmark's outcome is to whoever started it."""

import pytest

from benchmarks.row import Row, Verdict, exit_code


def row(verdict: Verdict) -> Row:
    return Row(name="a", what="b", against="-", goal="-", result="1", spread="", detail="", verdict=verdict)


@pytest.mark.parametrize(
    "verdicts, full, quick",
    [
        ((Verdict.MET, Verdict.SHOWN), 0, 0),
        ((Verdict.MET, Verdict.MISSED), 1, 0),
        ((Verdict.WRONG, Verdict.MET), 1, 1),
        ((), 0, 0),
    ],
)
def test_few_rounds_forgive_a_missed_goal_and_nothing_forgives_what_is_wrong(
    verdicts: tuple[Verdict, ...], full: int, quick: int
) -> None:
    rows = tuple(map(row, verdicts))
    assert exit_code(rows, quick=False) == full
    assert exit_code(rows, quick=True) == quick
