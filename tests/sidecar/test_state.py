"""When a target is said to have changed, and since when."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from diagnostics.core.model import Damping
from diagnostics.core.report import Report
from diagnostics.monitor.state import Damper
from tests.surfaces.reports import HEALTHY, SOCKET_FAILURE, WARNINGS

LETTERS = {
    "p": HEALTHY,
    "f": SOCKET_FAILURE,
    "w": WARNINGS,
    "g": replace(SOCKET_FAILURE, diagnoses=(replace(SOCKET_FAILURE.diagnoses[0], cause="tcp.refused"),)),
}
"""Passes, fails, warns, fails of something else."""


def at(letter: str, second: int) -> Report:
    return replace(LETTERS[letter], started_at=HEALTHY.started_at + timedelta(seconds=second))


def heard(runs: str, damping: Damping | None = None) -> str:
    """The letters of the runs that changed the state."""
    damper = Damper(damping or Damping())
    return "".join(letter for second, letter in enumerate(runs) if damper.changed_by(at(letter, second)))


@pytest.mark.parametrize(
    "runs, changes",
    [
        ("p", "p"),
        ("f", "f"),
        ("ppp", "p"),
        ("pf", "p"),
        ("pff", "pf"),
        ("pfp", "p"),
        ("pfpf", "pf"),
        ("pffp", "pf"),
        ("pffpp", "pfp"),
        ("pffpfp", "pf p".replace(" ", "")),
        ("ffgg", "fg"),
        ("ffgf", "f"),
        ("ppww", "pw"),
    ],
)
def test_a_state_changes_when_two_of_the_last_three_runs_say_so(runs: str, changes: str) -> None:
    assert heard(runs) == changes


@pytest.mark.parametrize("runs", ["pfpfpf", "pffpp"])
def test_without_damping_every_run_is_believed(runs: str) -> None:
    expected = "".join(letter for n, letter in enumerate(runs) if n == 0 or letter != runs[n - 1])
    assert heard(runs, Damping(need=1, of=1)) == expected


def test_a_long_memory_takes_longer_to_convince() -> None:
    assert heard("pfff", Damping(need=4, of=5)) == "p"
    assert heard("pffff", Damping(need=4, of=5)) == "pf"


def test_since_is_the_first_of_the_runs_that_said_so() -> None:
    damper = Damper(Damping())
    for second, letter in enumerate("pff"):
        damper.changed_by(at(letter, second))
    assert damper.state is not None
    assert damper.state.since == at("f", 1).started_at


def test_since_does_not_move_while_the_state_holds() -> None:
    damper = Damper(Damping())
    for second, letter in enumerate("pppf"):
        damper.changed_by(at(letter, second))
    assert damper.state is not None
    assert damper.state.since == at("p", 0).started_at
