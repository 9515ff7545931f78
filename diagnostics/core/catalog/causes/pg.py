"""Causes that PostgreSQL itself names, or shows by its silence."""

from diagnostics.core.catalog.entry import CauseEntry, Place, Step
from diagnostics.core.codes import Cause
from diagnostics.core.model import SettingName

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
                text="Set the password of the user.",
                command=(
                    "gcloud sql users set-password {user} --instance {instance} --project {project} "
                    "--prompt-for-password"
                ),
            ),
            Step(
                text="Store it where the app reads it, without a line break.",
                command='printf %s "VALUE" | gcloud secrets versions add SECRET --data-file=-',
            ),
            Step(
                text="Make the revision read the new version.",
                command=(
                    "gcloud run {resource} update {service} --region {region} --update-secrets {setting}=SECRET:latest"
                ),
                place=Place.CLOUD_RUN,
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
            Step(
                text="Give the container the password.",
                command=(
                    "gcloud run {resource} update {service} --region {region} --update-secrets {setting}=SECRET:latest"
                ),
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Set it where the process is started.",
                place=Place.OUTSIDE,
            ),
            Step(
                text="Or log in by IAM.",
                doc="https://cloud.google.com/sql/docs/postgres/iam-logins",
            ),
        ),
        setting=SettingName.PASSWORD,
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
                text="On a server of your own add a rule.",
                command="psql -c 'SELECT * FROM pg_hba_file_rules'",
                doc="https://www.postgresql.org/docs/current/auth-pg-hba-conf.html",
            ),
            Step(
                text="On Cloud SQL use a connector or the mounted socket, or an address that the instance takes.",
                doc="https://cloud.google.com/sql/docs/postgres/connect-run",
            ),
        ),
        setting=SettingName.USER,
    ),
    Cause.PG_ROLE_MISSING: CauseEntry(
        title="the role does not exist",
        explanation=(
            "The server knows no user of this name[: {user}]. Without a user in the settings many drivers take the "
            "name of the operating system's user."
        ),
        shows='role "x" does not exist (28000).',
        mistaken="a wrong password: with password methods a missing role looks like one.",
        settled_by="the instance's list of users",
        steps=(
            Step(
                text="See the users.",
                command="gcloud sql users list --instance {instance} --project {project}",
            ),
            Step(
                text="Create the user.",
                command=(
                    "gcloud sql users create {user} --instance {instance} --project {project} --prompt-for-password"
                ),
            ),
            Step(
                text="Or set the right name.",
                command="gcloud run {resource} update {service} --region {region} --update-env-vars {setting}=USER",
                place=Place.CLOUD_RUN,
            ),
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
        settled_by="the instance's list of databases",
        steps=(
            Step(
                text="See the databases.",
                command="gcloud sql databases list --instance {instance} --project {project}",
            ),
            Step(
                text="Set the right name.",
                command="gcloud run {resource} update {service} --region {region} --update-env-vars {setting}=DATABASE",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Or create it.",
                command="gcloud sql databases create {database} --instance {instance} --project {project}",
            ),
        ),
        setting=SettingName.DATABASE,
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
                text="Grant what is missing.",
                command='psql -d {database} -c \'GRANT CONNECT ON DATABASE "{database}" TO "{user}"\'',
            ),
            Step(
                text="From PostgreSQL 15 on CREATE on the schema public has to be granted, too.",
                command="psql -d {database} -c 'GRANT CREATE ON SCHEMA public TO \"{user}\"'",
            ),
        ),
        setting=SettingName.USER,
    ),
    Cause.PG_TOO_MANY_CONNECTIONS: CauseEntry(
        title="every connection slot of the server is taken",
        explanation=(
            "The server takes max_connections sessions and no more, a few of them reserved. Pool size times workers "
            "times container instances has to stay below that."
        ),
        shows=(
            "sorry, too many clients already; remaining connection slots are reserved (53300); on the mounted socket "
            "sometimes only EOF."
        ),
        mistaken="a slow or broken database.",
        settled_by="the number of sessions and max_connections",
        steps=(
            Step(
                text=(
                    "Make the numbers fit: {slots} slots for up to {max_instances} container instances leave "
                    "{per_instance} for each, its whole pool in all its workers."
                ),
                requires=("per_instance",),
            ),
            Step(
                text="See who holds them.",
                command=(
                    "psql -c 'SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 "
                    "ORDER BY 4 DESC'"
                ),
            ),
            Step(
                text="Bound the number of container instances.",
                command="gcloud run {resource} update {service} --region {region} --max-instances N",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Make pools smaller, or put a pooler before the database.",
                doc="https://cloud.google.com/sql/quotas",
            ),
            Step(
                text="Or raise the limit. This replaces all flags of the instance, so name those that are set, too.",
                command="gcloud sql instances patch {instance} --project {project} --database-flags max_connections=N",
            ),
        ),
    ),
    Cause.PG_NOT_READY: CauseEntry(
        title="the server is starting, stopping or recovering",
        explanation=(
            "PostgreSQL answers, but takes no sessions yet (SQLSTATE 57P03). It passes when the start or recovery is "
            "done."
        ),
        shows="the database system is starting up, is shutting down, is in recovery mode.",
        mistaken="a stopped instance: that does not answer at all.",
        settled_by="the same connection some seconds later, and the instance's operations",
        steps=(
            Step(
                text="Wait for it.",
                command="cloudsql-diag wait --timeout 120",
            ),
            Step(
                text="See why it restarts.",
                command="gcloud sql operations list --instance {instance} --project {project} --limit 5",
            ),
            Step(
                text="If it stays so, look at memory and storage of the instance.",
                doc="https://cloud.google.com/sql/docs/postgres/troubleshooting",
            ),
        ),
    ),
    Cause.PG_READ_ONLY: CauseEntry(
        title="the server takes no writes here",
        explanation=(
            "The session is on a replica, or read-only for another reason, and something tried to write. After a "
            "failover an address may lead to the other side."
        ),
        shows="cannot execute INSERT in a read-only transaction (25006).",
        mistaken="a missing privilege.",
        settled_by="whether the server is in recovery",
        steps=(
            Step(
                text="Ask the server.",
                command="psql -c 'SELECT pg_is_in_recovery()'",
            ),
            Step(
                text="Connect to the primary.",
                command=(
                    "gcloud sql instances describe {instance} --project {project} "
                    "--format='value(masterInstanceName,ipAddresses)'"
                ),
            ),
        ),
        setting=SettingName.HOST,
    ),
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
    Cause.PG_SERVER_TIMEOUT: CauseEntry(
        title="the server ended a statement or session by a limit of its own",
        explanation=(
            "statement_timeout, idle_in_transaction_session_timeout or a similar limit of the server fired. The "
            "connection itself is fine."
        ),
        shows="canceling statement due to statement timeout (57014), idle-in-transaction timeout (25P03).",
        mistaken="a broken network.",
        settled_by="the limits that hold for this user and database",
        steps=(
            Step(
                text="See the limits.",
                command="psql -d {database} -c \"SELECT name, setting FROM pg_settings WHERE name LIKE '%timeout'\"",
            ),
            Step(
                text="Make transactions shorter, or set another limit for the user.",
                command="psql -d {database} -c 'ALTER ROLE \"{user}\" SET statement_timeout = 30000'",
            ),
        ),
    ),
    Cause.PG_SERVER_CLOSED: CauseEntry(
        title="the other side hung up without a word",
        explanation=(
            "The connection was accepted and then closed before PostgreSQL said anything. On the mounted socket the "
            "platform hangs up whenever its own way to the instance fails, and says why only in its log."
        ),
        shows=(
            "server closed the connection unexpectedly, ConnectionDoesNotExistError, EOF, SSL SYSCALL error: EOF "
            "detected."
        ),
        mistaken="a crash of the database: it often was not reached at all.",
        settled_by="the platform's or proxy's log of that second",
        steps=(
            Step(
                text="Read the platform's own reason.",
                command="gcloud logging read 'textPayload:\"Cloud SQL connection failed\"' --limit 5 --freshness 1h",
                doc="https://cloud.google.com/sql/docs/postgres/troubleshooting",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="See whether the instance was restarted.",
                command="gcloud sql operations list --instance {instance} --project {project} --limit 5",
            ),
            Step(
                text="Let the container read what the proxy reads, and check again.",
                command=(
                    "gcloud projects add-iam-policy-binding {project} --member serviceAccount:{service_account} --role "
                    "roles/cloudsql.client"
                ),
            ),
        ),
    ),
    Cause.PG_NO_ANSWER: CauseEntry(
        title="the other side accepts and then says nothing",
        explanation=(
            "The connection stands, and not a byte came back. Either the server is too busy to start a session, or "
            "what accepted is only a forwarder with nothing behind it."
        ),
        shows="A timeout after the connection was made, with no answer to the first message.",
        mistaken="a firewall: that does not let the connection come about.",
        settled_by="the server's load at that time, and what stands between",
        steps=(
            Step(
                text="Look at CPU, memory and connections of the instance.",
                command=(
                    "gcloud sql instances describe {instance} --project {project} --format='value(state,settings.tier)'"
                ),
            ),
            Step(
                text="On the mounted socket, read the platform's log.",
                command="gcloud logging read 'textPayload:\"Cloud SQL connection failed\"' --limit 5 --freshness 1h",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Compare the address with the instance's: a load balancer accepts for anybody.",
                command="gcloud sql instances describe {instance} --project {project} --format='value(ipAddresses)'",
            ),
        ),
    ),
}
