"""What each check is about: a short subject for lists, and what its result means for ``explain``."""

from diagnostics.core.codes import CheckId
from diagnostics.core.model import Value


class CheckSubject(Value, frozen=True, kw_only=True):
    """``subject`` names the thing in a list; ``meaning`` is a paragraph."""

    subject: str
    meaning: str


def entry(check: CheckId) -> CheckSubject:
    """What the catalogue says of a check; every check has an entry."""
    subject, meaning = _ENTRIES[check]
    return CheckSubject(subject=subject, meaning=meaning)


APP_LIMITS = "the app's own time limits"
"""Never the reason where the path ends by itself, and what people raise first."""

_ENTRIES: dict[CheckId, tuple[str, str]] = {
    CheckId.CONFIG_TARGET: (
        "the settings",
        (
            "Reads the settings as the app would, from flags, configuration file and environment, and says whether "
            "they name one target. All problems are listed at once. From a URL that cannot be read nothing is shown or "
            "dialled."
        ),
    ),
    CheckId.CONFIG_HYGIENE: (
        "the raw values of the settings",
        (
            "Looks for what is invisible or not meant: white space at the ends, quotes, placeholders, a fallback to "
            "localhost, two families of variables that disagree. It only warns; where the path breaks on such a value, "
            "the value is the cause."
        ),
    ),
    CheckId.CONFIG_DIALECT: (
        "the driver's options",
        (
            "Compares the options of the URL with those that the driver named in it takes. It warns; the driver's own "
            "check shows whether the driver gives up over them."
        ),
    ),
    CheckId.RUNTIME_PLATFORM: (
        "the platform",
        (
            "Says where this process runs, from the environment and the machine's own description. Nothing is "
            "contacted for it."
        ),
    ),
    CheckId.RUNTIME_FREEZE: (
        "the CPU of this process",
        (
            "A clock of our own ticks ten times a second while the path is climbed. A gap of seconds means that the "
            "process had no CPU, so silence measured in that time says nothing about the network."
        ),
    ),
    CheckId.METADATA_SERVER: (
        "the metadata server",
        (
            "Asks Google's metadata server, by name as every library does, and by address to tell a broken name from a "
            "broken server. It is on the same machine and needs no way through a VPC."
        ),
    ),
    CheckId.IDENTITY_ACCOUNT: (
        "the service account",
        (
            "Reads which service account the container runs as, and with which scopes. Permissions have to be granted "
            "to this account, whatever account a deployment was meant to have."
        ),
    ),
    CheckId.IDENTITY_TOKEN: (
        "access tokens",
        (
            "Fetches an access token for the Admin API and, for IAM login, one to log in with. Tokens are used, never "
            "shown."
        ),
    ),
    CheckId.EGRESS_GOOGLE_APIS: (
        "the way to Google's APIs",
        (
            "One TCP connection to the public address of Google's APIs and one to private.googleapis.com, nothing "
            "sent. A measurement: it never fails, and only together with others does silence become a cause."
        ),
    ),
    CheckId.EGRESS_PUBLIC: (
        "the way to public addresses",
        (
            "One TCP connection to a neutral public address, nothing sent, only when the path is broken. "
            "CLOUDSQL_DIAG_CONTROL_PUBLIC names another address, or turns it off."
        ),
    ),
    CheckId.EGRESS_PRIVATE: (
        "the way to other private addresses",
        (
            "One TCP connection to private addresses that the settings name, or CLOUDSQL_DIAG_CONTROL_PRIVATE does. An "
            "answer from there means that the VPC itself can be reached."
        ),
    ),
    CheckId.EGRESS_INSTANCE: (
        "the way to the instance's addresses",
        (
            "One TCP connection to every known address of the instance on 5432, where PostgreSQL listens, and on 3307, "
            "where the server-side proxy listens for connectors and for the mounted socket, whatever the engine."
        ),
    ),
    CheckId.DNS_RESOLVER: (
        "the name servers",
        (
            "Asks each name server of the container directly, which the system's resolver hides: one that is silent "
            "costs seconds at every lookup, and two may disagree."
        ),
    ),
    CheckId.DNS_TARGET: (
        "the host's name",
        (
            "Resolves the host as the app's driver would. An answer says nothing about the way there: on Cloud Run "
            "names resolve before the VPC lets packets out."
        ),
    ),
    CheckId.DNS_APIS: (
        "the name of the Admin API",
        (
            "Resolves the name of the Cloud SQL Admin API and says which class of address it has: public, or one of "
            "the private addresses that need Private Google Access."
        ),
    ),
    CheckId.ADMIN_CONNECT_SETTINGS: (
        "the instance's connect settings",
        (
            "Makes the call that every connector makes first: region, addresses and certificate authority of the "
            "instance. Needs cloudsql.instances.get, which roles/cloudsql.client has."
        ),
    ),
    CheckId.ADMIN_INSTANCE: (
        "the instance's state and settings",
        (
            "Reads state, activation policy, TLS mode, connector enforcement and flags of the instance. Needs "
            "cloudsql.instances.get; without it the answer stays unknown and nothing else changes."
        ),
    ),
    CheckId.ADMIN_CERTIFICATE: (
        "the client certificate",
        (
            "Asks the Admin API to sign a client certificate that lasts an hour, as connectors do. Needs "
            "cloudsql.instances.connect."
        ),
    ),
    CheckId.IAM_PERMISSIONS: (
        "the permissions held",
        (
            "Asks which permissions the service account holds on the project. Advisory: a grant limited to one "
            "instance does not show here, so only the real calls count."
        ),
    ),
    CheckId.RUN_REVISION: (
        "the revision's configuration",
        (
            "Reads how this revision, or this job, is deployed: egress setting, connector or networks, attached Cloud "
            "SQL sockets, service account, CPU, probe. Needs run.revisions.get, which roles/run.viewer has; without it "
            "the answer stays unknown and nothing else changes. Values of variables are never read."
        ),
    ),
    CheckId.VPC_CONNECTOR: (
        "the connector to the VPC",
        (
            "Reads state, range and machine type of the Serverless VPC Access connector that the revision names. Needs "
            "vpcaccess.connectors.get, which roles/vpcaccess.viewer has; without it the answer stays unknown."
        ),
    ),
    CheckId.SOCKET_MOUNT: (
        "the mounted socket",
        (
            "Connects to the socket that the settings name and lists what is attached beside it. The socket accepts "
            "whether or not the platform's end of it can reach the instance."
        ),
    ),
    CheckId.TCP_CONNECT: (
        "a connection",
        (
            "Connects to the target's addresses in the order the app's driver takes them. A refusal means that a "
            "packet arrived and nothing listens; silence means that it was dropped somewhere."
        ),
    ),
    CheckId.TLS_HANDSHAKE: (
        "TLS",
        (
            "Asks PostgreSQL for TLS and shakes hands as sslmode demands; on the connector route mutual TLS against "
            "the instance's own authority. A refused client certificate shows only at the next step."
        ),
    ),
    CheckId.POSTGRES_STARTUP: (
        "PostgreSQL's answer",
        (
            "Sends PostgreSQL's startup message and waits for a request to authenticate. No password is needed to get "
            "that far."
        ),
    ),
    CheckId.POSTGRES_AUTH: (
        "user, password, database and IAM login",
        (
            "Logs in with the password, or with an IAM token over TLS. The server's SQLSTATE says which part it did "
            "not take."
        ),
    ),
    CheckId.POSTGRES_QUERY: (
        "a query",
        "Runs SELECT 1. It touches no table, so what fails here is the session and not the data.",
    ),
    CheckId.DRIVER_ASYNCPG: (
        "the driver asyncpg",
        (
            "Connects with asyncpg as the app would, with the app's own URL, and runs SELECT 1. It runs in a process "
            "of its own with limits for its time and memory, whatever the server sends."
        ),
    ),
    CheckId.DRIVER_PSYCOPG: (
        "the driver psycopg",
        (
            "Connects with psycopg 3 as the app would, with the app's own URL, and runs SELECT 1. It runs in a process "
            "of its own with limits for its time and memory, whatever the server sends."
        ),
    ),
    CheckId.DRIVER_CONNECTOR: (
        "the Cloud SQL Python connector",
        (
            "Connects with Google's connector in a process of its own, which is ended when its time is over or its "
            "memory used up."
        ),
    ),
    CheckId.POSTGRES_CAPACITY: (
        "the server's connection slots",
        (
            "Counts the connection slots of the server and how many are taken, on the connection that is open anyway, "
            "with what every user may read. It warns when the next instance of an app would not get its pool."
        ),
    ),
    CheckId.POSTGRES_SESSION: (
        "the server's session",
        (
            "Asks on the connection that is open anyway whether the server takes writes, which of its limits end a "
            "statement or a session early, and what the role and the database may still have. It never fails: what an "
            "app would run into is a remark, unless a name says that a replica is meant."
        ),
    ),
    CheckId.APP_BUDGET: (
        APP_LIMITS,
        (
            "Compares the time that connecting took with the limit that the app sets itself, where --app-timeout names "
            "one: the time of the app's own driver where it ran, else that of the ladder and the look-ups before it."
        ),
    ),
}
