"""What a trial says: only a failure that the changed input could have ended drops the hypothesis."""

import pytest
from msgspec.structs import replace

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.findings import Code
from diagnostics.core.judge import judged
from diagnostics.core.model import Depth, Route, SkipReason, Target
from diagnostics.core.observed import Reach
from diagnostics.core.outcome import Outcome, passed, unknown
from diagnostics.core.trials import Changed, TrialPlan, Verdict
from tests.core.stories import PRIVATE_IP, Changes, dial, fail, story, target

HERE = target(Route.DIRECT)
REFUSED: Changes = {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_WRONG_PASSWORD)}
FLIPPED, STAYED, UNSETTLED = Verdict.FLIPPED, Verdict.STAYED, Verdict.UNSETTLED


def plan(failed: CheckId, changed: Target = HERE) -> TrialPlan:
    return TrialPlan(
        hypothesis=Cause.CONFIG_SECRET_TRAILING_NEWLINE,
        changed=Changed.VALUE_TRIMMED,
        target=changed,
        failed=failed,
        flips=failed,
        until=Depth.AUTH,
    )


def verdict(
    before: Changes, after: Changes, failed: CheckId, changed: Target = HERE, *, young: bool = False
) -> Verdict:
    then, now = story(Route.DIRECT, before, subject=HERE), story(Route.DIRECT, after, subject=changed)
    return judged(plan(failed, changed), then, now, young=young).verdict


@pytest.mark.parametrize(
    "met, says",
    [
        (passed(), FLIPPED),
        (fail(Code.POSTGRES_AUTH_WRONG_PASSWORD), STAYED),
        (fail(Code.POSTGRES_AUTH_DATABASE_MISSING), STAYED),
        (fail(Code.POSTGRES_AUTH_TOO_MANY_CONNECTIONS), UNSETTLED),
        (fail(Code.POSTGRES_AUTH_NOT_READY), UNSETTLED),
        (fail(Code.POSTGRES_AUTH_CLOSED), UNSETTLED),
        (fail(Code.POSTGRES_AUTH_SILENT), UNSETTLED),
        (unknown(SkipReason.RUN_DEADLINE), UNSETTLED),
        (unknown(SkipReason.CRASHED), UNSETTLED),
    ],
    ids=lambda case: case.value if isinstance(case, Verdict) else str(case.code or case.reason or case.status),
)
def test_the_failed_check_with_the_changed_input(met: Outcome, says: Verdict) -> None:
    assert verdict(REFUSED, {CheckId.POSTGRES_AUTH: met}, CheckId.POSTGRES_AUTH) is says


def test_a_step_that_held_a_moment_ago_and_breaks_now_says_nothing() -> None:
    now: Changes = {CheckId.TCP_CONNECT: dial(Reach.REFUSED)}
    assert verdict(REFUSED, now, CheckId.POSTGRES_AUTH) is UNSETTLED


def test_at_another_address_a_refusal_is_an_answer() -> None:
    other = replace(HERE, host=PRIVATE_IP)
    silent: Changes = {CheckId.TCP_CONNECT: dial(Reach.SILENT)}
    there: Changes = {CheckId.TCP_CONNECT: dial(Reach.REFUSED, PRIVATE_IP)}
    assert verdict(silent, there, CheckId.TCP_CONNECT, other) is STAYED


@pytest.mark.parametrize("young, says", [(False, STAYED), (True, UNSETTLED)])
def test_silence_on_a_young_instance_settles_nothing(young: bool, says: Verdict) -> None:
    other = replace(HERE, host=PRIVATE_IP)
    silent: Changes = {CheckId.TCP_CONNECT: dial(Reach.SILENT)}
    there: Changes = {CheckId.TCP_CONNECT: dial(Reach.SILENT, PRIVATE_IP)}
    assert verdict(silent, there, CheckId.TCP_CONNECT, other, young=young) is says
