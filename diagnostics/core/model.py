"""The target and what surrounds it: the values every check gets.

Values are raw, exactly as the app would use them: a trailing newline in a database name is the finding, not noise.
"""

import re
from enum import StrEnum
from typing import Self

import msgspec

from diagnostics.core.candidates import SPOKEN, Choice, Engine
from diagnostics.core.findings import Code
from diagnostics.core.invisible import trimmed


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all values that cross a module border."""


class Status(StrEnum):
    """A check's title is true, true but, false, was not evaluated, could not be evaluated."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"
    UNKNOWN = "unknown"


class SkipReason(StrEnum):
    """Why a planned check was not evaluated; for UNKNOWN, why it could not be."""

    NOT_APPLICABLE = "not_applicable"
    BLOCKED = "blocked"
    DESELECTED = "deselected"
    NOT_SUPPORTED = "not_supported"
    """What we cannot do at all: to log in to another engine than PostgreSQL."""
    NOT_PERMITTED = "not_permitted"
    NOT_CONFIGURED = "not_configured"
    CRASHED = "crashed"
    RUN_DEADLINE = "run_deadline"
    NO_ANSWER = "no_answer"

    @property
    def left_out(self) -> bool:
        """Whether it was never to be evaluated, so that the walk ends before it."""
        return self in {SkipReason.DESELECTED, SkipReason.NOT_SUPPORTED}


class Route(StrEnum):
    """One way to the database: the mounted unix socket, host and port, or the server-side proxy with mTLS."""

    SOCKET = "socket"
    DIRECT = "direct"
    CONNECTOR = "connector"


class Login(StrEnum):
    """How the user proves who it is: a password, or an OAuth token in place of one."""

    PASSWORD = "password"
    IAM = "iam"


class Dialect(StrEnum):
    """The driver that a URL, or its absence, implies."""

    ASYNCPG = "asyncpg"
    PSYCOPG = "psycopg"
    CONNECTOR = "connector"
    OTHER = "other"


class TlsMode(StrEnum):
    """libpq's sslmode: what the client insists on."""

    DISABLE = "disable"
    ALLOW = "allow"
    PREFER = "prefer"
    REQUIRE = "require"
    VERIFY_CA = "verify-ca"
    VERIFY_FULL = "verify-full"


class IpType(StrEnum):
    """Which address of the instance the connector takes."""

    PUBLIC = "public"
    PRIVATE = "private"
    PSC = "psc"


class Depth(StrEnum):
    """How far a run climbs."""

    TCP = "tcp"
    TLS = "tls"
    STARTUP = "startup"
    AUTH = "auth"
    QUERY = "query"


class PlatformKind(StrEnum):
    """Where we run; decides which checks make sense and what a remedy may name."""

    CLOUD_RUN_SERVICE = "cloud_run_service"
    CLOUD_RUN_JOB = "cloud_run_job"
    CLOUD_RUN_WORKER_POOL = "cloud_run_worker_pool"
    CLOUD_RUN_UNKNOWN = "cloud_run_unknown"
    GKE = "gke"
    GOOGLE_CLOUD = "google_cloud"
    ELSEWHERE = "elsewhere"

    @property
    def on_google_cloud(self) -> bool:
        """Whether metadata server and Google's APIs are expected to be there."""
        return self is not PlatformKind.ELSEWHERE

    @property
    def on_cloud_run(self) -> bool:
        """Whether Cloud Run's rules (own environment a container, egress setting, throttling) apply."""
        return self.value.startswith("cloud_run")


class Secret:
    """A value that cannot be printed, compared by mistake, pickled or serialized.

    ``reveal`` is the one way out; only adapters and the wire call it, with the bytes that go to the peer.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The secret itself, for the peer only."""
        return self.__value

    def trimmed(self) -> "Secret":
        """The same without invisible characters at its ends and control characters inside."""
        return Secret(trimmed(self.__value))

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not serialized")


class InstanceName(Value, frozen=True, kw_only=True):
    """Instance connection name ``project:region:name``; a domain-scoped project holds a colon itself."""

    project: str
    region: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Google's connectors take ``([^:]+(:[^:]+)?):([^:]+):([^:]+)``; None where the text has another shape."""
        found = _INSTANCE_NAME.fullmatch(text)
        return cls(project=found[1], region=found[2], name=found[3]) if found else None

    def __str__(self) -> str:
        return f"{self.project}:{self.region}:{self.name}"


_INSTANCE_NAME = re.compile(r"([a-z0-9.\-]+(?::[a-z0-9\-]+)?):([a-z0-9\-]+):([a-z0-9\-]+)")


class SettingName(StrEnum):
    """The parts of a target that a setting can give."""

    URL = "url"
    HOST = "host"
    PORT = "port"
    DATABASE = "database"
    USER = "user"
    PASSWORD = "password"
    INSTANCE = "instance"
    TLS_MODE = "sslmode"
    ROOT_CERT = "sslrootcert"
    CLIENT_CERT = "sslcert"
    CLIENT_KEY = "sslkey"
    IP_TYPE = "ip_type"
    LOGIN = "login"
    DIALECT = "dialect"


class Origin(Value, frozen=True, kw_only=True):
    """Where a resolved value came from: ``POSTGRES_HOST``, ``DATABASE_URL``, ``--port``, a file, or a default."""

    setting: SettingName
    source: str
    shown: str = ""
    """The value with every character visible; ``***`` for a secret, and for what may hold a piece of one."""


class SettingForm(StrEnum):
    """In which shape somebody says where the database is."""

    URL = "url"
    """``scheme://``, ``jdbc:`` and ``r2dbc:`` ones among them."""
    KEY_VALUE = "key_value"
    """One text of pairs: libpq's ``host=... user=...``, .NET's ``Host=...;Username=...``."""
    JSON = "json"
    """An object with host, user and the like."""
    VARIABLES = "variables"
    """Several variables of one family, or with one prefix."""
    PLACE = "place"
    """A socket's path or an instance connection name alone: where, but not who and what."""
    OPTIONS = "options"
    """Our own flags or a table of the config file."""


class Finding(Value, frozen=True, kw_only=True):
    """What is wrong, without advice: a code and, where it helps, the setting, address or name it is about.

    ``about`` never holds a secret or a piece of one. ``other`` is the second party, where a finding has two.
    """

    code: Code
    about: str = ""
    other: str = ""


class Candidate(Value, frozen=True, kw_only=True):
    """One way in which the settings say where a database is, taken or not. Safe to show."""

    name: str
    """What ``--from`` takes: the variable, or the prefix of several with a star (``ORDERS_DB_*``)."""
    form: SettingForm
    choice: Choice
    parts: tuple[Origin, ...] = ()
    """What it says, secrets as ``***``; empty where it cannot be read."""


class Target(Value, frozen=True, kw_only=True):
    """What we try to reach, with values as the app would use them."""

    name: str
    route: Route
    dialect: Dialect
    host: str = ""
    port: int = 5432
    instance: InstanceName | None = None
    database: str
    user: str
    password: Secret | None = None
    login: Login = Login.PASSWORD
    tls: TlsMode = TlsMode.PREFER
    root_cert: str = ""
    client_cert: str = ""
    client_key: str = ""
    ip_type: IpType = IpType.PUBLIC
    url: Secret | None = None
    """The app's own URL where one was given: driver checks hand it over unchanged."""
    options: tuple[tuple[str, str], ...] = ()
    """Query parameters of the URL that we do not read ourselves."""
    origins: tuple[Origin, ...] = ()
    also: tuple[Route, ...] = ()
    """Other routes that the same settings and mounts leave open: not walked, and said so. ``--route`` takes one."""
    driver: str = ""
    """The app's own driver, where a scheme or a form names it; ``dialect`` is whose rules it follows."""
    dialect_named: bool = False
    """Whether the app itself names ``dialect``: ``scheme+driver``, a form that only one driver reads, a framework's
    family, or our option. Else it is a guess, and what that driver says proves nothing about the app."""
    engine: Engine = Engine.POSTGRES
    secrets: tuple[Secret, ...] = ()
    """What else in the settings must never be shown: keys' passwords, options that nobody knows."""
    password_elsewhere: bool = False
    """Whether the app fetches the password itself, from a place that the settings only name."""

    def origin(self, setting: SettingName) -> str:
        """The source of a value, ``default`` where nothing gave it."""
        return next((o.source for o in self.origins if o.setting is setting), "default")

    @property
    def deepest(self) -> Depth:
        """How far it can be walked: another engine's protocol is not ours, and a login needs user and password."""
        if self.engine not in SPOKEN:
            return Depth.TLS if self.route is Route.CONNECTOR else Depth.TCP
        return Depth.QUERY if self.user and not self.password_elsewhere else Depth.STARTUP

    @property
    def uses_tls(self) -> bool:
        """Whether its ladder shakes hands: drivers do not ask for it on a socket, the connector always does."""
        return self.route is Route.CONNECTOR or (self.route is Route.DIRECT and self.tls is not TlsMode.DISABLE)


class Resolution(Value, frozen=True, kw_only=True):
    """What the settings gave: a target, or why there is none; and what looks odd about the raw values."""

    name: str
    target: Target | None
    problems: tuple[Finding, ...] = ()
    """Why there is no target, all at once. Codes of ``config.target``."""
    remarks: tuple[Finding, ...] = ()
    """What looks odd. Codes of ``config.hygiene``."""
    dialect_problems: tuple[Finding, ...] = ()
    """Options the app's driver will not take. Codes of ``config.dialect``."""
    origins: tuple[Origin, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    """Every way in which the settings say where a database is, the one that was taken first."""
    nearest: tuple[str, ...] = ()
    """Where nothing was found: variables whose names come near those of a database. Never their values."""


class Platform(Value, frozen=True, kw_only=True):
    """Where we run, from the environment and DMI; nothing is contacted for it."""

    kind: PlatformKind
    service: str = ""
    """Service, job or worker pool."""
    revision: str = ""
    metadata_host: str = "metadata.google.internal"
    beside_others: bool = False
    """Whether another container certainly runs beside this one: a service's that takes no requests has no PORT."""
    proxy_variables: tuple[str, ...] = ()
    """Names of HTTP proxy variables that are set: they redirect API calls silently."""


class HostPort(Value, frozen=True, kw_only=True):
    """An address of ours to measure against, from a setting."""

    host: str
    port: int


class DriverChoice(StrEnum):
    """Which driver checks run: the one of the URL's dialect, none, or all."""

    AUTO = "auto"
    NONE = "none"
    ALL = "all"


class TrialChoice(StrEnum):
    """Whether a run that failed makes trials: those that would settle its cause, or none."""

    AUTO = "auto"
    NONE = "none"


class FailOn(StrEnum):
    """Which status makes the exit code differ from 0."""

    FAIL = "fail"
    WARN = "warn"


class Options(Value, frozen=True, kw_only=True):
    """What the user asked of a run. Times in seconds."""

    depth: Depth = Depth.QUERY
    drivers: DriverChoice = DriverChoice.AUTO
    trials: TrialChoice = TrialChoice.AUTO
    skip: frozenset[str] = frozenset()
    """Ids of checks to leave out."""
    timeout: float = 60.0
    """Deadline of the whole run: the longest a person waits without a word, and under every probe limit."""
    fail_on: FailOn = FailOn.FAIL
    app_timeout: float | None = None
    """The limit that the app sets itself for connecting, in seconds; None where the user named none."""
    sqladmin_endpoint: str = "https://sqladmin.googleapis.com"
    run_endpoint: str = "https://run.googleapis.com"
    vpcaccess_endpoint: str = "https://vpcaccess.googleapis.com"
    resource_manager_endpoint: str = "https://cloudresourcemanager.googleapis.com"
    socket_directory: str = "/cloudsql"
    google_vip: HostPort | None = HostPort(host="sqladmin.googleapis.com", port=443)
    private_vip: HostPort | None = HostPort(host="199.36.153.8", port=443)
    """private.googleapis.com, the address of Private Google Access."""
    control_public: HostPort | None = HostPort(host="1.1.1.1", port=443)
    """A neutral public address that is nobody's database: an anycast resolver. None is off."""
    control_private: tuple[HostPort, ...] = ()


class Damping(Value, frozen=True, kw_only=True):
    """A state counts as changed when ``need`` of the last ``of`` runs said so.

    ``need`` is more than half of ``of``, so that no two states can both be what was said.
    """

    need: int = 2
    of: int = 3
    """A lost packet is one run of three; a path that broke fails twice within a second, because the wide cycle that
    follows a failure is a run, too."""
