"""The measured egress class: what counts as an answer, what silence says, and which settings remain."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from diagnostics.core.catalog.egress import line
from diagnostics.core.codes import CheckId
from diagnostics.core.egress import MeasuredEgress, Way, measured
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import EgressGoogleApis, RuntimePlatform
from diagnostics.core.model import Platform, PlatformKind, Route
from diagnostics.core.observed import AddressClass, EgressSetting, Reach
from diagnostics.core.outcome import Outcome, passed
from tests.core.stories import (
    CLOUD_RUN,
    PRIVATE_IP,
    Changes,
    attempt,
    dial,
    google,
    ports,
    private,
    public,
    story,
)

D, S = Route.DIRECT, Route.SOCKET
OPEN, SILENT, REFUSED, RESET, NO_ROUTE = Reach.OPEN, Reach.SILENT, Reach.REFUSED, Reach.RESET, Reach.UNREACHABLE
NONE, PRIVATE_RANGES, ALL = EgressSetting.NONE, EgressSetting.PRIVATE_RANGES_ONLY, EgressSetting.ALL_TRAFFIC


def found(*outcomes: Outcome, route: Route = S, platform: Platform = CLOUD_RUN) -> MeasuredEgress:
    changes: Changes = {outcome.fact.CHECK: outcome for outcome in outcomes if outcome.fact}
    changes[CheckId.RUNTIME_PLATFORM] = passed(RuntimePlatform(kind=platform.kind))
    egress = measured(Evidence(story(route, changes, platform=platform)).fact)
    assert egress is not None
    return egress


def test_nothing_measured_is_no_class() -> None:
    assert measured(Evidence(story(S, {})).fact) is None


@pytest.mark.parametrize(
    "reach, way",
    [(OPEN, Way.OPEN), (REFUSED, Way.OPEN), (RESET, Way.OPEN), (SILENT, Way.SILENT), (NO_ROUTE, Way.NO_ROUTE)],
)
@pytest.mark.parametrize(
    "measurement, side",
    [
        (public, lambda e: e.public),
        (private, lambda e: e.private),
        (google, lambda e: e.google_public),
        (lambda reach: google(OPEN, reach), lambda e: e.google_private),
    ],
    ids=["public", "private", "google", "private vip"],
)
def test_a_refusal_is_an_answer_and_means_that_packets_arrive(
    reach: Reach, way: Way, measurement: Callable[[Reach], Outcome], side: Callable[[MeasuredEgress], Way]
) -> None:
    assert side(found(measurement(reach))) is way


def test_what_was_not_measured_is_unknown() -> None:
    egress = found(public(OPEN))
    assert (egress.private, egress.google_public, egress.google_private) == (Way.UNKNOWN,) * 3


def test_an_instance_that_answers_speaks_for_the_class_of_its_address() -> None:
    by_port = found(public(SILENT), ports(SILENT, OPEN))
    assert (by_port.public, by_port.nothing_public) == (Way.OPEN, False)
    by_private = found(private(SILENT), ports(REFUSED, SILENT, PRIVATE_IP))
    assert by_private.private is Way.OPEN
    by_ladder = found(private(SILENT), dial(OPEN, PRIVATE_IP), route=D)
    assert by_ladder.private is Way.OPEN


def test_an_instance_that_is_silent_says_nothing_of_its_class() -> None:
    """It may be stopped, or not know us."""
    egress = found(private(OPEN), ports(SILENT, SILENT, PRIVATE_IP))
    assert egress.private is Way.OPEN
    egress = found(google(OPEN), ports(SILENT, SILENT))
    assert (egress.public, egress.nothing_public) == (Way.UNKNOWN, False)


@pytest.mark.parametrize(
    "outcomes, alone",
    [
        ([public(SILENT)], False),
        ([public(SILENT), google(OPEN)], False),
        ([public(SILENT), google(SILENT)], True),
        ([public(SILENT), google(OPEN), ports(SILENT, SILENT)], True),
        ([public(SILENT), google(OPEN), ports(SILENT, SILENT, PRIVATE_IP)], False),
        ([public(SILENT), google(OPEN), ports(SILENT, OPEN)], False),
        ([public(OPEN), google(SILENT), ports(SILENT, SILENT)], False),
    ],
)
def test_one_silent_address_is_not_all_of_the_internet(outcomes: list[Outcome], alone: bool) -> None:
    assert found(*outcomes).nothing_public is alone


def test_the_private_address_of_googles_apis_is_not_public() -> None:
    at = attempt(SILENT, "199.36.153.8", 443)
    vip = replace(at, address_class=AddressClass.GOOGLE_PRIVATE_VIP)
    egress = found(public(SILENT), passed(EgressGoogleApis(public_vip=vip, private_vip=vip)))
    assert not egress.nothing_public


@pytest.mark.parametrize(
    "outcomes, fits",
    [
        ([public(OPEN)], (NONE, PRIVATE_RANGES, ALL)),
        ([public(OPEN), private(OPEN)], (PRIVATE_RANGES, ALL)),
        ([public(OPEN), private(SILENT)], (NONE, PRIVATE_RANGES, ALL)),
        ([public(SILENT), google(SILENT)], (ALL,)),
        ([public(SILENT), google(SILENT), private(OPEN)], (ALL,)),
        ([public(SILENT), google(OPEN), ports(SILENT, SILENT)], (ALL,)),
    ],
)
def test_which_settings_a_measurement_leaves(outcomes: list[Outcome], fits: tuple[EgressSetting, ...]) -> None:
    assert found(*outcomes).fits == fits


def test_off_cloud_run_there_is_no_such_setting() -> None:
    assert found(public(SILENT), google(SILENT), platform=Platform(kind=PlatformKind.GKE)).fits == ()


def test_the_line_groups_by_what_was_met() -> None:
    egress = found(public(SILENT), google(SILENT, OPEN), private(OPEN), ports(SILENT, REFUSED))
    assert line(egress) == (
        "open: private Google VIP, public, private · refused: 34.76.1.2:3307 · silent: Google APIs, 34.76.1.2:5432"
    )


def test_the_line_names_a_setting_only_where_no_other_fits() -> None:
    assert line(found(public(SILENT), google(SILENT))).endswith("fits only egress all-traffic")
    assert "fits" not in line(found(public(OPEN), private(OPEN)))
