"""What libraries log: that they did, and where. Never what: it may hold what must not be shown.

A task of ours that ended unheard, a handler that raised: asyncio and aiohttp would print the text of the exception and
a trace, past everything that keeps secrets out of what is written.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator

from diagnostics.surfaces.failures import fault


class ForeignLog(logging.Handler):
    """Says one line for each warning and error. ``say`` takes it without its end."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Part of Handler."""
        error = record.exc_info[1] if record.exc_info else None
        what = fault(error) if error else f"{record.filename}:{record.lineno}"
        self._say(f"{record.levelname.lower()} of {record.name}: {what}")


@contextlib.contextmanager
def foreign_log(say: Callable[[str], None]) -> Iterator[None]:
    """Inside, this is the log of every library that is given no other."""
    handler = ForeignLog(say)
    logging.root.addHandler(handler)
    try:
        yield
    finally:
        logging.root.removeHandler(handler)
