"""The world that a lab builds: names, settings of the instance and the network. The default world is healthy."""

from enum import StrEnum

import msgspec

from diagnostics.lab.network import Network


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the lab's values."""


class Route(StrEnum):
    """How the app reaches the database."""

    SOCKET = "socket"
    DIRECT = "direct"
    CONNECTOR = "connector"


class Login(StrEnum):
    """How the app's database user proves who it is."""

    PASSWORD = "password"
    IAM = "iam"


class Workload(StrEnum):
    """What of Cloud Run the app runs as."""

    SERVICE = "service"
    JOB = "job"


class SslMode(StrEnum):
    """``settings.ipConfiguration.sslMode`` of an instance, in Google's words."""

    ANY = "ALLOW_UNENCRYPTED_AND_ENCRYPTED"
    ENCRYPTED_ONLY = "ENCRYPTED_ONLY"
    CLIENT_CERTIFICATE = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"


class IpType(StrEnum):
    """``ipAddresses[].type`` in Google's words; PRIMARY is the public one."""

    PRIMARY = "PRIMARY"
    PRIVATE = "PRIVATE"
    PSC = "PSC"
    """No entry there: an endpoint in the consumer's own network, found by its name."""


class InstanceState(StrEnum):
    """What became of the instance."""

    RUNNING = "running"
    STOPPED = "stopped"
    """By its owner: activation policy NEVER, while its state stays RUNNABLE."""
    SUSPENDED = "suspended"
    """By Google, over its bill."""
    MAINTENANCE = "maintenance"


class ServerCaMode(StrEnum):
    """``serverCaMode`` in Google's words; the CA service puts the name into the SAN, the older way into the CN."""

    INTERNAL = "GOOGLE_MANAGED_INTERNAL_CA"
    CAS = "GOOGLE_MANAGED_CAS_CA"


class World(Value, frozen=True, kw_only=True):
    """What exists: one project, one service, two instances of which the app uses the first.

    The password is full of characters that a URL reserves, so that every healthy run also tests their encoding.
    """

    project: str = "acme-prod"
    project_number: int = 418093372615
    region: str = "europe-west1"
    wrong_region: str = "europe-west4"
    instance: str = "orders"
    other_instance: str = "billing"
    service: str = "api"
    revision: str = "api-00042-x9k"
    job: str = "api-migrate"
    execution: str = "api-migrate-x7k2p"
    workload: Workload = Workload.SERVICE
    service_account: str = "api@acme-prod.iam.gserviceaccount.com"
    other_iam_user: str = "worker@acme-prod.iam"
    """Database user of another service's account."""
    iam_logins: bool = True
    """The instance's flag ``cloudsql.iam_authentication``."""
    iam_user_made: bool = True
    """Whether the app's service account was made a database user."""
    database: str = "orders"
    user: str = "api"
    password: str = "kT8v/Qm2#wZ5x@Lr9y:Hn4c?"
    md5_user: str = "api_md5"
    """Has the same password, asked for by MD5."""
    cleartext_user: str = "api_cleartext"
    """Has the same password, asked for in clear text."""
    database_version: str = "POSTGRES_16"
    server_ca_mode: ServerCaMode = ServerCaMode.INTERNAL
    ssl_mode: SslMode = SslMode.ANY
    connector_enforcement: str = "NOT_REQUIRED"
    state: InstanceState = InstanceState.RUNNING
    ip_types: tuple[IpType, ...] = (IpType.PRIMARY, IpType.PRIVATE)
    max_connections: int = 24
    host_name: str = "orders-db.acme.example"
    """Name of the public address in the app's own DNS zone, for the direct route."""
    absent_host_name: str = "orders-db.retired.example"
    """A name that no zone holds."""
    private_host_name: str = "orders-db.acme.internal"
    """A name of a private zone that the lab's resolver does not see."""
    dns_name: str = "5f0c8d1a2b3c.1x9q8w7e6r5t.europe-west1.sql.goog"
    """Name that Google gave the instance."""
    psc_name: str = "5f0c8d1a2b3c.9t8r7e6w5q4y.europe-west1.sql.goog"
    """Name that Google gave the instance behind Private Service Connect."""
    network: Network = Network()
    """What lies between the container and the rest."""
    ready_after: float = 0.0
    """Seconds after the start of a command during which the server says that it is starting."""
    run_viewer: bool = False
    """Whether the service account may read its own revision, and the connector."""
    max_instances: int = 10
    cpu_throttled: bool = False
    """Whether the revision has CPU only while a request is open."""

    @property
    def connection_name(self) -> str:
        """Instance connection name, ``project:region:instance``."""
        return f"{self.project}:{self.region}:{self.instance}"

    @property
    def other_connection_name(self) -> str:
        """Instance connection name of the instance that the app does not use."""
        return f"{self.project}:{self.region}:{self.other_instance}"

    @property
    def misplaced_connection_name(self) -> str:
        """The instance's name with another region, which the Admin API does not notice."""
        return f"{self.project}:{self.wrong_region}:{self.instance}"

    @property
    def iam_users(self) -> tuple[str, ...]:
        """Database users that are service accounts: the app's, and one of another service."""
        return (self.iam_user, self.other_iam_user) if self.iam_user_made else (self.other_iam_user,)

    def takes_token_of(self, user: str) -> bool:
        """Whether the instance asks this user for a token, and not for a password."""
        return self.iam_logins and user in self.iam_users

    @property
    def iam_user(self) -> str:
        """Database user of the service account: PostgreSQL users drop ``.gserviceaccount.com``."""
        return self.service_account.removesuffix(".gserviceaccount.com")
