"""What is remembered of runs, and for how long."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from diagnostics.core.codes import Cause
from diagnostics.core.report import Report
from diagnostics.monitor import Breadth
from diagnostics.monitor.history import FEW, MANY_TARGETS, History, Sizes, sizes_for
from diagnostics.monitor.state import proven
from tests.surfaces.reports import HEALTHY, PROVISIONAL, REPORTS, SOCKET_FAILURE

SMALL = Sizes(recent=3, failed=2, incidents=2)

MADE = {"p": HEALTHY, "f": SOCKET_FAILURE, "y": PROVISIONAL}


class Played:
    """A history into which letters are played: p passes, f fails, y is a young instance's silence; large is wide."""

    def __init__(self, sizes: Sizes = SMALL) -> None:
        self.history = History(sizes)
        self._numbers: Iterator[int] = iter(range(10_000))

    def play(self, letters: str) -> History:
        for letter in letters:
            report = self.report(letter)
            wide = Breadth.WIDE if letter.isupper() else Breadth.NARROW
            self.history.take(report, wide, well=proven(report))
        return self.history

    def report(self, letter: str) -> Report:
        number = next(self._numbers)
        made = MADE[letter.lower()]
        return replace(made, run_id=f"{letter}{number}", started_at=made.started_at + timedelta(seconds=number))


def ids(history: History) -> list[str]:
    return [run.run_id for run in history.runs]


def test_the_last_runs_are_remembered_newest_first() -> None:
    assert ids(Played().play("ppppp")) == ["p4", "p3", "p2"]


def test_failures_are_remembered_longer_than_what_passed() -> None:
    assert ids(Played().play("pfpppp")) == ["p5", "p4", "p3", "f1"]


def test_the_first_failure_of_an_incident_is_remembered_as_long_as_the_incident() -> None:
    history = Played().play("pfffffff")
    assert ids(history) == ["f7", "f6", "f5", "f1"]
    assert [incident.first.run_id for incident in history.incidents] == ["f1"]


def test_the_oldest_incident_goes_first_and_its_first_run_with_it() -> None:
    history = Played().play("pfpfpfppp")
    assert [incident.first.run_id for incident in history.incidents] == ["f5", "f3"]
    assert history.report("f1") is None


def test_however_long_it_runs_there_is_a_bound() -> None:
    assert len(Played().play("pfFpF" * 200).runs) <= SMALL.recent + SMALL.failed + SMALL.incidents


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_a_report_comes_back_as_it_was(report: Report) -> None:
    history = History(SMALL)
    history.take(report, Breadth.WIDE, well=False)
    assert history.report(report.run_id) == report


def test_an_incident_lasts_from_the_first_failure_to_the_good_run_that_is_believed() -> None:
    played = Played()
    assert played.play("p").incident is None
    opened = played.play("f").incident
    assert opened is not None
    assert (opened.began_at, opened.ended_at, opened.failed_runs) == (opened.first.started_at, None, 1)
    assert opened.last_good is not None
    assert opened.last_good.run_id == "p0"
    good = played.report("p")
    played.history.take(good, Breadth.NARROW, well=False)
    assert played.history.incident is not None, "one good run among failures is not the end yet"
    played.play("f")
    assert played.history.incidents[0].failed_runs == 2
    closed = played.play("p").incidents[0]
    assert closed.ended_at == closed.began_at + timedelta(seconds=3)
    assert played.history.incident is None


def test_an_incident_gathers_every_cause_that_was_named() -> None:
    history = History(SMALL)
    other = replace(SOCKET_FAILURE, diagnoses=(replace(SOCKET_FAILURE.diagnoses[0], cause="tcp.refused"),))
    for report in (SOCKET_FAILURE, other, SOCKET_FAILURE):
        history.take(report, Breadth.WIDE, well=False)
    assert history.incidents[0].causes == (SOCKET_FAILURE.diagnoses[0].cause, "tcp.refused")


@pytest.mark.parametrize(
    "letters, cause",
    [
        ("yyp", Cause.VPC_WARMING_UP),
        ("yfp", None),
        ("fyp", None),
        ("pyyp", None),
        ("fp", None),
    ],
)
def test_silence_of_a_young_instance_that_ended_by_itself_was_the_way_that_opens(
    letters: str, cause: Cause | None
) -> None:
    """And nothing else was: not silence that turned into another failure, nor a path that had worked before."""
    assert Played().play(letters[:-1]).incidents[0].proven_cause is None
    assert Played().play(letters).incidents[0].proven_cause == cause


def test_what_ended_after_the_time_in_which_ways_open_may_have_been_mended_by_hand() -> None:
    assert PROVISIONAL.provisional is not None
    late = replace(HEALTHY, started_at=PROVISIONAL.provisional.until + timedelta(seconds=1))
    history = Played().play("yy")
    history.take(late, Breadth.WIDE, well=True)
    assert (history.incidents[0].ended_at, history.incidents[0].proven_cause) == (late.started_at, None)


def test_a_server_that_hung_up_was_not_the_way_that_opens() -> None:
    """Though it is provisional: the cause that was named is none of the network."""
    (diagnosis,) = PROVISIONAL.diagnoses
    closed = replace(diagnosis, cause=Cause.PG_SERVER_CLOSED, layer=Cause.PG_SERVER_CLOSED.layer)
    history = History(SMALL)
    history.take(replace(PROVISIONAL, diagnoses=(closed,)), Breadth.WIDE, well=False)
    history.take(HEALTHY, Breadth.WIDE, well=True)
    assert history.incidents[0].proven_cause is None


def test_without_a_good_run_before_there_is_nothing_to_compare_with() -> None:
    (incident,) = Played().play("f").incidents
    assert (incident.last_good, incident.differences) == (None, ())


def test_what_a_narrow_run_did_not_see_comes_with_the_wide_one_after_it() -> None:
    played = Played()
    played.play("P")
    played.play("f")
    assert [type(each).__name__ for each in played.history.incidents[0].differences][-1] == "CauseDifference"
    narrow = played.history.incidents[0].differences
    moved = replace(played.report("F"), target=replace(SOCKET_FAILURE.target, settings=HEALTHY.target.settings))
    played.history.take(moved, Breadth.WIDE, well=False)
    wide = played.history.incidents[0].differences
    assert narrow != wide
    played.play("f")
    assert played.history.incidents[0].differences == wide


def test_many_targets_get_less_room_each() -> None:
    assert sizes_for(1) == sizes_for(MANY_TARGETS) == Sizes()
    assert sizes_for(MANY_TARGETS + 1) == FEW
