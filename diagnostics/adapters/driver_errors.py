"""What a driver's exception says, told by its type. Its text is handed on as it is: whoever shows it cleans it."""

from diagnostics.core.model import Value


class DriverError(Value, frozen=True, kw_only=True):
    """An exception of a driver, or of the connector, as values."""

    exception: str
    """Its class as a traceback spells it."""
    sqlstate: str = ""
    message: str = ""
    silent: bool = False
    option_rejected: bool = False
    api_failed: bool = False


def described(error: Exception) -> DriverError:
    """The exception as values."""
    families = _families(error)
    return DriverError(
        exception=spelled(type(error)),
        sqlstate=str(getattr(error, "sqlstate", "") or ""),
        message=str(error),
        silent=isinstance(error, TimeoutError) or "psycopg.errors.ConnectionTimeout" in families,
        option_rejected=_rejects_an_option(error, families),
        api_failed=bool(families & {"aiohttp.client_exceptions.ClientError", "google.auth.exceptions.GoogleAuthError"}),
    )


def spelled(kind: type[BaseException]) -> str:
    """Module and name, the name alone for Python's own."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _families(error: Exception) -> frozenset[str]:
    """Names of the class and its bases: told apart without loading the libraries they come from."""
    return frozenset(spelled(kind) for kind in type(error).__mro__ if issubclass(kind, BaseException))


def _rejects_an_option(error: Exception, families: frozenset[str]) -> bool:
    """An argument that a driver does not take, before it connects.

    Certificates that do not verify and names that cannot be encoded are ValueErrors as well, and no options.
    """
    if isinstance(error, (OSError, UnicodeError)) or getattr(error, "sqlstate", None):
        return False
    return isinstance(error, (TypeError, ValueError)) or "psycopg.ProgrammingError" in families
