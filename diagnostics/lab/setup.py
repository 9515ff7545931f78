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
        if login is Login.PASSWORD and _needs_iam(fault, chosen):
            raise UnfitFaultError(f"fault {fault.name!r} makes no sense with login {login}; it does with: {Login.IAM}")
    only_iam = any(_needs_iam(fault, chosen) for fault in faults)
    return Setup(route=chosen, login=login or (Login.IAM if only_iam else Login.PASSWORD))


def _needs_iam(fault: Fault, route: Route) -> bool:
    """Whether only an app that logs in by IAM feels it there."""
    return all(expected.login is Login.IAM for expected in fault.expected if expected.route is route)
