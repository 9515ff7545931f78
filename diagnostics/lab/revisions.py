"""Builds the resources of Cloud Run and Serverless VPC Access from the world, as it is at the moment of a request."""

from collections.abc import Iterable, Mapping

from diagnostics.lab.network import Attachment, Egress
from diagnostics.lab.run_resources import (
    CloudSqlInstance,
    Condition,
    Connector,
    Container,
    ContainerResources,
    EnvSource,
    EnvVar,
    ExecutionTemplate,
    Job,
    NetworkInterface,
    Port,
    Probe,
    Revision,
    Scaling,
    SecretKey,
    Service,
    ServiceTemplate,
    TaskTemplate,
    TcpSocket,
    Traffic,
    Volume,
    VolumeMount,
    VpcAccess,
)
from diagnostics.lab.world import Workload, World

_CREATED = "2026-02-03T08:11:46.412077Z"
"""Any time in the past will do."""

_UID = "6f1d2b0c-8a57-4c7e-9f0e-1c0c5f2f9a10"

_GENERATION = "42"

_SECRETS = frozenset({"POSTGRES_PASSWORD", "DATABASE_URL"})
"""Variables that a careful owner takes from Secret Manager."""

_CONCURRENCY = 80
"""Cloud Run's default."""

_EGRESS = {Egress.ALL: "ALL_TRAFFIC", Egress.PRIVATE_RANGES: "PRIVATE_RANGES_ONLY"}

_DEFAULT_PROBE = Probe(timeout_seconds=240, period_seconds=240, failure_threshold=1, tcp_socket=TcpSocket(port=8080))
"""What Cloud Run does where no startup probe is configured."""

CONNECTOR = "app-connector"

_NETWORK = "default"

_VOLUME = "cloudsql"


class Described:
    """What Google would say of the way that the app is deployed now."""

    def __init__(self, world: World, variables: Mapping[str, str], attached: Iterable[str]) -> None:
        """``variables`` are the app's own, ``attached`` the instances whose sockets it has."""
        self._world = world
        self._variables = variables
        self._attached = tuple(sorted(attached))
        self._place = f"projects/{world.project}/locations/{world.region}"

    # --- what can be asked for ------------------------------------------------------------------------------------

    def revision(self) -> Revision:
        """The revision that the app runs in."""
        template = self._service_template()
        return Revision(
            name=self._latest,
            uid=_UID,
            generation=_GENERATION,
            create_time=_CREATED,
            service=self._world.service,
            conditions=_conditions("Ready", "Active", "ContainerHealthy", "ResourcesAvailable"),
            observed_generation=_GENERATION,
            etag=_etag(self._world.revision),
            **{name: getattr(template, name) for name in template.__struct_fields__},
        )

    def service(self) -> Service:
        """The service, all of whose traffic the revision gets."""
        world = self._world
        all_of_it = Traffic(type="TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent=100)
        return Service(
            name=self._service,
            uid=_UID,
            generation=_GENERATION,
            create_time=_CREATED,
            ingress="INGRESS_TRAFFIC_ALL",
            template=self._service_template(),
            traffic=(all_of_it,),
            traffic_statuses=(all_of_it,),
            observed_generation=_GENERATION,
            terminal_condition=_conditions("Ready")[0],
            conditions=_conditions("RoutesReady", "ConfigurationsReady"),
            latest_ready_revision=self._latest,
            latest_created_revision=self._latest,
            uri=f"https://{world.service}-{world.project_number}.{world.region}.run.app",
            etag=_etag(world.service),
        )

    def job(self) -> Job:
        """The job, where the app is one."""
        task = TaskTemplate(
            containers=(self._container(),),
            volumes=self._volumes(),
            vpc_access=self._vpc_access(),
            service_account=self._world.service_account,
            execution_environment="EXECUTION_ENVIRONMENT_GEN2",
            timeout="600s",
            max_retries=3,
        )
        return Job(
            name=f"{self._place}/jobs/{self._world.job}",
            uid=_UID,
            generation=_GENERATION,
            create_time=_CREATED,
            template=ExecutionTemplate(task_count=1, template=task),
            terminal_condition=_conditions("Ready")[0],
            conditions=_conditions("ResourcesAvailable"),
            etag=_etag(self._world.job),
        )

    def connector(self) -> Connector:
        """The connector between the app and the VPC."""
        return Connector(
            name=self._connector,
            network=_NETWORK,
            ip_cidr_range="10.8.0.0/28",
            state=self._world.network.connector_state.value,
            min_throughput=200,
            max_throughput=1000,
            connected_projects=(self._world.project,),
            machine_type="e2-micro",
            min_instances=2,
            max_instances=10,
        )

    # --- parts of it ----------------------------------------------------------------------------------------------

    @property
    def _service(self) -> str:
        return f"{self._place}/services/{self._world.service}"

    @property
    def _latest(self) -> str:
        return f"{self._service}/revisions/{self._world.revision}"

    @property
    def _connector(self) -> str:
        return f"{self._place}/connectors/{CONNECTOR}"

    def _service_template(self) -> ServiceTemplate:
        return ServiceTemplate(
            containers=(self._container(),),
            volumes=self._volumes(),
            vpc_access=self._vpc_access(),
            service_account=self._world.service_account,
            execution_environment="EXECUTION_ENVIRONMENT_GEN2",
            timeout="300s",
            scaling=Scaling(max_instance_count=self._world.max_instances),
            max_instance_request_concurrency=_CONCURRENCY,
        )

    def _container(self) -> Container:
        serves = self._world.workload is Workload.SERVICE
        return Container(
            name=f"{self._world.service}-1",
            image=f"{self._world.region}-docker.pkg.dev/{self._world.project}/app/api@sha256:{'ab' * 32}",
            env=tuple(_variable(name, value) for name, value in self._variables.items()),
            resources=ContainerResources(
                limits={"cpu": "1000m", "memory": "512Mi"},
                cpu_idle=serves and self._world.cpu_throttled,
                startup_cpu_boost=serves,
            ),
            ports=(Port(name="http1", container_port=8080),) if serves else (),
            startup_probe=_DEFAULT_PROBE if serves else None,
            volume_mounts=(VolumeMount(name=_VOLUME, mount_path="/cloudsql"),) if self._attached else (),
        )

    def _volumes(self) -> tuple[Volume, ...]:
        if not self._attached:
            return ()
        return (Volume(name=_VOLUME, cloud_sql_instance=CloudSqlInstance(instances=self._attached)),)

    def _vpc_access(self) -> VpcAccess | None:
        network = self._world.network
        if network.egress is Egress.NONE:
            return None
        if network.vpc is Attachment.CONNECTOR:
            return VpcAccess(connector=self._connector, egress=_EGRESS[network.egress])
        interfaces = (NetworkInterface(network=_NETWORK, subnetwork=_NETWORK),)
        return VpcAccess(network_interfaces=interfaces, egress=_EGRESS[network.egress])


def _variable(name: str, value: str) -> EnvVar:
    if name not in _SECRETS:
        return EnvVar(name=name, value=value)
    secret = SecretKey(secret=name.lower().replace("_", "-"), version="latest")
    return EnvVar(name=name, value_source=EnvSource(secret_key_ref=secret))


def _conditions(*kinds: str) -> tuple[Condition, ...]:
    return tuple(Condition(type=kind, state="CONDITION_SUCCEEDED", last_transition_time=_CREATED) for kind in kinds)


def _etag(name: str) -> str:
    """Opaque to clients."""
    return f'"lab-{name}"'
