"""What apps set, and what a plausible validation of their own lets through."""

import pytest

from diagnostics.core.findings import Code
from diagnostics.core.model import Depth, Dialect, IpType, Login, Route, SettingName, TlsMode
from tests.settings.around import (
    CLOUD_RUN,
    INSTANCE,
    VARIABLES,
    load,
    of_url,
    one,
    password_of,
    problems,
    remarks,
    target,
)

SOCKET = f"/cloudsql/{INSTANCE}"
TRAILING = Code.CONFIG_HYGIENE_TRAILING_WHITESPACE
CONFLICT = Code.CONFIG_HYGIENE_CONFLICTING_SETTINGS


# --- what gets past an app's own validation -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name,setting",
    [
        ("POSTGRES_HOST", "host"),
        ("POSTGRES_DB", "database"),
        ("POSTGRES_USER", "user"),
        ("POSTGRES_PASSWORD", "password"),
    ],
)
@pytest.mark.parametrize("blank", ["\n", "\r\n", " ", "\t", "\ufeff", "\u200b", "\u00a0"])
def test_invisible_character_at_the_end_is_kept_and_remarked(name: str, setting: str, blank: str) -> None:
    """The app uses the value as it is, so the run does, too; the remark says which variable, not what or where."""
    environ = VARIABLES | {name: VARIABLES[name] + blank}
    found = target(environ)
    raw = password_of(found) if setting == "password" else getattr(found, setting)
    assert raw == VARIABLES[name] + blank
    assert remarks(environ) == {(TRAILING, name, setting)}


@pytest.mark.parametrize("blank", ["\n", "\ufeff", " "])
def test_invisible_character_at_the_start(blank: str) -> None:
    environ = VARIABLES | {"POSTGRES_DB": blank + "orders"}
    assert remarks(environ) == {(Code.CONFIG_HYGIENE_LEADING_WHITESPACE, "POSTGRES_DB", "database")}


def test_newline_in_the_port_is_taken_by_drivers() -> None:
    environ = VARIABLES | {"POSTGRES_PORT": " 6543\n"}
    assert target(environ).port == 6543
    assert (TRAILING, "POSTGRES_PORT", "port") in remarks(environ)


@pytest.mark.parametrize("text", ["staging\n", " staging", "\n"])
def test_selector_of_the_environment_with_a_blank(text: str) -> None:
    """The app silently takes its development settings."""
    found = remarks(VARIABLES | {"ENVIRONMENT": text})
    assert {about for _, about, _ in found} == {"ENVIRONMENT"}


def test_no_host_is_what_drivers_make_of_it() -> None:
    environ = CLOUD_RUN | {"PGDATABASE": "orders", "PGUSER": "api", "PGPASSWORD": "kT8v-Qm2"}
    found = target(environ)
    assert (found.route, found.host, found.origin(SettingName.HOST)) == (Route.DIRECT, "localhost", "default")
    assert remarks(environ) == {(Code.CONFIG_HYGIENE_LOCAL_FALLBACK, "PGHOST", "host")}


@pytest.mark.parametrize("prefix", ["POSTGRES_", "DB_", "DATABASE_", "ORDERS_DB_"])
def test_where_no_variable_says_a_host_the_code_may(prefix: str) -> None:
    """Only libpq itself has a default that is known; an app's own may be anything."""
    names = tuple(prefix + ending for ending in ("NAME", "PASSWORD", "USER"))
    found = one(CLOUD_RUN | dict.fromkeys(names, "orders"))
    assert found.target is None
    assert [each.code for each in found.problems] == [Code.CONFIG_TARGET_NOT_FOUND]
    assert found.nearest == names


def test_local_host_on_purpose_is_no_remark() -> None:
    """A proxy in a container beside the app listens there."""
    assert remarks(CLOUD_RUN | VARIABLES | {"POSTGRES_HOST": "127.0.0.1"}) == set()


def test_local_fallback_off_cloud_run_is_no_remark() -> None:
    assert remarks({"PGUSER": "api", "PGDATABASE": "orders"}) == set()


def test_instance_name_without_directory_as_host() -> None:
    environ = VARIABLES | {"POSTGRES_HOST": INSTANCE}
    found = target(environ)
    assert (found.route, found.host) == (Route.DIRECT, INSTANCE)
    assert str(found.instance) == INSTANCE
    assert remarks(environ) == {(Code.CONFIG_HYGIENE_BARE_INSTANCE_NAME, "POSTGRES_HOST", "host")}


def test_empty_database_is_the_user_name() -> None:
    environ = VARIABLES | {"POSTGRES_DB": ""}
    found = target(environ)
    assert (found.database, found.origin(SettingName.DATABASE)) == ("api", "default")
    assert remarks(environ) == {(Code.CONFIG_HYGIENE_NO_DATABASE, "POSTGRES_DB", "database")}


def test_project_of_a_domain_is_legal() -> None:
    name = "example.com:proj:europe-west1:orders"
    found = target(VARIABLES | {"POSTGRES_HOST": f"/cloudsql/{name}"})
    assert found.instance is not None
    assert found.instance.project == "example.com:proj"
    assert one(VARIABLES | {"POSTGRES_HOST": f"/cloudsql/{name}"}).remarks == ()


@pytest.mark.parametrize(
    "text",
    ["REPLACE_WITH_DB_PASSWORD", "changeme", "${DB_PASSWORD}", "<password>", "your-password", "xxx", "TODO", "***"],
)
def test_placeholder_as_password(text: str) -> None:
    found = remarks(VARIABLES | {"POSTGRES_PASSWORD": text})
    assert found == {(Code.CONFIG_HYGIENE_PLACEHOLDER, "POSTGRES_PASSWORD", "password")}


@pytest.mark.parametrize(
    "text", ["hunter2", "password", "pA$$w0rd<3", "a{b}c", "your", "Todoist9", "xx", "postgres", "5%x%y"]
)
def test_real_password_is_no_placeholder(text: str) -> None:
    assert remarks(VARIABLES | {"POSTGRES_PASSWORD": text}) == set()


@pytest.mark.parametrize("text", [" ", "\n", " \t\r\n"])
def test_password_of_nothing_but_blanks(text: str) -> None:
    found = remarks(VARIABLES | {"POSTGRES_PASSWORD": text})
    assert found == {(Code.CONFIG_HYGIENE_ONLY_WHITESPACE, "POSTGRES_PASSWORD", "password")}


def test_quotes_and_controls() -> None:
    found = remarks(VARIABLES | {"POSTGRES_DB": '"orders"', "POSTGRES_USER": "a\x07pi"})
    assert found == {
        (Code.CONFIG_HYGIENE_QUOTED, "POSTGRES_DB", "database"),
        (Code.CONFIG_HYGIENE_CONTROL_CHARACTER, "POSTGRES_USER", "user"),
    }


# --- nothing, or not enough -----------------------------------------------------------------------------------------


def test_nothing_at_all() -> None:
    assert problems({}) == {(Code.CONFIG_TARGET_NOT_FOUND, "")}
    assert remarks({}) == set()


def test_nothing_at_all_in_a_sidecar() -> None:
    """The app's container, which has PORT, has its own environment."""
    beside = {(Code.CONFIG_HYGIENE_OTHER_CONTAINER, "", "")}
    assert remarks(CLOUD_RUN) == beside
    assert remarks(CLOUD_RUN | {"PORT": "8080"}) == set()


@pytest.mark.parametrize("empty", ["", None])
def test_without_a_user_the_path_is_walked_as_far_as_it_goes(empty: str | None) -> None:
    environ = {name: text for name, text in VARIABLES.items() if name != "POSTGRES_USER"}
    if empty is not None:
        environ["POSTGRES_USER"] = empty
    found = target(environ)
    assert (found.host, found.user, found.deepest) == ("10.20.0.5", "", Depth.STARTUP)
    assert remarks(environ) == {(Code.CONFIG_HYGIENE_NO_USER, "POSTGRES_USER", "user")}


def test_all_problems_at_once() -> None:
    environ = {"POSTGRES_HOST": "h" * 300, "POSTGRES_PORT": "99999", "POSTGRES_PASSWORD_FILE": "/absent"}
    assert problems(environ) == {
        (Code.CONFIG_TARGET_SECRET_UNREADABLE, "POSTGRES_PASSWORD_FILE"),
        (Code.CONFIG_TARGET_HOST_TOO_LONG, "POSTGRES_HOST"),
        (Code.CONFIG_TARGET_PORT_OUT_OF_RANGE, "POSTGRES_PORT"),
    }


@pytest.mark.parametrize(
    "text, code",
    [
        *((text, Code.CONFIG_TARGET_PORT_OUT_OF_RANGE) for text in ("99999", "0", "65536\n", "9" * 5000)),
        *(
            (text, Code.CONFIG_TARGET_BAD_PORT)
            for text in ("-1", "54three2", "5432.0", "tcp://10.0.0.1:5432", "٥٤٣٢", "5_432")
        ),
    ],
)
def test_port_that_is_none(text: str, code: Code) -> None:
    """A number that is no port nobody can dial; what is no number another reader may understand."""
    environ = VARIABLES | {"POSTGRES_PORT": text}
    assert problems(environ) == {(code, "POSTGRES_PORT")}


@pytest.mark.parametrize("host", ["h" * 254, "a." + "b" * 64])
def test_host_that_no_name_server_could_carry(host: str) -> None:
    assert problems(VARIABLES | {"POSTGRES_HOST": host}) == {(Code.CONFIG_TARGET_HOST_TOO_LONG, "POSTGRES_HOST")}


def test_host_that_is_a_whole_url_is_read_as_one() -> None:
    """Whoever hands it to a driver as the URL connects; whoever takes it for a host does not."""
    environ = VARIABLES | {"POSTGRES_HOST": "postgresql://app:kT8v-Qm2@10.0.0.5/orders"}
    found = target(environ)
    assert (found.host, found.user, password_of(found)) == ("10.0.0.5", "app", "kT8v-Qm2")
    assert (Code.CONFIG_HYGIENE_SCHEME_IN_HOST, "POSTGRES_HOST", "host") in remarks(environ)


@pytest.mark.parametrize("host", ["http://kT8v-Qm2@10.0.0.5/orders", "kT8v-Qm2@10.0.0.5", "\udcff"])
def test_host_that_may_hold_a_password_or_is_no_text(host: str) -> None:
    """It must not be shown as a host."""
    environ = VARIABLES | {"POSTGRES_HOST": host}
    assert problems(environ) == {(Code.CONFIG_TARGET_BAD_VALUE, "POSTGRES_HOST")}
    shown = {origin.setting: origin.shown for origin in one(environ).origins}
    assert shown[SettingName.HOST] == "***"


@pytest.mark.parametrize("name", ["POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD"])
def test_text_that_is_no_utf8(name: str) -> None:
    """As Python's environment has bytes that decode to nothing."""
    assert problems(VARIABLES | {name: "a\udcffb"}) == {(Code.CONFIG_TARGET_BAD_VALUE, name)}


# --- families -------------------------------------------------------------------------------------------------------

ORDER = (
    {"CLOUDSQL_DIAG_URL": "postgresql://api@own-url/d"},
    {"CLOUDSQL_DIAG_HOST": "own", "CLOUDSQL_DIAG_USER": "api", "CLOUDSQL_DIAG_DATABASE": "d"},
    {"DATABASE_URL": "postgresql://api@database-url/d"},
    {"POSTGRES_URL": "postgresql://api@postgres-url/d"},
    {"POSTGRES_HOST": "postgres", "POSTGRES_USER": "api", "POSTGRES_DB": "d"},
    {"DATABASE_HOST": "database", "DATABASE_USER": "api", "DATABASE_NAME": "d"},
    {"DB_HOST": "db", "DB_USER": "api", "DB_NAME": "d"},
    {"PGHOST": "pg", "PGUSER": "api", "PGDATABASE": "d"},
)
HOSTS = ("own-url", "own", "database-url", "postgres-url", "postgres", "database", "db", "pg")


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_precedence_of_families(first: int) -> None:
    environ: dict[str, str] = {}
    for family in ORDER[first:]:
        environ |= family
    assert target(environ).host == HOSTS[first]


def test_families_are_never_mixed() -> None:
    environ = {"DATABASE_URL": "postgresql://api@10.0.0.1/orders", "POSTGRES_PASSWORD": "kT8v-Qm2", "PGPORT": "6543"}
    found = target(environ)
    # What the text does not say libpq takes from its own variables, and from nobody else's.
    assert (found.password, found.port) == (None, 6543)


def test_family_that_says_where_goes_before_one_that_does_not() -> None:
    environ = {"POSTGRES_PASSWORD": "kT8v-Qm2", "PGHOST": "10.0.0.1", "PGUSER": "api"}
    assert target(environ).host == "10.0.0.1"


def test_second_family_that_contradicts_is_remarked() -> None:
    environ = {"DATABASE_URL": "postgresql://api@10.0.0.1/orders"} | VARIABLES
    assert remarks(environ) == {(CONFLICT, "DATABASE_URL", "POSTGRES_HOST")}
    assert remarks(environ | {"POSTGRES_HOST": "10.0.0.1", "POSTGRES_DB": "other", "POSTGRES_USER": "x"}) == {
        (CONFLICT, "DATABASE_URL", "POSTGRES_DB"),
        (CONFLICT, "DATABASE_URL", "POSTGRES_USER"),
    }


def test_second_family_that_agrees_is_no_remark() -> None:
    environ = VARIABLES | {"POSTGRES_HOST": f"{SOCKET}\n", "DATABASE_URL": f"postgresql://api@/orders?host={SOCKET}"}
    assert remarks(environ) == set()


def test_nothing_is_compared_with_a_rejected_url() -> None:
    environ = VARIABLES | {"POSTGRES_URL": "postgresql://api:pa@ss@10.9.9.9/orders"}
    assert remarks(environ) == set()


def test_two_names_of_one_family_that_contradict() -> None:
    environ = {"DB_HOST": "10.0.0.1", "INSTANCE_HOST": "10.0.0.2", "DB_USER": "api", "DB_NAME": "d"}
    assert remarks(environ) == {(CONFLICT, "DB_HOST", "INSTANCE_HOST")}


def test_libpq_variables() -> None:
    environ = {
        "PGHOST": "db.internal",
        "PGHOSTADDR": "10.0.0.1",
        "PGPORT": "6543",
        "PGDATABASE": "orders",
        "PGUSER": "api",
        "PGPASSWORD": "kT8v-Qm2",
        "PGSSLMODE": "verify-ca",
        "PGSSLROOTCERT": "/certs/ca.pem",
        "PGSSLCERT": "/certs/client.pem",
        "PGSSLKEY": "/certs/client.key",
    }
    found = target(environ)
    assert (found.host, found.port, found.dialect) == ("10.0.0.1", 6543, Dialect.PSYCOPG)
    assert (found.tls, found.root_cert) == (TlsMode.VERIFY_CA, "/certs/ca.pem")
    assert (found.client_cert, found.client_key) == ("/certs/client.pem", "/certs/client.key")
    assert remarks(environ) == set()


# --- routes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", [SOCKET, f"/run/lab/cloudsql/{INSTANCE}"])
def test_host_under_a_slash_is_the_socket(host: str) -> None:
    found = target(VARIABLES | {"POSTGRES_HOST": host})
    assert (found.route, found.host, str(found.instance), found.tls) == (Route.SOCKET, host, INSTANCE, TlsMode.DISABLE)
    assert found.name == "orders"


def test_instance_without_host_goes_through_the_connector() -> None:
    environ = {"INSTANCE_CONNECTION_NAME": INSTANCE, "DB_USER": "api", "DB_PASS": "kT8v-Qm2", "DB_NAME": "orders"}
    found = target(environ)
    assert (found.route, found.dialect, found.ip_type) == (Route.CONNECTOR, Dialect.CONNECTOR, IpType.PUBLIC)
    assert (str(found.instance), found.database, password_of(found)) == (INSTANCE, "orders", "kT8v-Qm2")


def test_a_mounted_socket_beside_a_connector_is_another_way() -> None:
    """What the app says counts: an instance's name without a host is a connector's. ``--route`` takes the other."""
    environ = {"CLOUD_SQL_CONNECTION_NAME": INSTANCE, "DB_USER": "api", "DB_NAME": "orders"}
    found = target(environ, files={SOCKET: ""})
    assert (found.route, found.also) == (Route.CONNECTOR, (Route.SOCKET,))
    chosen = target(environ, {"route": "socket"}, {SOCKET: ""})
    assert (chosen.route, chosen.host, chosen.port, chosen.also) == (Route.SOCKET, SOCKET, 5432, (Route.CONNECTOR,))


def test_an_instance_that_is_named_beside_a_host_is_another_way() -> None:
    environ = VARIABLES | {"POSTGRES_HOST": SOCKET, "INSTANCE_CONNECTION_NAME": INSTANCE}
    assert (target(environ).route, target(environ).also) == (Route.SOCKET, (Route.CONNECTOR,))
    assert target(environ, {"route": "connector"}).route is Route.CONNECTOR


@pytest.mark.parametrize("route", ["socket", "connector"])
def test_route_that_cannot_be_walked_lacks_its_place(route: str) -> None:
    found = one(VARIABLES, {"route": route})
    assert {problem.code for problem in found.problems} == {Code.CONFIG_TARGET_MISSING}


def test_socket_directory_can_be_elsewhere() -> None:
    environ = {"INSTANCE_CONNECTION_NAME": INSTANCE, "DB_USER": "api", "CLOUDSQL_DIAG_SOCKET_DIR": "/run/s/"}
    environ |= {"CLOUDSQL_DIAG_ROUTE": "socket"}
    assert target(environ, files={f"/run/s/{INSTANCE}": ""}).host == f"/run/s/{INSTANCE}"


def test_instance_completes_any_family_that_lacks_the_host() -> None:
    environ = {"POSTGRES_USER": "api", "POSTGRES_DB": "orders", "INSTANCE_CONNECTION_NAME": INSTANCE}
    assert target(environ).route is Route.CONNECTOR
    of_url_alone = {"DATABASE_URL": "postgresql+asyncpg://api:x@/orders", "INSTANCE_CONNECTION_NAME": INSTANCE}
    assert target(of_url_alone).route is Route.CONNECTOR


def test_host_goes_before_the_instance_which_is_still_known() -> None:
    found = target(VARIABLES | {"INSTANCE_CONNECTION_NAME": INSTANCE})
    assert (found.route, found.host, str(found.instance)) == (Route.DIRECT, "10.20.0.5", INSTANCE)
    assert remarks(VARIABLES | {"INSTANCE_CONNECTION_NAME": INSTANCE}) == set()


def test_socket_of_another_instance_than_the_one_named() -> None:
    environ = VARIABLES | {"POSTGRES_HOST": SOCKET, "INSTANCE_CONNECTION_NAME": "acme-prod:europe-west1:billing"}
    assert remarks(environ) == {(CONFLICT, "POSTGRES_HOST", "INSTANCE_CONNECTION_NAME")}


def test_instance_name_with_a_newline() -> None:
    environ = {"INSTANCE_CONNECTION_NAME": f"{INSTANCE}\n", "DB_USER": "api", "DB_NAME": "orders"}
    assert problems(environ) == {(Code.CONFIG_TARGET_INSTANCE_NAME_MALFORMED, "INSTANCE_CONNECTION_NAME")}
    assert remarks(environ) == {(TRAILING, "INSTANCE_CONNECTION_NAME", "instance")}
    assert SettingName.INSTANCE in {origin.setting for origin in one(environ).origins}


@pytest.mark.parametrize(
    "name", ["orders", "acme:orders", "a:b:c:d:e", "'acme-prod:europe-west1:orders'", "PROJECT:REGION:INSTANCE"]
)
def test_instance_name_of_another_shape(name: str) -> None:
    environ = {"INSTANCE_CONNECTION_NAME": name, "DB_USER": "api"}
    assert problems(environ) == {(Code.CONFIG_TARGET_INSTANCE_NAME_MALFORMED, "INSTANCE_CONNECTION_NAME")}


def test_instance_alone_is_walked_without_a_user() -> None:
    for environ in ({"INSTANCE_CONNECTION_NAME": INSTANCE}, {"ORDERS": INSTANCE}, {"DATABASE_URL": INSTANCE}):
        found = target(environ)
        assert (found.route, str(found.instance), found.deepest) == (Route.CONNECTOR, INSTANCE, Depth.STARTUP)


@pytest.mark.parametrize("length,fits", [(107, True), (108, False)])
def test_longest_socket_path(length: int, fits: bool) -> None:
    host = "/" + "s" * (length - len("//.s.PGSQL.5432"))
    found = one(VARIABLES | {"POSTGRES_HOST": host})
    codes = [problem.code for problem in found.problems]
    assert codes == ([] if fits else [Code.CONFIG_TARGET_SOCKET_PATH_TOO_LONG])


def test_socket_file_as_host() -> None:
    """The file's name is appended once more by libpq; asyncpg and pg8000 take the file."""
    file = f"{SOCKET}/.s.PGSQL.5432"
    environ = VARIABLES | {"POSTGRES_HOST": file}
    assert target(environ).host == file
    assert remarks(environ) == {(Code.CONFIG_HYGIENE_DOUBLED_SOCKET_NAME, "POSTGRES_HOST", "host")}
    for url in (f"postgresql+asyncpg://api@/orders?host={file}", f"postgresql+pg8000://api@/orders?unix_sock={file}"):
        assert (of_url(url).host, of_url(url).port) == (SOCKET, 5432)
        assert remarks({"DATABASE_URL": url}) == set()


def test_several_hosts_give_the_first() -> None:
    environ = {"PGHOST": "10.0.0.1,10.0.0.2", "PGPORT": "5433,5434", "PGUSER": "api", "PGDATABASE": "d"}
    assert (target(environ).host, target(environ).port) == ("10.0.0.1", 5433)
    assert remarks(environ) == {(Code.CONFIG_HYGIENE_SEVERAL_HOSTS, "PGHOST", "host")}


# --- login and ip type ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "user,password,login",
    [
        ("api@acme-prod.iam", None, Login.IAM),
        ("api@acme-prod.iam.gserviceaccount.com", None, Login.IAM),
        ("jane@example.com", None, Login.IAM),
        ("api@acme-prod.iam", "x1-y2-z3", Login.PASSWORD),
        ("api", None, Login.PASSWORD),
        ("@", None, Login.PASSWORD),
    ],
)
def test_login_by_the_shape_of_the_user(user: str, password: str | None, login: Login) -> None:
    environ = {"POSTGRES_HOST": "10.0.0.1", "POSTGRES_USER": user, "POSTGRES_DB": "d"}
    if password:
        environ["POSTGRES_PASSWORD"] = password
    assert target(environ).login is login


def test_login_that_was_chosen() -> None:
    assert target(VARIABLES | {"CLOUDSQL_DIAG_LOGIN": "iam"}).login is Login.IAM
    assert target(VARIABLES | {"CLOUDSQL_DIAG_LOGIN": "iam"}, {"login": "password"}).login is Login.PASSWORD


def test_iam_user_of_googles_samples() -> None:
    environ = {"INSTANCE_CONNECTION_NAME": INSTANCE, "DB_IAM_USER": "robot", "DB_NAME": "orders"}
    assert (target(environ).user, target(environ).login) == ("robot", Login.IAM)


@pytest.mark.parametrize(
    "variables,ip_type",
    [
        ({"PRIVATE_IP": "1"}, IpType.PRIVATE),
        ({"PRIVATE_IP": "True"}, IpType.PRIVATE),
        ({"PRIVATE_IP": "false"}, IpType.PUBLIC),
        ({"IP_TYPE": "PRIVATE"}, IpType.PRIVATE),
        ({"IP_TYPE": "psc", "PRIVATE_IP": "1"}, IpType.PSC),
        ({"IP_TYPE": "private", "CLOUDSQL_DIAG_IP_TYPE": "public"}, IpType.PUBLIC),
    ],
)
def test_ip_type(variables: dict[str, str], ip_type: IpType) -> None:
    environ = {"INSTANCE_CONNECTION_NAME": INSTANCE, "DB_USER": "api"} | variables
    assert target(environ).ip_type is ip_type


def test_ip_type_that_is_none() -> None:
    environ = {"INSTANCE_CONNECTION_NAME": INSTANCE, "DB_USER": "api", "DB_NAME": "d", "IP_TYPE": "internal"}
    assert remarks(environ) == {(Code.CONFIG_HYGIENE_UNKNOWN_WORD, "IP_TYPE", "ip_type")}
    assert target(VARIABLES | {"IP_TYPE": "internal"}).route is Route.DIRECT


# --- files ----------------------------------------------------------------------------------------------------------


def test_secret_in_a_file() -> None:
    environ = {name: text for name, text in VARIABLES.items() if name != "POSTGRES_PASSWORD"}
    environ["POSTGRES_PASSWORD_FILE"] = "/secrets/password"
    found = one(environ, files={"/secrets/password": "kT8v-Qm2"})
    assert found.target is not None
    assert password_of(found.target) == "kT8v-Qm2"
    assert found.target.origin(SettingName.PASSWORD) == "POSTGRES_PASSWORD_FILE"
    assert found.remarks == ()


def test_line_break_at_the_end_of_a_file_is_dropped_and_remarked() -> None:
    environ = {"DATABASE_URL_FILE": "/secrets/url"}
    files = {"/secrets/url": "postgresql://api@10.0.0.1/orders\n"}
    assert target(environ, files=files).database == "orders"
    assert remarks(environ, files) == {(TRAILING, "DATABASE_URL_FILE", "url")}


def test_files_are_read_each_time() -> None:
    environ = {"DATABASE_URL_FILE": "/secrets/url"}
    assert target(environ, files={"/secrets/url": "postgresql://api@first/d"}).host == "first"
    assert target(environ, files={"/secrets/url": "postgresql://api@second/d"}).host == "second"


def test_variable_goes_before_its_file() -> None:
    environ = VARIABLES | {"POSTGRES_DB_FILE": "/absent"}
    assert target(environ).database == "orders"
    assert remarks(environ) == {(CONFLICT, "POSTGRES_DB", "POSTGRES_DB_FILE")}


def test_file_that_cannot_be_read() -> None:
    environ = {"DATABASE_URL_FILE": "/absent"}
    assert (Code.CONFIG_TARGET_SECRET_UNREADABLE, "DATABASE_URL_FILE") in problems(environ)


# --- TLS ------------------------------------------------------------------------------------------------------------


def test_tls_of_variables() -> None:
    assert target(VARIABLES).tls is TlsMode.PREFER
    assert target(VARIABLES | {"POSTGRES_SSLMODE": "require"}).tls is TlsMode.REQUIRE
    # libpq and asyncpg read it whatever else they are given.
    assert target(VARIABLES | {"PGSSLMODE": "verify-full"}).tls is TlsMode.VERIFY_FULL
    assert target(VARIABLES | {"PGSSLMODE": "require", "CLOUDSQL_DIAG_SSLMODE": "disable"}).tls is TlsMode.DISABLE


@pytest.mark.parametrize("text", ["require\n", "requires"])
def test_tls_mode_that_is_none(text: str) -> None:
    """Libpq itself refuses it where it reads the variable; what an app makes of its own, nobody knows."""
    assert target(VARIABLES | {"POSTGRES_SSLMODE": text}).tls in {TlsMode.PREFER, TlsMode.REQUIRE}
    assert {about for _, about, _ in remarks(VARIABLES | {"POSTGRES_SSLMODE": text})} == {"POSTGRES_SSLMODE"}
    assert problems({"PGHOST": "h", "PGUSER": "api", "PGSSLMODE": text}) == {
        (Code.CONFIG_TARGET_BAD_VALUE, "PGSSLMODE")
    }


def test_platform_is_told_beside_the_targets() -> None:
    assert load(VARIABLES | CLOUD_RUN).platform.service == "api"
