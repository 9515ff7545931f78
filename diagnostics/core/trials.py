"""What-if: a safe trial of one changed input, made only after a failure, that proves a hypothesis or drops it.

A plan says what is changed and which check has to pass then; a trial says what came of it. Safe by construction: at an
endpoint that the settings do not name there is no credential to send, and TLS is never weaker than the app's.
"""

from enum import StrEnum

import msgspec

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.model import Depth, Finding, Target, TlsMode, Value


class Changed(StrEnum):
    """The one input that differs from what the app uses."""

    VALUE_TRIMMED = "value_trimmed"
    """White space at the ends and control characters taken out."""
    INSTANCE_ADDRESS = "instance_address"
    """The instance's own address, as the Admin API names it."""
    PORT = "port"
    """The port of PostgreSQL on the same host."""
    ATTACHED_SOCKET = "attached_socket"
    """The socket that is attached, by its whole path."""
    USER_TRUNCATED = "user_truncated"
    """The service account without ``.gserviceaccount.com``."""
    NAME_FOLDED = "name_folded"
    """A name in small letters, as PostgreSQL keeps it where it was not quoted."""
    TLS_ON = "tls_on"
    """TLS instead of plain text."""
    WAITED = "waited"
    """Nothing but the time: fresh sockets until the way opens."""


class Verdict(StrEnum):
    """What a trial says of its hypothesis."""

    FLIPPED = "flipped"
    """The check passes with the changed input: the hypothesis is proven."""
    STAYED = "stayed"
    """It fails all the same: the hypothesis is dropped."""
    UNSETTLED = "unsettled"
    """Something else came between; the trial says nothing."""


class TrialPlan(Value, frozen=True, kw_only=True):
    """One trial to be made."""

    hypothesis: Cause
    changed: Changed
    target: Target
    failed: CheckId
    """The check that the hypothesis is about."""
    flips: CheckId
    """The check that has to pass: ``failed``, or one above it on the ladder that says more."""
    until: Depth
    """How far it may climb."""
    about: str = ""
    """What is changed: a variable, an address."""
    to: str = ""
    """What it is changed to; never a secret."""


class Trial(Value, frozen=True, kw_only=True):
    """What a trial came to."""

    hypothesis: Cause
    changed: Changed
    failed: CheckId
    flips: CheckId
    verdict: Verdict
    check: CheckId
    """Where the trial ended: the first check that did not hold, else the last one."""
    finding: Finding | None = None
    """What ended it, None where nothing did."""
    about: str = ""
    to: str = ""
    seconds: float = 0.0
    opened_after_seconds: float | None = None
    """Of ``waited``: seconds between the start of the process and the first fresh socket that got through."""


class UnsafeTrialError(Exception):
    """A plan that would weaken the app's protection: our own bug."""


_STRENGTH = {mode: strength for strength, mode in enumerate(TlsMode)}
"""TLS modes from none to full verification, in the order they are declared."""


def elsewhere(plan: TrialPlan, configured: Target) -> bool:
    """Whether the trial leads to another endpoint than the settings name, letter by letter."""
    return _endpoint(plan.target) != _endpoint(configured)


def safe(plan: TrialPlan, configured: Target) -> TrialPlan:
    """The plan as it may be carried out; UnsafeTrialError where TLS would be weaker than the app's.

    At another endpoint no credential goes along, and the climb ends before authentication.
    """
    if _STRENGTH[plan.target.tls] < _STRENGTH[configured.tls]:
        raise UnsafeTrialError(f"{plan.changed} weakens TLS")
    if not elsewhere(plan, configured):
        return plan
    without = msgspec.structs.replace(plan.target, password=None, url=None, options=())
    return msgspec.structs.replace(plan, target=without, until=shallower(plan.until, Depth.STARTUP))


def shallower(one: Depth, other: Depth) -> Depth:
    """The one that ends first."""
    order = tuple(Depth)
    return min(one, other, key=order.index)


def _endpoint(target: Target) -> tuple[object, ...]:
    return (target.route, target.host, target.port, target.instance, target.ip_type)
