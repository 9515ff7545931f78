"""The table of faults, and switching them."""

import re

import pytest

from diagnostics.core.codes import Layer
from diagnostics.lab.addresses import Addresses
from diagnostics.lab.deployment import Deployment, Surroundings
from diagnostics.lab.fault import Fault
from diagnostics.lab.faults import FAULTS
from diagnostics.lab.setup import Setup, UnfitFaultError, UnknownFaultError, find, setup_for
from diagnostics.lab.switchboard import Switchboard
from diagnostics.lab.world import InstanceState, IpType, Login, Route, SslMode, World

EXIT_OF_LAYER = {
    Layer.CONFIG: 10,
    Layer.ADC: 11,
    Layer.IAM: 12,
    Layer.API: 12,
    Layer.DNS: 13,
    Layer.VPC: 14,
    Layer.INSTANCE: 15,
    Layer.SOCKET: 16,
    Layer.TCP: 16,
    Layer.TLS: 17,
    Layer.PG: 18,
    Layer.POOL: 19,
    Layer.RUNTIME: 20,
    Layer.UNCLASSIFIED: 21,
}


@pytest.fixture
def around() -> Surroundings:
    world = World()
    addresses = Addresses.numbered(1)
    return Surroundings(
        proxy_port=5432,
        addresses=addresses,
        socket_dir="/s",
        server_ca_file="/ca.pem",
        web_ca_file="/web.pem",
        world=world,
    )


def healthy(around: Surroundings, route: Route = Route.DIRECT, login: Login = Login.PASSWORD) -> Deployment:
    return Deployment.healthy(around.world, around, route, login)


def test_names_are_unique_and_can_be_typed() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_expects_one_outcome_for_each_route_and_login(fault: Fault) -> None:
    keys = [(expected.route, expected.login) for expected in fault.expected]
    assert len(set(keys)) == len(keys)
    assert all(fault.on(*key) is expected for key, expected in zip(keys, fault.expected, strict=True))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_exit_code_is_that_of_the_causes_layer(fault: Fault) -> None:
    for expected in fault.expected:
        assert expected.exit == (EXIT_OF_LAYER[expected.cause.layer] if expected.cause else 0)


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(UnknownFaultError, match="no-such"):
        Switchboard(World()).on("no-such")


def test_faults_compose_in_the_world() -> None:
    board = Switchboard(World())
    board.replace(["tls-required", "ip-type-absent", "instance-stopped"])
    assert board.world.ssl_mode is SslMode.ENCRYPTED_ONLY
    assert board.world.ip_types == (IpType.PRIVATE,)
    assert board.world.state is InstanceState.STOPPED


def test_faults_compose_in_the_deployment(around: Surroundings) -> None:
    board = Switchboard(around.world)
    board.replace(["unknown-database", "newline-in-postgres-db", "wrong-password"])
    variables = board.deployment(healthy(around), around).variables()
    assert variables["POSTGRES_DB"] == "ordres\n"
    assert variables["POSTGRES_PASSWORD"] != around.world.password


def test_switching_off_leaves_the_others_on() -> None:
    board = Switchboard(World())
    board.on("api-403")
    board.on("silent-drop")
    board.off("api-403")
    assert [fault.name for fault in board.faults] == ["silent-drop"]
    assert not board.active("api-403")
    assert board.any_active("api-403", "silent-drop")


def test_listeners_have_acted_when_a_switch_returns() -> None:
    board = Switchboard(World())
    seen: list[tuple[str, ...]] = []
    board.listen(lambda: seen.append(tuple(fault.name for fault in board.faults)))
    board.on("api-403")
    board.on("api-403")
    board.replace(())
    assert seen == [("api-403",), ()], "a switch that changes nothing is not announced"


@pytest.mark.parametrize(
    "faults, route, login, expected",
    [
        ([], None, None, Setup(route=Route.DIRECT, login=Login.PASSWORD)),
        (["api-403"], None, None, Setup(route=Route.CONNECTOR, login=Login.PASSWORD)),
        (["api-403"], Route.SOCKET, None, Setup(route=Route.SOCKET, login=Login.PASSWORD)),
        (["iam-login-denied"], Route.DIRECT, None, Setup(route=Route.DIRECT, login=Login.IAM)),
        (["wrong-region"], None, Login.IAM, Setup(route=Route.CONNECTOR, login=Login.IAM)),
    ],
)
def test_route_and_login_default_to_what_the_faults_are_about(
    faults: list[str], route: Route | None, login: Login | None, expected: Setup
) -> None:
    assert setup_for(faults, route, login) == expected


def test_a_fault_that_makes_no_sense_on_the_route_is_refused() -> None:
    with pytest.raises(UnfitFaultError, match="nxdomain"):
        setup_for(["silent-drop", "nxdomain"], Route.SOCKET)


def test_a_url_percent_encodes_the_password_unless_the_fault_says_otherwise(around: Surroundings) -> None:
    password = around.world.password
    good = healthy(around).as_url().variables()["DATABASE_URL"]
    bad = find("unencoded-url").deployment(healthy(around), around).variables()["DATABASE_URL"]
    assert password not in good
    assert password in bad


def test_a_url_for_the_socket_names_the_directory_in_its_query(around: Surroundings) -> None:
    url = healthy(around, Route.SOCKET).as_url().variables()["DATABASE_URL"]
    assert url.endswith(f"@/orders?host=/s/{around.world.connection_name}")


def test_iam_login_has_no_password(around: Surroundings) -> None:
    assert "POSTGRES_PASSWORD" not in healthy(around, login=Login.IAM).variables()
