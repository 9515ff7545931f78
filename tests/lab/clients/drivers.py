"""Clients we did not write, connecting as an app with this environment would."""

import asyncio
import json
import subprocess
import urllib.request
from collections.abc import Mapping

import asyncpg
import psycopg

from diagnostics.lab.lab import Lab

QUERY = "SELECT current_user || '@' || current_database()"

CONNECT_SECONDS = 10
"""Beyond any connection that works; a test that expects silence passes its own."""


def with_psycopg(environment: Mapping[str, str], **options: object) -> str:
    """Connect and query with psycopg; libpq's errors pass."""
    settings = {
        "host": environment["POSTGRES_HOST"],
        "port": environment.get("POSTGRES_PORT", "5432"),
        "dbname": environment["POSTGRES_DB"],
        "user": environment["POSTGRES_USER"],
        "password": environment.get("POSTGRES_PASSWORD", ""),
        "connect_timeout": CONNECT_SECONDS,
    }
    with psycopg.connect(**(settings | options)) as connection:  # type: ignore[arg-type]
        row = connection.execute(QUERY).fetchone()
    assert row is not None
    return str(row[0])


def with_asyncpg(environment: Mapping[str, str], **options: object) -> str:
    """Connect and query with asyncpg; its errors pass."""

    async def query() -> str:
        settings = {
            "host": environment["POSTGRES_HOST"],
            "port": int(environment.get("POSTGRES_PORT", "5432")),
            "database": environment["POSTGRES_DB"],
            "user": environment["POSTGRES_USER"],
            "password": environment.get("POSTGRES_PASSWORD", ""),
            "timeout": CONNECT_SECONDS,
        }
        try:
            connection = await asyncpg.connect(**(settings | options))
        except Exception:
            await _drop_transports()
            raise
        try:
            return str(await connection.fetchval(QUERY))
        finally:
            await connection.close()

    return asyncio.run(query())


async def _drop_transports() -> None:
    """A connect that failed leaves its transport to the garbage collector, whose warning would hit another test."""
    transports = asyncio.get_running_loop()._transports  # type: ignore[attr-defined]  # noqa: SLF001
    for transport in list(transports.values()):
        transport.abort()
    # The loop closes aborted sockets in its next round.
    await asyncio.sleep(0)


def with_psql(lab: Lab, environment: Mapping[str, str], conninfo: str) -> "subprocess.CompletedProcess[str]":
    """Run the query in psql inside the lab; the password comes by the environment."""
    settings = {**environment, "PGPASSWORD": environment.get("POSTGRES_PASSWORD", ""), "PGCONNECT_TIMEOUT": "10"}
    return lab.run("psql", "--no-psqlrc", "--tuples-only", "--no-align", "-c", QUERY, conninfo, environment=settings)


def login_token(environment: Mapping[str, str]) -> str:
    """What an app with IAM login gives as its password."""
    scope = "https://www.googleapis.com/auth/sqlservice.login"
    place = f"http://{environment['GCE_METADATA_HOST']}/computeMetadata/v1/instance/service-accounts/default"
    request = urllib.request.Request(f"{place}/token?scopes={scope}", headers={"Metadata-Flavor": "Google"})
    with urllib.request.urlopen(request, timeout=CONNECT_SECONDS) as answer:
        return str(json.load(answer)["access_token"])
