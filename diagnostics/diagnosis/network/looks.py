"""What a container's checks, the control planes and trials can say of a network, one field a look. None: not looked.

What was not looked at constrains nothing, and nothing is inferred from its absence.
"""

from enum import Enum, StrEnum

from diagnostics.core.codes import CheckId
from diagnostics.core.model import Value
from diagnostics.core.observed import EgressSetting
from diagnostics.diagnosis.network.world import Address, Attachment, Authorized, Enforcement, Instance


class Met(StrEnum):
    """What a connection met: something came back, or nothing did."""

    ANSWERED = "answered"
    SILENT = "silent"


class Network(StrEnum):
    """The network that the revision is attached to, against the one of the instance's private address."""

    SAME = "same"
    OTHER = "other"


class Look(StrEnum):
    """One thing to look at; the field of Observations that holds what was seen."""

    PATH = "path"
    API = "api"
    GOOGLE = "google"
    GOOGLE_PRIVATE = "google_private"
    NEUTRAL = "neutral"
    CONTROL = "control"
    PATH_5432 = "path_5432"
    PATH_3307 = "path_3307"
    PUBLIC_5432 = "public_5432"
    PUBLIC_3307 = "public_3307"
    PRIVATE_5432 = "private_5432"
    PRIVATE_3307 = "private_3307"
    PSC_5432 = "psc_5432"
    PSC_3307 = "psc_3307"
    INSTANCE = "instance"
    ADDRESS = "address"
    AUTHORIZED = "authorized"
    ENFORCEMENT = "enforcement"
    EGRESS = "egress"
    ATTACHMENT = "attachment"
    CONNECTOR = "connector"
    NETWORK = "network"
    AFTER_WAITING = "after_waiting"
    AT_OWN_ADDRESS = "at_own_address"

    @property
    def check(self) -> CheckId:
        """The check whose fact it is read from; of a trial, the one that it is made for."""
        return _CHECKS[self]


class Observations(Value, frozen=True, kw_only=True):
    """What was seen in one run."""

    path: Met | None = None
    """The app's own way: the connection of the run, or the proxy's behind a socket."""
    api: Met | None = None
    """A call of the Admin API by its name; an answer of any kind."""
    google: Met | None = None
    """One packet to the address that the name leads to."""
    google_private: Met | None = None
    neutral: Met | None = None
    control: Met | None = None
    path_5432: Met | None = None
    """The instance's address that the path leads to; the fields after the next one are its other addresses."""
    path_3307: Met | None = None
    public_5432: Met | None = None
    public_3307: Met | None = None
    private_5432: Met | None = None
    private_3307: Met | None = None
    psc_5432: Met | None = None
    psc_3307: Met | None = None
    instance: Instance | None = None
    address: Address | None = None
    """Whether the address that was dialled is one of those that the Admin API names."""
    authorized: Authorized | None = None
    """``others`` for every list that is neither empty nor open to all: nobody here knows whose addresses they are."""
    enforcement: Enforcement | None = None
    egress: EgressSetting | None = None
    attachment: Attachment | None = None
    """Interface or connector, as the revision says."""
    connector: Attachment | None = None
    """Whether the connector says that it carries."""
    network: Network | None = None
    after_waiting: Met | None = None
    """A trial: the same way, until the grace period was over."""
    at_own_address: Met | None = None
    """A trial: the address that the Admin API names in place of the configured one."""

    def seen(self, look: Look) -> Enum | None:
        """What was seen there, None where nobody looked."""
        found: Enum | None = getattr(self, look.value)
        return found


SILENCE = (Look.PATH, Look.API, Look.ADDRESS)
"""That the path is silent, and where it leads. By itself it says nothing of why."""

MEASURED = (Look.NEUTRAL, Look.GOOGLE, Look.GOOGLE_PRIVATE, Look.CONTROL, Look.API)
"""What a lost packet, or a way that opened meanwhile, may have falsified; the one that says least comes first."""

TRIALS = (Look.AT_OWN_ADDRESS, Look.AFTER_WAITING)
"""What only a trial looks at, the quickest first."""

_CHECKS = {
    Look.PATH: CheckId.TCP_CONNECT,
    Look.API: CheckId.ADMIN_CONNECT_SETTINGS,
    Look.GOOGLE: CheckId.EGRESS_GOOGLE_APIS,
    Look.GOOGLE_PRIVATE: CheckId.EGRESS_GOOGLE_APIS,
    Look.NEUTRAL: CheckId.EGRESS_PUBLIC,
    Look.CONTROL: CheckId.EGRESS_PRIVATE,
    Look.PATH_5432: CheckId.EGRESS_INSTANCE,
    Look.PATH_3307: CheckId.EGRESS_INSTANCE,
    Look.PUBLIC_5432: CheckId.EGRESS_INSTANCE,
    Look.PUBLIC_3307: CheckId.EGRESS_INSTANCE,
    Look.PRIVATE_5432: CheckId.EGRESS_INSTANCE,
    Look.PRIVATE_3307: CheckId.EGRESS_INSTANCE,
    Look.PSC_5432: CheckId.EGRESS_INSTANCE,
    Look.PSC_3307: CheckId.EGRESS_INSTANCE,
    Look.INSTANCE: CheckId.ADMIN_INSTANCE,
    Look.ADDRESS: CheckId.ADMIN_CONNECT_SETTINGS,
    Look.AUTHORIZED: CheckId.ADMIN_INSTANCE,
    Look.ENFORCEMENT: CheckId.ADMIN_INSTANCE,
    Look.EGRESS: CheckId.RUN_REVISION,
    Look.ATTACHMENT: CheckId.RUN_REVISION,
    Look.CONNECTOR: CheckId.VPC_CONNECTOR,
    Look.NETWORK: CheckId.RUN_REVISION,
    Look.AFTER_WAITING: CheckId.TCP_CONNECT,
    Look.AT_OWN_ADDRESS: CheckId.TCP_CONNECT,
}
