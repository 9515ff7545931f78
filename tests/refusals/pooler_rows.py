"""What PgBouncer says, by itself or after the server."""

from dataclasses import replace

from diagnostics.core.codes import Cause
from tests.refusals.row import PASSWORD, SCRAM, WRONG, Command, Console, Entry, Fix, Login, Release, Row, Rules, Sql, to

MAKE = ("CREATE ROLE {me} LOGIN PASSWORD '{password}'",)
SAID = "08P01"
GOOD = "host=127.0.0.1 port={port} dbname=postgres"
RIGHT = f"{GOOD} user={{me}} password={PASSWORD}"
NO_ENTRY = 'no pg_hba.conf entry for host "127.0.0.1", user "{me}", database "postgres", no encryption'


def through(pooler: str) -> Login:
    return Login(database="{me}", pooler=pooler)


def row(
    name: str, message: str, cause: Cause, fix: Fix, login: Login, *,
    entry: str = GOOD, before: tuple[str, ...] = MAKE, rules: tuple[str, ...] = SCRAM, holds: tuple[Login, ...] = (),
    console: str = "", beside: Cause | None = None,
) -> Row:  # fmt: skip
    alternatives = frozenset({beside} if beside else ())
    return Row(name, SAID, message, cause, fix, login, before, rules, holds, "", entry, console, alternatives)


A, B, T = through("scram"), through("md5"), through("trust")
NO_SERVER, NO_USER, NO_DATABASE = (
    Cause.PG_POOLER_NO_SERVER, Cause.PG_POOLER_USER_UNKNOWN, Cause.PG_POOLER_DATABASE_UNKNOWN,
)  # fmt: skip
STRANGER = "{me}_stranger"

OWN_WORDS = (
    row("b-wrong-by-scram", "SASL authentication failed", Cause.PG_AUTH_PASSWORD, to(A), replace(A, password=WRONG),
        beside=NO_USER),
    row("b-wrong-by-md5", "password authentication failed", Cause.PG_AUTH_PASSWORD, to(B), replace(B, password=WRONG),
        beside=NO_USER),
    row("b-no-user-by-scram", "SASL authentication failed", Cause.PG_AUTH_PASSWORD, to(A), replace(A, user=STRANGER),
        beside=NO_USER),
    row("b-no-user-by-md5", "password authentication failed", Cause.PG_AUTH_PASSWORD, to(B), replace(B, user=STRANGER),
        beside=NO_USER),
    row("b-no-user", '"trust" authentication failed', NO_USER, to(T), replace(T, user=STRANGER)),
    row("b-no-database-by-scram", "no such database: {me}", NO_DATABASE, Entry(GOOD), A, entry=""),
    row("b-no-database-by-md5", "no such database: {me}", NO_DATABASE, Entry(GOOD), B, entry=""),
    row("b-no-database-by-trust", "no such database: Orders", NO_DATABASE, to(T), replace(T, database="Orders"),
        entry=GOOD),
    row("b-disabled", 'database "{me}" is disabled', NO_SERVER, Console("ENABLE {me}"), A, console="DISABLE {me}"),
    row("b-paused", "query_wait_timeout", NO_SERVER, Console("RESUME {me}"), A, console="PAUSE {me}",
        beside=Cause.POOL_EXHAUSTED),
    row("b-nothing-listens", "query_wait_timeout", NO_SERVER, Entry(GOOD), A, beside=Cause.POOL_EXHAUSTED,
        entry="host=127.0.0.1 port={closed} dbname=postgres"),
    row("b-no-such-host", "query_wait_timeout", NO_SERVER, Entry(GOOD), A, beside=Cause.POOL_EXHAUSTED,
        entry="host=there-is-none.invalid port={port} dbname=postgres"),
    row("b-pool-in-use", "query_wait_timeout", Cause.POOL_EXHAUSTED, Release(), A, entry=f"{GOOD} pool_size=1",
        holds=(A,), beside=NO_SERVER),
    row("b-clients-full", "no more connections allowed (max_client_conn)", Cause.POOL_EXHAUSTED, Release(),
        through("few"), holds=(through("few"),) * 2),
    row("b-rejected", "login rejected", Cause.PG_HBA_REJECT, to(A), through("rules"), beside=NO_USER),
    row("b-without-tls", "SSL required", Cause.TLS_SSL_REQUIRED, to(through("tls"), tls="require"),
        replace(through("tls"), tls="disable")),
    row("b-broken-query-for-users", "bouncer config error", NO_SERVER, to(through("asks")),
        replace(through("asks"), user=STRANGER)),
    row("b-console", "not allowed", Cause.PG_PERMISSION_DENIED, to(A), replace(A, database="pgbouncer"),
        beside=NO_DATABASE),
)  # fmt: skip

AFTER_THE_SERVER = (
    row("s-wrong-login", 'password authentication failed for user "{me}"', NO_SERVER, Entry(RIGHT), A,
        entry=f"{GOOD} user={{me}} password={WRONG}", beside=Cause.PG_AUTH_PASSWORD),
    row("s-other-login", 'password authentication failed for user "there_is_none"', NO_SERVER, Entry(RIGHT), A,
        rules=(*SCRAM, "host all there_is_none all scram-sha-256"),
        entry=f"{GOOD} user=there_is_none password={WRONG}"),
    row("s-locked", 'role "{me}" is not permitted to log in', Cause.PG_ROLE_CANNOT_LOGIN, Command("LOGIN"), A,
        before=(*MAKE, "ALTER ROLE {me} NOLOGIN"), beside=NO_SERVER),
    row("s-locked-by-md5", 'role "{me}" is not permitted to log in', Cause.PG_ROLE_CANNOT_LOGIN, Command("LOGIN"), B,
        before=(*MAKE, "ALTER ROLE {me} NOLOGIN"), beside=NO_SERVER),
    row("s-missing", 'role "{me}" does not exist', Cause.PG_ROLE_MISSING, Command("CREATE ROLE"), A, before=(),
        rules=("host all {me} all trust",), beside=NO_SERVER),
    row("s-expired", 'password authentication failed for user "{me}"', NO_SERVER,
        Sql(("ALTER ROLE {me} VALID UNTIL 'infinity'",)), A, before=(MAKE[0] + " VALID UNTIL '2020-01-01'",)),
    row("s-role-limit", 'too many connections for role "{me}"', Cause.PG_ROLE_CONNECTION_LIMIT,
        Command("CONNECTION LIMIT -1"), A, before=(MAKE[0] + " CONNECTION LIMIT 0",), beside=NO_SERVER),
    row("s-other-database", 'database "there_is_none" does not exist', NO_SERVER, Entry(GOOD), A,
        entry="host=127.0.0.1 port={port} dbname=there_is_none"),
    row("s-no-database", 'database "{me}" does not exist', Cause.PG_DATABASE_MISSING, Command("CREATE DATABASE"), A,
        entry="host=127.0.0.1 port={port}", beside=NO_SERVER),
    row("s-closed", 'database "{me}" is not currently accepting connections', Cause.PG_DATABASE_NOT_ACCEPTING,
        Command("ALLOW_CONNECTIONS true"), A, entry="host=127.0.0.1 port={port}", beside=NO_SERVER,
        before=(*MAKE, "CREATE DATABASE {me} ALLOW_CONNECTIONS false")),
    row("s-no-entry", NO_ENTRY, Cause.PG_NO_HBA_ENTRY, Rules(SCRAM), A, rules=(), beside=NO_SERVER),
)  # fmt: skip

POOLER = (*OWN_WORDS, *AFTER_THE_SERVER)
