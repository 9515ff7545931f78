"""Several runs in words: how often the path failed and how, and how long its stages took."""

from collections.abc import Iterable, Iterator

from diagnostics.core.looks import Constancy, Looks, Seen, StageTimes
from diagnostics.core.model import Value
from diagnostics.surfaces.rows import stage
from diagnostics.surfaces.timing import duration

CONSTANCY = {
    Constancy.STEADY: "Steady",
    Constancy.FLAKY: "Flaky, it comes and goes",
    Constancy.BROKEN: "Broken",
    Constancy.UNKNOWN: "Not proven",
}

STANDS_FOR_THEM = "The run that stands for them"


class StageRow(Value, frozen=True, kw_only=True):
    """One stage over all runs, as people read it."""

    label: str
    median: str
    worst: str
    runs: str


def sentence(looks: Looks) -> str:
    """``5 of the last 14 runs failed``, with what else has to be known to read it."""
    said = f"{looks.failed} of the last {looks.runs} runs failed"
    return f"{said}, {looks.unknown} could not tell" if looks.unknown else said


def verdict(looks: Looks) -> str:
    """The word for it, and the sentence."""
    return f"{CONSTANCY[looks.constancy]}: {sentence(looks)}"


def how(looks: Looks) -> Iterator[str]:
    """How they failed, and which connections were slow to come about."""
    yield from _listed("Causes", looks.causes)
    yield from _listed("Findings", looks.findings)
    if looks.second_syn:
        yield f"Connections that needed a second SYN: {looks.second_syn} of {looks.runs}"


def stages(looks: Looks) -> tuple[StageRow, ...]:
    """Every stage that a run reached."""
    return tuple(map(_row, looks.stages))


def _row(times: StageTimes) -> StageRow:
    ended = f", ended {times.failed}" if times.failed else ""
    return StageRow(
        label=stage(times.check),
        median=duration(times.median_seconds) or "0 ms",
        worst=duration(times.worst_seconds) or "0 ms",
        runs=f"reached by {times.runs}{ended}",
    )


def _listed(head: str, seen: Iterable[Seen]) -> Iterator[str]:
    said = ", ".join(f"{each.code} {each.runs}x" for each in seen)
    if said:
        yield f"{head}: {said}"
