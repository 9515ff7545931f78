"""The crew and its parts, without a lab."""

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from diagnostics.lab.world import Route
from tests.scenarios import crew
from tests.scenarios.__main__ import selected
from tests.scenarios.crew import outcome_of, work
from tests.scenarios.scenario import Scenario
from tests.scenarios.stage import Run, changed
from tests.scenarios.table import SCENARIOS

ROW = Scenario(id="X1", what="", route=Route.DIRECT)
RUN = Run(exit=0, stdout=b"{}", stderr=b"caf\xc3\xa9 \xff", seconds=0.1)


def fine(place: str, scenario: Scenario) -> str:
    return f"{scenario.id} in {place}"


def broken(place: str, scenario: Scenario) -> str:
    raise OSError("the router is gone")


@contextmanager
def build() -> Iterator[str]:
    yield "the lab"


Answers = list[tuple[str] | str]


def worked(job: Callable[[str, Scenario], str]) -> Answers:
    tasks: queue.Queue[Scenario | None] = queue.Queue()
    answers: queue.Queue[tuple[str] | str] = queue.Queue()
    for task in (ROW, ROW, None):
        tasks.put(task)
    work(tasks, answers, job, build)  # type: ignore[arg-type]
    return [answers.get_nowait() for _ in range(answers.qsize())]


def test_a_worker_answers_each_scenario() -> None:
    assert worked(fine) == [("X1 in the lab",)] * 2


def test_a_worker_says_why_it_cannot_go_on() -> None:
    (said,) = worked(broken)
    assert isinstance(said, str)
    assert "the router is gone" in said


class Fallen:
    exitcode = -9


def test_a_worker_that_falls_without_a_word_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "LOOK_SECONDS", 0.01)
    answers: queue.Queue[str] = queue.Queue()
    assert "-9" in crew.next_answer(answers, [Fallen()])  # type: ignore[arg-type]


def test_what_is_no_report_is_none() -> None:
    outcome = outcome_of(RUN)
    assert outcome.report is None
    assert outcome.errors == "café \ufffd"


def test_settings_are_written_over_the_labs_own() -> None:
    row = Scenario(
        id="X",
        what="",
        route=Route.DIRECT,
        settings=(("POSTGRES_DB", "{POSTGRES_DB}\r\n"), ("K_SERVICE", None), ("URL", "x:{QUOTED_PASSWORD}@y")),
    )
    made = {"POSTGRES_DB": "orders", "K_SERVICE": "api", "POSTGRES_PASSWORD": "a/b@c"}
    assert changed(made, row) == {"POSTGRES_DB": "orders\r\n", "POSTGRES_PASSWORD": "a/b@c", "URL": "x:a%2Fb%40c@y"}


def test_a_sample_has_all_quick_rows_and_some_slow_ones() -> None:
    sample = selected(SCENARIOS, (), 10)
    slow = [scenario for scenario in SCENARIOS if scenario.slow]
    assert {scenario.id for scenario in SCENARIOS} - {scenario.id for scenario in slow} <= {s.id for s in sample}
    assert 0 < sum(scenario.slow for scenario in sample) < len(slow) / 2
    assert selected(SCENARIOS, (), 1) == SCENARIOS


def test_rows_can_be_named_by_how_they_begin() -> None:
    assert {scenario.id for scenario in selected(SCENARIOS, ("S40",), 1)} == {
        "S40-direct",
        "S40-socket",
        "S40-connector",
        "S40-direct-iam",
        "S40-connector-iam",
    }
