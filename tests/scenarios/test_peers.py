"""How the peers are asked, how their answers are graded, and the page that comes of it."""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from diagnostics.core.codes import Cause
from diagnostics.lab.world import Login, Route
from tests.scenarios.judge import Outcome, judge
from tests.scenarios.peers.ask import Comparison, Reply, compare, telling
from tests.scenarios.peers.grade import Grade, grade
from tests.scenarios.peers.page import page
from tests.scenarios.peers.peer import PEERS, Name, Place
from tests.scenarios.scenario import Expect, Scenario, pairs
from tests.scenarios.stage import Stage
from tests.scenarios.table import SCENARIOS

REPO = Path(__file__).parents[2]
PASSWORD = "kT8v/Qm2#wZ5x@Lr9y"
APP = {
    "POSTGRES_HOST": "10.110.0.3",
    "POSTGRES_PORT": "5432",
    "POSTGRES_DB": "orders",
    "POSTGRES_USER": "api",
    "POSTGRES_PASSWORD": PASSWORD,
    "INSTANCE_CONNECTION_NAME": "acme-prod:europe-west1:orders",
}


def place(route: Route = Route.DIRECT, world: str = "", login: Login = Login.PASSWORD, **changes: str) -> Place:
    scenario = Scenario(id="X", what="", route=route, login=login, world=pairs(world))
    return Place(scenario=scenario, environment={**APP, **changes}, address="34.78.121.40", token="ya29.token")


@pytest.mark.parametrize("peer", Name)
@pytest.mark.parametrize("route", Route)
def test_no_peer_gets_a_password_on_its_command_line(peer: Name, route: Route) -> None:
    asked = PEERS[peer](place(route))
    url = place(route, DATABASE_URL="postgresql://api:kT8v%2FQm2%23wZ5x%40Lr9y@10.110.0.3/orders?sslmode=require")
    asked_by_url = PEERS[peer](url)
    for question in filter(None, (asked, asked_by_url)):
        assert "kT8v" not in " ".join(question.argv)


def test_a_url_is_given_without_its_password() -> None:
    asked = PEERS[Name.PSQL](place(DATABASE_URL="postgresql+asyncpg://api:kT8v%2FQ@10.110.0.3/orders?ssl=require"))
    assert asked is not None
    assert asked.argv[-1] == "postgresql://api@10.110.0.3/orders?ssl=require"
    assert dict(asked.variables)["PGPASSWORD"] == "kT8v/Q"


@pytest.mark.parametrize("url", ["postgresql://api:kT8v/Q#w@x@10.110.0.3/orders", '"postgresql://api:x@h/orders"'])
def test_a_url_that_cannot_be_taken_apart_is_not_given(url: str) -> None:
    assert PEERS[Name.PSQL](place(DATABASE_URL=url)) is None


def test_a_token_takes_the_place_of_a_password() -> None:
    asked = PEERS[Name.PSQL](place(login=Login.IAM, POSTGRES_PASSWORD=""))
    assert asked is not None
    assert dict(asked.variables)["PGPASSWORD"] == "ya29.token"


@pytest.mark.parametrize(
    "route, world, kind",
    [
        (Route.DIRECT, "", "private"),
        (Route.DIRECT, "instance_ip=public", "public"),
        (Route.SOCKET, "", "public"),
        (Route.CONNECTOR, "", "public"),
        (Route.CONNECTOR, "instance_ip=private", "private"),
        (Route.CONNECTOR, "instance_ip=psc", "psc"),
    ],
)
def test_a_peer_is_told_the_kind_of_address_that_the_app_uses(route: Route, world: str, kind: str) -> None:
    assert place(route, world).kind == kind


def test_the_exporter_looks_where_the_app_connects() -> None:
    targets = [PEERS[Name.BLACKBOX](place(route)) for route in Route]
    assert {question.argv[-1] for question in targets if question} == {"10.110.0.3:5432", "34.78.121.40:3307"}


@pytest.mark.parametrize("peer", [Name.PSQL, Name.PG_ISREADY])
def test_without_a_host_there_is_nothing_to_dial(peer: Name) -> None:
    assert PEERS[peer](place(Route.CONNECTOR)) is None


@pytest.mark.parametrize(
    "peer, text, line",
    [
        (
            Name.PSQL,
            "psql: error: no answer from orders\n.example\n\tIs the server running?\n",
            "psql: error: no answer from orders .example Is the server running?",
        ),
        (
            Name.PROXY,
            "2026/11/25 01:54:12 Authorizing\n2026/11/25 01:54:12 It failed: Error 403\nDetails:\n, notAuthorized\n",
            "It failed: Error 403 Details: , notAuthorized",
        ),
        (Name.CONNECTOR, "performing refresh\nTimeoutError: \n", "TimeoutError:"),
        (Name.PG_ISREADY, "\n", ""),
    ],
)
def test_the_part_that_says_it(peer: Name, text: str, line: str) -> None:
    assert telling(peer, text) == line


WRONG_PASSWORD = 'psql: error: connection failed: FATAL:  password authentication failed for user "api"'


@pytest.mark.parametrize(
    "exit_code, words, expected, worth",
    [
        (
            2,
            'psql: error: connection failed: FATAL:  database "ordres" does not exist',
            Cause.PG_DATABASE_MISSING,
            Grade.CAUSE,
        ),
        (
            2,
            'psql: error: connection failed: FATAL:  database "ordres" does not exist',
            Cause.VPC_NO_EGRESS,
            Grade.SYMPTOM,
        ),
        (1, "dial tcp 10.110.0.3:3307: i/o timeout", Cause.VPC_NO_EGRESS, Grade.SYMPTOM),
        (2, "10.110.0.3:5432 - no response", Cause.VPC_NO_EGRESS, Grade.SYMPTOM),
        (2, WRONG_PASSWORD, Cause.PG_AUTH_PASSWORD, Grade.CAUSE),
        (2, WRONG_PASSWORD, Cause.CONFIG_SECRET_TRAILING_NEWLINE, Grade.SYMPTOM),
        (None, "", Cause.VPC_NO_EGRESS, Grade.NOTHING),
        (0, "", Cause.PG_AUTH_PASSWORD, Grade.NOTHING),
        (0, "", None, Grade.WORKS),
        (1, "i/o timeout", None, Grade.OTHERWISE),
    ],
)
def test_an_answer_is_graded_by_one_rule(
    exit_code: int | None, words: str, expected: Cause | None, worth: Grade
) -> None:
    reply = Reply(peer=Name.PSQL, exit=exit_code, seconds=0.1, words=words)
    assert grade(reply, expected) is worth


def comparison(name: str, replies: tuple[Reply, ...], cause: Cause | None = Cause.PG_AUTH_PASSWORD) -> Comparison:
    expect = Expect(cause=cause, exit=18 if cause else 0)
    scenario = Scenario(id=name, what="the password is not the user's", route=Route.DIRECT, expect=expect)
    return Comparison(ours=judge(scenario, Outcome(exit=1, report=None, seconds=0.4)), replies=replies)


REPLIES = (
    Reply(peer=Name.PSQL, exit=2, seconds=0.12, words=WRONG_PASSWORD.replace("api", "a`b")),
    Reply(peer=Name.CONNECTOR, exit=None, seconds=20.02, words=""),
)


def test_the_page_has_a_row_for_each_scenario_and_the_peers_own_words() -> None:
    text = page([comparison("S24-direct", REPLIES), comparison("S40-direct", (), None)], "Run on a day.", "S24-direct")
    assert "| S24-direct ⏳ |" in text
    assert "nothing > 20.0 s" in text
    assert "(wrong)" in text
    assert 'password authentication failed for user "a\'b"' in text
    assert text.rstrip().endswith("Run on a day.")


def test_the_summary_counts_what_the_rows_say() -> None:
    text = page([comparison("S24-direct", REPLIES)] * 3, "", "")
    (row,) = [line for line in text.splitlines() if line.startswith("| Python connector |")]
    assert [cell.strip() for cell in row.split("|")[2:9]] == ["3", "0", "0", "3", "0", "0", "20.0 s"]
    assert row.rstrip("| ").endswith("> 20.0 s")


@pytest.mark.netns
@pytest.mark.interop
def test_every_peer_answers_in_a_world_where_the_password_is_wrong(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(REPO / ".tools/bin"), prepend=os.pathsep)
    scenario = next(each for each in SCENARIOS if each.id == "S24-direct")
    compared = compare(stage, replace(scenario, world=(("instance_ip", "private"),)))
    assert compared.ours.complaints == ()
    said = {reply.peer: reply for reply in compared.replies}
    assert set(said) == set(Name)
    assert "password authentication failed" in said[Name.PSQL].words
    assert "password authentication failed" in said[Name.CONNECTOR].words
    # They look no further than a connection, and find one.
    assert [said[peer].exit for peer in (Name.PG_ISREADY, Name.PROXY, Name.BLACKBOX)] == [0, 0, 0]


@pytest.mark.netns
@pytest.mark.interop
@pytest.mark.parametrize("scenario", ["S18-port-direct", "S18-postgres_host-bom-direct"])
def test_the_exporter_is_asked_for_a_target_that_no_url_holds_as_it_is(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, scenario: str
) -> None:
    monkeypatch.setenv("PATH", str(REPO / ".tools/bin"), prepend=os.pathsep)
    compared = compare(stage, next(each for each in SCENARIOS if each.id == scenario))
    (said,) = [reply for reply in compared.replies if reply.peer is Name.BLACKBOX]
    assert said.exit == 1
    assert "Traceback" not in said.words
