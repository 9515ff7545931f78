"""What no remedy may do, read from a report alone: the same for reports of the product, the lab and a real server.

Written against the report's words, not the catalogue's conditions, so that one misreading does not hide on both sides.
"""

import re

from diagnostics.core.codes import CheckId
from diagnostics.core.facts import AdminInstance, EgressInstance, TcpConnect
from diagnostics.core.model import Status
from diagnostics.core.observed import Reach
from diagnostics.core.report import Remedy, Report

SESSION = re.compile(r"\bpsql\b(?!.*-d pgbouncer)")
MAKES_ROLE = re.compile(r"CREATE (ROLE|USER)|sql users create")
CHANGES_ROLE = re.compile(r"ALTER ROLE|sql users set-password")
MAKES_DATABASE = re.compile(r"CREATE DATABASE|sql databases create")
FELT_BY_OTHERS = re.compile(
    r"ALTER |GRANT |CREATE |sql users (create|set-password)|sql databases create|sql instances patch"
)
JUST_RUN = re.compile(r"cloudsql-diag check( -o \w+)?")
ELSEWHERE = re.compile(r"own machine|from a place that reaches it")
PASSED = {Status.PASS, Status.WARN}


def contradictions(report: Report) -> list[str]:
    """Remedies that what the same report measured shows to be in vain, or that begin with what harms others."""
    found = []
    for diagnosis in report.diagnoses:
        slugs = {code.rpartition(".")[2] for code in diagnosis.explains}
        for remedy in diagnosis.remedies:
            found += [f"{remedy.command or remedy.text}: {why}" for why in _in_vain(report, slugs, remedy)]
        felt = [bool(FELT_BY_OTHERS.search(remedy.command)) for remedy in diagnosis.remedies]
        found += [f"{diagnosis.cause}: harm comes first"] if felt != sorted(felt) else []
    return found


def _in_vain(report: Report, slugs: set[str], remedy: Remedy) -> list[str]:
    command, logged_in = remedy.command, _passed(report, CheckId.POSTGRES_AUTH)
    role_is_there = slugs & {"login_not_permitted", "role_limit", "connect_denied", "database_closed", "database_limit"}
    database_is_there = slugs & {"database_closed", "database_invalid", "database_limit", "connect_denied"}
    session = SESSION.search(command) and not ELSEWHERE.search(remedy.text)
    no_session = slugs & {"too_many_connections", "not_ready", "standby_closed"}
    changes_role = CHANGES_ROLE.search(command) and not MAKES_ROLE.search(command)
    in_vain = {
        "that was just run": JUST_RUN.fullmatch(command),
        "the server takes no session": session and no_session,
        "nothing answers there": session and _failed(report, CheckId.TCP_CONNECT),
        "the role is there": MAKES_ROLE.search(command) and (role_is_there or logged_in),
        "there is no role to change": changes_role and "role_missing" in slugs,
        "the database is there": MAKES_DATABASE.search(command) and (database_is_there or logged_in),
        "the state was read": "value(state" in command and _state(report),
        "the address was silent": any(_sends_to(remedy, address) for address in _silent(report)),
    }
    return [why for why, holds in in_vain.items() if holds]


def _sends_to(remedy: Remedy, address: str) -> bool:
    """Whether it makes the address the app's own, where another one stood."""
    return bool(re.search(rf"--(update-env-vars \S+=|host[ =]){re.escape(address)}(\s|$)", remedy.command))


def _silent(report: Report) -> set[str]:
    """Addresses at which every attempt of the run was silent."""
    attempts = [
        attempt
        for entry in report.checks
        if isinstance(entry.facts, EgressInstance | TcpConnect)
        for attempt in entry.facts.attempts
    ]
    answered = {attempt.address for attempt in attempts if attempt.reach is not Reach.SILENT}
    return {attempt.address for attempt in attempts} - answered


def _state(report: Report) -> bool:
    return any(isinstance(entry.facts, AdminInstance) and entry.facts.state for entry in report.checks)


def _passed(report: Report, check: CheckId) -> bool:
    return any(entry.id is check and entry.status in PASSED for entry in report.checks)


def _failed(report: Report, check: CheckId) -> bool:
    return any(entry.id is check and entry.status is Status.FAIL for entry in report.checks)
