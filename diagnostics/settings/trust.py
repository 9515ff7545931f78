"""Whether a URL is cut where its writer meant it to be.

- With a driver in the scheme SQLAlchemy reads it, which looks for the first ``@`` only: ``/ ? # : %`` in a password do
  no harm, an ``@`` does.
- A plain URL may be read by anything (libpq, asyncpg, an ORM), and readers differ, so every reserved character but
  ``:`` in the credentials counts as not encoded, and so does a ``%`` that stands for itself.

A raw ``@`` behind the credentials is the end of a cut password, save in a query that gives the user.
"""

import re
from collections.abc import Mapping

from diagnostics.core.findings import Code
from diagnostics.core.model import SettingName
from diagnostics.settings import hygiene
from diagnostics.settings.readers import behind_credentials
from diagnostics.settings.values import first_host, host_problem, port_problem, secret_problem, text_problem


class Rejected(Exception):
    """Nothing of this URL may be used or shown."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code


_CUT = re.compile("[/?#]")
_BAD_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_USER_IN_QUERY = re.compile(r"[^@]*[?&]user=[\w.%+\-]+@[\w.\-]+(?:&[^@]*)?", re.ASCII)
"""An IAM user needs no encoding there."""
_INSTANCE_AS_HOST = re.compile(r"(?:[a-z0-9.\-]+:){2,3}[a-z0-9\-]*[a-z][a-z0-9\-]*(?::[0-9]*)?")
"""An instance connection name and perhaps a port, where host and port should be."""


def judge_plain(rest: str) -> None:
    """Before anything reads it; ``rest`` is what stands behind ``://``. Rejected."""
    cut = _CUT.search(rest)
    authority, behind = (rest[: cut.start()], rest[cut.start() :]) if cut else (rest, "")
    late = "@" in behind and ("@" in authority or not _USER_IN_QUERY.fullmatch(rest))
    if late or authority.count("@") > 1 or behind.startswith("#") or _BAD_PERCENT.search(rest):
        raise Rejected(Code.CONFIG_TARGET_UNESCAPED_URL)


def judge_for_sqlalchemy(rest: str) -> None:
    """The same where SQLAlchemy reads it. Rejected."""
    user, behind = behind_credentials(rest)
    if user is not None and _CUT.search(user):
        raise Rejected(Code.CONFIG_TARGET_UNESCAPED_URL)
    if "@" in behind and (user is not None or not _USER_IN_QUERY.fullmatch(behind)):
        raise Rejected(Code.CONFIG_TARGET_UNESCAPED_URL)


def judge_parts(parts: Mapping[SettingName, str]) -> None:
    """After it was read: a part that cannot be what it stands for shows a wrong cut, or a template. Rejected."""
    host, port = parts.get(SettingName.HOST, ""), parts.get(SettingName.PORT, "").split(",", 1)[0]
    if hygiene.placeholder(host) or hygiene.placeholder(port):
        raise Rejected(Code.CONFIG_TARGET_PLACEHOLDER_IN_URL)
    names = (parts.get(SettingName.USER, ""), parts.get(SettingName.DATABASE, ""))
    problems = (
        host_problem(first_host(host)),
        port_problem(port) if port else None,
        *map(text_problem, names),
        *map(secret_problem, parts.values()),
    )
    for code in problems:
        if code:
            raise Rejected(code)


def judge_no_url(text: str) -> None:
    """A value that is no URL of PostgreSQL at all. Always Rejected."""
    if hygiene.placeholder(text):
        raise Rejected(Code.CONFIG_TARGET_PLACEHOLDER_IN_URL)
    raise Rejected(Code.CONFIG_TARGET_MALFORMED_URL)


def instance_as_host(rest: str) -> bool:
    """Whether an instance connection name stands where the host should: its colons leave no host and no port."""
    cut = _CUT.search(rest)
    authority = rest[: cut.start()] if cut else rest
    return authority.count("@") <= 1 and _INSTANCE_AS_HOST.fullmatch(authority.rpartition("@")[2]) is not None
