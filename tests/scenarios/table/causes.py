"""Causes of the taxonomy that neither the stories nor the decision table brought up, and further ways of some."""

from diagnostics.core.codes import Cause, Layer
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.findings import Code
from tests.scenarios.scenario import CREDENTIALS, NETWORK, PERMISSIONS, Expect, On, Scenario, layers, named, rows

PROVEN, LIKELY, POSSIBLE = Confidence.PROVEN, Confidence.LIKELY, Confidence.POSSIBLE
INSTANCE = layers(Layer.INSTANCE)
_URL = "{POSTGRES_USER}:{QUOTED_PASSWORD}@{POSTGRES_HOST}/{POSTGRES_DB}"
LONG = (
    "/cloudsql/a-project-with-quite-a-long-name:northamerica-northeast1:and-an-instance-whose-name-does-not-end-here-1"
)

SETTINGS = (
    *rows(
        "T-config.malformed_url",
        "the URL lacks the colon behind its scheme",
        On.DIRECT,
        named(Cause.CONFIG_MALFORMED_URL, 10, spared=NETWORK | CREDENTIALS | INSTANCE),
        settings={"DATABASE_URL": f"postgresql//{_URL}"},
    ),
    *rows(
        "T-quoted-url",
        "the URL stands in quotes, which many loaders of such files take off: remarked upon, and read",
        On.DIRECT,
        Expect(found=(Code.CONFIG_HYGIENE_QUOTED,)),
        settings={"DATABASE_URL": f'"postgresql://{_URL}"'},
    ),
    *rows(
        "T-config.instance_name_malformed",
        "the instance connection name lacks its region",
        On.CONNECTOR,
        named(Cause.CONFIG_INSTANCE_NAME_MALFORMED, 10, LIKELY, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        settings={"INSTANCE_CONNECTION_NAME": "acme-prod:orders"},
    ),
    *rows(
        "T-config.wrong_host_port",
        "the address is none of the instance's",
        On.DIRECT,
        named(Cause.CONFIG_WRONG_HOST_PORT, 10, spared=CREDENTIALS | PERMISSIONS | layers(Layer.VPC)),
        faults="stale-address",
    ),
    *rows(
        "T-config.wrong_host_port-3307",
        "the app speaks plain PostgreSQL to the port of connectors",
        On.DIRECT,
        named(Cause.CONFIG_WRONG_HOST_PORT, 10, spared=NETWORK | CREDENTIALS | INSTANCE),
        faults="connector-port",
    ),
    *rows(
        "T-config.driver_missing",
        "the URL names a driver that nobody knows; the path works",
        On.DIRECT,
        Expect(warned=(Cause.CONFIG_DRIVER_MISSING,)),
        settings={"DATABASE_URL": f"postgresql+asyncpgg://{_URL}"},
    ),
    *rows(
        "T-config.conflicting_settings",
        "DATABASE_URL and POSTGRES_HOST disagree; what the URL says works",
        On.DIRECT,
        Expect(warned=(Cause.CONFIG_CONFLICTING_SETTINGS,)),
        settings={"DATABASE_URL": f"postgresql://{_URL}", "POSTGRES_HOST": "10.99.0.7"},
    ),
    *rows(
        "T-socket.path_too_long",
        "the socket's path is longer than the kernel takes",
        On.SOCKET,
        named(Cause.SOCKET_PATH_TOO_LONG, 16, PROVEN, spared=NETWORK | CREDENTIALS),
        settings={"POSTGRES_HOST": LONG, "INSTANCE_CONNECTION_NAME": LONG.removeprefix("/cloudsql/")},
    ),
    *rows(
        "T-socket.wrong_path",
        "the host is the socket's file instead of its directory",
        On.SOCKET,
        named(Cause.SOCKET_WRONG_PATH, 16, spared=NETWORK | CREDENTIALS),
        faults="socket-file-in-host",
    ),
)

CREDENTIALS_OF_THE_MACHINE = (
    *rows(
        "T-adc.missing",
        "a machine of one's own without credentials, and a connector",
        On.CONNECTOR,
        named(Cause.ADC_MISSING, 11, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        faults="metadata-down",
        settings=dict.fromkeys(("K_SERVICE", "K_REVISION", "K_CONFIGURATION")),
    ),
    *rows(
        "T-adc.invalid_key",
        "the credentials' file is not one",
        On.CONNECTOR,
        named(Cause.ADC_INVALID_KEY, 11, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        settings={"GOOGLE_APPLICATION_CREDENTIALS": "/etc/hostname"},
    ),
    *rows(
        "T-adc.scopes_insufficient",
        "tokens carry none of the scopes",
        "connector direct/iam connector/iam",
        named(Cause.ADC_SCOPES_INSUFFICIENT, 11, spared=NETWORK | PERMISSIONS | {Cause.PG_AUTH_PASSWORD}),
        faults="wrong-scope",
    ),
    *rows(
        "T-adc.token_expired",
        "the Admin API takes the token for expired",
        On.CONNECTOR,
        named(Cause.ADC_TOKEN_EXPIRED, 11, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        faults="api-401",
    ),
)

API = (
    *rows(
        "T-api.server_error",
        "the Admin API answers 503",
        On.GOOGLE,
        named(Cause.API_SERVER_ERROR, 12, PROVEN, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        faults="api-503",
    ),
    *rows(
        "T-api.unexpected_answer",
        "a web page answers in place of the Admin API",
        On.CONNECTOR,
        named(Cause.API_UNEXPECTED_ANSWER, 12, PROVEN, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        faults="api-html",
    ),
    *rows(
        "T-api.organization_policy",
        "a service perimeter keeps the project's API to itself",
        On.CONNECTOR,
        named(Cause.API_ORGANIZATION_POLICY, 12, PROVEN, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        faults="api-organization-policy",
    ),
    *rows(
        "T-iam.missing_service_usage",
        "the account may not use the quota project",
        On.CONNECTOR,
        named(
            Cause.IAM_MISSING_SERVICE_USAGE,
            12,
            PROVEN,
            spared=NETWORK | CREDENTIALS | {Cause.IAM_MISSING_CLOUDSQL_CLIENT},
        ),
        faults="api-quota-project",
    ),
    *rows(
        "T-tls.mitm_proxy",
        "the container does not trust who signed the certificate of Google's APIs",
        On.CONNECTOR,
        named(Cause.TLS_MITM_PROXY, 17, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        settings={"SSL_CERT_FILE": None},
    ),
    *rows(
        "T-instance.no_matching_ip_type",
        "the connector asks for a public address, and there is none",
        On.CONNECTOR,
        named(Cause.INSTANCE_NO_MATCHING_IP_TYPE, 15, PROVEN, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        faults="ip-type-absent",
    ),
    *rows(
        "T-instance.no_matching_ip_type-psc",
        "the connector asks for a private address of an instance behind Private Service Connect",
        On.CONNECTOR,
        named(Cause.INSTANCE_NO_MATCHING_IP_TYPE, 15, PROVEN, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        world="instance_ip=psc",
        settings={"IP_TYPE": "private"},
    ),
)

LOGIN = (
    *rows(
        "T-iam.missing_instances_login",
        "the service account may not log in",
        On.TOKENS,
        named(
            Cause.IAM_MISSING_INSTANCES_LOGIN,
            12,
            spared=NETWORK | INSTANCE | {Cause.PG_AUTH_PASSWORD, Cause.IAM_MISSING_CLOUDSQL_CLIENT},
        ),
        faults="iam-login-denied",
    ),
    *rows(
        "T-iam.db_username_wrong",
        "the IAM user is written with .gserviceaccount.com",
        "direct/iam",
        named(Cause.IAM_DB_USERNAME_WRONG, 12, spared=NETWORK | INSTANCE | {Cause.PG_AUTH_PASSWORD}),
        faults="iam-user-not-truncated",
    ),
    *rows(
        "T-iam.db_username_wrong-other",
        "the revision runs as another service account than the database user",
        "direct/iam",
        named(Cause.IAM_DB_USERNAME_WRONG, 12, spared=NETWORK | INSTANCE | {Cause.PG_AUTH_PASSWORD}),
        faults="wrong-service-account",
    ),
    *rows(
        "T-adc.wrong_service_account",
        "the revision lost its account and runs as the default one, which no database user is named after",
        "direct/iam",
        named(
            Cause.ADC_WRONG_SERVICE_ACCOUNT,
            11,
            spared=NETWORK | INSTANCE | {Cause.PG_AUTH_PASSWORD, Cause.IAM_DB_USER_MISSING},
        ),
        faults="default-service-account",
    ),
    *rows(
        "T-iam.db_user_missing",
        "the service account is no user of the instance",
        "direct/iam",
        named(Cause.IAM_DB_USER_MISSING, 12, spared=NETWORK | INSTANCE | {Cause.PG_AUTH_PASSWORD}),
        faults="iam-user-missing",
    ),
    *rows(
        "T-iam.db_auth_not_enabled",
        "the instance has IAM login switched off",
        "direct/iam",
        named(Cause.IAM_DB_AUTH_NOT_ENABLED, 12, spared=NETWORK | INSTANCE | {Cause.PG_AUTH_PASSWORD}),
        faults="iam-flag-off",
    ),
    *rows(
        "T-iam.db_auth_not_enabled-password",
        "the app logs in as a service account, with a password",
        On.DIRECT,
        named(Cause.IAM_DB_AUTH_NOT_ENABLED, 12, spared=NETWORK | INSTANCE),
        settings={"POSTGRES_USER": "api@acme-prod.iam"},
    ),
    *rows(
        "T-pg.no_password",
        "the URL has no password",
        On.DIRECT,
        named(Cause.PG_NO_PASSWORD, 18, PROVEN, spared=NETWORK | INSTANCE | PERMISSIONS),
        settings={"DATABASE_URL": "postgresql://{POSTGRES_USER}@{POSTGRES_HOST}/{POSTGRES_DB}"},
    ),
    *rows(
        "T-pg.no_hba_entry",
        "no rule of the server fits",
        On.DIRECT,
        named(Cause.PG_NO_HBA_ENTRY, 18, PROVEN, spared=NETWORK | PERMISSIONS | {Cause.PG_AUTH_PASSWORD}),
        faults="no-pg-hba-entry",
    ),
    *rows(
        "T-pg.role_missing",
        "the server says that the role does not exist",
        On.DIRECT,
        named(Cause.PG_ROLE_MISSING, 18, PROVEN, spared=NETWORK | PERMISSIONS | {Cause.PG_AUTH_PASSWORD}),
        faults="role-missing",
    ),
    *(
        row
        for fault, cause, code, what in (
            ("role-cannot-login", Cause.PG_ROLE_CANNOT_LOGIN, 18, "the role may not log in"),
            ("role-connection-limit", Cause.PG_ROLE_CONNECTION_LIMIT, 18, "the role has its connections"),
            ("database-connection-limit", Cause.PG_DATABASE_CONNECTION_LIMIT, 18, "the database has its connections"),
            ("database-not-accepting", Cause.PG_DATABASE_NOT_ACCEPTING, 18, "the database was closed"),
            ("connect-denied", Cause.PG_PERMISSION_DENIED, 18, "the role has no CONNECT on the database"),
            ("hba-reject", Cause.PG_HBA_REJECT, 18, "a rule of the server rejects the app"),
            ("standby-closed", Cause.PG_STANDBY_CLOSED, 18, "the server is a standby that takes no sessions"),
            ("pooler-database-unknown", Cause.PG_POOLER_DATABASE_UNKNOWN, 18, "the pooler knows no such database"),
            ("pooler-user-unknown", Cause.PG_POOLER_USER_UNKNOWN, 18, "the pooler knows no such user"),
            ("pooler-full", Cause.POOL_EXHAUSTED, 19, "the pooler takes no more clients"),
            ("pooler-server-down", Cause.PG_POOLER_NO_SERVER, 18, "the pooler cannot log in to the server"),
            ("pooler-unsupported", Cause.PG_POOLER_INCOMPATIBLE, 18, "the pooler does not pass on a parameter"),
        )
        for row in rows(
            f"T-{cause}",
            what,
            On.DIRECT,
            named(cause, code, PROVEN, spared=NETWORK | PERMISSIONS | {Cause.PG_AUTH_PASSWORD, Cause.PG_ROLE_MISSING}),
            faults=fault,
        )
    ),
    *(
        row
        for fault, cause, what in (
            ("read-only-by-default", Cause.PG_READ_ONLY, "transactions are read-only by default"),
            ("short-statements-only", Cause.PG_SERVER_TIMEOUT, "statements end after half a second"),
            ("idle-sessions-end", Cause.POOL_STALE_CONNECTION, "idle sessions end after a minute"),
            ("password-expires-soon", Cause.PG_PASSWORD_EXPIRED, "the password ends tomorrow"),
        )
        for row in rows(f"T-{cause}-remark", what, On.DIRECT, Expect(warned=(cause,)), faults=fault)
    ),
    *rows(
        "T-pg.auth_password-expired",
        "the password was valid until last year",
        On.DIRECT,
        named(Cause.PG_AUTH_PASSWORD, 18, spared=NETWORK | PERMISSIONS),
        faults="password-expired",
    ),
    *rows(
        "T-pg.auth_method_unsupported",
        "the server asks for a way of logging in that drivers do not have",
        On.DIRECT,
        named(Cause.PG_AUTH_METHOD_UNSUPPORTED, 18, PROVEN, spared=NETWORK | PERMISSIONS),
        faults="auth-method",
    ),
    *rows(
        "T-pg.database_not_accepting-template0",
        "the app was given a template as its database",
        On.DIRECT,
        named(Cause.PG_DATABASE_NOT_ACCEPTING, 18, PROVEN, spared=NETWORK | PERMISSIONS | {Cause.PG_AUTH_PASSWORD}),
        settings={"POSTGRES_DB": "template0"},
    ),
)

TLS = (
    *(
        row
        for fault, cause, what in (
            ("server-cert-expired", Cause.TLS_CERT_EXPIRED, "the server's certificate has expired"),
            ("server-cert-unknown-ca", Cause.TLS_VERIFY_FAILED, "an unknown authority signed the server's certificate"),
            ("server-cert-wrong-name", Cause.TLS_HOSTNAME_MISMATCH, "the server's certificate is another instance's"),
        )
        for row in rows(
            f"T-{cause}",
            what,
            On.NETWORK,
            named(cause, 17, spared=NETWORK | PERMISSIONS | CREDENTIALS),
            faults=fault,
        )
    ),
    *rows(
        "T-tls.client_cert_refused",
        "the instance does not trust the ephemeral certificate",
        On.CONNECTOR,
        named(Cause.TLS_CLIENT_CERT_REFUSED, 17, PROVEN, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        faults="client-cert-refused",
    ),
    *rows(
        "T-tls.client_cert_refused-expired",
        "the ephemeral certificate has expired",
        On.CONNECTOR,
        named(Cause.TLS_CLIENT_CERT_REFUSED, 17, PROVEN, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        faults="client-cert-expired",
    ),
    *rows(
        "T-tls.local_cert_files",
        "the file with the authorities is not there",
        On.DIRECT,
        named(Cause.TLS_LOCAL_CERT_FILES, 17, PROVEN, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        settings={"DATABASE_URL": f"postgresql://{_URL}?sslmode=verify-ca&sslrootcert=/nowhere/server-ca.pem"},
    ),
    *rows(
        "T-tls.not_supported_by_server",
        "the app insists on TLS, the server has none",
        On.DIRECT,
        named(Cause.TLS_NOT_SUPPORTED_BY_SERVER, 17, PROVEN, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        faults="tls-not-offered",
    ),
    *rows(
        "T-tls.protocol_mismatch",
        "the server speaks an old TLS only",
        On.NETWORK,
        named(Cause.TLS_PROTOCOL_MISMATCH, 17, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        faults="tls-old-version",
    ),
    *rows(
        "T-runtime.clock_skew",
        "the server's certificate is not valid yet",
        On.CONNECTOR,
        named(Cause.RUNTIME_CLOCK_SKEW, 20, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        faults="server-cert-not-yet-valid",
    ),
)

WAY = (
    *rows(
        "T-instance.connector_required",
        "the instance takes connectors only",
        On.DIRECT + " direct/iam",
        named(
            Cause.INSTANCE_CONNECTOR_REQUIRED,
            15,
            PROVEN,
            spared=NETWORK | CREDENTIALS | {Cause.INSTANCE_NOT_RUNNING},
        ),
        world="connector_enforcement=on instance_ip=private",
    ),
    *rows(
        "T-instance.connector_required-public",
        "the same at the public address, where everybody is authorized",
        On.DIRECT,
        named(Cause.INSTANCE_CONNECTOR_REQUIRED, 15, PROVEN, spared=NETWORK | CREDENTIALS),
        world="connector_enforcement=on instance_ip=public authorized_networks=all",
    ),
    *rows(
        "T-instance.connector_required-switch",
        "the same as one switch",
        On.DIRECT,
        named(Cause.INSTANCE_CONNECTOR_REQUIRED, 15, PROVEN, spared=NETWORK | CREDENTIALS),
        faults="connector-required",
    ),
    *rows(
        "T-instance.not_running-switch",
        "the instance is stopped, as one switch",
        On.ROUTES,
        named(Cause.INSTANCE_NOT_RUNNING, 15, PROVEN, spared=NETWORK | CREDENTIALS),
        faults="instance-stopped",
    ),
    *rows(
        "T-instance.connector_required-not",
        "connectors are not concerned",
        On.GOOGLE,
        Expect(),
        world="connector_enforcement=on",
    ),
    *rows(
        "T-instance.maintenance_or_failover",
        "the instance is in maintenance",
        On.ROUTES,
        named(Cause.INSTANCE_MAINTENANCE_OR_FAILOVER, 15, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        world="instance_state=maintenance",
    ),
    *(
        row
        for state in ("pending", "absent")
        for row in rows(
            f"T-vpc.psc_not_accepted-{state}",
            f"the endpoint of Private Service Connect is {state}",
            On.NETWORK,
            named(
                Cause.VPC_PSC_NOT_ACCEPTED,
                14,
                spared=CREDENTIALS | PERMISSIONS | INSTANCE | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED},
            ),
            world=f"instance_ip=psc psc={state}",
        )
    ),
    *rows(
        "T-dns.private_zone_not_visible-psc",
        "the name of the endpoint does not resolve",
        On.NETWORK,
        named(Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE, 13, spared=NETWORK | CREDENTIALS | PERMISSIONS | INSTANCE),
        world="instance_ip=psc psc_dns=off",
    ),
    *rows(
        "T-dns.private_zone_not_visible",
        "the host name is in a private zone of another VPC",
        On.DIRECT,
        named(Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE, 13, spared=NETWORK | CREDENTIALS | PERMISSIONS | INSTANCE),
        faults="private-zone-not-visible",
    ),
    *rows(
        "T-tcp.unreachable",
        "the address has no route, and nothing says whose it is",
        On.DIRECT,
        named(Cause.TCP_UNREACHABLE, 16, spared=CREDENTIALS | PERMISSIONS),
        settings={"POSTGRES_HOST": "2001:db8::7", "INSTANCE_CONNECTION_NAME": None},
    ),
    *rows(
        "T-tcp.reset",
        "the instance accepts and resets",
        On.NETWORK,
        named(Cause.TCP_RESET, 16, spared=CREDENTIALS | PERMISSIONS | layers(Layer.VPC, Layer.NET)),
        faults="accept-then-reset",
    ),
    *rows(
        "T-pg.no_answer",
        "the instance accepts and says nothing",
        On.NETWORK,
        named(Cause.PG_NO_ANSWER, 18, spared=CREDENTIALS | PERMISSIONS),
        faults="accept-then-silence",
    ),
    *rows(
        "T-pg.server_closed",
        "the instance accepts and hangs up",
        On.ROUTES,
        named(Cause.PG_SERVER_CLOSED, 18, spared={Cause.PG_AUTH_PASSWORD}),
        faults="accept-then-close",
    ),
)

# Nothing says why: what each of these looks like from inside is named, with what looks the same beside it.
VANISHED = (
    *rows(
        "T-silent-drop-private",
        "packets to the instance vanish somewhere, on the way to its private address",
        On.DIRECT,
        named(
            Cause.VPC_PSA_MISCONFIGURED,
            14,
            offered=(Cause.VPC_FIREWALL_DROP,),
            spared=CREDENTIALS | PERMISSIONS | INSTANCE | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED},
        ),
        world="instance_ip=private",
        faults="silent-drop",
    ),
    *rows(
        "T-silent-drop-both",
        "the instance is silent at both addresses, to which the ways differ: it is not the way",
        On.ROUTES,
        named(
            Cause.TCP_TIMEOUT,
            16,
            POSSIBLE,
            offered=(Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,),
            spared=CREDENTIALS | PERMISSIONS | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED},
        ),
        faults="silent-drop",
    ),
    *rows(
        "T-silent-drop-public",
        "packets to the instance vanish somewhere, on the way to its public address",
        On.GOOGLE,
        named(
            Cause.VPC_FIREWALL_DROP,
            14,
            spared=CREDENTIALS | PERMISSIONS | INSTANCE | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED},
        ),
        world="instance_ip=public",
        faults="silent-drop",
    ),
    *rows(
        "T-tcp.timeout",
        "the same where the revision says that nothing public goes through the VPC: no rule of it can be the reason",
        On.GOOGLE,
        named(
            Cause.TCP_TIMEOUT,
            16,
            POSSIBLE,
            spared=CREDENTIALS
            | PERMISSIONS
            | INSTANCE
            | {Cause.VPC_FIREWALL_DROP, Cause.VPC_NAT_MISSING_OR_EXHAUSTED, Cause.VPC_NO_EGRESS},
        ),
        world="instance_ip=public run_viewer=on",
        faults="silent-drop",
    ),
    *rows(
        "T-vpc.nat_missing_or_exhausted",
        "the world of the outage as one switch",
        On.GOOGLE,
        named(Cause.VPC_NAT_MISSING_OR_EXHAUSTED, 14, spared=CREDENTIALS | PERMISSIONS | INSTANCE),
        faults="all-traffic-without-nat",
        world="instance_ip=public",
    ),
)

SERVER = (
    *rows(
        "T-instance.storage_full",
        "the instance's disk is full",
        On.DIRECT,
        named(Cause.INSTANCE_STORAGE_FULL, 15, PROVEN, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        faults="storage-full",
    ),
    *rows(
        "T-instance.out_of_memory",
        "the instance is out of memory",
        On.DIRECT,
        named(Cause.INSTANCE_OUT_OF_MEMORY, 15, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        faults="out-of-memory",
    ),
    *rows(
        "T-unclassified-startup",
        "random bytes answer the startup message",
        On.DIRECT,
        named(Cause.CONFIG_NOT_POSTGRES, 10, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        faults="garbage-after-startup",
    ),
    *(
        row
        for fault in ("garbage-after-password", "garbage-after-query")
        for row in rows(
            f"T-unclassified-{fault.rpartition('-')[2]}",
            "random bytes in the middle of a session: no rule fits, and none is made to",
            On.DIRECT,
            named(Cause.UNCLASSIFIED, 21, spared=NETWORK | CREDENTIALS | PERMISSIONS),
            faults=fault,
        )
    ),
)

RUNTIME = (
    *rows(
        "T-runtime.cpu_throttled",
        "the container stands still while the path is silent",
        On.DIRECT,
        named(Cause.RUNTIME_CPU_THROTTLED, 20, spared=CREDENTIALS | PERMISSIONS),
        world="egress=none instance_ip=private",
        frozen_seconds=5.0,
    ),
)

CAUSES: tuple[Scenario, ...] = (
    *SETTINGS,
    *CREDENTIALS_OF_THE_MACHINE,
    *API,
    *LOGIN,
    *TLS,
    *WAY,
    *VANISHED,
    *SERVER,
    *RUNTIME,
)
