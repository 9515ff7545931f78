"""Causes in the state of the server and its sessions, and in its silence."""

from diagnostics.core.catalog.entry import Case, CauseEntry, Place, Step
from diagnostics.core.codes import Cause
from diagnostics.core.model import Route, SettingName

CAUSES: dict[Cause, CauseEntry] = {
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
                text="See who connects, on the server's own machine: that needs no session.",
                command="ss -tn state established '( sport = :{port} )'",
                place=Place.OWN_SERVER,
                elsewhere=True,
            ),
            Step(
                text="See how many the instance allows.",
                command=(
                    "gcloud sql instances describe {instance} --project {project} "
                    "--format='value(settings.databaseFlags,settings.tier)'"
                ),
                place=Place.GOOGLE,
            ),
            Step(
                text="See who holds them, as a superuser where the rest is reserved.",
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
            Step(
                text="If it stays so, read the server's log: it says how far the recovery is.",
                place=Place.OWN_SERVER,
            ),
        ),
        cases=(
            Case(
                place=Place.OWN_SERVER,
                settled_by="the same connection some seconds later, and the server's log",
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
            "The connection was accepted and then closed before PostgreSQL said anything. A server that restarts or "
            "has no room does that, and so does a load balancer or a pooler with nothing behind it."
        ),
        shows=(
            "server closed the connection unexpectedly, ConnectionDoesNotExistError, EOF, SSL SYSCALL error: EOF "
            "detected."
        ),
        mistaken="a crash of the database: it often was not reached at all.",
        settled_by="the log of that second: the server's, and that of the platform or proxy before it",
        steps=(
            Step(
                text="Read the platform's own reason.",
                command="gcloud logging read 'textPayload:\"Cloud SQL connection failed\"' --limit 5 --freshness 1h",
                doc="https://cloud.google.com/sql/docs/postgres/troubleshooting",
                place=Place.CLOUD_RUN,
                routes=(Route.SOCKET,),
            ),
            Step(
                text="Let the container read what the platform's end of the socket reads, and check again.",
                command=(
                    "gcloud projects add-iam-policy-binding {project} --member serviceAccount:{service_account} --role "
                    "roles/cloudsql.client"
                ),
                routes=(Route.SOCKET,),
            ),
            Step(
                text="See whether the instance was restarted.",
                command="gcloud sql operations list --instance {instance} --project {project} --limit 5",
            ),
            Step(
                text="Read what the server, or whatever stands before it, wrote into its log at that second.",
                place=Place.OWN_SERVER,
            ),
        ),
        cases=(
            Case(
                routes=(Route.SOCKET,),
                place=Place.GOOGLE,
                explanation=(
                    "The connection was accepted and then closed before PostgreSQL said anything. The platform's end "
                    "of the socket hangs up whenever its own way to the instance fails, and says why only in its log."
                ),
            ),
            Case(
                routes=(Route.CONNECTOR,),
                explanation=(
                    "The server-side proxy took the connection, and closed it before PostgreSQL said anything. It does "
                    "that when the instance behind it restarts or has no room, and for a client certificate that it "
                    "does not take."
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
                text="Read the log of the platform's end of the socket.",
                command="gcloud logging read 'textPayload:\"Cloud SQL connection failed\"' --limit 5 --freshness 1h",
                place=Place.CLOUD_RUN,
                routes=(Route.SOCKET,),
            ),
            Step(
                text="Compare the address with the instance's: a load balancer accepts for anybody.",
                command="gcloud sql instances describe {instance} --project {project} --format='value(ipAddresses)'",
                routes=(Route.DIRECT,),
            ),
            Step(
                text="Look at the server's load, and at what stands before it: a load balancer accepts for anybody.",
                place=Place.OWN_SERVER,
            ),
        ),
    ),
}
