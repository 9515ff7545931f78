"""The settings of ``serve``: read again and again, and never a reason to stop."""

from pathlib import Path

import pytest

from diagnostics.app.source import SettingsSource
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
