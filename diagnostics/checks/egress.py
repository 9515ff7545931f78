"""Row 4: which classes of address this container reaches. One TCP connect each, in parallel, nothing sent.

These are measurements: they never fail, only a rule calls silence a fault. One second is enough for a fresh socket on
an open path, and short enough to measure again while an instance warms up.
"""

from diagnostics.check import Env, check
from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.facts import (
    AdminConnectSettings,
    DnsApis,
    DnsTarget,
    EgressGoogleApis,
    EgressInstance,
    EgressPrivate,
    EgressPublic,
    Facts,
)
from diagnostics.core.instance import LOCAL_HOSTS, PROXY_PORT
from diagnostics.core.model import Depth, HostPort, Route, SkipReason
from diagnostics.core.outcome import Outcome, passed, skipped, unknown
from diagnostics.ports import Endpoint

LIMIT = 1.0
"""Seconds for one fresh socket: its SYN goes out once, so a socket that waited longer would only inherit back-off."""

DEADLINE = LIMIT + 0.5
"""Seconds for the check around them."""

INSTANCE_PORTS = (5432, PROXY_PORT)
"""PostgreSQL itself, and the server-side proxy."""

_DEEPEST = dict(zip(Depth, RUNGS, strict=True))


@check(
    CheckId.EGRESS_GOOGLE_APIS,
    title="The way to Google's APIs was measured, over the public and the private address",
    timeout=DEADLINE,
    on_timeout=None,
    after=(CheckId.DNS_APIS,),
    cloud_only=True,
)
async def egress_google_apis(env: Env, facts: Facts) -> Outcome:
    resolved = facts.get(DnsApis)
    addresses = resolved.answers[0].addresses if resolved else ()
    public = env.options.google_vip
    first = Endpoint(address=addresses[0], port=public.port) if public and addresses else None
    second = _endpoint(env.options.private_vip)
    endpoints = tuple(endpoint for endpoint in (first, second) if endpoint)
    attempts = dict(zip(endpoints, await env.network.connect_all(endpoints, LIMIT), strict=True))
    return passed(
        EgressGoogleApis(
            public_vip=attempts.get(first) if first else None, private_vip=attempts.get(second) if second else None
        )
    )


@check(
    CheckId.EGRESS_PUBLIC,
    title="The way to a neutral public address was measured",
    timeout=DEADLINE,
    on_timeout=None,
    after=RUNGS,
    cloud_only=True,
)
async def egress_public(env: Env, facts: Facts) -> Outcome:
    """Only where the ladder did not get to its end: a healthy path is no reason to contact a third party."""
    if facts.passed(_end_of_ladder(env)):
        return skipped(SkipReason.NOT_APPLICABLE)
    endpoint = _endpoint(env.options.control_public)
    if endpoint is None:
        return unknown(SkipReason.NOT_CONFIGURED, needs="CLOUDSQL_DIAG_CONTROL_PUBLIC")
    (attempt,) = await env.network.connect_all((endpoint,), LIMIT)
    return passed(EgressPublic(attempt=attempt))


@check(
    CheckId.EGRESS_PRIVATE,
    title="The way to a private address that the settings name was measured",
    timeout=DEADLINE,
    on_timeout=None,
    cloud_only=True,
)
async def egress_private(env: Env, facts: Facts) -> Outcome:
    endpoints = tuple(Endpoint(address=control.host, port=control.port) for control in env.options.control_private)
    if not endpoints:
        return unknown(SkipReason.NOT_CONFIGURED, needs="CLOUDSQL_DIAG_CONTROL_PRIVATE")
    return passed(EgressPrivate(attempts=await env.network.connect_all(endpoints, LIMIT)))


@check(
    CheckId.EGRESS_INSTANCE,
    title="The way to every known address of the instance was measured, on 5432 and 3307",
    timeout=DEADLINE,
    on_timeout=None,
    after=(CheckId.DNS_TARGET, CheckId.ADMIN_CONNECT_SETTINGS),
    cloud_only=True,
)
async def egress_instance(env: Env, facts: Facts) -> Outcome:
    settings, resolved = facts.get(AdminConnectSettings), facts.get(DnsTarget)
    target = env.resolution.target
    named = tuple(entry.address for entry in settings.addresses) if settings else ()
    # A direct target's own, or those of the endpoint whose name a connector takes.
    own = resolved.addresses if resolved and target and target.route is not Route.SOCKET else ()
    # The container's own address is where a proxy listens, and says nothing of the way to the instance.
    addresses = tuple(address for address in dict.fromkeys(named + own) if address not in LOCAL_HOSTS)
    if not addresses:
        return unknown(SkipReason.NOT_CONFIGURED, needs="the addresses, from the Admin API")
    endpoints = tuple(Endpoint(address=address, port=port) for address in addresses for port in INSTANCE_PORTS)
    return passed(EgressInstance(attempts=await env.network.connect_all(endpoints, LIMIT)))


def _end_of_ladder(env: Env) -> CheckId:
    """The deepest rung that was asked for and that the target uses."""
    target = env.resolution.target
    plain = target is not None and not target.uses_tls
    return CheckId.TCP_CONNECT if plain and env.options.depth is Depth.TLS else _DEEPEST[env.options.depth]


def _endpoint(control: HostPort | None) -> Endpoint | None:
    return None if control is None else Endpoint(address=control.host, port=control.port)
