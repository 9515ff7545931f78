"""What really happened to people: one row or a few for each incident that a run has to settle.

S31 and S38 need to look at the app's code and at other services' URLs, which a check of the database path does not.
"""

from diagnostics.core.codes import Cause, Layer
from diagnostics.core.diagnosis import Confidence, Topic
from diagnostics.core.findings import Code
from diagnostics.core.model import PlatformKind
from tests.scenarios.scenario import (
    CREDENTIALS,
    NETWORK,
    PERMISSIONS,
    USUAL_SUSPECTS,
    Expect,
    On,
    Scenario,
    layers,
    named,
    rows,
)

PROVEN, LIKELY, POSSIBLE = Confidence.PROVEN, Confidence.LIKELY, Confidence.POSSIBLE
WORKS = Expect()
INSTANCE = layers(Layer.INSTANCE)

THE_OUTAGE = "egress=all-traffic nat=off instance_ip=public"
"""The deploy that started it: everything through the VPC, no Cloud NAT, and only a public address behind it."""

EGRESS = (
    *rows(
        "S01",
        "all egress goes through a VPC without NAT, and the instance has a public address only",
        On.GOOGLE,
        named(
            Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
            14,
            LIKELY,
            excluded=(Topic.SETTINGS, Topic.IDENTITY, Topic.DNS),
            spared=USUAL_SUSPECTS | INSTANCE,
        ),
        world=f"{THE_OUTAGE} pga=off",
        flags="--app-timeout 8",
    ),
    *rows(
        "S01-read",
        "the same where the revision may be read, over Private Google Access",
        On.GOOGLE,
        named(
            Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
            14,
            PROVEN,
            excluded=(Topic.SETTINGS, Topic.IDENTITY, Topic.DNS, Topic.ADMIN_API),
            spared=USUAL_SUSPECTS | INSTANCE | {Cause.VPC_CONNECTOR_UNHEALTHY, Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF},
        ),
        world=f"{THE_OUTAGE} pga=on run_viewer=on",
        flags="--app-timeout 8",
    ),
    *rows(
        "S01-address",
        "the same for an app that dials the public address itself",
        On.DIRECT,
        named(Cause.VPC_NAT_MISSING_OR_EXHAUSTED, 14, spared=USUAL_SUSPECTS | INSTANCE),
        world=f"{THE_OUTAGE} pga=off authorized_networks=nat",
    ),
    *rows(
        "S02",
        "an egress rule of the VPC drops 3307 and lets everything else out",
        On.GOOGLE,
        named(
            Cause.VPC_FIREWALL_DROP,
            14,
            excluded=(Topic.ADMIN_API, Topic.ALL_EGRESS),
            spared=USUAL_SUSPECTS
            | INSTANCE
            | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED, Cause.NET_AUTHORIZED_NETWORKS, Cause.VPC_CONNECTOR_UNHEALTHY},
        ),
        world="egress=all-traffic fw_3307=deny instance_ip=public",
    ),
    *rows(
        "S03",
        "packets to the Admin API vanish, everything else answers",
        On.CONNECTOR,
        named(
            Cause.API_UNREACHABLE,
            12,
            excluded=(Topic.IDENTITY, Topic.DNS),
            spared=USUAL_SUSPECTS | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED},
        ),
        faults="api-drop",
    ),
    # From inside, a rule against 443 looks like a missing NAT: both swallow the three addresses there are to try.
    *rows(
        "S03-rule",
        "an egress rule of the VPC drops 443",
        On.CONNECTOR,
        named(Cause.VPC_NAT_MISSING_OR_EXHAUSTED, 14, offered=(Cause.VPC_FIREWALL_DROP,), spared=USUAL_SUSPECTS),
        world="egress=all-traffic fw_443=deny instance_ip=public",
    ),
    *rows(
        "S11",
        "as S01 through a connector: the platform's socket accepts and stays silent, and the time is shown",
        On.SOCKET,
        named(
            Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
            14,
            LIKELY,
            spared=USUAL_SUSPECTS | INSTANCE,
            found=(Code.POSTGRES_STARTUP_SILENT,),
        ),
        world=f"{THE_OUTAGE} vpc=connector pga=off",
    ),
    *rows(
        "S13",
        "the instance is private and the revision has no way into the VPC",
        On.DIRECT + " direct/iam socket connector",
        named(
            Cause.VPC_NO_EGRESS,
            14,
            excluded=(Topic.ADMIN_API, Topic.ALL_EGRESS),
            spared=USUAL_SUSPECTS | INSTANCE | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED, Cause.NET_AUTHORIZED_NETWORKS},
        ),
        world="egress=none instance_ip=private",
    ),
    *rows(
        "S13-network",
        "the revision is in a VPC that is not peered with the instance's network",
        On.DIRECT + " direct/iam socket connector",
        named(
            Cause.VPC_PSA_MISCONFIGURED,
            14,
            spared=USUAL_SUSPECTS | INSTANCE | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED, Cause.NET_AUTHORIZED_NETWORKS},
        ),
        world="peering=off instance_ip=private",
    ),
    *rows(
        "S14",
        "nothing listens where the private address is",
        On.NETWORK,
        named(Cause.TCP_REFUSED, 16, POSSIBLE, spared=USUAL_SUSPECTS | layers(Layer.VPC, Layer.NET)),
        world="instance_ip=private",
        faults="port-refused",
    ),
    *rows(
        "S14-port",
        "the app dials another port than PostgreSQL's",
        On.DIRECT,
        named(Cause.CONFIG_WRONG_HOST_PORT, 10, spared=NETWORK | CREDENTIALS | INSTANCE),
        world="instance_ip=private",
        faults="wrong-port",
    ),
    *rows(
        "S15",
        "the app dials the public address, and its own address is not authorized there",
        On.DIRECT + " direct/iam",
        named(
            Cause.NET_AUTHORIZED_NETWORKS,
            14,
            excluded=(Topic.ADMIN_API, Topic.ALL_EGRESS),
            spared=USUAL_SUSPECTS | INSTANCE | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED, Cause.VPC_NO_EGRESS},
        ),
        world="instance_ip=public authorized_networks=none",
    ),
    *rows(
        "S15-nat",
        "only the address of Cloud NAT is authorized, and the revision does not go through it",
        On.DIRECT,
        named(
            Cause.NET_AUTHORIZED_NETWORKS, 14, spared=USUAL_SUSPECTS | INSTANCE | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED}
        ),
        world="instance_ip=public authorized_networks=nat",
    ),
)

API = (
    *rows(
        "S04",
        "the service account may not connect",
        On.GOOGLE,
        named(
            Cause.IAM_MISSING_CLOUDSQL_CLIENT,
            12,
            offered=(Cause.CONFIG_INSTANCE_NAME_WRONG,),
            excluded=(Topic.IDENTITY,),
            spared=NETWORK | CREDENTIALS | INSTANCE,
        ),
        faults="api-403",
    ),
    *rows(
        "S05",
        "the Admin API is not enabled",
        On.GOOGLE,
        named(Cause.API_SQLADMIN_DISABLED, 12, PROVEN, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        faults="api-disabled",
    ),
    *rows(
        "S06",
        "no instance has this name",
        On.GOOGLE,
        named(Cause.CONFIG_INSTANCE_NAME_WRONG, 10, PROVEN, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        faults="api-404",
    ),
    *rows(
        "S06-region",
        "the instance connection name has another region",
        On.GOOGLE,
        named(Cause.CONFIG_INSTANCE_NAME_WRONG, 10, PROVEN, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        faults="wrong-region",
    ),
    *rows(
        "S07",
        "the Admin API's quota is used up",
        On.CONNECTOR,
        named(Cause.API_QUOTA_EXCEEDED, 12, PROVEN, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        faults="api-429",
    ),
)

SOCKET = (
    *rows(
        "S08",
        "no instance is attached to the revision",
        On.SOCKET,
        named(Cause.SOCKET_NOT_MOUNTED, 16, PROVEN, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        faults="instance-not-attached",
    ),
    *rows(
        "S09",
        "another instance is attached",
        On.SOCKET,
        named(Cause.SOCKET_NOT_MOUNTED, 16, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        faults="wrong-instance-attached",
    ),
    *rows(
        "S10",
        "the app's user may not open the socket",
        On.SOCKET,
        named(Cause.SOCKET_PERMISSION_DENIED, 16, PROVEN, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        faults="socket-permission-denied",
    ),
    *rows(
        "S12",
        "the socket's file is there and nobody listens",
        On.SOCKET,
        named(Cause.SOCKET_REFUSED, 16, spared=NETWORK | CREDENTIALS),
        faults="socket-stale",
    ),
)

SERVER = (
    *(
        row
        for fault in ("http-server", "ssh-server", "mysql-server", "garbage-first")
        for row in rows(
            f"S16-{fault}",
            "something else than PostgreSQL answers",
            On.DIRECT,
            named(Cause.CONFIG_NOT_POSTGRES, 10, spared=NETWORK | CREDENTIALS | INSTANCE),
            faults=fault,
        )
    ),
    *rows(
        "S24",
        "the password is not the user's",
        On.ROUTES,
        named(
            Cause.PG_AUTH_PASSWORD,
            18,
            LIKELY,
            excluded=(Topic.SETTINGS,),
            # The server says the same of a role that is not there, and of a password whose time is over.
            offered=(Cause.PG_ROLE_MISSING, Cause.PG_PASSWORD_EXPIRED),
            spared=NETWORK | PERMISSIONS | INSTANCE | {Cause.PG_DATABASE_MISSING},
        ),
        faults="wrong-password",
    ),
    *rows(
        "S25",
        "the database does not exist",
        On.ROUTES,
        named(
            Cause.PG_DATABASE_MISSING,
            18,
            PROVEN,
            excluded=(Topic.SETTINGS,),
            spared=NETWORK | PERMISSIONS | INSTANCE | {Cause.PG_AUTH_PASSWORD},
        ),
        faults="unknown-database",
    ),
    *rows(
        "S25-empty",
        "no database is set, so the server takes the user's name",
        On.ROUTES,
        named(Cause.CONFIG_MISSING_ENV, 10, spared=NETWORK | PERMISSIONS | INSTANCE | {Cause.PG_AUTH_PASSWORD}),
        settings={"POSTGRES_DB": ""},
    ),
    *rows(
        "S26",
        "the server is starting",
        On.ROUTES,
        named(Cause.PG_NOT_READY, 18, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        faults="starting-up",
    ),
    *rows(
        "S27",
        "every connection slot is taken",
        On.ROUTES,
        named(Cause.PG_TOO_MANY_CONNECTIONS, 18, PROVEN, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        faults="too-many-connections",
    ),
    *rows(
        "S28",
        "the owner stopped the instance",
        On.EVERYWHERE,
        named(
            Cause.INSTANCE_NOT_RUNNING,
            15,
            PROVEN,
            excluded=(Topic.ADMIN_API,),
            spared=USUAL_SUSPECTS | NETWORK,
        ),
        world="instance_state=stopped",
    ),
    *rows(
        "S28-suspended",
        "Google suspended the instance",
        On.ROUTES,
        named(Cause.INSTANCE_NOT_RUNNING, 15, PROVEN, spared=USUAL_SUSPECTS | NETWORK),
        world="instance_state=suspended",
    ),
    *rows(
        "S29",
        "the server takes TLS only, and the app turns it off",
        On.DIRECT,
        named(Cause.TLS_SSL_REQUIRED, 17, PROVEN, spared=NETWORK | PERMISSIONS | CREDENTIALS | {Cause.PG_NO_HBA_ENTRY}),
        faults="tls-required",
    ),
    *rows(
        "S29-certificate",
        "the server wants a client certificate",
        On.DIRECT,
        named(Cause.TLS_CLIENT_CERT_REQUIRED, 17, PROVEN, spared=NETWORK | PERMISSIONS | CREDENTIALS),
        faults="client-cert-required",
    ),
    *rows(
        "S30",
        "every step works, slower than the app waits",
        On.NETWORK,
        named(
            Cause.APP_TIMEOUT_TOO_SHORT,
            20,
            spared=NETWORK | PERMISSIONS | CREDENTIALS | INSTANCE,
            excluded=(Topic.NETWORK, Topic.LOGIN),
        ),
        faults="slow-link",
        flags="--app-timeout 3",
    ),
)

NAMES = (
    *rows(
        "S17-absent",
        "the host name does not exist",
        On.DIRECT + " direct/iam",
        named(Cause.DNS_NXDOMAIN, 13, PROVEN, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        faults="nxdomain",
    ),
    *rows(
        "S17-fails",
        "the name server fails",
        On.DIRECT,
        named(Cause.DNS_RESOLVER_FAILURE, 13, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        faults="servfail",
    ),
    *rows(
        "S17-silent",
        "the name server is silent",
        On.DIRECT,
        named(Cause.DNS_RESOLVER_FAILURE, 13, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        faults="resolver-drop",
    ),
    *rows(
        "S17-slow",
        "the name server takes its time",
        On.DIRECT,
        Expect(warned=(Cause.DNS_SLOW,)),
        faults="slow-resolver",
    ),
)

_HIDDEN = {"crlf": "{%s}\r\n", "space": "{%s} ", "bom": "\ufeff{%s}"}
_HARMLESS = {("POSTGRES_HOST", "bom"), ("POSTGRES_PASSWORD", "bom")}
"""Python's resolver drops a byte order mark from a name, and SASLprep from a password: the server lets the user in."""
_BROKEN_BY = {
    "POSTGRES_HOST": Cause.CONFIG_WRONG_HOST_PORT,
    "POSTGRES_DB": Cause.PG_DATABASE_MISSING,
    "POSTGRES_USER": Cause.PG_AUTH_PASSWORD,
    "POSTGRES_PASSWORD": Cause.PG_AUTH_PASSWORD,
}
"""What each would be taken for."""

SETTINGS = (
    *(
        row
        for variable, mistaken in _BROKEN_BY.items()
        for row in rows(
            f"S18-{variable.lower()}",
            f"{variable} ends with a line break",
            On.DIRECT + " socket" if variable == "POSTGRES_HOST" else On.ROUTES,
            named(Cause.CONFIG_SECRET_TRAILING_NEWLINE, 10, spared=NETWORK | PERMISSIONS | INSTANCE | {mistaken}),
            faults=f"newline-in-{variable.lower().replace('_', '-')}",
        )
    ),
    *(
        row
        for variable, mistaken in _BROKEN_BY.items()
        for kind, template in _HIDDEN.items()
        for row in rows(
            f"S18-{variable.lower()}-{kind}",
            f"{variable} has an invisible character ({kind})",
            On.DIRECT,
            Expect(warned=(Cause.CONFIG_SECRET_TRAILING_NEWLINE,))
            if (variable, kind) in _HARMLESS
            else named(Cause.CONFIG_SECRET_TRAILING_NEWLINE, 10, spared=NETWORK | PERMISSIONS | INSTANCE | {mistaken}),
            settings={variable: template % variable},
        )
    ),
    *rows(
        "S18-port",
        "POSTGRES_PORT ends with a line break, which drivers take",
        On.DIRECT,
        Expect(warned=(Cause.CONFIG_SECRET_TRAILING_NEWLINE,)),
        faults="newline-in-postgres-port",
    ),
    *rows(
        "S18-url",
        "DATABASE_URL ends with a line break",
        On.DIRECT,
        named(Cause.CONFIG_SECRET_TRAILING_NEWLINE, 10, spared=NETWORK | PERMISSIONS | INSTANCE),
        faults="newline-in-database-url",
    ),
    *rows(
        "S18-instance",
        "the instance connection name ends with a line break",
        On.CONNECTOR,
        named(Cause.CONFIG_SECRET_TRAILING_NEWLINE, 10, spared=NETWORK | PERMISSIONS),
        faults="newline-in-instance-connection-name",
    ),
    *rows(
        "S19",
        "the password is the template's placeholder",
        On.ROUTES,
        named(Cause.CONFIG_PLACEHOLDER_VALUE, 10, spared=NETWORK | PERMISSIONS | {Cause.PG_AUTH_PASSWORD}),
        faults="placeholder-secret",
    ),
    *rows(
        "S19-space",
        "the password is one space",
        On.ROUTES,
        named(Cause.CONFIG_PLACEHOLDER_VALUE, 10, spared=NETWORK | PERMISSIONS | {Cause.PG_AUTH_PASSWORD}),
        settings={"POSTGRES_PASSWORD": " "},
    ),
    *rows(
        "S20",
        "POSTGRES_HOST is the instance connection name without /cloudsql/",
        On.SOCKET,
        named(Cause.SOCKET_WRONG_PATH, 16, spared=NETWORK | layers(Layer.DNS)),
        faults="bare-instance-name",
    ),
    *rows(
        "S21",
        "no host is set, so the app falls back to its own container",
        On.DIRECT,
        named(Cause.CONFIG_MISSING_ENV, 10, spared=NETWORK | CREDENTIALS | INSTANCE),
        settings=dict.fromkeys(
            ("POSTGRES_HOST", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "INSTANCE_CONNECTION_NAME"), None
        )
        | {"PGUSER": "api", "PGPASSWORD": "kT8v-Qm2", "PGDATABASE": "orders"},
    ),
    *rows(
        "S21-unsaid",
        "variables say who logs in and to which database, and none a host: the app's code may",
        On.DIRECT,
        Expect(exit=22, found=(Code.CONFIG_TARGET_NOT_FOUND,)),
        settings={"POSTGRES_HOST": None, "INSTANCE_CONNECTION_NAME": None},
    ),
    *rows(
        "S21-localhost",
        "a development setting: the host is localhost, in the container that takes the requests",
        On.DIRECT,
        named(
            Cause.CONFIG_WRONG_HOST_PORT,
            10,
            POSSIBLE,
            offered=(Cause.CONFIG_MISSING_ENV, Cause.TCP_PROXY_NOT_LISTENING),
            spared=layers(Layer.VPC),
        ),
        settings={"POSTGRES_HOST": "localhost", "PORT": "8080"},
    ),
    *rows(
        "S21-localhost-alone",
        "the same in a revision that says of itself that it has one container",
        On.DIRECT,
        named(
            Cause.CONFIG_WRONG_HOST_PORT,
            10,
            LIKELY,
            spared=layers(Layer.VPC) | {Cause.TCP_PROXY_NOT_LISTENING, Cause.TCP_PROXY_HANGS_UP},
        ),
        settings={"POSTGRES_HOST": "localhost", "PORT": "8080"},
        world="run_viewer=on",
    ),
    *rows(
        "S21-proxy",
        "a proxy beside the app on 127.0.0.1, which does not listen yet",
        On.DIRECT,
        named(Cause.TCP_PROXY_NOT_LISTENING, 16, LIKELY, spared=layers(Layer.VPC, Layer.NET, Layer.INSTANCE)),
        faults="proxy-not-listening",
    ),
    *rows(
        "S21-proxy-works",
        "a proxy beside the app on 127.0.0.1, which works",
        On.DIRECT,
        WORKS,
        faults="proxy-beside",
    ),
    *rows(
        "S21-proxy-role",
        "a proxy beside the app whose account may not connect: it takes the connection and hangs up",
        On.DIRECT,
        named(Cause.TCP_PROXY_HANGS_UP, 16, LIKELY, offered=(Cause.IAM_MISSING_CLOUDSQL_CLIENT,), spared=CREDENTIALS),
        faults="proxy-beside api-403",
    ),
    *rows(
        "S21-proxy-without-instance",
        "a proxy beside the app that does not get to its instance: it takes the connection and hangs up",
        On.DIRECT,
        named(Cause.TCP_PROXY_HANGS_UP, 16, spared=CREDENTIALS),
        faults="proxy-not-connected",
    ),
    *rows(
        "S21-proxy-password",
        "a wrong password goes through a proxy beside the app to the server, and its answer comes back",
        On.DIRECT,
        named(Cause.PG_AUTH_PASSWORD, 18, spared=NETWORK),
        faults="wrong-password proxy-beside",
    ),
    *rows(
        "S22",
        "libpq's sslmode in a URL for asyncpg",
        On.DIRECT + " socket",
        named(Cause.CONFIG_DRIVER_OPTION_MISMATCH, 10, spared=NETWORK | CREDENTIALS | INSTANCE),
        faults="asyncpg-sslmode",
    ),
    *rows(
        "S22-psycopg",
        "asyncpg's ssl in a URL for psycopg",
        On.DIRECT,
        named(Cause.CONFIG_DRIVER_OPTION_MISMATCH, 10, spared=NETWORK | CREDENTIALS | INSTANCE),
        settings={
            "DATABASE_URL": "postgresql+psycopg://{POSTGRES_USER}:{QUOTED_PASSWORD}@{POSTGRES_HOST}/{POSTGRES_DB}?ssl=require"
        },
    ),
    *rows(
        "S23",
        "the URL holds the password as it is, reserved characters and all",
        On.DIRECT + " socket",
        named(Cause.CONFIG_URL_UNESCAPED_CHARS, 10, spared=NETWORK | layers(Layer.DNS)),
        faults="unencoded-url",
    ),
    *rows(
        "S37",
        "the secret behind the password is empty",
        On.ROUTES,
        named(Cause.CONFIG_MISSING_ENV, 10, spared=NETWORK | PERMISSIONS | INSTANCE),
        settings={"POSTGRES_PASSWORD": ""},
    ),
    *rows(
        "S37-nothing",
        "the revision has none of the settings: they may stand under other names, or in another container",
        On.DIRECT,
        Expect(exit=22, warned=(Cause.CONFIG_MISSING_ENV,), found=(Code.CONFIG_TARGET_NOT_FOUND,)),
        settings=dict.fromkeys(
            (
                "POSTGRES_HOST",
                "POSTGRES_PORT",
                "POSTGRES_DB",
                "POSTGRES_USER",
                "POSTGRES_PASSWORD",
                "INSTANCE_CONNECTION_NAME",
            )
        ),
    ),
)

IDENTITY = (
    *rows(
        "S36",
        "the metadata server refuses",
        On.CONNECTOR + " " + On.TOKENS,
        named(Cause.ADC_METADATA_UNREACHABLE, 11, spared=NETWORK | CREDENTIALS | PERMISSIONS),
        faults="metadata-down",
    ),
    *rows(
        "S36-other",
        "the database user is another service account than the one that the revision runs as",
        On.DIRECT + "/iam",
        named(Cause.IAM_DB_USERNAME_WRONG, 12, spared=NETWORK | INSTANCE | {Cause.PG_AUTH_PASSWORD}),
        settings={"POSTGRES_USER": "worker@acme-prod.iam"},
    ),
)

_LAPTOP: dict[str, str | None] = dict.fromkeys(("K_SERVICE", "K_REVISION", "K_CONFIGURATION"))

ELSEWHERE = (
    *rows(
        "S39",
        "run on a machine of one's own, where the path works",
        On.DIRECT,
        Expect(platform=PlatformKind.ELSEWHERE),
        settings=_LAPTOP,
    ),
    # What a laptop cannot reach says nothing about Cloud Run: the symptom is named, and no part of a VPC is blamed.
    *rows(
        "S39-apart",
        "run on a machine of one's own, which does not reach the private address",
        On.DIRECT,
        named(
            Cause.TCP_TIMEOUT,
            16,
            POSSIBLE,
            platform=PlatformKind.ELSEWHERE,
            spared=CREDENTIALS | PERMISSIONS | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED, Cause.VPC_CONNECTOR_UNHEALTHY},
        ),
        world="egress=none instance_ip=private",
        settings=_LAPTOP,
    ),
)

PATH_IS_PROVEN = (
    *rows("S32", "the app dies at import: not a matter of the path", On.ROUTES, WORKS),
    *rows("S33", "tables are missing: not a matter of the path", On.TOKENS, WORKS),
    *rows(
        "S34",
        "Redis cannot be reached, the database can",
        On.ROUTES,
        WORKS,
        settings={"REDIS_HOST": "10.99.0.9", "REDIS_PORT": "6379"},
    ),
    *rows(
        "S35",
        "Redis refuses the password, the database does not",
        On.DIRECT,
        WORKS,
        settings={"REDIS_PASSWORD": " "},
    ),
    *rows("S40", "everything works", On.EVERYWHERE, WORKS),
)

STORIES: tuple[Scenario, ...] = (
    *EGRESS,
    *API,
    *SOCKET,
    *SERVER,
    *NAMES,
    *SETTINGS,
    *IDENTITY,
    *ELSEWHERE,
    *PATH_IS_PROVEN,
)
