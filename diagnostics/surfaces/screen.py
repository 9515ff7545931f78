"""The streams and what they can show."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

import msgspec

from diagnostics.core.model import Value

PIPED_WIDTH = 100
"""Columns where nobody measures: what a log viewer or an issue shows without a scroll bar."""
WIDEST = 120
"""On a wider terminal the eye loses the line between the label and the time."""
NARROWEST = 30
"""Below that nothing is readable anyhow; terminals that report 0 or 1 columns are lying."""


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Where we write, and the few variables that terminals have."""

    environ: Mapping[str, str]
    stdout: TextIO
    stderr: TextIO
    termination_log: Path | None = None
    """Kubernetes and Cloud Run show what is in this file, if there is one."""
    inherited: Mapping[bytes, bytes] | None = None
    """The environment that we were started with, byte for byte; None is ``environ``."""

    @property
    def handed_on(self) -> Mapping[bytes, bytes] | Mapping[str, str]:
        """What the application is started with."""
        return self.environ if self.inherited is None else self.inherited


class Screen(Value, frozen=True, kw_only=True):
    """What text on a stream may use."""

    width: int = PIPED_WIDTH
    colour: bool = False
    interactive: bool = False
    """A person looks on and lines may be erased."""
    symbols: bool = True
    """The encoding has the few symbols beyond ASCII that we draw."""


def screen_of(stream: TextIO, environ: Mapping[str, str]) -> Screen:
    """Colours follow no-color.org and TERM=dumb; the width is the terminal's, or COLUMNS."""
    symbols = (stream.encoding or "").lower().replace("-", "") in {"utf8", "utf8sig"}
    if not stream.isatty():
        return Screen(symbols=symbols)
    clever = environ.get("TERM", "dumb") not in {"", "dumb"}
    return Screen(
        width=max(NARROWEST, min(_columns(stream, environ), WIDEST)),
        colour=clever and not environ.get("NO_COLOR"),
        interactive=clever,
        symbols=symbols,
    )


def _columns(stream: TextIO, environ: Mapping[str, str]) -> int:
    given = environ.get("COLUMNS", "")
    if given.isdecimal():
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except OSError:
        return PIPED_WIDTH
