"""What diagnosis says, in codes: no sentence here, the catalogue has them."""

from enum import StrEnum

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.model import Finding, Value


class Confidence(StrEnum):
    """How sure a diagnosis is.

    PROVEN: the peer said it itself, or a trial flipped the result. LIKELY: the one cause that fits all evidence, be it
    that a rarer one is named beside it. POSSIBLE: several fit; the others stand in ``alternatives``.
    """

    PROVEN = "proven"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Citation(Value, frozen=True, kw_only=True):
    """One piece of evidence: a finding of a check, or, without one, what the check established."""

    check: CheckId
    finding: Finding | None = None


class Topic(StrEnum):
    """What people suspect first, and what a passed check takes off the list."""

    SETTINGS = "settings"
    IDENTITY = "identity"
    ADMIN_API = "admin_api"
    CLIENT_ROLE = "client_role"
    DNS = "dns"
    ATTACHMENT = "attachment"
    NETWORK = "network"
    ALL_EGRESS = "all_egress"
    TLS = "tls"
    SERVER = "server"
    LOGIN = "login"


class Excluded(Value, frozen=True, kw_only=True):
    """A topic that cannot be the reason, because of this check."""

    topic: Topic
    because: CheckId


class Diagnosis(Value, frozen=True, kw_only=True):
    """One root cause with everything that speaks for it."""

    cause: Cause
    confidence: Confidence
    focus: Finding | None = None
    """The finding whose arguments the remedy names."""
    explains: tuple[Citation, ...] = ()
    """The findings that go away with the cause."""
    evidence: tuple[Citation, ...] = ()
    """All of ``explains`` and what else was looked at, in path order."""
    alternatives: tuple[Cause, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    dropped: tuple[Cause, ...] = ()
    """Hypotheses that a trial disproved."""
    untested: tuple[CheckId, ...] = ()
    """Needed checks that the path did not reach."""
    unknown: tuple[CheckId, ...] = ()
    """Checks that could not be evaluated."""
