"""What a fault is.

A fault changes the world (what the instance and Google's APIs are), the deployment (what the app is told), or the
behaviour of a part of the lab, which asks the switchboard for it by name. It declares the diagnosis it must lead to on
each route where it makes sense: that is the oracle of the product's own tests, so nothing of it is computed by the
product.
"""

from collections.abc import Callable
from enum import StrEnum

from diagnostics.core.codes import Cause
from diagnostics.lab.deployment import Deployment, Surroundings
from diagnostics.lab.world import Login, Route, Value, World


class Place(StrEnum):
    """Where the fault sits: the part of the lab that acts."""

    APP = "app"
    METADATA = "metadata"
    ADMIN_API = "admin_api"
    RESOLVER = "resolver"
    NETWORK = "network"
    INSTANCE = "instance"
    SOCKETS = "sockets"


class Expected(Value, frozen=True, kw_only=True):
    """The diagnosis that is right on one route with one way of logging in."""

    route: Route
    login: Login = Login.PASSWORD
    cause: Cause | None = None
    """None where the path works all the same."""
    exit: int = 0


def same_world(world: World) -> World:
    """What most faults do to the world."""
    return world


def same_deployment(deployment: Deployment, around: Surroundings) -> Deployment:  # noqa: ARG001 - the shape of a change
    """What faults outside of the app do to the deployment."""
    return deployment


class Fault(Value, frozen=True, kw_only=True):
    """One thing that is wrong."""

    name: str
    title: str
    place: Place
    expected: tuple[Expected, ...]
    """One a route and login; the first is what ``lab run`` takes when none is named."""
    world: Callable[[World], World] = same_world
    deployment: Callable[[Deployment, Surroundings], Deployment] = same_deployment
    needs_network: bool = False
    """Whether loopback cannot have it: there, Google's APIs are found without their names."""

    @property
    def routes(self) -> tuple[Route, ...]:
        """Routes on which it makes sense, default first."""
        return tuple(dict.fromkeys(expected.route for expected in self.expected))

    @property
    def in_environment(self) -> bool:
        """Whether the app must be started anew to feel it."""
        return self.deployment is not same_deployment

    @property
    def breaks(self) -> tuple[Expected, ...]:
        """Where the path does not work under it."""
        return tuple(expected for expected in self.expected if expected.cause is not None)

    def on(self, route: Route, login: Login) -> Expected | None:
        """What is right there; None where the fault makes no sense."""
        return next((e for e in self.expected if e.route is route and e.login is login), None)
