"""Faults in what the app is told."""

from msgspec.structs import replace

from diagnostics.core.codes import Cause
from diagnostics.lab.deployment import Deployment, Encoding, Surroundings
from diagnostics.lab.fault import Expected, Fault, Place
from diagnostics.lab.faults.rows import CONNECTOR, DIRECT, SOCKET, Deploy, fails, set_to, works
from diagnostics.lab.world import Login, Route


def _app(name: str, title: str, expected: tuple[Expected, ...], deployment: Deploy) -> Fault:
    return Fault(name=name, title=title, place=Place.APP, expected=expected, deployment=deployment)


def _newline(variable: str, *routes: Route) -> Fault:
    return _app(
        f"newline-in-{variable.lower().replace('_', '-')}",
        f"{variable} ends with a line break",
        fails(Cause.CONFIG_SECRET_TRAILING_NEWLINE, 10, *routes),
        lambda deployment, _: deployment.with_suffix(variable, "\n"),
    )


def _wrong_region(deployment: Deployment, around: Surroundings) -> Deployment:
    """The socket that is mounted carries the wrong name, too: Cloud Run does not check the region."""
    right, wrong = around.world.connection_name, around.world.misplaced_connection_name
    return replace(deployment, instance=wrong, host=deployment.host.replace(right, wrong))


APP = (
    _newline("POSTGRES_HOST", DIRECT, SOCKET),
    _newline("POSTGRES_DB", DIRECT, SOCKET, CONNECTOR),
    _newline("POSTGRES_USER", DIRECT, SOCKET, CONNECTOR),
    _newline("POSTGRES_PASSWORD", DIRECT, SOCKET, CONNECTOR),
    # Python's URL parser drops line breaks, so its connector connects; Go's and Node's ask for an instance that is not.
    _newline("INSTANCE_CONNECTION_NAME", CONNECTOR),
    _app(
        "newline-in-postgres-port",
        "POSTGRES_PORT ends with a line break, which drivers take",
        works(DIRECT),
        lambda deployment, _: deployment.with_suffix("POSTGRES_PORT", "\n"),
    ),
    _app(
        "newline-in-database-url",
        "DATABASE_URL ends with a line break",
        fails(Cause.CONFIG_SECRET_TRAILING_NEWLINE, 10, DIRECT),
        lambda deployment, _: deployment.as_url().with_suffix("DATABASE_URL", "\n"),
    ),
    _app(
        "placeholder-secret",
        "the password is still the template's placeholder",
        fails(Cause.CONFIG_PLACEHOLDER_VALUE, 10, DIRECT, SOCKET, CONNECTOR),
        set_to(password="REPLACE_WITH_DB_PASSWORD"),
    ),
    _app(
        "unencoded-url",
        "DATABASE_URL holds the password as it is, reserved characters and all",
        fails(Cause.CONFIG_URL_UNESCAPED_CHARS, 10, DIRECT, SOCKET),
        lambda deployment, _: replace(deployment.as_url(), encoding=Encoding.NONE),
    ),
    _app(
        "asyncpg-sslmode",
        "DATABASE_URL names asyncpg and has libpq's sslmode",
        fails(Cause.CONFIG_DRIVER_OPTION_MISMATCH, 10, DIRECT, SOCKET),
        lambda deployment, _: deployment.as_url(("sslmode", "require"), scheme="postgresql+asyncpg"),
    ),
    _app(
        "stale-address",
        "POSTGRES_HOST is an address that the instance no longer has",
        fails(Cause.CONFIG_WRONG_HOST_PORT, 10, DIRECT),
        lambda deployment, around: replace(deployment, host=around.addresses.stale),
    ),
    _app(
        "wrong-port",
        "POSTGRES_PORT is a port that nothing of the instance listens on",
        fails(Cause.CONFIG_WRONG_HOST_PORT, 10, DIRECT),
        set_to(port="5433"),
    ),
    _app(
        "connector-port",
        "POSTGRES_PORT is the port of connectors",
        fails(Cause.CONFIG_WRONG_HOST_PORT, 10, DIRECT),
        set_to(port="3307"),
    ),
    _app(
        "bare-instance-name",
        "POSTGRES_HOST is the instance connection name without the directory of its socket",
        fails(Cause.SOCKET_WRONG_PATH, 16, SOCKET),
        lambda deployment, around: replace(deployment, host=around.world.connection_name),
    ),
    _app(
        "socket-file-in-host",
        "POSTGRES_HOST names the socket's file, and drivers append its name once more",
        fails(Cause.SOCKET_WRONG_PATH, 16, SOCKET),
        lambda deployment, _: replace(deployment, host=f"{deployment.host}/.s.PGSQL.5432"),
    ),
    _app(
        "wrong-region",
        "the instance connection name has another region than the instance",
        fails(Cause.CONFIG_INSTANCE_NAME_WRONG, 10, CONNECTOR, SOCKET),
        _wrong_region,
    ),
    _app(
        "wrong-password",
        "the password is not the user's",
        fails(Cause.PG_AUTH_PASSWORD, 18, DIRECT, SOCKET, CONNECTOR),
        set_to(password="last-year-wR0ng-one"),
    ),
    _app(
        "unknown-database",
        "the database does not exist",
        fails(Cause.PG_DATABASE_MISSING, 18, DIRECT, SOCKET, CONNECTOR),
        set_to(database="ordres"),
    ),
    _app(
        "database-in-capitals",
        "the database's name has a capital letter, which the server's does not have",
        fails(Cause.CONFIG_NAME_CASE, 10, DIRECT, SOCKET, CONNECTOR),
        lambda deployment, _: replace(deployment, database=deployment.database.title()),
    ),
    _app(
        "socket-of-mysql",
        "POSTGRES_PORT is MySQL's, which is then in the name of the socket's file",
        fails(Cause.SOCKET_WRONG_PATH, 16, SOCKET),
        set_to(port="3306"),
    ),
    _app(
        "socket-without-instance",
        "POSTGRES_HOST is made from a variable that is empty, so that it ends with the directory of all sockets",
        fails(Cause.SOCKET_WRONG_PATH, 16, SOCKET),
        lambda deployment, around: replace(deployment, host=f"{around.socket_dir}/"),
    ),
    _app(
        "wrong-service-account",
        "the revision runs as another service account than the database user",
        fails(Cause.IAM_DB_USERNAME_WRONG, 12, DIRECT, login=Login.IAM),
        lambda deployment, around: replace(deployment, user=around.world.other_iam_user),
    ),
    _app(
        "iam-user-not-truncated",
        "the IAM user is written with .gserviceaccount.com",
        fails(Cause.IAM_DB_USERNAME_WRONG, 12, DIRECT, login=Login.IAM),
        lambda deployment, around: replace(deployment, user=around.world.service_account),
    ),
)
