"""Time-outs. What they mean hangs on what was waited for, and where; the word alone says next to nothing."""

from diagnostics.core.codes import Cause
from diagnostics.core.text.pattern import Operation, Pattern, Place, Speaker, Strength, at

_NEVER_LISTENED = (Cause.RUNTIME_PORT_NOT_LISTENING, Cause.RUNTIME_STARTUP_CRASH, Cause.APP_TIMEOUT_TOO_SHORT)
"""A probe or the platform waited for the app's own port: the path to the database may be whole."""
_NO_METADATA = (Cause.ADC_METADATA_UNREACHABLE, Cause.ADC_MISSING, Cause.VPC_FIREWALL_DROP)
_NO_API = (
    Cause.API_UNREACHABLE,
    Cause.VPC_FIREWALL_DROP,
    Cause.RUNTIME_CPU_THROTTLED,
    Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
)

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        causes=(
            Cause.TCP_TIMEOUT,
            Cause.VPC_NO_EGRESS,
            Cause.VPC_FIREWALL_DROP,
            Cause.NET_AUTHORIZED_NETWORKS,
            Cause.APP_TIMEOUT_TOO_SHORT,
        ),
        says=(
            "etimedout",
            "i/o timeout",
            "timed out",
            "time out",
            "timeout",
            "timeouterror",
            "timeoutexception",
            "cancellederror",
            "p1002",
            "p1008",
            "timeout expired",
            "deadline exceeded",
            "semaphore timeout period has expired",
            "errno 110",
            "os error 110",
            "timedouterror",
            "operation has timed out",
            "operation was canceled",
            "winerror 10060",
            "/10060)",
            "server on * (110)",
            "connect_timeout",
            "tls handshake timeout",
            "before refresh completed",
            "context already done",
            "client.timeout exceeded",
            "client.timeout or context cancellation",
        ),
        at=(
            at(Operation.PROBE, causes=_NEVER_LISTENED, strength=Strength.WRAPPER),
            at(Operation.LISTEN, Operation.START_CONTAINER, causes=_NEVER_LISTENED, strength=Strength.WRAPPER),
            at(
                Operation.SERVE_REQUEST,
                causes=(Cause.APP_TIMEOUT_TOO_SHORT, Cause.RUNTIME_STARTUP_CRASH, Cause.TCP_TIMEOUT),
                strength=Strength.WRAPPER,
            ),
            at(
                Operation.USE_CONNECTION,
                Speaker.PROXY,
                causes=(Cause.TCP_RESET, Cause.POOL_STALE_CONNECTION, Cause.INSTANCE_MAINTENANCE_OR_FAILOVER),
            ),
            at(Place.METADATA, causes=_NO_METADATA),
            at(
                Place.GOOGLE_VIP,
                causes=(Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF, Cause.API_UNREACHABLE, Cause.VPC_FIREWALL_DROP),
            ),
            at(
                Place.PRIVATE,
                causes=(
                    Cause.VPC_NO_EGRESS,
                    Cause.VPC_FIREWALL_DROP,
                    Cause.TCP_TIMEOUT,
                    Cause.VPC_PSA_MISCONFIGURED,
                    Cause.VPC_CONNECTOR_UNHEALTHY,
                ),
            ),
            at(
                Place.GOOGLE_API,
                Place.PUBLIC,
                causes=(
                    Cause.API_UNREACHABLE,
                    Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
                    Cause.VPC_FIREWALL_DROP,
                    Cause.RUNTIME_CPU_THROTTLED,
                ),
            ),
            at(
                Place.PUBLIC,
                Place.PROXY_PORT,
                causes=(
                    Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
                    Cause.VPC_FIREWALL_DROP,
                    Cause.TCP_TIMEOUT,
                    Cause.VPC_NO_EGRESS,
                ),
            ),
            at(
                Place.PUBLIC,
                Place.HTTPS_PORT,
                causes=(
                    Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
                    Cause.VPC_FIREWALL_DROP,
                    Cause.VPC_CONNECTOR_UNHEALTHY,
                    Cause.TCP_TIMEOUT,
                ),
            ),
            at(
                Place.PUBLIC,
                causes=(
                    Cause.NET_AUTHORIZED_NETWORKS,
                    Cause.VPC_FIREWALL_DROP,
                    Cause.TCP_TIMEOUT,
                    Cause.INSTANCE_NOT_RUNNING,
                    Cause.INSTANCE_CONNECTOR_REQUIRED,
                ),
            ),
            at(
                Place.PROXY_PORT,
                causes=(
                    Cause.VPC_FIREWALL_DROP,
                    Cause.VPC_NO_EGRESS,
                    Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
                    Cause.TCP_TIMEOUT,
                ),
            ),
            at(Place.GOOGLE_API, causes=_NO_API),
            at(
                Operation.TAKE_FROM_POOL,
                causes=(
                    Cause.POOL_EXHAUSTED,
                    Cause.TCP_TIMEOUT,
                    Cause.APP_TIMEOUT_TOO_SHORT,
                    Cause.PG_TOO_MANY_CONNECTIONS,
                    Cause.VPC_NO_EGRESS,
                ),
            ),
            at(
                Place.MOUNT,
                causes=(
                    Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
                    Cause.VPC_NO_EGRESS,
                    Cause.TCP_TIMEOUT,
                    Cause.APP_TIMEOUT_TOO_SHORT,
                ),
            ),
            at(Operation.CALL_HTTP, causes=_NO_API),
            at(
                Place.CLOUD_SQL,
                causes=(
                    Cause.TCP_TIMEOUT,
                    Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
                    Cause.VPC_NO_EGRESS,
                    Cause.APP_TIMEOUT_TOO_SHORT,
                    Cause.VPC_WARMING_UP,
                    Cause.PG_NO_ANSWER,
                ),
            ),
        ),
        strength=Strength.SYMPTOM,
        source="ETIMEDOUT (110), WSAETIMEDOUT (10060), and the timers of clients",
    ),
)
