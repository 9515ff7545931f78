"""The cause that a finding has where nothing else is known: one row a code, the last word before ``unclassified``.

Also what a finding that stands beside a passing path is filed under.
"""

from diagnostics.core.codes import Cause
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.findings import Code
from diagnostics.core.refusals.meanings import MEANINGS
from diagnostics.core.refusals.refusal import Refusal
from diagnostics.core.rules.rule import Rule

_PROVEN, _LIKELY, _POSSIBLE = Confidence.PROVEN, Confidence.LIKELY, Confidence.POSSIBLE

Meaning = tuple[Cause, Confidence]

_GOOGLE_API: dict[str, Meaning] = {
    "unresolved": (Cause.DNS_RESOLVER_FAILURE, _LIKELY),
    "silent": (Cause.API_UNREACHABLE, _POSSIBLE),
    "refused": (Cause.API_UNREACHABLE, _POSSIBLE),
    "unreachable": (Cause.API_UNREACHABLE, _POSSIBLE),
    "closed": (Cause.API_UNREACHABLE, _POSSIBLE),
    "tls_failed": (Cause.TLS_MITM_PROXY, _LIKELY),
    "unauthorized": (Cause.ADC_TOKEN_EXPIRED, _LIKELY),
    "denied": (Cause.IAM_MISSING_CLOUDSQL_CLIENT, _LIKELY),
    "api_disabled": (Cause.API_SQLADMIN_DISABLED, _PROVEN),
    "scope_insufficient": (Cause.ADC_SCOPES_INSUFFICIENT, _PROVEN),
    "organization_policy": (Cause.API_ORGANIZATION_POLICY, _PROVEN),
    "not_found": (Cause.CONFIG_INSTANCE_NAME_WRONG, _PROVEN),
    "rate_limited": (Cause.API_QUOTA_EXCEEDED, _PROVEN),
    "server_error": (Cause.API_SERVER_ERROR, _PROVEN),
    "unexpected_answer": (Cause.API_UNEXPECTED_ANSWER, _PROVEN),
    "region_mismatch": (Cause.CONFIG_INSTANCE_NAME_WRONG, _PROVEN),
    "ip_type_absent": (Cause.INSTANCE_NO_MATCHING_IP_TYPE, _PROVEN),
    "not_postgres_engine": (Cause.CONFIG_NOT_POSTGRES, _PROVEN),
    "not_running": (Cause.INSTANCE_NOT_RUNNING, _PROVEN),
    "suspended": (Cause.INSTANCE_NOT_RUNNING, _PROVEN),
    "not_ready": (Cause.INSTANCE_MAINTENANCE_OR_FAILOVER, _LIKELY),
    "not_held": (Cause.IAM_MISSING_CLOUDSQL_CLIENT, _POSSIBLE),
}

_METADATA: dict[str, Meaning] = {
    "name_unresolved": (Cause.ADC_METADATA_UNREACHABLE, _LIKELY),
    "silent": (Cause.ADC_METADATA_UNREACHABLE, _LIKELY),
    "refused": (Cause.ADC_METADATA_UNREACHABLE, _LIKELY),
    "unreachable": (Cause.ADC_METADATA_UNREACHABLE, _LIKELY),
    "closed": (Cause.ADC_METADATA_UNREACHABLE, _LIKELY),
    "not_metadata": (Cause.ADC_METADATA_UNREACHABLE, _PROVEN),
    "error_status": (Cause.ADC_METADATA_UNREACHABLE, _PROVEN),
    "missing": (Cause.ADC_MISSING, _LIKELY),
    "no_credentials": (Cause.ADC_MISSING, _PROVEN),
    "invalid_credentials": (Cause.ADC_INVALID_KEY, _LIKELY),
    "denied": (Cause.ADC_IMPERSONATION_DENIED, _LIKELY),
    "scope_missing": (Cause.ADC_SCOPES_INSUFFICIENT, _PROVEN),
}

_DNS: dict[str, Meaning] = {
    "nxdomain": (Cause.DNS_NXDOMAIN, _PROVEN),
    "no_address": (Cause.DNS_NXDOMAIN, _LIKELY),
    "not_a_name": (Cause.CONFIG_WRONG_HOST_PORT, _PROVEN),
    "servfail": (Cause.DNS_RESOLVER_FAILURE, _PROVEN),
    "silent": (Cause.DNS_RESOLVER_FAILURE, _LIKELY),
    "slow": (Cause.DNS_SLOW, _LIKELY),
    "nameserver_silent": (Cause.DNS_SLOW, _LIKELY),
    "disagrees": (Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE, _POSSIBLE),
}

_SESSION: dict[str, Meaning] = {
    **{refusal.value: (meant.cause, meant.confidence) for refusal, meant in MEANINGS.items()},
    "silent": (Cause.PG_NO_ANSWER, _POSSIBLE),
    "closed": (Cause.PG_SERVER_CLOSED, _POSSIBLE),
    "reset": (Cause.TCP_RESET, _POSSIBLE),
    "not_postgres": (Cause.CONFIG_NOT_POSTGRES, _PROVEN),
    "malformed_answer": (Cause.UNCLASSIFIED, _POSSIBLE),
    "server_error": (Cause.UNCLASSIFIED, _POSSIBLE),
    "client_certificate_refused": (Cause.TLS_CLIENT_CERT_REFUSED, _PROVEN),
    "method_unsupported": (Cause.PG_AUTH_METHOD_UNSUPPORTED, _PROVEN),
    "iam_user_not_truncated": (Cause.IAM_DB_USERNAME_WRONG, _LIKELY),
    "plaintext_token_withheld": (Cause.TLS_SSL_REQUIRED, _LIKELY),
    "server_not_verified": (Cause.TLS_MITM_PROXY, _LIKELY),
    "value_not_sendable": (Cause.CONFIG_SECRET_TRAILING_NEWLINE, _LIKELY),
}

_TLS: dict[str, Meaning] = _SESSION | {
    "not_offered": (Cause.TLS_NOT_SUPPORTED_BY_SERVER, _PROVEN),
    "peer_not_tls": (Cause.TLS_PROTOCOL_MISMATCH, _LIKELY),
    "certificate_expired": (Cause.TLS_CERT_EXPIRED, _LIKELY),
    "certificate_not_yet_valid": (Cause.RUNTIME_CLOCK_SKEW, _LIKELY),
    "unknown_authority": (Cause.TLS_VERIFY_FAILED, _LIKELY),
    "name_mismatch": (Cause.TLS_HOSTNAME_MISMATCH, _LIKELY),
    "protocol_version": (Cause.TLS_PROTOCOL_MISMATCH, _PROVEN),
    "alert": (Cause.TLS_PROTOCOL_MISMATCH, _POSSIBLE),
    "flood": (Cause.UNCLASSIFIED, _POSSIBLE),
    "local_files": (Cause.TLS_LOCAL_CERT_FILES, _PROVEN),
}

_DRIVER: dict[str, Meaning] = {
    "option_rejected": (Cause.CONFIG_DRIVER_OPTION_MISMATCH, _PROVEN),
    "import_failed": (Cause.CONFIG_DRIVER_MISSING, _LIKELY),
    "silent": (Cause.TCP_TIMEOUT, _POSSIBLE),
    "api_failed": (Cause.API_UNREACHABLE, _POSSIBLE),
    "kept_busy": (Cause.UNCLASSIFIED, _POSSIBLE),
    "out_of_memory": (Cause.UNCLASSIFIED, _POSSIBLE),
    "no_result": (Cause.UNCLASSIFIED, _POSSIBLE),
    "sqlstate": (Cause.UNCLASSIFIED, _POSSIBLE),
    "failed": (Cause.UNCLASSIFIED, _POSSIBLE),
}

_BY_CHECK: dict[str, dict[str, Meaning]] = {
    "config.target": {
        # Proven is what no reader could make work: a port, a name or a path that the system's own limits forbid.
        # What we cannot read, another reader may; what is missing, or a placeholder, the app may fill in by itself.
        "not_found": (Cause.CONFIG_MISSING_ENV, _POSSIBLE),
        "missing": (Cause.CONFIG_MISSING_ENV, _LIKELY),
        "malformed_url": (Cause.CONFIG_MALFORMED_URL, _LIKELY),
        "unescaped_url": (Cause.CONFIG_URL_UNESCAPED_CHARS, _LIKELY),
        "bad_port": (Cause.CONFIG_WRONG_HOST_PORT, _LIKELY),
        "port_out_of_range": (Cause.CONFIG_WRONG_HOST_PORT, _PROVEN),
        "bad_value": (Cause.CONFIG_DRIVER_OPTION_MISMATCH, _LIKELY),
        "host_too_long": (Cause.CONFIG_WRONG_HOST_PORT, _PROVEN),
        "instance_name_malformed": (Cause.CONFIG_INSTANCE_NAME_MALFORMED, _LIKELY),
        "socket_path_too_long": (Cause.SOCKET_PATH_TOO_LONG, _PROVEN),
        "secret_unreadable": (Cause.CONFIG_MISSING_ENV, _POSSIBLE),
        "service_not_defined": (Cause.CONFIG_MISSING_ENV, _POSSIBLE),
        "placeholder_in_url": (Cause.CONFIG_PLACEHOLDER_VALUE, _LIKELY),
    },
    "config.hygiene": {
        "trailing_whitespace": (Cause.CONFIG_SECRET_TRAILING_NEWLINE, _LIKELY),
        "leading_whitespace": (Cause.CONFIG_SECRET_TRAILING_NEWLINE, _LIKELY),
        "control_character": (Cause.CONFIG_SECRET_TRAILING_NEWLINE, _LIKELY),
        "only_whitespace": (Cause.CONFIG_PLACEHOLDER_VALUE, _LIKELY),
        "quoted": (Cause.CONFIG_MALFORMED_URL, _LIKELY),
        "placeholder": (Cause.CONFIG_PLACEHOLDER_VALUE, _LIKELY),
        "unencoded_url": (Cause.CONFIG_URL_UNESCAPED_CHARS, _LIKELY),
        "local_fallback": (Cause.CONFIG_MISSING_ENV, _POSSIBLE),
        "bare_instance_name": (Cause.SOCKET_WRONG_PATH, _LIKELY),
        "doubled_socket_name": (Cause.SOCKET_WRONG_PATH, _LIKELY),
        "conflicting_settings": (Cause.CONFIG_CONFLICTING_SETTINGS, _POSSIBLE),
        "no_database": (Cause.CONFIG_MISSING_ENV, _POSSIBLE),
        "several_hosts": (Cause.CONFIG_WRONG_HOST_PORT, _POSSIBLE),
        "no_user": (Cause.CONFIG_MISSING_ENV, _POSSIBLE),
        "port_in_host": (Cause.CONFIG_WRONG_HOST_PORT, _LIKELY),
        "scheme_in_host": (Cause.CONFIG_WRONG_HOST_PORT, _LIKELY),
        "placeholder_host": (Cause.CONFIG_WRONG_HOST_PORT, _LIKELY),
        "encoded_twice": (Cause.CONFIG_URL_UNESCAPED_CHARS, _LIKELY),
        "socket_port": (Cause.SOCKET_WRONG_PATH, _LIKELY),
        "empty_socket_name": (Cause.SOCKET_WRONG_PATH, _LIKELY),
        "socket_not_as_host": (Cause.SOCKET_WRONG_PATH, _LIKELY),
        "unknown_word": (Cause.CONFIG_DRIVER_OPTION_MISMATCH, _POSSIBLE),
        "password_elsewhere": (Cause.CONFIG_MISSING_ENV, _POSSIBLE),
        "other_engine": (Cause.CONFIG_NOT_POSTGRES, _LIKELY),
        "other_container": (Cause.CONFIG_MISSING_ENV, _POSSIBLE),
    },
    "config.dialect": {
        "option_of_other_driver": (Cause.CONFIG_DRIVER_OPTION_MISMATCH, _LIKELY),
        "driver_unknown": (Cause.CONFIG_DRIVER_MISSING, _LIKELY),
    },
    "runtime.freeze": {"frozen": (Cause.RUNTIME_CPU_THROTTLED, _LIKELY)},
    "metadata.server": _METADATA,
    "identity.account": _METADATA,
    "identity.token": _METADATA,
    "dns.resolver": _DNS,
    "dns.target": _DNS,
    "dns.apis": _DNS,
    "admin.connect_settings": _GOOGLE_API,
    "admin.instance": _GOOGLE_API,
    "admin.certificate": _GOOGLE_API,
    "iam.permissions": _GOOGLE_API,
    "run.revision": {
        "no_way_out": (Cause.VPC_NAT_MISSING_OR_EXHAUSTED, _LIKELY),
        "no_vpc": (Cause.VPC_NO_EGRESS, _PROVEN),
        "range_not_routed": (Cause.VPC_NO_EGRESS, _PROVEN),
        "not_attached": (Cause.SOCKET_NOT_MOUNTED, _PROVEN),
        "mounted_elsewhere": (Cause.SOCKET_NOT_MOUNTED, _PROVEN),
        "other_service_account": (Cause.ADC_WRONG_SERVICE_ACCOUNT, _POSSIBLE),
    },
    "vpc.connector": {
        "not_ready": (Cause.VPC_CONNECTOR_UNHEALTHY, _PROVEN),
        "range_overlap": (Cause.VPC_CONNECTOR_UNHEALTHY, _POSSIBLE),
    },
    "socket.mount": {
        "not_mounted": (Cause.SOCKET_NOT_MOUNTED, _PROVEN),
        "other_instance_mounted": (Cause.SOCKET_NOT_MOUNTED, _PROVEN),
        "permission_denied": (Cause.SOCKET_PERMISSION_DENIED, _PROVEN),
        "not_a_socket": (Cause.SOCKET_WRONG_PATH, _PROVEN),
        "not_a_directory": (Cause.SOCKET_WRONG_PATH, _PROVEN),
        "name_doubled": (Cause.SOCKET_WRONG_PATH, _LIKELY),
        "directory_dialled": (Cause.SOCKET_WRONG_PATH, _PROVEN),
        "other_port": (Cause.SOCKET_WRONG_PATH, _LIKELY),
        "no_instance_name": (Cause.SOCKET_WRONG_PATH, _LIKELY),
        "elsewhere": (Cause.SOCKET_WRONG_PATH, _LIKELY),
        "refused": (Cause.SOCKET_REFUSED, _POSSIBLE),
    },
    "tcp.connect": {
        "silent": (Cause.TCP_TIMEOUT, _POSSIBLE),
        "refused": (Cause.TCP_REFUSED, _POSSIBLE),
        "unreachable": (Cause.TCP_UNREACHABLE, _POSSIBLE),
        "reset": (Cause.TCP_RESET, _POSSIBLE),
        "permission_denied": (Cause.VPC_FIREWALL_DROP, _POSSIBLE),
        "socket_missing": (Cause.SOCKET_NOT_MOUNTED, _PROVEN),
        "first_address_silent": (Cause.TCP_TIMEOUT, _POSSIBLE),
        "flapped": (Cause.TCP_RESET, _POSSIBLE),
    },
    "tls.handshake": _TLS,
    "postgres.startup": _SESSION | {"malformed_answer": (Cause.CONFIG_NOT_POSTGRES, _POSSIBLE)},
    "postgres.auth": _SESSION,
    "postgres.query": _SESSION,
    "driver.asyncpg": _DRIVER,
    "driver.psycopg": _DRIVER,
    "driver.connector": _DRIVER,
    "postgres.capacity": {"nearly_full": (Cause.PG_TOO_MANY_CONNECTIONS, _LIKELY)},
    "postgres.session": {
        "in_recovery": (Cause.PG_READ_ONLY, _LIKELY),
        "read_only": (Cause.PG_READ_ONLY, _LIKELY),
        "statement_timeout": (Cause.PG_SERVER_TIMEOUT, _LIKELY),
        "idle_in_transaction_timeout": (Cause.PG_SERVER_TIMEOUT, _LIKELY),
        "idle_session_timeout": (Cause.POOL_STALE_CONNECTION, _LIKELY),
        "role_limit": (Cause.PG_ROLE_CONNECTION_LIMIT, _LIKELY),
        "database_limit": (Cause.PG_DATABASE_CONNECTION_LIMIT, _LIKELY),
        "password_expires": (Cause.PG_PASSWORD_EXPIRED, _LIKELY),
    },
    "app.budget": {"too_short": (Cause.APP_TIMEOUT_TOO_SHORT, _PROVEN)},
}
"""By check and slug. The cloud speaks with one voice, so checks that call the same service share a table."""

_ALTERNATIVES: dict[Cause, tuple[Cause, ...]] = {
    Cause.ADC_IMPERSONATION_DENIED: (Cause.ADC_WRONG_SERVICE_ACCOUNT,),
    Cause.ADC_INVALID_KEY: (Cause.RUNTIME_CLOCK_SKEW, Cause.ADC_TOKEN_EXPIRED),
    Cause.API_UNREACHABLE: (Cause.VPC_NAT_MISSING_OR_EXHAUSTED, Cause.VPC_FIREWALL_DROP, Cause.RUNTIME_CPU_THROTTLED),
    Cause.CONFIG_MISSING_ENV: (Cause.IAM_MISSING_SECRET_ACCESS,),
    Cause.CONFIG_NOT_POSTGRES: (Cause.TLS_PROTOCOL_MISMATCH,),
    Cause.DNS_RESOLVER_FAILURE: (Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE,),
    Cause.IAM_MISSING_CLOUDSQL_CLIENT: (Cause.CONFIG_INSTANCE_NAME_WRONG, Cause.ADC_WRONG_SERVICE_ACCOUNT),
    Cause.PG_NO_ANSWER: (Cause.INSTANCE_OUT_OF_MEMORY, Cause.CONFIG_WRONG_HOST_PORT),
    Cause.PG_SERVER_CLOSED: (Cause.INSTANCE_MAINTENANCE_OR_FAILOVER, Cause.PG_TOO_MANY_CONNECTIONS),
    Cause.RUNTIME_CLOCK_SKEW: (Cause.TLS_CERT_EXPIRED,),
    Cause.SOCKET_REFUSED: (Cause.INSTANCE_NOT_RUNNING, Cause.QUOTA_CLOUDRUN_LIMIT, Cause.IAM_MISSING_CLOUDSQL_CLIENT),
    Cause.TCP_REFUSED: (Cause.CONFIG_WRONG_HOST_PORT, Cause.INSTANCE_NOT_RUNNING),
    Cause.TCP_RESET: (Cause.INSTANCE_MAINTENANCE_OR_FAILOVER, Cause.VPC_FIREWALL_DROP),
    Cause.TCP_TIMEOUT: (Cause.APP_TIMEOUT_TOO_SHORT, Cause.VPC_FIREWALL_DROP, Cause.VPC_WARMING_UP),
    Cause.TCP_UNREACHABLE: (Cause.VPC_NO_EGRESS, Cause.VPC_FIREWALL_DROP),
    Cause.TLS_CERT_EXPIRED: (Cause.RUNTIME_CLOCK_SKEW,),
    Cause.TLS_PROTOCOL_MISMATCH: (Cause.TLS_MITM_PROXY,),
    Cause.TLS_VERIFY_FAILED: (Cause.TLS_MITM_PROXY, Cause.CONFIG_WRONG_HOST_PORT),
    Cause.VPC_FIREWALL_DROP: (Cause.TCP_UNREACHABLE,),
}
"""What fits a finding that proves nothing, as well as its cause."""


def meaning(code: Code) -> Meaning:
    """The cause of a finding by itself, ``unclassified`` where it says nothing about one."""
    check, _, slug = code.value.rpartition(".")
    return _BY_CHECK.get(check, {}).get(slug, (Cause.UNCLASSIFIED, _POSSIBLE))


def _open_to(code: Code) -> tuple[Cause, ...]:
    """What else a server's refusal may mean."""
    slug = code.value.rpartition(".")[2]
    refusal = Refusal._value2member_map_.get(slug) if code.value.startswith("postgres.") else None
    return MEANINGS[refusal].alternatives if isinstance(refusal, Refusal) and refusal in MEANINGS else ()


def _plain(code: Code) -> Rule:
    cause, confidence = meaning(code)
    alternatives = () if confidence is _PROVEN else _open_to(code) or _ALTERNATIVES.get(cause, ())
    return Rule(cause=cause, explains=(code,), confidence=confidence, alternatives=alternatives)


RULES: tuple[Rule, ...] = tuple(_plain(code) for code in Code if meaning(code)[0] is not Cause.UNCLASSIFIED)
