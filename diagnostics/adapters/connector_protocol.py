"""What this process and the connector's process tell each other: JSON, a request in, then a line and a line out."""

from diagnostics.adapters.driver_errors import DriverError
from diagnostics.core.model import Value


class Request(Value, frozen=True, kw_only=True):
    """What to connect to. It holds the password in the clear, so it is sent by pipe and never shown."""

    instance: str
    user: str
    database: str
    ip_type: str
    iam: bool
    password: str | None = None
    sqladmin_endpoint: str = ""

    def __repr__(self) -> str:
        return "Request(***)"


class Ready(Value, frozen=True, kw_only=True):
    """First line: ready to connect, or what this process lacks for it."""

    version: str = ""
    import_seconds: float = 0.0
    error: DriverError | None = None


class Done(Value, frozen=True, kw_only=True):
    """Second line: what the connector came to."""

    connect_seconds: float
    error: DriverError | None = None
