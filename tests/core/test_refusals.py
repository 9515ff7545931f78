"""From what a server says to why it said no, and from there to a cause.

The real server and the real pooler are asked in tests/refusals; here is what they cannot be made to say.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.core.codes import CheckId
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.findings import Code
from diagnostics.core.refusals.meanings import MEANINGS
from diagnostics.core.refusals.refusal import Refusal, ServerWords
from diagnostics.core.refusals.sayings import SAYINGS, refusal_of

IAM = 'Cloud SQL IAM user authentication failed for user "api@acme-prod.iam"'
UNTOLD = {
    Refusal.ROLE_UNTOLD,
    Refusal.HBA_UNTOLD,
    Refusal.AUTHORIZATION_UNTOLD,
    Refusal.SLOTS_UNTOLD,
    Refusal.POOLER_UNTOLD,
}


@pytest.mark.parametrize(
    "sqlstate, routine, refusal",
    [
        ("28P01", "auth_failed", Refusal.WRONG_PASSWORD),
        ("28P01", "", Refusal.WRONG_PASSWORD),
        ("3D000", "InitPostgres", Refusal.DATABASE_MISSING),
        ("42501", "CheckMyDatabase", Refusal.CONNECT_DENIED),
        ("53300", "InitializeSessionUserId", Refusal.ROLE_LIMIT),
        ("53300", "CheckMyDatabase", Refusal.DATABASE_LIMIT),
        ("53300", "InitPostgres", Refusal.SLOTS_RESERVED),
        ("53300", "ProcessStartupPacket", Refusal.TOO_MANY_CONNECTIONS),
        ("55000", "CheckMyDatabase", Refusal.DATABASE_CLOSED),
        ("57P01", "ProcessInterrupts", Refusal.SHUTDOWN),
        ("57P02", "quickdie", Refusal.CRASHED),
        ("57P03", "ProcessStartupPacket", Refusal.NOT_READY),
        ("28000", "InitializeSessionUserId", Refusal.ROLE_UNTOLD),
        ("28000", "ClientAuthentication", Refusal.HBA_UNTOLD),
        ("28000", "something_new", Refusal.AUTHORIZATION_UNTOLD),
        ("53300", "", Refusal.SLOTS_UNTOLD),
        ("XX000", "", Refusal.SERVER_ERROR),
        ("", "", Refusal.SERVER_ERROR),
    ],
)
def test_in_another_language_the_code_and_the_routine_say_as_much_as_they_can(
    sqlstate: str, routine: str, refusal: Refusal
) -> None:
    assert refusal_of(ServerWords(sqlstate=sqlstate, routine=routine, message="Nein, danke")) is refusal


@pytest.mark.parametrize("routine", ["", "ClientAuthentication"])
@pytest.mark.parametrize(
    "message, refusal",
    [
        ('no pg_hba.conf entry for host "10.1.2.3", user "api", database "orders"', Refusal.NO_HBA_ENTRY),
        ('pg_hba.conf rejects connection for host "10.1.2.3", user "api"', Refusal.HBA_REJECT),
    ],
)
def test_a_session_without_tls_may_only_lack_that(routine: str, message: str, refusal: Refusal) -> None:
    words = ServerWords(sqlstate="28000", routine=routine, message=message)
    assert refusal_of(words) is refusal
    plain = ServerWords(sqlstate="28000", routine=routine, message=message, plain=True)
    assert refusal_of(plain) is Refusal.TLS_REQUIRED


@pytest.mark.parametrize("sqlstate", ["28000", "28P01", "XX000"])
def test_a_login_by_iam_is_refused_with_whatever_code(sqlstate: str) -> None:
    assert refusal_of(ServerWords(sqlstate=sqlstate, routine="auth_failed", message=IAM)) is Refusal.IAM_REFUSED


POOLERS = [
    ("3D000", 'No pool configured for database: "orders", user: "api"', Refusal.POOLER_NO_DATABASE),
    ("58000", 'No pool configured for database: "orders", user: "api"', Refusal.POOLER_NO_DATABASE),
    ("3D000", "route for 'orders.api' is not found", Refusal.POOLER_NO_DATABASE),
    ("XX000", "Tenant or user not found", Refusal.POOLER_NO_USER),
    ("XX000", "(ENOTFOUND) tenant/user api.abc not found", Refusal.POOLER_NO_USER),
    ("28P01", 'pool_passwd file does not contain an entry for "api"', Refusal.POOLER_NO_USER),
    ("53300", "Sorry, too many clients already", Refusal.POOLER_FULL),
    ("53300", "sorry, too many clients for pool", Refusal.POOLER_FULL),
    ("53300", "too many client tcp connections (global client_max)", Refusal.POOLER_FULL),
    ("53300", "too many active clients for user (pool_size for user orders.api reached 5)", Refusal.POOLER_FULL),
    ("XX000", "Max client connections reached", Refusal.POOLER_FULL),
    ("XX000", "MaxClientsInSessionMode: max clients reached - in Session mode", Refusal.POOLER_FULL),
    ("58000", "could not get connection from the pool", Refusal.POOLER_FULL),
    ("08P01", "client connections exceeded (max_db_client_connections)", Refusal.POOLER_FULL),
    ("58000", "could not get connection from the pool - AllServersDown", Refusal.POOLER_NO_SERVER),
    ("08006", "failed to get remote server connection", Refusal.POOLER_NO_SERVER),
    ("08006", "failed to connect to remote server", Refusal.POOLER_NO_SERVER),
    ("08P01", "pgbouncer cannot connect to server", Refusal.POOLER_NO_SERVER),
    ("08P01", "SSL is required", Refusal.TLS_REQUIRED),
    ("08P01", "query_wait_timeout", Refusal.POOLER_WAIT),
    ("08P01", 'role "api" is not permitted to log in', Refusal.LOGIN_NOT_PERMITTED),
    ("08P01", 'password authentication failed for user "api"', Refusal.POOLER_SERVER_LOGIN),
    ("28P01", "incorrect password", Refusal.POOLER_LOGIN),
    ("08P01", "something of its own", Refusal.POOLER_UNTOLD),
]


@pytest.mark.parametrize("sqlstate, message, refusal", POOLERS, ids=[row[1] for row in POOLERS])
def test_poolers_are_known_by_their_texts(sqlstate: str, message: str, refusal: Refusal) -> None:
    """Constants of Odyssey, PgCat, Supavisor, Pgpool-II and newer versions of PgBouncer."""
    assert refusal_of(ServerWords(sqlstate=sqlstate, message=message)) is refusal


def test_every_kind_but_the_last_means_something() -> None:
    assert set(MEANINGS) == set(Refusal) - {Refusal.SERVER_ERROR}


def test_every_kind_is_said_somewhere() -> None:
    assert {row.refusal for row in SAYINGS} == set(Refusal) - {Refusal.SERVER_ERROR}


@pytest.mark.parametrize("refusal", MEANINGS)
def test_what_names_its_cause_is_proven_and_what_leaves_several_never(refusal: Refusal) -> None:
    meaning = MEANINGS[refusal]
    assert not (meaning.confidence is Confidence.PROVEN and meaning.alternatives)
    assert meaning.cause not in meaning.alternatives
    assert bool(meaning.alternatives) or refusal not in UNTOLD


@pytest.mark.parametrize("refusal", Refusal)
def test_a_kind_with_a_name_of_its_own_is_a_finding_or_the_general_one(refusal: Refusal) -> None:
    checks = (CheckId.POSTGRES_STARTUP, CheckId.POSTGRES_AUTH, CheckId.POSTGRES_QUERY)
    named = {f"{check}.{refusal.slug}" for check in checks} & set(Code)
    assert not named or refusal not in UNTOLD


@given(words=st.builds(ServerWords, sqlstate=st.text(max_size=5), routine=st.text(), message=st.text()))
def test_whatever_a_peer_says_is_some_kind(words: ServerWords) -> None:
    assert refusal_of(words) in Refusal
