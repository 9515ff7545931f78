"""Not yet, or never: on a young instance silence is followed by fresh sockets, until one gets through."""

from datetime import timedelta

import msgspec
import pytest

from diagnostics.checks import CHECKS
from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnose import diagnose
from diagnostics.core.diagnosis import Confidence, Diagnosis
from diagnostics.core.findings import Code
from diagnostics.core.model import Dialect, Options, Platform, PlatformKind, Resolution, Secret, TlsMode
from diagnostics.core.observed import Reach
from diagnostics.core.outcome import Mode, Run
from diagnostics.core.provisional import Grace, provisional_of
from diagnostics.core.trials import Changed, Verdict
from diagnostics.ports import Endpoint
from diagnostics.runner import run_checks
from diagnostics.trials import settled
from tests.checks import stage
from tests.checks.server import cleartext
from tests.checks.stage import CLOUD_RUN, PASSWORD, PUBLIC_IP
from tests.fakes import START, FakeClock, FakeNetwork, Peer

# A fake clock that leaps over each wait looks like a process that stood still.
AWAKE = tuple(check for check in CHECKS if check.id is not CheckId.RUNTIME_FREEZE)
HERE = msgspec.structs.replace(stage.DIRECT, host=PUBLIC_IP, instance=None, tls=TlsMode.DISABLE, dialect=Dialect.OTHER)
FOR_EVER = 1e9
SILENCE = 4.0
"""Seconds that are more than enough for the one silent rung."""


class Opening(FakeNetwork):
    """Everything is silent until a second of the clock."""

    def __init__(self, clock: FakeClock, opens: float) -> None:
        own = f"{PUBLIC_IP}:5432"
        super().__init__({own: cleartext(PASSWORD).peer(), f"{PUBLIC_IP}:3307": Peer()}, clock=clock)
        self._clock = clock
        self._opens = opens

    def _peer(self, endpoint: Endpoint) -> Peer:
        silent = self._clock.seconds < self._opens or endpoint.label not in self.peers
        return Peer(reach=Reach.SILENT) if silent else super()._peer(endpoint)


async def played(
    opens: float,
    grace: float = 30.0,
    patience: float = FOR_EVER,
    timeout: float = 60.0,
    platform: Platform = CLOUD_RUN,
    password: str = PASSWORD,
) -> tuple[Run, Grace, Opening]:
    """A run that begins when the process does, and what followed it."""
    clock = FakeClock()
    network, target = Opening(clock, opens), msgspec.structs.replace(HERE, password=Secret(password))
    around = msgspec.structs.replace(
        stage.env(target, options=Options(timeout=timeout), network=network, clock=clock, platform=platform),
        resolution=Resolution(name="orders", target=target),
    )
    young = Grace(began=START, seconds=grace, patience=patience)
    run = await settled(await run_checks(AWAKE, around, Mode.CHECK, "run-1"), AWAKE, around, young)
    return run, young, network


def the_one(run: Run) -> Diagnosis:
    (found,) = diagnose(run)
    return found


async def test_a_way_that_opens_is_a_way_that_was_warming_up() -> None:
    run, grace, _ = await played(opens=20.0)
    (trial,) = run.trials
    assert (trial.changed, trial.verdict, trial.check) == (Changed.WAITED, Verdict.FLIPPED, CheckId.POSTGRES_QUERY)
    assert trial.opened_after_seconds == pytest.approx(20.0, abs=1.0)
    found = the_one(run)
    assert (found.cause, found.confidence) == (Cause.VPC_WARMING_UP, Confidence.PROVEN)
    assert (found.alternatives, found.untested) == ((), ())
    assert provisional_of(run, grace) is None


async def test_a_way_that_stays_closed_to_the_end_of_the_grace_is_not_warming_up() -> None:
    """The cause from before stands, and is final."""
    run, grace, _ = await played(opens=FOR_EVER)
    before, _, _ = await played(opens=FOR_EVER, grace=0.0)
    (trial,) = run.trials
    assert (trial.verdict, trial.opened_after_seconds) == (Verdict.STAYED, None)
    assert trial.finding is not None
    assert trial.finding.code is Code.TCP_CONNECT_SILENT
    assert the_one(run).cause is the_one(before).cause
    assert Cause.VPC_WARMING_UP in the_one(before).alternatives
    assert Cause.VPC_WARMING_UP not in the_one(run).alternatives
    assert provisional_of(run, grace) is None


async def test_a_run_whose_time_ends_first_says_until_when_it_may_change() -> None:
    run, grace, _ = await played(opens=FOR_EVER, grace=90.0, timeout=20.0)
    assert [trial.verdict for trial in run.trials] == [Verdict.UNSETTLED]
    assert run.duration_seconds <= 20.0
    provisional = provisional_of(run, grace)
    assert provisional is not None
    assert provisional.until == START + timedelta(seconds=90)
    assert Cause.VPC_WARMING_UP in the_one(run).alternatives


@pytest.mark.parametrize(
    "how",
    [{"patience": 0.0}, {"grace": 0.0}, {"platform": Platform(kind=PlatformKind.GKE)}],
    ids=["serve does not keep its report back", "no grace", "not on Cloud Run"],
)
async def test_otherwise_nobody_waits(how: dict[str, object]) -> None:
    run, _, _ = await played(opens=20.0, **how)  # type: ignore[arg-type]
    assert run.trials == ()
    assert run.duration_seconds < SILENCE


async def test_every_try_is_a_fresh_socket_of_one_second() -> None:
    _, _, network = await played(opens=20.0)
    own = network.dialled.count(f"{PUBLIC_IP}:5432")
    assert 20.0 - SILENCE <= own <= 20.0 + 2.0  # one a second, and the ladder twice


async def test_what_is_wrong_behind_the_open_way_is_told_with_it() -> None:
    run, _, _ = await played(opens=10.0, password="another")
    (trial,) = run.trials
    assert (trial.verdict, trial.check) == (Verdict.FLIPPED, CheckId.POSTGRES_AUTH)
    assert trial.finding is not None
    assert trial.finding.code is Code.POSTGRES_AUTH_WRONG_PASSWORD
    assert the_one(run).cause is Cause.VPC_WARMING_UP
    assert the_one(run).untested == (CheckId.POSTGRES_QUERY,)


async def test_a_process_that_stood_still_waits_for_nothing() -> None:
    """Its silence was its own."""
    clock = FakeClock()
    around = stage.env(HERE, network=Opening(clock, 20.0), clock=clock, platform=CLOUD_RUN)
    grace = Grace(began=START, seconds=60.0, patience=FOR_EVER)
    run = await settled(await run_checks(CHECKS, around, Mode.CHECK, "run-1"), CHECKS, around, grace)
    assert run.trials == ()
    assert the_one(run).cause is Cause.RUNTIME_CPU_THROTTLED
