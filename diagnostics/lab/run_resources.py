"""Resources of the Cloud Run Admin API v2 and of Serverless VPC Access v1 as JSON has them.

Only what says how a container is deployed; names, enums and number formats are those of Google's discovery documents.
"""

from diagnostics.lab.resources import Resource


class NetworkInterface(Resource, frozen=True, kw_only=True):
    """Direct VPC egress: where the container's interface is."""

    network: str
    subnetwork: str


class VpcAccess(Resource, frozen=True, kw_only=True):
    """The way into a VPC: a connector or interfaces, never both."""

    connector: str = ""
    egress: str
    network_interfaces: tuple[NetworkInterface, ...] = ()


class CloudSqlInstance(Resource, frozen=True, kw_only=True):
    """Instances of which a volume holds the sockets."""

    instances: tuple[str, ...]


class Volume(Resource, frozen=True, kw_only=True):
    """What can be mounted."""

    name: str
    cloud_sql_instance: CloudSqlInstance


class VolumeMount(Resource, frozen=True, kw_only=True):
    """Where a volume is mounted."""

    name: str
    mount_path: str


class SecretKey(Resource, frozen=True, kw_only=True):
    """A version of a secret."""

    secret: str
    version: str


class EnvSource(Resource, frozen=True, kw_only=True):
    """Where a value comes from."""

    secret_key_ref: SecretKey


class EnvVar(Resource, frozen=True, kw_only=True):
    """A variable: its value, or where that comes from."""

    name: str
    value: str = ""
    value_source: EnvSource | None = None


class Port(Resource, frozen=True, kw_only=True):
    """A port of a container."""

    name: str
    container_port: int


class TcpSocket(Resource, frozen=True, kw_only=True):
    """A probe that connects."""

    port: int


class Probe(Resource, frozen=True, kw_only=True):
    """A health check, times in seconds."""

    timeout_seconds: int
    period_seconds: int
    failure_threshold: int
    tcp_socket: TcpSocket


class ContainerResources(Resource, frozen=True, kw_only=True):
    """What a container gets; ``cpu_idle`` is CPU only while a request is open."""

    limits: dict[str, str]
    cpu_idle: bool = False
    startup_cpu_boost: bool = False


class Container(Resource, frozen=True, kw_only=True):
    """One container."""

    name: str
    image: str
    env: tuple[EnvVar, ...] = ()
    resources: ContainerResources
    ports: tuple[Port, ...] = ()
    startup_probe: Probe | None = None
    volume_mounts: tuple[VolumeMount, ...] = ()


class Scaling(Resource, frozen=True, kw_only=True):
    """How many instances."""

    min_instance_count: int = 0
    max_instance_count: int


class Condition(Resource, frozen=True, kw_only=True):
    """What is so, or why not."""

    type: str
    state: str
    last_transition_time: str


class Template(Resource, frozen=True, kw_only=True):
    """How containers run: of a service's revision, or of a job's task."""

    containers: tuple[Container, ...]
    volumes: tuple[Volume, ...] = ()
    vpc_access: VpcAccess | None = None
    service_account: str
    execution_environment: str
    timeout: str


class ServiceTemplate(Template, frozen=True, kw_only=True):
    """What a service makes its next revision from."""

    scaling: Scaling
    max_instance_request_concurrency: int


class Revision(ServiceTemplate, frozen=True, kw_only=True):
    """What runs."""

    name: str
    uid: str
    generation: str
    create_time: str
    service: str
    conditions: tuple[Condition, ...]
    observed_generation: str
    etag: str


class TaskTemplate(Template, frozen=True, kw_only=True):
    """A task of a job."""

    max_retries: int


class ExecutionTemplate(Resource, frozen=True, kw_only=True):
    """An execution of a job."""

    parallelism: int = 0
    task_count: int
    template: TaskTemplate


class Job(Resource, frozen=True, kw_only=True):
    """What runs to its end."""

    name: str
    uid: str
    generation: str
    create_time: str
    template: ExecutionTemplate
    terminal_condition: Condition
    conditions: tuple[Condition, ...]
    etag: str


class Traffic(Resource, frozen=True, kw_only=True):
    """Which revision gets which share."""

    type: str
    revision: str = ""
    percent: int


class Service(Resource, frozen=True, kw_only=True):
    """What has revisions."""

    name: str
    uid: str
    generation: str
    create_time: str
    ingress: str
    template: ServiceTemplate
    traffic: tuple[Traffic, ...]
    traffic_statuses: tuple[Traffic, ...]
    observed_generation: str
    terminal_condition: Condition
    conditions: tuple[Condition, ...]
    latest_ready_revision: str
    latest_created_revision: str
    uri: str
    etag: str


class Connector(Resource, frozen=True, kw_only=True):
    """A Serverless VPC Access connector, throughput in Mbit/s."""

    name: str
    network: str
    ip_cidr_range: str
    state: str
    min_throughput: int
    max_throughput: int
    connected_projects: tuple[str, ...]
    machine_type: str
    min_instances: int
    max_instances: int
