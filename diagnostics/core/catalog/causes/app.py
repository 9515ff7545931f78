"""Causes in pools, quotas, the container and the app, and what no rule explains."""

from diagnostics.core.catalog.entry import Case, CauseEntry, Place, Step
from diagnostics.core.codes import Cause
from diagnostics.core.findings import Code

_INSIDE_THE_APP = (
    "it happens inside the app; a run makes connections of its own and shares neither its pool nor its event loop, so "
    "that only the app's text shows it"
)
_ANOTHER_PROCESS = "it is the end of another process, which the platform's log tells; the path works for this one"

CAUSES: dict[Cause, CauseEntry] = {
    Cause.POOL_EXHAUSTED: CauseEntry(
        title="the app's own pool has no connection left",
        explanation=(
            "All connections of the pool are in use, so the app waits for its own and not for the database. Leaks and "
            "long transactions do that as well as a small pool."
        ),
        shows="QueuePool limit of size ... reached, Timed out fetching a new connection from the pool.",
        mistaken="a server without free slots: that says 53300.",
        settled_by="the pool's own numbers, while a fresh connection works",
        steps=(
            Step(
                text="Return connections in every path of the code, with context managers.",
            ),
            Step(
                text="Make the pool larger as far as max_connections allows.",
                command="psql -c 'SHOW max_connections'",
            ),
        ),
        cases=(
            Case(
                codes=(
                    Code.POSTGRES_STARTUP_POOLER_FULL,
                    Code.POSTGRES_AUTH_POOLER_FULL,
                    Code.POSTGRES_QUERY_POOLER_FULL,
                    Code.POSTGRES_QUERY_POOLER_WAIT,
                ),
                title="the pooler in between has no connection left",
                explanation=(
                    "A pooler stands before the server, and all that it has are in use: those for clients, or those to "
                    "the server. The server may well have room."
                ),
                settled_by="the pooler's own numbers: SHOW POOLS in PgBouncer's console",
                steps=(
                    Step(
                        text="See who holds them, as a user of the pooler's console.",
                        command="psql -h {host} -p {port} -d pgbouncer -c 'SHOW POOLS'",
                    ),
                    Step(text="Return connections in every path of the code, and end transactions soon."),
                    Step(
                        text=(
                            "Or give the pooler more: max_client_conn for clients, default_pool_size for the server, "
                            "as far as max_connections of the server allows."
                        ),
                        doc="https://www.pgbouncer.org/config.html",
                    ),
                ),
            ),
        ),
    ),
    Cause.POOL_STALE_CONNECTION: CauseEntry(
        title="a pooled connection died while it was idle",
        explanation=(
            "The pool handed out a connection that the other side had closed long ago. Only the first query after a "
            "pause fails."
        ),
        shows=(
            "SSL connection has been closed unexpectedly, server closed the connection unexpectedly, connection is "
            "closed."
        ),
        mistaken="an unstable network.",
        settled_by="a fresh connection at the same moment",
        steps=(
            Step(
                text="Test connections before use: pool_pre_ping=True in SQLAlchemy.",
            ),
            Step(
                text="Replace them before idle limits: pool_recycle=1800.",
            ),
        ),
    ),
    Cause.POOL_FORK_SHARED: CauseEntry(
        title="processes share one connection after a fork",
        explanation=(
            "A pool was made before the process forked, so two workers speak over one connection. Bytes of both mix."
        ),
        shows=(
            "decryption failed or bad record mac, lost synchronization with server, results that belong to another "
            "query."
        ),
        mistaken="a TLS problem or a faulty network.",
        settled_by="a run with one worker",
        steps=(
            Step(
                text="Make the pool after the fork, or call engine.dispose(close=False) in each worker.",
            ),
        ),
        not_produced=_INSIDE_THE_APP,
    ),
    Cause.QUOTA_CLOUDRUN_LIMIT: CauseEntry(
        title="a limit of Cloud Run is reached",
        explanation=(
            "Cloud Run allows 100 connections of one container instance to one Cloud SQL instance over the mounted "
            "socket, and bounds instances and CPU. What goes over is refused."
        ),
        shows=(
            "Exceeded maximum of 100 connections per instance; The request was aborted because there was no available "
            "instance."
        ),
        mistaken="a server without free slots.",
        settled_by="the platform's log line, and the number of open connections of one container",
        steps=(
            Step(
                text="Make the pool of one container smaller than 100, and spread load over more instances.",
                command="gcloud run {resource} update {service} --region {region} --concurrency N",
                doc="https://cloud.google.com/sql/quotas",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Or connect by a connector library or the private address, where this limit does not hold.",
            ),
        ),
        not_produced=(
            "the platform counts the connections of a whole container, and refuses on its own end of the socket, "
            "which the lab does not do"
        ),
    ),
    Cause.RUNTIME_PORT_NOT_LISTENING: CauseEntry(
        title="the container does not listen on its port",
        explanation=(
            "Cloud Run waits until something listens on $PORT on all addresses. An app that connects to its database "
            "first may never get there."
        ),
        shows=(
            "The user-provided container failed to start and listen on the port defined by the PORT environment "
            "variable."
        ),
        mistaken="a broken database: the app may have died of something else, before or after.",
        settled_by="the first error in the revision's log",
        steps=(
            Step(
                text="Listen on 0.0.0.0:$PORT first, and connect to the database after that.",
            ),
            Step(
                text="Read the first error.",
                command="gcloud run services logs read {service} --region {region} --limit 50",
                place=Place.CLOUD_RUN,
            ),
        ),
        not_produced=_ANOTHER_PROCESS,
    ),
    Cause.RUNTIME_STARTUP_CRASH: CauseEntry(
        title="the app ends while it starts",
        explanation=(
            "The process or its worker ended during its start; something before that is the cause. A server such as "
            "gunicorn then exits with 3."
        ),
        shows="Worker failed to boot, Worker exited with code 3, Container called exit.",
        mistaken="a database problem, when the path to the database works.",
        settled_by="the first exception in the revision's log",
        steps=(
            Step(
                text="Read the first exception.",
                command="gcloud run services logs read {service} --region {region} --limit 50",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Read the first exception of the app's log.",
                place=Place.OUTSIDE,
            ),
        ),
        not_produced=_ANOTHER_PROCESS,
    ),
    Cause.RUNTIME_WORKER_TIMEOUT: CauseEntry(
        title="a worker was ended because it hung",
        explanation=(
            "The app's server ends workers that are silent for too long, often during a connect without a limit of its "
            "own. The hanging call is the cause, not the server's limit."
        ),
        shows="WORKER TIMEOUT of gunicorn, then a restart.",
        mistaken="too little memory: that is SIGKILL without these words.",
        settled_by="the stack of the hanging worker",
        steps=(
            Step(
                text="Give the database connection a limit that is shorter than the worker's.",
            ),
            Step(
                text="See whether the path works from this container.",
                command="cloudsql-diag check",
            ),
        ),
        not_produced=_ANOTHER_PROCESS,
    ),
    Cause.RUNTIME_OOM: CauseEntry(
        title="the container went over its memory limit",
        explanation=(
            "The platform ended the container because it used more memory than it may. Its connections ended with it, "
            "in the middle of whatever they did."
        ),
        shows="Memory limit of ... exceeded, found to be using too much memory and was terminated.",
        mistaken="a crash of the database.",
        settled_by="the platform's log line",
        steps=(
            Step(
                text="Give it more memory, or less to do at once.",
                command="gcloud run {resource} update {service} --region {region} --memory 1Gi --concurrency N",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Give it more memory, or less to do at once.",
                place=Place.OUTSIDE,
            ),
        ),
        not_produced=_ANOTHER_PROCESS,
    ),
    Cause.RUNTIME_CPU_THROTTLED: CauseEntry(
        title="the process has no CPU while it waits",
        explanation=(
            "Cloud Run gives CPU only while a request is being answered, unless the service is set otherwise. A "
            "process that stands still sees timeouts that nobody caused, and its tokens and certificates grow old."
        ),
        shows=(
            "refresh failed: context deadline exceeded that spans two requests, expired certificates after an idle "
            "hour, gaps in the log."
        ),
        mistaken="a broken network or a slow API.",
        settled_by="the same measurement while a request is open",
        steps=(
            Step(
                text="Let the instance keep its CPU.",
                command="gcloud run {resource} update {service} --region {region} --no-cpu-throttling",
                doc="https://cloud.google.com/run/docs/configuring/billing-settings",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text=(
                    'Or let connectors refresh when they are used: refresh_strategy="lazy" in Python, --lazy-refresh '
                    "for the proxy."
                ),
            ),
        ),
    ),
    Cause.RUNTIME_EVENT_LOOP_MISUSE: CauseEntry(
        title="a connection is used from two tasks or two event loops",
        explanation=(
            "A connection or connector belongs to the event loop and task that made it. Used from another one it fails "
            "without the database having a part."
        ),
        shows=(
            "got Future attached to a different loop, cannot perform operation: another operation is in progress, "
            "Event loop is closed."
        ),
        mistaken="a broken connection.",
        settled_by="a run with one task and one loop",
        steps=(
            Step(
                text="Make engine and connector inside the loop that uses them, one for each loop.",
            ),
            Step(
                text="One connection for each task: take them from a pool.",
            ),
        ),
        not_produced=_INSIDE_THE_APP,
    ),
    Cause.RUNTIME_EVENT_LOOP_BLOCKED: CauseEntry(
        title="the event loop is too busy to finish a connect",
        explanation=(
            "Something else keeps the loop or the main thread, so a handshake that takes milliseconds runs into its "
            "limit. From outside it looks like a slow database."
        ),
        shows="Timeouts just above the limit while other clients connect at once.",
        mistaken="a slow network or a slow database.",
        settled_by="the loop's own delay, and a connection from another process at the same time",
        steps=(
            Step(
                text="Move blocking calls into threads.",
            ),
            Step(
                text="See blocking calls.",
                command="PYTHONASYNCIODEBUG=1 COMMAND",
            ),
        ),
        not_produced=_INSIDE_THE_APP,
    ),
    Cause.RUNTIME_CLOCK_SKEW: CauseEntry(
        title="the clock of this machine is wrong",
        explanation=(
            "Certificates and tokens hold only between two moments, and this machine's clock is outside of them. "
            "Everything signed then looks expired or not yet valid."
        ),
        shows="certificate is not yet valid, Token must be a short-lived token, Invalid JWT.",
        mistaken="an expired certificate.",
        settled_by="the machine's time against a time server",
        steps=(
            Step(
                text="Compare.",
                command="date -u; curl -sI https://www.google.com | grep -i ^date",
            ),
            Step(
                text="Turn time synchronization on.",
                command="timedatectl set-ntp true",
                place=Place.OUTSIDE,
            ),
        ),
    ),
    Cause.APP_TIMEOUT_TOO_SHORT: CauseEntry(
        title="the app gives up before the path can be done",
        explanation=(
            "The path works, but takes longer than the app waits. A cold start with name, TLS and login takes several "
            "times what a warm connection does."
        ),
        shows=(
            "timeout exceeded when trying to connect, only at cold starts, while the same connection works a moment "
            "later."
        ),
        mistaken="a network that drops packets: then it never works.",
        settled_by="the measured time of each step against the app's limit",
        steps=(
            Step(
                text="Raise the app's limit: connecting took {other}, and a cold start takes several times that.",
                requires=("other",),
            ),
            Step(
                text="Wait 30 s for the first connection, and retry it.",
            ),
            Step(
                text="See where the time goes: the steps of this report with their times.",
                command="cloudsql-diag check -o text",
            ),
        ),
    ),
    Cause.UNCLASSIFIED: CauseEntry(
        title="something failed that no rule explains",
        explanation=(
            "The finding below is real, but says nothing about its cause that we know of. The evidence lists "
            "everything that was found in this run."
        ),
        shows=(
            "An answer that breaks PostgreSQL's protocol, a SQLSTATE that has nothing to do with connections, an "
            "exception that a driver should not raise."
        ),
        mistaken="anything: take the finding for what it says and no more.",
        settled_by="the peer's own log at that second",
        steps=(
            Step(
                text="Read the log of the instance.",
                command=(
                    "gcloud logging read 'resource.type=\"cloudsql_database\"' --project {project} --limit 20 "
                    "--freshness 1h"
                ),
            ),
            Step(
                text="Read the log of the server at that second.",
                place=Place.OWN_SERVER,
            ),
            Step(
                text="Keep the report; a later version can diagnose it again.",
                command="cloudsql-diag check -o json > report.json; cloudsql-diag explain --report report.json",
            ),
        ),
    ),
}
