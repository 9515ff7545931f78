"""The network around a container as a few settings, and the run that an agent in it would record.

Written from Google's pages on VPC egress, Private Google Access, private services access and authorized networks, and
sharing nothing with the lab: two readings of the same pages have to agree.
"""

from dataclasses import dataclass
from enum import StrEnum

from diagnostics.core.codes import CheckId
from diagnostics.core.facts import (
    AdminConnectSettings,
    AdminInstance,
    DnsApis,
    EgressGoogleApis,
    EgressInstance,
    EgressPrivate,
    RunRevision,
    TcpConnect,
    VpcConnector,
)
from diagnostics.core.findings import Code
from diagnostics.core.model import IpType, Route, SkipReason
from diagnostics.core.observed import (
    AddressClass,
    ApiResult,
    Attempt,
    DnsAnswer,
    DnsResult,
    EgressSetting,
    InstanceAddress,
    Reach,
    VpcInterface,
)
from diagnostics.core.outcome import Outcome, Run, failed, passed, unknown, warned
from tests.core.stories import CLOUD_RUN, Changes, call, fail, public, story, target

GOOGLE_IP, PRIVATE_VIP, RESTRICTED_VIP, NEUTRAL_IP = "142.250.1.1", "199.36.153.8", "199.36.153.4", "1.1.1.1"
PUBLIC_IP, PRIVATE_IP, OTHER_IP, PSC_IP, REDIS_IP = "34.76.1.2", "10.20.0.3", "11.22.0.3", "10.8.0.50", "10.9.9.9"
HTTPS, REDIS = 443, 6379
INSIDE = {PRIVATE_IP, PSC_IP, REDIS_IP, PRIVATE_VIP, RESTRICTED_VIP}
"""What private-ranges-only sends into the VPC."""
CLASSES = {
    PRIVATE_VIP: AddressClass.GOOGLE_PRIVATE_VIP,
    RESTRICTED_VIP: AddressClass.GOOGLE_RESTRICTED_VIP,
} | dict.fromkeys((PRIVATE_IP, PSC_IP, REDIS_IP), AddressClass.PRIVATE)


class Names(StrEnum):
    """What the names of Google's APIs resolve to."""

    PUBLIC = GOOGLE_IP
    PRIVATE = PRIVATE_VIP
    RESTRICTED = RESTRICTED_VIP


@dataclass(frozen=True, kw_only=True)
class World:
    """One setting of everything; the defaults are healthy."""

    egress: EgressSetting = EgressSetting.PRIVATE_RANGES_ONLY
    connector: str = ""
    """State of the connector, empty for Direct VPC egress."""
    nat: bool = True
    pga: bool = True
    names: Names = Names.PUBLIC
    peering: bool = True
    types: tuple[IpType, ...] = (IpType.PUBLIC, IpType.PRIVATE)
    other_range: bool = False
    psc: bool = True
    denied: frozenset[int] = frozenset()
    authorized: str = ""
    """``nat``, ``all``, or nobody."""
    connectors_only: bool = False
    running: bool = True
    viewer: bool = False
    network: str = "default"
    """Of the revision; the instance's is ``default``."""
    redis: bool | None = True
    """Whether the app's other private host answers; None where it has none."""

    @property
    def private(self) -> str:
        return OTHER_IP if self.other_range else PRIVATE_IP

    def address(self, kind: IpType) -> str:
        return {IpType.PUBLIC: PUBLIC_IP, IpType.PRIVATE: self.private, IpType.PSC: PSC_IP}[kind]

    def reaches(self, address: str, port: int) -> bool:
        """Whether a connection from the container is taken."""
        if self.egress is EgressSetting.ALL_TRAFFIC or (self.attached and address in INSIDE):
            return self._through_vpc(address, port)
        return address not in INSIDE | {OTHER_IP} and self._outside(address, port, by_nat=False)

    @property
    def attached(self) -> bool:
        return self.egress is not EgressSetting.NONE

    def _through_vpc(self, address: str, port: int) -> bool:
        if self.connector not in {"", "READY", "UPDATING"} or port in self.denied:
            return False
        if address in {GOOGLE_IP, PRIVATE_VIP, RESTRICTED_VIP} and self.pga:
            return True
        if address == REDIS_IP:
            return self.redis is True
        if address in {PRIVATE_IP, OTHER_IP}:
            return address == self.private and self.peering and self._instance(IpType.PRIVATE, port)
        if address == PSC_IP:
            return self.psc and self._instance(IpType.PSC, port)
        return address not in INSIDE and self.nat and self._outside(address, port, by_nat=True)

    def _outside(self, address: str, port: int, *, by_nat: bool) -> bool:
        if address == PUBLIC_IP:
            let_in = port != 5432 or self.authorized == "all" or (by_nat and self.authorized == "nat")
            return let_in and self._instance(IpType.PUBLIC, port)
        return address in {GOOGLE_IP, NEUTRAL_IP}

    def _instance(self, kind: IpType, port: int) -> bool:
        return self.running and kind in self.types and not (self.connectors_only and port == 5432)


def run(world: World, route: Route, ip_type: IpType | None = None) -> Run:
    """What the agent records in that world; ``ip_type`` is the address that a connector or direct app is told."""
    kind = ip_type or world.types[0]
    subject = target(route, host=world.address(kind)) if route is Route.DIRECT else target(route, ip_type=kind)
    return story(route, _outcomes(world, route, kind), platform=CLOUD_RUN, subject=subject)


def _outcomes(world: World, route: Route, kind: IpType) -> Changes:
    answers = world.reaches(world.names, HTTPS)
    found: Changes = {
        CheckId.EGRESS_GOOGLE_APIS: passed(
            EgressGoogleApis(public_vip=_try(world, world.names, HTTPS), private_vip=_try(world, PRIVATE_VIP, HTTPS))
        ),
        CheckId.EGRESS_PRIVATE: _redis(world),
        CheckId.DNS_APIS: passed(DnsApis(answers=(_resolved(world),))),
        CheckId.EGRESS_INSTANCE: _instance_ports(world, route, kind, answers=answers),
        **_admin(world, answers=answers),
        **_configured(world, answers=answers),
    }
    return (
        found
        | _ladder(world, route, kind, answers=answers)
        | {CheckId.EGRESS_PUBLIC: public(_reach(world, NEUTRAL_IP, HTTPS))}
    )


def _reach(world: World, address: str, port: int) -> Reach:
    return Reach.OPEN if world.reaches(address, port) else Reach.SILENT


def _try(world: World, address: str, port: int) -> Attempt:
    where = CLASSES.get(address, AddressClass.PUBLIC)
    return Attempt(address=address, port=port, address_class=where, reach=_reach(world, address, port), seconds=1.0)


def _redis(world: World) -> Outcome:
    if world.redis is None:
        return unknown(SkipReason.NOT_CONFIGURED)
    return passed(EgressPrivate(attempts=(_try(world, REDIS_IP, REDIS),)))


def _resolved(world: World) -> DnsAnswer:
    return DnsAnswer(
        server="169.254.169.254",
        name="sqladmin.googleapis.com",
        result=DnsResult.ANSWER,
        addresses=(world.names.value,),
        address_classes=(CLASSES.get(world.names, AddressClass.PUBLIC),),
        seconds=0.01,
    )


def _instance_ports(world: World, route: Route, kind: IpType, *, answers: bool) -> Outcome:
    named = tuple(world.address(each) for each in world.types if each is not IpType.PSC) if answers else ()
    endpoint = answers and route is Route.CONNECTOR and kind is IpType.PSC
    own = (world.address(kind),) if route is Route.DIRECT or endpoint else ()
    addresses = tuple(dict.fromkeys(named + own))
    if not addresses:
        return unknown(SkipReason.NOT_CONFIGURED)
    return passed(
        EgressInstance(attempts=tuple(_try(world, each, port) for each in addresses for port in (5432, 3307)))
    )


def _admin(world: World, *, answers: bool) -> Changes:
    if not answers:
        silent = call(ApiResult.SILENT)
        return {
            CheckId.ADMIN_CONNECT_SETTINGS: fail(Code.ADMIN_CONNECT_SETTINGS_SILENT, AdminConnectSettings(call=silent)),
            CheckId.ADMIN_INSTANCE: fail(Code.ADMIN_INSTANCE_SILENT, AdminInstance(call=silent)),
        }
    settings = AdminConnectSettings(
        call=call(),
        region="europe-west1",
        database_version="POSTGRES_16",
        addresses=tuple(
            InstanceAddress(ip_type=each, address=world.address(each)) for each in world.types if each is not IpType.PSC
        ),
        psc_enabled=IpType.PSC in world.types,
    )
    return {CheckId.ADMIN_CONNECT_SETTINGS: passed(settings), CheckId.ADMIN_INSTANCE: _instance(world)}


def _instance(world: World) -> Outcome:
    networks = {"nat": ("34.1.1.1/32",), "all": ("0.0.0.0/0",)}.get(world.authorized, ())
    fact = AdminInstance(
        call=call(),
        state="RUNNABLE",
        activation_policy="ALWAYS" if world.running else "NEVER",
        connector_enforcement="REQUIRED" if world.connectors_only else "NOT_REQUIRED",
        authorized_networks=networks,
        private_network="projects/acme-prod/global/networks/default" if IpType.PRIVATE in world.types else "",
    )
    stopped = fail(Code.ADMIN_INSTANCE_NOT_RUNNING)
    return passed(fact) if world.running else warned(fact, *stopped.findings)


def _configured(world: World, *, answers: bool) -> Changes:
    if not (answers and world.viewer):
        denied = unknown(SkipReason.NOT_PERMITTED, needs="run.revisions.get (roles/run.viewer)")
        return {CheckId.RUN_REVISION: denied, CheckId.VPC_CONNECTOR: denied}
    by_connector = world.attached and world.connector
    revision = RunRevision(
        call=call(),
        egress=world.egress,
        connector="main" if by_connector else "",
        networks=(VpcInterface(network=world.network),) if world.attached and not by_connector else (),
    )
    connector = VpcConnector(call=call(), name="main", state=world.connector, network="default")
    return {CheckId.RUN_REVISION: passed(revision)} | (
        {CheckId.VPC_CONNECTOR: passed(connector)} if by_connector else {}
    )


def _ladder(world: World, route: Route, kind: IpType, *, answers: bool) -> Changes:
    if route is Route.SOCKET:
        taken = IpType.PUBLIC if IpType.PUBLIC in world.types else world.types[0]
        works = answers and world.reaches(world.address(taken), 3307)
        return {} if works else {CheckId.POSTGRES_STARTUP: fail(Code.POSTGRES_STARTUP_SILENT)}
    if route is Route.CONNECTOR and not answers:
        return {}
    made = _try(world, world.address(kind), 5432 if route is Route.DIRECT else 3307)
    fact = TcpConnect(route=route, attempts=(made,))
    if made.reach is Reach.OPEN:
        return {CheckId.TCP_CONNECT: passed(fact)}
    return {
        CheckId.TCP_CONNECT: failed(fact, *fail(Code.TCP_CONNECT_SILENT, about=f"{made.address}:{made.port}").findings)
    }
