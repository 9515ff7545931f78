"""Whatever foreign text a check takes in comes out of it without any secret, and fit to be shown."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from diagnostics.check import Env, SecretName
from diagnostics.checks.admin import admin_certificate, admin_connect_settings
from diagnostics.checks.driver import driver_asyncpg, driver_connector, driver_psycopg
from diagnostics.checks.identity import identity_token
from diagnostics.checks.instance import admin_instance, iam_permissions
from diagnostics.core.codes import CheckId
from diagnostics.core.model import Dialect, Status, Target
from diagnostics.core.observed import PeerCertificate
from diagnostics.core.outcome import Outcome
from diagnostics.ports import DriverEnd, DriverResult, HttpAnswer, TlsFailure
from tests.checks.google import MANAGER, OPTIONS, RESOURCE, error
from tests.checks.server import Server, breaks, refuses, shakes
from tests.checks.stage import (
    CONNECTOR,
    DIRECT,
    PASSWORD,
    SOCKET,
    climb_connector,
    climb_direct,
    climb_socket,
    env,
    iam,
    look,
)
from tests.fakes import FakeDrivers, FakeHttp, replies
from tests.wire import serverside

SECRETS = {
    SecretName.ADMIN_TOKEN: "ya29.admin-token-x1",
    SecretName.LOGIN_TOKEN: "ya29.login-token-x2",
    SecretName.PLATFORM_TOKEN: "ya29.platform-token-x3",
}
ALL = (PASSWORD, *SECRETS.values())
CHATTER = f"you sent {' and '.join(ALL)}\x1b[31m"
ECHO = f"you sent {PASSWORD} and {SECRETS[SecretName.LOGIN_TOKEN]}\x1b[31m"
"""Of what the ladder has in its hands."""


def assert_clean(outcome: Outcome) -> None:
    """As it will be written: no secret, no escape sequence."""
    written = msgspec.json.encode(outcome).decode()
    assert [secret for secret in ALL if secret in written] == []
    assert "\\u001b" not in written


ANSWER = error(403, CHATTER, CHATTER, permission=CHATTER, consumer=CHATTER)


@pytest.mark.parametrize(
    "check, url",
    [
        (admin_connect_settings, f"GET {RESOURCE}/connectSettings"),
        (admin_instance, f"GET {RESOURCE}"),
        (admin_certificate, f"POST {RESOURCE}:generateEphemeralCert"),
        (iam_permissions, f"POST {MANAGER}/v3/projects/acme-prod:testIamPermissions"),
    ],
    ids=lambda value: getattr(value, "id", ""),
)
async def test_an_api_that_repeats_what_it_was_sent(check: Any, url: str) -> None:
    around = env(CONNECTOR, options=OPTIONS, http=FakeHttp({url: ANSWER}), secrets=SECRETS)
    outcome = await look(check, around)
    assert "you sent *** and *** and *** and ***" in msgspec.json.encode(outcome).decode()
    assert_clean(outcome)


async def test_a_token_is_cleaned_from_the_moment_it_is_there() -> None:
    path = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token?scopes="
    scope = "https://www.googleapis.com/auth/"
    answers = {
        f"GET {path}{scope}{name}": HttpAnswer(
            status=200,
            headers={"metadata-flavor": "Google"},
            body=f'{{"access_token": "{token}", "expires_in": 3000}}'.encode(),
        )
        for name, token in zip(
            ("sqlservice.admin", "sqlservice.login", "cloud-platform"), SECRETS.values(), strict=True
        )
    }
    around = env(iam(SOCKET), http=FakeHttp(answers))
    assert SECRETS[SecretName.LOGIN_TOKEN] in around.vault.clean(CHATTER)
    assert_clean(await look(identity_token, around))
    assert not any(token in around.vault.clean(CHATTER) for token in SECRETS.values())


def cut_off(outcome: Outcome) -> None:
    """The rung failed, so what follows was really in its outcome."""
    assert outcome.status is Status.FAIL
    assert_clean(outcome)


TALKERS = {
    "message": refuses("28P01", ECHO),
    "code": refuses(ECHO),
    "routine": refuses("28000", ECHO, ECHO),
}


@pytest.mark.parametrize("said", TALKERS.values(), ids=TALKERS)
async def test_a_server_that_repeats_what_it_was_sent(said: bytes) -> None:
    servers = {
        CheckId.TLS_HANDSHAKE: Server(tls=(said,)),
        CheckId.POSTGRES_STARTUP: Server(startup=(said,)),
        CheckId.POSTGRES_AUTH: Server(startup=(serverside.CLEARTEXT,), password=replies(said)),
        CheckId.POSTGRES_QUERY: Server(query=(said + serverside.READY,)),
    }
    for rung, server in servers.items():
        climbed = await climb_direct(server.peer(), DIRECT, login_token=SECRETS[SecretName.LOGIN_TOKEN])
        assert list(climbed.outcomes)[-1] is rung
        cut_off(climbed.last)


async def test_a_server_that_greets_with_what_it_was_sent() -> None:
    """Names of methods and reported settings are text of the server like any other."""
    greeting = serverside.parameter("server_version", ECHO) + serverside.parameter("in_hot_standby", ECHO)
    asks = Server(startup=(serverside.sasl(ECHO),))
    greets = Server(startup=(serverside.OK + greeting + serverside.READY,))
    for server, rung in ((asks, CheckId.POSTGRES_STARTUP), (greets, CheckId.POSTGRES_AUTH)):
        climbed = await climb_socket(server.peer(), SOCKET, rung, SECRETS[SecretName.LOGIN_TOKEN])
        assert "you sent *** and ***" in msgspec.json.encode(climbed.last).decode()
        assert_clean(climbed.last)


@pytest.mark.parametrize(
    "check, dialect, target",
    [
        (driver_asyncpg, Dialect.ASYNCPG, DIRECT),
        (driver_psycopg, Dialect.PSYCOPG, SOCKET),
        (driver_connector, Dialect.CONNECTOR, CONNECTOR),
    ],
    ids=["asyncpg", "psycopg", "connector"],
)
@pytest.mark.parametrize("field", ["message", "sqlstate"])
async def test_a_driver_that_repeats_its_arguments(check: Any, dialect: Dialect, target: Target, field: str) -> None:
    result = DriverResult(end=DriverEnd.FAILED, driver_version="1", exception="ValueError")
    drivers = FakeDrivers({dialect: replace(result, **{field: CHATTER})})
    cut_off(await look(check, env(target, drivers=drivers, secrets=SECRETS)))


STRANGER = PeerCertificate(common_name=f"cn {PASSWORD}")


async def test_a_certificate_that_is_named_after_a_secret() -> None:
    """The name in a finding is text of the peer; the certificate itself is shown as it was served."""
    around: Env = env(CONNECTOR)
    assert around.vault.clean(STRANGER.common_name) == "cn ***"
    mismatch = await climb_connector(
        Server().peer(shakes(STRANGER)), to=CheckId.TLS_HANDSHAKE, login_token=SECRETS[SecretName.LOGIN_TOKEN]
    )
    untrusted = await climb_connector(
        Server().peer(breaks(TlsFailure.UNKNOWN_AUTHORITY, certificate=STRANGER)), to=CheckId.TLS_HANDSHAKE
    )
    assert [climbed.last.findings[0].about for climbed in (mismatch, untrusted)] == ["cn ***", "cn ***"]
