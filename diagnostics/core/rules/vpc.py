"""What the VPC is to this run: what is configured, where that may be read, and what was measured. Each question once.

On Cloud Run private ranges, and 199.36.153.8, go into the VPC with every egress setting; public addresses only with
all-traffic. So an answer from a private address means that a VPC is attached and carries packets.
"""

from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import EgressInstance, RunRevision, VpcConnector
from diagnostics.core.observed import AddressClass, EgressSetting, Reach
from diagnostics.core.rules import signs

_PRIVATE = frozenset({AddressClass.PRIVATE, AddressClass.SHARED})
_CARRYING = frozenset({"READY", "UPDATING"})
"""States of a connector in which packets get through: an update replaces its machines one by one."""
_ANYBODY = frozenset({"0.0.0.0/0"})


def setting(evidence: Evidence) -> EgressSetting | None:
    """What the revision sends into its VPC, None where that may not be read."""
    fact = evidence.fact(RunRevision)
    return fact.egress if fact else None


def setting_is(evidence: Evidence, *settings: EgressSetting) -> bool:
    """Whether the revision says one of these."""
    return setting(evidence) in settings


def attached(evidence: Evidence) -> bool:
    """The revision says that it has a VPC."""
    return setting_is(evidence, EgressSetting.ALL_TRAFFIC, EgressSetting.PRIVATE_RANGES_ONLY)


def connector_broken(evidence: Evidence) -> bool:
    """The connector's own state says that it carries nothing."""
    fact = evidence.fact(VpcConnector)
    return fact is not None and bool(fact.state) and fact.state not in _CARRYING


def other_network(evidence: Evidence) -> bool:
    """The container's VPC is not the one that the instance's private address is in; peerings do not chain."""
    settings, here = signs.instance_settings(evidence), _networks(evidence)
    there = settings.private_network if settings else ""
    return bool(there) and bool(here) and all(_differ(there, network) for network in here)


def carries(evidence: Evidence) -> bool:
    """Something that only the VPC leads to has answered; a private host that the settings name is taken at its word."""
    named = Reach.OPEN in signs.private_reach(evidence) or signs.private_google_reach(evidence) is Reach.OPEN
    fact = evidence.fact(EgressInstance)
    return named or any(a.address_class in _PRIVATE and a.reach is Reach.OPEN for a in (fact.attempts if fact else ()))


def silent_on_all_sides(evidence: Evidence) -> bool:
    """The instance has addresses inside and outside of the VPC, and none of them answers on any port."""
    fact = evidence.fact(EgressInstance)
    attempts = fact.attempts if fact else ()
    sides = {attempt.address_class in _PRIVATE for attempt in attempts}
    return sides == {True, False} and all(attempt.reach is Reach.SILENT for attempt in attempts)


def dead(evidence: Evidence) -> bool:
    """A private host that the app names is silent, and nothing else of the VPC answers."""
    return signs.private_reach(evidence) == {Reach.SILENT} and not carries(evidence)


def goes_in(evidence: Evidence) -> bool:
    """Packets of the path go into the VPC, as far as the configuration was read."""
    return setting_is(evidence, EgressSetting.ALL_TRAFFIC) or (
        setting_is(evidence, EgressSetting.PRIVATE_RANGES_ONLY) and signs.to_private(evidence)
    )


def stays_out(evidence: Evidence) -> bool:
    """Packets to a public address leave without the VPC: no rule of its owner can stop them."""
    return setting_is(evidence, EgressSetting.NONE, EgressSetting.PRIVATE_RANGES_ONLY) and signs.to_public(evidence)


def left_out(evidence: Evidence) -> bool:
    """The instance's private address is in a range that the revision's setting does not send into its VPC."""
    outside = setting_is(evidence, EgressSetting.NONE) or (
        setting_is(evidence, EgressSetting.PRIVATE_RANGES_ONLY) and signs.to_public(evidence)
    )
    return outside and leads_inside(evidence)


def leads_inside(evidence: Evidence) -> bool:
    """The path leads to a private address of the instance, whatever range that is in."""
    return signs.is_private(evidence) or signs.is_psc(evidence) or signs.to_private(evidence)


def in_public_range(evidence: Evidence) -> bool:
    """A private address out of a range of privately used public addresses."""
    return signs.is_private(evidence) and signs.to_public(evidence)


def nobody_authorized(evidence: Evidence) -> bool:
    """The instance's list of authorized networks was read, and is empty."""
    settings = signs.instance_settings(evidence)
    return settings is not None and bool(settings.state) and not settings.authorized_networks


def anybody_authorized(evidence: Evidence) -> bool:
    """The instance takes every public client."""
    settings = signs.instance_settings(evidence)
    return settings is not None and not _ANYBODY.isdisjoint(settings.authorized_networks)


def direct_allowed(evidence: Evidence) -> bool:
    """The instance's settings were read, and take clients without a connector."""
    settings = signs.instance_settings(evidence)
    return settings is not None and bool(settings.state) and settings.connector_enforcement != "REQUIRED"


def _networks(evidence: Evidence) -> tuple[str, ...]:
    revision, connector = evidence.fact(RunRevision), evidence.fact(VpcConnector)
    direct = tuple(interface.network for interface in revision.networks if interface.network) if revision else ()
    return direct + ((connector.network,) if connector and connector.network else ())


def _differ(one: str, other: str) -> bool:
    """Short names and resource paths of networks; a short one says nothing of the project."""
    return one.rpartition("/")[2] != other.rpartition("/")[2]
