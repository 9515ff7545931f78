"""Frontier, order, evidence: what holds of diagnosis whatever the rules are."""

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnose import diagnose
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.findings import Code
from diagnostics.core.model import (
    Finding,
    Login,
    Route,
)
from diagnostics.core.names import names_of
from diagnostics.core.observed import Reach
from diagnostics.core.outcome import failed
from tests.core.stories import (
    DRIVERS,
    PUBLIC_IP,
    dial,
    fail,
    hygiene,
    needed,
    story,
    target,
)

D, S, C = Route.DIRECT, Route.SOCKET, Route.CONNECTOR
OPEN, SILENT, REFUSED = Reach.OPEN, Reach.SILENT, Reach.REFUSED
PROVEN, LIKELY, POSSIBLE = Confidence.PROVEN, Confidence.LIKELY, Confidence.POSSIBLE
IAM = {"login": Login.IAM, "user": "api@acme-prod.iam"}


def test_a_symptom_is_never_more_than_possible() -> None:
    symptoms = {Cause.TCP_TIMEOUT, Cause.TCP_RESET, Cause.PG_SERVER_CLOSED, Cause.SOCKET_REFUSED}
    from diagnostics.core.rules.table import RULES

    assert {rule.confidence for rule in RULES if rule.cause in symptoms} == {POSSIBLE}


def test_what_is_proven_has_no_alternative_and_what_is_possible_has_one() -> None:
    from diagnostics.core.rules.table import RULES

    assert not [rule.cause for rule in RULES if rule.confidence is PROVEN and rule.alternatives]
    can_fail = DRIVERS.union(*(needed(route, Login.IAM) for route in Route))
    lonely = [rule for rule in RULES if rule.confidence is POSSIBLE and not rule.alternatives]
    assert not [rule for rule in lonely if any(code.check in can_fail for code in rule.explains)]


def test_two_independent_failures_are_two_diagnoses_in_path_order() -> None:
    """The first sets the exit code."""
    run = story(
        D,
        {
            CheckId.DNS_TARGET: fail(Code.DNS_TARGET_NXDOMAIN, about="db.example.com"),
            CheckId.IDENTITY_TOKEN: fail(Code.IDENTITY_TOKEN_ERROR_STATUS),
        },
        subject=target(D, **IAM),
    )
    assert [found.cause for found in diagnose(run)] == [Cause.ADC_METADATA_UNREACHABLE, Cause.DNS_NXDOMAIN]


def test_all_problems_of_the_settings_are_diagnosed_at_once() -> None:
    problems = (
        Finding(code=Code.CONFIG_TARGET_MISSING, about="POSTGRES_HOST"),
        Finding(code=Code.CONFIG_TARGET_MISSING, about="POSTGRES_DB"),
        Finding(code=Code.CONFIG_TARGET_BAD_PORT, about="POSTGRES_PORT"),
    )
    found = diagnose(story(D, {CheckId.CONFIG_TARGET: failed(None, *problems)}, without_target=True))
    assert {diagnosis.cause for diagnosis in found} == {Cause.CONFIG_MISSING_ENV, Cause.CONFIG_WRONG_HOST_PORT}
    assert {c.finding for d in found for c in d.explains} == {*problems}


def test_a_remark_about_another_variable_stays_a_warning() -> None:
    run = story(
        D,
        {
            CheckId.CONFIG_HYGIENE: hygiene(
                (Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "POSTGRES_PORT"),
                (Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "POSTGRES_DB"),
            ),
            CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_DATABASE_MISSING),
        },
    )
    (found,) = diagnose(run)
    assert found.focus is not None
    assert found.focus.about == "POSTGRES_DB"
    assert "POSTGRES_PORT" not in {citation.finding.about for citation in found.explains if citation.finding}


def test_every_value_that_may_have_broken_the_path_is_named_and_no_other() -> None:
    """A refused login may be the user's fault and the password's; the port's blank breaks nothing."""
    odd = ("POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD")
    run = story(
        D,
        {
            CheckId.CONFIG_HYGIENE: hygiene(*((Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, name) for name in odd)),
            CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_WRONG_PASSWORD),
        },
    )
    (found,) = diagnose(run)
    names = names_of(Evidence(run), found.focus)
    assert found.focus is not None
    assert (found.focus.about, names.also_settings) == ("POSTGRES_USER", "POSTGRES_PASSWORD")


def test_unknown_is_no_evidence() -> None:
    """A denied call that nobody needs neither speaks for a missing role nor against one."""
    from diagnostics.core.model import SkipReason
    from diagnostics.core.outcome import unknown

    finding = Finding(code=Code.ADMIN_INSTANCE_NOT_RUNNING)
    run = story(
        D,
        {
            CheckId.ADMIN_INSTANCE: unknown(SkipReason.NOT_PERMITTED, finding, needs="cloudsql.instances.get"),
            CheckId.TCP_CONNECT: dial(SILENT),
        },
    )
    (found,) = diagnose(run)
    assert found.cause is Cause.TCP_TIMEOUT
    assert found.unknown == (CheckId.ADMIN_INSTANCE,)


def test_a_healthy_run_has_no_diagnosis() -> None:
    assert [diagnose(story(route, {})) for route in Route] == [(), (), ()]
    assert PUBLIC_IP
