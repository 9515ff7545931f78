"""How the app under test reaches the database and logs in, and which of that fits a fault."""

from collections.abc import Sequence

from diagnostics.lab.fault import Fault
from diagnostics.lab.faults import FAULTS
from diagnostics.lab.world import Login, Route, Value


class RefusedArrangementError(Exception):
    """What was asked for cannot be had."""


class UnknownFaultError(RefusedArrangementError):
    """No fault has this name."""


class UnfitFaultError(RefusedArrangementError):
    """The fault makes no sense on the route, or not in this isolation."""


class UnknownWorldError(RefusedArrangementError):
    """There is no such key, or no such value of it."""


class CannotResolveError(RefusedArrangementError):
    """The app would use a host name, and the command cannot be given the lab's resolver here."""


class Setup(Value, frozen=True, kw_only=True):
    """How the app reaches the database, and logs in."""

    route: Route = Route.DIRECT
    login: Login = Login.PASSWORD


_BY_NAME = {fault.name: fault for fault in FAULTS}


def find(name: str) -> Fault:
    """The fault of this name, raising UnknownFaultError."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise UnknownFaultError(f"there is no fault {name!r}; `lab faults` lists them") from None


def setup_for(names: Sequence[str], route: Route | None = None, login: Login | None = None) -> Setup:
    """What fits these faults, the first one's default first; raises UnknownFaultError or UnfitFaultError."""
    faults = [find(name) for name in names]
    chosen = route or (faults[0].expected[0].route if faults else Route.DIRECT)
    for fault in faults:
        if chosen not in fault.routes:
            fitting = ", ".join(fault.routes)
            raise UnfitFaultError(f"fault {fault.name!r} makes no sense on route {chosen}; it does on: {fitting}")
    logins = [[expected.login for expected in fault.expected if expected.route is chosen] for fault in faults]
    only_iam = any(Login.PASSWORD not in possible for possible in logins)
    return Setup(route=chosen, login=login or (Login.IAM if only_iam else Login.PASSWORD))
