"""The checks of a report as the rows people read: one for each stage of the path, several checks in some."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import groupby

from diagnostics.core.codes import CheckId
from diagnostics.core.model import SkipReason, Status, Value
from diagnostics.core.report import CheckEntry, Report
from diagnostics.surfaces import words
from diagnostics.surfaces.timing import Interval, union
from diagnostics.surfaces.visible import visible


class Stage(StrEnum):
    """A row, in the order of the path."""

    CONFIG = "config"
    RUNTIME = "runtime"
    IDENTITY = "identity"
    EGRESS = "egress"
    DNS = "dns"
    ADMIN = "admin"
    REVISION = "revision"
    SOCKET = "socket"
    TCP = "tcp"
    TLS = "tls"
    STARTUP = "startup"
    AUTH = "auth"
    QUERY = "query"
    CAPACITY = "capacity"
    SESSION = "session"
    DRIVER = "driver"
    BUDGET = "budget"


_STAGE_OF_GROUP = {
    "metadata": Stage.IDENTITY,
    "iam": Stage.ADMIN,
    "run": Stage.REVISION,
    "vpc": Stage.REVISION,
    "app": Stage.BUDGET,
}
_STAGE_OF_CHECK = {
    CheckId.POSTGRES_STARTUP: Stage.STARTUP,
    CheckId.POSTGRES_AUTH: Stage.AUTH,
    CheckId.POSTGRES_QUERY: Stage.QUERY,
    CheckId.POSTGRES_CAPACITY: Stage.CAPACITY,
    CheckId.POSTGRES_SESSION: Stage.SESSION,
}


def stage(check: CheckId) -> Stage:
    """The row of a check; every check has one."""
    group = check.value.partition(".")[0]
    return _STAGE_OF_CHECK.get(check) or _STAGE_OF_GROUP.get(group) or Stage(group)


class Row(Value, frozen=True, kw_only=True):
    """One line of the picture. ``spans`` is when something of it was running, from the start of the run."""

    label: str
    status: Status
    text: str = ""
    spans: tuple[Interval, ...] = ()


def report_rows(report: Report) -> tuple[Row, ...]:
    """The rows of a report."""
    return rows(report.checks, visible(report.egress.summary) if report.egress else "")


def rows(entries: Iterable[CheckEntry], egress: str = "") -> tuple[Row, ...]:
    """One row a stage; neighbours that were not evaluated for the same reason share one.

    ``egress`` is what the measurements of that row say together. What is optional and could not be seen has no row.
    """
    by_stage: dict[Stage, list[CheckEntry]] = {each: [] for each in Stage}
    for entry in entries:
        if not is_unseen(entry):
            by_stage[stage(entry.id)].append(entry)
    made = (_row(each, tuple(members), egress) for each, members in by_stage.items() if members)
    return tuple(_joined(row for row in made if row.status is not _TAKEN_FOR_GRANTED.get(row.label)))


_TAKEN_FOR_GRANTED: dict[str, Status] = {Stage.RUNTIME: Status.PASS, Stage.BUDGET: Status.SKIP}
"""Rows that say nothing with this status: that we run, and that nobody named a limit of the app."""


def is_unseen(entry: CheckEntry) -> bool:
    """The route does not need it, and whoever owns it has not opened it to us, or does not answer."""
    return entry.status is Status.UNKNOWN and not entry.needed and entry.skip_reason in words.UNSEEN


_WORST_FIRST = (Status.FAIL, Status.WARN, Status.UNKNOWN, Status.PASS, Status.SKIP)


def _weight(entry: CheckEntry) -> int:
    """Not knowing something optional is no worse than the rest of its row; not knowing what the route needs is."""
    ours = entry.skip_reason in {SkipReason.CRASHED, SkipReason.RUN_DEADLINE}
    if entry.status is Status.UNKNOWN and not entry.needed and not ours:
        return _WORST_FIRST.index(Status.PASS)
    return _WORST_FIRST.index(entry.status)


def _row(label: Stage, entries: tuple[CheckEntry, ...], egress: str) -> Row:
    ranked = sorted(entries, key=_weight)
    alike = [entry for entry in ranked if _weight(entry) == _weight(ranked[0])]
    known = next((entry for entry in alike if entry.status is not Status.UNKNOWN), ranked[0])
    told = _told(ranked, alike)
    text = " · ".join(dict.fromkeys(text for text in map(_text, told) if text))
    if all(entry.status is Status.UNKNOWN and entry.blocked_by for entry in entries):
        # The row that they wait for says why.
        return Row(label=label, status=Status.SKIP, text=words.SKIPPED[SkipReason.BLOCKED])
    return Row(
        label=label,
        status=known.status,
        text=egress if egress and label is Stage.EGRESS and known.status is Status.PASS else text,
        spans=union((e.started_offset_seconds, e.started_offset_seconds + e.duration_seconds) for e in told),
    )


def _told(ranked: list[CheckEntry], alike: list[CheckEntry]) -> list[CheckEntry]:
    """Whose words are shown: beside a failure only failures, and what was not reached before what has no place here."""
    if ranked[0].status is Status.FAIL:
        return alike
    evaluated = [entry for entry in ranked if _evaluated(entry) or entry.summary]
    return evaluated or [entry for entry in alike if entry.skip_reason is SkipReason.BLOCKED] or alike


def _evaluated(entry: CheckEntry) -> bool:
    """Beside others, a check that has nothing to say is left out; one that is unknown though needed has."""
    if entry.status is Status.UNKNOWN:
        return _weight(entry) == _WORST_FIRST.index(Status.UNKNOWN)
    return entry.status is not Status.SKIP


def _text(entry: CheckEntry) -> str:
    """What the report says of a check; the reason where it was not evaluated and the report says no more."""
    if entry.summary and entry.skip_reason is not SkipReason.BLOCKED:
        return visible(entry.summary)
    if entry.skip_reason is None:
        return ""
    reason = words.SKIPPED[entry.skip_reason]
    if entry.skip_reason is SkipReason.CRASHED:
        return visible(": ".join((reason, *(finding.about for finding in entry.findings))))
    return visible(f"{reason}, {words.NEEDS} {entry.needs}" if entry.needs else reason)


def _joined(made: Iterable[Row]) -> Iterator[Row]:
    def key(row: Row) -> tuple[Status, str]:
        return (row.status, row.text if row.status is Status.SKIP else row.label)

    for _, alike in groupby(made, key=key):
        members = tuple(alike)
        labels = ", ".join(row.label for row in members)
        yield Row(label=labels, status=members[0].status, text=members[0].text, spans=members[0].spans)
