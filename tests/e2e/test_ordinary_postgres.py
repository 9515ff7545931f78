"""Off Google Cloud: an ordinary PostgreSQL in a namespace that has only loopback."""

from collections.abc import Iterator

import pytest

from tests.e2e.namespace import Namespace, namespace
from tests.e2e.ordinary import METHODS, Ordinary, ordinary
from tests.e2e.program import check, environment

pytestmark = [pytest.mark.netns, pytest.mark.interop]

GOOGLES = {
    "metadata.server",
    "identity.account",
    "identity.token",
    "egress.google_apis",
    "egress.public",
    "egress.private",
    "egress.instance",
    "dns.apis",
    "admin.connect_settings",
    "admin.instance",
    "admin.certificate",
    "iam.permissions",
    "run.revision",
    "vpc.connector",
}
"""Checks that ask Google or measure the way out of Cloud Run."""

LADDER = {"tcp.connect", "postgres.startup", "postgres.auth", "postgres.query"}


@pytest.fixture(scope="module")
def island() -> Iterator[Namespace]:
    with namespace() as made:
        yield made


@pytest.fixture(scope="module")
def with_tls(island: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ordinary]:
    with ordinary(tmp_path_factory.mktemp("authority"), enter=island.enter) as running:
        yield running


@pytest.fixture(scope="module")
def without_tls(island: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ordinary]:
    with ordinary(tmp_path_factory.mktemp("authority"), tls=False, enter=island.enter) as running:
        yield running


def healthy(island: Namespace, url: str, *contacts: tuple[str, str, int]) -> "dict[str, dict[str, object]]":
    """Exit 0, nothing failed or unknown, Google's rows do not apply, and only `contacts` were contacted."""
    island.forget()
    done, report = check(environ=environment(DATABASE_URL=url), enter=island.enter)
    assert done.returncode == 0, report.codes()
    assert done.stderr == ""
    assert report.with_status("fail") == report.with_status("unknown") == set()
    assert report.with_status("pass") >= LADDER
    reasons = {report.check(name).get("skip_reason") for name in GOOGLES}
    assert (GOOGLES - report.with_status("skip"), reasons) == (set(), {"not_applicable"})
    assert island.contacted() == set(contacts)
    return {entry["id"]: entry.get("facts") or {} for entry in report.document["checks"]}


def tcp(address: str, server: Ordinary) -> tuple[str, str, int]:
    return (address, "tcp", server.port)


def test_the_witness_sees_who_is_contacted(island: Namespace) -> None:
    """The other tests prove something only if a stray packet to anywhere would be seen."""
    stray = (
        "import socket\n"
        "for family, address in ((socket.AF_INET, '192.0.2.1'), (socket.AF_INET6, '2001:db8::1')):\n"
        "    socket.socket(family, socket.SOCK_DGRAM).sendto(b'x', (address, 53))\n"
        "    socket.socket(family).connect_ex((address, 443))\n"
    )
    island.forget()
    assert island.interfaces() == ["lo"]
    island.run("python3", "-c", stray)
    places = {(address, protocol, port) for address in ("192.0.2.1", "2001:db8::1") for protocol, port in WAYS}
    assert island.contacted() == places


WAYS = (("udp", 53), ("tcp", 443))


@pytest.mark.parametrize("mode", ["prefer", "require", "verify-ca", "verify-full"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_tls_of_every_mode(island: Namespace, with_tls: Ordinary, host: str, mode: str) -> None:
    query = {"sslrootcert": str(with_tls.ca_file)} if mode.startswith("verify") else {}
    facts = healthy(island, with_tls.url(host, sslmode=mode, **query), tcp(host, with_tls))
    assert facts["tls.handshake"]["version"] == "TLSv1.3"
    assert facts["postgres.auth"]["channel_binding"] is True


@pytest.mark.parametrize("user", METHODS)
@pytest.mark.parametrize("mode", ["disable", "require"])
def test_every_way_to_log_in(island: Namespace, with_tls: Ordinary, user: str, mode: str) -> None:
    facts = healthy(island, with_tls.url(user=user, sslmode=mode), tcp("127.0.0.1", with_tls))
    assert facts["postgres.startup"]["auth_request"] == METHODS[user]
    assert bool(facts["tls.handshake"].get("version")) is (mode == "require")


@pytest.mark.parametrize("mode", ["disable", "prefer"])
def test_server_without_tls(island: Namespace, without_tls: Ordinary, mode: str) -> None:
    facts = healthy(island, without_tls.url(sslmode=mode), tcp("127.0.0.1", without_tls))
    assert not facts["tls.handshake"].get("version")


@pytest.mark.parametrize("user", METHODS)
def test_unix_socket(island: Namespace, with_tls: Ordinary, user: str) -> None:
    facts = healthy(island, with_tls.url(str(with_tls.directory), user=user))
    assert facts["postgres.startup"]["auth_request"] == METHODS[user]


def test_name_in_place_of_an_address(island: Namespace, with_tls: Ordinary) -> None:
    """The name is in the hosts file, so no name server is needed; each of them is still asked what it would say."""
    island.forget()
    url = with_tls.url("localhost", sslmode="verify-full", sslrootcert=str(with_tls.ca_file))
    done, report = check(environ=environment(DATABASE_URL=url), enter=island.enter)
    assert done.returncode == 0, report.codes()
    strangers = {place for place in island.contacted() if place[2] not in (with_tls.port, 53)}
    assert strangers == set()


@pytest.mark.parametrize(
    "scheme,query",
    [
        ("postgres", {}),
        ("postgresql+asyncpg", {}),
        ("postgresql+asyncpg", {"ssl": "require"}),
        ("postgresql+psycopg", {"sslmode": "require"}),
        ("postgresql+psycopg2", {"sslmode": "require"}),
    ],
)
def test_url_of_every_dialect(island: Namespace, with_tls: Ordinary, scheme: str, query: dict[str, str]) -> None:
    """The driver that the URL names connects, too, and to nobody else."""
    facts = healthy(island, with_tls.url(scheme=scheme, **query), tcp("127.0.0.1", with_tls))
    driver = scheme.partition("+")[2].rstrip("2")
    if driver:
        assert facts[f"driver.{driver}"]["driver_version"]


def test_without_a_target_nobody_is_contacted(island: Namespace) -> None:
    island.forget()
    done, report = check(environ=environment(), enter=island.enter)
    assert (done.returncode, report.causes) == (22, [])
    assert island.contacted() == set()


def test_without_a_user_the_walk_ends_at_the_startup_message(island: Namespace, with_tls: Ordinary) -> None:
    """Somebody who knows only the address learns whether PostgreSQL is there, and leaves no failed login behind."""
    done, report = check(
        environ=environment(CLOUDSQL_DIAG_HOST="127.0.0.1", CLOUDSQL_DIAG_DB_PORT=str(with_tls.port)),
        enter=island.enter,
    )
    assert done.returncode == 0, report.codes()
    assert report.check("postgres.startup")["status"] == "pass"
    assert report.check("postgres.auth")["skip_reason"] == "deselected"
    assert report.codes()["config.hygiene"] == "config.hygiene.no_user"
