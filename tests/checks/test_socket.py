"""Row 8: the socket directory against what the target asks for, by connecting and not by listing alone."""

import pytest
from msgspec.structs import replace

from diagnostics.checks.socket import socket_mount
from diagnostics.core.facts import SocketMount
from diagnostics.core.findings import Code
from diagnostics.core.observed import AddressClass, Attempt, Reach
from diagnostics.core.outcome import Outcome, passed
from diagnostics.ports import PathKind
from tests.checks.stage import CONNECTOR, DIRECT, INSTANCE, SOCKET, env, fails, look
from tests.fakes import FakeFiles, FakeNetwork, Peer

WANTED = f"/cloudsql/{INSTANCE}"
PATH = f"{WANTED}/.s.PGSQL.5432"
OTHER = "acme-prod:europe-west1:reports"

HERE = {"/cloudsql": PathKind.DIRECTORY, WANTED: PathKind.DIRECTORY}
ELSEWHERE = {"/cloudsql": PathKind.DIRECTORY, f"/cloudsql/{OTHER}": PathKind.DIRECTORY}


async def mount(reach: Reach, kinds: dict[str, PathKind], path: str = PATH, **changes: object) -> Outcome:
    host, _, _ = path.rpartition("/")
    around = env(
        replace(SOCKET, host=host, **changes), network=FakeNetwork({path: Peer(reach=reach)}), files=FakeFiles(kinds)
    )
    return await look(socket_mount, around)


def fact(reach: Reach, *attached: str) -> SocketMount:
    attempt = Attempt(
        address=PATH,
        address_class=AddressClass.LOOPBACK,
        reach=reach,
        seconds=1.0 if reach is Reach.SILENT else 0.0,
    )
    return SocketMount(directory="/cloudsql", path=PATH, attached=attached, attempt=attempt)


@pytest.mark.parametrize("reach", [Reach.OPEN, Reach.SILENT])
async def test_a_socket_that_takes_the_connection_passes(reach: Reach) -> None:
    """A full backlog is a busy listener; whether it ever answers is for the ladder to find out."""
    assert await mount(reach, HERE) == passed(fact(reach, str(INSTANCE)))


@pytest.mark.parametrize(
    "reach, code",
    [
        (Reach.REFUSED, Code.SOCKET_MOUNT_REFUSED),
        (Reach.PERMISSION_DENIED, Code.SOCKET_MOUNT_PERMISSION_DENIED),
        (Reach.NOT_A_SOCKET, Code.SOCKET_MOUNT_NOT_A_SOCKET),
        (Reach.MISSING, Code.SOCKET_MOUNT_NOT_MOUNTED),
    ],
)
async def test_a_directory_without_a_working_socket(reach: Reach, code: Code) -> None:
    """The instance that is wanted is not offered in place of itself."""
    assert await mount(reach, HERE) == fails(code, WANTED, fact=fact(reach, str(INSTANCE)))


async def test_a_file_in_place_of_the_directory() -> None:
    kinds = {"/cloudsql": PathKind.DIRECTORY, WANTED: PathKind.FILE}
    outcome = await mount(Reach.MISSING, kinds)
    assert outcome == fails(Code.SOCKET_MOUNT_NOT_A_DIRECTORY, WANTED, fact=fact(Reach.MISSING, str(INSTANCE)))


ATTACHED = HERE | {PATH: PathKind.SOCKET}
ALONE = {"/cloudsql": PathKind.DIRECTORY}


@pytest.mark.parametrize(
    "path, kinds, reach, code, other",
    [
        (f"{PATH}/.s.PGSQL.5432", ATTACHED, Reach.NOT_A_SOCKET, Code.SOCKET_MOUNT_NAME_DOUBLED, WANTED),
        (f"{WANTED}/.s.PGSQL.3306/.s.PGSQL.5432", ATTACHED, Reach.MISSING, Code.SOCKET_MOUNT_ELSEWHERE, WANTED),
        (f"{WANTED}/orders/.s.PGSQL.5432", ATTACHED, Reach.MISSING, Code.SOCKET_MOUNT_ELSEWHERE, WANTED),
        (f"/srv{WANTED}/.s.PGSQL.5432", ATTACHED, Reach.MISSING, Code.SOCKET_MOUNT_ELSEWHERE, WANTED),
        (f"{WANTED.title()}/.s.PGSQL.5432", ATTACHED, Reach.MISSING, Code.SOCKET_MOUNT_ELSEWHERE, WANTED),
        (f"{WANTED}\n/.s.PGSQL.5432", ATTACHED, Reach.MISSING, Code.SOCKET_MOUNT_ELSEWHERE, WANTED),
        ("/run/postgresql/.s.PGSQL.5432", ATTACHED, Reach.MISSING, Code.SOCKET_MOUNT_ELSEWHERE, WANTED),
        ("/cloudsql/.s.PGSQL.5432", ATTACHED, Reach.MISSING, Code.SOCKET_MOUNT_NO_INSTANCE_NAME, str(INSTANCE)),
        ("/cloudsql//.s.PGSQL.5432", ATTACHED, Reach.MISSING, Code.SOCKET_MOUNT_NO_INSTANCE_NAME, str(INSTANCE)),
        ("/cloudsql//.s.PGSQL.5432", {}, Reach.MISSING, Code.SOCKET_MOUNT_NO_INSTANCE_NAME, ""),
        ("/cloudsql/.s.PGSQL.5432", ALONE, Reach.MISSING, Code.SOCKET_MOUNT_NO_INSTANCE_NAME, ""),
        (PATH, HERE | {PATH: PathKind.DIRECTORY}, Reach.NOT_A_SOCKET, Code.SOCKET_MOUNT_DIRECTORY_DIALLED, ""),
    ],
)
async def test_what_is_there_is_looked_at_before_it_is_called_missing(
    path: str, kinds: dict[str, PathKind], reach: Reach, code: Code, other: str
) -> None:
    (found,) = (await mount(reach, kinds, path)).findings
    assert (found.code, found.other) == (code, other)


async def test_a_socket_whose_name_has_another_port() -> None:
    """3306, copied from MySQL."""
    outcome = await mount(Reach.MISSING, ATTACHED, f"{WANTED}/.s.PGSQL.3306", port=3306)
    (found,) = outcome.findings
    assert (found.code, found.about) == (Code.SOCKET_MOUNT_OTHER_PORT, f"{WANTED}/.s.PGSQL.3306")
    assert found.other == ".s.PGSQL.5432"


async def test_an_instance_that_is_named_apart_is_the_one_that_is_meant() -> None:
    """The socket of another instance is not offered for it."""
    outcome = await mount(Reach.MISSING, ELSEWHERE, "/run/postgresql/.s.PGSQL.5432")
    assert [found.code for found in outcome.findings] == [Code.SOCKET_MOUNT_OTHER_INSTANCE_MOUNTED]


async def test_a_directory_that_we_may_not_enter() -> None:
    kinds = {"/cloudsql": PathKind.FORBIDDEN, WANTED: PathKind.FORBIDDEN}
    outcome = await mount(Reach.PERMISSION_DENIED, kinds)
    assert outcome == fails(Code.SOCKET_MOUNT_PERMISSION_DENIED, WANTED, fact=fact(Reach.PERMISSION_DENIED))


async def test_another_instance_is_mounted() -> None:
    """What is attached is told, so that the right name can be picked. A README there is no instance."""
    outcome = await mount(Reach.MISSING, ELSEWHERE | {"/cloudsql/README": PathKind.FILE})
    expected = fact(Reach.MISSING, OTHER)
    assert outcome == fails(Code.SOCKET_MOUNT_OTHER_INSTANCE_MOUNTED, WANTED, OTHER, expected)


@pytest.mark.parametrize("kinds", [{}, {"/cloudsql": PathKind.DIRECTORY}], ids=["nothing", "an empty directory"])
async def test_nothing_is_mounted(kinds: dict[str, PathKind]) -> None:
    outcome = await mount(Reach.MISSING, kinds)
    assert outcome == fails(Code.SOCKET_MOUNT_NOT_MOUNTED, WANTED, fact=fact(Reach.MISSING))


async def test_a_socket_outside_cloudsql_is_looked_at_where_it_is() -> None:
    path = "/run/postgresql/.s.PGSQL.5432"
    outcome = await mount(Reach.OPEN, {"/run": PathKind.DIRECTORY, "/run/postgresql": PathKind.DIRECTORY}, path)
    assert isinstance(outcome.fact, SocketMount)
    assert (outcome.findings, outcome.fact.directory, outcome.fact.attached) == ((), "/run", ())


def test_only_the_socket_route_has_a_socket() -> None:
    assert socket_mount.applies(env(SOCKET))
    assert socket_mount.applies(env(None))
    assert not socket_mount.applies(env(DIRECT))
    assert not socket_mount.applies(env(CONNECTOR))
