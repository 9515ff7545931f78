"""The network between the container and everything else, as its owner has set it up: the inputs of the router."""

from enum import StrEnum

import msgspec


class Egress(StrEnum):
    """The revision's VPC egress setting, in gcloud's words."""

    PRIVATE_RANGES = "private-ranges-only"
    ALL = "all-traffic"
    NONE = "none"
    """No VPC attached."""


class Attachment(StrEnum):
    """How the revision is attached to the VPC."""

    DIRECT = "direct"
    CONNECTOR = "connector"


class ConnectorState(StrEnum):
    """``state`` of a Serverless VPC Access connector."""

    READY = "READY"
    ERROR = "ERROR"
    CREATING = "CREATING"
    UPDATING = "UPDATING"
    DELETING = "DELETING"

    @property
    def carries(self) -> bool:
        """Whether packets get through: an update replaces its machines one by one."""
        return self in {ConnectorState.READY, ConnectorState.UPDATING}


class ApiNames(StrEnum):
    """What the names of Google's APIs resolve to."""

    PUBLIC = "public"
    PRIVATE = "private"
    RESTRICTED = "restricted"


class PrivateRange(StrEnum):
    """What the range is that was allocated for private services access."""

    RFC1918 = "rfc1918"
    OTHER = "other"
    """Privately used public addresses: a VPC routes them, private-ranges-only does not send them there."""


class Endpoint(StrEnum):
    """State of the consumer's Private Service Connect endpoint."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    ABSENT = "absent"


class Authorized(StrEnum):
    """Whom the instance's authorized networks let connect to 5432 of its public address."""

    NONE = "none"
    NAT = "nat"
    """Only the address of the VPC's Cloud NAT."""
    ALL = "all"


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """The settings, healthy where nothing is said."""

    egress: Egress = Egress.PRIVATE_RANGES
    vpc: Attachment = Attachment.DIRECT
    connector_state: ConnectorState = ConnectorState.READY
    nat: bool = True
    """Cloud NAT in the VPC."""
    pga: bool = True
    """Private Google Access of the subnet."""
    api_dns: ApiNames = ApiNames.PUBLIC
    peering: bool = True
    """Private services access: the VPC is peered with the instance's network."""
    private_range: PrivateRange = PrivateRange.RFC1918
    psc: Endpoint = Endpoint.ACCEPTED
    psc_dns: bool = True
    """Whether the name of the endpoint resolves."""
    denied_ports: frozenset[int] = frozenset()
    """What the VPC's egress firewall denies; it sees only what goes through the VPC."""
    authorized_networks: Authorized = Authorized.NONE
    egress_opens_after: float = 0.0
    """Seconds after the start of a command during which nothing but metadata and DNS answers."""
    private_host: bool = True
    """Whether the app's private control host answers."""

    @property
    def attached(self) -> bool:
        """Whether the revision has a VPC at all."""
        return self.egress is not Egress.NONE

    @property
    def carries(self) -> bool:
        """Whether what goes into the VPC comes out of it."""
        return self.vpc is Attachment.DIRECT or self.connector_state.carries
