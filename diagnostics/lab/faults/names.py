"""Faults of name resolution."""

from collections.abc import Callable

from msgspec.structs import replace

from diagnostics.core.codes import Cause
from diagnostics.lab.fault import Expected, Fault, Place
from diagnostics.lab.faults.rows import CONNECTOR, DIRECT, fails, works
from diagnostics.lab.world import World


def _resolver(name: str, title: str, expected: tuple[Expected, ...], host: Callable[[World], str]) -> Fault:
    """The app gets a host name instead of an address."""
    return Fault(
        name=name,
        title=title,
        place=Place.RESOLVER,
        expected=expected,
        deployment=lambda deployment, around: replace(deployment, host=host(around.world)),
    )


def _present(world: World) -> str:
    return world.host_name


RESOLVER = (
    _resolver(
        "nxdomain", "the host name does not exist", fails(Cause.DNS_NXDOMAIN, 13, DIRECT), lambda w: w.absent_host_name
    ),
    _resolver(
        "private-zone-not-visible",
        "the host name is in a private zone of a VPC that the app is not attached to",
        fails(Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE, 13, DIRECT),
        lambda w: w.private_host_name,
    ),
    _resolver("servfail", "the name server fails", fails(Cause.DNS_RESOLVER_FAILURE, 13, DIRECT), _present),
    _resolver("resolver-drop", "the name server is silent", fails(Cause.DNS_RESOLVER_FAILURE, 13, DIRECT), _present),
    Fault(
        name="api-names-fail",
        title="the name server fails for the names of Google's APIs",
        place=Place.RESOLVER,
        expected=(*fails(Cause.DNS_RESOLVER_FAILURE, 13, CONNECTOR), *works(DIRECT)),
        needs_network=True,
    ),
    Fault(
        name="api-name-absent",
        title="a private zone for googleapis.com lacks the names of the APIs",
        place=Place.RESOLVER,
        expected=(*fails(Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE, 13, CONNECTOR), *works(DIRECT)),
        needs_network=True,
    ),
    _resolver("slow-resolver", "the name server takes more than a second", works(DIRECT), _present),
)
