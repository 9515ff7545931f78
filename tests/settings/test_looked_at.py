"""What is odd about settings is said and does no harm; what a driver finds by itself is found; other engines named."""

import pytest

from diagnostics.core.candidates import Engine
from diagnostics.core.findings import Code
from diagnostics.core.model import Depth, Login, Route, SettingName, TlsMode
from tests.settings.around import (
    INSTANCE,
    VARIABLES,
    load,
    mistakes,
    of_url,
    one,
    password_of,
    problems,
    remarks,
    target,
)

SOCKET = f"/cloudsql/{INSTANCE}"
OF = {each.value.rpartition(".")[2]: each for each in Code if each.value.startswith("config.hygiene.")}


# --- remarks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "environ,slug,about",
    [
        ({"PGHOST": "10.1.2.3:5432"}, "port_in_host", "PGHOST"),
        ({"POSTGRES_HOST": "10.1.2.3:6543"}, "port_in_host", "POSTGRES_HOST"),
        ({"POSTGRES_HOST": "tcp://10.1.2.3:6543"}, "scheme_in_host", "POSTGRES_HOST"),
        ({"POSTGRES_HOST": "https://10.1.2.3/"}, "scheme_in_host", "POSTGRES_HOST"),
        ({"POSTGRES_HOST": SOCKET, "POSTGRES_PORT": "3306"}, "socket_port", "POSTGRES_HOST"),
        ({"POSTGRES_HOST": "/cloudsql/"}, "empty_socket_name", "POSTGRES_HOST"),
        ({"POSTGRES_HOST": f"{SOCKET}/.s.PGSQL.5432"}, "doubled_socket_name", "POSTGRES_HOST"),
        ({"POSTGRES_HOST": INSTANCE}, "bare_instance_name", "POSTGRES_HOST"),
        ({"POSTGRES_HOST": "%2Fcloudsql%2Fx"}, "encoded_twice", "POSTGRES_HOST"),
        ({"DATABASE_URL": "postgres://api:x@%252Fcloudsql%252Fx/d"}, "encoded_twice", "DATABASE_URL"),
        ({"DATABASE_URL": INSTANCE}, "bare_instance_name", "DATABASE_URL"),
        ({"DATABASE_URL": f"postgres://api:x@/cloudsql/{INSTANCE}/d"}, "socket_not_as_host", "DATABASE_URL"),
        ({"DATABASE_URL": f"postgres://api:x@h/d?path={SOCKET}"}, "socket_not_as_host", "DATABASE_URL"),
        ({"DATABASE_URL": "jdbc:postgresql://google/d?user=api"}, "placeholder_host", "DATABASE_URL"),
        ({"DATABASE_URL": '"postgresql://api:x@h/d"'}, "quoted", "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://api:x@${DB_ADDRESS}/d", "DB_ADDRESS": "h"}, "placeholder", "DATABASE_URL"),
        ({"POSTGRES_HOST": "h", "POSTGRES_SSL_MODE": "sometimes"}, "unknown_word", "POSTGRES_SSL_MODE"),
    ],
)
def test_oddity_is_named_and_walked(environ: dict[str, str], slug: str, about: str) -> None:
    who = {"POSTGRES_USER": "api", "POSTGRES_DB": "d", "PGUSER": "api", "PGDATABASE": "d"}
    said = {(code, where) for code, where, _ in remarks(who | environ)}
    assert (OF[slug], about) in said
    assert not one(who | environ).problems


def test_the_instance_is_added_to_what_is_called_a_directory_and_to_no_host() -> None:
    """An app uses a host as it is: ended too early, it is no socket, though the instance stands beside it."""
    beside = {"DB_USER": "api", "DB_NAME": "d", "INSTANCE_CONNECTION_NAME": INSTANCE}
    assert target(beside | {"DB_SOCKET_DIR": "/cloudsql"}).host == SOCKET
    assert target(beside | {"DB_HOST": "/cloudsql/"}).host.rstrip("/") == "/cloudsql"


def test_port_in_a_host_is_parted_but_for_libpq() -> None:
    assert target({"POSTGRES_HOST": "10.1.2.3:6543", "POSTGRES_USER": "a"}).port == 6543
    assert target({"PGHOST": "10.1.2.3:6543", "PGUSER": "a"}).host == "10.1.2.3:6543"
    grafana = {"GF_DATABASE_HOST": "10.1.2.3:6543", "GF_DATABASE_USER": "a", "GF_DATABASE_NAME": "d"}
    assert (target(grafana).port, remarks(grafana)) == (6543, set())


def test_link_to_a_service_is_nobodys_port() -> None:
    links = {"POSTGRES_PORT": "tcp://10.0.0.1:5432", "POSTGRES_SERVICE_HOST": "10.0.0.1"}
    environ = {name: text for name, text in VARIABLES.items() if name != "POSTGRES_PORT"} | links
    assert (target(environ).host, target(environ).port) == ("10.20.0.5", 5432)


def test_placeholder_that_nobody_replaces() -> None:
    assert problems({"DATABASE_URL": "postgresql://api:x@${DB_HOST}/d"}) == {
        (Code.CONFIG_TARGET_PLACEHOLDER_IN_URL, "DATABASE_URL")
    }
    # Spring has more sources than the environment: what it makes of it, nobody here knows.
    (found,) = one({"SPRING_DATASOURCE_URL": "jdbc:postgresql://${sm://host}/d${DB_X}"}).problems
    assert found.code is Code.CONFIG_TARGET_NOT_FOUND


@pytest.mark.parametrize(
    "text,mode",
    [
        ("jdbc:postgresql://h/d?user=a&ssl=true", TlsMode.VERIFY_FULL),
        ("jdbc:postgresql://h/d?user=a&sslmode=require", TlsMode.REQUIRE),
        ("Host=h;Database=d;Username=a;SSL Mode=VerifyCA", TlsMode.VERIFY_CA),
        ("Host=h;Database=d;Username=a;SslMode=Require", TlsMode.REQUIRE),
        ("postgresql://a@h/d?sslmode=no-verify&pool=5", TlsMode.REQUIRE),
        ("host=h user=a dbname=d sslmode=verify-full", TlsMode.VERIFY_FULL),
    ],
)
def test_tls_as_the_form_has_it(text: str, mode: TlsMode) -> None:
    assert of_url(text).tls is mode
    assert not one({"DATABASE_URL": text}).dialect_problems


# --- other engines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "environ,engine,place",
    [
        ({"DATABASE_URL": "mysql://a:x@h/d"}, Engine.MYSQL, (Route.DIRECT, "h", 3306, Depth.TCP)),
        ({"DATABASE_URL": "mysql+pymysql://a:x@h:3307/d"}, Engine.MYSQL, (Route.DIRECT, "h", 3307, Depth.TCP)),
        ({"DB_URL": "jdbc:sqlserver://h;x=1"}, Engine.SQLSERVER, None),
        (
            {"MYSQL_HOST": "h", "MYSQL_USER": "a", "MYSQL_DATABASE": "d"},
            Engine.MYSQL,
            (Route.DIRECT, "h", 3306, Depth.TCP),
        ),
        (
            {"DB_CONNECTION": "mysql", "DB_HOST": "h", "DB_USERNAME": "a", "DB_DATABASE": "d"},
            Engine.MYSQL,
            (Route.DIRECT, "h", 3306, Depth.TCP),
        ),
        (
            {"MYSQL_USER": "a", "MYSQL_INSTANCE_CONNECTION_NAME": INSTANCE},
            Engine.MYSQL,
            (Route.CONNECTOR, "", 3306, Depth.TLS),
        ),
    ],
)
def test_other_engine_is_named_and_walked_as_far_as_it_is_alike(
    environ: dict[str, str], engine: Engine, place: tuple[object, ...] | None
) -> None:
    found = one(environ).target
    if place is not None:
        assert found is not None
        assert found.engine is engine
        port = 3306 if found.route is Route.CONNECTOR else found.port
        assert (found.route, found.host, port, found.deepest) == place
        assert (OF["other_engine"], engine.value) in {(code, other) for code, _, other in remarks(environ)}


@pytest.mark.parametrize("text", ["prisma+postgres://x.prisma-data.net/?api_key=k", "file:./dev.db", "sqlite:///d.db"])
def test_database_of_another_kind_is_none_of_ours(text: str) -> None:
    """Whether it works nobody here can tell, so it is no failure."""
    (problem,) = one({"DATABASE_URL": text}).problems
    assert problem.code is Code.CONFIG_TARGET_NOT_FOUND


def test_alloydb_is_named() -> None:
    name = "projects/p/locations/europe-west1/clusters/c/instances/i"
    environ = {"ALLOYDB_INSTANCE_URI": name, "DB_USER": "a", "DB_NAME": "d", "DB_PASS": "x"}
    found = one(environ)
    assert [problem.code for problem in found.problems] == [Code.CONFIG_TARGET_NOT_FOUND]
    assert remarks(environ) == {(OF["other_engine"], "ALLOYDB_INSTANCE_URI", "alloydb")}
    assert target(environ | {"DB_HOST": "10.1.2.3"}).host == "10.1.2.3"


def test_postgresql_goes_before_another_engine() -> None:
    environ = {"MYSQL_URL": "mysql://a:x@m/d", "ORDERS_PG_URI": "postgres://a:x@p/d"}
    assert target(environ).host == "p"


# --- what a driver finds by itself -----------------------------------------------------------------------------------

SERVICES = "# ours\n[billing]\nhost=b\n[orders]\nhost=10.0.0.9\nport=6543\nuser=api\ndbname=orders\npassword=kT8v-Qm2\n"


def test_service_of_libpq() -> None:
    files = {"/etc/pg/services": SERVICES}
    found = target({"PGSERVICE": "orders", "PGSERVICEFILE": "/etc/pg/services", "PGUSER": "other"}, files=files)
    # A service goes before the variables.
    assert (found.host, found.port, found.user, password_of(found)) == ("10.0.0.9", 6543, "api", "kT8v-Qm2")
    named = target(
        {"DATABASE_URL": "postgresql:///?service=orders", "HOME": "/root"}, files={"/root/.pg_service.conf": SERVICES}
    )
    assert (named.host, named.database) == ("10.0.0.9", "orders")


def test_service_that_is_not_there() -> None:
    assert problems({"PGSERVICE": "absent", "PGUSER": "a", "PGHOST": "h"}) == {
        (Code.CONFIG_TARGET_SERVICE_NOT_DEFINED, "PGSERVICE")
    }
    assert problems({"PGSERVICE": "absent"}) == {(Code.CONFIG_TARGET_SERVICE_NOT_DEFINED, "PGSERVICE")}
    assert problems({"DATABASE_URL": "postgresql://api@/orders?service=absent"}) == {
        (Code.CONFIG_TARGET_SERVICE_NOT_DEFINED, "DATABASE_URL")
    }


# --- AlloyDB ---------------------------------------------------------------------------------------------------------

ALLOYDB = "projects/acme-prod/locations/europe-west1/clusters/shop/instances/orders"


@pytest.mark.parametrize(
    "name,text",
    [
        ("ALLOYDB_INSTANCE", ALLOYDB),
        ("INSTANCE_CONNECTION_NAME", ALLOYDB),
        ("ALLOYDB_INSTANCE_URI", f" {ALLOYDB}"),
        ("JDBC_URL", f"jdbc:postgresql:///orders?alloydbInstanceName={ALLOYDB}"),
    ],
)
def test_an_instance_of_alloydb_is_named_and_no_address_is_made_up(name: str, text: str) -> None:
    found = one({name: text, "DB_USER": "app", "DB_NAME": "orders"})
    assert [each.code for each in found.problems] == [Code.CONFIG_TARGET_NOT_FOUND]
    assert (Code.CONFIG_HYGIENE_OTHER_ENGINE, name, "alloydb") in {(r.code, r.about, r.other) for r in found.remarks}


@pytest.mark.parametrize(
    "environ",
    [
        {"DB_HOST": "0a1b.2c3d.europe-west1.alloydb-psc.goog", "DB_USER": "app", "DB_NAME": "orders"},
        {"ALLOYDB_HOST": "10.1.2.3", "ALLOYDB_USER": "app", "ALLOYDB_NAME": "orders"},
    ],
)
def test_a_host_of_alloydb_is_walked_to_the_query(environ: dict[str, str]) -> None:
    found = target(environ)
    assert (found.engine, found.deepest) == (Engine.ALLOYDB, Depth.QUERY)
    assert Code.CONFIG_HYGIENE_OTHER_ENGINE in {each.code for each in one(environ).remarks}


PASSFILE = "# mine\nother:5432:*:*:no\n10.0.0.5:5432:orders:api:kT8v\\:Qm2\n*:*:*:*:last\n"


@pytest.mark.parametrize(
    "environ,path",
    [
        ({"DATABASE_URL": "postgresql://api@10.0.0.5/orders", "PGPASSFILE": "/p"}, "/p"),
        ({"DATABASE_URL": "postgresql://api@10.0.0.5/orders?passfile=/q"}, "/q"),
        ({"DATABASE_URL": "postgresql+asyncpg://api@10.0.0.5/orders", "HOME": "/root"}, "/root/.pgpass"),
        ({"PGHOST": "10.0.0.5", "PGUSER": "api", "PGDATABASE": "orders", "HOME": "/root"}, "/root/.pgpass"),
    ],
)
def test_password_file_is_read_as_libpq_reads_it(environ: dict[str, str], path: str) -> None:
    assert password_of(target(environ, files={path: PASSFILE})) == "kT8v:Qm2"


def test_password_of_libpq_beside_flags_and_urls() -> None:
    environ = {"PGPASSWORD": "kT8v-Qm2"}
    for found in (target(environ, {"host": "h", "user": "api"}), of_url("postgresql://api@h/d", **environ)):
        assert (password_of(found), found.login) == ("kT8v-Qm2", Login.PASSWORD)
        assert found.origin(SettingName.PASSWORD) == "PGPASSWORD"
    assert password_of(of_url("jdbc:postgresql://h/d?user=api", **environ)) is None


# --- what was typed in the wrong place -------------------------------------------------------------------------------


def test_password_beside_a_url_is_its_users() -> None:
    url = "postgres://app@10.1.2.3/orders"
    assert password_of(of_url(url, DATABASE_PASSWORD="kT8v-Qm2")) == "kT8v-Qm2"
    assert password_of(of_url(url, DATABASE_USER="app", DATABASE_PASSWORD="kT8v-Qm2")) == "kT8v-Qm2"
    assert password_of(of_url(url, DATABASE_USER="other", DATABASE_PASSWORD="kT8v-Qm2")) is None


def test_url_in_place_of_a_config_file_is_not_repeated() -> None:
    url = "postgresql://api:kT8vQm2@h/d"
    for found in (mistakes(VARIABLES, {"config": url}), mistakes(VARIABLES | {"CLOUDSQL_DIAG_CONFIG": url})):
        assert found
        assert "kT8vQm2" not in repr(found) + "".join(problem.sentence for problem in found)


def test_secret_in_a_variables_name_is_not_repeated() -> None:
    found = mistakes(VARIABLES | {"CLOUDSQL_DIAG_URL:postgresql://api:kT8vQm2@h/d": "x"})
    assert "kT8vQm2" not in repr(found) + "".join(problem.sentence for problem in found)


def test_source_that_there_is_not_lists_those_there_are() -> None:
    (found,) = mistakes(VARIABLES, {"from": "ORDERS_*"})
    assert "POSTGRES_*" in found.sentence
    assert load(VARIABLES, {"from": "postgres"}).resolutions[0].target is not None
