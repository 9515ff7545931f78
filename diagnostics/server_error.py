"""What a server said no with, as a fact: cleaned, and only as much of it as tells causes apart."""

from diagnostics import wire
from diagnostics.check import Env
from diagnostics.core.classify import routine_of, sqlstate_of
from diagnostics.core.observed import ServerError


def server_error(error: wire.ErrorResponse, env: Env) -> ServerError:
    """The ErrorResponse as it may be shown."""
    return ServerError(
        severity=error.severity,
        sqlstate=sqlstate_of(error.sqlstate),
        message=env.vault.clean(error.message),
        detail=env.vault.clean(error.detail or ""),
        routine=routine_of(error.routine),
    )
