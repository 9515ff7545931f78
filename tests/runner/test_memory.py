"""Trials that a sidecar made hold for the same failure, for a while."""

from msgspec.structs import replace

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.findings import Code
from diagnostics.core.model import Route
from diagnostics.core.outcome import Run
from diagnostics.core.trials import Changed, Trial, Verdict
from diagnostics.trials.memory import KEPT, Memory
from tests.core.stories import fail, story


def refused(code: Code = Code.POSTGRES_AUTH_WRONG_PASSWORD, *trials: Trial) -> Run:
    return replace(story(Route.DIRECT, {CheckId.POSTGRES_AUTH: fail(code)}), trials=trials)


def tried(verdict: Verdict) -> Trial:
    return Trial(
        hypothesis=Cause.CONFIG_SECRET_TRAILING_NEWLINE,
        changed=Changed.VALUE_TRIMMED,
        failed=CheckId.POSTGRES_AUTH,
        flips=CheckId.POSTGRES_AUTH,
        verdict=verdict,
        check=CheckId.POSTGRES_AUTH,
    )


SAID = tried(Verdict.STAYED)


def remembering(trial: Trial = SAID) -> Memory:
    memory = Memory()
    memory.keep(refused(Code.POSTGRES_AUTH_WRONG_PASSWORD, trial), 0.0)
    return memory


def test_the_same_failure_has_the_same_trials() -> None:
    assert remembering().recall(refused(), 30.0).trials == (SAID,)


def test_another_failure_is_tried_anew() -> None:
    assert remembering().recall(refused(Code.POSTGRES_AUTH_NO_HBA_ENTRY), 30.0).trials == ()


def test_a_word_holds_for_ten_minutes_however_often_it_is_repeated() -> None:
    memory = remembering()
    for cycle in range(1, 21):
        run = memory.recall(refused(), cycle * 30.0)
        assert (run.trials == (SAID,)) is (cycle * 30.0 < KEPT)
        memory.keep(run, cycle * 30.0)


def test_what_was_not_settled_is_tried_again() -> None:
    assert remembering(tried(Verdict.UNSETTLED)).recall(refused(), 30.0).trials == ()
