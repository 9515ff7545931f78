"""Where no settings were found: which variables come near those of a database."""

import re
from collections.abc import Iterable

MOST = 5
"""Names: more than a person reads in one sentence."""

_DATABASE = re.compile(r"(?:^|_|(?<=[a-z]))(?:pg|postgres|postgresql|database|datasource|db|dsn|sql|jdbc)(?=_|[A-Z]|$)")
_OTHER = re.compile(r"redis|mongo|amqp|rabbit|smtp|mail|kafka|elastic|memcache|cloudsql_diag", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,63}", re.ASCII)
"""What looks like a name; anything else may be a value that stands in the wrong place."""


def nearest(names: Iterable[str]) -> tuple[str, ...]:
    """Names that speak of a database, in the order of the alphabet. Never a value."""
    near = (name for name in names if _NAME.fullmatch(name) and not _OTHER.search(name))
    return tuple(sorted(name for name in near if _DATABASE.search(name) or _DATABASE.search(name.lower())))[:MOST]
