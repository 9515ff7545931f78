"""``explain --text`` and ``explain --jsonl``: foreign text in, causes out.

Of the text nothing is repeated but the names of the app's limits.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

import msgspec

from diagnostics.core.model import Value
from diagnostics.core.text.answer import LineAnswer, answer, line_answer
from diagnostics.surfaces import failures, pasted
from diagnostics.surfaces.document import json_line
from diagnostics.surfaces.output import Output, choose
from diagnostics.surfaces.screen import World, screen_of
from diagnostics.surfaces.services import CommandLine, UsageError
from diagnostics.surfaces.streams import Documents, Notes

LONGEST = 4 * 1024 * 1024
"""Bytes of a text, or of one line of ``--jsonl``, that are looked at: some 30 000 lines of log, a second's work."""
STANDARD_INPUT = "-"


class Question(Value, frozen=True, kw_only=True):
    """One line of ``--jsonl``; other fields are left alone."""

    id: str | int
    """Given back as it is."""
    error_text: str
    context: object = None
    """Whatever is known besides: a text, or any JSON."""


class NoQuestion(Exception):
    """A line of ``--jsonl`` that cannot be answered; the message quotes nothing of it."""


def explain_text(source: str, given: CommandLine, world: World) -> int:
    """Print what one text can come from."""
    with _opened(source, "--text") as stream:
        return _shown(_text_of(stream, world), given, world)


def explain_stream(stream: BinaryIO, given: CommandLine, world: World) -> int | None:
    """Print what a text that was piped can come from; None where there was none."""
    text = _text_of(stream, world)
    return _shown(text, given, world) if text.strip() else None


def explain_words(wanted: str, given: CommandLine, world: World) -> int | None:
    """Print what words on the command line, or a code of a server or a client, can come from; None for unknown ones."""
    for text in (wanted, f"SQLSTATE {wanted.strip()}"):
        if answer(text).candidates:
            return _shown(text, given, world)
    return None


def _shown(text: str, given: CommandLine, world: World) -> int:
    output = choose(given.get("output"), world.environ, Output.TEXT, pasted.FORMATS)
    Documents(world.stdout).write(pasted.render(answer(text), output, screen_of(world.stdout, world.environ)))
    return 0


def _text_of(stream: BinaryIO, world: World) -> str:
    content, cut = _end_of(stream)
    if cut:
        Notes(world.stderr).line(f"{failures.COMMAND}: the text is longer than {_megabytes()}; its end is read")
    return content.decode(errors="replace")


def explain_lines(source: str, given: CommandLine, world: World) -> int:
    """Print what each line's text can come from, as soon as it is read; a line that is no question is told."""
    if given.get("output") not in {None, Output.JSONL}:
        raise UsageError("--jsonl prints jsonl, whatever else -o says")
    documents, notes = Documents(world.stdout), Notes(world.stderr)
    code = 0
    with _opened(source, "--jsonl") as stream:
        for number, line in _lines(stream):
            try:
                documents.write(json_line(_answered(line)))
            except NoQuestion as problem:
                notes.line(f"{failures.COMMAND}: line {number} of --jsonl has no answer: {problem}")
                code = failures.EXIT_USAGE
    return code


def _answered(line: bytes) -> LineAnswer:
    question = _question(line)
    return line_answer(question.id, question.error_text, question.context)


def _question(line: bytes) -> Question:
    if len(line) > LONGEST:
        raise NoQuestion(f"longer than {_megabytes()}")
    try:
        # The library's own decoder refuses lone surrogates, which logs have; the messages of both quote nothing.
        question = msgspec.convert(json.loads(line), Question)
        str(question.id).encode()
    except msgspec.ValidationError as problem:
        raise NoQuestion(str(problem)) from None
    except UnicodeEncodeError:
        raise NoQuestion("id is no text") from None
    except (ValueError, RecursionError):
        raise NoQuestion("no JSON") from None
    return question


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Every line that is not blank with its number; of one that is too long only so much that this shows."""
    number = 0
    while line := stream.readline(LONGEST + 1):
        number += 1
        kept = line
        while len(line) > LONGEST and not line.endswith(b"\n"):
            line = stream.readline(LONGEST + 1)
        if kept.strip():
            yield number, kept


def _end_of(stream: BinaryIO) -> tuple[bytes, bool]:
    """The last megabytes, from the start of a line, and whether there were more: what failed last stands last."""
    kept, cut = b"", False
    while chunk := stream.read(LONGEST):
        kept += chunk
        cut = cut or len(kept) > LONGEST
        kept = kept[-LONGEST:]
    return (kept.partition(b"\n")[2] or kept, True) if cut else (kept, False)


def _opened(source: str, flag: str) -> AbstractContextManager[BinaryIO]:
    if source == STANDARD_INPUT:
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise UsageError(f"{flag}: {error.strerror}") from None


def _megabytes() -> str:
    return f"{LONGEST // 1024 // 1024} MB"
