"""An exception and what stands behind it: its causes, its context, the original that a library wrapped."""

from collections.abc import Iterator
from types import TracebackType

DEEPEST = 50
"""Exceptions looked at: a chain is a handful, and one made by a loop in somebody's code may have no end."""
TEXT = 2000
"""Characters of a message that are looked at: drivers put their reason first."""


def chain(exc: BaseException) -> Iterator[BaseException]:
    """The exception itself first, then those behind it, each once.

    SQLAlchemy keeps the driver's exception in ``orig``, an ExceptionGroup its members in ``exceptions``.
    """
    waiting, seen = [exc], set[int]()
    while waiting and len(seen) < DEEPEST:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += _behind(current)


def _behind(exc: BaseException) -> list[BaseException]:
    members = getattr(exc, "exceptions", ())
    inside = list(members) if isinstance(members, tuple | list) else []
    # __context__ last: it may be an exception that was handled, and only happened to be there.
    near = [getattr(exc, "orig", None), exc.__cause__, *inside, exc.__context__]
    return [each for each in near if isinstance(each, BaseException)]


def type_names(exc: BaseException) -> tuple[str, ...]:
    """``package.Name`` of its class and of all that it inherits from: tells drivers apart without importing one."""
    return tuple(f"{cls.__module__.partition('.')[0]}.{cls.__name__}" for cls in type(exc).__mro__)


def text_of(exc: BaseException) -> str:
    """Its message, cut. Empty where building it raises, as a driver's ``__str__`` may."""
    try:
        return str(exc)[:TEXT]
    except Exception:  # noqa: BLE001 - foreign code, and no message is an answer
        return ""


def owner_of_timer(exc: BaseException) -> tuple[str, int] | None:
    """Module and line that called asyncio's timer which raised this; None where no timer of asyncio did.

    A ``TimeoutError`` of ``asyncio.timeout`` or ``wait_for`` has no message. Its traceback ends in asyncio, and the
    frame before is the code whose timer it was.
    """
    owner: tuple[str, int] | None = None
    inside = False
    for module, line in _frames(exc.__traceback__):
        inside = module in {"asyncio.tasks", "asyncio.timeouts", "async_timeout"}
        if not inside:
            owner = (module, line)
    return owner if inside else None


def _frames(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    while trace is not None:
        yield str(trace.tb_frame.f_globals.get("__name__", "")), trace.tb_lineno
        trace = trace.tb_next
