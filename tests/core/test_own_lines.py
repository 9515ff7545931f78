"""A line of ours in a pasted log names the cause and the limit that fired, wherever it stands."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.core.codes import Cause
from diagnostics.core.text.answer import answer
from diagnostics.core.text.own_lines import own_line
from diagnostics.core.text.verdict import Clarity

TIMERS = [
    {"name": "init", "seconds": 8.0, "fired": False, "source": "cfg", "elapsed": 5.1},
    {"name": "table_setup", "seconds": 5.0, "fired": True, "source": "cfg", "elapsed": 5.0},
    {"name": "startup probe", "seconds": 240.0, "fired": False, "source": "default"},
]
LINE = {
    "severity": "ERROR",
    "component": "cloudsql-diag",
    "cause": "vpc.nat_missing_or_exhausted",
    "confidence": "likely",
    "diagnosed_by": "agent",
    "timers": TIMERS,
}
AFTERWARDS = "Traceback (most recent call last):\nRuntimeError: Database initialization timeout after 8.0s"


@pytest.mark.parametrize(
    "text",
    [json.dumps(LINE), json.dumps({"jsonPayload": LINE, "insertId": "x"}), f"2026-12-01 api {json.dumps(LINE)}"],
    ids=["as written", "from Cloud Logging", "behind a prefix"],
)
def test_the_cause_that_was_measured_and_the_limit_that_fired_are_named(text: str) -> None:
    found = answer(f"starting\n{text}\n{AFTERWARDS}")
    assert [each.cause for each in found.candidates] == [Cause.VPC_NAT_MISSING_OR_EXHAUSTED]
    assert found.clarity is Clarity.CAUSE
    assert not found.ambiguous
    assert found.candidates[0].why.startswith("line 2")
    assert [limit.name for limit in found.limits if limit.fired] == ["table_setup"]
    assert "table_setup 5.0 s, not init 8.0 s" in found.fired


def test_a_line_that_only_read_its_exception_leaves_the_others_beside_it() -> None:
    line = LINE | {"cause": "tcp.timeout", "diagnosed_by": "text"}
    found = answer(f"{json.dumps(line)}\n{AFTERWARDS}")
    assert found.candidates[0].cause is Cause.TCP_TIMEOUT
    assert found.clarity is not Clarity.CAUSE
    assert len(found.candidates) > 1


def test_the_sidecars_line_of_a_state_has_no_limits() -> None:
    found = answer(json.dumps({name: value for name, value in LINE.items() if name not in {"timers", "diagnosed_by"}}))
    assert found.candidates[0].cause is Cause.VPC_NAT_MISSING_OR_EXHAUSTED
    assert (found.limits, found.fired) == ((), "")


def test_of_several_lines_the_last_counts() -> None:
    second = LINE | {"cause": "pg.not_ready"}
    found = own_line(f"{json.dumps(LINE)}\n{json.dumps(second)}")
    assert found is not None
    assert found.cause is Cause.PG_NOT_READY


@pytest.mark.parametrize("cause", ["", "no.such_cause", "password"])
def test_a_cause_that_is_none_of_ours_is_not_taken_over(cause: str) -> None:
    assert own_line(json.dumps(LINE | {"cause": cause})) is None


@given(st.dictionaries(st.sampled_from([*LINE]), st.none() | st.integers() | st.text() | st.lists(st.text())))
def test_whatever_the_fields_hold_it_is_no_crash(fields: dict[str, object]) -> None:
    own_line(json.dumps(LINE | fields))


def test_a_name_that_looks_like_none_is_not_repeated() -> None:
    line = LINE | {"timers": [TIMERS[1] | {"name": "postgres://u:hunter2@h/db", "source": "hunter2"}]}
    found = answer(json.dumps(line))
    assert "hunter2" not in str(found)
    assert found.limits[0].name == "a limit"
