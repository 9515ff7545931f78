"""What files said when settings were read, so that nothing is read from them anew while they say the same."""

import contextlib
import hashlib
from collections.abc import Callable

from diagnostics.settings import Files

Question = tuple[str, str]
"""What was asked, and of which path."""


class NotedFiles:
    """Files whose answers are noted: as digests, so that no secret is kept a second time."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._answers: dict[Question, bytes] = {}

    def read(self, path: str) -> str:
        """Part of Files."""
        try:
            text = self._files.read(path)
        except (OSError, ValueError) as error:
            self._note("read", path, f"{type(error).__name__} {error}")
            raise
        self._note("read", path, text)
        return text

    def exists(self, path: str) -> bool:
        """Part of Files."""
        there = self._files.exists(path)
        self._note("exists", path, str(there))
        return there

    def say_the_same(self, files: Files) -> bool:
        """Whether each question that was asked would be answered as it was."""
        now = NotedFiles(files)
        return all(now.answer(question) == answer for question, answer in self._answers.items())

    def answer(self, question: Question) -> bytes:
        """The digest of what is said to it now."""
        ask: dict[str, Callable[[str], object]] = {"read": self.read, "exists": self.exists}
        kind, path = question
        with contextlib.suppress(OSError, ValueError):
            ask[kind](path)
        return self._answers[question]

    def _note(self, kind: str, path: str, answer: str) -> None:
        self._answers[kind, path] = hashlib.blake2b(answer.encode(errors="surrogatepass")).digest()
