"""A driver's own words are the last thing that is asked, and never say more than possible."""

import pytest

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnose import diagnose
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.facts import DriverAsyncpg, DriverConnector, DriverPsycopg
from diagnostics.core.findings import Code
from diagnostics.core.model import Route
from tests.core.stories import fail, story

EXCEPTION = "some.driver.OddError"


@pytest.mark.parametrize(
    "check, code, kind",
    [
        (CheckId.DRIVER_ASYNCPG, Code.DRIVER_ASYNCPG_FAILED, DriverAsyncpg),
        (CheckId.DRIVER_PSYCOPG, Code.DRIVER_PSYCOPG_FAILED, DriverPsycopg),
        (CheckId.DRIVER_CONNECTOR, Code.DRIVER_CONNECTOR_FAILED, DriverConnector),
    ],
)
@pytest.mark.parametrize(
    "message, sqlstate, cause",
    [
        # In an app's log a loop or a pool that is misused; we have one fresh process for one connection.
        ("RuntimeError: Event loop is closed", "", Cause.UNCLASSIFIED),
        ('lost synchronization with server: got message type "S", length 1000000000', "", Cause.UNCLASSIFIED),
        ("instance does not have IP of type PRIVATE", "", Cause.INSTANCE_NO_MATCHING_IP_TYPE),
        ("connection reset by peer", "", Cause.UNCLASSIFIED),
        ("nothing that anybody knows", "", Cause.UNCLASSIFIED),
        ("instance does not have IP of type PRIVATE", "XX000", Cause.UNCLASSIFIED),
        ("", "", Cause.UNCLASSIFIED),
    ],
)
def test_words_of_one_cause_make_it_possible(
    check: CheckId,
    code: Code,
    kind: type[DriverAsyncpg | DriverPsycopg | DriverConnector],
    message: str,
    sqlstate: str,
    cause: Cause,
) -> None:
    fact = kind(exception=EXCEPTION, message=message, sqlstate=sqlstate)
    (diagnosis,) = diagnose(story(Route.DIRECT, {check: fail(code, fact)}))
    assert diagnosis.cause is cause
    assert diagnosis.confidence is Confidence.POSSIBLE
    assert check in {citation.check for citation in diagnosis.evidence}


def test_the_exception_class_comes_before_the_words() -> None:
    fact = DriverAsyncpg(exception="builtins.ConnectionRefusedError", message="Event loop is closed")
    (diagnosis,) = diagnose(story(Route.DIRECT, {CheckId.DRIVER_ASYNCPG: fail(Code.DRIVER_ASYNCPG_FAILED, fact)}))
    assert diagnosis.cause is Cause.TCP_REFUSED
