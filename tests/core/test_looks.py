"""Several looks added up: what they come to, how often, how long."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.looks import (
    MOSTLY_BROKEN,
    WATCHED_CHANGES,
    Constancy,
    Look,
    Seen,
    StageSeconds,
    constancy,
    summed,
    telling,
)

GOOD = Look(works=True, exit_code=0)
LATE = Look(works=True, exit_code=0, syns=2)
UNSURE = Look(works=None, exit_code=22)
TIMEOUT = Look(works=False, exit_code=16, causes=("tcp.timeout",), findings=("tcp.connect.silent",))
RESET = Look(works=False, exit_code=18, causes=("pg.reset",), findings=("postgres.startup.reset",))
LETTERS = {"g": GOOD, "l": LATE, "u": UNSURE, "t": TIMEOUT, "r": RESET}

LOOKS = st.lists(st.sampled_from(list(LETTERS.values())), max_size=40)


def looks(letters: str) -> list[Look]:
    return [LETTERS[letter] for letter in letters]


@pytest.mark.parametrize(
    "seen, once, watched",
    [
        ("", Constancy.UNKNOWN, Constancy.UNKNOWN),
        ("uuu", Constancy.UNKNOWN, Constancy.UNKNOWN),
        ("ggg", Constancy.STEADY, Constancy.STEADY),
        ("guug", Constancy.STEADY, Constancy.STEADY),
        ("ttt", Constancy.BROKEN, Constancy.BROKEN),
        # One break, one recovery, one incident that ended: in a row they differ; watched they are no flapping.
        ("gggttt", Constancy.FLAKY, Constancy.BROKEN),
        ("tttggg", Constancy.FLAKY, Constancy.STEADY),
        ("ggttgg", Constancy.FLAKY, Constancy.STEADY),
        ("gtgt", Constancy.FLAKY, Constancy.FLAKY),
        ("gtgtg", Constancy.FLAKY, Constancy.FLAKY),
        ("gutugut", Constancy.FLAKY, Constancy.FLAKY),
        # Six new connections a minute: the first ones get through.
        ("gggggg" + 14 * "t", Constancy.FLAKY, Constancy.BROKEN),
        ("g" + 19 * "t", Constancy.BROKEN, Constancy.BROKEN),
        ("gl", Constancy.STEADY, Constancy.STEADY),
        ("gllg", Constancy.FLAKY, Constancy.FLAKY),
    ],
)
def test_what_several_looks_come_to(seen: str, once: Constancy, watched: Constancy) -> None:
    assert constancy(looks(seen)) is once
    assert constancy(looks(seen), WATCHED_CHANGES) is watched


@given(LOOKS)
def test_a_flaky_path_was_seen_both_ways_or_slow_to_come(seen: list[Look]) -> None:
    said = summed(seen)
    if said.flaky:
        assert 0 < said.failed < said.runs or said.second_syn > 1
    if said.constancy is Constancy.STEADY:
        assert said.failed == 0


@given(LOOKS)
def test_broken_means_that_nine_of_ten_known_looks_failed(seen: list[Look]) -> None:
    said = summed(seen)
    known = said.runs - said.unknown
    assert (said.constancy is Constancy.BROKEN) == (known > 0 and said.failed > MOSTLY_BROKEN * known)


@given(LOOKS)
def test_a_watch_is_never_quicker_to_call_a_path_flaky(seen: list[Look]) -> None:
    assert not summed(seen, WATCHED_CHANGES).flaky or summed(seen).flaky


@given(LOOKS)
def test_looks_that_could_not_tell_change_no_verdict(seen: list[Look]) -> None:
    known = [look for look in seen if look.works is not None]
    if known:
        assert constancy(seen) is constancy(known)


@given(LOOKS.filter(bool))
def test_the_exit_code_is_that_of_the_cause_seen_most_often(seen: list[Look]) -> None:
    said, failed = summed(seen), [look for look in seen if look.failed]
    if not failed:
        assert said.exit_code == (0 if any(look.works for look in seen) else 22)
        return
    most = max(sum(look.causes == each.causes for look in failed) for each in failed)
    assert sum(look.exit_code == said.exit_code for look in failed) == most
    assert seen[telling(seen)].exit_code == said.exit_code


def test_of_two_causes_seen_as_often_the_first_one_counts() -> None:
    assert summed(looks("grtg")).exit_code == RESET.exit_code


def test_causes_and_findings_say_in_how_many_runs_they_were_seen() -> None:
    said = summed(looks("gtrtg"))
    assert said.causes == (Seen(code="tcp.timeout", runs=2), Seen(code="pg.reset", runs=1))
    assert [each.runs for each in said.findings] == [2, 1]
    assert (said.runs, said.failed) == (5, 3)


SECONDS = st.floats(0, 60)


@given(st.lists(st.tuples(st.sampled_from(RUNGS), SECONDS, st.booleans()), min_size=1, max_size=30))
def test_median_and_worst_are_those_of_the_runs_that_reached_the_stage(made: list[tuple[CheckId, float, bool]]) -> None:
    said = summed(
        [
            Look(works=True, exit_code=0, stages=(StageSeconds(check=check, seconds=seconds, failed=failed),))
            for check, seconds, failed in made
        ]
    )
    assert [times.check for times in said.stages] == [rung for rung in RUNGS if any(rung is each[0] for each in made)]
    for times in said.stages:
        of_stage = [each for each in made if each[0] is times.check]
        assert times.runs == len(of_stage)
        assert times.failed == sum(each[2] for each in of_stage)
        assert times.median_seconds == statistics.median(each[1] for each in of_stage)
        assert times.worst_seconds == max(each[1] for each in of_stage)
