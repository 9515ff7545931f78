"""What a rule is: one way in which a cause shows itself."""

from collections.abc import Callable

import msgspec

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding
from diagnostics.core.trials import Changed


def always(_: Evidence) -> bool:
    """The findings say it by themselves."""
    return True


def no_focus(_: Evidence) -> Finding | None:
    """The explained failure is what the remedy is about."""
    return None


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Matches where one of ``explains`` is still a failure without a cause, and ``when`` holds."""

    cause: Cause
    explains: tuple[Code, ...]
    """Findings that go away with the cause, failures and warnings alike."""
    confidence: Confidence
    covers: tuple[Code, ...] = ()
    """Warnings that go away with it, too, and add nothing to the evidence."""
    when: Callable[[Evidence], bool] = always
    focus: Callable[[Evidence], Finding | None] = no_focus
    """The finding whose arguments the remedy names; the first explained failure where it gives none."""
    cites: tuple[CheckId, ...] = ()
    """Checks whose facts the rule looked at."""
    alternatives: tuple[Cause, ...] = ()
    """Causes that fit too, the most usual first; the catalogue says what settles each."""
    tries: Changed | None = None
    """The trial that would settle it: where it flips the result the cause is proven, where not the rule is over."""
