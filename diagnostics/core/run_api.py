"""How a container is deployed: the shapes of the Cloud Run Admin API v2 and of the Serverless VPC Access API.

Source: Google's discovery documents run.v2 and vpcaccess.v1. Only what diagnosis needs is decoded; environment
variables of containers, which may hold secrets, are not.
"""

from collections.abc import Mapping

import msgspec

from diagnostics.core.deployment import ATTACH, NETWORK
from diagnostics.core.facts import RunRevision, VpcConnector
from diagnostics.core.model import Value
from diagnostics.core.observed import ApiCall, EgressSetting, Mount, StartupProbe, VpcInterface

Annotations = Mapping[str, object]
"""Only the keys count; a value is anybody's."""


class InterfaceBody(Value, frozen=True, kw_only=True):
    """``NetworkInterface`` of Direct VPC egress."""

    network: str = ""
    subnetwork: str = ""


class VpcAccessBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``VpcAccess``: a connector or interfaces, never both."""

    connector: str = ""
    egress: str = ""
    network_interfaces: tuple[InterfaceBody, ...] = ()


class CloudSqlBody(Value, frozen=True, kw_only=True):
    """``CloudSqlInstance``: the instances whose sockets a volume holds."""

    instances: tuple[str, ...] = ()


class VolumeBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``Volume``, of any kind."""

    name: str = ""
    cloud_sql_instance: CloudSqlBody | None = None


class MountBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``VolumeMount``."""

    name: str = ""
    mount_path: str = ""


class ActionBody(Value, frozen=True, kw_only=True):
    """What a probe does; only that it does it counts here."""


class ProbeBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``Probe``."""

    period_seconds: int = 0
    failure_threshold: int = 0
    http_get: ActionBody | None = None
    tcp_socket: ActionBody | None = None
    grpc: ActionBody | None = None


class ResourcesBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``ResourceRequirements``."""

    cpu_idle: bool = False


class PortBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``ContainerPort``; only the container that takes the requests has one."""

    container_port: int = 0


class ContainerBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``Container`` without its environment."""

    name: str = ""
    ports: tuple[PortBody, ...] = ()
    startup_probe: ProbeBody | None = None
    resources: ResourcesBody | None = None
    volume_mounts: tuple[MountBody, ...] = ()


class ScalingBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``RevisionScaling``."""

    max_instance_count: int = 0


class DeployedBody(Value, frozen=True, kw_only=True, rename="camel"):
    """What ``Revision`` and the ``TaskTemplate`` of a job have in common."""

    service_account: str = ""
    execution_environment: str = ""
    vpc_access: VpcAccessBody = VpcAccessBody()
    volumes: tuple[VolumeBody, ...] = ()
    containers: tuple[ContainerBody, ...]
    annotations: Annotations = msgspec.field(default_factory=dict)


class RevisionBody(DeployedBody, frozen=True, kw_only=True, rename="camel"):
    """``Revision``, of a service or of a worker pool."""

    scaling: ScalingBody = ScalingBody()

    @property
    def deployed(self) -> DeployedBody:
        """The revision itself."""
        return self

    @property
    def max_instances(self) -> int:
        """0 where nothing is set."""
        return self.scaling.max_instance_count


class ExecutionTemplateBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``ExecutionTemplate`` of a job."""

    template: DeployedBody
    parallelism: int = 0
    task_count: int = 1
    annotations: Annotations = msgspec.field(default_factory=dict)


class JobBody(Value, frozen=True, kw_only=True):
    """``Job``: as it is configured now, which may be newer than the execution that asks."""

    template: ExecutionTemplateBody
    annotations: Annotations = msgspec.field(default_factory=dict)

    @property
    def deployed(self) -> DeployedBody:
        """What each task runs with."""
        return self.template.template

    @property
    def max_instances(self) -> int:
        """Tasks at one time; without a limit all of them."""
        return min(self.template.parallelism or self.template.task_count, self.template.task_count)


class ConnectorBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``Connector``."""

    name: str
    state: str
    network: str = ""
    ip_cidr_range: str = ""
    subnet: "SubnetBody | None" = None
    machine_type: str = ""
    min_instances: int = 0
    max_instances: int = 0


class SubnetBody(Value, frozen=True, kw_only=True):
    """``Subnet`` in which a connector lives, where it has no range of its own."""

    name: str = ""


_EGRESS = {
    "": EgressSetting.PRIVATE_RANGES_ONLY,
    "VPC_EGRESS_UNSPECIFIED": EgressSetting.PRIVATE_RANGES_ONLY,
    "PRIVATE_RANGES_ONLY": EgressSetting.PRIVATE_RANGES_ONLY,
    "ALL_TRAFFIC": EgressSetting.ALL_TRAFFIC,
}


def egress_of(access: VpcAccessBody) -> EgressSetting | None:
    """What goes into the VPC; None for a word that is newer than this program."""
    if not access.connector and not access.network_interfaces:
        return EgressSetting.NONE
    return _EGRESS.get(access.egress)


def interfaces_of(access: VpcAccessBody) -> tuple[VpcInterface, ...]:
    """Direct VPC egress."""
    return tuple(VpcInterface(network=each.network, subnetwork=each.subnetwork) for each in access.network_interfaces)


def attached_to(deployed: DeployedBody) -> tuple[str, ...]:
    """The instances whose sockets are attached."""
    return tuple(
        name for volume in deployed.volumes if volume.cloud_sql_instance for name in volume.cloud_sql_instance.instances
    )


def mounts_of(deployed: DeployedBody) -> tuple[Mount, ...]:
    """Where the containers have those sockets."""
    sockets = {volume.name for volume in deployed.volumes if volume.cloud_sql_instance}
    return tuple(
        Mount(container=container.name, path=mount.mount_path)
        for container in deployed.containers
        for mount in container.volume_mounts
        if mount.name in sockets
    )


def serving(deployed: DeployedBody) -> ContainerBody | None:
    """The container that takes the requests; the only one where none has a port."""
    with_port = [container for container in deployed.containers if container.ports]
    return next(iter(with_port or deployed.containers), None)


def stray_annotations_of(body: RevisionBody | JobBody) -> tuple[str, ...]:
    """Annotations, at any level that was read, that look like settings."""
    keys = [*body.deployed.annotations]
    if isinstance(body, JobBody):
        keys += [*body.annotations, *body.template.annotations]
    return tuple(dict.fromkeys(key for key in keys if key.rpartition("/")[2] in ATTACH | NETWORK))


WHOLE_BUDGET = 240
"""Seconds of a period that, with one failure allowed, make the TCP probe which Cloud Run adds by itself."""


def startup_probe_of(container: ContainerBody | None) -> StartupProbe:
    """What the container has to do before it counts as started."""
    probe = container.startup_probe if container else None
    if probe is None:
        return StartupProbe.NONE
    if probe.http_get is not None:
        return StartupProbe.HTTP
    if probe.grpc is not None:
        return StartupProbe.GRPC
    own = probe.period_seconds == WHOLE_BUDGET and probe.failure_threshold == 1
    return StartupProbe.DEFAULT if own or probe.tcp_socket is None else StartupProbe.TCP


def cpu_throttled_of(container: ContainerBody | None) -> bool | None:
    """Whether CPU is there only while a request is open; None where the container says nothing of its resources."""
    return container.resources.cpu_idle if container and container.resources else None


def revision_of(call: ApiCall, body: RevisionBody | JobBody) -> RunRevision:
    """The configuration as a fact. CPU is not throttled in jobs."""
    deployed, container = body.deployed, serving(body.deployed)
    return RunRevision(
        call=call,
        egress=egress_of(deployed.vpc_access),
        connector=deployed.vpc_access.connector,
        networks=interfaces_of(deployed.vpc_access),
        attached=attached_to(deployed),
        mounts=mounts_of(deployed),
        containers=len(deployed.containers),
        service_account=deployed.service_account,
        cpu_throttled=cpu_throttled_of(container) if isinstance(body, RevisionBody) else None,
        startup_probe=startup_probe_of(container),
        max_instances=body.max_instances,
        execution_environment=deployed.execution_environment,
        stray_annotations=stray_annotations_of(body),
    )


def connector_of(call: ApiCall, body: ConnectorBody) -> VpcConnector:
    """The connector as a fact."""
    return VpcConnector(
        call=call,
        name=body.name,
        state=body.state,
        network=body.network,
        ip_range=body.ip_cidr_range,
        subnet=body.subnet.name if body.subnet else "",
        machine_type=body.machine_type,
        min_instances=body.min_instances,
        max_instances=body.max_instances,
    )
