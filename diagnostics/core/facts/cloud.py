"""Rows 6 and 7: what Google's APIs say of the instance and of the container."""

from datetime import datetime

from diagnostics.core.codes import CheckId
from diagnostics.core.facts.fact import Fact
from diagnostics.core.observed import ApiCall, EgressSetting, InstanceAddress, Mount, StartupProbe, VpcInterface


class AdminConnectSettings(Fact, frozen=True, kw_only=True, tag="admin.connect_settings"):
    """What a connector learns about the instance."""

    CHECK = CheckId.ADMIN_CONNECT_SETTINGS
    call: ApiCall
    region: str = ""
    database_version: str = ""
    addresses: tuple[InstanceAddress, ...] = ()
    dns_names: tuple[str, ...] = ()
    psc_enabled: bool = False
    server_ca_mode: str = ""
    server_ca_pem: str = ""
    """Public certificates; several during a rotation."""


class AdminInstance(Fact, frozen=True, kw_only=True, tag="admin.instance"):
    """Settings of the instance that connectSettings lacks; needs cloudsql.instances.get."""

    CHECK = CheckId.ADMIN_INSTANCE
    call: ApiCall
    state: str = ""
    activation_policy: str = ""
    suspension_reasons: tuple[str, ...] = ()
    ssl_mode: str = ""
    connector_enforcement: str = ""
    iam_authentication: str = ""
    """The database flag cloudsql.iam_authentication, empty where it is not set."""
    max_connections: int = 0
    """The database flag, 0 where it is not set and the instance's size decides."""
    private_network: str = ""
    authorized_networks: tuple[str, ...] = ()


class AdminCertificate(Fact, frozen=True, kw_only=True, tag="admin.certificate"):
    """The ephemeral client certificate, without its key."""

    CHECK = CheckId.ADMIN_CERTIFICATE
    call: ApiCall
    not_after: datetime | None = None
    certificate_pem: str = ""


class IamPermissions(Fact, frozen=True, kw_only=True, tag="iam.permissions"):
    """Advisory: what testIamPermissions says of the project; conditions on the instance are not seen there."""

    CHECK = CheckId.IAM_PERMISSIONS
    call: ApiCall
    asked: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


class RunRevision(Fact, frozen=True, kw_only=True, tag="run.revision"):
    """What this revision, or this job, is configured with. Values of environment variables are never read."""

    CHECK = CheckId.RUN_REVISION
    call: ApiCall
    egress: EgressSetting | None = None
    """None where the configuration was not read, or says a word that this version does not know."""
    connector: str = ""
    """Resource name, or short name, of the Serverless VPC Access connector."""
    networks: tuple[VpcInterface, ...] = ()
    """Direct VPC egress."""
    attached: tuple[str, ...] = ()
    """Connection names of the Cloud SQL instances whose sockets are attached."""
    mounts: tuple[Mount, ...] = ()
    containers: int = 0
    """How many run beside each other in an instance, or a task; 0 where it was not read."""
    service_account: str = ""
    cpu_throttled: bool | None = None
    """Whether CPU is there only while a request is open; None where it was not read, or does not apply (jobs)."""
    startup_probe: StartupProbe = StartupProbe.NONE
    """That of the container which takes the requests."""
    max_instances: int = 0
    """Most instances, or tasks of a job at one time; 0 where nothing is set."""
    execution_environment: str = ""
    stray_annotations: tuple[str, ...] = ()
    """Annotations named like settings of Cloud Run, which it took as somebody's own: they set nothing."""


class VpcConnector(Fact, frozen=True, kw_only=True, tag="vpc.connector"):
    """The Serverless VPC Access connector of this revision. READY says nothing of firewall rules, routes or peering."""

    CHECK = CheckId.VPC_CONNECTOR
    call: ApiCall
    name: str = ""
    state: str = ""
    network: str = ""
    ip_range: str = ""
    """CIDR of its own instances, empty where a subnet was given instead."""
    subnet: str = ""
    machine_type: str = ""
    min_instances: int = 0
    max_instances: int = 0
