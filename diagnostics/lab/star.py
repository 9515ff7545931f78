"""The wires of the network: a router in the middle, a link to each party, and one link past it to the metadata server.

All of it is text for ``ip -batch``. The links' own addresses are of the range for benchmarks, which no part of the
world uses.
"""

from collections.abc import Iterable

from diagnostics.lab.world import Value

CONTAINER = "169.254.8.1"
"""The container's own address, as it was seen on Cloud Run; it says nothing about the egress."""

_ROUTER = "169.254.8.2"

_METADATA_CLIENT = "169.254.169.253"
"""The container's end of the link to the metadata server."""

LINK = "container"
"""The router's interface to the container."""


class Arm(Value, frozen=True, kw_only=True):
    """One party of the star, beside the container."""

    name: str
    """Also of the router's interface to it."""
    number: int
    """Of the link's own network."""
    namespace: str
    """Path of its namespace."""
    addresses: tuple[str, ...]
    """Who it is. Several addresses are no trouble to one namespace."""

    @property
    def near(self) -> str:
        """The router's end."""
        return f"198.18.{self.number}.1"

    @property
    def far(self) -> str:
        """The party's end."""
        return f"198.18.{self.number}.2"


def _batch(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def router(container: str, arms: Iterable[Arm]) -> str:
    """Both ends of every link, and the router's configuration; ``container`` is the path of a namespace."""
    lines = [
        "link set lo up",
        f"link add {LINK} type veth peer name eth0 netns {container}",
        f"addr add {_ROUTER}/30 dev {LINK}",
        f"link set {LINK} up",
        # Without it the router would answer for addresses that nobody has; Google's networks say nothing.
        "route add blackhole default",
    ]
    for arm in arms:
        lines += [
            f"link add {arm.name} type veth peer name eth0 netns {arm.namespace}",
            f"addr add {arm.near}/30 dev {arm.name}",
            f"link set {arm.name} up",
            *(f"route add {address} via {arm.far}" for address in arm.addresses),
        ]
    return _batch(lines)


def party(arm: Arm) -> str:
    """A party's end of its link."""
    return _batch(
        [
            "link set lo up",
            *(f"addr add {address} dev lo" for address in arm.addresses),
            f"addr add {arm.far}/30 dev eth0",
            "link set eth0 up",
            f"route add default via {arm.near}",
        ]
    )


def container() -> str:
    """The container's end: everything goes to the router."""
    return _batch(
        [
            "link set lo up",
            f"addr add {CONTAINER}/30 dev eth0",
            "link set eth0 up",
            f"route add default via {_ROUTER}",
        ]
    )


def metadata(container: str, address: str) -> str:
    """The server's end of the link that passes the router by; ``container`` is the path of a namespace."""
    return _batch(
        [
            f"link add metadata type veth peer name metadata netns {container}",
            f"addr add {address} peer {_METADATA_CLIENT} dev metadata",
            "link set metadata up",
        ]
    )


def metadata_client(address: str) -> str:
    """The container's end of it."""
    return _batch([f"addr add {_METADATA_CLIENT} peer {address} dev metadata", "link set metadata up"])
