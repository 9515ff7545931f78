"""The way to the instance: each rule, and the nearest run that it must not take."""

import pytest

from diagnostics.core.codes import Cause, CheckId, Layer
from diagnostics.core.diagnose import diagnose
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.facts import (
    DnsApis,
    EgressInstance,
    RuntimeFreeze,
)
from diagnostics.core.findings import Code
from diagnostics.core.model import (
    IpType,
    Route,
)
from diagnostics.core.observed import AddressClass, DnsAnswer, DnsResult, Reach
from diagnostics.core.outcome import Run, passed
from tests.core.stories import (
    API_SILENT,
    CLOSED,
    LAPTOP,
    MUTE,
    PRIVATE_IP,
    PUBLIC_IP,
    Changes,
    attempt,
    dial,
    fail,
    google,
    instance,
    ports,
    private,
    public,
    story,
    target,
    warn,
)

D, S, C = Route.DIRECT, Route.SOCKET, Route.CONNECTOR
OPEN, SILENT, REFUSED = Reach.OPEN, Reach.SILENT, Reach.REFUSED
PROVEN, LIKELY, POSSIBLE = Confidence.PROVEN, Confidence.LIKELY, Confidence.POSSIBLE
TO_PRIVATE = target(D, host=PRIVATE_IP)

Row = tuple[str, Run, Cause, Confidence]


def apis_at(address_class: AddressClass) -> Changes:
    answer = DnsAnswer(
        server="169.254.169.254",
        name="sqladmin.googleapis.com",
        result=DnsResult.ANSWER,
        addresses=("199.36.153.8",),
        address_classes=(address_class,),
        seconds=0.01,
    )
    return {CheckId.DNS_APIS: passed(DnsApis(answers=(answer,)))}


ROWS: list[Row] = [
    (
        "all-traffic without NAT, socket",
        story(S, {**API_SILENT, **MUTE, CheckId.EGRESS_PUBLIC: public(SILENT)}),
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        LIKELY,
    ),
    (
        "all-traffic without NAT, connector",
        story(C, {**API_SILENT, CheckId.EGRESS_PUBLIC: public(SILENT)}),
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        LIKELY,
    ),
    (
        "no NAT, Private Google Access on",
        story(
            S,
            {
                **MUTE,
                CheckId.EGRESS_GOOGLE_APIS: google(OPEN, OPEN),
                CheckId.EGRESS_PUBLIC: public(SILENT),
                CheckId.EGRESS_INSTANCE: ports(SILENT, SILENT),
            },
        ),
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        LIKELY,
    ),
    (
        "no NAT, direct to the public address",
        story(
            D,
            {
                CheckId.TCP_CONNECT: dial(SILENT),
                CheckId.EGRESS_PUBLIC: public(SILENT),
                CheckId.EGRESS_PRIVATE: private(OPEN),
            },
        ),
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        LIKELY,
    ),
    (
        "not even private addresses answer",
        story(
            D,
            {
                CheckId.TCP_CONNECT: dial(SILENT),
                CheckId.EGRESS_GOOGLE_APIS: google(SILENT, SILENT),
                CheckId.EGRESS_PUBLIC: public(SILENT),
                CheckId.EGRESS_PRIVATE: private(SILENT),
            },
        ),
        Cause.VPC_CONNECTOR_UNHEALTHY,
        POSSIBLE,
    ),
    (
        "a close on the socket while the instance's port is open is not the network",
        story(S, {**CLOSED, CheckId.EGRESS_PUBLIC: public(OPEN), CheckId.EGRESS_INSTANCE: ports(OPEN, OPEN)}),
        Cause.PG_SERVER_CLOSED,
        POSSIBLE,
    ),
    (
        "public addresses answer, only 3307 does not",
        story(S, {**MUTE, CheckId.EGRESS_PUBLIC: public(OPEN), CheckId.EGRESS_INSTANCE: ports(SILENT, SILENT)}),
        Cause.VPC_FIREWALL_DROP,
        LIKELY,
    ),
    (
        "5432 answers, 3307 does not, connector",
        story(C, {CheckId.TCP_CONNECT: dial(SILENT, port=3307), CheckId.EGRESS_INSTANCE: ports(OPEN, SILENT)}),
        Cause.VPC_FIREWALL_DROP,
        LIKELY,
    ),
    (
        "3307 answers, public 5432 does not",
        story(D, {CheckId.TCP_CONNECT: dial(SILENT), CheckId.EGRESS_INSTANCE: ports(SILENT, OPEN)}),
        Cause.NET_AUTHORIZED_NETWORKS,
        LIKELY,
    ),
    (
        "3307 answers, private 5432 does not",
        story(
            D,
            {CheckId.TCP_CONNECT: dial(SILENT, PRIVATE_IP), CheckId.EGRESS_INSTANCE: ports(SILENT, OPEN, PRIVATE_IP)},
            subject=TO_PRIVATE,
        ),
        Cause.INSTANCE_CONNECTOR_REQUIRED,
        POSSIBLE,
    ),
    (
        "3307 answers, and the instance says connectors only",
        story(
            D,
            {
                CheckId.ADMIN_INSTANCE: instance(connector_enforcement="REQUIRED"),
                CheckId.TCP_CONNECT: dial(SILENT),
                CheckId.EGRESS_INSTANCE: ports(SILENT, OPEN),
            },
        ),
        Cause.INSTANCE_CONNECTOR_REQUIRED,
        PROVEN,
    ),
    (
        "direct to the public address, other public addresses answer",
        story(D, {CheckId.TCP_CONNECT: dial(SILENT), CheckId.EGRESS_PUBLIC: public(OPEN)}),
        Cause.NET_AUTHORIZED_NETWORKS,
        POSSIBLE,
    ),
    (
        "private address without a VPC",
        story(
            D, {CheckId.TCP_CONNECT: dial(SILENT, PRIVATE_IP), CheckId.EGRESS_PUBLIC: public(OPEN)}, subject=TO_PRIVATE
        ),
        Cause.VPC_NO_EGRESS,
        LIKELY,
    ),
    (
        "private address, and the way opened while it was looked at",
        story(
            D,
            {
                CheckId.TCP_CONNECT: dial(SILENT, PRIVATE_IP),
                CheckId.EGRESS_GOOGLE_APIS: google(SILENT, SILENT),
                CheckId.EGRESS_PUBLIC: public(OPEN),
            },
            subject=TO_PRIVATE,
        ),
        Cause.VPC_NO_EGRESS,
        POSSIBLE,
    ),
    (
        "private address, the VPC is attached",
        story(
            D,
            {
                CheckId.TCP_CONNECT: dial(SILENT, PRIVATE_IP),
                CheckId.EGRESS_PUBLIC: public(OPEN),
                CheckId.EGRESS_GOOGLE_APIS: google(OPEN, OPEN),
            },
            subject=TO_PRIVATE,
        ),
        Cause.VPC_PSA_MISCONFIGURED,
        POSSIBLE,
    ),
    (
        "private address, another private address answers",
        story(
            D,
            {CheckId.TCP_CONNECT: dial(SILENT, PRIVATE_IP), CheckId.EGRESS_PRIVATE: private(OPEN)},
            subject=TO_PRIVATE,
        ),
        Cause.VPC_PSA_MISCONFIGURED,
        POSSIBLE,
    ),
    (
        "private address, nothing else measured",
        story(D, {CheckId.TCP_CONNECT: dial(SILENT, PRIVATE_IP)}, subject=TO_PRIVATE),
        Cause.TCP_TIMEOUT,
        POSSIBLE,
    ),
    (
        "PSC endpoint",
        story(C, {CheckId.TCP_CONNECT: dial(SILENT, PRIVATE_IP, 3307, C)}, subject=target(C, ip_type=IpType.PSC)),
        Cause.VPC_PSC_NOT_ACCEPTED,
        POSSIBLE,
    ),
    (
        "the API at private.googleapis.com is silent",
        story(C, {**API_SILENT, **apis_at(AddressClass.GOOGLE_PRIVATE_VIP)}),
        Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF,
        LIKELY,
    ),
    (
        "the API is silent, the private way works",
        story(
            C,
            {**API_SILENT, CheckId.EGRESS_PUBLIC: public(SILENT), CheckId.EGRESS_PRIVATE: private(OPEN)},
            subject=target(C, ip_type=IpType.PRIVATE),
        ),
        Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF,
        LIKELY,
    ),
    (
        "the API is silent, public addresses answer",
        story(C, {**API_SILENT, CheckId.EGRESS_PUBLIC: public(OPEN)}),
        Cause.API_UNREACHABLE,
        POSSIBLE,
    ),
    ("silence alone", story(D, {CheckId.TCP_CONNECT: dial(SILENT)}), Cause.TCP_TIMEOUT, POSSIBLE),
    ("silence alone, connector", story(C, {CheckId.TCP_CONNECT: dial(SILENT, port=3307)}), Cause.TCP_TIMEOUT, POSSIBLE),
    (
        "the instance's port refuses behind the socket",
        story(S, {**CLOSED, CheckId.EGRESS_INSTANCE: ports(REFUSED, REFUSED)}),
        Cause.TCP_REFUSED,
        POSSIBLE,
    ),
    ("refused", story(D, {CheckId.TCP_CONNECT: dial(REFUSED)}), Cause.TCP_REFUSED, POSSIBLE),
    ("no route", story(D, {CheckId.TCP_CONNECT: dial(Reach.UNREACHABLE)}), Cause.TCP_UNREACHABLE, POSSIBLE),
    ("reset", story(D, {CheckId.TCP_CONNECT: dial(Reach.RESET)}), Cause.TCP_RESET, POSSIBLE),
    (
        "accepts, then silence",
        story(D, {CheckId.TLS_HANDSHAKE: fail(Code.TLS_HANDSHAKE_SILENT)}),
        Cause.PG_NO_ANSWER,
        POSSIBLE,
    ),
    (
        "accepts, then silence, socket",
        story(S, {**MUTE, CheckId.EGRESS_INSTANCE: ports(OPEN, OPEN)}),
        Cause.PG_NO_ANSWER,
        POSSIBLE,
    ),
    (
        "this process stood still",
        story(
            D,
            {
                CheckId.RUNTIME_FREEZE: warn(
                    Code.RUNTIME_FREEZE_FROZEN, RuntimeFreeze(ticks=3, longest_gap_seconds=2.9)
                ),
                CheckId.TCP_CONNECT: dial(SILENT),
            },
            seconds={CheckId.TCP_CONNECT: 3.0},
        ),
        Cause.RUNTIME_CPU_THROTTLED,
        LIKELY,
    ),
    (
        "this process stood still while a name was looked up",
        story(
            D,
            {
                CheckId.RUNTIME_FREEZE: warn(
                    Code.RUNTIME_FREEZE_FROZEN, RuntimeFreeze(ticks=3, longest_gap_seconds=30.0)
                ),
                CheckId.DNS_TARGET: fail(Code.DNS_TARGET_SILENT),
            },
            seconds={CheckId.DNS_TARGET: 31.0},
        ),
        Cause.RUNTIME_CPU_THROTTLED,
        LIKELY,
    ),
    (
        "this process stood still until the server gave up on its login",
        story(
            D,
            {
                CheckId.RUNTIME_FREEZE: warn(
                    Code.RUNTIME_FREEZE_FROZEN, RuntimeFreeze(ticks=3, longest_gap_seconds=70.0)
                ),
                CheckId.POSTGRES_AUTH: fail(Code.POSTGRES_AUTH_CLOSED),
            },
            seconds={CheckId.POSTGRES_AUTH: 70.1},
        ),
        Cause.RUNTIME_CPU_THROTTLED,
        LIKELY,
    ),
    (
        "this process stood still for a fraction of the wait",
        story(
            D,
            {
                CheckId.RUNTIME_FREEZE: warn(
                    Code.RUNTIME_FREEZE_FROZEN, RuntimeFreeze(ticks=60, longest_gap_seconds=2.1)
                ),
                CheckId.TLS_HANDSHAKE: fail(Code.TLS_HANDSHAKE_SILENT),
            },
            seconds={CheckId.TLS_HANDSHAKE: 8.0},
        ),
        Cause.PG_NO_ANSWER,
        POSSIBLE,
    ),
    (
        "private name",
        story(D, {CheckId.DNS_TARGET: fail(Code.DNS_TARGET_NXDOMAIN, about="x.y.europe-west1.sql-psc.goog.")}),
        Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE,
        LIKELY,
    ),
    (
        "public name",
        story(D, {CheckId.DNS_TARGET: fail(Code.DNS_TARGET_NXDOMAIN, about="db.example.com")}),
        Cause.DNS_NXDOMAIN,
        PROVEN,
    ),
    ("SERVFAIL", story(D, {CheckId.DNS_TARGET: fail(Code.DNS_TARGET_SERVFAIL)}), Cause.DNS_RESOLVER_FAILURE, PROVEN),
    (
        "resolver silent",
        story(D, {CheckId.DNS_TARGET: fail(Code.DNS_TARGET_SILENT)}),
        Cause.DNS_RESOLVER_FAILURE,
        LIKELY,
    ),
    (
        "the socket takes the public address, so an open private one says nothing",
        story(
            S,
            {
                **MUTE,
                CheckId.EGRESS_PUBLIC: public(SILENT),
                CheckId.EGRESS_INSTANCE: passed(
                    EgressInstance(attempts=(attempt(SILENT, PUBLIC_IP, 3307), attempt(OPEN, PRIVATE_IP, 3307)))
                ),
            },
        ),
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        LIKELY,
    ),
]


@pytest.mark.parametrize("name, run, cause, confidence", ROWS, ids=[row[0] for row in ROWS])
def test_one_cause(name: str, run: Run, cause: Cause, confidence: Confidence) -> None:
    assert [(found.cause, found.confidence) for found in diagnose(run)] == [(cause, confidence)]


@pytest.mark.parametrize(
    "run",
    [
        story(C, {**API_SILENT, CheckId.EGRESS_PUBLIC: public(OPEN)}),
        story(
            D,
            {
                CheckId.TCP_CONNECT: dial(SILENT, PRIVATE_IP),
                CheckId.EGRESS_GOOGLE_APIS: google(SILENT, SILENT),
                CheckId.EGRESS_PUBLIC: public(OPEN),
            },
            subject=TO_PRIVATE,
        ),
    ],
    ids=["the API", "a private address"],
)
def test_what_was_silent_before_something_answered_may_have_opened_since(run: Run) -> None:
    (found,) = diagnose(run)
    assert Cause.VPC_WARMING_UP in found.alternatives


def test_a_server_of_ones_own_is_not_explained_by_google_cloud() -> None:
    """Neither the platform is Google's nor an instance is named: its state is no alternative, a firewall still is."""
    changes = {CheckId.TCP_CONNECT: dial(REFUSED)}
    (own,) = diagnose(story(D, changes, platform=LAPTOP, subject=target(D, instance=None)))
    (meant,) = diagnose(story(D, changes, platform=LAPTOP))
    (cloud,) = diagnose(story(D, changes, subject=target(D, instance=None)))
    assert own.cause is meant.cause is cloud.cause is Cause.TCP_REFUSED
    assert [each for each in own.alternatives if each.layer in (Layer.INSTANCE, Layer.VPC)] == []
    assert Cause.INSTANCE_MAINTENANCE_OR_FAILOVER in cloud.alternatives
    silent = {CheckId.TCP_CONNECT: dial(SILENT)}
    (silence,) = diagnose(story(D, silent, platform=LAPTOP, subject=target(D, instance=None)))
    assert Cause.VPC_FIREWALL_DROP in silence.alternatives
