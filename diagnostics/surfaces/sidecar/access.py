"""What the settings say of callers."""

from diagnostics.core.model import Value


class Access(Value, frozen=True, kw_only=True):
    """Who may call, and what is told to whom."""

    allowed_hosts: tuple[str, ...] = ()
    """Names by which we may be called, beside addresses and localhost."""
    expose_details: bool = False
    """Whether callers from elsewhere see hosts, users, addresses and messages."""
    gate_passes: int = 2
