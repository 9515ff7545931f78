"""What the server said in its own words stands in every format, whoever heard it."""

import pytest

from diagnostics.core.assemble import assemble
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import DriverPsycopg, Fact, PostgresAuth, PostgresQuery, PostgresStartup, TlsHandshake
from diagnostics.core.findings import Code
from diagnostics.core.model import Login, Route, TlsMode
from diagnostics.core.observed import ServerError
from diagnostics.core.report import AgentInfo, Report
from diagnostics.surfaces.output import Output
from tests.core.stories import fail, story
from tests.surfaces.stage import play

SAID = 'role "api" is not permitted to log in'
ERROR = ServerError(severity="FATAL", sqlstate="28000", message=SAID, routine="InitializeSessionUserId")

HEARD: list[tuple[Code, Fact]] = [
    (Code.TLS_HANDSHAKE_SERVER_ERROR, TlsHandshake(mode=TlsMode.PREFER, error=ERROR)),
    (Code.POSTGRES_STARTUP_SERVER_ERROR, PostgresStartup(error=ERROR)),
    (
        Code.POSTGRES_AUTH_LOGIN_NOT_PERMITTED,
        PostgresAuth(user="api", login=Login.PASSWORD, error=ERROR),
    ),
    (Code.POSTGRES_QUERY_SERVER_ERROR, PostgresQuery(error=ERROR)),
    (Code.DRIVER_PSYCOPG_SQLSTATE, DriverPsycopg(sqlstate="28000", message=SAID)),
]


def told(code: Code, fact: Fact) -> Report:
    check = code.check
    assert check is not None
    return assemble(
        story(Route.DIRECT, {check: fail(code, fact, about="28000")}), agent=AgentInfo(version="0"), titles={}
    )


@pytest.mark.parametrize("output", Output)
@pytest.mark.parametrize("code, fact", HEARD, ids=[code.value for code, _ in HEARD])
def test_the_servers_own_sentence_stands_in_every_format(code: Code, fact: Fact, output: Output) -> None:
    played = play("check", "-o", output, reports=[told(code, fact)])
    shown = " ".join(played.out.replace('\\"', '"').split())
    assert SAID in shown
    assert "28000" in shown


def test_the_sentence_decides_the_cause_whoever_heard_it() -> None:
    causes = {told(code, fact).diagnoses[0].cause for code, fact in HEARD}
    assert causes == {"pg.role_cannot_login"}


def test_without_an_answer_nothing_is_quoted() -> None:
    report = told(Code.POSTGRES_AUTH_CLOSED, PostgresAuth(user="api", login=Login.PASSWORD))
    assert not any("the server:" in line.what for line in report.diagnoses[0].evidence)
    assert report.diagnoses[0].evidence[0].check is CheckId.POSTGRES_AUTH
