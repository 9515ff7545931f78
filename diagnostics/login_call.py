"""One login as a check makes it: not made again where the server has just refused the very same.

A refused login is repeated after 1, 2, 4, 8 and then every 15 minutes. With SCRAM a cycle goes one message further and
learns for nothing whether that is of use: salt and iterations are what the password was stored with, so the same
password gets the same refusal until they change, and once they change it is tried at once. A server that names another
salt each time, as some poolers do, tells nothing by that, and is asked by the clock.
"""

from collections.abc import Iterable

import msgspec

from diagnostics.backoff import FIRST, LONGEST, Earlier
from diagnostics.check import Env
from diagnostics.climb import Climb
from diagnostics.core.outcome import Outcome
from diagnostics.ports import DriverCall

_REFUSED = "28"
"""Class of the SQLSTATEs that say so, *invalid authorization specification*: what servers, and those who watch them,
count as a failed login."""


class LoginCall:
    """One question to a server, and what it answered before. ``parts`` are all that we bring to it."""

    def __init__(self, env: Env, parts: Iterable[str | bytes]) -> None:
        self._memory = env.refused_logins
        self._clock = env.clock
        self._asked = self._memory.question(parts)
        self._settled = self._memory.question((self._asked, "the same challenge came again"))

    def earlier(self, challenge: bytes = b"") -> Outcome | None:
        """The refusal that stands in for another one, None where it is time to ask."""
        known = self._recall(self._with(challenge)) if challenge else None
        if known is not None:
            self._memory.take(self._settled, known, self._clock.monotonic(), LONGEST)
        elif not challenge or self._recall(self._settled) is None:
            known = self._recall(self._asked)
        return None if known is None else msgspec.structs.replace(known.answer, found_at=known.at)

    def ended(self, outcome: Outcome, sqlstate: str, challenge: bytes = b"") -> Outcome:
        """Remember what it came to; the outcome."""
        self._memory.forget(self._settled)
        if not sqlstate.startswith(_REFUSED):
            self._memory.forget(self._asked)
            return outcome
        answer, now = Earlier(answer=outcome, at=self._clock.now()), self._clock.monotonic()
        self._memory.take(self._asked, answer, now, FIRST)
        if challenge:
            self._memory.take(self._with(challenge), answer, now, LONGEST)
        return outcome

    def _recall(self, question: bytes) -> Earlier[Outcome] | None:
        return self._memory.recall(question, self._clock.monotonic())

    def _with(self, challenge: bytes) -> bytes:
        return self._memory.question((self._asked, challenge))


def on_connection(env: Env, climb: Climb, user: str, credential: str | None = None) -> LoginCall:
    """A login over the open connection, None where nothing secret is shown for it."""
    place = climb.endpoint.label if climb.endpoint else ""
    shown = () if credential is None else (credential,)
    return LoginCall(env, (place, "tls" if climb.peer else "plain", user, env.target.database, *shown))


def by_driver(env: Env, call: DriverCall) -> LoginCall:
    """A login by the app's driver, with all that it is handed."""
    target, secrets = call.target, (call.target.url, call.target.password, call.login_token)
    named = (call.dialect, target.host, str(target.port), str(target.instance), target.database, target.user)
    options = (f"{name}={value}" for name, value in target.options)
    return LoginCall(env, (*named, *("" if each is None else each.reveal() for each in secrets), *options))
