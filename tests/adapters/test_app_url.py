"""What SQLAlchemy makes of a URL, against known results and against the settings' own reader of the same rules."""

import pytest

from diagnostics.adapters.app_url import Keyword, is_plain, keywords, names
from diagnostics.core.model import Dialect
from diagnostics.settings.readers import sqlalchemy


@pytest.mark.parametrize(
    "url, expected",
    [
        (
            "postgresql+asyncpg://u:p%40ss@db.example:5433/orders",
            {"host": "db.example", "port": 5433, "user": "u", "password": "p@ss", "database": "orders"},
        ),
        (
            "postgresql+asyncpg://u:p@/orders?host=/cloudsql/acme:eu:orders",
            {"host": "/cloudsql/acme:eu:orders", "user": "u", "password": "p", "database": "orders"},
        ),
        ("postgresql+asyncpg://[::1]:5433/orders", {"host": "::1", "port": 5433, "database": "orders"}),
        ("postgresql+asyncpg://h/d?sslmode=require", {"host": "h", "database": "d", "sslmode": "require"}),
        ("postgresql+asyncpg://h/d?host=other:6432", {"host": "other", "port": 6432, "database": "d"}),
        ("postgresql+asyncpg://h/d?host=a&host=b", {"host": ("a", "b"), "database": "d"}),
        ("postgresql+asyncpg://h/d?prepared_statement_cache_size=0", {"host": "h", "database": "d"}),
        ("postgresql+asyncpg://u:@h", {"host": "h", "user": "u"}),
    ],
)
def test_a_url_becomes_keywords(url: str, expected: dict[str, Keyword]) -> None:
    assert keywords(url, "database") == expected


@pytest.mark.parametrize("url", ["no url", "postgresql+asyncpg://h:port/d"])
def test_a_url_that_is_none_is_a_value_error(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|int"):
        keywords(url, "database")


@pytest.mark.parametrize(
    "rest",
    [
        "u:p@h:1/d?a=b",
        "u:p/@h/d",
        "u@h",
        "h",
        "[fd00::1]/d",
        "u:p%20@h/d%2Fe",
        "/d",
        "u:a@b@h/d",
        "u:p@h/d\n",
        "h?a=b&a=c\n",
    ],
)
def test_the_settings_read_the_same_parts(rest: str) -> None:
    """Two readers of one rule: what is diagnosed must be what the driver gets."""
    ours, theirs = keywords(f"postgresql+asyncpg://{rest}", "database"), sqlalchemy(rest)
    parts = {"host": theirs.host, "port": theirs.port, "user": theirs.user, "password": theirs.password}
    parts["database"] = theirs.database
    assert {name: str(ours.get(name, "")) for name in parts} == parts
    assert set(dict(theirs.query)) == set(ours) - set(parts)


def test_a_scheme_is_plain_or_names_a_driver() -> None:
    assert is_plain("postgres://h")
    assert not is_plain("postgresql+asyncpg://h?a=b+c")
    assert names("postgresql+asyncpg://h", Dialect.ASYNCPG)
    assert names("postgresql+psycopg2://h", Dialect.PSYCOPG)
    assert not names("postgresql+pg8000://h", Dialect.PSYCOPG)
    assert not names("postgresql+psycopg://h", Dialect.ASYNCPG)
