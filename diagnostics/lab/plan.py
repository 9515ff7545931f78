"""Where every part of the lab is: the same parts, on loopback or in a network of their own."""

import socket

from diagnostics.lab.addresses import Addresses
from diagnostics.lab.spot import SocketMaker, Spot, here
from diagnostics.lab.world import Value


class Landmark(Value, frozen=True, kw_only=True):
    """A host at which nothing is served; whether a connection gets there is all that it tells."""

    spot: Spot
    variable: str = ""
    """How the agent is told, where it cannot find the real one."""
    beyond_nat: bool = False
    silent: bool = False


class Plan(Value, frozen=True, kw_only=True):
    """The places. ``instance`` and ``container`` are networks, the rest are spots in one."""

    addresses: Addresses
    metadata: Spot
    apis: Spot
    apis_have_names: bool = False
    """Whether clients find the APIs by Google's names, and so over HTTPS; else plain HTTP."""
    resolver: Spot
    landmarks: tuple[Landmark, ...]
    instance: SocketMaker = here
    container: SocketMaker = here


def on_loopback(addresses: Addresses) -> Plan:
    """Everything in the network that the process is in already, on addresses that only this machine knows."""
    landmarks = (
        Landmark(spot=Spot(address=addresses.control_public), variable="CLOUDSQL_DIAG_CONTROL_PUBLIC", beyond_nat=True),
        Landmark(spot=Spot(address=addresses.control_private), variable="CLOUDSQL_DIAG_CONTROL_PRIVATE"),
        Landmark(spot=Spot(address=addresses.google_vip), variable="CLOUDSQL_DIAG_GOOGLE_VIP", beyond_nat=True),
        Landmark(spot=Spot(address=addresses.private_vip[0]), variable="CLOUDSQL_DIAG_PRIVATE_VIP", beyond_nat=True),
        *(Landmark(spot=Spot(address=addresses.stale, port=port), silent=True) for port in (5432, 3307)),
    )
    return Plan(
        addresses=addresses,
        metadata=Spot(address=addresses.metadata),
        apis=Spot(address=addresses.apis),
        resolver=Spot(address=addresses.resolver, port=53),
        landmarks=landmarks,
    )


def dial(make: SocketMaker, place: tuple[str, int], timeout: float) -> socket.socket:
    """A TCP connection from a network, without Nagle's delay; raises OSError."""
    connection = make(socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect(place)
    except OSError:
        connection.close()
        raise
    return connection
