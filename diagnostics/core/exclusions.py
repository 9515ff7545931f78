"""What cannot be the reason, what was not reached, and what could not be learned."""

from collections.abc import Callable

from diagnostics.core.codes import RUNGS, Cause, CheckId, Layer
from diagnostics.core.diagnosis import Excluded, Topic
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import DnsApis, DnsTarget, EgressPublic
from diagnostics.core.model import SkipReason, Status
from diagnostics.core.observed import Reach
from diagnostics.core.rules import vpc
from diagnostics.core.rules.signs import (
    PROXY_PORT,
    behind_a_proxy,
    google_reach,
    on_direct,
    port_open,
    psc_enabled,
    right_place,
    through_google,
)
from diagnostics.core.trials import Verdict

Look = Callable[[Evidence], bool]


def _passed(check: CheckId) -> Look:
    return lambda evidence: evidence.passed(check)


def _clean(evidence: Evidence) -> bool:
    """The settings are only off the list where nothing at all was remarked about them."""
    results = (evidence.result(CheckId.CONFIG_TARGET), evidence.result(CheckId.CONFIG_HYGIENE))
    return all(result is not None and result.outcome.status is Status.PASS for result in results)


def _resolved(evidence: Evidence) -> bool:
    fact = evidence.fact(DnsTarget)
    return fact is not None and not fact.literal and evidence.passed(CheckId.DNS_TARGET)


def _api_name_resolved(evidence: Evidence) -> bool:
    fact = evidence.fact(DnsApis)
    asked = fact is not None and any(answer.server for answer in fact.answers)
    return asked and evidence.passed(CheckId.DNS_APIS)


def _public_answers(evidence: Evidence) -> bool:
    fact = evidence.fact(EgressPublic)
    return fact is not None and fact.attempt is not None and fact.attempt.reach is Reach.OPEN


def _google_answers(evidence: Evidence) -> bool:
    return google_reach(evidence) is Reach.OPEN


def _instance_answers(evidence: Evidence) -> bool:
    return through_google(evidence) and port_open(evidence, PROXY_PORT)


def _connected(evidence: Evidence) -> bool:
    """A connection to a socket, or to a proxy on loopback, says nothing about the network."""
    return evidence.passed(CheckId.TCP_CONNECT) and not behind_a_proxy(evidence)


_TABLE: tuple[tuple[Topic, CheckId, Look, frozenset[Layer]], ...] = (
    (Topic.SETTINGS, CheckId.CONFIG_HYGIENE, _clean, frozenset({Layer.CONFIG})),
    (Topic.IDENTITY, CheckId.IDENTITY_TOKEN, _passed(CheckId.IDENTITY_TOKEN), frozenset({Layer.ADC})),
    (
        Topic.ADMIN_API,
        CheckId.ADMIN_CONNECT_SETTINGS,
        _passed(CheckId.ADMIN_CONNECT_SETTINGS),
        frozenset({Layer.API}),
    ),
    (Topic.CLIENT_ROLE, CheckId.ADMIN_CERTIFICATE, _passed(CheckId.ADMIN_CERTIFICATE), frozenset()),
    (Topic.DNS, CheckId.DNS_TARGET, _resolved, frozenset({Layer.DNS})),
    (Topic.DNS, CheckId.DNS_APIS, _api_name_resolved, frozenset({Layer.DNS})),
    (Topic.ATTACHMENT, CheckId.SOCKET_MOUNT, _passed(CheckId.SOCKET_MOUNT), frozenset({Layer.SOCKET})),
    (Topic.ALL_EGRESS, CheckId.EGRESS_PUBLIC, _public_answers, frozenset()),
    (Topic.NETWORK, CheckId.TCP_CONNECT, _connected, frozenset({Layer.TCP, Layer.VPC, Layer.NET})),
    (Topic.NETWORK, CheckId.EGRESS_INSTANCE, _instance_answers, frozenset({Layer.TCP, Layer.VPC, Layer.NET})),
    (Topic.TLS, CheckId.TLS_HANDSHAKE, _passed(CheckId.TLS_HANDSHAKE), frozenset({Layer.TLS})),
    (Topic.SERVER, CheckId.POSTGRES_STARTUP, _passed(CheckId.POSTGRES_STARTUP), frozenset({Layer.INSTANCE})),
    (Topic.LOGIN, CheckId.POSTGRES_AUTH, _passed(CheckId.POSTGRES_AUTH), frozenset()),
)
"""A topic, the check that takes it off the list, and the layers of causes it would contradict."""


def excluded(evidence: Evidence, cause: Cause) -> tuple[Excluded, ...]:
    """Each topic once, with the check that says so."""
    found: dict[Topic, Excluded] = {}
    for topic, check, holds, layers in _TABLE:
        if topic not in found and cause.layer not in layers and holds(evidence):
            found[topic] = Excluded(topic=topic, because=check)
    return tuple(found.values())


def _is(*causes: Cause) -> Callable[[Cause], bool]:
    return lambda cause: cause in causes


_NETWORK = frozenset({Layer.TCP, Layer.VPC, Layer.NET})


def _on_the_way(cause: Cause) -> bool:
    """In the network. A proxy beside the app is before it, whatever a connection to it is called."""
    beside = cause in (Cause.TCP_PROXY_NOT_LISTENING, Cause.TCP_PROXY_HANGS_UP)
    return cause.layer in _NETWORK and not beside


def _only_googles(cause: Cause) -> bool:
    """Firewalls, and servers out of memory, are everywhere."""
    if cause in (Cause.VPC_FIREWALL_DROP, Cause.INSTANCE_OUT_OF_MEMORY):
        return False
    return cause.layer in (Layer.VPC, Layer.INSTANCE) or cause is Cause.QUOTA_CLOUDRUN_LIMIT


_CONTRADICTED: tuple[tuple[Look, Callable[[Cause], bool]], ...] = (
    (_connected, _on_the_way),
    (_instance_answers, _on_the_way),
    (_public_answers, _is(Cause.VPC_NAT_MISSING_OR_EXHAUSTED)),
    (_google_answers, _is(Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF, Cause.API_UNREACHABLE)),
    (lambda evidence: not evidence.google, _only_googles),
    (vpc.carries, _is(Cause.VPC_NO_EGRESS)),
    # A firewall, a NAT and a connector only act on what goes through the VPC.
    (
        vpc.stays_out,
        _is(Cause.VPC_FIREWALL_DROP, Cause.VPC_NAT_MISSING_OR_EXHAUSTED, Cause.VPC_CONNECTOR_UNHEALTHY),
    ),
    (lambda evidence: psc_enabled(evidence) is False, _is(Cause.VPC_PSC_NOT_ACCEPTED)),
    (vpc.anybody_authorized, _is(Cause.NET_AUTHORIZED_NETWORKS)),
    (vpc.direct_allowed, _is(Cause.INSTANCE_CONNECTOR_REQUIRED)),
    (_resolved, lambda cause: cause.layer is Layer.DNS),
    (_passed(CheckId.ADMIN_INSTANCE), _is(Cause.INSTANCE_NOT_RUNNING)),
    (lambda evidence: not on_direct(evidence), _is(Cause.NET_AUTHORIZED_NETWORKS, Cause.INSTANCE_CONNECTOR_REQUIRED)),
    # Only a direct target has a host and port of its own to get wrong.
    (lambda evidence: not on_direct(evidence) or right_place(evidence), _is(Cause.CONFIG_WRONG_HOST_PORT)),
)
"""What a run knows, and the causes that it leaves no room for."""


def still_possible(evidence: Evidence, causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """Those that nothing in the run contradicts: what is excluded is not offered beside it."""
    against = [rules_out for holds, rules_out in _CONTRADICTED if holds(evidence)]
    against.append(evidence.dropped)
    return tuple(cause for cause in causes if not any(rules_out(cause) for rules_out in against))


def dropped(evidence: Evidence, cause: Cause) -> tuple[Cause, ...]:
    """What a trial took off the list: the changed input made no difference."""
    tried = dict.fromkeys(trial.hypothesis for trial in evidence.run.trials)
    return tuple(each for each in tried if each is not cause and evidence.dropped(each))


def untested(evidence: Evidence) -> tuple[CheckId, ...]:
    """Checks on the path that neither the run nor a trial of it reached."""
    reached = _reached_in_trials(evidence)
    return tuple(
        result.check
        for result in evidence.run.results
        if result.needed and result.outcome.reason is SkipReason.BLOCKED and result.check not in reached
    )


def _reached_in_trials(evidence: Evidence) -> frozenset[CheckId]:
    """The rungs up to the one where a trial that flipped the result ended; none where it was not a rung."""
    ends = [trial.check for trial in evidence.run.trials if trial.verdict is Verdict.FLIPPED]
    return frozenset(rung for end in ends if end in RUNGS for rung in RUNGS[: RUNGS.index(end) + 1])


def unknown(evidence: Evidence) -> tuple[CheckId, ...]:
    """Checks that could not be evaluated by themselves, not because an earlier one could not."""
    return tuple(
        result.check
        for result in evidence.run.results
        if result.outcome.status is Status.UNKNOWN and result.outcome.blocked_by is None
    )
