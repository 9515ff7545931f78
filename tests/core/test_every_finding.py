"""Whatever a check on the path may find leads to a cause; nothing is left to a shrug where a cause exists."""

import pytest

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnose import diagnose
from diagnostics.core.findings import Code
from diagnostics.core.model import Login, Route
from diagnostics.core.refusals.sayings import SAYINGS
from diagnostics.core.rules import plain
from diagnostics.core.rules.plain import meaning
from diagnostics.core.rules.table import RULES
from tests.core.stories import ON_ANY_ROUTE, fail, needed, story, target

SAYS_NOTHING_OF_A_CAUSE = {
    # Bytes that no PostgreSQL sends, after PostgreSQL had answered: seen, and not explained by anything we know.
    "postgres.auth.malformed_answer",
    "postgres.query.malformed_answer",
    # A handshake that never ends, or is none: who sends that, and why, no byte of it says.
    "tls.handshake.flood",
    "tls.handshake.malformed_answer",
    # The SQLSTATE or the exception decides; these are the codes for those that no table knows.
    "tls.handshake.server_error",
    "postgres.startup.server_error",
    "postgres.auth.server_error",
    "postgres.query.server_error",
    "driver.asyncpg.sqlstate",
    "driver.asyncpg.failed",
    "driver.psycopg.sqlstate",
    "driver.psycopg.failed",
    "driver.connector.sqlstate",
    "driver.connector.failed",
    # What no honest server does to a login, and no cause of the taxonomy: the driver was held at a limit of ours.
    "driver.asyncpg.kept_busy",
    "driver.asyncpg.out_of_memory",
    "driver.psycopg.kept_busy",
    "driver.psycopg.out_of_memory",
    "driver.connector.kept_busy",
    "driver.connector.out_of_memory",
    # The driver could not be run to its end where we run, which says nothing of the app's path.
    "driver.asyncpg.no_result",
    "driver.psycopg.no_result",
    "driver.connector.no_result",
    # What is configured contradicts what was measured: which of the two is wrong, only more findings tell.
    "run.revision.egress_contradicted",
    # Says why another finding of the same check is so.
    "run.revision.annotation_ignored",
    # We failed ourselves: exit code 1, and no cause of the user's.
    "agent.crashed",
    "agent.run_deadline",
}


def test_every_code_has_a_cause_of_its_own_but_these() -> None:
    without = {code.value for code in Code if meaning(code)[0] is Cause.UNCLASSIFIED}
    assert without == SAYS_NOTHING_OF_A_CAUSE


CAN_FAIL = [
    (route, login, code)
    for route in Route
    for login in Login
    for code in Code
    if code.check in needed(route, login) | ON_ANY_ROUTE
    and not (route is Route.SOCKET and code.check is CheckId.TLS_HANDSHAKE)
]


@pytest.mark.parametrize("route, login, code", CAN_FAIL, ids=[f"{r.value}-{g.value}-{c.value}" for r, g, c in CAN_FAIL])
def test_a_failure_by_itself_is_one_diagnosis_that_explains_it(route: Route, login: Login, code: Code) -> None:
    assert code.check is not None
    run = story(route, {code.check: fail(code)}, subject=target(route, login=login))
    (found,) = diagnose(run)
    assert code in {citation.finding.code for citation in found.explains if citation.finding}
    assert (found.cause is Cause.UNCLASSIFIED) is (code.value in SAYS_NOTHING_OF_A_CAUSE)
    assert {citation.check for citation in found.evidence} >= {code.check}


def test_every_sqlstate_of_the_table_is_five_characters() -> None:
    assert {len(row.sqlstate) for row in SAYINGS} == {0, 5}


def test_the_causes_without_a_rule_are_those_that_no_check_can_see() -> None:
    """They stand in alternatives, or belong to checks and texts that this version does not have."""
    named = {rule.cause for rule in RULES}
    offered = {cause for rule in RULES for cause in rule.alternatives}
    unseen = {cause.value for cause in Cause} - {cause.value for cause in named | offered}
    assert unseen == {
        "config.proxy_version",
        "pool.fork_shared",
        "runtime.event_loop_misuse",
        "runtime.oom",
        "runtime.port_not_listening",
        "runtime.startup_crash",
        "runtime.worker_timeout",
        "socket.driver_unsupported",
        "unclassified",
    }


def test_no_rule_is_hidden_by_an_earlier_one() -> None:
    """A rule without a condition takes all that it explains; only the table of last resort repeats such findings."""
    from diagnostics.core.rules.rule import always

    taken: set[Code] = set()
    for rule in RULES[: -len(plain.RULES)]:
        assert not set(rule.explains) <= taken, (rule.cause, rule.explains)
        if rule.when is always:
            taken |= set(rule.explains)
