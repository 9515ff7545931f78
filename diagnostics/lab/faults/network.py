"""Faults on the way to the instance, and of who answers there."""

from collections.abc import Callable

from msgspec.structs import replace

from diagnostics.core.codes import Cause
from diagnostics.lab.fault import Expected, Fault, Place, same_world
from diagnostics.lab.faults.rows import CONNECTOR, DIRECT, SOCKET, fails, works
from diagnostics.lab.network import Egress
from diagnostics.lab.world import World


def _network(
    name: str, title: str, expected: tuple[Expected, ...], world: Callable[[World], World] = same_world
) -> Fault:
    return Fault(name=name, title=title, place=Place.NETWORK, expected=expected, world=world)


NETWORK = (
    _network("silent-drop", "packets to the instance vanish", fails(Cause.TCP_TIMEOUT, 16, DIRECT, CONNECTOR, SOCKET)),
    _network(
        "port-refused", "nothing listens at the instance", fails(Cause.TCP_REFUSED, 16, DIRECT, CONNECTOR, SOCKET)
    ),
    _network(
        "accept-then-silence",
        "the instance accepts and says nothing",
        fails(Cause.PG_NO_ANSWER, 18, DIRECT, CONNECTOR, SOCKET),
    ),
    _network(
        "accept-then-close",
        "the instance accepts and hangs up",
        fails(Cause.PG_SERVER_CLOSED, 18, DIRECT, CONNECTOR, SOCKET),
    ),
    _network(
        "accept-then-reset",
        "the instance accepts, and resets at the first request",
        fails(Cause.TCP_RESET, 16, DIRECT, CONNECTOR),
    ),
    _network(
        "slow-link", "every TLS handshake with the instance takes three seconds", works(DIRECT, CONNECTOR, SOCKET)
    ),
    _network(
        "http-server", "a web server answers in place of the database", fails(Cause.CONFIG_NOT_POSTGRES, 10, DIRECT)
    ),
    _network(
        "ssh-server", "an SSH server answers in place of the database", fails(Cause.CONFIG_NOT_POSTGRES, 10, DIRECT)
    ),
    _network("mysql-server", "MySQL answers in place of PostgreSQL", fails(Cause.CONFIG_NOT_POSTGRES, 10, DIRECT)),
    _network("garbage-first", "random bytes answer the first request", fails(Cause.CONFIG_NOT_POSTGRES, 10, DIRECT)),
    _network(
        "garbage-after-startup",
        "random bytes answer the startup message",
        fails(Cause.CONFIG_NOT_POSTGRES, 10, DIRECT),
    ),
    _network("garbage-after-password", "random bytes answer the password", fails(Cause.UNCLASSIFIED, 21, DIRECT)),
    _network("garbage-after-query", "random bytes answer the query", fails(Cause.UNCLASSIFIED, 21, DIRECT)),
    _network(
        "all-traffic-without-nat",
        "all egress goes through a VPC that has no way to public addresses",
        fails(Cause.VPC_NAT_MISSING_OR_EXHAUSTED, 14, SOCKET, CONNECTOR),
        lambda world: replace(world, network=replace(world.network, egress=Egress.ALL, nat=False, pga=False)),
    ),
)
