"""Resources of the Cloud SQL Admin API as JSON has them.

Field names, enums and number formats are those of Google's discovery document, which the tests hold them against:
int64 travels as a string, empty fields are left out, ``kind`` is always there.
"""

from diagnostics.lab.world import Value


class Resource(Value, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Base: camelCase in JSON, defaults left out, as Google's APIs do."""


class IpMapping(Resource, frozen=True, kw_only=True):
    """One address of the instance."""

    type: str
    ip_address: str


class DnsNameMapping(Resource, frozen=True, kw_only=True):
    """One name of the instance."""

    name: str
    connection_type: str
    dns_scope: str = ""
    record_manager: str = ""


class SslCert(Resource, frozen=True, kw_only=True):
    """A certificate with the facts that the API repeats beside it."""

    kind: str
    cert_serial_number: str
    cert: str
    common_name: str
    sha1_fingerprint: str
    instance: str
    create_time: str
    expiration_time: str


class EphemeralCertAnswer(Resource, frozen=True, kw_only=True):
    """Answer of generateEphemeralCert."""

    ephemeral_cert: SslCert


class ConnectSettings(Resource, frozen=True, kw_only=True):
    """What a connector reads before it dials."""

    kind: str
    server_ca_cert: SslCert
    ip_addresses: tuple[IpMapping, ...]
    region: str
    database_version: str
    backend_type: str
    dns_name: str
    dns_names: tuple[DnsNameMapping, ...]
    psc_enabled: bool = False
    server_ca_mode: str
    connection_name: str


class Flag(Resource, frozen=True, kw_only=True):
    """A PostgreSQL flag set on the instance."""

    name: str
    value: str


class AclEntry(Resource, frozen=True, kw_only=True):
    """One authorized network."""

    kind: str
    name: str
    value: str


class PscConfig(Resource, frozen=True, kw_only=True):
    """Who may reach the instance through Private Service Connect."""

    psc_enabled: bool = False
    allowed_consumer_projects: tuple[str, ...] = ()


class IpConfiguration(Resource, frozen=True, kw_only=True):
    """Which addresses there are, who may use them, with which encryption."""

    ipv4_enabled: bool | None = None
    private_network: str = ""
    authorized_networks: tuple[AclEntry, ...] = ()
    psc_config: PscConfig | None = None
    require_ssl: bool | None = None
    ssl_mode: str = ""
    server_ca_mode: str = ""


class LocationPreference(Resource, frozen=True, kw_only=True):
    """Where the primary runs."""

    kind: str
    zone: str


class Settings(Resource, frozen=True, kw_only=True):
    """The settings that an owner changes."""

    kind: str
    tier: str
    edition: str
    availability_type: str
    activation_policy: str
    pricing_plan: str
    replication_type: str
    connector_enforcement: str
    settings_version: str
    data_disk_type: str
    data_disk_size_gb: str
    storage_auto_resize: bool | None = None
    location_preference: LocationPreference
    ip_configuration: IpConfiguration
    database_flags: tuple[Flag, ...] = ()


class DatabaseInstance(Resource, frozen=True, kw_only=True):
    """The instance as its owner sees it."""

    kind: str
    name: str
    project: str
    region: str
    gce_zone: str
    state: str
    suspension_reason: tuple[str, ...] = ()
    create_time: str
    connection_name: str
    database_version: str
    database_installed_version: str
    instance_type: str
    backend_type: str
    self_link: str
    etag: str
    service_account_email_address: str
    dns_name: str
    dns_names: tuple[DnsNameMapping, ...]
    server_ca_cert: SslCert
    ip_addresses: tuple[IpMapping, ...]
    settings: Settings


class User(Resource, frozen=True, kw_only=True):
    """A database user; ``type`` is absent for one with a password."""

    kind: str
    name: str
    host: str
    instance: str
    project: str
    etag: str
    type: str = ""
    iam_status: str = ""
    iam_email: str = ""


class Database(Resource, frozen=True, kw_only=True):
    """A database of the instance."""

    kind: str
    name: str
    charset: str
    collation: str
    instance: str
    project: str
    self_link: str
    etag: str


class Operation(Resource, frozen=True, kw_only=True):
    """Something that was done to the instance."""

    kind: str
    name: str
    operation_type: str
    status: str
    user: str
    insert_time: str
    start_time: str
    end_time: str = ""
    target_id: str
    target_project: str
    target_link: str
    self_link: str


class Listing(Resource, frozen=True, kw_only=True):
    """A page of a list."""

    kind: str
    items: tuple[Resource, ...]


class ServerCas(Resource, frozen=True, kw_only=True):
    """The server authorities of the instance, and which is in use."""

    kind: str
    certs: tuple[SslCert, ...]
    active_version: str
