"""Which timer ended a start-up, from the ledger and the exception that came out of it."""

from diagnostics.startup.chain import chain
from diagnostics.startup.ledger import Ledger, Limit, LimitExceeded
from diagnostics.startup.timers import Fired, How, Sure, Timer, by_library, is_timeout

LATE = 1.0
"""Seconds that a timer may be late before the event loop counts as held: a busy machine alone was seen to take 0.3."""
TIE = 0.005
"""Seconds between two deadlines that nobody can tell apart: both fire in one turn of the loop."""
FITS = 0.05
"""Share by which what had passed may differ from a declared timer that is still called the probable one."""


def fired(ledger: Ledger, exc: BaseException | None) -> Fired | None:
    """The timer, and how sure that is; None where no time was over.

    The app's own limits are asked first: a driver may hide which of them ended it, and only they know for sure. Then
    the exception itself, then the timers of others whose seconds fit, then limits that were exceeded and ended nothing.
    """
    own = _own(ledger, exc)
    if own:
        return own
    if exc is not None:
        found = by_library(exc)
        if found:
            return found
        if is_timeout(exc):
            return _fitting(ledger) or _overrun(ledger) or Fired((), None, None, How.UNKNOWN, Sure.UNKNOWN)
    overrun = _overrun(ledger)
    if overrun is None and exc is not None and any(type(each).__name__ == "CancelledError" for each in chain(exc)):
        return Fired((), None, None, How.CANCELLED, Sure.SURE)
    return overrun


def rows(ledger: Ledger, exc: BaseException | None) -> tuple[Timer, ...]:
    """Every limit in the order of entering, then every declared timer that is no limit."""
    found = fired(ledger, exc)
    names = found.names if found else ()
    own = [Timer(each.name, each.seconds, each.elapsed, each.name in names, each.source) for each in ledger.limits]
    known = {each.name for each in own}
    declared = ((name, *rest) for name, rest in ledger.declared.items() if name not in known)
    return (*own, *(Timer(name, seconds, None, name in names, source) for name, seconds, source in declared))


def line(timer: Timer) -> str:
    """A row for a person."""
    limit = "no limit" if timer.seconds is None else f"{timer.seconds:.1f} s"
    passed = "" if timer.elapsed is None else f", {timer.elapsed:.1f} s had passed"
    source = f" ({timer.source})" if timer.source else ""
    return f"{timer.name}: {limit}{passed}{' - fired' if timer.fired else ''}{source}"


def _own(ledger: Ledger, exc: BaseException | None) -> Fired | None:
    over = sorted(_over(ledger, exc), key=lambda each: each.deadline)
    if not over:
        return None
    first = [each for each in over if each.deadline - over[0].deadline <= TIE]
    limit = first[0]
    late = (limit.elapsed or 0.0) - (limit.seconds or 0.0)
    how = How.BLOCKED_LOOP if late > LATE else How.LIMIT
    names = tuple(dict.fromkeys(each.name for each in first))
    return Fired(names, limit.seconds, limit.elapsed, how, Sure.SURE, late=max(0.0, late) if late > LATE else 0.0)


def _over(ledger: Ledger, exc: BaseException | None) -> list[Limit]:
    """Limits that expired and have to do with the exception; without one, all that expired."""
    if exc is None:
        return [each for each in ledger.limits if each.expired]
    behind = list(chain(exc))
    raised = {id(each.limit) for each in behind if isinstance(each, LimitExceeded)}
    carried = {id(each) for each in behind}
    found = [each for each in ledger.limits if id(each) in raised or each.carried in carried]
    # An outer limit that expired in the same turn ends with the inner one's exception, or the other way round.
    return [each for each in ledger.limits if each in found or (found and each.expired and each.is_around(found))]


def _fitting(ledger: Ledger) -> Fired | None:
    """A declared timer whose seconds are what had passed, of the whole or of the innermost limit."""
    passed = {ledger.elapsed, *(each.elapsed for each in ledger.limits if each.elapsed is not None)}
    for name, (seconds, _) in ledger.declared.items():
        fits = [each for each in passed if abs(each - seconds) <= FITS * seconds]
        if fits:
            return Fired((name,), seconds, fits[0], How.DECLARED, Sure.PROBABLY)
    return None


def _overrun(ledger: Ledger) -> Fired | None:
    """A limit that was exceeded and ended nothing: the loop was held, or it only measures."""
    for limit in reversed(ledger.limits):
        if limit.exceeded and not limit.expired:
            how = How.BLOCKED_LOOP if limit.enforced else How.MEASURED
            late = (limit.elapsed or 0.0) - (limit.seconds or 0.0)
            return Fired((limit.name,), limit.seconds, limit.elapsed, how, Sure.SURE, late=late)
    return None
