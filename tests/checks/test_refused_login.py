"""A login that was refused is not made again at every look. Time passes only when a test lets it."""

import itertools
from collections.abc import Callable, Iterable

import pytest
from msgspec.structs import replace

from diagnostics.check import Env
from diagnostics.checks.driver import driver_asyncpg
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import DriverAsyncpg
from diagnostics.core.findings import Code
from diagnostics.core.model import Dialect, Secret, Status, Target, TlsMode
from diagnostics.core.observed import Reach
from diagnostics.core.outcome import Outcome
from diagnostics.ports import DriverEnd, DriverResult
from tests.checks.server import Server, cleartext, refuses
from tests.checks.stage import DIRECT, PASSWORD, PRIVATE_IP, RESOLVED, TOKENS, Climbed, climb, env, look
from tests.fakes import FakeClock, FakeDrivers, FakeNetwork, Peer, Said
from tests.wire import serverside
from tests.wire.scram_server import ScramServer

MINUTE = 60.0
CYCLE = 30.0
PLAIN = replace(DIRECT, tls=TlsMode.DISABLE)


class Accounts:
    """A server that stores a password and the salt that it was stored with, and counts logins that it refuses."""

    def __init__(self, password: str = "another one") -> None:
        self.refused = 0
        self.salts = itertools.count()
        self.set(password)

    def set(self, password: str) -> None:
        self.password, self.salt = password, b"salt %d" % next(self.salts)

    def server(self) -> Server:
        return Server(startup=(serverside.sasl("SCRAM-SHA-256"),), password=self._judge())

    def _judge(self) -> Callable[[bytes], Iterable[Said]]:
        state = ScramServer(self.password.encode(), salt=self.salt, iterations=2)

        def judge(message: bytes) -> Iterable[Said]:
            body = serverside.read_frame(message)[1]
            if body.startswith(b"SCRAM-"):
                return (serverside.auth(11, state.challenge(serverside.read_sasl_initial(message)[1])),)
            try:
                final = state.outcome(body)
            except AssertionError:
                self.refused += 1
                return (refuses("28P01"),)
            return (serverside.auth(12, final) + serverside.OK + serverside.READY,)

        return judge


class Pooler(Accounts):
    """Makes up a salt for each login, as PgBouncer does for passwords that it knows in plain."""

    def server(self) -> Server:
        self.set(self.password)
        return super().server()


class Asker:
    """One process that looks again and again."""

    def __init__(self, server: Callable[[], Server], target: Target = PLAIN) -> None:
        self.clock = FakeClock()
        self.server = server
        self.reach = Reach.OPEN
        self._env = env(target, clock=self.clock)

    def becomes(self, target: Target) -> None:
        """The settings are others at the next look."""
        other = env(target, clock=self.clock)
        self._env = replace(other, refused_logins=self._env.refused_logins)

    def insisting(self) -> Env:
        return replace(self._env, refused_logins=self._env.refused_logins.insisting())

    async def look(self, around: Env | None = None) -> Climbed:
        peer = Peer(listener=self.server(), reach=self.reach)
        network = FakeNetwork({f"{PRIVATE_IP}:5432": peer}, clock=FakeClock())
        return await climb(replace(around or self._env, network=network), RESOLVED, TOKENS)

    async def cycles(self, seconds: float) -> list[Climbed]:
        """A look each half a minute for so long, the first one when the first pause is over."""
        seen = []
        for _ in range(int(seconds / CYCLE)):
            await self.clock.sleep(CYCLE)
            seen.append(await self.look())
        return seen


def auth(climbed: Climbed) -> Outcome:
    return climbed.outcomes[CheckId.POSTGRES_AUTH]


async def test_the_same_password_for_the_same_salt_is_refused_once_in_ten_minutes() -> None:
    accounts = Accounts()
    asker = Asker(accounts.server)
    first = await asker.look()
    later = await asker.cycles(10 * MINUTE)
    assert accounts.refused == 1
    assert {auth(each).code for each in (first, *later)} == {Code.POSTGRES_AUTH_WRONG_PASSWORD}


async def test_what_is_shown_meanwhile_is_as_old_as_the_refusal() -> None:
    asker = Asker(Accounts().server)
    refused_at = asker.clock.now()
    first = auth(await asker.look())
    (later,) = map(auth, await asker.cycles(CYCLE))
    assert (first.found_at, later.found_at) == (None, refused_at)
    assert later == replace(first, found_at=refused_at)


@pytest.mark.parametrize("password", [PASSWORD, "wrong again"])
async def test_a_password_that_is_set_on_the_server_is_noticed_at_the_next_look(password: str) -> None:
    """Its salt is another one, so the answer may be another one."""
    accounts = Accounts()
    asker = Asker(accounts.server)
    await asker.look()
    await asker.cycles(2 * CYCLE)
    accounts.set(password)
    (now,) = await asker.cycles(CYCLE)
    assert (now.last.status is Status.PASS) is (password == PASSWORD)
    assert accounts.refused == (1 if password == PASSWORD else 2)


async def test_a_password_that_is_another_one_in_the_settings_is_tried_at_the_next_look() -> None:
    accounts = Accounts("the new one")
    asker = Asker(accounts.server)
    await asker.look()
    asker.becomes(replace(PLAIN, password=Secret("the new one")))
    assert (await asker.cycles(CYCLE))[0].last.status is Status.PASS


async def test_a_password_that_came_back_is_still_known_to_be_refused() -> None:
    accounts = Accounts()
    asker = Asker(accounts.server)
    await asker.look()
    for password in ("a second one", PASSWORD, "a second one", PASSWORD):
        asker.becomes(replace(PLAIN, password=Secret(password)))
        await asker.look()
    assert accounts.refused == 2


async def test_after_a_quarter_of_an_hour_it_is_tried_all_the_same() -> None:
    """A password may have run out, and lasts longer now: that changes no salt."""
    accounts = Accounts()
    asker = Asker(accounts.server)
    await asker.look()
    await asker.cycles(30 * MINUTE)
    assert accounts.refused == 3


async def test_a_server_that_names_another_salt_each_time_is_asked_by_the_clock() -> None:
    pooler = Pooler()
    asker = Asker(pooler.server)
    await asker.look()
    await asker.cycles(10 * MINUTE)
    assert pooler.refused == 4, "at once, and after 1, 3 and 7 minutes"


def refusing_in_plain(sqlstate: str) -> Server:
    return Server(startup=(serverside.CLEARTEXT,), password=lambda _: (refuses(sqlstate),))


@pytest.mark.parametrize("sqlstate", ["28P01", "28000"])
async def test_a_login_that_tells_nothing_beforehand_is_repeated_after_1_2_4_8_and_15_minutes(sqlstate: str) -> None:
    server = refusing_in_plain(sqlstate)
    asker = Asker(lambda: server)
    await asker.look()
    asked = []
    for _ in range(int(47 * MINUTE / CYCLE)):
        before = len(server.passwords)
        await asker.cycles(CYCLE)
        asked += [asker.clock.seconds / MINUTE] * (len(server.passwords) - before)
    assert asked == [1, 3, 7, 15, 30, 45]


async def test_a_login_that_was_let_in_begins_anew() -> None:
    servers = [refusing_in_plain("28P01"), cleartext(PASSWORD), refusing_in_plain("28P01")]
    looks = iter(servers)
    asker = Asker(lambda: next(looks))
    for _ in servers:
        await asker.look()
        await asker.clock.sleep(MINUTE)
    after = refusing_in_plain("28P01")
    asker.server = lambda: after
    await asker.look()
    assert len(after.passwords) == 1, "a minute after a first refusal, not two after a second one"


@pytest.mark.parametrize("sqlstate", ["53300", "57P03", "3D000"])
async def test_what_is_no_refused_login_is_asked_at_every_look(sqlstate: str) -> None:
    server = refusing_in_plain(sqlstate)
    asker = Asker(lambda: server)
    await asker.look()
    await asker.cycles(MINUTE)
    assert len(server.passwords) == 3


async def test_who_is_refused_at_the_first_word_does_not_say_it_again_too_soon() -> None:
    server = Server(startup=(refuses("28000", 'no pg_hba.conf entry for host "10.0.0.1"', "ClientAuthentication"),))
    asker = Asker(lambda: server)
    first = await asker.look()
    later = await asker.cycles(10 * MINUTE)
    assert len(server.startups) == 4, "at once, and after 1, 3 and 7 minutes"
    assert {each.last.code for each in (first, *later)} == {Code.POSTGRES_STARTUP_TLS_REQUIRED}


async def test_nor_does_who_is_refused_though_nothing_was_asked() -> None:
    server = Server(startup=(serverside.OK + refuses("28000", 'role "api" does not exist'),))
    asker = Asker(lambda: server)
    first = await asker.look()
    later = await asker.cycles(10 * MINUTE)
    assert len(server.startups) == 4
    assert {auth(each).code for each in (first, *later)} == {Code.POSTGRES_AUTH_ROLE_MISSING}
    assert auth(later[0]).found_at is not None


async def test_a_path_that_breaks_meanwhile_is_seen_at_once() -> None:
    asker = Asker(Accounts().server)
    await asker.look()
    asker.reach = Reach.REFUSED
    assert (await asker.look()).last.code is Code.TCP_CONNECT_REFUSED


async def test_who_insists_is_heard_and_what_comes_of_it_is_remembered() -> None:
    accounts = Accounts()
    asker = Asker(accounts.server)
    await asker.look()
    await asker.look(asker.insisting())
    assert accounts.refused == 2
    await asker.cycles(10 * MINUTE)
    assert accounts.refused == 2


async def test_a_driver_that_was_refused_is_not_called_again_too_soon() -> None:
    refused = DriverResult(end=DriverEnd.FAILED, driver_version="0.30", exception="Refused", sqlstate="28P01")
    drivers = FakeDrivers({Dialect.ASYNCPG: refused})
    around = env(DIRECT, drivers=drivers, clock=FakeClock())
    first = await look(driver_asyncpg, around, passed=(CheckId.POSTGRES_QUERY,))
    again = await look(driver_asyncpg, around, passed=(CheckId.POSTGRES_QUERY,))
    assert (again.found_at, replace(again, found_at=None)) == (around.clock.now(), first)
    assert isinstance(again.fact, DriverAsyncpg)
    assert len(drivers.calls) == 1
