"""Words, flags and errors of the command line."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from diagnostics import __version__
from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.findings import Code
from diagnostics.core.report import Report
from diagnostics.surfaces import cli
from diagnostics.surfaces.flags import FLAGS, flags_of
from diagnostics.surfaces.output import Output
from diagnostics.surfaces.screen import World
from diagnostics.surfaces.services import CommandLine, GivenFlag, UsageError, Verb, Watcher
from tests.surfaces import stage
from tests.surfaces.reports import CONFIG_FAILURE, HEALTHY, SOCKET_FAILURE
from tests.surfaces.stage import PlayedSession, play

SECRET = "hunter2-hunter2"
USAGE = 2


def test_check_is_the_default_verb() -> None:
    assert play(reports=[HEALTHY]).lines[0].verb is Verb.CHECK
    assert play("-o", "short", reports=[HEALTHY]).lines[0].get("output") == "short"


def test_flags_arrive_raw() -> None:
    """Nothing is parsed or checked here: the settings do that, for flags and variables alike."""
    line = play("check", "--depth", "moon", "--timeout=x", "--skip", "a", "--skip", "b,c", "--all", reports=[HEALTHY])
    (given,) = line.lines
    assert given.get("depth") == "moon"
    assert given.get("timeout") == "x"
    assert given.all("skip") == ("a", "b,c")
    assert given.get("all") == "true"
    assert given.get("target") is None


def test_flag_that_was_not_given_is_not_passed_on() -> None:
    assert play("check", reports=[HEALTHY]).lines[0].flags == ()


@pytest.mark.parametrize("verb", [Verb.CHECK, Verb.WAIT, Verb.SERVE, Verb.CONFIG])
def test_every_flag_of_the_table_reaches_the_settings(verb: Verb) -> None:
    for flag in flags_of(verb):
        words = [f"--{flag.name}"] + (["value"] if flag.metavar else [])
        line = play(verb, *words, reports=[HEALTHY]).lines[0]
        assert GivenFlag(name=flag.name, value="value" if flag.metavar else "true") in line.flags


def test_every_flag_has_help_and_a_variable() -> None:
    for flag in FLAGS:
        assert flag.option.meaning.endswith(".")
        assert flag.option.variable.startswith("CLOUDSQL_DIAG_")
        assert flag.verbs


@pytest.mark.parametrize(
    "words",
    [
        (f"postgresql://api:{SECRET}@host/db",),
        ("check", f"postgresql://api:{SECRET}@host/db"),
        ("check", "--password", SECRET),
        ("check", f"--password={SECRET}"),
        ("explain", "tcp.timeout", SECRET),
        ("check", "-o", SECRET),
        (f"-p{SECRET}",),
        ("check", f"--postgresql://api:{SECRET}@host/db"),
        ("check", f"--it's-{SECRET}'"),
        ("lab", f"postgresql://api:{SECRET}@host/db"),
        ("lab", "up", f"--postgresql://api:{SECRET}@host/db"),
        ("lab", f"--fault={SECRET}"),
    ],
)
def test_what_was_typed_is_not_repeated(words: tuple[str, ...]) -> None:
    """A URL or a password in the wrong place must not end up in a log."""
    played = play(*words)
    assert (played.code, played.out) == (USAGE, "")
    assert SECRET not in played.err
    assert "hint: " in played.err


@pytest.mark.parametrize(
    "typed",
    [
        f"--config postgresql://api:{SECRET}@host/db",
        f"CLOUDSQL_DIAG_postgresql://api:{SECRET}@host/db",
        f"--config password={SECRET}",
        f"api:{SECRET}@host",
    ],
)
def test_nor_is_it_where_the_settings_repeat_it(typed: str) -> None:
    def refuse(_: CommandLine) -> PlayedSession:
        raise UsageError(f"{typed} names a file that cannot be read")

    played = play("check", opened=refuse)
    assert SECRET not in played.err
    assert "names a file that cannot be read" in played.err


def test_a_slip_in_a_name_is_repeated() -> None:
    assert "--tiemout" in play("check", "--tiemout", "3").err


def test_close_verb_is_suggested() -> None:
    assert "did you mean config?" in play("confi").err


def test_all_problems_of_the_settings_are_told() -> None:
    def refuse(_: CommandLine) -> PlayedSession:
        raise UsageError("--depth takes tcp", "CLOUDSQL_DIAG_TIMEOUT is no number", hint="see --help")

    played = play("check", opened=refuse)
    assert played.code == USAGE
    assert played.err.splitlines() == [
        "cloudsql-diag: --depth takes tcp",
        "cloudsql-diag: CLOUDSQL_DIAG_TIMEOUT is no number",
        "cloudsql-diag: hint: see --help",
    ]


def test_own_failure_shows_the_place_and_not_the_text() -> None:
    """The text of an exception may hold a secret; its place does not."""

    def broken(_: CommandLine) -> PlayedSession:
        raise RuntimeError(f"cannot parse {SECRET}")

    played = play("check", opened=broken)
    assert (played.code, played.out) == (1, "")
    assert "RuntimeError at " in played.err
    assert "test_cli.py:" in played.err
    assert SECRET not in played.err
    assert "Traceback" not in played.err


def test_all_prints_jsonl_and_exits_with_the_first_that_is_not_zero() -> None:
    played = play("check", "--all", reports=[HEALTHY, CONFIG_FAILURE, SOCKET_FAILURE])
    lines = [json.loads(line) for line in played.out.splitlines()]
    assert [line["exit_code"] for line in lines if "run_id" in line] == [0, 10, 14]
    assert played.code == 10


def test_several_targets_are_jsonl_however_they_were_selected() -> None:
    """A variable can select all as well as the flag."""
    played = play("check", reports=[HEALTHY, SOCKET_FAILURE])
    assert all(line.startswith("{") for line in played.out.splitlines())
    assert played.code == 14


def test_several_reports_are_not_one_json_document() -> None:
    assert play("check", "--all", "-o", "json", reports=[HEALTHY]).code == USAGE


def test_output_variable_is_honoured_where_it_can_be() -> None:
    environ = {"CLOUDSQL_DIAG_OUTPUT": "short"}
    assert play("check", reports=[HEALTHY], environ=environ).out.startswith("OK ")
    assert play("check", "-o", "log", reports=[HEALTHY], environ=environ).out.startswith("{")
    assert play("config", environ=environ).code == 0


def test_wrong_output_variable_is_named() -> None:
    played = play("check", reports=[HEALTHY], environ={"CLOUDSQL_DIAG_OUTPUT": SECRET})
    assert played.code == USAGE
    assert "CLOUDSQL_DIAG_OUTPUT" in played.err
    assert SECRET not in played.err


def test_config_shows_sources_and_no_secret() -> None:
    played = play("config")
    assert played.code == 0
    assert "POSTGRES_HOST" in played.out
    assert "***" in played.out
    assert json.loads(play("config", "-o", "json").out)["targets"][0]["info"]["name"] == "orders"


def test_serve_returns_its_own_exit_code() -> None:
    played = play("serve", "--port", "0")
    assert (played.code, played.lines[0].verb) == (0, Verb.SERVE)


def test_lab_gets_its_words_untouched(capsys: pytest.CaptureFixture[str]) -> None:
    """Flags of the lab, also those that look like ours, and its exit code."""
    played = play("lab", "say", "--fault", "x", "--", "cloudsql-diag", "-o", "json")
    assert played.code == 7
    assert capsys.readouterr().out == "x cloudsql-diag -o json\n"


def test_version() -> None:
    played = play("--version")
    assert (played.code, played.out) == (0, f"cloudsql-diag {__version__}\n")


@pytest.mark.parametrize("words", [("--help",), *((verb, "--help") for verb in Verb if verb is not Verb.LAB)])
def test_help_is_no_error(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert play(*words).code == 0
    assert "cloudsql-diag" in capsys.readouterr().out


def test_verdict_is_left_where_the_platform_looks(tmp_path: Path) -> None:
    word = tmp_path / "termination-log"
    word.touch()
    play("check", reports=[SOCKET_FAILURE], termination_log=word)
    assert "vpc.nat_missing_or_exhausted" in word.read_text()


def test_verdict_is_left_in_a_file_only(tmp_path: Path) -> None:
    """A pipe takes no word, and never ends one."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for word in (tmp_path / "pipe", tmp_path / "folder", Path("/dev/null")):
        played = play("check", reports=[SOCKET_FAILURE], termination_log=word)
        assert played.code == SOCKET_FAILURE.exit_code
        assert str(word) in played.err


def test_verdict_that_is_left_is_the_one_of_the_exit_code(tmp_path: Path) -> None:
    word = tmp_path / "termination-log"
    word.touch()
    played = play(
        "check", "--all", "-o", "log", reports=[HEALTHY, SOCKET_FAILURE, CONFIG_FAILURE, HEALTHY], termination_log=word
    )
    assert played.code == SOCKET_FAILURE.exit_code
    assert f"exit {SOCKET_FAILURE.exit_code}" in word.read_text()
    assert SOCKET_FAILURE.diagnoses[0].cause in word.read_text()


def test_verdict_that_is_left_fits_where_it_goes(tmp_path: Path) -> None:
    """Kubernetes keeps 4096 bytes; a longer message would be cut in the middle of a character."""
    word = tmp_path / "termination-log"
    word.touch()
    long = replace(SOCKET_FAILURE, target=replace(SOCKET_FAILURE.target, name="\N{GREEK SMALL LETTER MU}" * 4000))
    play("check", reports=[long], termination_log=word)
    assert 4000 < len(word.read_bytes()) <= 4096
    assert word.read_text(encoding="utf-8")


def test_task_without_a_target_says_so_and_is_no_failure() -> None:
    played = play("check", "--all", "-o", "log")
    assert (played.code, played.out) == (0, "")
    assert "task" in played.err


def test_termination_log_is_not_created(tmp_path: Path) -> None:
    word = tmp_path / "termination-log"
    played = play("check", reports=[SOCKET_FAILURE], termination_log=word)
    assert (played.code, word.exists(), played.err) == (14, False, "")


def test_termination_log_that_takes_nothing_changes_no_exit_code(tmp_path: Path) -> None:
    played = play("check", reports=[HEALTHY], termination_log=tmp_path)
    assert played.code == 0
    assert "termination" in played.err or str(tmp_path) in played.err


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\x00\xff", b'{"schema_version":1'])
def test_file_that_is_no_report_is_a_usage_error(content: bytes, tmp_path: Path) -> None:
    saved = tmp_path / "report.json"
    saved.write_bytes(content)
    played = play("explain", "--report", str(saved))
    assert (played.code, played.out) == (USAGE, "")
    assert "--report" in played.err


def test_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    assert play("explain", "--report", "/dev/zero").code == USAGE
    played = play("explain", "--report", str(tmp_path / "nothing"))
    assert played.code == USAGE
    assert "No such file" in played.err


def test_jsonl_tells_a_check_as_soon_as_it_is_done() -> None:
    """The line of a check is written before the report exists."""
    out = stage.text_stream()
    seen: list[str] = []

    class Slow(PlayedSession):
        async def run(self, watcher: Watcher, emit: Callable[[Report], None], limit: float) -> None:
            watcher.finished("orders", HEALTHY.checks[0])
            seen.append(stage.content(out))
            emit(HEALTHY)

    world = World(environ={}, stdout=out, stderr=stage.text_stream())
    cli.run(stage.services(Slow(acts=[[HEALTHY]]), []), ["check", "-o", "jsonl"], world)
    assert json.loads(seen[0])["check"]["id"] == "config.target"


@pytest.mark.parametrize("code", [*Cause, *Code, *CheckId])
def test_every_code_has_a_page(code: str) -> None:
    """Whatever a report, a log line or a metric shows can be looked up offline."""
    played = play("explain", code)
    assert (played.code, played.err) == (0, "")
    assert code in played.out


@pytest.mark.parametrize("output", [Output.TEXT, Output.JSON, Output.MARKDOWN])
def test_page_of_a_cause_in_every_format(output: Output) -> None:
    """Names that only a run knows stand in capitals, and a command is a line of its own."""
    played = play("explain", Cause.SOCKET_NOT_MOUNTED, "-o", output)
    assert played.code == 0
    assert "SERVICE" in played.out
    assert Cause.SOCKET_NOT_MOUNTED in played.out


def test_explain_without_a_code_lists_every_cause() -> None:
    listed = [line.split()[0] for line in play("explain").out.splitlines()]
    assert listed == [cause.value for cause in Cause]
    assert len(json.loads(play("explain", "-o", "json").out)) == len(Cause)


def test_code_that_does_not_exist_is_a_usage_error() -> None:
    played = play("explain", "pg.no_anser")
    assert (played.code, played.out) == (USAGE, "")
    assert "pg.no_answer" in played.err


def test_code_is_found_however_its_letters_are_cased() -> None:
    """Dashboards and chats change them."""
    assert play("explain", " PG.No_Answer").out == play("explain", "pg.no_answer").out


def test_explain_takes_one_of_two() -> None:
    assert play("explain", "pg.no_answer", "--report", "x").code == USAGE
