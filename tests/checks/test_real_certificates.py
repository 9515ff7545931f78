"""The ladder with real sockets against Debian's PostgreSQL, which judges client certificates after the handshake."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from diagnostics.adapters.network import SocketNetwork
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import DnsTarget, PostgresStartup, TlsHandshake
from diagnostics.core.findings import Code
from diagnostics.core.model import TlsMode
from diagnostics.core.outcome import Outcome, passed
from tests.adapters.authority import Identity, client_authority, server_authority, stranger
from tests.checks.stage import DIRECT, climb, env, fails
from tests.wire.postgres import Postgres, debian, server

pytestmark = pytest.mark.interop

HBA = """
local all postgres trust
hostssl all certified 127.0.0.1/32 trust clientcert=verify-ca
hostssl all all 127.0.0.1/32 trust
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server that trusts one authority of clients."""
    own = server_authority().issue("localhost")
    files = {
        "server.crt": own.certificate.encode(),
        "server.key": own.key.encode(),
        "clients.crt": client_authority().pem.encode(),
    }
    with server(debian(), hba=HBA, files=files, settings="ssl_ca_file = 'clients.crt'\n") as running:
        yield running


async def start(
    postgres: Postgres, directory: Path, *, user: str = "postgres", identity: Identity | None = None
) -> tuple[Outcome, TlsHandshake | None]:
    """The outcome of the startup rung, and how hands were shaken."""
    shown = str(identity.file(directory)) if identity else ""
    target = replace(
        DIRECT,
        host="127.0.0.1",
        port=postgres.port,
        database="postgres",
        user=user,
        tls=TlsMode.REQUIRE,
        client_cert=shown,
        client_key=shown,
    )
    resolved = DnsTarget(host="127.0.0.1", addresses=("127.0.0.1",), literal=True)
    around = env(target, network=SocketNetwork())
    climbed = await climb(around, resolved, to=CheckId.POSTGRES_STARTUP)
    fact = climbed.outcomes[CheckId.TLS_HANDSHAKE].fact
    return climbed.last, fact if isinstance(fact, TlsHandshake) else None


async def test_a_certificate_that_the_server_does_not_trust_is_refused_after_the_handshake(
    postgres: Postgres, tmp_path: Path
) -> None:
    """The handshake is complete for us when the alert is on its way, and our startup message may provoke a reset."""
    outcome, shaken = await start(postgres, tmp_path, identity=stranger().issue("api"))
    assert shaken is not None
    assert shaken.version == "TLSv1.3"
    assert outcome == fails(
        Code.POSTGRES_STARTUP_CLIENT_CERTIFICATE_REFUSED, "unknown_ca", fact=PostgresStartup(alert="unknown_ca")
    )


async def test_a_certificate_that_the_server_trusts_is_taken(postgres: Postgres, tmp_path: Path) -> None:
    outcome, _ = await start(postgres, tmp_path, user="certified", identity=client_authority().issue("api"))
    assert outcome == passed(PostgresStartup(auth_request="none"))


async def test_a_server_that_wants_a_certificate_says_so(postgres: Postgres, tmp_path: Path) -> None:
    outcome, _ = await start(postgres, tmp_path, user="certified")
    assert outcome.code is Code.POSTGRES_STARTUP_CLIENT_CERTIFICATE_REQUIRED


async def test_without_a_certificate_others_get_in(postgres: Postgres, tmp_path: Path) -> None:
    outcome, _ = await start(postgres, tmp_path)
    assert outcome == passed(PostgresStartup(auth_request="none"))
