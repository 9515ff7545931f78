"""How operations ended in anybody's words: closed, expired, over a limit, in a wrong state, or only failed."""

from diagnostics.core.codes import Cause
from diagnostics.core.text.pattern import Operation, Pattern, Place, Speaker, Strength, at

_NO_CREDENTIALS = (Cause.ADC_MISSING, Cause.ADC_METADATA_UNREACHABLE, Cause.ADC_WRONG_SERVICE_ACCOUNT)
_NO_CERTIFICATE_FILE = (Cause.TLS_LOCAL_CERT_FILES, Cause.TLS_VERIFY_FAILED)
_NO_NETWORK = (Cause.VPC_CONNECTOR_UNHEALTHY, Cause.VPC_NO_EGRESS)
_NEVER_LISTENED = (Cause.RUNTIME_PORT_NOT_LISTENING, Cause.RUNTIME_STARTUP_CRASH, Cause.APP_TIMEOUT_TOO_SHORT)
_WHILE_OPEN = (
    Cause.POOL_STALE_CONNECTION,
    Cause.PG_SERVER_CLOSED,
    Cause.TCP_RESET,
    Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,
)
_NEVER_REFRESHED = (Cause.RUNTIME_CPU_THROTTLED, Cause.API_UNREACHABLE, Cause.TLS_CLIENT_CERT_REFUSED)

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        says=("eof", "closed", "closing", "was lost", "is lost", "disconnected", "broken", "is dead", "dropped"),
        at=(
            at(
                Speaker.REQUEST,
                causes=(Cause.RUNTIME_STARTUP_CRASH, Cause.APP_TIMEOUT_TOO_SHORT, Cause.RUNTIME_OOM),
            ),
            at(Place.METADATA, causes=(Cause.ADC_METADATA_UNREACHABLE, Cause.ADC_MISSING)),
            at(Place.GOOGLE_API, causes=(Cause.API_UNREACHABLE, Cause.TLS_MITM_PROXY, Cause.TCP_RESET)),
            at(
                Operation.HANDSHAKE,
                causes=(Cause.TLS_PROTOCOL_MISMATCH, Cause.TLS_MITM_PROXY, Cause.TCP_RESET, Cause.PG_SERVER_CLOSED),
            ),
            at(Operation.KEEP_SESSION, causes=_WHILE_OPEN),
            at(Operation.TAKE_FROM_POOL, causes=_WHILE_OPEN),
            at(Operation.RUN_STATEMENT, causes=_WHILE_OPEN),
            at(
                Operation.OPEN_SESSIONS,
                causes=(
                    Cause.PG_SERVER_CLOSED,
                    Cause.POOL_STALE_CONNECTION,
                    Cause.TCP_RESET,
                    Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,
                ),
            ),
        ),
        strength=Strength.WRAPPER,
        source="a connection ended, and no more is said",
    ),
    Pattern(
        says=(
            "not valid for",
            "does not match",
            "doesn't match",
            "name mismatch",
            "notvalidforname",
            "wrong host",
        ),
        at=(
            at(
                Operation.VERIFY_CERTIFICATE,
                causes=(Cause.TLS_HOSTNAME_MISMATCH, Cause.TLS_MITM_PROXY, Cause.INSTANCE_MAINTENANCE_OR_FAILOVER),
            ),
            at(
                Operation.HANDSHAKE,
                causes=(Cause.TLS_HOSTNAME_MISMATCH, Cause.TLS_MITM_PROXY, Cause.INSTANCE_MAINTENANCE_OR_FAILOVER),
            ),
        ),
        strength=Strength.NAMED,
        source="two names that should be one",
    ),
    Pattern(
        says=("expired", "no longer valid", "expires too soon", "past its expiry"),
        at=(
            at(Operation.REFRESH_CERTIFICATE, causes=_NEVER_REFRESHED),
            at(Speaker.CONNECTOR, causes=_NEVER_REFRESHED),
            at(
                Operation.SEND_PASSWORD,
                causes=(Cause.PG_AUTH_PASSWORD, Cause.CONFIG_SECRET_TRAILING_NEWLINE, Cause.IAM_DB_TOKEN_INVALID),
            ),
            at(
                Operation.GET_TOKEN,
                Place.IAM_USER,
                causes=(Cause.IAM_DB_TOKEN_INVALID, Cause.IAM_MISSING_INSTANCES_LOGIN, Cause.IAM_DB_USERNAME_WRONG),
            ),
            at(
                Operation.GET_TOKEN,
                causes=(Cause.ADC_TOKEN_EXPIRED, Cause.IAM_DB_TOKEN_INVALID, Cause.RUNTIME_CPU_THROTTLED),
            ),
            at(Operation.HANDSHAKE, causes=(Cause.TLS_CERT_EXPIRED, Cause.RUNTIME_CLOCK_SKEW)),
        ),
        strength=Strength.OUTCOME,
        source="what was valid for a time is so no more",
    ),
    Pattern(
        says=(
            "quota",
            "exceeded",
            "exceeds",
            "too many",
            "exhausted",
            "limit reached",
            "limit of",
            "maximum number",
            "max number",
            "no more",
            "none available",
            "no free",
            "rate limit*",
            "ratelimit*",
            "429",
            "is full",
            "reached",
            "all * in use",
            "in use",
            "are busy",
            "all busy",
            "at capacity",
            "checked out",
            "not enough",
            "over the limit",
            "limit exceeded",
            "resourceexhausted*",
        ),
        at=(
            at(Place.GOOGLE_API, causes=(Cause.API_QUOTA_EXCEEDED, Cause.RUNTIME_EVENT_LOOP_BLOCKED)),
            at(
                Operation.TAKE_FROM_POOL,
                causes=(Cause.POOL_EXHAUSTED, Cause.PG_TOO_MANY_CONNECTIONS, Cause.APP_TIMEOUT_TOO_SHORT),
            ),
            at(
                Speaker.POOLER,
                Operation.OPEN_SESSIONS,
                causes=(Cause.POOL_EXHAUSTED, Cause.PG_TOO_MANY_CONNECTIONS),
            ),
            at(Operation.ATTACH_NETWORK, causes=_NO_NETWORK),
            at(
                Operation.USE_MEMORY,
                Operation.START_CONTAINER,
                causes=(Cause.RUNTIME_OOM, Cause.INSTANCE_OUT_OF_MEMORY),
            ),
            at(Operation.USE_DISK, causes=(Cause.INSTANCE_STORAGE_FULL, Cause.PG_NOT_READY)),
            at(Speaker.DEPLOYMENT, causes=(Cause.QUOTA_CLOUDRUN_LIMIT, Cause.API_QUOTA_EXCEEDED)),
            at(Speaker.REQUEST, causes=(Cause.QUOTA_CLOUDRUN_LIMIT, Cause.APP_TIMEOUT_TOO_SHORT)),
            at(
                Operation.OPEN_SESSIONS,
                causes=(Cause.PG_TOO_MANY_CONNECTIONS, Cause.POOL_EXHAUSTED, Cause.QUOTA_CLOUDRUN_LIMIT),
            ),
        ),
        strength=Strength.OUTCOME,
        source="a limit was reached",
    ),
    Pattern(
        says=(
            "not running",
            "not runnable",
            "not in a runnable state",
            "is stopped",
            "was stopped",
            "is suspended",
            "not ready",
            "is being created",
            "is being deleted",
            "pending creation",
            "in progress",
            "invalid state",
            "wrong state",
            "error state",
            "bad state",
            "in state suspended",
            "in state stopped",
            "state error",
        ),
        at=(
            at(Operation.ATTACH_NETWORK, causes=_NO_NETWORK),
            at(
                Operation.RUN_OPERATION,
                causes=(Cause.INSTANCE_MAINTENANCE_OR_FAILOVER, Cause.INSTANCE_NOT_RUNNING),
            ),
            at(Speaker.DEPLOYMENT, Operation.START_CONTAINER, causes=_NEVER_LISTENED, strength=Strength.WRAPPER),
            at(Operation.USE_INSTANCE, causes=(Cause.INSTANCE_NOT_RUNNING, Cause.INSTANCE_MAINTENANCE_OR_FAILOVER)),
        ),
        strength=Strength.OUTCOME,
        source="a resource is in a state in which it cannot be used",
    ),
    Pattern(
        says=(
            "failed",
            "failure",
            "failing",
            "unable to",
            "could not",
            "couldn't",
            "cannot",
            "can't",
            "crashed",
            "terminated",
            "unhealthy",
            "aborted",
            "was not started",
        ),
        at=(
            at(Operation.PROBE, causes=_NEVER_LISTENED),
            at(Operation.LISTEN, Operation.START_CONTAINER, causes=_NEVER_LISTENED),
            at(Operation.READ_SECRET, causes=(Cause.IAM_MISSING_SECRET_ACCESS, Cause.CONFIG_MISSING_ENV)),
            at(Operation.ATTACH_NETWORK, causes=_NO_NETWORK),
            at(Operation.LOAD_DRIVER, causes=(Cause.CONFIG_DRIVER_MISSING, Cause.CONFIG_MALFORMED_URL)),
            at(
                Operation.TAKE_FROM_POOL,
                causes=(Cause.POOL_EXHAUSTED, Cause.TCP_TIMEOUT, Cause.PG_TOO_MANY_CONNECTIONS),
            ),
            at(
                Operation.REFRESH_CERTIFICATE,
                causes=(Cause.API_UNREACHABLE, Cause.RUNTIME_CPU_THROTTLED, Cause.IAM_MISSING_CLOUDSQL_CLIENT),
            ),
            at(Operation.FIND_CREDENTIALS, causes=_NO_CREDENTIALS),
            at(Operation.READ_CERTIFICATE_FILE, causes=_NO_CERTIFICATE_FILE),
            at(
                Operation.HANDSHAKE,
                causes=(Cause.TLS_PROTOCOL_MISMATCH, Cause.TLS_VERIFY_FAILED, Cause.TLS_NOT_SUPPORTED_BY_SERVER),
            ),
            at(
                Operation.SEND_PASSWORD,
                causes=(Cause.PG_AUTH_PASSWORD, Cause.CONFIG_SECRET_TRAILING_NEWLINE, Cause.PG_ROLE_MISSING),
            ),
            at(
                Speaker.REQUEST,
                causes=(Cause.RUNTIME_STARTUP_CRASH, Cause.APP_TIMEOUT_TOO_SHORT, Cause.RUNTIME_OOM),
            ),
            at(
                Speaker.ORCHESTRATOR,
                causes=(Cause.RUNTIME_STARTUP_CRASH, Cause.CONFIG_MISSING_ENV, Cause.RUNTIME_PORT_NOT_LISTENING),
            ),
            at(
                Operation.START_CONTAINER,
                causes=(Cause.RUNTIME_STARTUP_CRASH, Cause.CONFIG_MISSING_ENV, Cause.RUNTIME_PORT_NOT_LISTENING),
            ),
        ),
        strength=Strength.WRAPPER,
        source="it failed, and no more is said",
    ),
    Pattern(
        causes=(Cause.RUNTIME_CPU_THROTTLED, Cause.API_UNREACHABLE),
        says=("refresh operation scheduled", "scheduling refresh", "refresh * scheduled"),
        strength=Strength.WRAPPER,
        source="the connectors' line about the next refresh, where no later line says that it came",
    ),
    Pattern(
        at=(
            at(
                Operation.TAKE_FROM_POOL,
                causes=(Cause.POOL_EXHAUSTED, Cause.PG_TOO_MANY_CONNECTIONS, Cause.APP_TIMEOUT_TOO_SHORT),
            ),
            at(
                Operation.USE_CONNECTION,
                causes=(Cause.POOL_STALE_CONNECTION, Cause.TCP_TIMEOUT, Cause.VPC_FIREWALL_DROP),
            ),
        ),
        says=("java.lang.thread.state", "[io wait", "most recent call first", "(idle):", "in object.wait()"),
        strength=Strength.SYMPTOM,
        source="dumps of threads by the JVM, Go, Python's faulthandler and py-spy: where a thread hangs",
    ),
)
