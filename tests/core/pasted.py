"""Texts as clients print them, made up after their message formats, and the causes that they speak for first.

A row of ``EXAMPLES``: the wording of the pattern that is meant, the text, the first cause. ``KINDS`` are whole texts of
many products, in ``pasted_kinds.txt``, which were written before the words that they need.
"""

import re
from pathlib import Path

from diagnostics.core.codes import Cause

_KIND = re.compile(r"^### (\S+) \|(.*)\n", re.MULTILINE)


def _kinds() -> tuple[tuple[Cause, frozenset[Cause], str], ...]:
    """``### cause | what the text cannot exclude`` and the text, again and again."""
    _, *parts = _KIND.split((Path(__file__).parent / "pasted_kinds.txt").read_text(encoding="utf-8"))
    return tuple(
        (Cause(cause), frozenset(map(Cause, also.split())), text.rstrip("\n"))
        for cause, also, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    )


KINDS = _kinds()

EXAMPLES: tuple[tuple[str, str, Cause], ...] = (
    (
        'database "*\u23ce" does not exist',
        'FATAL:  database "shop\n" does not exist',
        Cause.CONFIG_SECRET_TRAILING_NEWLINE,
    ),
    (
        'database "*\u23ce" does not exist',
        'parse "postgres://app:xxxxx@10.9.8.7/shop\\n": net/url: invalid control character in URL',
        Cause.CONFIG_SECRET_TRAILING_NEWLINE,
    ),
    (
        "environment variable not found",
        "error: Environment variable not found: DATABASE_URL.\n  -->  schema.prisma:8\n   |\nValidation Error Count: 1",
        Cause.CONFIG_MISSING_ENV,
    ),
    (
        "environment variable not found",
        "Caused by: java.lang.IllegalArgumentException: Could not resolve placeholder 'DB_HOST' in value \"x\"",
        Cause.CONFIG_MISSING_ENV,
    ),
    (
        "must be set",
        "1 validation error for Config\nDB_HOST\n  Field required [type=missing, input_value={}, input_type=dict]",
        Cause.CONFIG_MISSING_ENV,
    ),
    ("must be set", "KeyError: 'POSTGRES_PASSWORD'", Cause.CONFIG_MISSING_ENV),
    (
        "invalid url escape",
        'cannot parse `postgres://shop:xxxxxx@db/shop`: failed to parse as URL (parse: invalid URL escape "%ZZ")',
        Cause.CONFIG_URL_UNESCAPED_CHARS,
    ),
    (
        "invalid url escape",
        "ValueError: Port could not be cast to integer value as 'w0rd'",
        Cause.CONFIG_URL_UNESCAPED_CHARS,
    ),
    (
        "could not parse * url from",
        "sqlalchemy.exc.ArgumentError: Could not parse SQLAlchemy URL from given URL string",
        Cause.CONFIG_MALFORMED_URL,
    ),
    (
        "could not parse * url from",
        "code: 'ERR_INVALID_URL',\n  input: \"'postgres://db.example.com/shop'\"",
        Cause.CONFIG_MALFORMED_URL,
    ),
    ("changeme", "connecting to db.example.com as app with password changeme", Cause.CONFIG_PLACEHOLDER_VALUE),
    ("changeme", "config: host=REPLACE_WITH_HOST port=5432", Cause.CONFIG_PLACEHOLDER_VALUE),
    (
        'no module named "psycopg',
        "ModuleNotFoundError: No module named 'asyncpg'",
        Cause.CONFIG_DRIVER_MISSING,
    ),
    (
        'no module named "psycopg',
        "sqlalchemy.exc.NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres.psycopg",
        Cause.CONFIG_DRIVER_MISSING,
    ),
    (
        'no module named "psycopg',
        'panic: sql: unknown driver "pgx" (forgotten import?)',
        Cause.CONFIG_DRIVER_MISSING,
    ),
    (
        "connect() got an unexpected keyword argument",
        "TypeError: connect() got an unexpected keyword argument 'sslrootcert'",
        Cause.CONFIG_DRIVER_OPTION_MISMATCH,
    ),
    (
        "connect() got an unexpected keyword argument",
        'pq: unrecognized configuration parameter "connection_limit"',
        Cause.CONFIG_DRIVER_OPTION_MISMATCH,
    ),
    (
        "connect() got an unexpected keyword argument",
        "ERROR:  42704: whatever the language says here",
        Cause.CONFIG_DRIVER_OPTION_MISMATCH,
    ),
    (
        "invalid cloud sql instance name*",
        "ValueError: Arg `instance_connection_string` must have format: PROJECT:REGION:INSTANCE, got shop-db.",
        Cause.CONFIG_INSTANCE_NAME_MALFORMED,
    ),
    (
        "invalid cloud sql instance name*",
        "Error: Malformed instance connection name provided: expected format of PROJECT:REGION:INSTANCE",
        Cause.CONFIG_INSTANCE_NAME_MALFORMED,
    ),
    (
        "instancedoesnotexist",
        "HttpError 404 when requesting x returned: The Cloud SQL instance does not exist. (instanceDoesNotExist)",
        Cause.CONFIG_INSTANCE_NAME_WRONG,
    ),
    (
        "instancedoesnotexist",
        "config error: provided region was mismatched - got europe-west1, want europe-west4",
        Cause.CONFIG_INSTANCE_NAME_WRONG,
    ),
    (
        "protocol_error",
        "Error: unknown flag: --instances\nUsage:\n  cloud-sql-proxy INSTANCE_CONNECTION_NAME... [flags]",
        Cause.CONFIG_PROXY_VERSION,
    ),
    (
        "received invalid response to ssl negotiation",
        (
            'psql: error: connection to server at "web.example.com", port 80 failed: received invalid response to SSL '
            "negotiation: H"
        ),
        Cause.CONFIG_NOT_POSTGRES,
    ),
    (
        "could not automatically determine credentials",
        (
            "google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found. To set up "
            "Application Default Credentials, see the documentation."
        ),
        Cause.ADC_MISSING,
    ),
    (
        "could not automatically determine credentials",
        "Error: Could not load the default credentials. Browse to the documentation for more information.",
        Cause.ADC_MISSING,
    ),
    (
        "metadata server unavailable",
        (
            "google.auth.exceptions.TransportError: Failed to retrieve the token from the Google Compute Engine "
            "metadata service. Compute Engine Metadata server unavailable"
        ),
        Cause.ADC_METADATA_UNREACHABLE,
    ),
    (
        "gce metadata * not defined",
        'metadata: GCE metadata "instance/service-accounts/default/token?scopes=x" not defined',
        Cause.ADC_WRONG_SERVICE_ACCOUNT,
    ),
    (
        "must be a short-lived token",
        "invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
        Cause.RUNTIME_CLOCK_SKEW,
    ),
    (
        "invalid jwt signature",
        "google.auth.exceptions.RefreshError: ('invalid_grant: Invalid JWT Signature.', {'error': 'invalid_grant'})",
        Cause.ADC_INVALID_KEY,
    ),
    (
        "reauthentication",
        'oauth2: "invalid_grant" "reauth related error (invalid_rapt)"',
        Cause.ADC_TOKEN_EXPIRED,
    ),
    (
        "access_token_scope_insufficient",
        (
            'googleapi: Error 403: Request had insufficient authentication scopes. "reason": '
            '"ACCESS_TOKEN_SCOPE_INSUFFICIENT"'
        ),
        Cause.ADC_SCOPES_INSUFFICIENT,
    ),
    (
        "iam.serviceaccounts.getaccesstoken",
        "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
        Cause.ADC_IMPERSONATION_DENIED,
    ),
    (
        "accessnotconfigured",
        (
            "googleapi: Error 403: Cloud SQL Admin API has not been used in project 4711 before or it is disabled., "
            "accessNotConfigured"
        ),
        Cause.API_SQLADMIN_DISABLED,
    ),
    (
        "ratelimitexceeded",
        "googleapi: Error 429: Quota exceeded for quota metric 'Connect Queries' and limit 'per minute per user'",
        Cause.API_QUOTA_EXCEEDED,
    ),
    (
        "backenderror",
        "createEphemeral: googleapi: Error 502: try again in 30 seconds, backendError",
        Cause.API_SERVER_ERROR,
    ),
    (
        "prohibited by organization's policy",
        "HttpError 403: Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: x",
        Cause.API_ORGANIZATION_POLICY,
    ),
    (
        'invalid character "<" looking for beginning of value',
        "failed to get instance: invalid character '<' looking for beginning of value",
        Cause.API_UNEXPECTED_ANSWER,
    ),
    (
        "error writing request body",
        "Caused by: java.io.IOException: Error writing request body to server (refresh of shop)",
        Cause.RUNTIME_CPU_THROTTLED,
    ),
    (
        "serviceusage.services.use",
        (
            "Caller does not have required permission to use project shop. Grant the caller the "
            "roles/serviceusage.serviceUsageConsumer role (USER_PROJECT_DENIED)"
        ),
        Cause.IAM_MISSING_SERVICE_USAGE,
    ),
    (
        "secretmanager.versions.access",
        "ERROR: (gcloud.run.deploy) spec.template: Permission denied on secret: projects/1/secrets/db/versions/latest",
        Cause.IAM_MISSING_SECRET_ACCESS,
    ),
    (
        "notauthorized",
        "refresh error: googleapi: Error 403: The client is not authorized to make this request for x, notAuthorized",
        Cause.IAM_MISSING_CLOUDSQL_CLIENT,
    ),
    (
        "notauthorized",
        (
            "boss::NOT_AUTHORIZED: Not authorized to access resource. Possibly missing permission "
            "cloudsql.instances.get on resource instances/shop."
        ),
        Cause.IAM_MISSING_CLOUDSQL_CLIENT,
    ),
    (
        "cloud sql iam * authentication failed",
        'FATAL: Cloud SQL IAM user authentication failed for user "jane@example.com"',
        Cause.IAM_MISSING_INSTANCES_LOGIN,
    ),
    (
        "cloud sql iam * authentication failed",
        'FATAL: Cloud SQL IAM service account authentication failed for user "api@shop.iam.gserviceaccount.com"',
        Cause.IAM_DB_USERNAME_WRONG,
    ),
    (
        "iam authentication failed",
        "login refused: IAM authentication failed for the principal",
        Cause.IAM_DB_USER_MISSING,
    ),
    (
        "cloudsql.iam_authentication",
        "Automatic IAM database authentication is not supported for this engine",
        Cause.IAM_DB_AUTH_NOT_ENABLED,
    ),
    (
        "does not have ip of type",
        'Config error: instance does not have IP of type "PRIVATE" (connection name = "shop:europe-west1:db")',
        Cause.INSTANCE_NO_MATCHING_IP_TYPE,
    ),
    (
        "does not have ip of type",
        "Cloud SQL instance does not have any IP addresses matching preference: PSC",
        Cause.INSTANCE_NO_MATCHING_IP_TYPE,
    ),
    (
        "instance is not running",
        "googleapi: Error 400: Invalid request: Invalid request since instance is not running., invalid",
        Cause.INSTANCE_NOT_RUNNING,
    ),
    (
        "doesn't contain any ip sans",
        (
            "tls: failed to verify certificate: x509: cannot validate certificate for 34.77.1.2 because it doesn't "
            "contain any IP SANs"
        ),
        Cause.TLS_HOSTNAME_MISMATCH,
    ),
    (
        "doesn't contain any ip sans",
        (
            'Get "https://sqladmin.googleapis.com/v1": x509: certificate is valid for proxy.example.com, not '
            "sqladmin.googleapis.com"
        ),
        Cause.TLS_MITM_PROXY,
    ),
    ("certificate has expired", "Error: certificate has expired\n    code: 'CERT_HAS_EXPIRED'", Cause.TLS_CERT_EXPIRED),
    (
        "alert unknown ca",
        "connection failed: SSL error: tlsv1 alert unknown ca",
        Cause.TLS_CLIENT_CERT_REFUSED,
    ),
    (
        "alert unknown ca",
        "javax.net.ssl.SSLHandshakeException: Received fatal alert: bad_certificate",
        Cause.TLS_CLIENT_CERT_REFUSED,
    ),
    (
        "requires a valid client certificate",
        "FATAL:  connection requires a valid client certificate",
        Cause.TLS_CLIENT_CERT_REQUIRED,
    ),
    (
        "private key file * has group or world access",
        'private key file "/secrets/client.key" has group or world access; file must have permissions u=rw (0600)',
        Cause.TLS_LOCAL_CERT_FILES,
    ),
    (
        "self_signed_cert_in_chain",
        "Error: self-signed certificate in certificate chain",
        Cause.TLS_VERIFY_FAILED,
    ),
    (
        "self_signed_cert_in_chain",
        "HTTPSConnectionPool(host='oauth2.googleapis.com', port=443): SSLError: CERTIFICATE_VERIFY_FAILED",
        Cause.TLS_MITM_PROXY,
    ),
    (
        "no pg_hba.conf entry * ssl off",
        'FATAL: no pg_hba.conf entry for host "10.1.2.3", user "app", database "shop", no encryption',
        Cause.TLS_SSL_REQUIRED,
    ),
    (
        "server does not support ssl",
        'ConnectionError: PostgreSQL server at "127.0.0.1:5432" rejected SSL upgrade',
        Cause.TLS_NOT_SUPPORTED_BY_SERVER,
    ),
    (
        "server does not support ssl",
        "pq: SSL is not enabled on the server",
        Cause.TLS_NOT_SUPPORTED_BY_SERVER,
    ),
    (
        "tls handshake: eof",
        "Error: Client network socket disconnected before secure TLS connection was established",
        Cause.TLS_PROTOCOL_MISMATCH,
    ),
    (
        "tunnel connection failed",
        "OSError: Tunnel connection failed: 407 Proxy Authentication Required",
        Cause.TLS_MITM_PROXY,
    ),
    (
        "wrong version number",
        "ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1002)",
        Cause.TLS_PROTOCOL_MISMATCH,
    ),
    (
        "scram authentication requires libpq version",
        (
            "org.postgresql.util.PSQLException: The authentication type 10 is not supported. Check that you have "
            "configured the pg_hba.conf file"
        ),
        Cause.PG_AUTH_METHOD_UNSUPPORTED,
    ),
    (
        "client password must be a string",
        "connection failed: fe_sendauth: no password supplied",
        Cause.PG_NO_PASSWORD,
    ),
    (
        "client password must be a string",
        'empty password returned by client for "api@shop.iam"',
        Cause.IAM_DB_AUTH_NOT_ENABLED,
    ),
    (
        "password authentication failed",
        'FATAL:  password authentication failed for user "app"',
        Cause.PG_AUTH_PASSWORD,
    ),
    (
        "password authentication failed",
        "error: la autentificación password falló para el usuario\n  severity: 'FATAL',\n  code: '28P01',",
        Cause.PG_AUTH_PASSWORD,
    ),
    (
        "password authentication failed",
        'FATAL: password authentication failed for user "api@shop.iam.gserviceaccount.com"',
        Cause.IAM_DB_USERNAME_WRONG,
    ),
    (
        "password authentication failed",
        'FATAL: password authentication failed for user "api@shop.iam"',
        Cause.IAM_DB_USER_MISSING,
    ),
    (
        "password authentication failed",
        'FATAL: password authentication failed for user "api@shop.iam."',
        Cause.IAM_DB_USERNAME_WRONG,
    ),
    (
        "no pg_hba.conf entry",
        'FATAL: no pg_hba.conf entry for host "10.1.2.3", user "app", database "shop", SSL on',
        Cause.PG_NO_HBA_ENTRY,
    ),
    ('role "* does not exist', 'psql: error: FATAL:  role "root" does not exist', Cause.PG_ROLE_MISSING),
    ('role "* does not exist', 'FATAL: role "api@shop.iam" does not exist', Cause.IAM_DB_USER_MISSING),
    ('database "* does not exist', 'FATAL:  database "shop" does not exist', Cause.PG_DATABASE_MISSING),
    (
        'database "* does not exist',
        "asyncpg.exceptions.InvalidCatalogNameError",
        Cause.PG_DATABASE_MISSING,
    ),
    (
        "permission denied for",
        "psycopg.errors.InsufficientPrivilege: permission denied for table orders",
        Cause.PG_PERMISSION_DENIED,
    ),
    (
        "too many clients already",
        "FATAL: remaining connection slots are reserved for roles with the SUPERUSER attribute (SQLSTATE 53300)",
        Cause.PG_TOO_MANY_CONNECTIONS,
    ),
    (
        "no space left on device",
        'ERROR: could not extend file "base/1/2": No space left on device',
        Cause.INSTANCE_STORAGE_FULL,
    ),
    (
        "server process * was terminated by signal",
        "LOG:  server process (PID 77) was terminated by signal 9: Killed",
        Cause.INSTANCE_OUT_OF_MEMORY,
    ),
    (
        "due to administrator command",
        "FATAL: terminating connection due to administrator command (SQLSTATE 57P01)",
        Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,
    ),
    ("the database system is starting up", "FATAL:  the database system is starting up", Cause.PG_NOT_READY),
    (
        "in a read-only transaction",
        "ERROR: cannot execute UPDATE in a read-only transaction (SQLSTATE 25006)",
        Cause.PG_READ_ONLY,
    ),
    (
        'prepared statement "* does not exist',
        'asyncpg.exceptions.DuplicatePreparedStatementError: prepared statement "__asyncpg_stmt_1__" already exists',
        Cause.PG_POOLER_INCOMPATIBLE,
    ),
    ("protocol violation", "server error: FATAL: bouncer says no (SQLSTATE 08P01)", Cause.PG_POOLER_INCOMPATIBLE),
    (
        "protocol violation",
        'login of "api@shop.iam" refused (SQLSTATE 08P01)',
        Cause.IAM_DB_TOKEN_INVALID,
    ),
    (
        "canceling statement due to",
        "ERROR: canceling statement due to statement timeout (SQLSTATE 57014)",
        Cause.PG_SERVER_TIMEOUT,
    ),
    (
        "server closed the connection unexpectedly",
        (
            "psycopg2.OperationalError: server closed the connection unexpectedly\n"
            "\tThis probably means the server terminated abnormally\n\tbefore or while processing the request."
        ),
        Cause.PG_SERVER_CLOSED,
    ),
    (
        "server closed the connection unexpectedly",
        (
            'connection to server on socket "/cloudsql/a:b:c/.s.PGSQL.5432" failed: server closed the connection '
            "unexpectedly"
        ),
        Cause.PG_SERVER_CLOSED,
    ),
    ("eai_again", "getaddrinfo EAI_AGAIN db.example.com", Cause.DNS_RESOLVER_FAILURE),
    (
        "eai_again",
        'could not translate host name "db.example.com" to address: Temporary failure in name resolution',
        Cause.DNS_RESOLVER_FAILURE,
    ),
    (
        "eai_again",
        "Error -3 connecting to 10.20.30.40:5432. Try again.\nEAI_AGAIN",
        Cause.CONFIG_SECRET_TRAILING_NEWLINE,
    ),
    (
        "eai_again",
        "lookup metadata.google.internal on 127.0.0.11:53: server misbehaving",
        Cause.ADC_METADATA_UNREACHABLE,
    ),
    ("enotfound", "dial tcp: lookup db.example.org on 169.254.169.254:53: no such host", Cause.DNS_NXDOMAIN),
    ("enotfound", "java.net.UnknownHostException: shopdb", Cause.DNS_NXDOMAIN),
    (
        "enotfound",
        'could not translate host name "shop:europe-west1:db" to address: Name or service not known',
        Cause.SOCKET_WRONG_PATH,
    ),
    (
        "enotfound",
        'could not translate host name "/cloudsql/shop:europe-west1:db" to address: Name or service not known',
        Cause.SOCKET_DRIVER_UNSUPPORTED,
    ),
    (
        "enotfound",
        "lookup 0123abc.europe-west1.sql.goog: no such host",
        Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE,
    ),
    ("enotfound", "getaddrinfo ENOTFOUND sqladmin.googleapis.com", Cause.DNS_RESOLVER_FAILURE),
    ("econnrefused", "connect ECONNREFUSED ::1:5432, 127.0.0.1:5432 (AggregateError)", Cause.CONFIG_WRONG_HOST_PORT),
    ("econnrefused", "ConnectionRefusedError: [Errno 111] Connect call failed ('10.3.2.1', 5432)", Cause.TCP_REFUSED),
    (
        "econnrefused",
        'Get "http://169.254.169.254/computeMetadata/v1/": dial tcp 169.254.169.254:80: connect: connection refused',
        Cause.ADC_METADATA_UNREACHABLE,
    ),
    (
        "econnrefused",
        "dial unix /cloudsql/a:b:c/.s.PGSQL.5432: connect: connection refused",
        Cause.SOCKET_REFUSED,
    ),
    (
        "econnrefused",
        'connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: Connection refused',
        Cause.CONFIG_WRONG_HOST_PORT,
    ),
    (
        "econnrefused",
        "dial tcp 34.77.1.2:3307: connect: connection refused",
        Cause.TCP_REFUSED,
    ),
    ("enetunreach", "connect ENETUNREACH 2001:db8::1:5432 - Local (:::0)", Cause.TCP_UNREACHABLE),
    (
        "permission denied",
        "dial unix /cloudsql/a:b:c/.s.PGSQL.5432: connect: permission denied",
        Cause.SOCKET_PERMISSION_DENIED,
    ),
    (
        "socket path * too long",
        (
            'Unix-domain socket path "/cloudsql/a-long-project:europe-west1:a-long-name/.s.PGSQL.5432" is too long '
            "(maximum 107 bytes)"
        ),
        Cause.SOCKET_PATH_TOO_LONG,
    ),
    (
        ".s.pgsql.5432/.s.pgsql.5432",
        'connection to server on socket "/cloudsql/a:b:c/.s.PGSQL.5432/.s.PGSQL.5432" failed: Not a directory',
        Cause.SOCKET_WRONG_PATH,
    ),
    ("enoent", "connect ENOENT /cloudsql/shop:europe-west1:db/.s.PGSQL.5432", Cause.SOCKET_NOT_MOUNTED),
    (
        "enoent",
        (
            'Cloud SQL instance "shop:europe-west1:db" is not reachable. Deploy a new revision adding the Cloud SQL '
            "connection."
        ),
        Cause.SOCKET_NOT_MOUNTED,
    ),
    (
        "enoent",
        'connection to server on socket "/tmp/.s.PGSQL.5432" failed: No such file or directory',
        Cause.CONFIG_WRONG_HOST_PORT,
    ),
    (
        "enoent",
        'connection to server on socket "/cloudsql/a:b:c/.s.PGSQL.6432" failed: No such file or directory',
        Cause.SOCKET_WRONG_PATH,
    ),
    (
        "unix-domain sockets are not supported",
        "could not connect to server: Unix-domain sockets are not supported on this platform",
        Cause.SOCKET_DRIVER_UNSUPPORTED,
    ),
    (
        "insufficient free ip addresses",
        (
            "ERROR: (gcloud.run.services.update) VPC connector projects/shop/locations/x/connectors/y does not exist, "
            "or Cloud Run does not have permission to use it."
        ),
        Cause.VPC_CONNECTOR_UNHEALTHY,
    ),
    (
        "free blocks in allocated ip ranges",
        "Error waiting for Create Instance: cannot find free blocks in allocated IP ranges of servicenetworking",
        Cause.VPC_PSA_MISCONFIGURED,
    ),
    ("pscconnectionstatus", "pscConnectionStatus: PENDING", Cause.VPC_PSC_NOT_ACCEPTED),
    (
        "econnreset",
        "Error: read ECONNRESET\n    at TCP.onStreamRead (node:internal/stream_base_commons:217:20)",
        Cause.TCP_RESET,
    ),
    ("econnreset", 'Post "https://sqladmin.googleapis.com/": read: connection reset by peer', Cause.API_UNREACHABLE),
    ("etimedout", "app.db.connect: TimeoutError() raised by asyncio.wait_for", Cause.TCP_TIMEOUT),
    ("etimedout", "connect ETIMEDOUT 10.11.12.13:5432", Cause.VPC_NO_EGRESS),
    (
        "etimedout",
        "dial error: failed to dial: dial tcp 34.77.1.2:3307: i/o timeout",
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
    ),
    (
        "etimedout",
        'connection to server at "34.77.1.2", port 5432 failed: timeout expired',
        Cause.NET_AUTHORIZED_NETWORKS,
    ),
    ("etimedout", "dial tcp 199.36.153.10:443: i/o timeout", Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF),
    (
        "etimedout",
        'Get "https://sqladmin.googleapis.com/sql/v1beta4/": context deadline exceeded',
        Cause.API_UNREACHABLE,
    ),
    ("bad record mac", "worker 3: SSL error: decryption failed or bad record mac", Cause.POOL_FORK_SHARED),
    (
        "ssl syscall error: eof detected",
        "django.db.utils.InterfaceError: connection already closed",
        Cause.POOL_STALE_CONNECTION,
    ),
    (
        "queuepool limit",
        "HikariPool-1 - Connection is not available, request timed out after 30001ms.",
        Cause.POOL_EXHAUSTED,
    ),
    (
        "queuepool limit",
        "KnexTimeoutError: Knex: Timeout acquiring a connection. The pool is probably full.",
        Cause.POOL_EXHAUSTED,
    ),
    (
        "timeout exceeded when trying to connect",
        "Error: timeout exceeded when trying to connect\n    at /app/node_modules/pg-pool/index.js:45:11",
        Cause.APP_TIMEOUT_TOO_SHORT,
    ),
    (
        "exceeded maximum of 100 connections per instance",
        "The request was aborted because there was no available instance.",
        Cause.QUOTA_CLOUDRUN_LIMIT,
    ),
    ("memory limit of * exceeded", "Memory limit of 512 MiB exceeded with 530 MiB used.", Cause.RUNTIME_OOM),
    (
        "timeout context manager should be used inside a task",
        "RuntimeError: got Future attached to a different loop",
        Cause.RUNTIME_EVENT_LOOP_MISUSE,
    ),
    (
        "executing <* seconds",
        "WARNING:asyncio:Executing <Task finished name='Task-1'> took 4.210 seconds",
        Cause.RUNTIME_EVENT_LOOP_BLOCKED,
    ),
    (
        "worker timeout",
        "[2031-01-01 00:00:00 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:9)",
        Cause.RUNTIME_WORKER_TIMEOUT,
    ),
    (
        "listen on the port",
        (
            "The user-provided container failed to start and listen on the port defined provided by the PORT=8080 "
            "environment variable within the allocated timeout."
        ),
        Cause.RUNTIME_PORT_NOT_LISTENING,
    ),
    (
        "worker failed to boot",
        "[ERROR] Worker (pid:21) exited with code 3\n[ERROR] Reason: Worker failed to boot.",
        Cause.RUNTIME_STARTUP_CRASH,
    ),
    (
        "can't reach database server",
        "Error: P1001: Can't reach database server at `db.example.com`:`5432`",
        Cause.TCP_TIMEOUT,
    ),
    ("can't reach database server", "Can't reach database server at `localhost`:`5432`", Cause.CONFIG_WRONG_HOST_PORT),
    (
        "failed to create ephemeral certificate",
        "java.lang.RuntimeException: [a:b:c] Failed to update metadata for Cloud SQL instance.",
        Cause.API_UNREACHABLE,
    ),
    (
        "invalidstate",
        "HTTPError 409: The instance or operation is not in an appropriate state to handle the request., invalidState",
        Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,
    ),
    (
        "500",
        '<HttpError 503 when requesting https://sqladmin.googleapis.com/v1/x returned "try again">',
        Cause.API_SERVER_ERROR,
    ),
    (
        'certificate had cn "", expected "',
        'certificate had CN "", expected "acme-prod:orders"',
        Cause.CONFIG_PROXY_VERSION,
    ),
    (
        "lost connection to * reading initial communication packet",
        "(2013, \"Lost connection to MySQL server at 'reading initial communication packet', system error: 0\")",
        Cause.PG_SERVER_CLOSED,
    ),
    (
        "java.lang.thread.state",
        '"worker-1" java.lang.Thread.State: RUNNABLE\n\tat java.net.SocketInputStream.socketRead0(Native Method)',
        Cause.POOL_STALE_CONNECTION,
    ),
    (
        "greenlet_spawn has not been called",
        "sqlalchemy.exc.MissingGreenlet: greenlet_spawn has not been called; can't call await_only() here",
        Cause.CONFIG_DRIVER_MISSING,
    ),
    (
        "not found",
        "Error: the crate for the postgres driver was not found in this build",
        Cause.CONFIG_DRIVER_MISSING,
    ),
    (
        "invalid",
        "the connection string is not valid: it begins with a blank",
        Cause.CONFIG_MALFORMED_URL,
    ),
    (
        "forbidden",
        "the account lacks permission to read the secret db-pass",
        Cause.IAM_MISSING_SECRET_ACCESS,
    ),
    (
        "eof",
        "the idle session was closed",
        Cause.POOL_STALE_CONNECTION,
    ),
    (
        "not valid for",
        "peer certificate is for another name: notValidForName",
        Cause.TLS_HOSTNAME_MISMATCH,
    ),
    (
        "expired",
        "the access token that was cached has expired",
        Cause.ADC_TOKEN_EXPIRED,
    ),
    (
        "quota",
        "all of the 20 connections of the pool are in use",
        Cause.POOL_EXHAUSTED,
    ),
    (
        "not running",
        "the operation waits: another one on this resource is in progress",
        Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,
    ),
    (
        "failed",
        "the health check of the app failed",
        Cause.RUNTIME_PORT_NOT_LISTENING,
    ),
    (
        "refresh operation scheduled",
        "[acme:europe-west1:orders] Connection info refresh operation scheduled at 12:00",
        Cause.RUNTIME_CPU_THROTTLED,
    ),
    (
        "is not permitted to log in",
        'FATAL:  role "reports" is not permitted to log in',
        Cause.PG_ROLE_CANNOT_LOGIN,
    ),
    (
        "has an expired password",
        'FATAL: password authentication failed for user "app" DETAIL: User "app" has an expired password.',
        Cause.PG_PASSWORD_EXPIRED,
    ),
    (
        "peer authentication failed",
        'FATAL:  Peer authentication failed for user "postgres"',
        Cause.PG_IDENTITY_MISMATCH,
    ),
    (
        "pg_hba.conf rejects",
        'FATAL:  pg_hba.conf rejects connection for host "10.8.0.9", user "app", database "shop", SSL encryption',
        Cause.PG_HBA_REJECT,
    ),
    (
        "is not currently accepting connections",
        'FATAL:  database "template0" is not currently accepting connections',
        Cause.PG_DATABASE_NOT_ACCEPTING,
    ),
    (
        "too many connections for role",
        'FATAL:  too many connections for role "app"',
        Cause.PG_ROLE_CONNECTION_LIMIT,
    ),
    (
        "too many connections for database",
        'FATAL:  too many connections for database "shop"',
        Cause.PG_DATABASE_CONNECTION_LIMIT,
    ),
    (
        "hot standby mode is disabled",
        "FATAL: the database system is not accepting connections\nDETAIL: Hot standby mode is disabled.",
        Cause.PG_STANDBY_CLOSED,
    ),
    (
        "no such database",
        "pgbouncer: closing because: no such database: shop (age=0s)",
        Cause.PG_POOLER_DATABASE_UNKNOWN,
    ),
    (
        "no such database",
        "FATAL: no such database: shop",
        Cause.PG_DATABASE_MISSING,
    ),
    (
        "no such user",
        "FATAL:  Tenant or user not found",
        Cause.PG_POOLER_USER_UNKNOWN,
    ),
    (
        "server login has been failing",
        "FATAL: server login has been failing, cached error: connect failed (server_login_retry)",
        Cause.PG_POOLER_NO_SERVER,
    ),
    (
        "googleapi: error 403",
        "googleapi: Error 403: Permission denied on resource project shop., forbidden",
        Cause.IAM_MISSING_CLOUDSQL_CLIENT,
    ),
    (
        "asyncpg.exceptions.*interfaceerror",
        "asyncpg.exceptions._base.InterfaceError: cannot perform operation",
        Cause.RUNTIME_EVENT_LOOP_MISUSE,
    ),
    (
        "exit code 137",
        "the task ended with exit code 137",
        Cause.RUNTIME_OOM,
    ),
    (
        "invalid interpolation syntax",
        "ValueError: invalid interpolation syntax in 'postgresql://app:***@db/shop' at position 19",
        Cause.CONFIG_MALFORMED_URL,
    ),
    (
        "unknownhostexception: google",
        "The connection attempt failed.\nCaused by: java.net.UnknownHostException: google",
        Cause.CONFIG_DRIVER_OPTION_MISMATCH,
    ),
    (
        "invalid url escape",
        "ValueError: 'ss' does not appear to be an IPv4 or IPv6 address",
        Cause.CONFIG_URL_UNESCAPED_CHARS,
    ),
)
