"""What an answer of a Google API means, and the shapes of the bodies we read.

Source: the common error shape of Google APIs (``error.code, message, status, errors[].reason, details[]`` with
ErrorInfo), and the sqladmin, cloudresourcemanager and metadata documentation. Unknown fields are ignored and unknown
enum values kept as text: both grow.
"""

import ipaddress
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from diagnostics.core.foreign import UNREADABLE, Whole, bounded
from diagnostics.core.model import Secret, Value
from diagnostics.core.observed import ApiResult

T = TypeVar("T")

_SERVER_ERRORS = 500
"""First status of HTTP's server errors."""


class ErrorInfo(Value, frozen=True, kw_only=True):
    """google.rpc.ErrorInfo, as far as we read it."""

    reason: str = ""
    metadata: Mapping[str, str] = msgspec.field(default_factory=dict)


class LegacyError(Value, frozen=True, kw_only=True):
    """One entry of ``errors``."""

    reason: str = ""


class ErrorDetail(Value, frozen=True, kw_only=True):
    """``error`` itself."""

    code: int = 0
    message: str = ""
    status: str = ""
    errors: tuple[LegacyError, ...] = ()
    details: tuple[ErrorInfo, ...] = ()


class ErrorBody(Value, Whole, frozen=True, kw_only=True):
    """The whole body of an error. What is shown of it is cleaned, and cut, as foreign text."""

    error: ErrorDetail


class ApiVerdict(Value, frozen=True, kw_only=True):
    """What a call came to. ``message`` is Google's own sentence, not yet cleaned."""

    result: ApiResult
    reason: str = ""
    message: str = ""
    permission: str = ""
    consumer: str = ""


_DISABLED = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})
_SCOPE = frozenset({"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"})
_IMPLIED = {"USER_PROJECT_DENIED": "serviceusage.services.use"}
"""Reasons that name no permission because there is one only; ErrorReason of google.api has them."""

_BY_STATUS = {
    401: ApiResult.UNAUTHORIZED,
    403: ApiResult.DENIED,
    404: ApiResult.NOT_FOUND,
    429: ApiResult.RATE_LIMITED,
}


def verdict_of(status: int, body: bytes) -> ApiVerdict:
    """What a status and body that is not the hoped-for answer mean."""
    error = decoded(body, ErrorBody)
    if error is None:
        known = status >= _SERVER_ERRORS or status in (401, 404, 429)
        return ApiVerdict(result=_result(status, frozenset(), "") if known else ApiResult.UNEXPECTED_ANSWER)
    detail = error.error
    reasons = [info.reason for info in detail.details if info.reason] + [
        legacy.reason for legacy in detail.errors if legacy.reason
    ]
    metadata = {key: value for info in detail.details for key, value in info.metadata.items()}
    return ApiVerdict(
        result=_result(status, frozenset(reasons), detail.message),
        reason=next(iter(reasons), detail.status),
        message=detail.message,
        permission=metadata.get("permission") or next((_IMPLIED[each] for each in reasons if each in _IMPLIED), ""),
        consumer=metadata.get("consumer", "").removeprefix("projects/"),
    )


def decoded(body: bytes, shape: type[T]) -> T | None:
    """The body in a shape, its names and lists cut to what we keep; None where it is something else."""
    try:
        return bounded(msgspec.json.decode(body, type=shape))
    except UNREADABLE:
        return None


def _result(status: int, reasons: frozenset[str], message: str) -> ApiResult:
    if status >= _SERVER_ERRORS:
        return ApiResult.SERVER_ERROR
    if reasons & _DISABLED:
        return ApiResult.API_DISABLED
    if reasons & _SCOPE:
        return ApiResult.SCOPE_INSUFFICIENT
    if "vpcServiceControlsUniqueIdentifier" in message:
        return ApiResult.ORGANIZATION_POLICY
    return _BY_STATUS.get(status, ApiResult.UNEXPECTED_ANSWER)


LONGEST_PEM = 64 * 1024
"""Characters of a certificate, or of a chain of them: one has two thousand."""

LONGEST_TOKEN = 16 * 1024
"""Characters of a token. Google's have one to two thousand; a header of HTTP takes 8 KiB at most servers."""

LONGEST_LIFE = 7 * 24 * 3600
"""Seconds. Google's tokens live an hour, or twelve where an organization allows it."""


class CertificateBody(Value, Whole, frozen=True, kw_only=True):
    """``SslCert``, as far as we read it."""

    cert: str

    def __post_init__(self) -> None:
        """ValueError for what is no PEM: other libraries fail on it in ways of their own."""
        if not self.cert.isascii() or len(self.cert) > LONGEST_PEM:
            raise ValueError("not a certificate in PEM")


class AddressBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``IpMapping``. PRIMARY is the public address; OUTGOING cannot be connected to."""

    type: str = ""
    ip_address: str = ""

    def __post_init__(self) -> None:
        """ValueError for what is no address: it cannot be dialled, and the real API never sends it."""
        if self.ip_address:
            ipaddress.ip_address(self.ip_address)


class DnsNameBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``DnsNameMapping``."""

    name: str = ""
    connection_type: str = ""
    dns_scope: str = ""


class ConnectSettingsBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``ConnectSettings``."""

    region: str
    database_version: str
    server_ca_cert: CertificateBody
    ip_addresses: tuple[AddressBody, ...] = ()
    dns_name: str = ""
    dns_names: tuple[DnsNameBody, ...] = ()
    psc_enabled: bool = False
    server_ca_mode: str = ""


class EphemeralCertBody(Value, frozen=True, kw_only=True, rename="camel"):
    """Answer of generateEphemeralCert."""

    ephemeral_cert: CertificateBody


class FlagBody(Value, frozen=True, kw_only=True):
    """One database flag."""

    name: str = ""
    value: str = ""


class NetworkBody(Value, frozen=True, kw_only=True):
    """One authorized network."""

    value: str = ""


class IpConfigurationBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``IpConfiguration``."""

    ssl_mode: str = ""
    private_network: str = ""
    authorized_networks: tuple[NetworkBody, ...] = ()


class SettingsBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``Settings``."""

    activation_policy: str = ""
    connector_enforcement: str = ""
    ip_configuration: IpConfigurationBody = IpConfigurationBody()
    database_flags: tuple[FlagBody, ...] = ()


class InstanceBody(Value, frozen=True, kw_only=True, rename="camel"):
    """``DatabaseInstance``."""

    state: str
    settings: SettingsBody
    suspension_reason: tuple[str, ...] = ()


class PermissionsBody(Value, frozen=True, kw_only=True):
    """Answer of testIamPermissions; the field is left out where none is held."""

    permissions: tuple[str, ...] = ()


class TokenBody(Value, Whole, frozen=True, kw_only=True):
    """A token of the metadata server. Never shown, never kept as it is."""

    access_token: str
    expires_in: int = 0

    def __post_init__(self) -> None:
        """ValueError for what is no token, or lives in no time that there is."""
        if not is_token(self.access_token) or not 0 <= self.expires_in <= LONGEST_LIFE:
            raise ValueError("not a token")


def is_token(text: str) -> bool:
    """Whether it can stand in a header: visible characters of ASCII, so no line break that would begin another one."""
    return 0 < len(text) <= LONGEST_TOKEN and all("!" <= character <= "~" for character in text)


class CertificateRequest(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Body of generateEphemeralCert; the login token makes it a certificate for IAM logins."""

    public_key: str
    access_token: str = ""


class PermissionsRequest(Value, frozen=True, kw_only=True):
    """Body of testIamPermissions."""

    permissions: tuple[str, ...]


def request_body(value: Value) -> Secret:
    """A request as JSON; secret, because some requests carry a token."""
    return Secret(msgspec.json.encode(value).decode())
