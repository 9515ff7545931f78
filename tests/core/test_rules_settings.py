"""Settings that the path breaks on: each rule, and the nearest run that it must not take."""

import pytest
from msgspec.structs import replace

from diagnostics.core.codes import Cause, CheckId, Layer
from diagnostics.core.diagnose import diagnose
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.facts import DnsTarget, DriverAsyncpg, RunRevision
from diagnostics.core.findings import Code
from diagnostics.core.model import (
    Dialect,
    Origin,
    PlatformKind,
    Route,
    SettingName,
)
from diagnostics.core.observed import ApiResult, Reach
from diagnostics.core.outcome import Run, passed
from diagnostics.core.rules import groups
from diagnostics.core.rules.plain import meaning
from tests.core.stories import (
    API_DENIED,
    CLOUD_RUN,
    LAPTOP,
    STRANGE_IP,
    Changes,
    call,
    dial,
    fail,
    hygiene,
    ports,
    settings_call,
    story,
    target,
    warn,
)

D, S, C = Route.DIRECT, Route.SOCKET, Route.CONNECTOR
OPEN, SILENT, REFUSED = Reach.OPEN, Reach.SILENT, Reach.REFUSED
PROVEN, LIKELY, POSSIBLE = Confidence.PROVEN, Confidence.LIKELY, Confidence.POSSIBLE


Row = tuple[str, Run, Cause, Confidence]


def url_target(**changes: object) -> object:
    parts = (SettingName.HOST, SettingName.DATABASE, SettingName.URL)
    return target(D, origins=tuple(Origin(setting=each, source="DATABASE_URL") for each in parts), **changes)


def at_localhost(containers: int) -> Changes:
    """Nothing listens there, and the revision may be read."""
    return {
        CheckId.TCP_CONNECT: dial(REFUSED, "127.0.0.1"),
        CheckId.RUN_REVISION: passed(RunRevision(call=call(), containers=containers)),
    }


ROWS: list[Row] = [
    (
        "newline in the database",
        story(
            D,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "POSTGRES_DB")),
                CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_DATABASE_MISSING, about="orders\n"),
            },
        ),
        Cause.CONFIG_SECRET_TRAILING_NEWLINE,
        LIKELY,
    ),
    (
        "newline in another setting than the one that failed",
        story(
            D,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "POSTGRES_PORT")),
                CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_DATABASE_MISSING, about="orders"),
            },
        ),
        Cause.PG_DATABASE_MISSING,
        PROVEN,
    ),
    (
        "newline in the password",
        story(
            S,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "POSTGRES_PASSWORD")),
                CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_WRONG_PASSWORD, about="api"),
            },
        ),
        Cause.CONFIG_SECRET_TRAILING_NEWLINE,
        LIKELY,
    ),
    (
        "newline in the password, but the network is silent",
        story(
            D,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "POSTGRES_PASSWORD")),
                CheckId.TCP_CONNECT: dial(SILENT),
            },
        ),
        Cause.TCP_TIMEOUT,
        POSSIBLE,
    ),
    (
        "newline in the host",
        story(
            D,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "POSTGRES_HOST")),
                CheckId.DNS_TARGET: fail(Code.DNS_TARGET_NOT_A_NAME, about="10.0.0.5\n"),
            },
        ),
        Cause.CONFIG_SECRET_TRAILING_NEWLINE,
        LIKELY,
    ),
    (
        "newline in the socket's path",
        story(
            S,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "POSTGRES_HOST")),
                CheckId.SOCKET_MOUNT: fail(Code.SOCKET_MOUNT_OTHER_INSTANCE_MOUNTED),
            },
        ),
        Cause.CONFIG_SECRET_TRAILING_NEWLINE,
        LIKELY,
    ),
    (
        "newline in the instance name",
        story(
            C,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "INSTANCE_CONNECTION_NAME")),
                CheckId.CONFIG_TARGET: fail(
                    Code.CONFIG_TARGET_INSTANCE_NAME_MALFORMED, about="INSTANCE_CONNECTION_NAME"
                ),
            },
            without_target=True,
        ),
        Cause.CONFIG_SECRET_TRAILING_NEWLINE,
        LIKELY,
    ),
    (
        "newline at the end of a URL is in its database",
        story(
            D,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "DATABASE_URL")),
                CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_DATABASE_MISSING),
            },
            subject=url_target(database="orders\n"),  # type: ignore[arg-type]
        ),
        Cause.CONFIG_SECRET_TRAILING_NEWLINE,
        LIKELY,
    ),
    (
        "newline at the end of a URL is not in its host",
        story(
            D,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "DATABASE_URL")),
                CheckId.DNS_TARGET: fail(Code.DNS_TARGET_NXDOMAIN, about="db.example.com"),
            },
            subject=url_target(database="orders\n"),  # type: ignore[arg-type]
        ),
        Cause.DNS_NXDOMAIN,
        PROVEN,
    ),
    (
        "placeholder password",
        story(
            C,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_PLACEHOLDER, "POSTGRES_PASSWORD")),
                CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_WRONG_PASSWORD),
            },
        ),
        Cause.CONFIG_PLACEHOLDER_VALUE,
        LIKELY,
    ),
    (
        "a placeholder that is the user's, and a wrong password is no other",
        story(D, {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_WRONG_PASSWORD)}),
        Cause.PG_AUTH_PASSWORD,
        LIKELY,
    ),
    (
        "instance name as host",
        story(
            D,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_BARE_INSTANCE_NAME, "POSTGRES_HOST")),
                CheckId.DNS_TARGET: fail(Code.DNS_TARGET_NXDOMAIN, about="acme-prod:europe-west1:orders"),
            },
        ),
        Cause.SOCKET_WRONG_PATH,
        LIKELY,
    ),
    (
        "socket file named twice",
        story(
            S,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_DOUBLED_SOCKET_NAME, "POSTGRES_HOST")),
                CheckId.SOCKET_MOUNT: fail(Code.SOCKET_MOUNT_NAME_DOUBLED),
            },
        ),
        Cause.SOCKET_WRONG_PATH,
        LIKELY,
    ),
    (
        "socket file named twice, and nothing is attached",
        story(
            S,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_DOUBLED_SOCKET_NAME, "POSTGRES_HOST")),
                CheckId.SOCKET_MOUNT: fail(Code.SOCKET_MOUNT_NOT_MOUNTED),
            },
        ),
        Cause.SOCKET_WRONG_PATH,
        LIKELY,
    ),
    *(
        (code.value, story(S, {CheckId.SOCKET_MOUNT: fail(code, other=".s.PGSQL.5432")}), Cause.SOCKET_WRONG_PATH, sure)
        for code, sure in (
            (Code.SOCKET_MOUNT_NO_INSTANCE_NAME, LIKELY),
            (Code.SOCKET_MOUNT_ELSEWHERE, LIKELY),
            (Code.SOCKET_MOUNT_OTHER_PORT, LIKELY),
            (Code.SOCKET_MOUNT_DIRECTORY_DIALLED, PROVEN),
            (Code.SOCKET_MOUNT_NOT_A_DIRECTORY, PROVEN),
        )
    ),
    (
        "a newline after the name of the attached instance",
        story(
            S,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "POSTGRES_HOST")),
                CheckId.SOCKET_MOUNT: fail(Code.SOCKET_MOUNT_ELSEWHERE),
            },
        ),
        Cause.CONFIG_SECRET_TRAILING_NEWLINE,
        LIKELY,
    ),
    (
        "a piece of an unencoded URL is dialled",
        story(
            D,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_UNENCODED_URL, "DATABASE_URL")),
                CheckId.DNS_TARGET: fail(Code.DNS_TARGET_NXDOMAIN, about="piece"),
            },
        ),
        Cause.CONFIG_URL_UNESCAPED_CHARS,
        LIKELY,
    ),
    (
        "localhost because nothing is set",
        story(
            D,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_LOCAL_FALLBACK, "")),
                CheckId.TCP_CONNECT: dial(REFUSED, "127.0.0.1"),
            },
            subject=target(D, host="localhost", origins=()),
        ),
        Cause.CONFIG_MISSING_ENV,
        LIKELY,
    ),
    (
        "localhost by choice in the container that takes the requests: alone or not, nobody knows",
        story(D, {CheckId.TCP_CONNECT: dial(REFUSED, "127.0.0.1")}, subject=target(D, host="localhost")),
        Cause.CONFIG_WRONG_HOST_PORT,
        POSSIBLE,
    ),
    (
        "localhost by choice in a container that is alone",
        story(D, at_localhost(containers=1), subject=target(D, host="localhost")),
        Cause.CONFIG_WRONG_HOST_PORT,
        LIKELY,
    ),
    (
        "localhost by choice where containers share it",
        story(D, at_localhost(containers=2), subject=target(D, host="127.0.0.1")),
        Cause.TCP_PROXY_NOT_LISTENING,
        LIKELY,
    ),
    (
        "localhost by choice in a container beside the one that takes the requests",
        story(
            D,
            {CheckId.TCP_CONNECT: dial(REFUSED, "127.0.0.1")},
            subject=target(D, host="127.0.0.1"),
            platform=replace(CLOUD_RUN, beside_others=True),
        ),
        Cause.TCP_PROXY_NOT_LISTENING,
        LIKELY,
    ),
    (
        "localhost by choice in a pod",
        story(
            D,
            {CheckId.TCP_CONNECT: dial(REFUSED, "127.0.0.1")},
            subject=target(D, host="127.0.0.1"),
            platform=replace(CLOUD_RUN, kind=PlatformKind.GKE),
        ),
        Cause.TCP_PROXY_NOT_LISTENING,
        LIKELY,
    ),
    (
        "a name of a pod that leads to its own loopback",
        story(
            D,
            {
                CheckId.DNS_TARGET: passed(DnsTarget(host="db", addresses=("127.0.0.1",))),
                CheckId.TCP_CONNECT: dial(REFUSED, "127.0.0.1"),
            },
            subject=target(D, host="db"),
            platform=replace(CLOUD_RUN, kind=PlatformKind.GKE),
        ),
        Cause.TCP_PROXY_NOT_LISTENING,
        LIKELY,
    ),
    (
        "a proxy that hangs up",
        story(D, {CheckId.TLS_HANDSHAKE: fail(Code.TLS_HANDSHAKE_CLOSED)}, subject=target(D, host="127.0.0.1")),
        Cause.TCP_PROXY_HANGS_UP,
        LIKELY,
    ),
    (
        "a server that hangs up is not a proxy",
        story(D, {CheckId.TLS_HANDSHAKE: fail(Code.TLS_HANDSHAKE_CLOSED)}),
        Cause.PG_SERVER_CLOSED,
        POSSIBLE,
    ),
    (
        "localhost on a laptop may well be meant",
        story(
            D,
            {CheckId.TCP_CONNECT: dial(REFUSED, "127.0.0.1")},
            subject=target(D, host="localhost", instance=None),
            platform=LAPTOP,
        ),
        Cause.TCP_REFUSED,
        POSSIBLE,
    ),
    (
        "no database set",
        story(
            D,
            {
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_NO_DATABASE, "")),
                CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_DATABASE_MISSING, about="api"),
            },
        ),
        Cause.CONFIG_MISSING_ENV,
        LIKELY,
    ),
    (
        "a database in capitals",
        story(
            D, {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_DATABASE_MISSING)}, subject=target(D, database="Orders")
        ),
        Cause.CONFIG_NAME_CASE,
        LIKELY,
    ),
    (
        "a database in small letters is not there at all",
        story(D, {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_DATABASE_MISSING)}),
        Cause.PG_DATABASE_MISSING,
        PROVEN,
    ),
    (
        "a role in capitals",
        story(D, {CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_ROLE_MISSING)}, subject=target(D, user="Api")),
        Cause.CONFIG_NAME_CASE,
        LIKELY,
    ),
    (
        "option of another driver",
        story(
            D,
            {
                CheckId.CONFIG_DIALECT: warn(Code.CONFIG_DIALECT_OPTION_OF_OTHER_DRIVER, about="sslmode"),
                CheckId.DRIVER_ASYNCPG: fail(Code.DRIVER_ASYNCPG_OPTION_REJECTED, DriverAsyncpg(exception="TypeError")),
            },
            subject=target(D, dialect=Dialect.ASYNCPG),
        ),
        Cause.CONFIG_DRIVER_OPTION_MISMATCH,
        PROVEN,
    ),
    (
        "an address that is none of the instance's",
        story(D, {CheckId.TCP_CONNECT: dial(SILENT, STRANGE_IP)}, subject=target(D, host=STRANGE_IP)),
        Cause.CONFIG_WRONG_HOST_PORT,
        LIKELY,
    ),
    (
        "an address that is none of the instance's, and another server there",
        story(
            D,
            {
                CheckId.TCP_CONNECT: dial(OPEN, STRANGE_IP),
                CheckId.TLS_HANDSHAKE: fail(Code.TLS_HANDSHAKE_UNKNOWN_AUTHORITY),
            },
            subject=target(D, host=STRANGE_IP),
        ),
        Cause.CONFIG_WRONG_HOST_PORT,
        LIKELY,
    ),
    (
        "another certificate authority at the instance's own address",
        story(D, {CheckId.TLS_HANDSHAKE: fail(Code.TLS_HANDSHAKE_UNKNOWN_AUTHORITY)}),
        Cause.TLS_VERIFY_FAILED,
        LIKELY,
    ),
    (
        "a strange address of which nobody knows whose it is",
        story(
            D,
            {**API_DENIED, CheckId.TCP_CONNECT: dial(SILENT, STRANGE_IP)},
            subject=target(D, host=STRANGE_IP),
        ),
        Cause.TCP_TIMEOUT,
        POSSIBLE,
    ),
    (
        "another port of the instance's own address",
        story(
            D,
            {CheckId.TCP_CONNECT: dial(SILENT, port=5433), CheckId.EGRESS_INSTANCE: ports(OPEN, OPEN)},
            subject=target(D, port=5433),
        ),
        Cause.CONFIG_WRONG_HOST_PORT,
        LIKELY,
    ),
    (
        "another port, and nothing listens on the right one either",
        story(
            D,
            {CheckId.TCP_CONNECT: dial(REFUSED, port=5433), CheckId.EGRESS_INSTANCE: ports(REFUSED, REFUSED)},
            subject=target(D, port=5433),
        ),
        Cause.TCP_REFUSED,
        POSSIBLE,
    ),
    (
        "a direct connection to the connectors' port",
        story(D, {CheckId.TLS_HANDSHAKE: fail(Code.TLS_HANDSHAKE_CLOSED)}, subject=target(D, port=3307)),
        Cause.CONFIG_WRONG_HOST_PORT,
        LIKELY,
    ),
    (
        "a sidecar without settings of its own",
        story(
            D,
            {
                CheckId.CONFIG_TARGET: fail(Code.CONFIG_TARGET_MISSING, about="DATABASE_URL"),
                CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_OTHER_CONTAINER, "")),
            },
            without_target=True,
        ),
        Cause.CONFIG_MISSING_ENV,
        LIKELY,
    ),
]


@pytest.mark.parametrize("name, run, cause, confidence", ROWS, ids=[row[0] for row in ROWS])
def test_one_cause(name: str, run: Run, cause: Cause, confidence: Confidence) -> None:
    assert [(found.cause, found.confidence) for found in diagnose(run)] == [(cause, confidence)]


@pytest.mark.parametrize(
    "origins, forgotten", [((), True), ((Origin(setting=SettingName.HOST, source="POSTGRES_HOST"),), False)]
)
def test_a_host_that_nobody_set_is_not_ruled_out_on_a_machine_of_ones_own(
    origins: tuple[Origin, ...], forgotten: bool
) -> None:
    own = target(D, host="localhost", instance=None, origins=origins)
    run = story(D, {CheckId.TCP_CONNECT: dial(REFUSED, "127.0.0.1")}, subject=own, platform=LAPTOP)
    (diagnosis,) = diagnose(run)
    assert (diagnosis.cause, diagnosis.confidence) == (Cause.TCP_REFUSED, POSSIBLE)
    assert (Cause.CONFIG_MISSING_ENV in diagnosis.alternatives) is forgotten


BEYOND_ANY_READER = {
    # The limits of the system itself: 16 bits for a port, RFC 1035 for a name, sockaddr_un for a path.
    Code.CONFIG_TARGET_PORT_OUT_OF_RANGE,
    Code.CONFIG_TARGET_HOST_TOO_LONG,
    Code.CONFIG_TARGET_SOCKET_PATH_TOO_LONG,
    # The resolver was asked, and refused.
    Code.DNS_TARGET_NOT_A_NAME,
    # The app's own driver was asked, and refused.
    *groups.ending(["option_rejected"], "driver."),
}
"""Findings about settings that prove their cause by themselves."""


@pytest.mark.parametrize("code", [code for code in Code if code.value.startswith(("config.", "driver.", "dns.target"))])
def test_a_setting_is_proven_wrong_only_where_no_reader_could_make_it_work(code: Code) -> None:
    cause, confidence = meaning(code)
    about_settings = cause.layer is Layer.CONFIG or code.value.startswith("config.")
    assert (about_settings and confidence is PROVEN) is (code in BEYOND_ANY_READER)


def test_a_proxy_need_not_serve_the_instance_that_the_settings_name() -> None:
    changes = {
        **settings_call(Code.ADMIN_CONNECT_SETTINGS_NOT_FOUND, ApiResult.NOT_FOUND),
        CheckId.TLS_HANDSHAKE: fail(Code.TLS_HANDSHAKE_CLOSED),
    }
    (diagnosis,) = diagnose(story(D, changes, subject=target(D, host="127.0.0.1")))
    assert (diagnosis.cause, diagnosis.confidence) == (Cause.TCP_PROXY_HANGS_UP, LIKELY)
    assert Cause.CONFIG_INSTANCE_NAME_WRONG in diagnosis.alternatives
