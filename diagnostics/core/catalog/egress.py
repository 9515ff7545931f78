"""The line of what was measured: which kinds of address answer, which do not, and which egress setting that fits."""

from collections.abc import Iterator

from diagnostics.core.catalog.facts import REACH
from diagnostics.core.egress import MeasuredEgress, Way
from diagnostics.core.observed import Reach

_WAYS = {Way.OPEN: REACH[Reach.OPEN], Way.SILENT: REACH[Reach.SILENT], Way.NO_ROUTE: REACH[Reach.UNREACHABLE]}


def line(found: MeasuredEgress) -> str:
    """``open: private, 10.20.0.3:5432 · silent: Google APIs, public``; what was not measured is left out."""
    groups: dict[str, list[str]] = {word: [] for word in REACH.values()}
    for name, word in _named(found):
        groups[word].append(name)
    told = [f"{word}: {', '.join(names)}" for word, names in groups.items() if names]
    only = [f"fits only egress {found.fits[0]}"] if len(found.fits) == 1 else []
    return " · ".join(told + only)


def _named(found: MeasuredEgress) -> Iterator[tuple[str, str]]:
    classes = {
        "Google APIs": found.google_public,
        "private Google VIP": found.google_private,
        "public": found.public,
        "private": found.private,
    }
    yield from ((name, _WAYS[way]) for name, way in classes.items() if way is not Way.UNKNOWN)
    for port in found.instance:
        address = f"[{port.address}]" if ":" in port.address else port.address
        yield f"{address}:{port.port}", REACH[port.reach]
