"""Every way in which a real PostgreSQL and a real PgBouncer turn a login away: told apart, quoted, and mended.

Each row provokes one refusal, asks the program what it is, and does what its remedy says: then libpq gets in.
"""

from collections.abc import Iterator

import pytest

from diagnostics.core.codes import Cause
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.report import DiagnosisEntry
from tests.e2e import authority
from tests.refusals.pooler_rows import POOLER
from tests.refusals.real import Real, diagnosed, real
from tests.refusals.row import Command, Console, Entry, Release, Row, Rules, Settings, Sql
from tests.refusals.server_rows import SERVER
from tests.remedies import contradictions
from tests.wire.postgres import debian, server

pytestmark = pytest.mark.interop

ROWS = (*SERVER, *POOLER)


@pytest.fixture(scope="module")
def world() -> Iterator[Real]:
    with real() as running:
        yield running


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_refusal_is_told_apart_quoted_and_mended(world: Real, row: Row) -> None:
    world.prepare(row)
    with world.held(row):
        report = world.diagnosed(row)
    diagnosis = report.diagnoses[0]
    assert diagnosis.cause == row.cause, diagnosis
    quoted(world, row, diagnosis)
    assert row.alternatives <= {each.cause for each in diagnosis.alternatives}
    assert not (diagnosis.alternatives and diagnosis.confidence == Confidence.PROVEN)
    assert contradictions(report) == []
    mended(world, row, diagnosis)


def quoted(world: Real, row: Row, diagnosis: DiagnosisEntry) -> None:
    """The server's own words and code are in the evidence as they were recorded."""
    evidence = " ".join(line.what for line in diagnosis.evidence)
    assert world.filled(row, row.message) in evidence
    assert f"({row.sqlstate})" in evidence


def mended(world: Real, row: Row, diagnosis: DiagnosisEntry) -> None:
    """What the row says lets the login in; a command is the remedy's own."""
    match row.fix:
        case Command(holds):
            commands = [remedy.command for remedy in diagnosis.remedies if holds in remedy.command]
            assert commands, diagnosis.remedies
            world.carry_out(commands[0])
        case Sql(statements):
            world.run_sql(row, statements)
        case Rules(lines):
            world.set_rules(row, lines)
        case Console(statement):
            world.say(row, statement)
        case Entry(entry):
            world.enter(row, entry)
        case Settings() | Release():
            pass
    login = row.fix.login if isinstance(row.fix, Settings) else row.login
    assert world.lets_in(row, login)


def test_a_standby_that_takes_no_sessions_is_not_one_that_is_starting() -> None:
    _, files = authority.make()
    files = {**files, "standby.signal": b""}
    with server(
        debian(), hba="host all all all trust\n", files=files, settings="hot_standby = off\nmax_connections = 100\n"
    ) as standby:
        diagnosis = diagnosed({"PGHOST": "127.0.0.1", "PGPORT": str(standby.port), "PGUSER": "postgres"}).diagnoses[0]
    assert (diagnosis.cause, diagnosis.confidence) == (Cause.PG_STANDBY_CLOSED, Confidence.PROVEN)
    (line,) = (line.what for line in diagnosis.evidence if "(57P03)" in line.what)
    assert "the database system is not accepting connections" in line
    assert "Hot standby mode is disabled." in line


def test_there_are_as_many_as_there_are_ways() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS) >= 60
    assert len({(row.sqlstate, row.message) for row in ROWS}) >= 30
