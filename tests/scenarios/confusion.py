"""The confusion table: which cause was expected, which was named, how often; and the wrong rows in detail."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.scenarios.judge import Verdict, evidence


def table(verdicts: Sequence[Verdict]) -> str:
    """One line for each pair that occurs, those that differ marked."""
    pairs = Counter((verdict.expected, verdict.named) for verdict in verdicts)
    width = max((len(expected) for expected, _ in pairs), default=0)
    head = f"  {'expected':{width}}  times  named"
    return "\n".join((head, *(_line(pair, count, width) for pair, count in sorted(pairs.items()))))


def _line(pair: tuple[str, str], count: int, width: int) -> str:
    expected, named = pair
    mark, other = (" ", "=") if expected == named else ("!", named)
    return f"{mark} {expected:{width}}  {count:5}  {other}"


def details(verdicts: Sequence[Verdict]) -> str:
    """Everything about each wrong row that one needs to see who is right."""
    return "\n".join(line for verdict in verdicts if not verdict.right for line in _wrong(verdict))


def _wrong(verdict: Verdict) -> Iterator[str]:
    scenario, outcome = verdict.scenario, verdict.outcome
    yield f"wrong: {scenario.id}: {scenario.what}"
    yield f"  {'; '.join(verdict.complaints)}"
    yield f"  expected {verdict.expected} exit {scenario.expect.exit}, named {verdict.named} exit {outcome.exit}"
    yield f"  evidence: {evidence(outcome)}"
    if scenario.settings:
        yield f"  settings: {', '.join(_setting(*setting) for setting in scenario.settings)}"
    yield f"  {scenario.command}"


def _setting(name: str, template: str | None) -> str:
    return f"no {name}" if template is None else f"{name}={template!r}"


def closing(verdicts: Sequence[Verdict]) -> str:
    """The last line."""
    return f"{sum(verdict.right for verdict in verdicts)} of {len(verdicts)} right"
