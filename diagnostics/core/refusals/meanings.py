"""From a kind of refusal to its cause, and to what fits as well where the words leave that open."""

from diagnostics.core.codes import Cause
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.model import Value
from diagnostics.core.refusals.refusal import Refusal


class Meaning(Value, frozen=True, kw_only=True):
    """A cause, how sure the words make it, and the other causes for which a server says the same."""

    cause: Cause
    confidence: Confidence
    alternatives: tuple[Cause, ...] = ()


def _says(cause: Cause) -> Meaning:
    """The words name the cause."""
    return Meaning(cause=cause, confidence=Confidence.PROVEN)


def _suggests(cause: Cause, *alternatives: Cause) -> Meaning:
    """Most often it is that."""
    return Meaning(cause=cause, confidence=Confidence.LIKELY, alternatives=alternatives)


def _leaves_open(cause: Cause, *alternatives: Cause) -> Meaning:
    return Meaning(cause=cause, confidence=Confidence.POSSIBLE, alternatives=alternatives)


MEANINGS: dict[Refusal, Meaning] = {
    # On purpose the server does not tell a wrong password from a missing role, one without password, and an old one.
    Refusal.WRONG_PASSWORD: _suggests(Cause.PG_AUTH_PASSWORD, Cause.PG_ROLE_MISSING, Cause.PG_PASSWORD_EXPIRED),
    Refusal.NO_PASSWORD: _says(Cause.PG_NO_PASSWORD),
    Refusal.IAM_REFUSED: _suggests(Cause.IAM_MISSING_INSTANCES_LOGIN),
    Refusal.ROLE_MISSING: _says(Cause.PG_ROLE_MISSING),
    Refusal.LOGIN_NOT_PERMITTED: _says(Cause.PG_ROLE_CANNOT_LOGIN),
    Refusal.ROLE_UNTOLD: _suggests(Cause.PG_ROLE_MISSING, Cause.PG_ROLE_CANNOT_LOGIN),
    Refusal.OTHER_IDENTITY: _says(Cause.PG_IDENTITY_MISMATCH),
    Refusal.NO_HBA_ENTRY: _says(Cause.PG_NO_HBA_ENTRY),
    Refusal.HBA_REJECT: _says(Cause.PG_HBA_REJECT),
    Refusal.HBA_UNTOLD: _suggests(Cause.PG_NO_HBA_ENTRY, Cause.PG_HBA_REJECT, Cause.TLS_CLIENT_CERT_REQUIRED),
    Refusal.TLS_REQUIRED: _suggests(Cause.TLS_SSL_REQUIRED, Cause.PG_NO_HBA_ENTRY, Cause.PG_HBA_REJECT),
    Refusal.CLIENT_CERTIFICATE_REQUIRED: _says(Cause.TLS_CLIENT_CERT_REQUIRED),
    Refusal.AUTHORIZATION_UNTOLD: _leaves_open(
        Cause.PG_NO_HBA_ENTRY, Cause.PG_ROLE_MISSING, Cause.PG_ROLE_CANNOT_LOGIN, Cause.PG_HBA_REJECT
    ),
    Refusal.DATABASE_MISSING: _says(Cause.PG_DATABASE_MISSING),
    Refusal.DATABASE_CLOSED: _says(Cause.PG_DATABASE_NOT_ACCEPTING),
    Refusal.DATABASE_INVALID: _says(Cause.PG_DATABASE_NOT_ACCEPTING),
    Refusal.CONNECT_DENIED: _says(Cause.PG_PERMISSION_DENIED),
    Refusal.TOO_MANY_CONNECTIONS: _says(Cause.PG_TOO_MANY_CONNECTIONS),
    Refusal.SLOTS_RESERVED: _says(Cause.PG_TOO_MANY_CONNECTIONS),
    Refusal.ROLE_LIMIT: _says(Cause.PG_ROLE_CONNECTION_LIMIT),
    Refusal.DATABASE_LIMIT: _says(Cause.PG_DATABASE_CONNECTION_LIMIT),
    Refusal.SLOTS_UNTOLD: _suggests(
        Cause.PG_TOO_MANY_CONNECTIONS,
        Cause.PG_ROLE_CONNECTION_LIMIT,
        Cause.PG_DATABASE_CONNECTION_LIMIT,
        Cause.POOL_EXHAUSTED,
    ),
    Refusal.NOT_READY: _says(Cause.PG_NOT_READY),
    Refusal.STANDBY_CLOSED: _says(Cause.PG_STANDBY_CLOSED),
    Refusal.SHUTDOWN: _suggests(Cause.INSTANCE_MAINTENANCE_OR_FAILOVER, Cause.PG_NOT_READY),
    Refusal.CRASHED: _suggests(Cause.INSTANCE_OUT_OF_MEMORY, Cause.PG_NOT_READY),
    Refusal.STORAGE_FULL: _says(Cause.INSTANCE_STORAGE_FULL),
    Refusal.OUT_OF_MEMORY: _says(Cause.INSTANCE_OUT_OF_MEMORY),
    Refusal.READ_ONLY: _says(Cause.PG_READ_ONLY),
    Refusal.SERVER_TIMEOUT: _says(Cause.PG_SERVER_TIMEOUT),
    Refusal.PARAMETER: _suggests(Cause.CONFIG_DRIVER_OPTION_MISMATCH),
    Refusal.PROTOCOL: _suggests(Cause.TLS_PROTOCOL_MISMATCH, Cause.PG_POOLER_INCOMPATIBLE),
    Refusal.POOLER_NO_DATABASE: _says(Cause.PG_POOLER_DATABASE_UNKNOWN),
    Refusal.POOLER_NO_USER: _says(Cause.PG_POOLER_USER_UNKNOWN),
    Refusal.POOLER_LOGIN: _suggests(Cause.PG_AUTH_PASSWORD, Cause.PG_POOLER_USER_UNKNOWN, Cause.PG_PASSWORD_EXPIRED),
    Refusal.POOLER_FULL: _says(Cause.POOL_EXHAUSTED),
    Refusal.POOLER_WAIT: _suggests(Cause.PG_POOLER_NO_SERVER, Cause.POOL_EXHAUSTED),
    Refusal.POOLER_NO_SERVER: _says(Cause.PG_POOLER_NO_SERVER),
    Refusal.POOLER_SERVER_LOGIN: _suggests(Cause.PG_POOLER_NO_SERVER, Cause.PG_AUTH_PASSWORD),
    Refusal.POOLER_REJECTS: _suggests(Cause.PG_HBA_REJECT, Cause.PG_POOLER_USER_UNKNOWN),
    Refusal.POOLER_NOT_ALLOWED: _suggests(Cause.PG_PERMISSION_DENIED, Cause.PG_POOLER_DATABASE_UNKNOWN),
    Refusal.POOLER_UNSUPPORTED: _says(Cause.PG_POOLER_INCOMPATIBLE),
    Refusal.POOLER_UNTOLD: _suggests(Cause.PG_POOLER_INCOMPATIBLE, Cause.PG_POOLER_NO_SERVER),
}
"""Every kind but ``server_error``, of which nothing is known."""
