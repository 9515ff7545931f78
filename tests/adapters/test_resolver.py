"""Names: each name server by real packets, and the system's resolver with a world of its own."""

import asyncio
import json
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from diagnostics.adapters.resolver import SystemResolver, may_be_name
from diagnostics.adapters.threads import in_thread
from diagnostics.core.foreign import MOST
from diagnostics.core.observed import AddressClass, DnsAnswer, DnsResult
from tests.adapters.nano_dns import (
    AAAA,
    NXDOMAIN,
    REFUSED,
    SERVFAIL,
    TRUNCATED,
    A,
    NanoDns,
    Reply,
    Script,
    nano_dns,
    v4,
    v6,
)

LIMIT = 5.0
SHORT = 0.2


async def ask(server: NanoDns, name: str = "db.example", limit: float = LIMIT) -> DnsAnswer:
    return await SystemResolver(port=server.port).ask(server.address, name, limit)


def always(reply: Reply | None) -> Script:
    return lambda _name, _kind: reply


def both(name: str, kind: int) -> Reply:
    return v4("10.1.2.3", "203.0.113.9") if kind == A else v6("fd00::1")


async def test_both_families_are_asked_at_once() -> None:
    with nano_dns(both) as server:
        answer = await ask(server)
    assert answer.result is DnsResult.ANSWER
    assert answer.addresses == ("10.1.2.3", "203.0.113.9", "fd00::1")
    assert answer.address_classes == (AddressClass.PRIVATE, AddressClass.PUBLIC, AddressClass.PRIVATE)
    assert (answer.server, answer.name) == (server.address, "db.example")
    assert sorted(server.asked) == [("db.example", A, "udp"), ("db.example", AAAA, "udp")]


@pytest.mark.parametrize(
    "reply, expected",
    [
        (Reply(), DnsResult.NO_ADDRESS),
        (Reply(NXDOMAIN), DnsResult.NXDOMAIN),
        (Reply(SERVFAIL), DnsResult.SERVFAIL),
        (Reply(REFUSED), DnsResult.REFUSED),
        (Reply(4), DnsResult.SERVFAIL),
        (None, DnsResult.SILENT),
    ],
)
async def test_what_a_server_says_is_kept_apart(reply: Reply | None, expected: DnsResult) -> None:
    with nano_dns(always(reply)) as server:
        answer = await ask(server, limit=SHORT)
    assert (answer.result, answer.addresses) == (expected, ())


@pytest.mark.parametrize("other", [Reply(), Reply(SERVFAIL), None])
async def test_an_address_of_one_family_is_an_answer_whatever_the_other_says(other: Reply | None) -> None:
    with nano_dns(lambda _, kind: v4("10.1.2.3") if kind == A else other) as server:
        answer = await ask(server, limit=SHORT)
    assert (answer.result, answer.addresses) == (DnsResult.ANSWER, ("10.1.2.3",))


async def test_a_chain_of_names_ends_in_its_addresses() -> None:
    def script(name: str, kind: int) -> Reply:
        alias = (5, b"\x03sql\xc0\x0c")
        return Reply(records=(alias, *both(name, kind).records))

    with nano_dns(script) as server:
        assert (await ask(server)).addresses == ("10.1.2.3", "203.0.113.9", "fd00::1")


async def test_an_answer_that_was_cut_is_asked_for_again_by_tcp() -> None:
    with nano_dns(always(Reply(flags=TRUNCATED)), both) as server:
        answer = await ask(server)
    assert answer.addresses == ("10.1.2.3", "203.0.113.9", "fd00::1")
    assert {transport for _, _, transport in server.asked} == {"udp", "tcp"}


async def test_a_cut_answer_is_none_where_tcp_fails() -> None:
    with nano_dns(always(Reply(flags=TRUNCATED)), always(None)) as server:
        assert (await ask(server)).result is DnsResult.UNREACHABLE


@pytest.mark.parametrize("rdclass", [3, 4, 254, 255], ids=["CHAOS", "HESIOD", "NONE", "ANY"])
async def test_a_record_of_another_class_is_no_address(rdclass: int) -> None:
    reply = Reply(records=v4("10.1.2.3").records, rdclass=rdclass)
    with nano_dns(always(reply)) as server:
        answer = await ask(server, limit=SHORT)
    assert answer.result in {DnsResult.NO_ADDRESS, DnsResult.SILENT}
    assert not answer.addresses


async def test_of_many_addresses_the_first_are_kept_and_the_others_counted() -> None:
    many = v4(*(f"10.0.0.{number}" for number in range(1, 101)))
    with nano_dns(lambda _name, kind: many if kind == A else Reply(code=NXDOMAIN)) as server:
        answer = await ask(server)
    assert (len(answer.addresses), len(answer.address_classes), answer.left_out) == (MOST, MOST, 100 - MOST)
    assert answer.addresses[0] == "10.0.0.1"


async def test_one_lost_packet_is_not_a_silent_server() -> None:
    dropped: set[int] = set()

    def script(name: str, kind: int) -> Reply | None:
        if kind not in dropped:
            dropped.add(kind)
            return None
        return both(name, kind)

    with nano_dns(script) as server:
        assert (await ask(server, limit=1.0)).result is DnsResult.ANSWER


async def test_a_port_without_server_is_unreachable_at_once() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    started = asyncio.get_running_loop().time()
    answer = await SystemResolver(port=port).ask("127.0.0.1", "db.example", LIMIT)
    assert answer.result is DnsResult.UNREACHABLE
    assert asyncio.get_running_loop().time() - started < 1.0


async def test_garbage_is_not_an_answer() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))

        def babble() -> None:
            for _ in range(2):
                _, client = sock.recvfrom(4096)
                sock.sendto(b"\xff" * 40, client)

        thread = threading.Thread(target=babble)
        thread.start()
        answer = await SystemResolver(port=sock.getsockname()[1]).ask("127.0.0.1", "db.example", SHORT)
        thread.join(5)
    assert answer.result is DnsResult.SILENT


async def test_a_text_that_is_no_name_costs_no_packet() -> None:
    with nano_dns(both) as server:
        assert (await ask(server, "db.example\n")).result is DnsResult.NOT_A_NAME
    assert server.asked == []


@pytest.mark.parametrize("address", ["10.0.0.5", "::1", "fe80::1%lo"])
async def test_a_literal_address_asks_nobody(address: str) -> None:
    answer = await SystemResolver().lookup(address, 5432, LIMIT)
    assert (answer.server, answer.result, answer.addresses) == ("", DnsResult.ANSWER, (address,))


async def test_a_name_of_the_hosts_file_is_resolved_by_the_system() -> None:
    answer = await SystemResolver().lookup("localhost", 5432, LIMIT)
    assert (answer.server, answer.result) == ("system", DnsResult.ANSWER)
    assert "127.0.0.1" in answer.addresses
    assert set(answer.address_classes) == {AddressClass.LOOPBACK}


def test_name_servers_are_those_of_resolv_conf_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text(
        "# nameserver 10.9.9.9\nsearch a b\nnameserver 169.254.169.254\nnameserver\tfd00::53 # x\nnameserver junk\n"
    )
    assert SystemResolver(path).nameservers() == ("169.254.169.254", "fd00::53")
    assert SystemResolver(tmp_path / "missing").nameservers() == ()


@pytest.mark.parametrize("text", ["db.example", "db.example.", "db", "a_b.example", "münchen.example", "x" * 63 + ".a"])
def test_a_name_may_be_one(text: str) -> None:
    assert may_be_name(text)


@pytest.mark.parametrize(
    "text", ["", ".", "a..b", "x" * 64, "x." * 127 + "xx", "a\n", "a b", "p:r:i", "[::1]", "db/x", "u@db", "\0"]
)
def test_a_text_that_no_server_can_know_is_no_name(text: str) -> None:
    assert not may_be_name(text)


WORLD = textwrap.dedent("""
    import asyncio, json, os, time
    from diagnostics.adapters.resolver import SystemResolver
    from tests.adapters.nano_dns import A, NXDOMAIN, REFUSED, SERVFAIL, Reply, nano_dns, v4, v6

    SAYS = {
        "nodata.example": Reply(), "missing.example": Reply(NXDOMAIN), "broken.example": Reply(SERVFAIL),
        "refused.example": Reply(REFUSED), "silent.example": None,
    }
    NAMES = [*SAYS, "db.example", "db.example\\n", "10.0.0.5\\n", "10.0.0.5 ", "a..b", "x" * 64, "a:b:orders", "127.1"]

    def script(name, kind):
        return SAYS[name] if name in SAYS else v4("10.1.2.3") if kind == A else v6("fd00::1")

    os.system("ip link set lo up")
    with nano_dns(script, address="127.77.0.53", port=53) as server:
        found = {}
        for name in NAMES:
            before = len(server.asked)
            started = time.monotonic()
            answer = asyncio.run(SystemResolver().lookup(name, 5432, 0.5))
            assert time.monotonic() - started < 3, "the loop waited for the resolver's thread"
            found[name] = [answer.result, sorted(answer.addresses), len(server.asked) > before]
    print(json.dumps(found))
""")


ENTER = 'mount --bind "$0" /etc/resolv.conf && exec "$1" -c "$2"'


@pytest.mark.netns
def test_the_system_resolvers_answers_are_kept_apart(tmp_path: Path) -> None:
    """With a resolv.conf of its own in private namespaces. A text that is no name costs no packet even here."""
    conf = tmp_path / "resolv.conf"
    conf.write_text("nameserver 127.77.0.53\n")
    child = subprocess.run(
        ["unshare", "--mount", "--net", "sh", "-c", ENTER, str(conf), sys.executable, WORLD],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert child.returncode == 0, child.stderr
    assert json.loads(child.stdout) == {
        "nodata.example": ["no_address", [], True],
        "missing.example": ["nxdomain", [], True],
        "broken.example": ["servfail", [], True],
        "refused.example": ["servfail", [], True],
        "silent.example": ["silent", [], True],
        "db.example": ["answer", ["10.1.2.3", "fd00::1"], True],
        "db.example\n": ["not_a_name", [], False],
        "10.0.0.5\n": ["not_a_name", [], False],
        "10.0.0.5 ": ["not_a_name", [], False],
        "a..b": ["not_a_name", [], False],
        "x" * 64: ["not_a_name", [], False],
        "a:b:orders": ["not_a_name", [], False],
        "127.1": ["answer", ["127.0.0.1"], False],
    }


async def test_a_thread_that_never_returns_holds_nobody_back() -> None:
    release = threading.Event()
    with pytest.raises(TimeoutError):
        await in_thread(release.wait, 0.05)
    release.set()


async def test_what_a_thread_raises_is_raised_where_it_is_awaited() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 / 0)


def test_a_result_that_comes_after_the_loop_has_ended_is_dropped_in_silence() -> None:
    release, done = threading.Event(), threading.Event()

    def late() -> None:
        release.wait(5)
        done.set()

    async def impatient() -> None:
        with pytest.raises(TimeoutError):
            await in_thread(late, 0.05)

    asyncio.run(impatient())
    release.set()
    assert done.wait(5)
