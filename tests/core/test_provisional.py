"""Not yet, or never: silence on a young instance of Cloud Run may pass by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from diagnostics.core.codes import CheckId
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, Platform, PlatformKind, Resolution
from diagnostics.core.outcome import CheckResult, Mode, Outcome, Run, failed, passed, warned
from diagnostics.core.provisional import REASON, Grace, provisional_of
from diagnostics.core.report import Provisional

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
GRACE = 90.0
UNTIL = BEGAN + timedelta(seconds=GRACE)
YOUNG = Grace(began=BEGAN, seconds=GRACE)
CLOUD_RUN = PlatformKind.CLOUD_RUN_SERVICE

SILENT = (
    Code.TCP_CONNECT_SILENT,
    Code.ADMIN_CONNECT_SETTINGS_SILENT,
    Code.ADMIN_CERTIFICATE_SILENT,
    Code.POSTGRES_STARTUP_SILENT,
    Code.POSTGRES_STARTUP_CLOSED,
)


def run(outcome: Outcome, age: float = 10.0, kind: PlatformKind = CLOUD_RUN) -> Run:
    return Run(
        run_id="run-1",
        started_at=BEGAN + timedelta(seconds=age),
        duration_seconds=3.0,
        mode=Mode.SERVE,
        resolution=Resolution(name="orders", target=None),
        platform=Platform(kind=kind),
        results=(
            CheckResult(check=CheckId.CONFIG_TARGET, outcome=passed()),
            CheckResult(check=CheckId.TCP_CONNECT, outcome=outcome),
        ),
    )


def silence(code: Code = Code.TCP_CONNECT_SILENT) -> Outcome:
    return failed(None, Finding(code=code))


@pytest.mark.parametrize("code", SILENT)
def test_silence_in_the_first_seconds_may_pass(code: Code) -> None:
    assert provisional_of(run(silence(code)), YOUNG) == Provisional(reason=REASON, until=UNTIL)


@pytest.mark.parametrize("age, young", [(0.0, True), (86.9, True), (87.0, False), (3600.0, False)])
def test_only_while_the_instance_is_young(age: float, young: bool) -> None:
    assert (provisional_of(run(silence(), age), YOUNG) is not None) is young


def test_without_grace_nothing_is_provisional() -> None:
    assert provisional_of(run(silence(), 0.0), Grace(began=BEGAN, seconds=0.0)) is None


@pytest.mark.parametrize("kind", PlatformKind)
def test_only_cloud_run_opens_its_egress_late(kind: PlatformKind) -> None:
    assert (provisional_of(run(silence(), kind=kind), YOUNG) is not None) is kind.on_cloud_run


@pytest.mark.parametrize(
    "outcome",
    [
        passed(),
        warned(None, Finding(code=Code.TCP_CONNECT_SILENT)),
        failed(None, Finding(code=Code.TCP_CONNECT_REFUSED)),
        failed(None, Finding(code=Code.POSTGRES_AUTH_WRONG_PASSWORD)),
    ],
    ids=["nothing failed", "only a warning", "a refusal", "a password"],
)
def test_an_answer_is_final(outcome: Outcome) -> None:
    assert provisional_of(run(outcome), YOUNG) is None
