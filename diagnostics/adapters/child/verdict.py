"""What a driver's exception says, told by its type. Its text is handed on: whoever shows it cleans it."""

from collections.abc import Iterator

LONGEST_MESSAGE = 16 * 1024
"""Characters of an exception's text that are handed on: four times what is searched for secrets before 500 are shown
(core.redact), and longer than any token beside it, so that no secret is cut where it could be seen."""

LONGEST_NAME = 200
"""Characters of a class's name with its module."""

_LIBPQ_OUT_OF_MEMORY = "cannot allocate memory for input buffer"
"""libpq's own words (fe-misc.c), which no server sends: it holds what it receives, and that did not fit."""

OUT_OF_MEMORY = {"end": "out_of_memory", "exception": "MemoryError"}


def described(error: Exception) -> dict[str, object]:
    """The exception as values, by the names of ``ports.DriverResult``."""
    return {
        "end": _end(error),
        "exception": spelled(type(error))[:LONGEST_NAME],
        "sqlstate": str(getattr(error, "sqlstate", "") or "")[:LONGEST_NAME],
        # What is no Unicode (a lone surrogate) could not be handed on.
        "message": str(error)[:LONGEST_MESSAGE].encode("utf-8", "replace").decode(),
    }


def spelled(kind: type[BaseException]) -> str:
    """Module and name, the name alone for Python's own."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def ran_out_of_memory(error: BaseException | None) -> bool:
    """Whether it, or what it came from, is that memory was refused."""
    return any(isinstance(each, MemoryError) or _LIBPQ_OUT_OF_MEMORY in _text(each) for each in _chain(error))


def _end(error: Exception) -> str:
    families = _families(error)
    if ran_out_of_memory(error):
        return "out_of_memory"
    if isinstance(error, TimeoutError) or "psycopg.errors.ConnectionTimeout" in families:
        return "silent"
    if _rejects_an_option(error, families):
        return "option_rejected"
    if families & {"aiohttp.client_exceptions.ClientError", "google.auth.exceptions.GoogleAuthError"}:
        return "api_failed"
    return "failed"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _text(error: BaseException) -> str:
    """Not of a server's error, which may be long and says what it wants."""
    said = error.args[0] if error.args else ""
    return said[:LONGEST_MESSAGE] if isinstance(said, str) else ""


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
