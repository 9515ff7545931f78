"""Stack traces: frames say only whose code it was, and of exceptions that raised each other the innermost says most."""

import re
from collections.abc import Iterable, Iterator

from diagnostics.core.text.line import Line

_FRAME = re.compile(r"\s*at (?:async |new )?[\w$.<>\[\] /]{1,200}[(:]|\s*goroutine \d+ \[(?!io wait)|\s*#\d+ ")
"""A line of a stack trace of Java, Node, Go or a debugger: names of code are no message."""
_PYTHON_FRAME = re.compile(r'.{0,80}?\bFile "[^"]{1,300}", line \d')
"""One of Python, which a log may put a time before; the line of source after it is no message either."""
_RAISED_FROM = re.compile(r"\s*(?:Caused by: |\[cause\]: )")
"""Java and Node print what an exception was raised from after it."""
_RAISED_TO = "The above exception was the direct cause of the following exception"
"""Python prints it before. ``During handling of the above`` is no such chain: the two may have nothing in common."""
_TRACE = "Traceback (most recent call last)"


_FRAMES = 4000
"""Characters of frames that are kept with a message: some forty frames, and the innermost stand next to it."""


def linked(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines that are no frames, each with its chain, its depth in it and the frames before and after it."""
    reader = _Reader()
    waiting: Line | None = None
    before = after = ""
    for line in lines:
        if not reader.is_message(line.text):
            after = after if len(after) > _FRAMES else f"{after}\n{line.text}"
            continue
        if waiting is not None:
            yield _framed(waiting, before, after)
        waiting = Line(number=line.number, text=line.text, chain=reader.chain, depth=reader.depth)
        before, after = after, ""
    if waiting is not None:
        yield _framed(waiting, before, after)


def _framed(line: Line, before: str, after: str) -> Line:
    if not before and not after:
        return line
    frames = f"{before[-_FRAMES:]}\n{after[:_FRAMES]}"
    return Line(number=line.number, text=line.text, chain=line.chain, depth=line.depth, frames=frames)


class _Reader:
    """Where in which chain the lines are."""

    __slots__ = ("_after_frame", "_after_python_frame", "_to_come", "chain", "depth")

    def __init__(self) -> None:
        self.chain = self.depth = 0
        self._after_frame = self._after_python_frame = self._to_come = False

    def is_message(self, text: str) -> bool:
        """Whether the line is none of a stack trace; moves on to the chain and depth that it has."""
        source, self._after_python_frame = self._after_python_frame, _PYTHON_FRAME.match(text) is not None
        if self._after_python_frame or (source and "    " in text) or not text.strip():
            return False
        if _FRAME.match(text):
            self._after_frame = True
            return False
        self._move(text)
        return True

    def _move(self, text: str) -> None:
        if _RAISED_FROM.match(text):
            self.depth += 1
        elif _RAISED_TO in text:
            self.depth -= 1
            self._to_come = True
            return
        elif self._starts_anew(text):
            self.chain += 1
            self.depth = 0
        self._after_frame = self._to_come = False

    def _starts_anew(self, text: str) -> bool:
        """A trace that nothing announced, or after frames a line at the margin."""
        if _TRACE in text:
            return not self._to_come
        return self._after_frame and not text.startswith((" ", "\t", "}"))
