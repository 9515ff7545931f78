"""The programs that people reach for, and how each is asked about a scenario, with the same settings as the app."""

import re
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from diagnostics.lab.world import Login, Route
from tests.scenarios.scenario import Scenario, Value
from tests.scenarios.worlds import choices, world_of

CLIENTS = Path(__file__).parent / "clients"

Environment = Mapping[str, str]


class Name(StrEnum):
    """As the page calls them."""

    PSQL = "psql"
    PG_ISREADY = "pg_isready"
    PROXY = "cloud-sql-proxy"
    CONNECTOR = "Python connector"
    BLACKBOX = "blackbox_exporter"


class Question(Value, frozen=True, kw_only=True):
    """A command, and what it is told beside the app's environment."""

    argv: tuple[str, ...]
    variables: tuple[tuple[str, str], ...] = ()


class Place(Value, frozen=True, kw_only=True):
    """What a person who sets up a peer knows of the scenario."""

    scenario: Scenario
    environment: dict[str, str]
    address: str
    """The instance's address that the app's route uses, as the console shows it."""
    token: str = ""
    """For a login by token; empty where none can be had."""

    @property
    def kind(self) -> str:
        """``public``, ``private`` or ``psc``."""
        told = dict(self.scenario.settings)
        asked = told.get("IP_TYPE") or ("private" if "PRIVATE_IP" in told else self.environment.get("IP_TYPE", ""))
        kinds = choices(world_of(self.scenario), self.scenario.route)
        chosen = (asked or "public").lower()
        return chosen if chosen in kinds else kinds[0] if kinds else "public"


def _libpq(place: Place) -> tuple[tuple[str, str], ...] | None:
    """The app's target as libpq's variables, None where there is none that can be given without showing a password."""
    environment = place.environment
    if url := environment.get("DATABASE_URL"):
        return _url_without_password(url)
    named = {
        "PGHOST": environment.get("POSTGRES_HOST", ""),
        "PGPORT": environment.get("POSTGRES_PORT", ""),
        "PGDATABASE": environment.get("POSTGRES_DB", ""),
        "PGUSER": environment.get("POSTGRES_USER", ""),
        "PGPASSWORD": environment.get("POSTGRES_PASSWORD", "") or place.token,
    }
    return tuple((name, value) for name, value in named.items() if value)


_DIALECT = re.compile(r"^(postgresql|postgres)\+\w+://")


def _url_without_password(url: str) -> tuple[tuple[str, str], ...] | None:
    """A URL goes to libpq on the command line, so the password leaves it first; None where it does not parse."""
    try:
        parts = urlsplit(_DIALECT.sub(r"\1://", url))
        password, place = parts.password or "", parts.netloc.rpartition("@")
        port = parts.port
    except ValueError:
        return None
    if place[0].count("@") or not parts.scheme.startswith("postgres") or (port is None and ":" in place[2]):
        return None
    bare = urlunsplit(parts._replace(netloc=f"{parts.username or ''}@{place[2]}"))
    return (("URL", bare), ("PGPASSWORD", unquote(password)))


def _psql(place: Place) -> Question | None:
    if place.scenario.route is Route.CONNECTOR or (variables := _libpq(place)) is None:
        return None
    url = dict(variables).get("URL")
    target = (url,) if url else ()
    return Question(argv=("psql", "-X", "-w", "-q", "-c", "SELECT 1", *target), variables=variables)


def _pg_isready(place: Place) -> Question | None:
    if place.scenario.route is Route.CONNECTOR or (variables := _libpq(place)) is None:
        return None
    url = dict(variables).get("URL")
    target = ("-d", url) if url else ()
    return Question(argv=("pg_isready", *target), variables=variables)


def _proxy(place: Place) -> Question | None:
    if (name := place.environment.get("INSTANCE_CONNECTION_NAME")) is None:
        return None
    kind = {"public": (), "private": ("--private-ip",), "psc": ("--psc",)}[place.kind]
    login = ("--auto-iam-authn",) if place.scenario.login is Login.IAM else ()
    argv = ("cloud-sql-proxy", "--run-connection-test", "--port", "16543", *kind, *login, name)
    return Question(argv=(sys.executable, str(CLIENTS / "proxy.py"), *argv))


def _connector(place: Place) -> Question | None:
    if not {"INSTANCE_CONNECTION_NAME", "POSTGRES_USER"} <= set(place.environment):
        return None
    variables = (("IP_TYPE", place.kind), ("LOGIN", place.scenario.login.value))
    return Question(argv=(sys.executable, str(CLIENTS / "connector.py")), variables=variables)


def _blackbox(place: Place) -> Question | None:
    """Where a person would point it: the app's host and port, or the instance's address and the port of connectors."""
    host = place.environment.get("POSTGRES_HOST", "").strip()
    direct = place.scenario.route is Route.DIRECT and host and not host.startswith("/")
    target = f"{host}:{place.environment.get('POSTGRES_PORT') or 5432}" if direct else f"{place.address}:3307"
    return Question(argv=(sys.executable, str(CLIENTS / "blackbox.py"), target))


PEERS: Mapping[Name, Callable[[Place], Question | None]] = {
    Name.PSQL: _psql,
    Name.PG_ISREADY: _pg_isready,
    Name.PROXY: _proxy,
    Name.CONNECTOR: _connector,
    Name.BLACKBOX: _blackbox,
}
"""None: the peer cannot be asked about this."""

PATIENCE_SECONDS = 20.0
"""After this a peer is stopped: the app's own limits are 5 to 10 s, and nobody waits for a diagnosis for minutes."""
