"""What the ports promise, asked of the real adapters and of the fakes alike."""

import asyncio
from pathlib import Path

import pytest

from diagnostics.adapters.clock import SystemClock
from diagnostics.adapters.drivers import AppDrivers
from diagnostics.adapters.keys import CachedKeys
from diagnostics.core.model import Dialect, Route, Target
from diagnostics.core.observed import ApiResult, DnsResult, Reach
from diagnostics.ports import (
    Clock,
    ConnectFailed,
    CredentialsFailed,
    CredentialsProblem,
    DriverCall,
    DriverEnd,
    DriverResult,
    Drivers,
    Endpoint,
    HttpCall,
    HttpFailed,
    Keys,
    StreamEnd,
    StreamFailed,
    TlsFailed,
    TlsFailure,
    TlsRequest,
)
from tests.adapters import listeners
from tests.adapters.authority import server_authority
from tests.contract.worlds import PATHS, SCOPE, TOKEN, FakeWorld, RealWorld, World
from tests.fakes import FakeClock, FakeDrivers, FakeKeys

LIMIT = 5.0
SHORT = 0.2
VERIFIED = TlsRequest(verify_chain=True, ca_pem=server_authority().pem)

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning:google.auth")


@pytest.fixture(params=["real", "fake"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    return RealWorld(tmp_path) if request.param == "real" else FakeWorld()


@pytest.mark.parametrize(
    "name, reach",
    [
        ("refused", Reach.REFUSED),
        ("silent", Reach.SILENT),
        ("missing", Reach.MISSING),
        ("not_a_socket", Reach.NOT_A_SOCKET),
    ],
)
async def test_what_cannot_be_reached_says_how(world: World, name: str, reach: Reach) -> None:
    with world.place(name) as place:
        with pytest.raises(ConnectFailed) as failed:
            await place.network.connect(place.endpoint, SHORT)
        (attempt,) = await place.network.connect_all([place.endpoint], SHORT)
    assert failed.value.reach is reach
    assert (attempt.reach, attempt.address, attempt.port) == (reach, place.endpoint.address, place.endpoint.port)
    assert (attempt.seconds >= SHORT) is (reach is Reach.SILENT)


@pytest.mark.parametrize("name", ["echo", "socket"])
async def test_what_can_be_reached_hears_and_answers(world: World, name: str) -> None:
    with world.place(name) as place:
        (attempt,) = await place.network.connect_all([place.endpoint], LIMIT)
        stream = await place.network.connect(place.endpoint, LIMIT)
        await stream.send(b"hello")
        answer = await stream.recv()
        stream.close(b"bye")
    assert (attempt.reach, answer) == (Reach.OPEN, b"hello")


async def test_no_endpoints_are_no_attempts(world: World) -> None:
    with world.place("echo") as place:
        assert await place.network.connect_all([], LIMIT) == ()


async def test_a_silent_peer_is_waited_for_until_the_callers_deadline(world: World) -> None:
    with world.place("mute") as place:
        stream = await place.network.connect(place.endpoint, LIMIT)
        await stream.send(b"hello")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SHORT):
                await stream.recv()
        stream.close()


async def test_an_end_is_empty_and_stays_the_end(world: World) -> None:
    with world.place("close") as place:
        stream = await place.network.connect(place.endpoint, LIMIT)
        await stream.send(b"hello")
        assert [await stream.recv(), await stream.recv()] == [b"", b""]
        stream.close()


async def test_a_reset_is_a_failure(world: World) -> None:
    with world.place("reset") as place:
        stream = await place.network.connect(place.endpoint, LIMIT)
        await stream.send(b"hello")
        with pytest.raises(StreamFailed) as failed:
            await stream.recv()
        stream.close()
    assert (failed.value.end, failed.value.alert) == (StreamEnd.RESET, "")


async def test_closing_twice_is_no_error(world: World) -> None:
    with world.place("echo") as place:
        stream = await place.network.connect(place.endpoint, LIMIT)
        stream.close()
        stream.close()


async def test_a_handshake_secures_the_stream(world: World) -> None:
    with world.place("tls") as place:
        stream = await place.network.connect(place.endpoint, LIMIT)
        peer = await stream.start_tls(VERIFIED)
        await stream.send(b"hello")
        assert await stream.recv() == b"hello"
        stream.close()
    assert peer.version == "TLSv1.3"
    assert peer.certificate is not None
    assert peer.certificate.common_name == "server"


@pytest.mark.parametrize("name, failure", [("stranger", TlsFailure.UNKNOWN_AUTHORITY), ("ssh", TlsFailure.NOT_TLS)])
async def test_a_handshake_that_fails_says_how(world: World, name: str, failure: TlsFailure) -> None:
    with world.place(name) as place:
        stream = await place.network.connect(place.endpoint, LIMIT)
        with pytest.raises(TlsFailed) as failed:
            await stream.start_tls(VERIFIED)
        stream.close()
    assert (failed.value.failure, failed.value.certificate) == (failure, None)


async def test_a_handshake_with_a_silent_peer_lasts_until_the_callers_deadline(world: World) -> None:
    with world.place("mute") as place:
        stream = await place.network.connect(place.endpoint, LIMIT)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SHORT):
                await stream.start_tls(VERIFIED)
        stream.close()


async def test_a_client_certificate_is_judged_after_the_handshake(world: World) -> None:
    with world.place("judge") as place:
        stream = await place.network.connect(place.endpoint, LIMIT)
        await stream.start_tls(VERIFIED)
        await stream.send(b"startup")
        with pytest.raises(StreamFailed) as failed:
            await stream.recv()
        stream.close()
    assert (failed.value.end, failed.value.alert) == (StreamEnd.ALERT, "certificate_required")


@pytest.mark.parametrize(
    "name, result, addresses",
    [
        ("db", DnsResult.ANSWER, ("10.1.2.3", "fd00::1")),
        ("missing", DnsResult.NXDOMAIN, ()),
        ("broken", DnsResult.SERVFAIL, ()),
        ("refused", DnsResult.REFUSED, ()),
        ("empty", DnsResult.NO_ADDRESS, ()),
        ("silent", DnsResult.SILENT, ()),
    ],
)
async def test_a_server_says_what_it_knows(
    world: World, name: str, result: DnsResult, addresses: tuple[str, ...]
) -> None:
    with world.asked() as asked:
        answer = await asked.resolver.ask(asked.server, name, SHORT)
    assert (answer.server, answer.name, answer.result) == (asked.server, name, result)
    assert answer.addresses == addresses
    assert len(answer.address_classes) == len(addresses)
    assert (answer.seconds >= SHORT) is (result is DnsResult.SILENT)


async def test_the_systems_resolver_is_called_system_and_no_server_knows_a_literal(world: World) -> None:
    with world.asked() as asked:
        named = await asked.resolver.lookup("localhost", 5432, LIMIT)
        literals = [await asked.resolver.lookup(address, 5432, LIMIT) for address in ("10.0.0.5", "::1")]
    assert (named.server, named.result) == ("system", DnsResult.ANSWER)
    assert "127.0.0.1" in named.addresses
    assert [(answer.server, answer.addresses) for answer in literals] == [("", ("10.0.0.5",)), ("", ("::1",))]


async def test_an_http_answer_of_any_status_is_an_answer(world: World) -> None:
    with world.web("found") as web:
        answer = await web.http.request(HttpCall(url=web.url, connect_limit=LIMIT, limit=LIMIT))
    assert (answer.status, answer.headers["x-name"], answer.body) == (404, "v", b"no")


@pytest.mark.parametrize(
    "name, result",
    [
        ("refused", ApiResult.REFUSED),
        ("silent", ApiResult.SILENT),
        ("closed", ApiResult.CLOSED),
        ("ssh", ApiResult.UNEXPECTED_ANSWER),
    ],
)
async def test_a_call_without_answer_says_why(world: World, name: str, result: ApiResult) -> None:
    with world.web(name) as web, pytest.raises(HttpFailed) as failed:
        await web.http.request(HttpCall(url=web.url, connect_limit=SHORT, limit=SHORT))
    assert failed.value.result is result


def test_paths_are_what_they_are(world: World) -> None:
    with world.files() as (files, root):
        assert {path: files.kind(root / path) for path in PATHS} == PATHS
        assert files.kind(root / "nonesuch").value == "missing"
        assert files.names(root / "directory") == ("a", "b")
        assert files.names(root / "socket") == ()
        assert files.names(root / "nonesuch") == ()


async def test_a_credentials_file_gives_a_token_or_a_problem(world: World) -> None:
    with world.credentials("none") as credentials:
        assert credentials.source() == ""
    with world.credentials("good") as credentials:
        token = await credentials.token(SCOPE, LIMIT)
        assert credentials.source() == "GOOGLE_APPLICATION_CREDENTIALS"
        assert token.token.reveal() == TOKEN
        assert token.expires_at is not None
        assert token.expires_at.tzinfo is not None
    for name, problem in (("missing", CredentialsProblem.MISSING), ("refused", CredentialsProblem.REFUSED)):
        with world.credentials(name) as credentials, pytest.raises(CredentialsFailed) as failed:
            await credentials.token(SCOPE, LIMIT)
        assert failed.value.problem is problem


@pytest.mark.parametrize("keys", [CachedKeys(FakeClock()), FakeKeys()], ids=["real", "fake"])
async def test_a_key_pair_stays_the_same_and_hides_its_private_half(keys: Keys) -> None:
    pair = await keys.key_pair()
    assert await keys.key_pair() is pair
    assert pair.public_pem.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert pair.private_pem.reveal() not in repr(pair)
    with pytest.raises(ValueError):  # noqa: PT011 - any damage
        keys.certificate("no certificate")


@pytest.mark.parametrize("clock", [SystemClock(), FakeClock()], ids=["real", "fake"])
async def test_time_goes_on_by_what_is_slept(clock: Clock) -> None:
    before, started = clock.now(), clock.monotonic()
    await clock.sleep(0.01)
    assert clock.monotonic() - started >= 0.01
    assert clock.now() > before
    assert clock.now().tzinfo is not None


REFUSED = DriverResult(
    end=DriverEnd.FAILED,
    driver_version="0.32",
    connect_seconds=0.1,
    exception="ConnectionRefusedError",
    message="refused",
)


@pytest.mark.parametrize("drivers", [AppDrivers({}), FakeDrivers({Dialect.ASYNCPG: REFUSED})], ids=["real", "fake"])
async def test_what_a_driver_raises_is_its_result(drivers: Drivers) -> None:
    with listeners.refused() as endpoint:
        target = Target(
            name="x",
            route=Route.DIRECT,
            dialect=Dialect.ASYNCPG,
            host=endpoint.address,
            port=endpoint.port,
            database="d",
            user="u",
        )
        result = await drivers.connect(
            DriverCall(dialect=Dialect.ASYNCPG, target=target, limit=LIMIT, load_limit=LIMIT)
        )
    assert (result.exception, result.sqlstate, result.end) == ("ConnectionRefusedError", "", DriverEnd.FAILED)
    assert result.message
    assert result.connect_seconds > 0


def test_an_endpoint_nobody_scripted_is_an_error_of_the_test() -> None:
    with FakeWorld().place("echo") as place, pytest.raises(LookupError):
        asyncio.run(place.network.connect(Endpoint(address="192.0.2.9", port=1), LIMIT))
