"""From a SQLSTATE to a cause, and whether the code says it by itself. Source: PostgreSQL's errcodes.txt."""

from diagnostics.core.codes import Cause
from diagnostics.core.diagnosis import Confidence

_LIKELY, _PROVEN = Confidence.LIKELY, Confidence.PROVEN

SQLSTATES: dict[str, tuple[Cause, Confidence]] = {
    "08P01": (Cause.PG_POOLER_INCOMPATIBLE, _LIKELY),
    "0A000": (Cause.TLS_PROTOCOL_MISMATCH, _LIKELY),
    "22023": (Cause.CONFIG_DRIVER_OPTION_MISMATCH, _LIKELY),
    "25006": (Cause.PG_READ_ONLY, _PROVEN),
    "25P03": (Cause.PG_SERVER_TIMEOUT, _PROVEN),
    "26000": (Cause.PG_POOLER_INCOMPATIBLE, _LIKELY),
    "28000": (Cause.PG_NO_HBA_ENTRY, _LIKELY),
    "28P01": (Cause.PG_AUTH_PASSWORD, _PROVEN),
    "3D000": (Cause.PG_DATABASE_MISSING, _PROVEN),
    "42501": (Cause.PG_PERMISSION_DENIED, _PROVEN),
    "42704": (Cause.CONFIG_DRIVER_OPTION_MISMATCH, _LIKELY),
    "53100": (Cause.INSTANCE_STORAGE_FULL, _PROVEN),
    "53200": (Cause.INSTANCE_OUT_OF_MEMORY, _PROVEN),
    "53300": (Cause.PG_TOO_MANY_CONNECTIONS, _PROVEN),
    "55000": (Cause.PG_PERMISSION_DENIED, _LIKELY),
    "57014": (Cause.PG_SERVER_TIMEOUT, _PROVEN),
    "57P01": (Cause.INSTANCE_MAINTENANCE_OR_FAILOVER, _LIKELY),
    "57P02": (Cause.INSTANCE_OUT_OF_MEMORY, _LIKELY),
    "57P03": (Cause.PG_NOT_READY, _PROVEN),
    "57P05": (Cause.PG_SERVER_TIMEOUT, _PROVEN),
}
"""Codes that a session may end with up to its first query. 55000 is a database that takes no connections."""
