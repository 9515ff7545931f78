"""The sentence of each finding. ``{about}`` and ``{other}`` are the finding's arguments; see ``fill`` for brackets."""

from diagnostics.core.catalog import fill
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding


def sentence(finding: Finding) -> str:
    """The finding in words, with what it is about."""
    return fill.text(template(finding.code), {"about": _shown(finding.about), "other": _shown(finding.other)})


def template(code: Code) -> str:
    """The catalogue's text of a code; every code has one."""
    known = _SENTENCES.get(code)
    if known is not None:
        return known
    check, _, slug = code.value.rpartition(".")
    slugs, subject = _SHARED[check]
    return slugs[slug].replace("SUBJECT", subject)


def _shown(value: str) -> str:
    """A line break in a name is often the very finding: it is written out, not printed."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in value)


_API = {
    "unresolved": "the name of SUBJECT does not resolve",
    "silent": "no answer from SUBJECT",
    "refused": "SUBJECT refuses the connection",
    "unreachable": "no route to SUBJECT",
    "closed": "SUBJECT hung up without an answer",
    "tls_failed": "SUBJECT shows a certificate that is not trusted",
    "unauthorized": "SUBJECT does not accept the access token (401)",
    "denied": "SUBJECT denies access[ to {about}] (403)[, lacking {other}]",
    "api_disabled": "SUBJECT is not enabled[ in {other}]",
    "scope_insufficient": "SUBJECT says that the token lacks a scope",
    "organization_policy": "SUBJECT is closed to this caller by an organization policy",
    "not_found": "SUBJECT does not know [{about} ](404)",
    "rate_limited": "SUBJECT has no quota left (429)",
    "server_error": "SUBJECT failed by itself (5xx)",
    "unexpected_answer": "what answers for SUBJECT does not answer as Google's API does",
}
_METADATA = {
    "silent": "SUBJECT gave no answer",
    "refused": "SUBJECT refuses the connection",
    "unreachable": "no route to SUBJECT",
    "closed": "SUBJECT hung up without an answer",
    "error_status": "SUBJECT answered with an error",
}
_DNS = {
    "nxdomain": "the name [{about} ]does not exist",
    "servfail": "the name server could not resolve[ {about}]",
    "silent": "no name server answered[ for {about}]",
    "no_address": "the name [{about} ]exists but has no address",
    "not_a_name": "[{about} ]is no host name",
    "slow": "[{about}: ]the name resolves, but slowly",
}
_SESSION = {
    "closed": "the server hung up without a word",
    "reset": "the connection was reset",
    "malformed_answer": "the answer breaks PostgreSQL's protocol",
    "client_certificate_refused": "the server refuses the client certificate[ ({about})]",
    "client_certificate_required": "the server asks for a client certificate",
    "tls_required": "the server takes no connection without TLS",
    "no_hba_entry": "no rule of pg_hba.conf lets [{about} ]in",
    "not_ready": "the server is starting, stopping or recovering",
    "standby_closed": "the server is a standby that takes no sessions",
    "hba_reject": "a rule of pg_hba.conf turns [{about} ]away",
    "other_identity": "whoever the server takes the client for may not log in as this user[: {about}]",
    "login_not_permitted": "the role [{about} ]exists, but may not log in",
    "database_closed": "the database [{about} ]takes no connections",
    "database_invalid": "the database [{about} ]was dropped halfway",
    "slots_reserved": "the connection slots that are left are reserved",
    "role_limit": "the role [{about} ]has as many connections as it may have",
    "database_limit": "the database [{about} ]has as many connections as it may have",
    "pooler_no_database": "the pooler knows no such database[: {about}]",
    "pooler_no_user": "the pooler knows no such user[: {about}]",
    "pooler_full": "the pooler has no connection left",
    "pooler_wait": "the pooler found no connection to the server in time",
    "pooler_no_server": "the pooler has no connection to the server to give",
    "pooler_unsupported": "the pooler turns down what the client asks for",
    "too_many_connections": "every connection slot is taken",
    "role_missing": "the role [{about} ]does not exist",
    "database_missing": "the database [{about} ]does not exist",
    "value_not_sendable": "the [{about} ]holds a character that cannot be sent",
    "server_error": "the server ended the session[ with SQLSTATE {about}]",
}
_DRIVER = {
    "option_rejected": "SUBJECT does not take the options it is given[ ({about})]",
    "sqlstate": "SUBJECT got SQLSTATE {about} from the server",
    "failed": "SUBJECT failed[ with {about}]",
    "silent": "SUBJECT did not connect in time",
    "api_failed": "SUBJECT failed at Google's APIs[ ({about})]",
    "import_failed": "SUBJECT cannot be loaded[ ({about})]",
    "kept_busy": "the server kept SUBJECT computing until its time was over",
    "out_of_memory": "the server sent SUBJECT more than fits into the memory that it is given",
    "no_result": "SUBJECT could not be run to its end here[ ({about})]",
}
_SHARED: dict[str, tuple[dict[str, str], str]] = {
    "identity.account": (_METADATA, "the metadata server, asked for the service account,"),
    "identity.token": (_METADATA, "the metadata server, asked for a token,"),
    "metadata.server": (_METADATA, "the metadata server"),
    "dns.target": (_DNS, ""),
    "dns.apis": (_DNS, ""),
    "admin.connect_settings": (_API, "the Cloud SQL Admin API"),
    "admin.instance": (_API, "the Cloud SQL Admin API (instances.get)"),
    "admin.certificate": (_API, "the Cloud SQL Admin API, asked for a certificate,"),
    "iam.permissions": (_API, "the Resource Manager API"),
    "tls.handshake": (_SESSION, ""),
    "postgres.startup": (_SESSION, ""),
    "postgres.auth": (_SESSION, ""),
    "postgres.query": (_SESSION, ""),
    "driver.asyncpg": (_DRIVER, "asyncpg"),
    "driver.psycopg": (_DRIVER, "psycopg"),
    "driver.connector": (_DRIVER, "the Python connector"),
}
"""Slugs that several checks share, and what SUBJECT is for each check."""

_SENTENCES: dict[Code, str] = {
    Code.CONFIG_TARGET_NOT_FOUND: "no database settings that are known here were found[; nearest: {about}]",
    Code.CONFIG_TARGET_MISSING: "[{about} ]is not set",
    Code.CONFIG_TARGET_MALFORMED_URL: "[{about}: ]the URL cannot be read",
    Code.CONFIG_TARGET_UNESCAPED_URL: "[{about}: ]the URL holds reserved characters that are not percent-encoded",
    Code.CONFIG_TARGET_BAD_PORT: "[{about}: ]the port is not a number from 1 to 65535",
    Code.CONFIG_TARGET_PORT_OUT_OF_RANGE: "[{about}: ]the port is a number, and none from 1 to 65535",
    Code.CONFIG_TARGET_BAD_VALUE: "[{about}: ]the value is none of those that are known[: {other}]",
    Code.CONFIG_TARGET_HOST_TOO_LONG: "[{about}: ]the host is longer than a host name can be (253 characters)",
    Code.CONFIG_TARGET_INSTANCE_NAME_MALFORMED: "[{about}: ]the instance name is not PROJECT:REGION:INSTANCE",
    Code.CONFIG_TARGET_SOCKET_PATH_TOO_LONG: "[{about}: ]the socket's path is longer than the kernel takes (107 bytes)",
    Code.CONFIG_TARGET_SECRET_UNREADABLE: "[{about}: ]the file with the secret cannot be read",
    Code.CONFIG_TARGET_SERVICE_NOT_DEFINED: "[{about}: ]no service file defines this service, and libpq refuses that: "
    "definition of service not found",
    Code.CONFIG_TARGET_PLACEHOLDER_IN_URL: "[{about}: ]the URL still holds a placeholder",
    Code.CONFIG_HYGIENE_TRAILING_WHITESPACE: "[{about} ]ends with a line break or blank",
    Code.CONFIG_HYGIENE_LEADING_WHITESPACE: "[{about} ]begins with a blank or line break",
    Code.CONFIG_HYGIENE_ONLY_WHITESPACE: "[{about} ]holds nothing but white space",
    Code.CONFIG_HYGIENE_CONTROL_CHARACTER: "[{about} ]holds a control character",
    Code.CONFIG_HYGIENE_QUOTED: "[{about} ]is in quotes, and the quotes are part of the value",
    Code.CONFIG_HYGIENE_PLACEHOLDER: "[{about} ]still holds a placeholder",
    Code.CONFIG_HYGIENE_UNENCODED_URL: "[{about} ]holds reserved characters that a driver may read as separators",
    Code.CONFIG_HYGIENE_LOCAL_FALLBACK: "no host is set[ ({about})], so the driver takes localhost",
    Code.CONFIG_HYGIENE_BARE_INSTANCE_NAME: "[{about} ]is an instance name without /cloudsql/ before it",
    Code.CONFIG_HYGIENE_DOUBLED_SOCKET_NAME: "[{about} ]names the socket file, and the driver adds it again",
    Code.CONFIG_HYGIENE_CONFLICTING_SETTINGS: "[{about} and {other} ]name different targets",
    Code.CONFIG_HYGIENE_SEVERAL_HOSTS: "[{about} ]names several hosts; the first is checked[, {other}]",
    Code.CONFIG_HYGIENE_NO_DATABASE: "no database is set[ in {about}], so the server takes the user's name",
    Code.CONFIG_HYGIENE_NO_USER: "no user is set[ ({about})], so the path is checked as far as the startup message",
    Code.CONFIG_HYGIENE_PORT_IN_HOST: "[{about} ]holds a port behind the host; most drivers take all of it for a name",
    Code.CONFIG_HYGIENE_SCHEME_IN_HOST: "[{about} ]holds a URL where only a host belongs",
    Code.CONFIG_HYGIENE_PLACEHOLDER_HOST: "[{about} ]has the host google, which stands for nothing without the socket"
    " factory and cloudSqlInstance",
    Code.CONFIG_HYGIENE_ENCODED_TWICE: "[{about} ]is percent-encoded twice, so a %2F or the like is left in the value",
    Code.CONFIG_HYGIENE_SOCKET_PORT: "[{about}: ]the port is not 5432, and drivers look for a socket with that number;"
    " Cloud Run's is .s.PGSQL.5432",
    Code.CONFIG_HYGIENE_EMPTY_SOCKET_NAME: "[{about} ]is /cloudsql/ with no instance behind it",
    Code.CONFIG_HYGIENE_SOCKET_NOT_AS_HOST: "[{about} ]holds a socket's path where no driver looks for the host",
    Code.CONFIG_HYGIENE_UNKNOWN_WORD: "[{about}: ]the value is none of those that are known[: {other}]",
    Code.CONFIG_HYGIENE_PASSWORD_ELSEWHERE: "[{about} ]names a secret that the app fetches itself, so the path is"
    " checked as far as the startup message",
    Code.CONFIG_HYGIENE_OTHER_ENGINE: "[{about} ]is about another server than Cloud SQL's PostgreSQL[ ({other})]; the"
    " path is walked as far as it is the same",
    Code.CONFIG_HYGIENE_OTHER_CONTAINER: "nothing is set here; each container has its own environment",
    Code.CONFIG_DIALECT_OPTION_OF_OTHER_DRIVER: "[{about}: ]the option[ {other}] belongs to another driver",
    Code.CONFIG_DIALECT_DRIVER_UNKNOWN: "[{about}: ]the URL names a driver that is not known[, {other}]",
    Code.RUNTIME_FREEZE_FROZEN: "this process stood still without CPU while the path was climbed",
    Code.METADATA_SERVER_NAME_UNRESOLVED: "the metadata server answers by address, but its name does not resolve",
    Code.METADATA_SERVER_NOT_METADATA: "something else answers in place of the metadata server",
    Code.IDENTITY_ACCOUNT_MISSING: "no service account is attached",
    Code.IDENTITY_TOKEN_MISSING: "the metadata server knows no account to give a token for",
    Code.IDENTITY_TOKEN_DENIED: "no token is given: access denied",
    Code.IDENTITY_TOKEN_SCOPE_MISSING: "tokens lack a scope[: {about}]",
    Code.IDENTITY_TOKEN_NO_CREDENTIALS: "there are no credentials[ where {about} says]",
    Code.IDENTITY_TOKEN_INVALID_CREDENTIALS: "the credentials are not accepted[ ({about})]",
    Code.DNS_RESOLVER_NAMESERVER_SILENT: "the name server [{about} ]is silent",
    Code.DNS_RESOLVER_SLOW: "the name server [{about} ]is slow",
    Code.DNS_RESOLVER_DISAGREES: "the name servers disagree[ about {about}]",
    Code.ADMIN_CONNECT_SETTINGS_REGION_MISMATCH: "the name says region {about}, the instance is in {other}",
    Code.ADMIN_CONNECT_SETTINGS_IP_TYPE_ABSENT: "the instance has no {about} address[, only {other}]",
    Code.ADMIN_CONNECT_SETTINGS_NOT_POSTGRES_ENGINE: "the instance is not PostgreSQL[ but {about}]",
    Code.ADMIN_INSTANCE_NOT_RUNNING: "the owner stopped the instance[ {about}] (activation policy NEVER)",
    Code.ADMIN_INSTANCE_SUSPENDED: "Google suspended the instance[ {about}][: {other}]",
    Code.ADMIN_INSTANCE_NOT_READY: "the instance is not ready[: {other}]",
    Code.IAM_PERMISSIONS_NOT_HELD: "the project grants no {about} to this identity (advisory)",
    Code.RUN_REVISION_EGRESS_CONTRADICTED: "the revision's egress is {about}, and what was measured fits only {other}",
    Code.RUN_REVISION_NO_WAY_OUT: "all traffic goes into the VPC, and no public address answers from there",
    Code.RUN_REVISION_NO_VPC: "the revision has no VPC attached[, and {about} is a private address]",
    Code.RUN_REVISION_RANGE_NOT_ROUTED: "only private ranges go into the VPC[, and {about} is in none]",
    Code.RUN_REVISION_NOT_ATTACHED: "the revision does not attach {about}[, but {other}]",
    Code.RUN_REVISION_MOUNTED_ELSEWHERE: "{about} is attached, but not mounted in this container[, only in {other}]",
    Code.RUN_REVISION_OTHER_SERVICE_ACCOUNT: "the container runs as {about}, and the revision names {other}",
    Code.RUN_REVISION_ANNOTATION_IGNORED: "the annotation [{about} ]sets nothing where it stands",
    Code.VPC_CONNECTOR_NOT_READY: "the connector [{about} ]is not ready[: {other}]",
    Code.VPC_CONNECTOR_RANGE_OVERLAP: "an address of the path is in the connector's own range[: {other} in {about}]",
    Code.SOCKET_MOUNT_NOT_MOUNTED: "there is no socket[ at {about}]",
    Code.SOCKET_MOUNT_OTHER_INSTANCE_MOUNTED: "another instance is attached: [{other}, not ]{about}",
    Code.SOCKET_MOUNT_PERMISSION_DENIED: "this user may not open the socket at {about}",
    Code.SOCKET_MOUNT_NOT_A_SOCKET: "{about} is not a socket",
    Code.SOCKET_MOUNT_NOT_A_DIRECTORY: "{about} is not a directory",
    Code.SOCKET_MOUNT_NAME_DOUBLED: "{about} is the socket itself, and the driver adds the file's name to it",
    Code.SOCKET_MOUNT_DIRECTORY_DIALLED: "{about} is a directory, and no socket",
    Code.SOCKET_MOUNT_OTHER_PORT: "there is no {about}, but a socket for another port[: {other}]",
    Code.SOCKET_MOUNT_NO_INSTANCE_NAME: "no instance is named in the path {about}[; attached: {other}]",
    Code.SOCKET_MOUNT_ELSEWHERE: "there is no socket at {about}[, it is in {other}]",
    Code.SOCKET_MOUNT_REFUSED: "the socket is there, but nobody accepts",
    Code.TCP_CONNECT_SILENT: "[{about}: ]no answer, packets vanish",
    Code.TCP_CONNECT_REFUSED: "[{about}: ]connection refused",
    Code.TCP_CONNECT_UNREACHABLE: "[{about}: ]no route",
    Code.TCP_CONNECT_RESET: "[{about}: ]the connection was reset",
    Code.TCP_CONNECT_PERMISSION_DENIED: "[{about}: ]this container may not connect there",
    Code.TCP_CONNECT_SOCKET_MISSING: "[{about}: ]there is no such socket",
    Code.TCP_CONNECT_FIRST_ADDRESS_SILENT: "the first address[, {about},] is silent, a later one answers",
    Code.TCP_CONNECT_FLAPPED: "[{about}: ]a connection worked and the next one did not",
    Code.TLS_HANDSHAKE_SILENT: "connected, then not a byte",
    Code.TLS_HANDSHAKE_FLOOD: "the peer sends more than a TLS handshake holds, and goes on",
    Code.TLS_HANDSHAKE_MALFORMED_ANSWER: "the peer speaks TLS and breaks it[: {about}]",
    Code.TLS_HANDSHAKE_NOT_OFFERED: "the server does not speak TLS, and sslmode demands it",
    Code.TLS_HANDSHAKE_NOT_POSTGRES: "what answers here is not PostgreSQL[ but {about}]",
    Code.TLS_HANDSHAKE_PEER_NOT_TLS: "the peer does not speak TLS",
    Code.TLS_HANDSHAKE_CERTIFICATE_EXPIRED: "the server's certificate has expired",
    Code.TLS_HANDSHAKE_CERTIFICATE_NOT_YET_VALID: "the server's certificate is not yet valid by this clock",
    Code.TLS_HANDSHAKE_UNKNOWN_AUTHORITY: "no trusted authority signed the server's certificate",
    Code.TLS_HANDSHAKE_NAME_MISMATCH: "the server's certificate is for another name[: {about}][, not {other}]",
    Code.TLS_HANDSHAKE_PROTOCOL_VERSION: "client and server have no TLS version in common",
    Code.TLS_HANDSHAKE_ALERT: "the server ended the handshake[ with the alert {about}]",
    Code.TLS_HANDSHAKE_LOCAL_FILES: "certificate or key files of the client cannot be used",
    Code.POSTGRES_STARTUP_SILENT: "connected, then not a byte",
    Code.POSTGRES_STARTUP_IAM_REFUSED: "the server refuses the IAM login[ of {about}]",
    Code.POSTGRES_STARTUP_NOT_POSTGRES: "what answers here is not PostgreSQL[ but {about}]",
    Code.POSTGRES_AUTH_SILENT: "the server did not answer the login",
    Code.POSTGRES_AUTH_NO_PASSWORD: "the server asks for a password, and none is set",
    Code.POSTGRES_AUTH_WRONG_PASSWORD: "the server does not accept the password[ of {about}]",
    Code.POSTGRES_AUTH_IAM_REFUSED: "the server refuses the IAM login[ of {about}]",
    Code.POSTGRES_AUTH_IAM_USER_NOT_TRUNCATED: "the IAM user is written {about}; PostgreSQL knows it as {other}",
    Code.POSTGRES_AUTH_METHOD_UNSUPPORTED: "the server asks for an authentication that is not supported[: {about}]",
    Code.POSTGRES_AUTH_PLAINTEXT_TOKEN_WITHHELD: "the server asks for the token without TLS, so it was not sent",
    Code.POSTGRES_AUTH_SERVER_NOT_VERIFIED: "the server could not prove that it knows the password",
    Code.POSTGRES_AUTH_CONNECT_DENIED: "[{about} ]may not connect to this database",
    Code.POSTGRES_QUERY_SILENT: "the server did not answer the query",
    Code.POSTGRES_CAPACITY_NEARLY_FULL: "hardly a connection slot is left[: {about} of {other} are free]",
    Code.POSTGRES_SESSION_IN_RECOVERY: "the server is a standby: it takes no writes",
    Code.POSTGRES_SESSION_READ_ONLY: "transactions here are read-only unless they ask for more",
    Code.POSTGRES_SESSION_STATEMENT_TIMEOUT: "the server ends every statement[ after {about}] (statement_timeout)",
    Code.POSTGRES_SESSION_IDLE_SESSION_TIMEOUT: (
        "the server ends sessions that are idle[ for {about}] (idle_session_timeout)"
    ),
    Code.POSTGRES_SESSION_IDLE_IN_TRANSACTION_TIMEOUT: (
        "the server ends sessions that are idle in a transaction[ for {about}] (idle_in_transaction_session_timeout)"
    ),
    Code.POSTGRES_SESSION_ROLE_LIMIT: "the role may have[ {about}] connections[, of which it has {other}]",
    Code.POSTGRES_SESSION_DATABASE_LIMIT: "the database may have[ {about}] connections[, of which it has {other}]",
    Code.POSTGRES_SESSION_PASSWORD_EXPIRES: "the password of the role expires soon[, on {about}] (VALID UNTIL)",
    Code.APP_BUDGET_TOO_SHORT: "connecting takes longer than the app allows[, {other}][, longest at {about}]",
    Code.AGENT_CRASHED: "cloudsql-diag itself failed[: {about}]",
    Code.AGENT_RUN_DEADLINE: "the run's time was over before this check",
}
