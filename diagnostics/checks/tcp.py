"""Row 9, first rung: a connection, to the addresses in the order the app's driver takes them, one at a time."""

from diagnostics.check import Env, on, rung
from diagnostics.climb import Climb
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import AdminConnectSettings, DnsTarget, Facts, TcpConnect
from diagnostics.core.findings import Code
from diagnostics.core.instance import PROXY_PORT, addresses_of
from diagnostics.core.model import Finding, Route
from diagnostics.core.observed import AddressClass, Attempt, Reach
from diagnostics.core.outcome import Outcome, failed, passed, warned
from diagnostics.ports import ConnectFailed, Endpoint

LIMIT = 3.0
"""Seconds for all addresses together. A SYN is sent again after 1 s; 3 s let one loss pass and stay under the shortest
app timer (5 s) that users of this path were seen to set."""

_CODES = {
    Reach.SILENT: Code.TCP_CONNECT_SILENT,
    Reach.REFUSED: Code.TCP_CONNECT_REFUSED,
    Reach.UNREACHABLE: Code.TCP_CONNECT_UNREACHABLE,
    Reach.RESET: Code.TCP_CONNECT_RESET,
    Reach.PERMISSION_DENIED: Code.TCP_CONNECT_PERMISSION_DENIED,
    Reach.MISSING: Code.TCP_CONNECT_SOCKET_MISSING,
    Reach.NOT_A_SOCKET: Code.TCP_CONNECT_SOCKET_MISSING,
}


@rung(
    CheckId.TCP_CONNECT,
    title="An address of the target accepts a connection",
    timeout=LIMIT + 0.5,
    on_timeout=Code.TCP_CONNECT_SILENT,
    requires=(
        CheckId.CONFIG_TARGET,
        on(CheckId.SOCKET_MOUNT, Route.SOCKET),
        on(CheckId.DNS_TARGET, Route.DIRECT, Route.CONNECTOR),
        on(CheckId.ADMIN_CONNECT_SETTINGS, Route.CONNECTOR),
    ),
)
async def tcp_connect(climb: Climb, env: Env, facts: Facts) -> Outcome:
    """A refusal means that the packet arrived; silence means that it was dropped.

    The rung's own deadline is half a second later than that of its attempts, so that the attempts are a fact even when
    all are silent.
    """
    attempts: list[Attempt] = []
    endpoints = _endpoints(env, facts)
    for number, endpoint in enumerate(endpoints):
        spent = sum(attempt.seconds for attempt in attempts)
        attempts.append(await _attempt(climb, env, endpoint, (LIMIT - spent) / (len(endpoints) - number)))
        if attempts[-1].reach is Reach.OPEN:
            break
    fact = TcpConnect(route=env.target.route, attempts=tuple(attempts))
    return _verdict(fact)


def _endpoints(env: Env, facts: Facts) -> tuple[Endpoint, ...]:
    target = env.target
    if target.route is Route.SOCKET:
        return (Endpoint(address=f"{target.host}/.s.PGSQL.{target.port}"),)
    resolved = facts.get(DnsTarget)
    if target.route is Route.DIRECT:
        addresses = resolved.addresses if resolved else ()
        return tuple(Endpoint(address=address, port=target.port) for address in addresses)
    settings = facts.get(AdminConnectSettings)
    named = addresses_of(settings, target.ip_type) if settings else ()
    return tuple(
        Endpoint(address=address, port=PROXY_PORT) for address in named or (resolved.addresses if resolved else ())
    )


async def _attempt(climb: Climb, env: Env, endpoint: Endpoint, limit: float) -> Attempt:
    started = env.clock.monotonic()
    try:
        await climb.dial(endpoint, limit)
        reach = Reach.OPEN
    except ConnectFailed as failure:
        reach = failure.reach
    return Attempt(
        address=endpoint.address,
        port=endpoint.port,
        address_class=AddressClass.LOOPBACK if endpoint.is_socket else env.network.address_class(endpoint.address),
        reach=reach,
        seconds=env.clock.monotonic() - started,
    )


def _verdict(fact: TcpConnect) -> Outcome:
    *earlier, last = fact.attempts
    silent = next((attempt for attempt in earlier if attempt.reach is Reach.SILENT), None)
    if last.reach is Reach.OPEN:
        return (
            warned(fact, Finding(code=Code.TCP_CONNECT_FIRST_ADDRESS_SILENT, about=silent.address))
            if silent
            else passed(fact)
        )
    # An address family that the container does not have says less than an address that was tried for real.
    telling = next((attempt for attempt in fact.attempts if attempt.reach is not Reach.UNREACHABLE), last)
    where = Endpoint(address=telling.address, port=telling.port).label
    return failed(fact, Finding(code=_CODES[telling.reach], about=where))
