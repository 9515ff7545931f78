"""What an exception means for a start-up: not yet, never, or unknown. Drivers are told by name; none is imported."""

import errno
import functools
import re
import socket
from collections.abc import Iterator
from typing import NamedTuple

from diagnostics.startup import table
from diagnostics.startup.chain import chain, text_of, type_names
from diagnostics.startup.table import Means, Verdict

PAUSE = 0.1
"""Seconds: the pause that ``worth_retrying`` names where the failure asks for none of its own."""
_SQLSTATE = re.compile(r"[0-9A-Z]{5}")
_LOOPBACK = re.compile(r"127\.\d|localhost|::1|/cloudsql")


class Judgement(NamedTuple):
    """What is known of a failure."""

    verdict: Verdict
    sqlstate: str | None
    cause: str
    """Of the taxonomy, empty where the exception alone does not tell."""
    reason: str
    """A sentence without values: no host, user or message is in it."""
    wait: float | None
    """Seconds before the next try where the failure asks for some; None where any will do."""
    within: float | None = None
    """Seconds since the first try after which it is no longer worth one; None for the caller's own budget."""

    @classmethod
    def of(cls, means: Means, sqlstate: str | None = None) -> "Judgement":
        """A row of the table as an answer."""
        return cls(means.verdict, sqlstate, means.cause, means.reason, means.wait or None, means.within or None)


UNKNOWN = Judgement(Verdict.UNKNOWN, None, "", "nothing is known of this exception", None)


def judge(exc: BaseException, *, on_cloud_run: bool | None = None) -> Judgement:
    """What is to be made of an exception and those behind it, most exact witness first.

    The server's SQLSTATE, then the answer of Google's API, the kernel's errno, the type, the words. ``on_cloud_run``
    is read from the environment where it is None.
    """
    where = _on_cloud_run() if on_cloud_run is None else on_cloud_run
    links = list(chain(exc))
    system = functools.partial(_by_system, on_cloud_run=where)
    for witness in (_by_sqlstate, _by_message, _by_status, system, _by_type, _by_last, _by_text):
        for each in links:
            found = witness(each)
            if found is not None:
                return found
    return UNKNOWN


def worth_retrying(exc: BaseException) -> bool | float:
    """For ``stamina.retry(on=...)`` and tenacity's ``retry_if_exception``: seconds to wait, True, or False."""
    found = judge(exc)
    return found.verdict is Verdict.NOT_YET and (found.wait or True)


def _on_cloud_run() -> bool:
    import os

    return any(os.environ.get(name) for name in ("K_SERVICE", "CLOUD_RUN_JOB", "CLOUD_RUN_WORKER_POOL"))


def _by_sqlstate(exc: BaseException) -> Judgement | None:
    """Asyncpg and psycopg call it ``sqlstate``, psycopg2 ``pgcode``; pg8000 has a dict of the message's fields."""
    for state in _states(exc):
        means = table.SQLSTATES.get(state) or _of_class(state)
        if means:
            return Judgement.of(means, state)
    return None


def _states(exc: BaseException) -> Iterator[str]:
    fields = exc.args[0] if exc.args and isinstance(exc.args[0], dict) else {}
    for value in (getattr(exc, "sqlstate", None), getattr(exc, "pgcode", None), fields.get("C")):
        if isinstance(value, str) and _SQLSTATE.fullmatch(value):
            yield value


def _of_class(state: str) -> Means | None:
    """A state that the table does not hold: of class 08 connections break, of 28 logins are refused."""
    return {"08": table.BROKEN, "28": table.LOGIN}.get(state[:2])


def _by_message(exc: BaseException) -> Judgement | None:
    text = text_of(exc)
    for pattern, state in table.MESSAGES:
        if re.search(pattern, text):
            return Judgement.of(table.SQLSTATES[state], state)
    return None


def _by_status(exc: BaseException) -> Judgement | None:
    status = getattr(exc, "status", None)
    known = isinstance(status, int) and any(name.startswith(("aiohttp.", "google.")) for name in type_names(exc))
    means = table.HTTP_STATUSES.get(status) if known and isinstance(status, int) else None
    return Judgement.of(means) if means else None


def _by_system(exc: BaseException, *, on_cloud_run: bool) -> Judgement | None:
    if not isinstance(exc, OSError) or exc.errno is None:
        return None
    if isinstance(exc, socket.gaierror):
        return Judgement.of(table.NAME_LATER if exc.errno == socket.EAI_AGAIN else table.NO_NAME)
    text = f"{text_of(exc)} {exc.filename or ''}"
    if exc.errno == errno.ECONNREFUSED:
        return Judgement.of(table.REFUSED_BESIDE if _LOOPBACK.search(text) else table.REFUSED)
    if exc.errno == errno.ENOENT:
        return Judgement.of(table.NOT_MOUNTED if on_cloud_run and "/cloudsql" in text else table.NO_SOCKET)
    means = table.ERRNOS.get(exc.errno)
    return Judgement.of(means) if means else None


def _by_type(exc: BaseException) -> Judgement | None:
    return _of_kinds(exc, table.KINDS)


def _by_last(exc: BaseException) -> Judgement | None:
    return _of_kinds(exc, table.LAST_KINDS)


def _of_kinds(exc: BaseException, kinds: tuple[tuple[str, Means], ...]) -> Judgement | None:
    names = type_names(exc)
    means = next((means for kind, means in kinds if kind in names), None)
    return Judgement.of(means) if means else None


def _by_text(exc: BaseException) -> Judgement | None:
    text = text_of(exc)
    for pattern, means in table.TEXTS:
        if re.search(pattern, text):
            beside = means is table.REFUSED and _LOOPBACK.search(text)
            return Judgement.of(table.REFUSED_BESIDE if beside else means)
    return None
