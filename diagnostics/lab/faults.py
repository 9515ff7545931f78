"""The faults of the lab, in the order of the path.

Exit codes are written out instead of being derived from the cause: the table says what must come out.
"""

from collections.abc import Callable

from msgspec.structs import replace

from diagnostics.core.codes import Cause
from diagnostics.lab.deployment import Deployment, Encoding, Surroundings
from diagnostics.lab.fault import Expected, Fault, Place, same_world
from diagnostics.lab.network import Egress
from diagnostics.lab.world import InstanceState, IpType, Login, Route, SslMode, World

CONNECTOR, DIRECT, SOCKET = Route.CONNECTOR, Route.DIRECT, Route.SOCKET

Deploy = Callable[[Deployment, Surroundings], Deployment]


def _fails(cause: Cause, code: int, *routes: Route, login: Login = Login.PASSWORD) -> tuple[Expected, ...]:
    return tuple(Expected(route=route, login=login, cause=cause, exit=code) for route in routes)


def _works(*routes: Route, login: Login = Login.PASSWORD) -> tuple[Expected, ...]:
    return tuple(Expected(route=route, login=login) for route in routes)


def _set(**changes: str) -> Deploy:
    return lambda deployment, _: replace(deployment, **changes)


# --- what the app is told -----------------------------------------------------------------------------------------


def _app(name: str, title: str, expected: tuple[Expected, ...], deployment: Deploy) -> Fault:
    return Fault(name=name, title=title, place=Place.APP, expected=expected, deployment=deployment)


def _newline(variable: str, *routes: Route) -> Fault:
    return _app(
        f"newline-in-{variable.lower().replace('_', '-')}",
        f"{variable} ends with a line break",
        _fails(Cause.CONFIG_SECRET_TRAILING_NEWLINE, 10, *routes),
        lambda deployment, _: deployment.with_suffix(variable, "\n"),
    )


def _wrong_region(deployment: Deployment, around: Surroundings) -> Deployment:
    """The socket that is mounted carries the wrong name, too: Cloud Run does not check the region."""
    right, wrong = around.world.connection_name, around.world.misplaced_connection_name
    return replace(deployment, instance=wrong, host=deployment.host.replace(right, wrong))


_APP = (
    _newline("POSTGRES_HOST", DIRECT, SOCKET),
    _newline("POSTGRES_DB", DIRECT, SOCKET, CONNECTOR),
    _newline("POSTGRES_USER", DIRECT, SOCKET, CONNECTOR),
    _newline("POSTGRES_PASSWORD", DIRECT, SOCKET, CONNECTOR),
    # Python's URL parser drops line breaks, so its connector connects; Go's and Node's ask for an instance that is not.
    _newline("INSTANCE_CONNECTION_NAME", CONNECTOR),
    _app(
        "newline-in-postgres-port",
        "POSTGRES_PORT ends with a line break, which drivers take",
        _works(DIRECT),
        lambda deployment, _: deployment.with_suffix("POSTGRES_PORT", "\n"),
    ),
    _app(
        "newline-in-database-url",
        "DATABASE_URL ends with a line break",
        _fails(Cause.CONFIG_SECRET_TRAILING_NEWLINE, 10, DIRECT),
        lambda deployment, _: deployment.as_url().with_suffix("DATABASE_URL", "\n"),
    ),
    _app(
        "placeholder-secret",
        "the password is still the template's placeholder",
        _fails(Cause.CONFIG_PLACEHOLDER_VALUE, 10, DIRECT, SOCKET, CONNECTOR),
        _set(password="REPLACE_WITH_DB_PASSWORD"),
    ),
    _app(
        "unencoded-url",
        "DATABASE_URL holds the password as it is, reserved characters and all",
        _fails(Cause.CONFIG_URL_UNESCAPED_CHARS, 10, DIRECT, SOCKET),
        lambda deployment, _: replace(deployment.as_url(), encoding=Encoding.NONE),
    ),
    _app(
        "asyncpg-sslmode",
        "DATABASE_URL names asyncpg and has libpq's sslmode",
        _fails(Cause.CONFIG_DRIVER_OPTION_MISMATCH, 10, DIRECT, SOCKET),
        lambda deployment, _: deployment.as_url(("sslmode", "require"), scheme="postgresql+asyncpg"),
    ),
    _app(
        "stale-address",
        "POSTGRES_HOST is an address that the instance no longer has",
        _fails(Cause.CONFIG_WRONG_HOST_PORT, 10, DIRECT),
        lambda deployment, around: replace(deployment, host=around.addresses.stale),
    ),
    _app(
        "wrong-port",
        "POSTGRES_PORT is a port that nothing of the instance listens on",
        _fails(Cause.CONFIG_WRONG_HOST_PORT, 10, DIRECT),
        _set(port="5433"),
    ),
    _app(
        "connector-port",
        "POSTGRES_PORT is the port of connectors",
        _fails(Cause.CONFIG_WRONG_HOST_PORT, 10, DIRECT),
        _set(port="3307"),
    ),
    _app(
        "bare-instance-name",
        "POSTGRES_HOST is the instance connection name without the directory of its socket",
        _fails(Cause.SOCKET_WRONG_PATH, 16, SOCKET),
        lambda deployment, around: replace(deployment, host=around.world.connection_name),
    ),
    _app(
        "socket-file-in-host",
        "POSTGRES_HOST names the socket's file, and drivers append its name once more",
        _fails(Cause.SOCKET_WRONG_PATH, 16, SOCKET),
        lambda deployment, _: replace(deployment, host=f"{deployment.host}/.s.PGSQL.5432"),
    ),
    _app(
        "wrong-region",
        "the instance connection name has another region than the instance",
        _fails(Cause.CONFIG_INSTANCE_NAME_WRONG, 10, CONNECTOR, SOCKET),
        _wrong_region,
    ),
    _app(
        "wrong-password",
        "the password is not the user's",
        _fails(Cause.PG_AUTH_PASSWORD, 18, DIRECT, SOCKET, CONNECTOR),
        _set(password="last-year-wR0ng-one"),
    ),
    _app(
        "unknown-database",
        "the database does not exist",
        _fails(Cause.PG_DATABASE_MISSING, 18, DIRECT, SOCKET, CONNECTOR),
        _set(database="ordres"),
    ),
    _app(
        "iam-user-not-truncated",
        "the IAM user is written with .gserviceaccount.com",
        _fails(Cause.IAM_DB_USERNAME_WRONG, 12, DIRECT, login=Login.IAM),
        lambda deployment, around: replace(deployment, user=around.world.service_account),
    ),
)

# --- what identifies the app, and Google's APIs -------------------------------------------------------------------


def _identity(name: str, title: str, cause: Cause) -> Fault:
    """Only what logs in by itself needs an identity: the connector, and IAM login. Google's own socket has its own."""
    expected = (
        *_fails(cause, 11, CONNECTOR),
        *_works(DIRECT, SOCKET),
        *_fails(cause, 11, DIRECT, CONNECTOR, login=Login.IAM),
    )
    return Fault(name=name, title=title, place=Place.METADATA, expected=expected)


def _api(name: str, title: str, cause: Cause, code: int) -> Fault:
    """The platform's end of the socket needs the Admin API as the connector does; a direct connection does not."""
    expected = (*_fails(cause, code, CONNECTOR, SOCKET), *_works(DIRECT))
    return Fault(name=name, title=title, place=Place.ADMIN_API, expected=expected)


def _client_certificate(name: str, title: str) -> Fault:
    """On the socket the platform's end is refused and hangs up: the container only sees the close."""
    refused = _fails(Cause.TLS_CLIENT_CERT_REFUSED, 17, CONNECTOR)
    return Fault(
        name=name,
        title=title,
        place=Place.ADMIN_API,
        expected=(*refused, *_fails(Cause.PG_SERVER_CLOSED, 18, SOCKET)),
    )


_GOOGLE = (
    _identity("metadata-down", "the metadata server refuses connections", Cause.ADC_METADATA_UNREACHABLE),
    _identity("token-500", "the metadata server answers 500 to token requests", Cause.ADC_METADATA_UNREACHABLE),
    _identity("wrong-scope", "tokens carry none of the scopes asked for", Cause.ADC_SCOPES_INSUFFICIENT),
    _api("api-403", "the Admin API denies the service account", Cause.IAM_MISSING_CLOUDSQL_CLIENT, 12),
    _api("api-disabled", "the Admin API is not enabled in the project", Cause.API_SQLADMIN_DISABLED, 12),
    _api("api-404", "the Admin API knows no such instance", Cause.CONFIG_INSTANCE_NAME_WRONG, 10),
    _api("api-429", "the Admin API's quota is used up", Cause.API_QUOTA_EXCEEDED, 12),
    _api("api-503", "the Admin API answers 503", Cause.API_SERVER_ERROR, 12),
    _api("api-html", "the Admin API's address answers a web page with status 200", Cause.API_UNEXPECTED_ANSWER, 12),
    _api("api-drop", "packets to the Admin API vanish", Cause.API_UNREACHABLE, 12),
    Fault(
        name="ip-type-absent",
        title="the instance has no public address, and the connector asks for one",
        place=Place.ADMIN_API,
        expected=(*_fails(Cause.INSTANCE_NO_MATCHING_IP_TYPE, 15, CONNECTOR), *_works(SOCKET)),
        world=lambda world: replace(world, ip_types=(IpType.PRIVATE,)),
    ),
    _client_certificate("client-cert-refused", "the instance does not trust the signer of the ephemeral certificate"),
    _client_certificate("client-cert-expired", "the ephemeral certificate is handed out expired"),
)

# --- names --------------------------------------------------------------------------------------------------------


def _resolver(name: str, title: str, expected: tuple[Expected, ...], host: Callable[[World], str]) -> Fault:
    """The app gets a host name instead of an address."""
    return Fault(
        name=name,
        title=title,
        place=Place.RESOLVER,
        expected=expected,
        deployment=lambda deployment, around: replace(deployment, host=host(around.world)),
    )


def _present(world: World) -> str:
    return world.host_name


_RESOLVER = (
    _resolver(
        "nxdomain", "the host name does not exist", _fails(Cause.DNS_NXDOMAIN, 13, DIRECT), lambda w: w.absent_host_name
    ),
    _resolver(
        "private-zone-not-visible",
        "the host name is in a private zone of a VPC that the app is not attached to",
        _fails(Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE, 13, DIRECT),
        lambda w: w.private_host_name,
    ),
    _resolver("servfail", "the name server fails", _fails(Cause.DNS_RESOLVER_FAILURE, 13, DIRECT), _present),
    _resolver("resolver-drop", "the name server is silent", _fails(Cause.DNS_RESOLVER_FAILURE, 13, DIRECT), _present),
    _resolver("slow-resolver", "the name server takes more than a second", _works(DIRECT), _present),
)

# --- the way to the instance, and who answers there ---------------------------------------------------------------


def _network(
    name: str, title: str, expected: tuple[Expected, ...], world: Callable[[World], World] = same_world
) -> Fault:
    return Fault(name=name, title=title, place=Place.NETWORK, expected=expected, world=world)


_NETWORK = (
    _network("silent-drop", "packets to the instance vanish", _fails(Cause.TCP_TIMEOUT, 16, DIRECT, CONNECTOR, SOCKET)),
    _network(
        "port-refused", "nothing listens at the instance", _fails(Cause.TCP_REFUSED, 16, DIRECT, CONNECTOR, SOCKET)
    ),
    _network(
        "accept-then-silence",
        "the instance accepts and says nothing",
        _fails(Cause.PG_NO_ANSWER, 18, DIRECT, CONNECTOR, SOCKET),
    ),
    _network(
        "accept-then-close",
        "the instance accepts and hangs up",
        _fails(Cause.PG_SERVER_CLOSED, 18, DIRECT, CONNECTOR, SOCKET),
    ),
    _network(
        "http-server", "a web server answers in place of the database", _fails(Cause.CONFIG_NOT_POSTGRES, 10, DIRECT)
    ),
    _network(
        "ssh-server", "an SSH server answers in place of the database", _fails(Cause.CONFIG_NOT_POSTGRES, 10, DIRECT)
    ),
    _network("mysql-server", "MySQL answers in place of PostgreSQL", _fails(Cause.CONFIG_NOT_POSTGRES, 10, DIRECT)),
    _network("garbage-first", "random bytes answer the first request", _fails(Cause.CONFIG_NOT_POSTGRES, 10, DIRECT)),
    _network(
        "garbage-after-startup",
        "random bytes answer the startup message",
        _fails(Cause.CONFIG_NOT_POSTGRES, 10, DIRECT),
    ),
    _network("garbage-after-password", "random bytes answer the password", _fails(Cause.UNCLASSIFIED, 21, DIRECT)),
    _network("garbage-after-query", "random bytes answer the query", _fails(Cause.UNCLASSIFIED, 21, DIRECT)),
    _network(
        "all-traffic-without-nat",
        "all egress goes through a VPC that has no way to public addresses",
        _fails(Cause.VPC_NAT_MISSING_OR_EXHAUSTED, 14, SOCKET, CONNECTOR),
        lambda world: replace(world, network=replace(world.network, egress=Egress.ALL, nat=False, pga=False)),
    ),
)

# --- the instance -------------------------------------------------------------------------------------------------


def _server_certificate(name: str, title: str, cause: Cause) -> Fault:
    """On the socket the platform's end verifies and hangs up: the container only sees the close."""
    return Fault(
        name=name,
        title=title,
        place=Place.INSTANCE,
        expected=(
            *_fails(cause, 17, CONNECTOR),
            *_fails(Cause.PG_SERVER_CLOSED, 18, SOCKET),
            *_fails(cause, 17, DIRECT),
        ),
        deployment=_verifying,
    )


def _verifying(deployment: Deployment, around: Surroundings) -> Deployment:
    """A direct connection only looks at the certificate when it is told to."""
    if deployment.route is not DIRECT:
        return deployment
    return replace(deployment, host=around.world.dns_name).as_url(
        ("sslmode", "verify-full"), ("sslrootcert", around.server_ca_file)
    )


def _instance(
    name: str, title: str, expected: tuple[Expected, ...], world: Callable[[World], World] = same_world
) -> Fault:
    return Fault(name=name, title=title, place=Place.INSTANCE, expected=expected, world=world)


_INSTANCE = (
    _instance(
        "instance-stopped",
        "the owner stopped the instance",
        _fails(Cause.INSTANCE_NOT_RUNNING, 15, CONNECTOR, DIRECT, SOCKET),
        lambda world: replace(world, state=InstanceState.STOPPED),
    ),
    _instance(
        "connector-required",
        "the instance takes connectors only, 5432 is closed to everybody",
        _fails(Cause.INSTANCE_CONNECTOR_REQUIRED, 15, DIRECT),
        lambda world: replace(world, connector_enforcement="REQUIRED"),
    ),
    _server_certificate("server-cert-expired", "the server's certificate has expired", Cause.TLS_CERT_EXPIRED),
    _server_certificate(
        "server-cert-unknown-ca", "another authority signed the server's certificate", Cause.TLS_VERIFY_FAILED
    ),
    _server_certificate(
        "server-cert-wrong-name", "the server's certificate names another instance", Cause.TLS_HOSTNAME_MISMATCH
    ),
    Fault(
        name="tls-required",
        title="the instance takes TLS only, and the app turns it off",
        place=Place.INSTANCE,
        expected=_fails(Cause.TLS_SSL_REQUIRED, 17, DIRECT),
        world=lambda world: replace(world, ssl_mode=SslMode.ENCRYPTED_ONLY),
        deployment=lambda deployment, _: deployment.as_url(("sslmode", "disable")),
    ),
    _instance(
        "client-cert-required",
        "the instance wants a client certificate",
        _fails(Cause.TLS_CLIENT_CERT_REQUIRED, 17, DIRECT),
        lambda world: replace(world, ssl_mode=SslMode.CLIENT_CERTIFICATE),
    ),
    _instance("no-pg-hba-entry", "no rule of the server fits the app", _fails(Cause.PG_NO_HBA_ENTRY, 18, DIRECT)),
    _instance(
        "iam-login-denied",
        "the service account may not log in to the instance",
        _fails(Cause.IAM_MISSING_INSTANCES_LOGIN, 12, CONNECTOR, DIRECT, login=Login.IAM),
    ),
    _instance(
        "too-many-connections",
        "every connection slot is taken",
        _fails(Cause.PG_TOO_MANY_CONNECTIONS, 18, DIRECT, SOCKET, CONNECTOR),
    ),
    _instance("starting-up", "the server is starting", _fails(Cause.PG_NOT_READY, 18, DIRECT, SOCKET, CONNECTOR)),
)

# --- the mounted socket -------------------------------------------------------------------------------------------


def _socket(name: str, title: str) -> Fault:
    return Fault(name=name, title=title, place=Place.SOCKETS, expected=_fails(Cause.SOCKET_NOT_MOUNTED, 16, SOCKET))


_SOCKETS = (
    _socket("instance-not-attached", "no instance is attached to the revision"),
    _socket("wrong-instance-attached", "another instance is attached to the revision"),
)

FAULTS: tuple[Fault, ...] = (*_APP, *_GOOGLE, *_RESOLVER, *_NETWORK, *_INSTANCE, *_SOCKETS)
"""Every fault that can be switched on."""
