"""The settings of ``serve``: read again and again, and never a reason to stop."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from diagnostics.app.source import SettingsSource
from diagnostics.settings import Loaded
from diagnostics.surfaces.services import CommandLine, GivenFlag, Verb

ONE = '[targets.{name}]\nhost = "127.0.0.1"\ndatabase = "db"\nuser = "u"\npassword_file = "{secret}"\n'


class Files:
    """A config file and a secret, in a folder of the test."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "diag.toml"
        self.secret = folder / "password"
        self.secret.write_text("first")
        self.said: list[str] = []

    def write(self, *names: str) -> None:
        self.config.write_text("\n".join(ONE.format(name=name, secret=self.secret) for name in names))

    def source(self, *flags: tuple[str, str], **variables: str) -> SettingsSource:
        given = tuple(GivenFlag(name=name, value=value) for name, value in flags)
        line = CommandLine(verb=Verb.SERVE, flags=given)
        return SettingsSource(line, {"CLOUDSQL_DIAG_CONFIG": str(self.config), **variables}, self.said.append)

    def slow(self) -> "Slow":
        return Slow(CommandLine(verb=Verb.SERVE), {"CLOUDSQL_DIAG_CONFIG": str(self.config)}, self.said.append)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    made = Files(tmp_path)
    made.write("orders", "billing")
    return made


def test_every_target_of_the_config_file_is_watched(files: Files) -> None:
    assert files.source().read().names == ("orders", "billing")
    assert files.source(("all", "true")).read().names == ("orders", "billing")
    assert files.said == []


def test_or_the_one_that_is_named(files: Files) -> None:
    assert files.source(("target", "billing")).read().names == ("billing",)


def test_a_name_that_is_none_is_said_and_all_are_watched(files: Files) -> None:
    assert files.source(("target", "nobody")).read().names == ("orders", "billing")
    assert "nobody" in files.said[0]


def test_a_secret_in_a_file_is_read_again(files: Files) -> None:
    source = files.source()
    for written in ("first", "second"):
        files.secret.write_text(written)
        password = source.read().env("orders").target.password
        assert password is not None
        assert password.reveal() == written


def test_settings_stand_while_every_file_says_the_same(files: Files) -> None:
    source = files.source()
    first = source.read().env("orders").resolution
    assert source.read().env("orders").resolution is first
    files.secret.write_text("second")
    assert source.read().env("orders").resolution is not first
    files.secret.unlink()
    assert source.read().env("orders").resolution.target is None


def test_a_target_that_is_added_is_there_the_next_time(files: Files) -> None:
    source = files.source()
    source.read()
    files.write("orders", "billing", "search")
    assert source.read().names == ("orders", "billing", "search")


def test_a_target_that_is_taken_out_is_gone(files: Files) -> None:
    source = files.source()
    source.read()
    files.write("billing")
    assert source.read().names == ("billing",)


@pytest.mark.parametrize(
    "broken", ["", "[targets.orders", "[targets.orders]\nhost =\n", "[options]\ndepth = 'bottom'\n"]
)
def test_a_file_that_is_just_being_written_costs_no_target(files: Files, broken: str) -> None:
    source = files.source()
    source.read()
    files.config.write_text(broken)
    assert source.read().names == ("orders", "billing")
    files.write("orders")
    assert source.read().names == ("orders",)


def test_a_mistake_is_said_once_and_again_after_it_was_gone(files: Files) -> None:
    source = files.source()
    for text in ("[broken", "[broken"):
        files.config.write_text(text)
        source.read()
    assert len(files.said) == 1
    files.write("orders")
    source.read()
    files.config.write_text("[broken")
    source.read()
    assert len(files.said) == 2


def test_without_any_setting_there_is_a_target_to_diagnose() -> None:
    source = SettingsSource(CommandLine(verb=Verb.SERVE), {}, pytest.fail)
    (name,) = source.read().names
    assert source.read().env(name).resolution.problems


class Slow(SettingsSource):
    """Settings on a volume that hangs until it is let go."""

    let_go: threading.Event | None = None

    def _load(self) -> tuple[Loaded, list[str]]:
        if self.let_go is not None:
            self.let_go.wait(5)
        return super()._load()


def test_where_a_volume_hangs_the_last_settings_go_on_and_nothing_waits(files: Files) -> None:
    source = files.slow()
    assert source.read().names == ("orders", "billing")
    source.let_go = threading.Event()
    files.write("orders", "billing", "stock")
    started = time.monotonic()
    for _ in range(3):
        assert source.read().names == ("orders", "billing")
    assert time.monotonic() - started < 1
    source.let_go.set()
    until(lambda: source.read().names == ("orders", "billing", "stock"))


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not reached():
        assert time.monotonic() < deadline


async def test_the_first_look_leaves_the_loop_to_others(files: Files) -> None:
    source = files.slow()
    source.let_go = threading.Event()
    reading = asyncio.create_task(source.prepare())
    await asyncio.sleep(0)
    assert not reading.done()
    source.let_go.set()
    await reading
    assert source.read().names == ("orders", "billing")
