"""A world of fakes around any settings, and what the three surfaces that may hold an app back make of a run in it.

Settings, stages and drivers are evaluated; what the control plane says is taken for granted, it holds no settings.
"""

import asyncio
import random
from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from diagnostics.check import Env, SecretName
from diagnostics.checks import CHECKS
from diagnostics.core.assemble import assemble
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import Fact
from diagnostics.core.findings import Code
from diagnostics.core.model import Damping, Finding, IpType, Options, Resolution, Route
from diagnostics.core.observed import InstanceAddress, Reach
from diagnostics.core.outcome import CheckResult, Mode, failed, passed
from diagnostics.core.report import AgentInfo, CheckEntry, Report
from diagnostics.monitor import TargetWatch
from diagnostics.monitor.history import Sizes
from diagnostics.monitor.schedule import Breadth
from diagnostics.monitor.turn import Turn
from diagnostics.ports import DriverCall, DriverEnd, DriverResult, Endpoint, PathKind
from diagnostics.runner import run_checks
from diagnostics.settings import Loaded
from diagnostics.surfaces import wait
from diagnostics.surfaces.sidecar.gate import Gate
from tests.checks.server import Server, refuses, scram, shakes
from tests.checks.stage import CERTIFICATE, PUBLIC_IP, SETTINGS, env
from tests.fakes import FakeClock, FakeDrivers, FakeFiles, FakeNetwork, Peer
from tests.settings.forms import At
from tests.surfaces.stage import PlayedSession


class Broken(StrEnum):
    """What is wrong with a world."""

    NOTHING = "nothing"
    PASSWORD = "the server has another password"
    SILENCE = "every packet vanishes"


class OnePeer(FakeNetwork):
    """A network in which the same peer is everywhere."""

    def __init__(self, peer: Peer, clock: FakeClock) -> None:
        super().__init__({}, clock=clock)
        self._one = peer

    def _peer(self, endpoint: Endpoint) -> Peer:
        return self._one


class Stubborn(FakeDrivers):
    """Drivers that take the settings of an app that names them, and refuse everybody else's."""

    def __init__(self) -> None:
        super().__init__({})

    async def connect(self, call: DriverCall) -> DriverResult:
        if call.target.dialect_named:
            return DriverResult(driver_version="1.0", connect_seconds=0.01)
        return DriverResult(driver_version="1.0", end=DriverEnd.OPTION_REJECTED, exception="ProgrammingError")


TAKEN_FOR_GRANTED = frozenset(check.id for check in CHECKS if check.cloud_only) | {
    # Time jumps here.
    CheckId.RUNTIME_FREEZE,
    CheckId.DNS_RESOLVER,
    CheckId.ADMIN_CONNECT_SETTINGS,
    CheckId.ADMIN_INSTANCE,
    CheckId.ADMIN_CERTIFICATE,
    CheckId.IAM_PERMISSIONS,
    CheckId.RUN_REVISION,
    CheckId.VPC_CONNECTOR,
    CheckId.POSTGRES_CAPACITY,
}
BOTH = (
    InstanceAddress(ip_type=IpType.PUBLIC, address=PUBLIC_IP),
    InstanceAddress(ip_type=IpType.PRIVATE, address=At().host),
)
NAMED = replace(SETTINGS, addresses=BOTH)
FACTS: dict[CheckId, Fact] = {CheckId.ADMIN_CONNECT_SETTINGS: NAMED, CheckId.ADMIN_CERTIFICATE: CERTIFICATE}


@dataclass(frozen=True)
class Judged:
    """What became of one app."""

    report: Report
    waited: int
    """Exit code of ``wait``, which starts its command with 0 and with nothing else."""
    let_in: bool
    """Whether ``/gate`` is open."""


def judged(
    loaded: Loaded,
    password: str,
    broken: Broken = Broken.NOTHING,
    *,
    options: Options | None = None,
    failing: Collection[CheckId] = (),
) -> Judged:
    """One run with these settings, as ``check``, ``wait`` and ``/gate`` see it.

    ``failing`` are those of what is taken for granted that failed instead.
    """
    return asyncio.run(_judged(loaded, password, broken, options or loaded.options, failing))


async def _judged(
    loaded: Loaded, password: str, broken: Broken, options: Options, failing: Collection[CheckId]
) -> Judged:
    (resolution,) = loaded.resolutions
    around = _around(loaded, resolution, password, broken, options)
    run = await run_checks(CHECKS, around, Mode.CHECK, "r1", carried=_carried(failing))
    report = assemble(run, agent=AgentInfo(version="1", hostname="here"), titles={})
    session = PlayedSession(acts=[[report]], wait_timeout=1.0)
    waited = await wait.wait(session, Unwatched(), session.clock, random.Random(1), lambda _line: None)
    return Judged(report=report, waited=waited.exit_code, let_in=await _opened(report))


class Unwatched:
    """Nobody looks on."""

    def started(self, target: str, check: CheckId) -> None:
        """Part of Watcher."""

    def finished(self, target: str, entry: CheckEntry) -> None:
        """Part of Watcher."""

    def resting(self, pause: float, left: float, seen: str) -> AbstractContextManager[None]:
        return nullcontext()


def _carried(failing: Collection[CheckId]) -> dict[CheckId, asyncio.Future[CheckResult | None]]:
    loop = asyncio.get_running_loop()
    carried: dict[CheckId, asyncio.Future[CheckResult | None]] = {}
    for check in TAKEN_FOR_GRANTED:
        bad = next((code for code in Code if code.check is check), None) if check in failing else None
        outcome = failed(None, Finding(code=bad)) if bad else passed(FACTS.get(check))
        carried[check] = loop.create_future()
        carried[check].set_result(CheckResult(check=check, outcome=outcome))
    return carried


def _around(loaded: Loaded, resolution: Resolution, password: str, broken: Broken, options: Options) -> Env:
    clock = FakeClock()
    target = resolution.target
    host = target.host if target and target.route is Route.SOCKET else "/cloudsql/none"
    path = f"{host}/.s.PGSQL.{target.port if target else 0}"
    return env(
        target,
        resolution=resolution,
        platform=loaded.platform,
        options=options,
        network=OnePeer(_peer(password, broken), clock),
        files=FakeFiles({"/cloudsql": PathKind.DIRECTORY, host: PathKind.DIRECTORY, path: PathKind.SOCKET}),
        secrets={SecretName.CLIENT_KEY: "the private half of a key"},
        drivers=Stubborn(),
        clock=clock,
    )


def _peer(password: str, broken: Broken) -> Peer:
    if broken is Broken.SILENCE:
        return Peer(reach=Reach.SILENT)
    server: Server = scram(password)
    # As Cloud SQL on 5432: with TLS for those who ask, and without for the rest.
    server.tls = (b"S",)
    if broken is Broken.PASSWORD:
        server.password = lambda _message: (refuses("28P01", "password authentication failed", "auth_failed"),)
    return server.peer(tls=shakes())


def let_in(report: Report) -> bool:
    """Whether ``/gate`` is open after such a run."""
    return asyncio.run(_opened(report))


async def _opened(report: Report) -> bool:
    clock = FakeClock()
    watch = TargetWatch(report.target.name, Turn(clock, 30.0), Damping(), Sizes())
    watch.take(report, Breadth.WIDE, clock.monotonic())
    return not Gate(1, clock, lambda _line: None).closed_by((watch,))
