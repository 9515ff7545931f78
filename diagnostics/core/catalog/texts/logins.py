"""What PostgreSQL, MySQL and poolers say of a login, in any driver's wording. Source of codes: errcodes.txt."""

from diagnostics.core.codes import Cause
from diagnostics.core.text.pattern import Operation, Pattern, Place, Speaker, Strength, at

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        causes=(Cause.PG_ROLE_CANNOT_LOGIN,),
        behind=(Cause.PG_ROLE_MISSING,),
        says=("is not permitted to log in",),
        strength=Strength.EXACT,
        source="PostgreSQL miscinit.c InitializeSessionUserId, of a role with NOLOGIN",
    ),
    Pattern(
        causes=(Cause.PG_PASSWORD_EXPIRED,),
        says=("has an expired password", "password has expired", "password is expired"),
        strength=Strength.EXACT,
        source="PostgreSQL crypt.c about VALID UNTIL, MySQL ER_MUST_CHANGE_PASSWORD",
    ),
    Pattern(
        causes=(Cause.PG_IDENTITY_MISMATCH, Cause.PG_NO_HBA_ENTRY),
        says=(
            "peer authentication failed",
            "ident authentication failed",
            "and authenticated user name * do not match",
        ),
        strength=Strength.NAMED,
        source="PostgreSQL auth.c and hba.c: peer, ident and cert compare names",
    ),
    Pattern(
        causes=(Cause.PG_HBA_REJECT, Cause.PG_NO_HBA_ENTRY, Cause.TLS_SSL_REQUIRED),
        says=("pg_hba.conf rejects",),
        strength=Strength.NAMED,
        source="PostgreSQL auth.c ClientAuthentication, uaReject",
    ),
    Pattern(
        causes=(Cause.PG_DATABASE_NOT_ACCEPTING, Cause.INSTANCE_MAINTENANCE_OR_FAILOVER),
        says=("is not currently accepting connections",),
        strength=Strength.EXACT,
        source="PostgreSQL postinit.c CheckMyDatabase, of a database without ALLOW_CONNECTIONS",
    ),
    Pattern(
        causes=(Cause.PG_ROLE_CONNECTION_LIMIT,),
        behind=(Cause.PG_TOO_MANY_CONNECTIONS, Cause.POOL_EXHAUSTED),
        says=("too many connections for role",),
        strength=Strength.EXACT,
        source="PostgreSQL postinit.c, of a role with CONNECTION LIMIT",
    ),
    Pattern(
        causes=(Cause.PG_DATABASE_CONNECTION_LIMIT,),
        behind=(Cause.PG_TOO_MANY_CONNECTIONS, Cause.POOL_EXHAUSTED),
        says=("too many connections for database",),
        strength=Strength.EXACT,
        source="PostgreSQL postinit.c, of a database with CONNECTION LIMIT",
    ),
    Pattern(
        causes=(Cause.PG_DATABASE_MISSING, Cause.PG_POOLER_DATABASE_UNKNOWN, Cause.CONFIG_MISSING_ENV),
        says=("no such database", "no pool configured for database", "route for * is not found"),
        at=(
            at(
                Speaker.POOLER,
                causes=(Cause.PG_POOLER_DATABASE_UNKNOWN, Cause.PG_DATABASE_MISSING, Cause.CONFIG_MISSING_ENV),
            ),
        ),
        strength=Strength.EXACT,
        source="PgBouncer, of a database that its list does not have",
    ),
    Pattern(
        causes=(Cause.PG_POOLER_USER_UNKNOWN, Cause.PG_ROLE_MISSING, Cause.CONFIG_WRONG_HOST_PORT),
        says=(
            "no such user",
            "tenant or user not found",
            "pool_passwd file",
            '"trust" authentication failed',
        ),
        strength=Strength.NAMED,
        source="PgBouncer and Supavisor, of a user that they do not know",
    ),
    Pattern(
        causes=(Cause.PG_POOLER_NO_SERVER, Cause.PG_SERVER_CLOSED, Cause.PG_AUTH_PASSWORD),
        says=(
            "server login has been failing",
            "pgbouncer cannot connect to server",
            "server_login_retry",
            "allserversdown",
            "backend nodes are down",
            "bouncer config error",
            "auth_query",
            "to get remote server",
        ),
        strength=Strength.NAMED,
        source="PgBouncer, whose own logins at the server fail",
    ),
    Pattern(
        causes=(Cause.PG_AUTH_METHOD_UNSUPPORTED,),
        says=(
            "scram authentication requires libpq version",
            "authentication method 10 not supported",
            "authentication type 10 is not supported",
            "unknown authentication response: 10",
            "authentication method not supported",
            "sasl authentication mechanisms are supported",
            "unsupported authentication method",
            "unknown auth message",
            "unknown authenticationok message type",
            "public key retrieval is not allowed",
            "rsa public key is not available client side",
            "er_not_supported_auth_mode",
            "client does not support authentication protocol",
            "authentication plugin * cannot be loaded",
            "authentication plugin * not supported",
        ),
        strength=Strength.EXACT,
        source="AuthenticationSASL (10) unknown to libpq before 10, pgjdbc, lib/pq",
    ),
    Pattern(
        causes=(Cause.PG_NO_PASSWORD, Cause.CONFIG_MISSING_ENV, Cause.IAM_DB_AUTH_NOT_ENABLED),
        says=(
            "client password must be a string",
            "no password supplied",
            "access denied for user * using password: no",
            "no password was provided",
            "no password has been provided",
            '"nonetype" object has no attribute "decode"',
            '"nonetype" object has no attribute "encode"',
            "password is required",
            "empty password returned by client",
            "password must be",
        ),
        at=(
            at(
                Operation.READ_URL,
                causes=(Cause.CONFIG_MALFORMED_URL, Cause.PG_NO_PASSWORD, Cause.CONFIG_MISSING_ENV),
                strength=Strength.NAMED,
            ),
            at(
                Place.IAM_USER,
                causes=(Cause.IAM_DB_AUTH_NOT_ENABLED, Cause.PG_NO_PASSWORD, Cause.CONFIG_MISSING_ENV),
            ),
        ),
        strength=Strength.EXACT,
        source="libpq fe_sendauth, node-postgres sasl.js, pgjdbc, Npgsql, PostgreSQL auth.c",
    ),
    Pattern(
        causes=(
            Cause.PG_AUTH_PASSWORD,
            Cause.CONFIG_SECRET_TRAILING_NEWLINE,
            Cause.PG_ROLE_MISSING,
            Cause.CONFIG_PLACEHOLDER_VALUE,
            Cause.PG_PASSWORD_EXPIRED,
        ),
        says=(
            "password authentication failed",
            "invalidpassworderror",
            "p1000",
            "authentication failed against database server",
            "issue connecting to your database with your username",
            "access denied for user",
            "login failed for user",
            "has no password assigned",
            "sasl authentication failed",
        ),
        sqlstates=("28P01",),
        at=(
            at(
                Place.TEMPLATE,
                causes=(Cause.CONFIG_PLACEHOLDER_VALUE, Cause.PG_AUTH_PASSWORD, Cause.CONFIG_MISSING_ENV),
            ),
            at(
                Place.FULL_IAM_USER,
                causes=(Cause.IAM_DB_USERNAME_WRONG, Cause.IAM_DB_USER_MISSING, Cause.IAM_DB_AUTH_NOT_ENABLED),
            ),
            at(
                Place.IAM_USER,
                causes=(Cause.IAM_DB_USER_MISSING, Cause.IAM_DB_USERNAME_WRONG, Cause.IAM_DB_AUTH_NOT_ENABLED),
            ),
        ),
        strength=Strength.EXACT,
        source="28P01 invalid_password; also sent for a role that does not exist (mock authentication)",
    ),
    Pattern(
        causes=(Cause.PG_NO_HBA_ENTRY, Cause.TLS_SSL_REQUIRED),
        says=(
            "no pg_hba.conf entry",
            "is not allowed to connect to this mysql server",
        ),
        strength=Strength.NAMED,
        source="PostgreSQL auth.c ClientAuthentication, 28000",
    ),
    Pattern(
        causes=(Cause.PG_ROLE_MISSING, Cause.PG_AUTH_PASSWORD),
        says=('role "* does not exist', "role does not exist"),
        at=(
            at(Place.IAM_USER, causes=(Cause.IAM_DB_USER_MISSING, Cause.IAM_DB_USERNAME_WRONG, Cause.PG_ROLE_MISSING)),
        ),
        strength=Strength.EXACT,
        source="PostgreSQL miscinit.c InitializeSessionUserId",
    ),
    Pattern(
        causes=(Cause.PG_DATABASE_MISSING, Cause.CONFIG_MISSING_ENV, Cause.CONFIG_SECRET_TRAILING_NEWLINE),
        says=(
            'database "* does not exist',
            "invalidcatalognameerror",
            "p1003",
            "unknown database",
            "could not find your database",
        ),
        sqlstates=("3D000",),
        strength=Strength.EXACT,
        source="3D000 invalid_catalog_name",
    ),
)
