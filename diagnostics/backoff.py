"""What was refused is not asked again before its time: logins that count as failed, APIs that want to be left alone.

A refusal is an answer to one question, and the question is everything that went into it: the address, the user, the
password, and what the server named for the proof. The same question gets the same answer, so for a while the earlier
answer stands in for a new one. Another password, or another salt because somebody set the password on the server, is
another question and is asked at once. Questions are remembered as digests under a key of this process, so that nothing
here could be turned back into a password.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Generic, TypeVar

from diagnostics.core.model import Value

T = TypeVar("T")

FIRST = 60.0
"""Seconds before the first repetition, doubled with each: rules that lock an account count by the minute."""

LONGEST = 900.0
"""Seconds between two repetitions, however often it was refused, and whatever a server asks for: a quarter of an hour
is how long somebody who has mended it by hand may wait for us to see it."""

SHORTEST = 1.0
"""Seconds for which we stay away from an API that says to come back at once."""

MOST = 1024
"""Questions that are remembered: a few for each target of the largest configuration."""


class Earlier(Value, Generic[T], frozen=True, kw_only=True):
    """An answer that stands in for a new one."""

    answer: T
    at: datetime


class _Held(Value, Generic[T], frozen=True, kw_only=True):
    earlier: Earlier[T]
    until: float
    pause: float


class Refusals(Generic[T]):
    """Answers by their questions. ``now`` is in monotonic seconds everywhere."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(hashlib.blake2b.MAX_KEY_SIZE)
        self._held: dict[bytes, _Held[T]] = {}
        self._insists = False

    def insisting(self) -> "Refusals[T]":
        """The same memory for somebody who wants it asked again now; what comes of it is remembered as ever."""
        other = Refusals[T]()
        other._key, other._held, other._insists = self._key, self._held, True
        return other

    def question(self, parts: Iterable[str | bytes]) -> bytes:
        """What stands for these parts, in their order."""
        digest = hashlib.blake2b(key=self._key)
        for part in parts:
            data = part.encode(errors="surrogatepass") if isinstance(part, str) else part
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.digest()

    def recall(self, question: bytes, now: float) -> Earlier[T] | None:
        """The refusal that stands in for asking again, None where it is time to ask."""
        held = self._held.get(question)
        return held.earlier if held is not None and now < held.until and not self._insists else None

    def take(
        self, question: bytes, answer: Earlier[T], now: float, pause: float = FIRST, *, exactly: bool = False
    ) -> None:
        """It was refused. ``pause`` are seconds to the first repetition; later ones are doubled, unless ``exactly``."""
        before = self._held.pop(question, None)
        doubled = before.pause * 2 if before is not None and not exactly else 0.0
        seconds = min(LONGEST, max(pause, doubled))
        self._held[question] = _Held(earlier=answer, until=now + seconds, pause=seconds)
        if len(self._held) > MOST:
            # The one that was refused longest ago.
            self._held.pop(next(iter(self._held)))

    def forget(self, question: bytes) -> None:
        """It was answered otherwise: the next refusal is a first one."""
        self._held.pop(question, None)
