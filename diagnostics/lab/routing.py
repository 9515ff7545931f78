"""The router's rules: what of the container's traffic gets where, as the network's owner has set it up.

Whatever is not let through vanishes, because Google's networks drop and never refuse: a client sees a timeout and
nothing else. Sources: the Cloud Run pages on VPC egress, the VPC pages on Private Google Access and private services
access, the Cloud SQL pages on authorized networks.
"""

import ipaddress
from collections.abc import Iterator
from enum import StrEnum

from diagnostics.lab.addresses import Addresses
from diagnostics.lab.deployment import CONNECTOR_PORT, POSTGRES_PORT
from diagnostics.lab.network import Authorized, Egress, Endpoint
from diagnostics.lab.world import IpType, Value, World

HTTPS_PORT = 443

REDIS_PORT = 6379

INSTANCE_PORTS = (POSTGRES_PORT, CONNECTOR_PORT)

GOOGLE_VIPS = ("199.36.153.4/30", "199.36.153.8/30")
"""restricted.googleapis.com and private.googleapis.com: only a VPC knows a way there."""

PRIVATE_RANGES = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", *GOOGLE_VIPS)
"""What ``private-ranges-only`` sends into the VPC."""


class End(StrEnum):
    """What finally happens to a packet."""

    ACCEPT = "accept"
    DROP = "drop"


class Stage(StrEnum):
    """A part of the way, with rules of its own."""

    CONTAINER = "from_container"
    """Which exit the revision's egress setting gives."""
    VPC = "vpc"
    NAT = "nat"
    """The VPC's way to public addresses."""
    DIRECT = "direct"
    """Google's own way out, without a VPC."""
    PUBLIC = "public"
    """Who can be reached from anywhere."""


Verdict = End | Stage


class Rule(Value, frozen=True, kw_only=True):
    """Which packets, and what becomes of them. Without networks or ports: all."""

    to: tuple[str, ...] = ()
    """Addresses or networks."""
    ports: tuple[int, ...] = ()
    then: Verdict

    def fits(self, address: str, port: int) -> bool:
        """Whether it is about this destination."""
        there = ipaddress.ip_address(address)
        near = not self.to or any(there in ipaddress.ip_network(network) for network in self.to)
        return near and (not self.ports or port in self.ports)

    def __str__(self) -> str:
        """As nftables has it."""
        to = f"ip daddr {{ {', '.join(self.to)} }} " if self.to else ""
        ports = f"tcp dport {{ {', '.join(map(str, self.ports))} }} " if self.ports else ""
        return f"{to}{ports}{self.then}" if isinstance(self.then, End) else f"{to}{ports}goto {self.then}"


Rules = dict[Stage, tuple[Rule, ...]]

SOURCES = {Stage.VPC: "10.8.0.9", Stage.NAT: "34.140.52.17", Stage.DIRECT: "34.34.233.17"}
"""Whose address a packet has when it left by a stage: of the subnet, of Cloud NAT, of Google's own pool."""


def rules(world: World, addresses: Addresses) -> Rules:
    """The rules of every stage; the first that fits decides, and each stage ends with one that fits all."""
    router = _Router(world, addresses)
    return {
        Stage.CONTAINER: tuple(router.container()),
        Stage.VPC: tuple(router.vpc()),
        Stage.NAT: tuple(router.nat()),
        Stage.DIRECT: tuple(router.direct()),
        Stage.PUBLIC: tuple(router.public()),
    }


def reaches(table: Rules, address: str, port: int) -> bool:
    """Whether a connection from the container gets there."""
    verdict: Verdict = Stage.CONTAINER
    while isinstance(verdict, Stage):
        verdict = next(rule.then for rule in table[verdict] if rule.fits(address, port))
    return verdict is End.ACCEPT


class _Router:
    """Reads the world for each stage."""

    def __init__(self, world: World, addresses: Addresses) -> None:
        self._world = world
        self._network = world.network
        self._addresses = addresses

    def container(self) -> Iterator[Rule]:
        match self._network.egress:
            case Egress.ALL:
                yield Rule(then=Stage.VPC)
            case Egress.PRIVATE_RANGES:
                yield Rule(to=PRIVATE_RANGES, then=Stage.VPC)
                yield Rule(then=Stage.DIRECT)
            case Egress.NONE:
                yield Rule(to=PRIVATE_RANGES, then=End.DROP)
                yield Rule(then=Stage.DIRECT)

    def vpc(self) -> Iterator[Rule]:
        network, addresses = self._network, self._addresses
        if not network.carries:
            yield Rule(then=End.DROP)
            return
        if network.denied_ports:
            yield Rule(ports=tuple(sorted(network.denied_ports)), then=End.DROP)
        if network.private_host:
            yield Rule(to=(addresses.control_private,), ports=(REDIS_PORT,), then=End.ACCEPT)
        if network.peering:
            yield Rule(to=(addresses.of(IpType.PRIVATE, self._world),), ports=INSTANCE_PORTS, then=End.ACCEPT)
        if network.psc is Endpoint.ACCEPTED:
            yield Rule(to=(addresses.psc,), ports=INSTANCE_PORTS, then=End.ACCEPT)
        if network.pga:
            yield Rule(to=(*GOOGLE_VIPS, addresses.google_vip), ports=(HTTPS_PORT,), then=End.ACCEPT)
        yield Rule(to=PRIVATE_RANGES, then=End.DROP)
        yield Rule(then=Stage.NAT if network.nat else End.DROP)

    def nat(self) -> Iterator[Rule]:
        if self._network.authorized_networks is Authorized.NONE:
            yield self._unauthorized
        yield Rule(then=Stage.PUBLIC)

    def direct(self) -> Iterator[Rule]:
        """Its source addresses are Google's and change: nobody authorizes one of them."""
        if self._network.authorized_networks is not Authorized.ALL:
            yield self._unauthorized
        yield Rule(then=Stage.PUBLIC)

    @property
    def _unauthorized(self) -> Rule:
        return Rule(to=(self._addresses.public,), ports=(POSTGRES_PORT,), then=End.DROP)

    def public(self) -> Iterator[Rule]:
        addresses = self._addresses
        yield Rule(to=(addresses.public,), ports=INSTANCE_PORTS, then=End.ACCEPT)
        yield Rule(to=(addresses.google_vip, addresses.control_public), ports=(HTTPS_PORT,), then=End.ACCEPT)
        yield Rule(then=End.DROP)


TABLE = "lab"

CLOSED = "closed"
"""The set of sources whose egress has not opened yet; the kernel empties it."""


def ruleset(table: Rules, *, container: str, link: str) -> str:
    """What ``nft -f`` applies in one step, in place of what was there.

    ``container`` is the container's address, ``link`` the router's interface to it. Metadata and DNS have a link of
    their own, so nothing here touches them.
    """
    stages = "\n".join(_stage(stage, content) for stage, content in table.items())
    return f"""\
add table ip {TABLE}
delete table ip {TABLE}
table ip {TABLE} {{
    set {CLOSED} {{
        type ipv4_addr
        flags timeout
    }}
{stages}
    chain forward {{
        type filter hook forward priority filter; policy drop;
        iifname != "{link}" accept
        ip saddr != {container} drop
        ip saddr @{CLOSED} drop
        meta l4proto != tcp drop
        goto {Stage.CONTAINER}
    }}
    chain postrouting {{
        type nat hook postrouting priority srcnat;
{_sources()}
    }}
}}
"""


_MARKS = {stage: number for number, stage in enumerate(SOURCES, start=1)}
"""What a packet carries from the stage that it left by to where its source is changed."""


def _stage(stage: Stage, content: tuple[Rule, ...]) -> str:
    marks = [f"meta mark set {_MARKS[stage]}"] if stage in _MARKS else []
    lines = "".join(f"        {line}\n" for line in (*marks, *content))
    return f"    chain {stage} {{\n{lines}    }}\n"


def _sources() -> str:
    return "\n".join(f"        meta mark {_MARKS[stage]} snat to {source}" for stage, source in SOURCES.items())


def closing(container: str, seconds: float) -> str:
    """What ``nft -f`` applies when a command starts: its egress opens so many seconds later."""
    close = f"add element ip {TABLE} {CLOSED} {{ {container} timeout {round(seconds * 1000)}ms }}\n" if seconds else ""
    return f"flush set ip {TABLE} {CLOSED}\n{close}"
