"""What a single look at the outside can come to: the closed sets and small values that facts are made of."""

from datetime import datetime
from enum import StrEnum

from diagnostics.core.model import IpType, Value


class AddressClass(StrEnum):
    """What an address is to Cloud Run's egress setting."""

    LOOPBACK = "loopback"
    LINK_LOCAL = "link_local"
    PRIVATE = "private"
    SHARED = "shared"
    """100.64.0.0/10, routed like RFC 1918 by private-ranges-only."""
    GOOGLE_PRIVATE_VIP = "google_private_vip"
    """199.36.153.8/30, private.googleapis.com."""
    GOOGLE_RESTRICTED_VIP = "google_restricted_vip"
    """199.36.153.4/30, restricted.googleapis.com."""
    PUBLIC = "public"


class Reach(StrEnum):
    """What one connection attempt met."""

    OPEN = "open"
    REFUSED = "refused"
    SILENT = "silent"
    UNREACHABLE = "unreachable"
    RESET = "reset"
    PERMISSION_DENIED = "permission_denied"
    MISSING = "missing"
    NOT_A_SOCKET = "not_a_socket"


class DnsResult(StrEnum):
    """What one name server, or the system resolver, said."""

    ANSWER = "answer"
    NO_ADDRESS = "no_address"
    NXDOMAIN = "nxdomain"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    SILENT = "silent"
    UNREACHABLE = "unreachable"
    NOT_A_NAME = "not_a_name"


class EgressSetting(StrEnum):
    """Which packets a Cloud Run revision sends into its VPC; ``none`` where no VPC is attached."""

    NONE = "none"
    PRIVATE_RANGES_ONLY = "private-ranges-only"
    ALL_TRAFFIC = "all-traffic"


class StartupProbe(StrEnum):
    """What has to succeed before Cloud Run counts a container as started."""

    NONE = "none"
    DEFAULT = "default"
    """Cloud Run's own: the port accepts a connection, which no database is needed for."""
    HTTP = "http"
    TCP = "tcp"
    GRPC = "grpc"


class ApiResult(StrEnum):
    """What one call of a Google API came to."""

    ANSWER = "answer"
    UNRESOLVED = "unresolved"
    SILENT = "silent"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CLOSED = "closed"
    TLS_FAILED = "tls_failed"
    UNAUTHORIZED = "unauthorized"
    DENIED = "denied"
    API_DISABLED = "api_disabled"
    SCOPE_INSUFFICIENT = "scope_insufficient"
    ORGANIZATION_POLICY = "organization_policy"
    NOT_FOUND = "not_found"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    UNEXPECTED_ANSWER = "unexpected_answer"


class Attempt(Value, frozen=True, kw_only=True):
    """One connection attempt: where to, what it met, how long that took."""

    address: str
    port: int = 0
    address_class: AddressClass = AddressClass.PUBLIC
    reach: Reach
    seconds: float


class TokenFact(Value, frozen=True, kw_only=True):
    """One access token without the token: for which scope, and until when."""

    scope: str
    expires_at: datetime | None = None
    http_status: int = 0


class DnsAnswer(Value, frozen=True, kw_only=True):
    """What one server said of one name. ``server`` is ``system`` for getaddrinfo."""

    server: str
    name: str
    result: DnsResult
    addresses: tuple[str, ...] = ()
    address_classes: tuple[AddressClass, ...] = ()
    left_out: int = 0
    """Addresses beyond the first 32, which are neither kept nor tried."""
    seconds: float


class ApiCall(Value, frozen=True, kw_only=True):
    """One call of a Google API, as far as it may be shown."""

    method: str
    url: str
    result: ApiResult
    http_status: int = 0
    reason: str = ""
    """Google's own reason, such as ``notAuthorized`` or ``SERVICE_DISABLED``."""
    message: str = ""
    """Google's own sentence, cleaned."""
    permission: str = ""
    consumer: str = ""
    """The project an API is off in, which may not be the instance's."""
    answered_at: datetime | None = None
    """When it was answered, where the API asked to be left alone and an earlier answer stands in; None is just now."""


class InstanceAddress(Value, frozen=True, kw_only=True):
    """One address of the instance as the Admin API names it."""

    ip_type: IpType
    address: str


class VpcInterface(Value, frozen=True, kw_only=True):
    """One interface of Direct VPC egress; at least one of the two is named."""

    network: str = ""
    subnetwork: str = ""


class Mount(Value, frozen=True, kw_only=True):
    """Where one container has the volume of the Cloud SQL sockets; each container has its own mounts."""

    container: str = ""
    path: str


class PeerCertificate(Value, frozen=True, kw_only=True):
    """The server's certificate as it was served."""

    subject: str = ""
    common_name: str = ""
    names: tuple[str, ...] = ()
    issuer: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    sha256: str = ""


class ServerError(Value, frozen=True, kw_only=True):
    """The server's own ErrorResponse, message cleaned."""

    severity: str
    sqlstate: str
    message: str
    detail: str = ""
    """What it adds, cleaned."""
    routine: str = ""
    """The function of PostgreSQL's source that refused; empty in what a pooler says by itself."""
