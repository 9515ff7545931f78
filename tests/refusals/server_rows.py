"""What PostgreSQL itself says."""

from dataclasses import replace

from diagnostics.core.codes import Cause
from tests.refusals.row import SCRAM, TRUST, WRONG, Command, Fix, Login, Release, Row, Rules, Sql, to

ME = Login()
ROLE = "CREATE ROLE {me} LOGIN PASSWORD '{password}'"
MAKE = (ROLE,)
DATABASE = (ROLE, "CREATE DATABASE {me}")
OWN = Login(database="{me}")
BY_SOCKET = Login(over="socket")
NO_PASSWORD_TOLD = 'password authentication failed for user "{me}"'
SAME_WORDS = frozenset({Cause.PG_ROLE_MISSING, Cause.PG_PASSWORD_EXPIRED})
OPEN_RULES = Rules(SCRAM)
PLAIN = "no encryption"
SECURE = "SSL encryption"


def entry(encryption: str = SECURE, database: str = "postgres", host: str = "127.0.0.1") -> str:
    return f'no pg_hba.conf entry for host "{host}", user "{{me}}", database "{database}", {encryption}'


def rejects(encryption: str = SECURE, database: str = "postgres", host: str = "127.0.0.1") -> str:
    return f'pg_hba.conf rejects connection for host "{host}", user "{{me}}", database "{database}", {encryption}'


def password(name: str, before: tuple[str, ...], fix: Fix, rule: str, login: Login = ME) -> Row:
    lines = (f"host all {{me}} all {rule}", f"local all {{me}} {rule}")
    return Row(
        name, "28P01", NO_PASSWORD_TOLD, Cause.PG_AUTH_PASSWORD, fix, login, before, lines,
        alternatives=SAME_WORDS,
    )  # fmt: skip


WITH_WRONG = replace(ME, password=WRONG)
MD5 = ("SET password_encryption = md5", ROLE, "RESET password_encryption")
ANEW = Sql(("ALTER ROLE {me} PASSWORD '{password}'",))
FOR_EVER = Sql(("ALTER ROLE {me} VALID UNTIL 'infinity'",))
PASSWORDS = (
    password("wrong-by-scram", MAKE, to(ME), "scram-sha-256", WITH_WRONG),
    password("wrong-by-md5", MD5, to(ME), "md5", WITH_WRONG),
    password("wrong-in-clear", MAKE, to(ME), "password", WITH_WRONG),
    password("wrong-on-the-socket", MAKE, to(BY_SOCKET), "scram-sha-256", replace(BY_SOCKET, password=WRONG)),
    password("no-such-role-by-scram", (), Sql(MAKE), "scram-sha-256"),
    password("no-such-role-by-md5", (), Sql(MAKE), "md5"),
    password("no-such-role-in-clear", (), Sql(MAKE), "password"),
    password("never-set", ("CREATE ROLE {me} LOGIN",), ANEW, "scram-sha-256"),
    password("expired", (f"{ROLE} VALID UNTIL '2020-01-01'",), FOR_EVER, "scram-sha-256"),
    password("expired-md5", (*MD5, "ALTER ROLE {me} VALID UNTIL '2020-01-01'"), FOR_EVER, "md5"),
    password("md5-secret-under-scram", MD5, ANEW, "scram-sha-256"),
    Row(
        "wrong-at-the-directory", "28000", 'LDAP authentication failed for user "{me}"', Cause.PG_AUTH_PASSWORD,
        OPEN_RULES, ME, MAKE, ('host all {me} all ldap ldapserver=127.0.0.1 ldapport=1 ldapprefix="cn="',),
    ),
    Row(
        "wrong-by-pam", "28000", 'PAM authentication failed for user "{me}"', Cause.PG_AUTH_PASSWORD,
        OPEN_RULES, ME, MAKE, ("host all {me} all pam pamservice=there-is-none",),
    ),
)  # fmt: skip

MISSING = 'role "{me}" does not exist'
CANNOT = 'role "{me}" is not permitted to log in'
GROUP = ("CREATE ROLE {me} NOLOGIN", "CREATE ROLE {me}_member LOGIN PASSWORD '{password}' IN ROLE {me}")
ROLES = (
    Row("missing", "28000", MISSING, Cause.PG_ROLE_MISSING, Command("CREATE ROLE"), ME, (), TRUST),
    Row("missing-on-the-socket", "28000", MISSING, Cause.PG_ROLE_MISSING, Command("CREATE ROLE"), BY_SOCKET, (), TRUST),
    Row(
        "missing-in-capitals", "28000", 'role "MISSING_IN_CAPITALS" does not exist', Cause.CONFIG_NAME_CASE, to(ME),
        Login(user="MISSING_IN_CAPITALS"), MAKE, ("host all all all trust",),
    ),
    Row(
        "locked", "28000", CANNOT, Cause.PG_ROLE_CANNOT_LOGIN, Command("LOGIN"), ME,
        (*MAKE, "ALTER ROLE {me} NOLOGIN"),
    ),
    Row(
        "locked-and-trusted", "28000", CANNOT, Cause.PG_ROLE_CANNOT_LOGIN, Command("LOGIN"), ME,
        ("CREATE ROLE {me}",), TRUST,
    ),
    Row(
        "locked-on-the-socket", "28000", CANNOT, Cause.PG_ROLE_CANNOT_LOGIN, Command("LOGIN"), BY_SOCKET,
        ("CREATE ROLE {me}",), TRUST,
    ),
    Row(
        "a-group", "28000", CANNOT, Cause.PG_ROLE_CANNOT_LOGIN, to(ME, user="{me}_member"), ME, GROUP,
        ("host all +{me} all trust",),
    ),
)  # fmt: skip

ROLE_FULL = 'too many connections for role "{me}"'
DATABASE_FULL = 'too many connections for database "{me}"'
LIMITS = (
    Row(
        "role-limit-zero", "53300", ROLE_FULL, Cause.PG_ROLE_CONNECTION_LIMIT, Command("CONNECTION LIMIT -1"), ME,
        (ROLE + " CONNECTION LIMIT 0",),
    ),
    Row(
        "role-limit-reached", "53300", ROLE_FULL, Cause.PG_ROLE_CONNECTION_LIMIT, Release(), ME,
        (ROLE + " CONNECTION LIMIT 2",), holds=(ME, ME),
    ),
    Row(
        "role-limit-on-the-socket", "53300", ROLE_FULL, Cause.PG_ROLE_CONNECTION_LIMIT, Command("CONNECTION LIMIT -1"),
        BY_SOCKET, (ROLE + " CONNECTION LIMIT 0",),
    ),
    Row(
        "database-limit-zero", "53300", DATABASE_FULL, Cause.PG_DATABASE_CONNECTION_LIMIT,
        Command("CONNECTION LIMIT -1"), OWN, (*DATABASE, "ALTER DATABASE {me} CONNECTION LIMIT 0"),
    ),
    Row(
        "database-limit-reached", "53300", DATABASE_FULL, Cause.PG_DATABASE_CONNECTION_LIMIT, Release(), OWN,
        (*DATABASE, "ALTER DATABASE {me} CONNECTION LIMIT 1"), holds=(OWN,),
    ),
    Row(
        "server-full", "53300", "sorry, too many clients already", Cause.PG_TOO_MANY_CONNECTIONS, Release(), ME, MAKE,
        fills="everything",
    ),
    Row(
        "rest-reserved", "53300", "remaining connection slots are reserved for", Cause.PG_TOO_MANY_CONNECTIONS,
        Release(), ME, MAKE, fills="for others",
    ),
)  # fmt: skip

GONE = 'database "{me}" does not exist'
CLOSED = 'database "{me}" is not currently accepting connections'
DENIED = 'permission denied for database "{me}"'
DATABASES = (
    Row("no-database", "3D000", GONE, Cause.PG_DATABASE_MISSING, Command("CREATE DATABASE"), OWN, MAKE),
    Row("no-database-trusted", "3D000", GONE, Cause.PG_DATABASE_MISSING, Command("CREATE DATABASE"), OWN, MAKE, TRUST),
    Row(
        "no-database-on-the-socket", "3D000", GONE, Cause.PG_DATABASE_MISSING, Command("CREATE DATABASE"),
        replace(OWN, over="socket"), MAKE,
    ),
    Row(
        "database-in-capitals", "3D000", 'database "Postgres" does not exist', Cause.CONFIG_NAME_CASE, to(ME),
        Login(database="Postgres"), MAKE,
    ),
    Row(
        "closed", "55000", CLOSED, Cause.PG_DATABASE_NOT_ACCEPTING, Command("ALLOW_CONNECTIONS true"), OWN,
        (*DATABASE, "ALTER DATABASE {me} ALLOW_CONNECTIONS false"),
    ),
    Row(
        "a-template", "55000", 'database "template0" is not currently accepting connections',
        Cause.PG_DATABASE_NOT_ACCEPTING, to(ME), Login(database="template0"), MAKE,
    ),
    Row(
        "dropped-halfway", "55000", 'cannot connect to invalid database "{me}"', Cause.PG_DATABASE_NOT_ACCEPTING,
        Sql(("DROP DATABASE {me}", "CREATE DATABASE {me}")), OWN,
        (*DATABASE, "UPDATE pg_database SET datconnlimit = -2 WHERE datname = '{me}'"),
    ),
    Row(
        "connect-revoked", "42501", DENIED, Cause.PG_PERMISSION_DENIED, Command("GRANT CONNECT"), OWN,
        (*DATABASE, "REVOKE CONNECT ON DATABASE {me} FROM PUBLIC"),
    ),
    Row(
        "connect-revoked-and-trusted", "42501", DENIED, Cause.PG_PERMISSION_DENIED, Command("GRANT CONNECT"), OWN,
        (*DATABASE, "REVOKE CONNECT ON DATABASE {me} FROM PUBLIC"), TRUST,
    ),
    Row(
        "library-missing", "58P01", 'could not access file "there_is_none": No such file or directory',
        Cause.UNCLASSIFIED, Sql(("ALTER ROLE {me} RESET session_preload_libraries",)), ME,
        (*MAKE, "ALTER ROLE {me} SET session_preload_libraries = there_is_none"),
    ),
)  # fmt: skip

CERTIFICATE = "connection requires a valid client certificate"
RULES = (
    Row("no-entry", "28000", entry(), Cause.PG_NO_HBA_ENTRY, OPEN_RULES, ME, MAKE, ()),
    Row(
        "entry-for-another-database", "28000", entry(), Cause.PG_NO_HBA_ENTRY, to(OWN), ME, DATABASE,
        ("host {me} {me} all scram-sha-256",),
    ),
    Row(
        "entry-for-another-network", "28000", entry(), Cause.PG_NO_HBA_ENTRY, OPEN_RULES, ME, MAKE,
        ("host all {me} 10.0.0.0/8 scram-sha-256",),
    ),
    Row(
        "entry-for-members", "28000", entry(), Cause.PG_NO_HBA_ENTRY, OPEN_RULES, ME, MAKE,
        ("host samerole {me} all scram-sha-256",),
    ),
    Row(
        "entry-without-tls-only", "28000", entry(), Cause.PG_NO_HBA_ENTRY, to(ME, tls="disable"),
        Login(tls="require"), MAKE, ("hostnossl all {me} all scram-sha-256",),
    ),
    Row(
        "no-entry-on-the-socket", "28000", entry(PLAIN, host="[local]"), Cause.PG_NO_HBA_ENTRY, to(ME), BY_SOCKET,
        MAKE, ("host all {me} all scram-sha-256",),
    ),
    Row(
        "no-entry-without-tls", "28000", entry(PLAIN), Cause.TLS_SSL_REQUIRED, to(ME, tls="require"),
        Login(tls="disable"), MAKE, ("hostssl all {me} all scram-sha-256",),
    ),
    Row(
        "rejected-without-tls", "28000", rejects(PLAIN), Cause.TLS_SSL_REQUIRED, to(ME, tls="require"),
        Login(tls="disable"), MAKE, ("hostnossl all {me} all reject", "host all {me} all scram-sha-256"),
    ),
    Row("rejected", "28000", rejects(), Cause.PG_HBA_REJECT, OPEN_RULES, ME, MAKE, ("host all {me} all reject",)),
    Row(
        "rejected-before-it-is-let-in", "28000", rejects(), Cause.PG_HBA_REJECT, OPEN_RULES, ME, MAKE,
        ("host postgres {me} all reject", "host all {me} all scram-sha-256"),
    ),
    Row(
        "rejected-for-its-database", "28000", rejects(database="{me}"), Cause.PG_HBA_REJECT, to(ME), OWN, DATABASE,
        ("host {me} {me} all reject", "host all {me} all scram-sha-256"),
    ),
    Row(
        "rejected-on-the-socket", "28000", rejects(PLAIN, host="[local]"), Cause.PG_HBA_REJECT, to(ME), BY_SOCKET, MAKE,
        ("local all {me} reject", "host all {me} all scram-sha-256"),
    ),
    Row(
        "peer", "28000", 'Peer authentication failed for user "{me}"', Cause.PG_IDENTITY_MISMATCH, to(ME), BY_SOCKET,
        MAKE, ("local all {me} peer", "host all {me} all scram-sha-256"),
    ),
    Row(
        "ident", "28000", 'Ident authentication failed for user "{me}"', Cause.PG_IDENTITY_MISMATCH, OPEN_RULES, ME,
        MAKE, ("host all {me} all ident",),
    ),
    Row(
        "certificate-wanted", "28000", CERTIFICATE, Cause.TLS_CLIENT_CERT_REQUIRED, OPEN_RULES, ME, MAKE,
        ("hostssl all {me} all scram-sha-256 clientcert=verify-ca",),
    ),
    Row(
        "certificate-is-the-login", "28000", CERTIFICATE, Cause.TLS_CLIENT_CERT_REQUIRED, OPEN_RULES, ME, MAKE,
        ("hostssl all {me} all cert",),
    ),
)  # fmt: skip

SERVER = (*PASSWORDS, *ROLES, *LIMITS, *DATABASES, *RULES)
