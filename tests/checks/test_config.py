"""Row 1: what the settings came to. Nothing is contacted; every problem is told at once."""

from msgspec.structs import replace

from diagnostics.checks.config import config_dialect, config_hygiene, config_target
from diagnostics.core.facts import ConfigDialect, ConfigHygiene, ConfigTarget
from diagnostics.core.findings import Code
from diagnostics.core.model import Dialect, Finding, Origin, Resolution, Route, SettingName
from diagnostics.core.outcome import failed, passed, warned
from tests.checks.stage import DIRECT, env, look

ORIGINS = (
    Origin(setting=SettingName.HOST, source="DATABASE_URL", shown="db.internal"),
    Origin(setting=SettingName.USER, source="DATABASE_URL", shown="api"),
    Origin(setting=SettingName.PASSWORD, source="DB_PASSWORD_FILE", shown="***"),
)
MISSING = Finding(code=Code.CONFIG_TARGET_MISSING, about="database")
BAD_PORT = Finding(code=Code.CONFIG_TARGET_BAD_PORT, about="DB_PORT")
NEWLINE = Finding(code=Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, about="DB_PASSWORD_FILE")
LOCAL = Finding(code=Code.CONFIG_HYGIENE_LOCAL_FALLBACK, about="DB_HOST")
FOREIGN_OPTION = Finding(code=Code.CONFIG_DIALECT_OPTION_OF_OTHER_DRIVER, about="sslmode", other="asyncpg")


async def test_complete_settings_name_the_route_and_each_source_once() -> None:
    around = env(resolution=Resolution(name="orders", target=DIRECT, origins=ORIGINS))
    expected = ConfigTarget(route=Route.DIRECT, sources=("DATABASE_URL", "DB_PASSWORD_FILE"))
    assert await look(config_target, around) == passed(expected)


async def test_all_problems_are_found_at_once() -> None:
    around = env(None, resolution=Resolution(name="orders", target=None, problems=(MISSING, BAD_PORT)))
    assert await look(config_target, around) == failed(ConfigTarget(problems=(MISSING, BAD_PORT)), MISSING, BAD_PORT)


async def test_clean_values_pass() -> None:
    assert await look(config_hygiene, env()) == passed(ConfigHygiene())


async def test_odd_values_only_warn() -> None:
    """Whether they hurt shows where they are used."""
    around = env(resolution=Resolution(name="orders", target=DIRECT, remarks=(NEWLINE, LOCAL)))
    assert await look(config_hygiene, around) == warned(ConfigHygiene(problems=(NEWLINE, LOCAL)), NEWLINE, LOCAL)


async def test_options_that_the_driver_takes_pass() -> None:
    assert await look(config_dialect, env()) == passed(ConfigDialect(dialect=Dialect.ASYNCPG))


async def test_an_option_of_another_driver_warns() -> None:
    """The driver check proves it; until then it is a reading of a manual."""
    around = env(resolution=Resolution(name="orders", target=DIRECT, dialect_problems=(FOREIGN_OPTION,)))
    fact = ConfigDialect(dialect=Dialect.ASYNCPG, problems=(FOREIGN_OPTION,))
    assert await look(config_dialect, around) == warned(fact, FOREIGN_OPTION)


def test_the_dialect_is_looked_at_only_where_one_is_known_or_something_is_odd() -> None:
    other = replace(DIRECT, dialect=Dialect.OTHER)
    odd = Resolution(name="orders", target=other, dialect_problems=(FOREIGN_OPTION,))
    assert config_dialect.applies(env(DIRECT))
    assert config_dialect.applies(env(resolution=odd))
    assert not config_dialect.applies(env(other))
    assert not config_dialect.applies(env(None))
