"""Causes in a role or a database of the server: it exists, and something about it turns sessions away."""

from diagnostics.core.catalog.causes.steps import SEE_ROLE, set_anew
from diagnostics.core.catalog.entry import CauseEntry, Place, Step
from diagnostics.core.codes import Cause
from diagnostics.core.model import SettingName

_SEE_DATABASE = (
    "psql -d postgres -c \"SELECT datname, datallowconn, datconnlimit FROM pg_database WHERE datname = '{database}'\""
)
"""From another database: this one lets nobody in."""
_WHO = (
    "psql -d postgres -c 'SELECT usename, datname, application_name, state, count(*) FROM pg_stat_activity "
    "GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC'"
)

CAUSES: dict[Cause, CauseEntry] = {
    Cause.PG_ROLE_CANNOT_LOGIN: CauseEntry(
        title="the role exists, but may not log in",
        explanation=(
            "The server has a role of this name[: {user}], and it lacks the LOGIN attribute. Such roles hold "
            "privileges for others (CREATE ROLE makes them so, CREATE USER does not), or somebody locked the user out."
        ),
        shows='role "x" is not permitted to log in (28000).',
        mistaken="a missing role: that one does not exist (28000, too, with other words).",
        settled_by="rolcanlogin of the role in pg_roles",
        steps=(
            Step(text="See the role, as another one.", command=SEE_ROLE),
            *set_anew("Log in as the role that the app is meant to have", "USER"),
            Step(
                text="Or let the role log in, as an administrator.",
                command="psql -d postgres -c 'ALTER ROLE \"{user}\" LOGIN'",
            ),
        ),
        setting=SettingName.USER,
    ),
    Cause.PG_PASSWORD_EXPIRED: CauseEntry(
        title="the password of the role has expired",
        explanation=(
            "The role has VALID UNTIL set[: {user}], and after that moment no password is right. The server says the "
            "same as for a wrong password."
        ),
        shows="password authentication failed for user (28P01), although nobody changed anything.",
        mistaken="a wrong password: the same one worked until a certain moment.",
        settled_by="rolvaliduntil of the role in pg_roles",
        steps=(
            Step(text="See until when it is valid, as another role.", command=SEE_ROLE),
            Step(
                text="Set a later end, or none.",
                command='psql -d postgres -c "ALTER ROLE \\"{user}\\" VALID UNTIL \'infinity\'"',
            ),
        ),
        setting=SettingName.USER,
    ),
    Cause.PG_IDENTITY_MISMATCH: CauseEntry(
        title="the server takes the client for another user",
        explanation=(
            "A rule in pg_hba.conf asks for no password: it takes the name of the operating system's user, of the "
            "certificate or of the ticket, and that is not[ {user}] the one who wants in. Debian's packages have such "
            "a rule (peer) for the local socket."
        ),
        shows="Peer authentication failed for user, Ident authentication failed for user (28000).",
        mistaken="a wrong password: none was asked for.",
        settled_by="the method of the rule that fits (pg_hba_file_rules), and the user whom the process runs as",
        steps=(
            Step(text="See whom the process runs as.", command="id -un"),
            Step(
                text="See the rules, as a user who gets in.",
                command="psql -c 'SELECT line_number, type, database, user_name, auth_method FROM pg_hba_file_rules'",
                place=Place.OWN_SERVER,
            ),
            *set_anew("Connect to an address in place of the socket", "127.0.0.1"),
            Step(
                text="Or give the role a rule with scram-sha-256 above that one, and reload the server.",
                doc="https://www.postgresql.org/docs/current/auth-pg-hba-conf.html",
                place=Place.OWN_SERVER,
            ),
        ),
        setting=SettingName.HOST,
        not_produced="the instance's server is met over the network, where no operating system vouches for a user",
    ),
    Cause.PG_HBA_REJECT: CauseEntry(
        title="a rule of the server turns this client away",
        explanation=(
            "An entry in pg_hba.conf fits this address, user and database[: {user}, {database}], and its method is "
            "reject. The first entry that fits counts, so a later one that would let it in is not looked at."
        ),
        shows="pg_hba.conf rejects connection for host (28000).",
        mistaken="a missing entry: that says no pg_hba.conf entry. Without TLS the words no encryption stand in it.",
        settled_by="the entries in their order (pg_hba_file_rules)",
        steps=(
            Step(
                text="See the rules in their order.",
                command=(
                    "psql -c 'SELECT line_number, type, database, user_name, address, auth_method FROM "
                    "pg_hba_file_rules'"
                ),
                place=Place.OWN_SERVER,
            ),
            Step(
                text="See what the instance lets in.",
                command=(
                    "gcloud sql instances describe {instance} --project {project} "
                    "--format='value(settings.ipConfiguration)'"
                ),
                place=Place.GOOGLE,
            ),
            *set_anew("Use the user and database that the rules are made for", "USER"),
            Step(
                text="Or put an entry for this client above the one that rejects, and reload the server.",
                doc="https://www.postgresql.org/docs/current/auth-pg-hba-conf.html",
                place=Place.OWN_SERVER,
            ),
        ),
        setting=SettingName.USER,
    ),
    Cause.PG_ROLE_CONNECTION_LIMIT: CauseEntry(
        title="the role has as many connections as it may have",
        explanation=(
            "The role has a CONNECTION LIMIT[: {user}], and its sessions reach it. The server has room for other roles."
        ),
        shows='too many connections for role "x" (53300).',
        mistaken="a full server: max_connections is not reached, and raising it changes nothing.",
        settled_by="rolconnlimit of the role, and the number of its sessions",
        steps=(
            Step(text="See the limit, as another role.", command=SEE_ROLE),
            Step(text="See who holds the sessions, as another role.", command=_WHO),
            Step(text="Make pool size times workers times instances fit below it."),
            Step(
                text="Or raise the limit; -1 is none.",
                command="psql -d postgres -c 'ALTER ROLE \"{user}\" CONNECTION LIMIT -1'",
            ),
        ),
        setting=SettingName.USER,
    ),
    Cause.PG_DATABASE_CONNECTION_LIMIT: CauseEntry(
        title="the database has as many connections as it may have",
        explanation=(
            "The database has a CONNECTION LIMIT[: {database}], and its sessions reach it, whoever's they are. The "
            "server has room for other databases."
        ),
        shows='too many connections for database "x" (53300).',
        mistaken="a full server: max_connections is not reached, and raising it changes nothing.",
        settled_by="datconnlimit of the database, and the number of its sessions",
        steps=(
            Step(text="See the limit, from another database.", command=_SEE_DATABASE),
            Step(text="See who holds the sessions, from another database.", command=_WHO),
            Step(text="Make pool size times workers times instances fit below it."),
            Step(
                text="Or raise the limit; -1 is none.",
                command="psql -d postgres -c 'ALTER DATABASE \"{database}\" CONNECTION LIMIT -1'",
            ),
        ),
        setting=SettingName.DATABASE,
    ),
    Cause.PG_DATABASE_NOT_ACCEPTING: CauseEntry(
        title="the database takes no connections",
        explanation=(
            "The database is there[: {database}], and is closed to everybody. So is template0 always, and one whose "
            "owner closed it for a restore, a rename or its end."
        ),
        shows='database "x" is not currently accepting connections, cannot connect to invalid database "x" (55000).',
        mistaken="a missing privilege: it is closed to superusers, too.",
        settled_by="datallowconn and datconnlimit of the database in pg_database",
        steps=(
            Step(text="See the databases, from another one.", command=_SEE_DATABASE),
            *set_anew("Set the name of the database that the app is meant to have", "DATABASE"),
            Step(
                text=(
                    "Or open it, from another one. After a restore that is still running it opens by itself; what was "
                    "dropped halfway (datconnlimit -2) cannot be opened, only dropped."
                ),
                command="psql -d postgres -c 'ALTER DATABASE \"{database}\" ALLOW_CONNECTIONS true'",
            ),
        ),
        setting=SettingName.DATABASE,
    ),
    Cause.PG_STANDBY_CLOSED: CauseEntry(
        title="the server is a standby that takes no sessions",
        explanation=(
            "It follows another server and has hot_standby turned off, so it lets nobody in. That does not pass by "
            "itself; after a failover an address may lead to the other side."
        ),
        shows="the database system is not accepting connections, Hot standby mode is disabled (57P03).",
        mistaken="a server that is starting: that one says so, and is ready soon.",
        settled_by="hot_standby in the server's settings, and which server is the primary",
        steps=(
            Step(
                text="See which instance is the primary.",
                command=(
                    "gcloud sql instances list --project {project} "
                    "--format='table(name,instanceType,masterInstanceName)'"
                ),
            ),
            *set_anew("Connect to the primary", "HOST"),
            Step(text="Or let the standby take readers: hot_standby = on, and a restart.", place=Place.OWN_SERVER),
        ),
        setting=SettingName.HOST,
    ),
}
