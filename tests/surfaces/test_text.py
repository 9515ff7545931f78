"""Text for people: widths, colours, and what the rows say."""

import io
import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from diagnostics.core.codes import CheckId
from diagnostics.core.egress import MeasuredEgress, Way
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, SkipReason, Status
from diagnostics.core.provisional import REASON
from diagnostics.core.report import EgressEntry, Provisional, Report
from diagnostics.surfaces import words
from diagnostics.surfaces.document import json_line
from diagnostics.surfaces.layout import Span, flow, wrap
from diagnostics.surfaces.output import Output, render
from diagnostics.surfaces.rows import Stage, report_rows, rows, stage
from diagnostics.surfaces.screen import PIPED_WIDTH, Screen, screen_of
from diagnostics.surfaces.timing import duration, length, union
from diagnostics.surfaces.visible import cells, visible
from tests.surfaces.reports import DAY_ONE, HEALTHY, HOSTILE, REPORTS, SOCKET_FAILURE, entry, ran, skipped

ANSI = re.compile(r"\x1b\[[0-9;]*m")
WIDTHS = (30, 40, 60, 80, 100, 120)


class Terminal(io.StringIO):
    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return True


def commands(report: Report) -> list[str]:
    return [visible(remedy.command) for each in report.diagnoses for remedy in each.remedies if remedy.command]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", REPORTS)
def test_lines_fit_unless_one_word_does_not(name: str, width: int) -> None:
    """A line may be wider than the screen only where a command or a single word is, since those are copied."""
    screen = Screen(width=width, interactive=True)
    for line in render(REPORTS[name], Output.TEXT, screen).splitlines():
        if line.strip() in commands(REPORTS[name]) or name == "hostile":
            continue
        words = line.split()
        assert cells(line) <= width or max(map(cells, words)) >= width - 24, line


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["socket_failure", "config_failure", "hostile"])
def test_commands_stand_alone_and_whole(name: str, width: int) -> None:
    """A remedy's command can be selected as one line at any width."""
    lines = [line.strip() for line in render(REPORTS[name], Output.TEXT, Screen(width=width)).splitlines()]
    for command in commands(REPORTS[name]):
        assert command in lines


def test_colours_change_no_character() -> None:
    plain = render(SOCKET_FAILURE, Output.TEXT, Screen(width=80, interactive=True))
    coloured = render(SOCKET_FAILURE, Output.TEXT, Screen(width=80, interactive=True, colour=True))
    stripped = "".join(line.rstrip() + "\n" for line in ANSI.sub("", coloured).splitlines())
    assert coloured != plain
    assert stripped == plain


@pytest.mark.parametrize(
    "environ,expected",
    [
        ({"TERM": "xterm"}, (True, True)),
        ({"TERM": "xterm", "NO_COLOR": "1"}, (False, True)),
        ({"TERM": "xterm", "NO_COLOR": ""}, (True, True)),
        ({"TERM": "dumb"}, (False, False)),
        ({}, (False, False)),
    ],
)
def test_terminal_variables(environ: dict[str, str], expected: tuple[bool, bool]) -> None:
    """no-color.org: any value but the empty one; a dumb or unnamed terminal gets no escape sequence at all."""
    screen = screen_of(Terminal(), environ)
    assert (screen.colour, screen.interactive) == expected


@pytest.mark.parametrize("columns,width", [("55", 55), ("1000", 120), ("3", 30), ("wide", PIPED_WIDTH)])
def test_width_of_a_terminal(columns: str, width: int) -> None:
    assert screen_of(Terminal(), {"TERM": "xterm", "COLUMNS": columns}).width == width


def test_piped_text_does_not_depend_on_the_terminal() -> None:
    assert screen_of(io.StringIO(), {"TERM": "xterm", "COLUMNS": "40"}).width == PIPED_WIDTH


def test_ascii_stream_gets_ascii() -> None:
    screen = screen_of(Terminal("ascii"), {"TERM": "xterm", "COLUMNS": "110"})
    text = render(SOCKET_FAILURE, Output.TEXT, screen)
    assert text.isascii()
    assert " , " not in text


def test_every_check_has_a_row() -> None:
    assert {stage(check) for check in CheckId} == set(Stage)


def test_unreached_rows_share_a_line() -> None:
    blocked = [CheckId.POSTGRES_AUTH, CheckId.POSTGRES_QUERY, CheckId.DRIVER_ASYNCPG]
    made = rows(skipped(check, SkipReason.BLOCKED, by=CheckId.POSTGRES_STARTUP) for check in blocked)
    assert [row.label for row in made] == ["auth, query, driver"]


def test_optional_unknown_does_not_hide_what_passed() -> None:
    """Not knowing a control address is no news beside the addresses that were measured."""
    optional = entry(CheckId.EGRESS_PRIVATE, Status.UNKNOWN, skip_reason=SkipReason.NOT_CONFIGURED)
    (row,) = rows([ran(CheckId.EGRESS_PUBLIC, "public silent", 0.0, 1.0), optional])
    assert (row.status, row.text) == (Status.PASS, "public silent")


UNSEEN = next(each for each in DAY_ONE.checks if each.id is CheckId.RUN_REVISION)


@pytest.mark.parametrize("output", [Output.TEXT, Output.MARKDOWN])
def test_what_nobody_granted_is_one_quiet_line_and_no_row(output: Output) -> None:
    said = render(DAY_ONE, output, Screen(width=100))
    (line,) = [line for line in said.splitlines() if "roles/run.viewer" in line]
    assert "not permitted to see: the revision's configuration" in line
    assert not [line for line in said.splitlines() if line.strip(" |").startswith("revision")]
    assert "unknown" not in said


@pytest.mark.parametrize("output", [Output.SHORT, Output.LOG])
def test_where_one_line_says_all_it_says_nothing_of_it(output: Output) -> None:
    said = render(DAY_ONE, output, Screen(width=100))
    assert "viewer" not in said
    assert "unknown" not in said.lower()


def test_a_report_with_a_cause_lists_it_there() -> None:
    with_it = replace(SOCKET_FAILURE, checks=(*SOCKET_FAILURE.checks, UNSEEN))
    assert render(with_it, Output.TEXT, Screen(width=100)) == render(SOCKET_FAILURE, Output.TEXT, Screen(width=100))


def test_what_did_not_answer_is_told_apart_from_what_may_not_be_read() -> None:
    silent = entry(CheckId.RUN_REVISION, Status.UNKNOWN, skip_reason=SkipReason.NO_ANSWER, needs="a way")
    text = render(replace(DAY_ONE, checks=(*HEALTHY.checks, silent)), Output.TEXT, Screen(width=100))
    assert "no answer about: the revision's configuration (needs a way)" in text


def test_the_egress_row_says_what_was_measured_together() -> None:
    measured = MeasuredEgress(public=Way.SILENT, google_public=Way.SILENT, google_private=Way.OPEN, private=Way.OPEN)
    egress = EgressEntry(summary="open: private · silent: public", measured=measured)
    checks = (ran(CheckId.EGRESS_PUBLIC, "public silent", 0.0, 1.0), ran(CheckId.EGRESS_PRIVATE, "x", 0.0, 1.0))
    (row,) = report_rows(replace(HEALTHY, checks=checks, egress=egress))
    assert (row.status, row.text) == (Status.PASS, "open: private · silent: public")


def test_why_a_diagnosis_is_provisional_is_said_in_words() -> None:
    shown = replace(SOCKET_FAILURE, provisional=Provisional(reason=REASON, until=SOCKET_FAILURE.started_at))
    text = render(shown, Output.TEXT, Screen())
    assert words.NOT_YET[REASON] in " ".join(text.split())
    assert REASON not in text


def test_a_limit_that_nobody_named_has_no_row() -> None:
    assert rows([skipped(CheckId.APP_BUDGET, SkipReason.NOT_APPLICABLE)]) == ()
    (row,) = rows([ran(CheckId.APP_BUDGET, "8.0 s of 9 s", 0.0, 0.0)])
    assert row.label == "budget"


def test_needed_unknown_is_shown() -> None:
    needed = entry(CheckId.POSTGRES_AUTH, Status.UNKNOWN, skip_reason=SkipReason.NOT_CONFIGURED, needs="a password")
    (row,) = rows([needed])
    assert row.status is Status.UNKNOWN
    assert "a password" in row.text


def test_crash_is_shown_even_where_nothing_needs_the_check() -> None:
    crash = entry(
        CheckId.EGRESS_PUBLIC,
        Status.UNKNOWN,
        skip_reason=SkipReason.CRASHED,
        findings=(Finding(code=Code.AGENT_CRASHED, about="TypeError in egress.py:3"),),
    )
    (row,) = rows([crash, ran(CheckId.EGRESS_GOOGLE_APIS, "open", 0.0, 1.0)])
    assert row.status is Status.UNKNOWN
    assert "egress.py:3" in row.text


def test_worst_of_a_row_comes_first() -> None:
    warning = ran(CheckId.CONFIG_HYGIENE, "newline at the end", 0.0, 0.1, Status.WARN)
    (row,) = rows([ran(CheckId.CONFIG_TARGET, "DATABASE_URL", 0.0, 0.1), warning])
    assert (row.status, row.text) == (Status.WARN, "newline at the end · DATABASE_URL")


def test_beside_a_failure_only_failures_speak() -> None:
    """What follows from the failure, or has nothing to do with it, would hide it."""
    failure = ran(CheckId.ADMIN_CONNECT_SETTINGS, "denied", 0.0, 0.1, Status.FAIL)
    beside = ran(CheckId.IAM_PERMISSIONS, "grants nothing", 0.0, 0.1, Status.WARN)
    (row,) = rows([beside, failure, ran(CheckId.ADMIN_INSTANCE, "RUNNABLE", 0.0, 0.1)])
    assert (row.status, row.text) == (Status.FAIL, "denied")


def test_driver_that_was_not_reached_is_told_before_drivers_that_do_not_apply() -> None:
    blocked = skipped(CheckId.DRIVER_CONNECTOR, SkipReason.BLOCKED, by=CheckId.ADMIN_CONNECT_SETTINGS)
    other = skipped(CheckId.DRIVER_ASYNCPG, SkipReason.NOT_APPLICABLE)
    above = skipped(CheckId.POSTGRES_QUERY, SkipReason.BLOCKED, by=CheckId.ADMIN_CONNECT_SETTINGS)
    (row,) = rows([above, other, blocked])
    assert row.label == "query, driver"


def test_platform_that_passed_is_in_the_header_only() -> None:
    assert rows([ran(CheckId.RUNTIME_PLATFORM, "Cloud Run", 0.0, 0.1)]) == ()


def test_row_counts_no_moment_twice() -> None:
    """Four parallel seconds are one second; two looks far apart are not the time between them."""
    together = [ran(check, "", 1.0, 1.0) for check in (CheckId.EGRESS_PUBLIC, CheckId.EGRESS_INSTANCE)]
    apart = [ran(CheckId.DNS_TARGET, "", 0.0, 0.5), ran(CheckId.DNS_APIS, "", 9.0, 0.5)]
    assert [length(row.spans) for row in rows([*together, *apart])] == [1.0, 1.0]


def test_bar_shows_when_a_step_ran() -> None:
    text = render(SOCKET_FAILURE, Output.TEXT, Screen(width=110, interactive=True))
    bars = {line.split()[0]: line.count("━") for line in text.splitlines() if line.startswith("  ")}
    assert bars["startup"] > bars["admin"] > bars["egress"] >= bars["tcp"] == 1


def test_visible_leaves_ordinary_text_alone() -> None:
    assert visible("naïve 日本 · €") == "naïve 日本 · €"


@pytest.mark.parametrize(
    "char", ["\x00", "\n", "\x1b", "\x9b", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800", "\xa0"]
)
def test_visible_shows_what_cannot_be_seen(char: str) -> None:
    shown = visible(f"a{char}b")
    assert shown.isprintable()
    assert "\\" in shown


def test_cells_count_what_terminals_draw() -> None:
    assert [cells(text) for text in ("abc", "日本", "e\u0301", "")] == [3, 4, 1, 0]


def test_wrap_never_breaks_a_word() -> None:
    assert wrap("to  be aaaaaaaaaaaaaaaaaaaa or", 10) == ("to be", "a" * 20, "or")
    assert wrap("", 10) == ()


def test_flow_breaks_between_parts_only() -> None:
    assert flow(["one two", "three", "four"], "   ", 15) == ("one two   three", "four")


@pytest.mark.parametrize(
    "seconds,text",
    [
        (0.00001, ""),
        (0.0001, "0.1 ms"),
        (0.0094, "9.4 ms"),
        (0.0096, "10 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (8.0, "8.0 s"),
        (59.96, "1 min 0 s"),
        (200.4, "3 min 20 s"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_union_joins_what_touches() -> None:
    assert union([(2.0, 3.0), (0.0, 1.0), (1.0, 1.5)]) == ((0.0, 1.5), (2.0, 3.0))


def test_hostile_report_has_rows_of_its_own_only() -> None:
    """A line end in a value starts no new line that could pass for one of ours."""
    text = render(HOSTILE, Output.TEXT, Screen())
    assert not [line for line in text.splitlines() if line.startswith("c")]


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(ANY_TEXT)
def test_any_text_becomes_one_harmless_line(text: str) -> None:
    assert visible(text).isprintable()


@given(ANY_TEXT)
def test_json_keeps_its_meaning_and_loses_what_is_invisible(text: str) -> None:
    shown = json_line(Span(text))
    assert json.loads(shown)["text"] == text
    assert not [char for char in shown[:-1] if unicodedata.category(char) in {"Cc", "Zl", "Zp"}]


@given(ANY_TEXT, st.integers(min_value=1, max_value=120))
def test_wrapping_loses_no_word(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert " ".join(lines).split() == text.split()
    assert all(cells(line) <= width or " " not in line for line in lines)
