"""Causes that PostgreSQL names when somebody logs in."""

from diagnostics.core.catalog.causes.steps import CONNECT, PASSWORD, SEE_ROLE, set_anew
from diagnostics.core.catalog.entry import Case, CauseEntry, Place, Step
from diagnostics.core.codes import Cause
from diagnostics.core.model import Route, SettingName

CAUSES: dict[Cause, CauseEntry] = {
    Cause.PG_AUTH_PASSWORD: CauseEntry(
        title="the server does not accept the password",
        explanation=(
            "The server said so itself (SQLSTATE 28P01)[, for the user {user}]. It says the same for a user that does "
            "not exist, so that nobody can find out names."
        ),
        shows="FATAL: password authentication failed for user.",
        mistaken="a network or TLS problem: both are past when the server says this.",
        settled_by="a login with the password typed by hand",
        steps=(
            Step(
                text="See whether the user exists.",
                command="gcloud sql users list --instance {instance} --project {project}",
            ),
            Step(
                text="See whether the role exists, and until when its password is valid, as another role.",
                command=SEE_ROLE,
                place=Place.OWN_SERVER,
            ),
            *set_anew("Give the app the password that the user has", kept=PASSWORD),
            Step(
                text="Or set another one for the user; whoever else logs in so needs it, too.",
                command=(
                    "gcloud sql users set-password {user} --instance {instance} --project {project} "
                    "--prompt-for-password"
                ),
            ),
            Step(
                text="Or set another one for the user; whoever else logs in so needs it, too.",
                command="psql -d postgres -c '\\password {user}'",
                place=Place.OWN_SERVER,
            ),
        ),
        setting=SettingName.PASSWORD,
    ),
    Cause.PG_NO_PASSWORD: CauseEntry(
        title="the server asks for a password, and none is set",
        explanation=(
            "The user has to authenticate with a password, and the settings have none. For IAM login the client has to "
            "be told so; it then sends a token in its place."
        ),
        shows="fe_sendauth: no password supplied, client password must be a string, empty password returned by client.",
        mistaken="a wrong password.",
        settled_by="the effective settings of this container",
        steps=(
            *set_anew("Give the process the password", kept=PASSWORD),
            Step(
                text="Or log in by IAM.",
                doc="https://cloud.google.com/sql/docs/postgres/iam-logins",
                place=Place.GOOGLE,
            ),
        ),
        setting=SettingName.PASSWORD,
        cases=(
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "The user has to authenticate with a password, and the settings have none. A password file or a "
                    "variable of another user, or of another shell, does not get to this process."
                ),
            ),
        ),
    ),
    Cause.PG_AUTH_METHOD_UNSUPPORTED: CauseEntry(
        title="the server asks for an authentication that the client cannot do",
        explanation=(
            "The method that the server demands is not known to this client, such as GSSAPI, SSPI or certificates. Old "
            "client libraries lack SCRAM-SHA-256, which is the default today."
        ),
        shows="authentication method 10 not supported, SCRAM authentication requires libpq version 10 or above.",
        mistaken="a wrong password.",
        settled_by="the method in the server's request, which the evidence names",
        steps=(
            Step(
                text="Upgrade the client library.",
            ),
            Step(
                text="Use a user with a password or IAM login.",
                command="gcloud sql users list --instance {instance} --project {project}",
            ),
        ),
    ),
    Cause.PG_NO_HBA_ENTRY: CauseEntry(
        title="no rule of the server lets this client in",
        explanation=(
            "The server's rules (pg_hba.conf) have no entry for this address, user and database[: {user}, {database}]. "
            "On Cloud SQL the rules follow from the instance's settings."
        ),
        shows="no pg_hba.conf entry for host (28000).",
        mistaken=(
            "a missing password: no password was asked for yet. Without TLS the words no encryption stand in the "
            "message."
        ),
        settled_by="the message, which names address, user and database",
        steps=(
            Step(
                text="Correct user and database.",
                command="cloudsql-diag config",
            ),
            Step(
                text="Add a rule; these are the ones that hold.",
                command="psql -c 'SELECT * FROM pg_hba_file_rules'",
                doc="https://www.postgresql.org/docs/current/auth-pg-hba-conf.html",
                place=Place.OWN_SERVER,
            ),
            Step(
                text="Use a connector or the mounted socket, or an address that the instance takes.",
                doc=CONNECT,
                routes=(Route.DIRECT,),
            ),
        ),
        setting=SettingName.USER,
        cases=(
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "The server's rules (pg_hba.conf) have no entry for this address, user and database"
                    "[: {user}, {database}]. The first entry that fits counts, and where none does the server says no."
                ),
            ),
        ),
    ),
    Cause.PG_ROLE_MISSING: CauseEntry(
        title="the role does not exist",
        explanation=(
            "The server knows no user of this name[: {user}]. Without a user in the settings many drivers take the "
            "name of the operating system's user."
        ),
        shows='role "x" does not exist (28000).',
        mistaken="a wrong password: with password methods a missing role looks like one.",
        settled_by="the server's list of users",
        steps=(
            Step(
                text="See the users.",
                command="gcloud sql users list --instance {instance} --project {project}",
            ),
            Step(
                text="Or create the user.",
                command=(
                    "gcloud sql users create {user} --instance {instance} --project {project} --prompt-for-password"
                ),
            ),
            Step(
                text="Or create the user, and give it a password.",
                command="psql -d postgres -c 'CREATE ROLE \"{user}\" LOGIN' -c '\\password {user}'",
                place=Place.OWN_SERVER,
            ),
            *set_anew("Set the right name", "USER"),
        ),
        setting=SettingName.USER,
    ),
    Cause.PG_DATABASE_MISSING: CauseEntry(
        title="the database does not exist",
        explanation=(
            "The user was let in, but the server has no database of this name[: {database}]. The name of the instance "
            "is not the name of a database."
        ),
        shows='database "x" does not exist (3D000).',
        mistaken="an invisible character in the name: then the name in the message breaks over two lines.",
        settled_by="the server's list of databases",
        steps=(
            Step(
                text="See the databases.",
                command="gcloud sql databases list --instance {instance} --project {project}",
            ),
            Step(
                text="See the databases.",
                command="psql -l",
                place=Place.OWN_SERVER,
            ),
            *set_anew("Set the right name", "DATABASE"),
            Step(
                text="Or create it.",
                command="gcloud sql databases create {database} --instance {instance} --project {project}",
            ),
            Step(
                text="Or create it.",
                command="psql -d postgres -c 'CREATE DATABASE \"{database}\"'",
                place=Place.OWN_SERVER,
            ),
        ),
        setting=SettingName.DATABASE,
        cases=(
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "The user was let in, but the server has no database of this name[: {database}]. A new server has "
                    "postgres and two templates, and no database of an app."
                ),
            ),
        ),
    ),
    Cause.PG_PERMISSION_DENIED: CauseEntry(
        title="the user is known, but may not do this",
        explanation=(
            "The login worked, and then a privilege was missing[: {user} on {database}]. IAM roles give no privileges "
            "inside the database."
        ),
        shows=(
            "permission denied for database or schema (42501), database is not currently accepting connections (55000)."
        ),
        mistaken="a wrong password or a missing IAM role: both come earlier.",
        settled_by="the privileges of the user in this database",
        steps=(
            Step(
                text="See who may connect: no entry stands for everybody.",
                command="psql -d postgres -c 'SELECT datname, datacl FROM pg_database'",
            ),
            Step(
                text="Grant what is missing.",
                command='psql -d {database} -c \'GRANT CONNECT ON DATABASE "{database}" TO "{user}"\'',
            ),
            Step(
                text="From PostgreSQL 15 on CREATE on the schema public has to be granted, too.",
                command="psql -d {database} -c 'GRANT CREATE ON SCHEMA public TO \"{user}\"'",
            ),
        ),
        setting=SettingName.USER,
        cases=(
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "The login worked, and then a privilege was missing[: {user} on {database}]. A role that may log "
                    "in has no privilege on a database or schema by that alone."
                ),
            ),
        ),
    ),
}
