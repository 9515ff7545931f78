"""The state of the instance beside the path: each rule, and the nearest run that it must not take."""

import pytest

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnose import diagnose
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.facts import (
    AdminInstance,
)
from diagnostics.core.findings import Code
from diagnostics.core.model import (
    Route,
)
from diagnostics.core.observed import Reach
from diagnostics.core.outcome import Run
from tests.core.stories import (
    CLOSED,
    call,
    dial,
    fail,
    story,
    warn,
)

D, S, C = Route.DIRECT, Route.SOCKET, Route.CONNECTOR
OPEN, SILENT, REFUSED = Reach.OPEN, Reach.SILENT, Reach.REFUSED
PROVEN, LIKELY, POSSIBLE = Confidence.PROVEN, Confidence.LIKELY, Confidence.POSSIBLE

Row = tuple[str, Run, Cause, Confidence]


ROWS: list[Row] = [
    *[
        (
            f"stopped, {route.value}",
            story(route, {CheckId.ADMIN_INSTANCE: warn(Code.ADMIN_INSTANCE_NOT_RUNNING), **broken}),
            Cause.INSTANCE_NOT_RUNNING,
            PROVEN,
        )
        for route, broken in (
            (D, {CheckId.TCP_CONNECT: dial(SILENT)}),
            (C, {CheckId.TCP_CONNECT: dial(REFUSED, port=3307)}),
            (S, CLOSED),
        )
    ],
    (
        "stopped, but the failure has nothing to do with it",
        story(
            D,
            {
                CheckId.ADMIN_INSTANCE: warn(Code.ADMIN_INSTANCE_NOT_RUNNING),
                CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_WRONG_PASSWORD),
            },
        ),
        Cause.PG_AUTH_PASSWORD,
        LIKELY,
    ),
    (
        "in maintenance",
        story(
            D,
            {
                CheckId.ADMIN_INSTANCE: warn(
                    Code.ADMIN_INSTANCE_NOT_READY, AdminInstance(call=call(), state="MAINTENANCE")
                ),
                CheckId.TCP_CONNECT: dial(REFUSED),
            },
        ),
        Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,
        LIKELY,
    ),
    (
        "being created",
        story(
            D,
            {
                CheckId.ADMIN_INSTANCE: warn(
                    Code.ADMIN_INSTANCE_NOT_READY, AdminInstance(call=call(), state="PENDING_CREATE")
                ),
                CheckId.TCP_CONNECT: dial(SILENT),
            },
        ),
        Cause.INSTANCE_NOT_RUNNING,
        PROVEN,
    ),
]


@pytest.mark.parametrize("name, run, cause, confidence", ROWS, ids=[row[0] for row in ROWS])
def test_one_cause(name: str, run: Run, cause: Cause, confidence: Confidence) -> None:
    assert [(found.cause, found.confidence) for found in diagnose(run)] == [(cause, confidence)]
