"""The shape of a pattern: the wordings of a documented constant or of an outcome, and the causes that produce them.

A failure text says who speaks, what was being done, and what came of it. The last is a pattern; the first two, and the
place, are signs beside its words. A constant that exists for one cause needs no sign.
"""

from enum import Enum, StrEnum

from diagnostics.core.codes import Cause
from diagnostics.core.model import Value


class Place(StrEnum):
    """What else a line names: where something was dialled, read or asked."""

    LOOPBACK = "loopback"
    PRIVATE = "private"
    PUBLIC = "public"
    PROXY_PORT = "proxy_port"
    """Port 3307, where the server-side proxy listens."""
    HTTPS_PORT = "https_port"
    METADATA = "metadata"
    GOOGLE_API = "google_api"
    GOOGLE_VIP = "google_vip"
    """The addresses of private.googleapis.com and restricted.googleapis.com."""
    MOUNT = "mount"
    """A path under /cloudsql."""
    MOUNT_DIRECTORY = "mount_directory"
    """A path under /cloudsql that was dialled, and is a directory where the engine is PostgreSQL."""
    EMPTY_MOUNT = "empty_mount"
    """/cloudsql/ with nothing behind it: a variable that is empty."""
    HOST_WITH_PORT = "host_with_port"
    """A port inside what a resolver was asked for."""
    TEMPLATE = "template"
    """A value that somebody should have replaced, or that should have been expanded."""
    LOCAL_SOCKET = "local_socket"
    """The directories in which a PostgreSQL on the same machine has its socket."""
    UNIX_SOCKET = "unix_socket"
    OTHER_SOCKET = "other_socket"
    """PostgreSQL's socket with the number of another port than 5432."""
    CLOUD_SQL = "cloud_sql"
    """Cloud SQL, and nothing closer."""
    INSTANCE_NAME = "instance_name"
    """An instance connection name, or its end, in place of a host or a port."""
    ADDRESS_AS_NAME = "address_as_name"
    """An IP address that a resolver was asked for."""
    PRIVATE_NAME = "private_name"
    """A name of a private zone, such as those of Private Service Connect."""
    SHORT_NAME = "short_name"
    """A host name of one word."""
    SETTING = "setting"
    """A variable that gives the database, by its name."""
    IAM_USER = "iam_user"
    """A database user with the name of a service account or a person's e-mail address."""
    FULL_IAM_USER = "full_iam_user"
    """With the suffix .gserviceaccount.com, or a part of it, which PostgreSQL's names of service accounts lack."""


class Speaker(StrEnum):
    """Who wrote the line."""

    PROXY = "proxy"
    """The Cloud SQL proxy that runs beside the app."""
    CONNECTOR = "connector"
    """A Cloud SQL connector inside the app."""
    DEPLOYMENT = "deployment"
    """The platform, or a tool that asks it, while a revision or another resource is made."""
    REQUEST = "request"
    """The platform or a load balancer, of one request."""
    ORCHESTRATOR = "orchestrator"
    """Whoever starts, probes and stops containers."""
    POOLER = "pooler"
    """PgBouncer and its like."""


class Operation(StrEnum):
    """What was being done, or to what."""

    LOAD_DRIVER = "load_driver"
    READ_URL = "read_url"
    READ_INSTANCE_NAME = "read_instance_name"
    READ_OPTION = "read_option"
    """An option or argument that is handed to a driver."""
    READ_FLAG = "read_flag"
    """One of the proxy's command line."""
    READ_SECRET = "read_secret"
    READ_CERTIFICATE_FILE = "read_certificate_file"
    READ_KEY_FILE = "read_key_file"
    """A service account's key, or another file of credentials."""
    FIND_CREDENTIALS = "find_credentials"
    USE_ACCOUNT = "use_account"
    """A service account, by its name or a permission on it."""
    GET_TOKEN = "get_token"
    CALL_HTTP = "call_http"
    """Any call by a library for HTTP, whoever is called."""
    REFRESH_CERTIFICATE = "refresh_certificate"
    PROXY_LISTENS = "proxy_listens"
    """The proxy beside the app says that it takes connections now."""
    USE_INSTANCE = "use_instance"
    """The Cloud SQL instance as a resource of the Admin API."""
    RUN_OPERATION = "run_operation"
    """An operation of the Admin API on the instance."""
    ATTACH_NETWORK = "attach_network"
    """The revision's way into a VPC network: connector, subnet, network interface."""
    HANDSHAKE = "handshake"
    VERIFY_CERTIFICATE = "verify_certificate"
    """The peer's."""
    SEND_PASSWORD = "send_password"
    USE_DATABASE = "use_database"
    USE_ROLE = "use_role"
    USE_OBJECT = "use_object"
    """A schema, table or the like, after login."""
    RUN_STATEMENT = "run_statement"
    USE_CONNECTION = "use_connection"
    """Reading from or writing to a connection that was open."""
    KEEP_SESSION = "keep_session"
    """A session that is idle, or a connection that was taken from a pool."""
    TAKE_FROM_POOL = "take_from_pool"
    OPEN_SESSIONS = "open_sessions"
    """Sessions and clients of the server, by number."""
    LISTEN = "listen"
    """The app's own port."""
    PROBE = "probe"
    START_CONTAINER = "start_container"
    SERVE_REQUEST = "serve_request"
    USE_MEMORY = "use_memory"
    USE_DISK = "use_disk"


Sign = Place | Speaker | Operation
"""What stands beside words and tells what they mean there."""


class Strength(Enum):
    """How much a match says of its first cause. The value is the weight that it gives."""

    EXACT = 0.95
    """A constant that exists for this cause."""
    NAMED = 0.85
    """The peer or the client names the matter."""
    OUTCOME = 0.7
    """An outcome at an operation, whoever words it; counts only on lines that no constant names better."""
    SYMPTOM = 0.6
    """What was seen, whatever the reason."""
    WRAPPER = 0.3
    """The failure of something that waits for the path; counts only where nothing else in the text does."""


class At(Value, frozen=True, kw_only=True):
    """The causes of the same words where all these signs are, the most usual first."""

    signs: frozenset[Sign]
    causes: tuple[Cause, ...]
    behind: tuple[Cause, ...] = ()
    strength: Strength | None = None
    """Where the words say more, or less, with these signs than the pattern's strength."""


class Pattern(Value, frozen=True, kw_only=True):
    """One documented constant, or one outcome, in the wordings of those who print it.

    ``says`` are compared without regard to case, kind of quotation mark and number of blanks, whole words only. ``*``
    stands for at most 160 characters of the same line; at an end it means that the word may go on there.
    """

    causes: tuple[Cause, ...] = ()
    """The most usual first. One alone: the words settle it. None: they mean something only with the signs of ``at``."""
    behind: tuple[Cause, ...] = ()
    """What may lie behind the first: named after the causes, and no doubt about what the words say."""
    says: tuple[str, ...]
    sqlstates: tuple[str, ...] = ()
    """Codes of PostgreSQL's errcodes.txt that mean the same."""
    at: tuple[At, ...] = ()
    """Where a sign changes the answer; the first row that fits counts."""
    strength: Strength
    source: str
    """The constant, and who documents or prints it."""


def at(*signs: Sign, causes: tuple[Cause, ...], behind: tuple[Cause, ...] = (), strength: Strength | None = None) -> At:
    """A row of ``Pattern.at``."""
    return At(signs=frozenset(signs), causes=causes, behind=behind, strength=strength)
