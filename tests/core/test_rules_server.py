"""TLS, PostgreSQL and drivers: each rule, and the nearest run that it must not take."""

import pytest

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnose import diagnose
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.facts import (
    DriverAsyncpg,
    PostgresQuery,
    PostgresStartup,
    TlsHandshake,
)
from diagnostics.core.findings import Code
from diagnostics.core.model import (
    Login,
    Route,
    TlsMode,
)
from diagnostics.core.observed import Reach, ServerError
from diagnostics.core.outcome import Run
from tests.core.stories import (
    Changes,
    fail,
    story,
    target,
)

D, S, C = Route.DIRECT, Route.SOCKET, Route.CONNECTOR
OPEN, SILENT, REFUSED = Reach.OPEN, Reach.SILENT, Reach.REFUSED
PROVEN, LIKELY, POSSIBLE = Confidence.PROVEN, Confidence.LIKELY, Confidence.POSSIBLE
IAM = {"login": Login.IAM, "user": "api@acme-prod.iam"}

Row = tuple[str, Run, Cause, Confidence]


def server_said(sqlstate: str) -> Changes:
    error = ServerError(severity="FATAL", sqlstate=sqlstate, message="words")
    return {CheckId.POSTGRES_QUERY: fail(Code.POSTGRES_QUERY_SERVER_ERROR, PostgresQuery(error=error), about=sqlstate)}


def driver(exception: str) -> Changes:
    return {CheckId.DRIVER_ASYNCPG: fail(Code.DRIVER_ASYNCPG_FAILED, DriverAsyncpg(exception=exception))}


ROWS: list[Row] = [
    *[
        (f"SQLSTATE {sqlstate}", story(D, server_said(sqlstate)), cause, confidence)
        for sqlstate, cause, confidence in (
            ("53100", Cause.INSTANCE_STORAGE_FULL, PROVEN),
            ("53200", Cause.INSTANCE_OUT_OF_MEMORY, PROVEN),
            ("57014", Cause.PG_SERVER_TIMEOUT, PROVEN),
            ("25006", Cause.PG_READ_ONLY, PROVEN),
            ("08P01", Cause.PG_POOLER_INCOMPATIBLE, LIKELY),
            ("XX000", Cause.UNCLASSIFIED, POSSIBLE),
        )
    ],
    (
        "an error at startup that the query's table does not see",
        story(
            D,
            {
                CheckId.POSTGRES_STARTUP: fail(
                    Code.POSTGRES_STARTUP_SERVER_ERROR,
                    PostgresStartup(error=ServerError(severity="FATAL", sqlstate="0A000", message="")),
                )
            },
        ),
        Cause.TLS_PROTOCOL_MISMATCH,
        LIKELY,
    ),
    (
        "not TLS on 3307",
        story(C, {CheckId.TLS_HANDSHAKE: fail(Code.TLS_HANDSHAKE_PEER_NOT_TLS)}),
        Cause.CONFIG_NOT_POSTGRES,
        LIKELY,
    ),
    (
        "not TLS after an S",
        story(D, {CheckId.TLS_HANDSHAKE: fail(Code.TLS_HANDSHAKE_PEER_NOT_TLS)}),
        Cause.TLS_PROTOCOL_MISMATCH,
        LIKELY,
    ),
    (
        "alert certificate_required",
        story(
            D,
            {
                CheckId.TLS_HANDSHAKE: fail(
                    Code.TLS_HANDSHAKE_CLIENT_CERTIFICATE_REFUSED,
                    TlsHandshake(mode=TlsMode.REQUIRE, alert="certificate_required"),
                )
            },
        ),
        Cause.TLS_CLIENT_CERT_REQUIRED,
        PROVEN,
    ),
    (
        "alert unknown_ca",
        story(
            C,
            {
                CheckId.TLS_HANDSHAKE: fail(
                    Code.TLS_HANDSHAKE_CLIENT_CERTIFICATE_REFUSED,
                    TlsHandshake(mode=TlsMode.VERIFY_FULL, alert="unknown_ca"),
                )
            },
        ),
        Cause.TLS_CLIENT_CERT_REFUSED,
        PROVEN,
    ),
    (
        "token withheld, TLS turned off",
        story(
            D,
            {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_PLAINTEXT_TOKEN_WITHHELD)},
            subject=target(D, tls=TlsMode.DISABLE, **IAM),
        ),
        Cause.TLS_SSL_REQUIRED,
        LIKELY,
    ),
    (
        "token withheld, TLS declined",
        story(D, {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_PLAINTEXT_TOKEN_WITHHELD)}, subject=target(D, **IAM)),
        Cause.TLS_NOT_SUPPORTED_BY_SERVER,
        LIKELY,
    ),
    (
        "token withheld, TLS allowed and declined",
        story(
            D,
            {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_PLAINTEXT_TOKEN_WITHHELD)},
            subject=target(D, tls=TlsMode.ALLOW, **IAM),
        ),
        Cause.TLS_NOT_SUPPORTED_BY_SERVER,
        LIKELY,
    ),
    (
        "hangs up, direct",
        story(D, {CheckId.TLS_HANDSHAKE: fail(Code.TLS_HANDSHAKE_CLOSED)}),
        Cause.PG_SERVER_CLOSED,
        POSSIBLE,
    ),
    (
        "reset, direct",
        story(D, {CheckId.POSTGRES_STARTUP: fail(Code.POSTGRES_STARTUP_RESET)}),
        Cause.TCP_RESET,
        POSSIBLE,
    ),
    (
        "reset, socket",
        story(S, {CheckId.POSTGRES_STARTUP: fail(Code.POSTGRES_STARTUP_RESET)}),
        Cause.PG_SERVER_CLOSED,
        POSSIBLE,
    ),
    ("driver does not load", story(D, driver("ModuleNotFoundError")), Cause.CONFIG_DRIVER_MISSING, LIKELY),
    ("driver and refusal", story(D, driver("builtins.ConnectionRefusedError")), Cause.TCP_REFUSED, POSSIBLE),
    ("driver, no idea", story(D, driver("SomethingElse")), Cause.UNCLASSIFIED, POSSIBLE),
    (
        "nonsense after the password",
        story(D, {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_MALFORMED_ANSWER)}),
        Cause.UNCLASSIFIED,
        POSSIBLE,
    ),
]


@pytest.mark.parametrize("name, run, cause, confidence", ROWS, ids=[row[0] for row in ROWS])
def test_one_cause(name: str, run: Run, cause: Cause, confidence: Confidence) -> None:
    assert [(found.cause, found.confidence) for found in diagnose(run)] == [(cause, confidence)]
