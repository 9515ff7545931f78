"""The rules, most specific first. The first that matches takes what it explains; then the rest is asked again.

A process that stood still has seen nothing. Then settings: a line break in a name explains whatever that name breaks.
What the control plane says of the instance and of the deployment comes before what the path alone suggests, and what
several measurements say together before a single one.
"""

from collections.abc import Callable, Iterator

from diagnostics.core.codes import Cause
from diagnostics.core.evidence import Evidence
from diagnostics.core.model import Finding
from diagnostics.core.rules import config, configured, foreign, frozen, google, instance, network, plain, server
from diagnostics.core.rules.rule import Rule
from diagnostics.core.trials import Changed, Verdict

RULES: tuple[Rule, ...] = (
    *frozen.RULES,
    *config.RULES,
    *instance.RULES,
    *configured.RULES,
    *google.RULES,
    *network.RULES,
    *server.RULES,
    *plain.RULES,
)

_CORRECTIONS = frozenset(
    {
        (Cause.CONFIG_SECRET_TRAILING_NEWLINE, Changed.VALUE_TRIMMED),
        (Cause.SOCKET_WRONG_PATH, Changed.ATTACHED_SOCKET),
        (Cause.SOCKET_WRONG_PATH, Changed.PORT),
        (Cause.TLS_SSL_REQUIRED, Changed.TLS_ON),
    }
)
"""Trials of an input that is right in itself: what ends them is the next thing that is wrong."""


def rules_for(evidence: Evidence) -> Iterator[Rule]:
    """The rules for a run: what a corrected input met comes first, what only a driver's words say comes last."""
    yield from _corrected(evidence)
    yield from RULES
    yield from foreign.rules(evidence)


def _corrected(evidence: Evidence) -> Iterator[Rule]:
    for trial in evidence.run.trials:
        result, met = evidence.result(trial.failed), trial.finding
        stayed = (trial.hypothesis, trial.changed) in _CORRECTIONS and trial.verdict is Verdict.STAYED
        code = result.outcome.code if result else None
        if not stayed or code is None or met is None or met.code is code:
            continue
        cause, confidence = plain.meaning(met.code)
        if cause is not Cause.UNCLASSIFIED:
            yield Rule(cause=cause, explains=(code,), confidence=confidence, focus=_always(met))


def _always(finding: Finding) -> Callable[[Evidence], Finding | None]:
    return lambda _: finding
