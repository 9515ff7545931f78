"""What the rows of the table are made of."""

from collections.abc import Callable

from msgspec.structs import replace

from diagnostics.core.codes import Cause
from diagnostics.lab.deployment import Deployment, Surroundings
from diagnostics.lab.fault import Expected
from diagnostics.lab.world import Login, Route

CONNECTOR, DIRECT, SOCKET = Route.CONNECTOR, Route.DIRECT, Route.SOCKET

Deploy = Callable[[Deployment, Surroundings], Deployment]
"""What a fault does to the app's settings."""


def fails(cause: Cause, code: int, *routes: Route, login: Login = Login.PASSWORD) -> tuple[Expected, ...]:
    """This cause and exit code on each of these routes."""
    return tuple(Expected(route=route, login=login, cause=cause, exit=code) for route in routes)


def works(*routes: Route, login: Login = Login.PASSWORD) -> tuple[Expected, ...]:
    """The path works on these routes all the same."""
    return tuple(Expected(route=route, login=login) for route in routes)


def set_to(**changes: str) -> Deploy:
    """Settings of the app with other values."""
    return lambda deployment, _: replace(deployment, **changes)
