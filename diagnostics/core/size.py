"""How large a report may get, and how much of what others wrote was left out of it."""

import re
from typing import Any, Final

import msgspec

from diagnostics.core.foreign import CUT, shortened
from diagnostics.core.redact import SHOWN
from diagnostics.core.report import Report

LARGEST: Final = 256 * 1024
"""Bytes of a report as JSON. One of a failure has 30 KiB; a log's line, and what a probe may fetch, take no more."""

COUNT: Final = 16
"""Bytes that the number of what was cut may take."""

_CUTS: Final = re.compile(f'{CUT}"|"left_out":[1-9]'.encode())
"""A text that ends in our mark, and a list of which entries were counted and not kept."""


def sized(report: Report) -> Report:
    """The report with ``cut`` counted, and of at most 256 KiB: else first its texts get shorter, then facts go."""
    encoded = msgspec.json.encode(report)
    if len(encoded) > LARGEST - COUNT:
        report = _without_largest_facts(msgspec.convert(_short(msgspec.json.decode(encoded)), Report))
    cut = _count(report)
    return msgspec.structs.replace(report, cut=report.cut + cut) if cut else report


def _count(report: Report) -> int:
    return len(_CUTS.findall(msgspec.json.encode([entry.facts for entry in report.checks])))


def _short(value: Any) -> Any:
    match value:
        case str():
            return shortened(value, SHOWN)
        case list():
            return [_short(entry) for entry in value]
        case dict():
            return {key: _short(entry) for key, entry in value.items()}
    return value


def _without_largest_facts(report: Report) -> Report:
    sizes = {entry.id: len(msgspec.json.encode(entry.facts)) for entry in report.checks if entry.facts is not None}
    over, gone = len(msgspec.json.encode(report)) - (LARGEST - COUNT), set()
    for check in sorted(sizes, key=lambda check: -sizes[check]):
        if over <= 0:
            break
        over -= sizes[check]
        gone.add(check)
    checks = tuple(msgspec.structs.replace(entry, facts=None) if entry.id in gone else entry for entry in report.checks)
    return msgspec.structs.replace(report, checks=checks, cut=len(gone))
