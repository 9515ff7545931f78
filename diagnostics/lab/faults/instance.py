"""Faults of the instance."""

from collections.abc import Callable

from msgspec.structs import replace

from diagnostics.core.codes import Cause
from diagnostics.lab.deployment import Deployment, Surroundings
from diagnostics.lab.fault import Expected, Fault, Place, same_world
from diagnostics.lab.faults.rows import CONNECTOR, DIRECT, SOCKET, fails
from diagnostics.lab.world import InstanceState, Login, SslMode, World


def _server_certificate(name: str, title: str, cause: Cause) -> Fault:
    """On the socket the platform's end verifies and hangs up: the container only sees the close."""
    return Fault(
        name=name,
        title=title,
        place=Place.INSTANCE,
        expected=(
            *fails(cause, 17, CONNECTOR),
            *fails(Cause.PG_SERVER_CLOSED, 18, SOCKET),
            *fails(cause, 17, DIRECT),
        ),
        deployment=_verifying,
    )


def _insisting(deployment: Deployment, _: Surroundings) -> Deployment:
    """Without that, drivers try once more in plain."""
    return deployment.as_url(("sslmode", "require")) if deployment.route is DIRECT else deployment


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


INSTANCE = (
    _instance(
        "instance-stopped",
        "the owner stopped the instance",
        fails(Cause.INSTANCE_NOT_RUNNING, 15, CONNECTOR, DIRECT, SOCKET),
        lambda world: replace(world, state=InstanceState.STOPPED),
    ),
    _instance(
        "connector-required",
        "the instance takes connectors only, 5432 is closed to everybody",
        fails(Cause.INSTANCE_CONNECTOR_REQUIRED, 15, DIRECT),
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
        expected=fails(Cause.TLS_SSL_REQUIRED, 17, DIRECT),
        world=lambda world: replace(world, ssl_mode=SslMode.ENCRYPTED_ONLY),
        deployment=lambda deployment, _: deployment.as_url(("sslmode", "disable")),
    ),
    _instance(
        "client-cert-required",
        "the instance wants a client certificate",
        fails(Cause.TLS_CLIENT_CERT_REQUIRED, 17, DIRECT),
        lambda world: replace(world, ssl_mode=SslMode.CLIENT_CERTIFICATE),
    ),
    Fault(
        name="tls-not-offered",
        title="the server has no TLS, and the app insists on it",
        place=Place.INSTANCE,
        expected=fails(Cause.TLS_NOT_SUPPORTED_BY_SERVER, 17, DIRECT),
        deployment=_insisting,
    ),
    Fault(
        name="tls-old-version",
        title="the server speaks a TLS that no client takes any more",
        place=Place.INSTANCE,
        expected=fails(Cause.TLS_PROTOCOL_MISMATCH, 17, DIRECT, CONNECTOR),
        deployment=_insisting,
    ),
    Fault(
        name="server-cert-not-yet-valid",
        title="the server's certificate is valid from tomorrow on",
        place=Place.INSTANCE,
        expected=fails(Cause.RUNTIME_CLOCK_SKEW, 20, CONNECTOR, DIRECT),
        deployment=_verifying,
    ),
    _instance("role-missing", "the server says that the role is missing", fails(Cause.PG_ROLE_MISSING, 18, DIRECT)),
    _instance(
        "auth-method",
        "the server asks for a way of logging in that clients do not have",
        fails(Cause.PG_AUTH_METHOD_UNSUPPORTED, 18, DIRECT),
    ),
    _instance(
        "iam-user-missing",
        "the service account is no user of the database",
        fails(Cause.IAM_DB_USER_MISSING, 12, DIRECT, login=Login.IAM),
        lambda world: replace(world, iam_user_made=False),
    ),
    _instance(
        "iam-flag-off",
        "the instance has IAM logins turned off",
        fails(Cause.IAM_DB_AUTH_NOT_ENABLED, 12, DIRECT, login=Login.IAM),
        lambda world: replace(world, iam_logins=False),
    ),
    _instance("no-pg-hba-entry", "no rule of the server fits the app", fails(Cause.PG_NO_HBA_ENTRY, 18, DIRECT)),
    _instance(
        "iam-login-denied",
        "the service account may not log in to the instance",
        fails(Cause.IAM_MISSING_INSTANCES_LOGIN, 12, CONNECTOR, DIRECT, login=Login.IAM),
    ),
    _instance(
        "too-many-connections",
        "every connection slot is taken",
        fails(Cause.PG_TOO_MANY_CONNECTIONS, 18, DIRECT, SOCKET, CONNECTOR),
    ),
    _instance(
        "role-cannot-login",
        "somebody took the right to log in from the app's role",
        fails(Cause.PG_ROLE_CANNOT_LOGIN, 18, DIRECT, SOCKET, CONNECTOR),
    ),
    _instance(
        "password-expired",
        "the password of the app's role was valid until last year",
        fails(Cause.PG_AUTH_PASSWORD, 18, DIRECT),
    ),
    _instance(
        "role-connection-limit",
        "the app's role has as many connections as it may have",
        fails(Cause.PG_ROLE_CONNECTION_LIMIT, 18, DIRECT),
    ),
    _instance(
        "database-connection-limit",
        "the database has as many connections as it may have",
        fails(Cause.PG_DATABASE_CONNECTION_LIMIT, 18, DIRECT),
    ),
    _instance(
        "database-not-accepting",
        "somebody closed the database",
        fails(Cause.PG_DATABASE_NOT_ACCEPTING, 18, DIRECT),
    ),
    *(
        _instance(name, title, (Expected(route=DIRECT),))
        for name, title in (
            ("read-only-by-default", "transactions in the database are read-only by default"),
            ("short-statements-only", "the server ends the app's statements after half a second"),
            ("idle-sessions-end", "the server ends the app's sessions after an idle minute"),
            ("password-expires-soon", "the password of the app's role ends tomorrow"),
        )
    ),
    _instance(
        "connect-denied",
        "the app's role has no CONNECT on the database",
        fails(Cause.PG_PERMISSION_DENIED, 18, DIRECT),
    ),
    _instance("hba-reject", "a rule of the server rejects the app", fails(Cause.PG_HBA_REJECT, 18, DIRECT)),
    _instance(
        "standby-closed", "the server is a standby that takes no sessions", fails(Cause.PG_STANDBY_CLOSED, 18, DIRECT)
    ),
    _instance(
        "pooler-database-unknown",
        "a pooler answers, and knows no such database",
        fails(Cause.PG_POOLER_DATABASE_UNKNOWN, 18, DIRECT),
    ),
    _instance(
        "pooler-user-unknown",
        "a pooler answers, and knows no such user",
        fails(Cause.PG_POOLER_USER_UNKNOWN, 18, DIRECT),
    ),
    _instance("pooler-full", "a pooler answers, and takes no more clients", fails(Cause.POOL_EXHAUSTED, 19, DIRECT)),
    _instance(
        "pooler-server-down",
        "a pooler answers, and cannot log in to the server",
        fails(Cause.PG_POOLER_NO_SERVER, 18, DIRECT),
    ),
    _instance(
        "pooler-unsupported",
        "a pooler answers, and turns down what the client asks for",
        fails(Cause.PG_POOLER_INCOMPATIBLE, 18, DIRECT),
    ),
    _instance("storage-full", "the instance's disk is full", fails(Cause.INSTANCE_STORAGE_FULL, 15, DIRECT)),
    _instance("out-of-memory", "the server is out of memory", fails(Cause.INSTANCE_OUT_OF_MEMORY, 15, DIRECT)),
    _instance("starting-up", "the server is starting", fails(Cause.PG_NOT_READY, 18, DIRECT, SOCKET, CONNECTOR)),
)
