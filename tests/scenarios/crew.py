"""Many scenarios over a few labs, each lab in a process of its own: most of a run is waiting for silence."""

import contextlib
import multiprocessing
import queue
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from multiprocessing.queues import Queue
from typing import Protocol, TypeVar

from diagnostics.core.report import Report
from diagnostics.core.serialize import NotAReport, decode
from diagnostics.lab.running import ending_in_order
from tests.scenarios.judge import Outcome, Verdict, judge
from tests.scenarios.scenario import Scenario
from tests.scenarios.stage import Run, Stage

Result = TypeVar("Result")
Place = TypeVar("Place")
Answer = TypeVar("Answer")


LOOK_SECONDS = 2.0
"""How often to look whether everybody is still there, while nobody answers."""

NOT_STARTED = -1
"""No exit code of any process."""


class CrewError(Exception):
    """A lab could not be built or fell; the text says how."""


def spread(job: Callable[[Stage, Scenario], Result], scenarios: Sequence[Scenario], labs: int) -> Iterator[Result]:
    """The job's results as they come in, from so many labs; raises CrewError. The job is a function of a module."""
    # A fresh interpreter a lab: labs have threads, and a forked copy of those is none.
    context = multiprocessing.get_context("spawn")
    tasks: Queue[Scenario | None] = context.Queue()
    answers: Queue[tuple[Result] | str] = context.Queue()
    for task in (*scenarios, *[None] * labs):
        tasks.put(task)
    workers = [context.Process(target=work, args=(tasks, answers, job, Stage), daemon=True) for _ in range(labs)]
    for worker in workers:
        worker.start()
    with ending_in_order():
        for _ in scenarios:
            answer = next_answer(answers, workers)
            if isinstance(answer, str):
                raise CrewError(answer)
            yield answer[0]
    for worker in workers:
        worker.join()


class Worker(Protocol):
    """What is asked of a process."""

    @property
    def exitcode(self) -> int | None:
        """None while it runs."""


def next_answer(answers: "Queue[Answer]", workers: Sequence[Worker]) -> Answer | str:
    """Wait for it as long as nobody fell who cannot say so any more."""
    while True:
        with contextlib.suppress(queue.Empty):
            return answers.get(timeout=LOOK_SECONDS)
        if fallen := [worker.exitcode for worker in workers if worker.exitcode]:
            return f"a process of the crew ended with {fallen[0]}"


def work(
    tasks: "Queue[Scenario | None]",
    answers: "Queue[tuple[Result] | str]",
    job: Callable[[Place, Scenario], Result],
    build: Callable[[], AbstractContextManager[Place]],
) -> None:
    """One process: one lab, scenarios until there are no more."""
    try:
        # Also when the crew is told to end: a lab that is killed leaves its directory behind.
        with ending_in_order(), build() as place:
            while (scenario := tasks.get()) is not None:
                answers.put((job(place, scenario),))
    except Exception:  # noqa: BLE001 - told to the parent, which ends everything
        answers.put(traceback.format_exc())


def check(stage: Stage, scenario: Scenario) -> Verdict:
    """Run our own check and judge it. A scenario that the lab refuses is a wrong row, not the end of all."""
    try:
        outcome = outcome_of(stage.check(scenario))
    except (LookupError, ValueError) as error:
        outcome = Outcome(exit=NOT_STARTED, report=None, errors=str(error))
    return judge(scenario, outcome)


def outcome_of(run: Run) -> Outcome:
    """What a run came to; a document that is no report is none."""
    errors = run.stderr.decode(errors="replace")
    return Outcome(exit=run.exit, report=_report(run.stdout), errors=errors, seconds=run.seconds)


def _report(document: bytes) -> Report | None:
    try:
        return decode(document)
    except NotAReport:
        return None
