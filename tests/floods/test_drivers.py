"""Whatever a server does to the app's driver: its limits hold, and neither our loop nor our memory feels it."""

import asyncio
import contextlib
import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.hostile_server import WAYS, hostile_server
from diagnostics.adapters.driver_process import DriverProcess
from diagnostics.adapters.drivers import AppDrivers
from diagnostics.core.model import Dialect, InstanceName, Login, Route, Secret, Target
from diagnostics.ports import DriverCall, DriverEnd, DriverResult
from tests.floods import peers
from tests.floods.stops import watched
from tests.floods.test_floods import GROWTH, STOP

LIMIT = 2.0
"""Seconds that a driver has."""
LOADING = 5.0
"""Seconds in which it is loaded, on a machine that has other tests to run."""

LOADED = 40 * 1024
"""KiB of a process with a driver in it."""
MORE = 100 * 1024
"""KiB that a server may cost beyond that."""

BUSY, MEMORY, FAILED = DriverEnd.KEPT_BUSY, DriverEnd.OUT_OF_MEMORY, DriverEnd.FAILED

COMES_TO: dict[str, dict[Dialect, set[DriverEnd]]] = {
    way: {Dialect.ASYNCPG: asyncpg, Dialect.PSYCOPG: psycopg}
    for way, asyncpg, psycopg in (
        ("a SCRAM count of 2^31", {BUSY}, {BUSY}),
        # Of an error during the login libpq believes a length of 30,000 bytes at most.
        ("an error of 60 MB", {MEMORY}, {FAILED}),
        ("an error of 1 GB", {MEMORY}, {FAILED}),
        # Whether the end of the connection or that of the memory is met first is chance.
        ("an error of 60 MB to the query", {MEMORY, FAILED}, {MEMORY, FAILED}),
        ("a list of SASL mechanisms of 1 GB", {MEMORY}, {FAILED}),
        ("a notice of 1 GB", {MEMORY}, {MEMORY}),
        ("a parameter of 1 GB", {MEMORY}, {FAILED}),
        ("notices without end", {BUSY}, {BUSY}),
        ("parameters without end", {BUSY}, {BUSY}),
        ("a row of 1 GB", {MEMORY}, {MEMORY}),
        ("rows without end", {BUSY}, {BUSY, MEMORY}),
    )
}

pytestmark = pytest.mark.serial


class Watched(AppDrivers):
    """Remembers how large the process became."""

    peak = 0

    def _start(self, dialect: Dialect) -> DriverProcess:
        process = super()._start(dialect)
        self._watch = asyncio.create_task(self._sample(process.pid))
        return process

    async def _sample(self, pid: int) -> None:
        """The kernel's own high-water mark, until the process is gone."""
        with contextlib.suppress(OSError, IndexError):
            while True:
                status = Path(f"/proc/{pid}/status").read_text()  # noqa: ASYNC240 - no disk
                self.peak = max(self.peak, int(status.partition("VmHWM:")[2].split()[0]))
                await asyncio.sleep(0.005)


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    with hostile_server() as found:
        yield found


async def connect(drivers: AppDrivers, dialect: Dialect, port: int) -> DriverResult:
    target = Target(
        name="orders",
        route=Route.DIRECT,
        dialect=dialect,
        host="127.0.0.1",
        port=port,
        database="orders",
        user="api",
        password=Secret("s3cret-one"),
    )
    return await drivers.connect(DriverCall(dialect=dialect, target=target, limit=LIMIT, load_limit=LOADING))


def test_every_way_has_a_row() -> None:
    assert COMES_TO.keys() == WAYS.keys()


@pytest.mark.parametrize("way", COMES_TO)
async def test_a_server_costs_the_driver_its_time_and_memory_and_us_nothing(way: str, ports: dict[str, int]) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    drivers = {dialect: Watched(os.environ) for dialect in COMES_TO[way]}
    async with watched() as stops:
        started = time.monotonic()
        results = await asyncio.gather(*(connect(each, dialect, ports[way]) for dialect, each in drivers.items()))
        seconds = time.monotonic() - started
    for result, (dialect, expected) in zip(results, COMES_TO[way].items(), strict=True):
        assert result.end in expected, result
        assert result.connect_seconds <= LIMIT
        assert 0 < drivers[dialect].peak < LOADED + MORE
        assert len(result.message) <= 20_000
    assert seconds < LIMIT + LOADING
    assert stops.longest < STOP
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < GROWTH


CONNECTOR_LOADED = 90 * 1024
"""KiB of a process with the connector in it."""

ENDS = {MEMORY, BUSY, DriverEnd.SILENT}
"""Which of its limits is met first depends on the machine; that the library was asked shows in that one is met."""


@pytest.mark.parametrize("flood", ["http body", "http zipped", "http chunks", "http long header"])
async def test_a_metadata_server_costs_the_connector_its_time_and_memory_and_us_nothing(flood: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    target = Target(
        name="orders",
        route=Route.CONNECTOR,
        dialect=Dialect.CONNECTOR,
        instance=InstanceName.parse("acme-prod:europe-west1:orders"),
        database="orders",
        user="api@acme-prod.iam",
        login=Login.IAM,
    )
    with peers.running() as ports:
        place = f"127.0.0.1:{ports[flood]}"
        drivers = Watched({"GCE_METADATA_HOST": place, "GCE_METADATA_IP": place, "HOME": "/nonexistent"})
        call = DriverCall(dialect=Dialect.CONNECTOR, target=target, limit=LIMIT, load_limit=4 * LOADING)
        async with watched() as stops:
            result = await drivers.connect(call)
    assert result.end in ENDS, result
    assert result.connect_seconds <= LIMIT + STOP
    assert 0 < drivers.peak < CONNECTOR_LOADED + MORE
    assert stops.longest < STOP
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < GROWTH
