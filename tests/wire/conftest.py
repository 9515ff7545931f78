"""Real servers for the wire tests, one of a kind for the whole session."""

from collections.abc import Iterator

import pytest

from tests.wire.postgres import Postgres, server, wheel

HBA = """
local all postgres trust
local all clear password
local all hashed md5
local all scram,sasl,limited scram-sha-256
"""


@pytest.fixture(scope="session", params=["pginstall", "pginstall18"], ids=["postgres16", "postgres18"])
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """PostgreSQL 16 and 18, on a unix socket, without TLS."""
    with server(wheel(request.param), hba=HBA) as running:
        yield running
