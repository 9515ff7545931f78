"""The world around a container, one variable a fact, and what is given of it: the route and where it leads.

Every variable has a type of its own, so a value says by itself which variable it is of. Sources: the Cloud Run pages on
VPC egress and connectors, the VPC pages on Private Google Access, private services access and Private Service Connect,
the Cloud SQL pages on authorized networks, connector enforcement and instance states.
"""

from enum import Enum

from diagnostics.core.model import IpType, Route, Value
from diagnostics.core.observed import EgressSetting

POSTGRES_PORT, PROXY_PORT, HTTPS_PORT = 5432, 3307, 443

CONTROL_PORT = 6379
"""Stands for the port of the app's other private host, a Redis mostly; only a rule against everything denies it."""


class Attachment(Enum):
    """What carries packets from the container into its VPC."""

    INTERFACE = "interface"
    """Direct VPC egress."""
    CONNECTOR = "connector"
    BROKEN_CONNECTOR = "broken_connector"
    """In a state in which nothing gets through."""


class Nat(Enum):
    """Cloud NAT, the VPC's way to public addresses."""

    PRESENT = "nat"
    MISSING = "no_nat"


class GoogleAccess(Enum):
    """Private Google Access of the subnet: Google's addresses without NAT."""

    ON = "google_access"
    OFF = "no_google_access"


class ApiNames(Enum):
    """What the names of Google's APIs resolve to."""

    PUBLIC = "public_names"
    PRIVATE = "private_names"
    """199.36.153.8/30."""
    RESTRICTED = "restricted_names"
    """199.36.153.4/30."""


class GoogleWay(Enum):
    """What lies between the container and Google's APIs, and nobody else."""

    OPEN = "google_open"
    DROPS = "google_dropped"


class Peering(Enum):
    """The container's VPC against the network that the instance's private address is in; peerings do not chain."""

    PEERED = "peered"
    NOT_PEERED = "not_peered"
    OTHER_NETWORK = "other_network"


class Endpoint(Enum):
    """The consumer's endpoint of Private Service Connect."""

    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"


class Denied(Enum):
    """Ports that the VPC's egress firewall denies. It sees only what goes through the VPC."""

    NOTHING = frozenset[int]()
    POSTGRES = frozenset({POSTGRES_PORT})
    PROXY = frozenset({PROXY_PORT})
    HTTPS = frozenset({HTTPS_PORT})
    DATABASE = frozenset({POSTGRES_PORT, PROXY_PORT})
    POSTGRES_HTTPS = frozenset({POSTGRES_PORT, HTTPS_PORT})
    PROXY_HTTPS = frozenset({PROXY_PORT, HTTPS_PORT})
    INSTANCE_AND_APIS = frozenset({POSTGRES_PORT, PROXY_PORT, HTTPS_PORT})
    EVERYTHING = frozenset({POSTGRES_PORT, PROXY_PORT, HTTPS_PORT, CONTROL_PORT})


class Authorized(Enum):
    """Whom the instance lets connect to 5432 of its public address."""

    NOBODY = "nobody"
    OTHERS = "others"
    """Some, and the address of the VPC's NAT is not among them."""
    OURS = "ours"
    """It is."""
    ANYBODY = "anybody"


class Enforcement(Enum):
    """Whether the instance takes clients only through its own proxy."""

    OFF = "any_client"
    REQUIRED = "connectors_only"


class Instance(Enum):
    """What became of the instance."""

    RUNNING = "running"
    STOPPED = "stopped"
    """By its owner, or suspended."""
    MAINTENANCE = "maintenance"
    """It comes back by itself."""
    UNRESPONSIVE = "unresponsive"
    """The control plane says that it runs, and it answers nobody."""


class PrivateRange(Enum):
    """The range that was allocated for private services access."""

    RFC1918 = "rfc1918"
    OTHER = "other_range"
    """Privately used public addresses: a VPC routes them, private-ranges-only does not send them there."""


class Control(Enum):
    """Another private host that the settings name, such as a Redis."""

    ANSWERS = "control_answers"
    DOWN = "control_down"


class Opening(Enum):
    """Direct VPC egress opens some time after the instance starts."""

    OPEN = "open"
    CLOSED = "closed"
    LATE = "late"
    """It opened while the run was on: what was tried first is silent, what was tried last is not."""


class Address(Enum):
    """The address that the settings name, against the instance's own."""

    OWN = "own"
    STALE = "stale"


class World(Value, frozen=True, kw_only=True):
    """One setting of everything; the defaults are healthy on every route but to a public 5432."""

    egress: EgressSetting = EgressSetting.PRIVATE_RANGES_ONLY
    attachment: Attachment = Attachment.INTERFACE
    nat: Nat = Nat.PRESENT
    google_access: GoogleAccess = GoogleAccess.ON
    google_way: GoogleWay = GoogleWay.OPEN
    api_names: ApiNames = ApiNames.PUBLIC
    peering: Peering = Peering.PEERED
    endpoint: Endpoint = Endpoint.ACCEPTED
    denied: Denied = Denied.NOTHING
    authorized: Authorized = Authorized.NOBODY
    enforcement: Enforcement = Enforcement.OFF
    instance: Instance = Instance.RUNNING
    private_range: PrivateRange = PrivateRange.RFC1918
    control: Control = Control.ANSWERS
    opening: Opening = Opening.OPEN
    address: Address = Address.OWN


FIELDS: dict[type[Enum], str] = {type(getattr(World(), name)): name for name in World.__struct_fields__}
"""Which variable a value is of."""


class Case(Value, frozen=True, kw_only=True):
    """What is given before anything is looked at: the app's way, and which addresses there are."""

    route: Route
    leads_to: IpType
    """The kind of address that the path ends at."""
    port: int = POSTGRES_PORT
    """On the direct route; the other two use the instance's proxy."""
    has: frozenset[IpType] = frozenset()
    """Addresses of the instance beside that one."""
    api_names: ApiNames | None = None
    """None where that was not seen."""
    private_range: PrivateRange | None = None
    usual: bool = True
    """Not so for what an address may be as well, and hardly ever is."""

    @property
    def kinds(self) -> frozenset[IpType]:
        """All addresses of the instance."""
        return self.has | {self.leads_to}

    @property
    def needs(self) -> frozenset[IpType]:
        """The kinds of address on the path: the instance's, and a private one where Google's APIs have such names."""
        inside = self.by_proxy and self.api_names in {ApiNames.PRIVATE, ApiNames.RESTRICTED}
        return frozenset({self.leads_to, *((IpType.PRIVATE,) if inside else ())})

    @property
    def by_proxy(self) -> bool:
        """Whether the path goes over the Admin API and the instance's own proxy."""
        return self.route is not Route.DIRECT
