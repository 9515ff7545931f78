"""Every outcome in every format: one document on standard output, and an exit code that no format changes."""

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import jsonschema
import msgspec
import pytest

from diagnostics.core.report import Report
from diagnostics.core.serialize import schema
from diagnostics.surfaces import document
from diagnostics.surfaces.log import LogLine
from diagnostics.surfaces.output import Output, render
from diagnostics.surfaces.screen import Screen
from tests.surfaces.reports import HOSTILE, PROVISIONAL, REPORTS, SOCKET_FAILURE
from tests.surfaces.stage import Golden, PlayedSession, play

SCHEMA = jsonschema.Draft202012Validator(schema())

EXITS = {
    "healthy": 0,
    "day_one": 0,
    "warnings": 0,
    "strict_warnings": 4,
    "socket_failure": 14,
    "provisional": 14,
    "config_failure": 10,
    "unknown_only": 22,
    "crashed": 1,
    "hostile": 21,
}


def one_text(text: str, report: Report) -> None:
    assert text.endswith(f"\nexit {report.exit_code}\n")
    assert text.count("\nexit ") == 1


def one_json(text: str, report: Report) -> None:
    assert msgspec.json.decode(text, type=Report) == report
    SCHEMA.validate(json.loads(text))


def one_jsonl(text: str, report: Report) -> None:
    *checks, last = text.splitlines()
    one_json(last, report)
    decoded = [msgspec.json.decode(line, type=document.CheckLine) for line in checks]
    assert tuple(line.check for line in decoded) == report.checks
    assert {line.target for line in decoded} <= {report.target.name}


def one_log_line(text: str, report: Report) -> None:
    assert text.count("\n") == 1
    line = msgspec.json.decode(text, type=LogLine)
    assert (line.exit_code, line.run_id) == (report.exit_code, report.run_id)


def one_short(text: str, report: Report) -> None:
    assert 1 <= text.count("\n") - len(report.trials) <= 2
    assert f"[exit {report.exit_code}]\n" in text


def one_markdown(text: str, report: Report) -> None:
    assert text.startswith("### ")
    assert text.count("### ") == 1
    assert f"exit {report.exit_code}; " in text


DOCUMENT: dict[Output, Callable[[str, Report], None]] = {
    Output.TEXT: one_text,
    Output.SHORT: one_short,
    Output.JSON: one_json,
    Output.JSONL: one_jsonl,
    Output.MARKDOWN: one_markdown,
    Output.LOG: one_log_line,
}


@pytest.mark.parametrize("output", Output)
@pytest.mark.parametrize("name", REPORTS)
def test_outcome_and_format(name: str, output: Output) -> None:
    """The exit code is the report's, whatever the format; standard output is the document, and nothing else."""
    played = play("check", "-o", output, reports=[REPORTS[name]])
    assert played.code == EXITS[name]
    DOCUMENT[output](played.out, REPORTS[name])
    assert played.err == ""


@pytest.mark.parametrize("output", Output)
@pytest.mark.parametrize("name", REPORTS)
def test_wait_prints_the_last_diagnosis(name: str, output: Output) -> None:
    """A wait whose time is over exits with 124 in every format, and its document says why.

    What waiting cannot change is decided at once: settings that stay wrong, and a path that cannot be known.
    """
    at_once = {"config_failure": EXITS["config_failure"], "unknown_only": 0, "crashed": 0}
    played = play("wait", "-o", output, session=PlayedSession(acts=[[REPORTS[name]]], wait_timeout=5))
    assert played.code == (0 if EXITS[name] == 0 else at_once.get(name, 124))
    DOCUMENT[output](played.out, REPORTS[name])


@pytest.mark.parametrize("output", Output)
def test_rediagnosed_report_is_printed_like_a_fresh_one(output: Output, tmp_path: Path) -> None:
    saved = tmp_path / "report.json"
    saved.write_text(render(SOCKET_FAILURE, Output.JSON, Screen()))
    played = play("explain", "--report", str(saved), "-o", output)
    assert played.code == EXITS["socket_failure"]
    DOCUMENT[output](played.out, SOCKET_FAILURE)


def test_saved_jsonl_is_a_report_too(tmp_path: Path) -> None:
    saved = tmp_path / "report.jsonl"
    saved.write_text(render(SOCKET_FAILURE, Output.JSONL, Screen()))
    assert msgspec.json.decode(play("explain", "--report", str(saved), "-o", "json").out, type=Report) == SOCKET_FAILURE


@pytest.mark.parametrize("name", ["text", "markdown", "short"])
@pytest.mark.parametrize(
    "report", ["healthy", "day_one", "warnings", "socket_failure", "provisional", "config_failure", "crashed"]
)
def test_golden(golden: Golden, report: str, name: str) -> None:
    golden(f"{report}.{name}", render(REPORTS[report], Output(name), Screen()))


@pytest.mark.parametrize("width", [40, 60, 100, 110])
def test_golden_on_terminals(golden: Golden, width: int) -> None:
    screen = Screen(width=width, colour=True, interactive=True)
    golden(f"socket_failure.{width}.ansi", render(SOCKET_FAILURE, Output.TEXT, screen))


@pytest.mark.parametrize("output", Output)
def test_nothing_foreign_moves_the_cursor(output: Output) -> None:
    """Controls and direction marks of peers and settings arrive as visible text, in JSON too."""
    raw = render(HOSTILE, output, Screen())
    assert not [char for char in raw if not char.isprintable() and char != "\n"]


def test_markdown_keeps_foreign_text_inert() -> None:
    """No mention, link, HTML or table cell comes out of a value."""
    text = render(HOSTILE, Output.MARKDOWN, Screen())
    outside = [line for line in text.split("```sh")[0].splitlines() if line.startswith("- ")]
    assert outside
    for line in outside:
        assert "\\<img" in line
        assert " @" not in line
        assert "http://" not in line
        assert "\\[x\\]" in line
        assert "\\|" in line


def test_log_is_no_error_while_the_diagnosis_may_change_by_itself() -> None:
    line = msgspec.json.decode(render(PROVISIONAL, Output.LOG, Screen()), type=LogLine)
    assert (line.severity, line.cause) == ("WARNING", "vpc.nat_missing_or_exhausted")
    assert line.provisional_until == "2026-03-14T12:01:30Z"


def test_log_labels_are_where_cloud_logging_looks() -> None:
    line = json.loads(render(SOCKET_FAILURE, Output.LOG, Screen()))
    assert line["severity"] == "ERROR"
    assert line["logging.googleapis.com/labels"]["cause"] == line["cause"]
    assert line["component"] == "cloudsql-diag"


@pytest.mark.parametrize("name", REPORTS)
def test_log_speaks_of_severity_in_cloud_loggings_words(name: str) -> None:
    """Its LogEntry is described by a discovery document that google-api-python-client ships."""
    described = files("googleapiclient") / "discovery_cache" / "documents" / "logging.v2.json"
    entry = json.loads(described.read_text())["schemas"]["LogEntry"]["properties"]
    line = json.loads(render(REPORTS[name], Output.LOG, Screen()))
    assert line["severity"] in entry["severity"]["enum"]
    labels = line["logging.googleapis.com/labels"]
    assert entry["labels"]["additionalProperties"] == {"type": "string"}
    assert {type(value) for value in labels.values()} == {str}


def test_schema_knows_every_field_of_a_report() -> None:
    """The schema describes what is written: a report with an unexpected type is refused."""
    wrong = json.loads(render(SOCKET_FAILURE, Output.JSON, Screen()))
    wrong["checks"][0]["status"] = "perhaps"
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate(wrong)


def test_schema_verb_prints_the_schema() -> None:
    played = play("schema")
    assert (played.code, played.out) == (0, document.schema_document())
    jsonschema.Draft202012Validator.check_schema(json.loads(played.out))


def test_short_does_not_say_the_cause_twice() -> None:
    """What a server says itself is title and evidence at once."""
    diagnosis = SOCKET_FAILURE.diagnoses[0]
    said = msgspec.structs.replace(diagnosis.evidence[0], what=diagnosis.title)
    alone = msgspec.structs.replace(diagnosis, evidence=(said,))
    text = render(msgspec.structs.replace(SOCKET_FAILURE, diagnoses=(alone,)), Output.SHORT, Screen())
    assert text.count(diagnosis.title) == 1
