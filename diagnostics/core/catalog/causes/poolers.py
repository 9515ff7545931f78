"""Causes in a pooler between client and server: its own words, of its own configuration."""

from diagnostics.core.catalog.causes.steps import set_anew
from diagnostics.core.catalog.entry import CauseEntry, Step
from diagnostics.core.codes import Cause
from diagnostics.core.model import SettingName

_POOLER_LOG = Step(text="Read the pooler's log of that second: it says more than it tells clients.")

CAUSES: dict[Cause, CauseEntry] = {
    Cause.PG_POOLER_INCOMPATIBLE: CauseEntry(
        title="a pooler in between does not know this feature",
        explanation=(
            "Between client and server there is a pooler that passes on only part of the protocol. Prepared statements "
            "and startup parameters are what fails most often."
        ),
        shows=(
            "prepared statement does not exist or already exists (26000), unsupported startup parameter, protocol "
            "violation (08P01)."
        ),
        mistaken="a fault of the driver.",
        settled_by="the same connection straight to the server",
        steps=(
            Step(
                text=(
                    "Turn the driver's statement cache off: statement_cache_size=0 for asyncpg, prepare_threshold=None "
                    "for psycopg."
                ),
            ),
            Step(
                text="Or use the pooler in session mode, or let it ignore the parameter (ignore_startup_parameters).",
            ),
        ),
    ),
    Cause.PG_POOLER_DATABASE_UNKNOWN: CauseEntry(
        title="the pooler in between knows no database of this name",
        explanation=(
            "A pooler answers here, not PostgreSQL, and its own configuration has no database of this name"
            "[: {database}]. Whether the server has one was not asked."
        ),
        shows=(
            "no such database (PgBouncer), No pool configured for database (PgCat), route for 'x.y' is not found "
            "(Odyssey)."
        ),
        mistaken="a missing database: the server was not reached.",
        settled_by="the databases of the pooler, or the same connection straight to the server",
        steps=(
            Step(
                text="See which databases the pooler has, as a user of its console.",
                command="psql -h {host} -p {port} -d pgbouncer -c 'SHOW DATABASES'",
            ),
            *set_anew("Set the name that the pooler has for it", "DATABASE"),
            Step(text="Or add it to the pooler: in PgBouncer a line of the section databases, and a reload."),
        ),
        setting=SettingName.DATABASE,
    ),
    Cause.PG_POOLER_USER_UNKNOWN: CauseEntry(
        title="the pooler in between knows no user of this name",
        explanation=(
            "A pooler answers here, not PostgreSQL, and its own list has no user of this name[: {user}]. Whether the "
            "server has one was not asked."
        ),
        shows=(
            'no such user, "trust" authentication failed (PgBouncer), Tenant or user not found (Supavisor), '
            "pool_passwd file does not contain an entry (Pgpool-II)."
        ),
        mistaken="a missing role of the server: that says role does not exist.",
        settled_by="the users of the pooler, or the same connection straight to the server",
        steps=(
            _POOLER_LOG,
            *set_anew("Set the name that the pooler has for the user (some want it with a suffix)", "USER"),
            Step(
                text="Or add the user to the pooler: in PgBouncer a line of auth_file, or an auth_query, and a reload.",
                doc="https://www.pgbouncer.org/config.html#authentication-file-format",
            ),
        ),
        setting=SettingName.USER,
    ),
    Cause.PG_POOLER_NO_SERVER: CauseEntry(
        title="the pooler in between has no connection to the server",
        explanation=(
            "The pooler took the client, and cannot give it a connection to PostgreSQL. The server refuses the "
            "pooler's own login, does not answer it, or somebody took the database out of service there."
        ),
        shows=(
            "server login has been failing (server_login_retry), cannot connect to server, server login failed, "
            "database is disabled, failed to get remote server connection."
        ),
        mistaken="a wrong password of the app: the pooler logs in to the server with its own settings.",
        settled_by="the pooler's log, and a connection from its machine straight to the server",
        steps=(
            _POOLER_LOG,
            Step(text="From the pooler's machine, log in to the server with the pooler's own settings."),
            Step(
                text=(
                    "Correct host, port, user or password of the database in the pooler's configuration, enable the "
                    "database if it is disabled, and reload it."
                ),
                doc="https://www.pgbouncer.org/config.html#section-databases",
            ),
        ),
    ),
}
