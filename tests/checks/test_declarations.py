"""All checks together: the graph that they form, what each route needs, and what a declaration must hold."""

import pytest

from diagnostics.check import Check, Env, check, on
from diagnostics.checks import CHECKS
from diagnostics.climb import Climb
from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.facts import Facts
from diagnostics.core.graph import closure
from diagnostics.core.model import Login, Options, Route, Target
from diagnostics.core.outcome import Outcome, passed
from diagnostics.runner import validate
from tests.checks.stage import CONNECTOR, DIRECT, SOCKET, env, iam

CONFIG = {CheckId.CONFIG_TARGET}
IDENTITY = {CheckId.METADATA_SERVER, CheckId.IDENTITY_ACCOUNT, CheckId.IDENTITY_TOKEN}
LADDER = set(RUNGS)

each = pytest.mark.parametrize("declared", CHECKS, ids=lambda declared: declared.id)


def test_every_id_has_its_check_in_the_order_of_the_path() -> None:
    assert [declared.id for declared in CHECKS] == list(CheckId)


def test_the_graph_can_run() -> None:
    validate(CHECKS)


def needed(target: Target | None) -> set[CheckId]:
    """What can fail on this route."""
    around = env(target)
    edges = {declared.id: declared.requires_for(target) for declared in CHECKS}
    return set(
        closure((declared.id for declared in CHECKS if declared.root(around) and declared.applies(around)), edges)
    )


@pytest.mark.parametrize(
    "target, expected",
    [
        (SOCKET, CONFIG | LADDER | {CheckId.SOCKET_MOUNT, CheckId.DRIVER_PSYCOPG}),
        (iam(SOCKET), CONFIG | LADDER | {CheckId.SOCKET_MOUNT, CheckId.DRIVER_PSYCOPG}),
        (DIRECT, CONFIG | LADDER | {CheckId.DNS_TARGET, CheckId.DRIVER_ASYNCPG}),
        (iam(DIRECT), CONFIG | LADDER | IDENTITY | {CheckId.DNS_TARGET, CheckId.DRIVER_ASYNCPG}),
        (
            CONNECTOR,
            CONFIG
            | LADDER
            | IDENTITY
            | {CheckId.DNS_TARGET, CheckId.ADMIN_CONNECT_SETTINGS, CheckId.ADMIN_CERTIFICATE, CheckId.DRIVER_CONNECTOR},
        ),
    ],
    ids=["socket", "socket with IAM", "direct", "direct with IAM", "connector"],
)
def test_only_what_the_route_needs_can_fail(target: Target, expected: set[CheckId]) -> None:
    assert needed(target) == expected


@each
def test_a_deadline_is_told_by_the_check_itself(declared: Check) -> None:
    assert declared.timeout > 0
    assert declared.on_timeout is None or declared.on_timeout.check is declared.id


def test_the_ladder_has_the_patience_that_was_promised() -> None:
    """Seconds a rung. Half of one more at the bottom, so that its attempts are a fact even when all are silent."""
    timeouts = [declared.timeout for declared in CHECKS if declared.id in RUNGS]
    assert timeouts == [3.5, 8.0, 8.0, 8.0, 5.0]


@each
def test_a_landing_stands_on_rungs_only(declared: Check) -> None:
    """Nobody keeps a connection of the server waiting for a look at something else."""
    if declared.climb is not None and declared.id not in RUNGS:
        assert {edge.check for edge in declared.requires + declared.after} <= LADDER
        assert not declared.root(env())


def test_with_a_limit_of_the_app_its_budget_is_needed_too() -> None:
    around = env(options=Options(app_timeout=8.0))
    assert [declared.id for declared in CHECKS if declared.root(around) and declared.id not in LADDER] == [
        CheckId.DRIVER_ASYNCPG,
        CheckId.APP_BUDGET,
    ]


@each
def test_measurements_and_second_opinions_never_fail_a_route(declared: Check) -> None:
    for target in (SOCKET, DIRECT, CONNECTOR):
        if declared.group in ("runtime", "egress", "iam", "run", "vpc") or declared.id in (
            CheckId.DNS_RESOLVER,
            CheckId.DNS_APIS,
        ):
            assert declared.id not in needed(target)
            assert declared.on_timeout is None


@each
def test_what_contacts_google_stays_on_google_cloud(declared: Check) -> None:
    contacts = (
        declared.group in ("metadata", "identity", "egress", "admin", "iam", "run", "vpc")
        or declared.id is CheckId.DNS_APIS
    )
    assert declared.cloud_only is contacts


@each
def test_a_title_is_one_assertion_of_its_own(declared: Check) -> None:
    assert declared.title[0].isupper()
    assert declared.title[-1].isalnum(), "no full stop, and no question"
    assert [other.title for other in CHECKS].count(declared.title) == 1
    assert declared.group == declared.id.value.split(".")[0]


# --- the words of a declaration ---------------------------------------------------------------------------------------


async def nothing(_env: Env, _facts: Facts) -> Outcome:
    return passed()


@pytest.mark.parametrize(
    "target, holds",
    [
        (SOCKET, {"any", "socket", "password"}),
        (iam(SOCKET), {"any", "socket", "iam"}),
        (DIRECT, {"any", "password"}),
        (iam(CONNECTOR), {"any", "iam"}),
        (None, {"any", "socket", "password", "iam"}),
    ],
)
def test_an_edge_holds_for_its_routes_and_login(target: Target | None, holds: set[str]) -> None:
    """Without a target no route is known, so every edge holds."""
    edges = {
        "any": on(CheckId.DNS_TARGET),
        "socket": on(CheckId.DNS_TARGET, Route.SOCKET),
        "password": on(CheckId.DNS_TARGET, login=Login.PASSWORD),
        "iam": on(CheckId.DNS_TARGET, login=Login.IAM),
    }
    assert {name for name, edge in edges.items() if edge.holds(target)} == holds


async def test_a_check_with_nothing_to_run_is_our_bug() -> None:
    around = env()
    facts = Facts({}, {}, frozenset())
    with pytest.raises(TypeError):
        await Check(id=CheckId.DNS_TARGET, title="x", timeout=1.0, on_timeout=None).evaluate(None, around, facts)
    rung = next(declared for declared in CHECKS if declared.id is CheckId.TCP_CONNECT)
    with pytest.raises(TypeError):
        await rung.evaluate(None, around, facts)
    declared = check(CheckId.DNS_TARGET, title="It is so", timeout=1.0, on_timeout=None)(nothing)
    assert await declared.evaluate(Climb(around.network), around, facts) == passed()


def test_reading_a_target_that_is_not_there_is_our_bug() -> None:
    with pytest.raises(LookupError):
        _ = env(None).target
    with pytest.raises(LookupError):
        _ = env(DIRECT).instance
    assert (env(SOCKET).target, env(SOCKET).instance) == (SOCKET, SOCKET.instance)


def test_a_fact_that_was_not_declared_is_not_for_reading() -> None:
    facts = Facts({}, {}, frozenset({CheckId.DNS_TARGET}))
    assert not facts.passed(CheckId.DNS_TARGET)
    with pytest.raises(LookupError):
        facts.passed(CheckId.TCP_CONNECT)
