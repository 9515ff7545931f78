"""What one run saw, in the model's words: the cases that may be, and what was looked at. The only way in from a run."""

from enum import Enum

import msgspec

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import (
    AdminConnectSettings,
    AdminInstance,
    EgressGoogleApis,
    EgressInstance,
    EgressPrivate,
    EgressPublic,
    RunRevision,
    VpcConnector,
)
from diagnostics.core.model import Route, Value
from diagnostics.core.observed import ApiResult, Attempt, EgressSetting, Reach
from diagnostics.core.trials import Changed, Verdict
from diagnostics.diagnosis.network.cases import Way
from diagnostics.diagnosis.network.looks import Look, Met, Network, Observations
from diagnostics.diagnosis.network.world import Address, Attachment, Authorized, Case, Enforcement, Instance

Seen = dict[Look, Enum | None]

_ARRIVED = frozenset({Reach.OPEN, Reach.REFUSED, Reach.RESET})
"""A refusal or reset is sent by somebody: the packet got there."""
_NO_CALL = frozenset({ApiResult.UNRESOLVED, ApiResult.REFUSED, ApiResult.UNREACHABLE, ApiResult.CLOSED})
"""Calls that say nothing of whether packets arrive: no name, or somebody on the way who hangs up."""
_CARRIES = frozenset({"READY", "UPDATING"})
"""States of a connector in which packets get through: an update replaces its machines one by one."""
_ANYBODY = "0.0.0.0/0"
_TRIED = {Verdict.FLIPPED: Met.ANSWERED, Verdict.STAYED: Met.SILENT}


class Observed(Value, frozen=True, kw_only=True):
    """One run for the model."""

    cases: tuple[Case, ...]
    """All that may be; none where the model has nothing to say: off Cloud Run, or without a target."""
    observations: Observations


def observed(evidence: Evidence) -> Observed:
    """What a run saw of the network."""
    target = evidence.target
    if target is None or not evidence.platform.kind.on_cloud_run:
        return Observed(cases=(), observations=Observations())
    way = Way(evidence, target)
    seen = _measured(evidence, way) | _ports(evidence, way) | _of_instance(evidence) | _of_revision(evidence)
    fields = {look.value: value for look, value in seen.items()}
    return Observed(cases=tuple(way.cases()), observations=msgspec.structs.replace(Observations(), **fields))


def _measured(evidence: Evidence, way: Way) -> Seen:
    google, neutral = evidence.fact(EgressGoogleApis), evidence.fact(EgressPublic)
    control = evidence.fact(EgressPrivate)
    return {
        Look.PATH: _path(evidence, way),
        Look.API: _api(evidence),
        Look.GOOGLE: _met(google.public_vip) if google else None,
        Look.GOOGLE_PRIVATE: _met(google.private_vip) if google else None,
        Look.NEUTRAL: _met(neutral.attempt) if neutral else None,
        Look.CONTROL: _met(*control.attempts) if control else None,
        Look.ADDRESS: way.address,
        Look.AFTER_WAITING: _tried(evidence, Cause.VPC_WARMING_UP, Changed.WAITED),
        Look.AT_OWN_ADDRESS: _at_own_address(evidence, way),
    }


def _path(evidence: Evidence, way: Way) -> Met | None:
    if way.route is Route.SOCKET:
        return Met.ANSWERED if evidence.passed(CheckId.POSTGRES_STARTUP) else Met.SILENT
    return _met(*way.dialled) if way.dialled else (Met.SILENT if _api(evidence) is Met.SILENT else None)


def _api(evidence: Evidence) -> Met | None:
    """A call that was taken and not answered says nothing of packets."""
    fact, measured = evidence.fact(AdminConnectSettings), evidence.fact(EgressGoogleApis)
    if fact is None or fact.call.result in _NO_CALL:
        return None
    if fact.call.result is not ApiResult.SILENT:
        return Met.ANSWERED
    return None if measured and _met(measured.public_vip) is Met.ANSWERED else Met.SILENT


def _ports(evidence: Evidence, way: Way) -> Seen:
    """Of each of the instance's addresses; a configured one counts as its own unless the Admin API names others."""
    fact = evidence.fact(EgressInstance)
    found: dict[str, list[Attempt]] = {}
    for each in fact.attempts if fact else ():
        found.setdefault(f"{_role(way, each.address)}_{each.port}", []).append(each)
    return {look: _met(*found[look.value]) for look in Look if look.value in found}


def _role(way: Way, address: str) -> str:
    kind = way.named.get(address)
    if kind is None:
        return "" if way.address is Address.STALE else "path"
    return "path" if kind in way.leads_to else kind.value


def _of_instance(evidence: Evidence) -> Seen:
    fact = evidence.fact(AdminInstance)
    if fact is None or not fact.state:
        return {}
    required = fact.connector_enforcement == "REQUIRED"
    return {
        Look.INSTANCE: _state(fact),
        Look.AUTHORIZED: _authorized(fact.authorized_networks),
        Look.ENFORCEMENT: Enforcement.REQUIRED if required else Enforcement.OFF,
    }


def _of_revision(evidence: Evidence) -> Seen:
    revision, connector = evidence.fact(RunRevision), evidence.fact(VpcConnector)
    if revision is None or revision.egress is None:
        return {}
    found: Seen = {Look.EGRESS: revision.egress}
    if revision.egress is not EgressSetting.NONE:
        found[Look.ATTACHMENT] = Attachment.INTERFACE if revision.networks else Attachment.CONNECTOR
        found[Look.NETWORK] = _network(evidence, revision, connector)
    if connector is not None and connector.state:
        carries = connector.state in _CARRIES
        found[Look.CONNECTOR] = Attachment.CONNECTOR if carries else Attachment.BROKEN_CONNECTOR
    return found


def _network(evidence: Evidence, revision: RunRevision, connector: VpcConnector | None) -> Network | None:
    settings = evidence.fact(AdminInstance)
    there = settings.private_network if settings else ""
    here = [interface.network for interface in revision.networks] + ([connector.network] if connector else [])
    known = [network for network in here if network]
    if not there or not known:
        return None
    return Network.SAME if any(_last(there) == _last(network) for network in known) else Network.OTHER


def _last(network: str) -> str:
    """A short name or resource path; a short one says nothing of the project."""
    return network.rpartition("/")[2]


def _state(fact: AdminInstance) -> Instance | None:
    """Stopped by its owner an instance is RUNNABLE all the same, with an activation policy of NEVER."""
    if fact.activation_policy == "NEVER" or fact.state == "SUSPENDED" or fact.suspension_reasons:
        return Instance.STOPPED
    return {"RUNNABLE": Instance.RUNNING, "MAINTENANCE": Instance.MAINTENANCE}.get(fact.state)


def _authorized(networks: tuple[str, ...]) -> Authorized:
    if not networks:
        return Authorized.NOBODY
    return Authorized.ANYBODY if _ANYBODY in networks else Authorized.OTHERS


def _tried(evidence: Evidence, cause: Cause, changed: Changed) -> Met | None:
    trial = evidence.trial(cause, changed)
    return _TRIED.get(trial.verdict) if trial else None


def _at_own_address(evidence: Evidence, way: Way) -> Met | None:
    if way.address is Address.OWN:
        return None
    return _tried(evidence, Cause.CONFIG_WRONG_HOST_PORT, Changed.INSTANCE_ADDRESS)


def _met(*attempts: Attempt | None) -> Met | None:
    """All of them; None where they differ, or where one could not even be sent."""
    reaches = {attempt.reach for attempt in attempts if attempt is not None}
    if not reaches:
        return None
    if reaches <= _ARRIVED:
        return Met.ANSWERED
    return Met.SILENT if reaches == {Reach.SILENT} else None
