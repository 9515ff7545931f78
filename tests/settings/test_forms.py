"""Settings as real apps have them are read as the apps read them, whatever they are called."""

import string
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from diagnostics.core.candidates import Choice
from diagnostics.core.findings import Code
from diagnostics.core.model import Depth, Route
from tests.settings.around import INSTANCE, load, one, password_of
from tests.settings.forms import FORMS, At, Form, url

SOCKET = f"/cloudsql/{INSTANCE}"
PLACES = {
    Route.SOCKET: At(route=Route.SOCKET, host=SOCKET),
    Route.DIRECT: At(),
    Route.CONNECTOR: At(route=Route.CONNECTOR),
}
EVERY = [(form, PLACES[route]) for form in FORMS for route in form.routes]
IDS = [f"{form.name}-{at.route}" for form, at in EVERY]
AROUND = {
    "PATH": "/usr/bin",
    "HOME": "/root",
    "HOSTNAME": "api-1",
    "REDIS_URL": "redis://:kT8v@10.0.0.3:6379/0",
    "REDIS_HOST": "10.0.0.3",
    "SMTP_HOST": "smtp.example.com",
    "SMTP_USER": "mailer",
    "SMTP_PASSWORD": "kT8v",
    "CELERY_BROKER_URL": "amqp://guest:guest@rabbit:5672//",
    "MONGO_URL": "mongodb://app:pw@mongo/orders",
    "SERVER_NAME": "api",
    "PROMETHEUS_HOST": "10.0.0.9",
    "API_URL": "https://user:pw@example.com/orders",
    "PORT": "8080",
    "USER": "root",
}
"""What else stands in an environment: none of it is a database of ours."""


def test_there_are_many() -> None:
    assert len({form.name for form in FORMS}) == len(FORMS) > 100


def reached(environ: dict[str, str]) -> tuple[object, ...]:
    found = one(environ).target
    assert found is not None, one(environ).problems
    place = str(found.instance) if found.route is Route.CONNECTOR else found.host
    port = 5432 if found.route is Route.CONNECTOR else found.port
    return found.route, place, port, found.database, found.user, password_of(found)


def wanted(at: At) -> tuple[object, ...]:
    place = at.instance if at.route is Route.CONNECTOR else at.host
    return at.route, place, at.port, at.database, at.user, at.password


@pytest.mark.parametrize("form,at", EVERY, ids=IDS)
def test_form_is_read_as_its_app_reads_it(form: Form, at: At) -> None:
    environ = dict(form.build(at))
    assert reached(environ | AROUND) == wanted(at)
    assert not one(environ).problems


OF_HOST = frozenset({Code.CONFIG_HYGIENE_PORT_IN_HOST, Code.CONFIG_HYGIENE_SCHEME_IN_HOST})


@pytest.mark.parametrize("form,at", EVERY, ids=IDS)
def test_healthy_settings_are_not_remarked_upon(form: Form, at: At) -> None:
    found = one(dict(form.build(at)))
    said = {each.code for each in (*found.remarks, *found.dialect_problems)}
    assert said <= (OF_HOST if form.name == "Vikunja" else set())


NAMES = st.text(alphabet=string.ascii_lowercase + string.digits + "_", min_size=1, max_size=10).map(
    lambda text: "a" + text
)
SECRETS = st.text(alphabet=string.ascii_letters + string.digits + "-_.!~*@:/?#&%$^+ ", min_size=6, max_size=16)


@given(database=NAMES, user=NAMES, password=SECRETS.map(str.strip).filter(lambda text: len(text) > 5))
def test_any_name_and_password(database: str, user: str, password: str) -> None:
    """Encoded as each form has it, for one form of a kind; an unencoded one is a matter of its own."""
    for name in (
        "Django, dj-database-url",
        "Spring Boot",
        "Go, lib/pq and gorm",
        "Kong",
        "knex's object",
        "Ktor, Exposed",
        "ODBC, in braces",
        "variables in a JSON object",
    ):
        form = next(form for form in FORMS if form.name == name)
        at = At(database=database, user=user, password=password)
        assert reached(dict(form.build(at))) == wanted(at)


# --- made-up names ----------------------------------------------------------------------------------------------------

WORDS = st.sampled_from("ACME ORDERS BILLING SHOP CORE PLATFORM INVENTORY X9 KAIJU".split())
ROLES = st.sampled_from("DB DATABASE POSTGRES POSTGRESQL PG SQL PGSQL DATASOURCE".split())
HOSTS = st.sampled_from("HOST HOSTNAME HOSTADDR SERVER ADDR ADDRESS".split())
DATABASES = st.sampled_from("DATABASE DBNAME NAME".split())
USERS = st.sampled_from("USER USERNAME".split())
PASSWORDS = st.sampled_from("PASSWORD PASS PASSWD PWD".split())
URLS = st.sampled_from("URL URI DSN CONNECTION_STRING CONN WHATEVER".split())
CASES = st.sampled_from([str.upper, str.lower])
LINES = st.sampled_from(["_", "__"])
AT_ANY = st.sampled_from([PLACES[Route.DIRECT], PLACES[Route.SOCKET]])


@given(st.tuples(WORDS, ROLES, HOSTS, DATABASES, USERS, PASSWORDS), CASES, LINES, AT_ANY, st.booleans())
def test_group_under_a_made_up_name(
    made: tuple[str, ...], case: Callable[[str], str], line: str, at: At, prefixed: bool
) -> None:
    word, role, *endings = made
    prefix = f"{word}{line}{role}" if prefixed else f"{role}{line}{word}"
    names = [case(f"{prefix}{line}{ending}") for ending in (*endings, "PORT")]
    environ = dict(zip(names, (at.host, at.database, at.user, at.password, str(at.port)), strict=True))
    assert reached(environ | AROUND) == wanted(at)


@given(WORDS, URLS, CASES, AT_ANY, st.sampled_from([form for form in FORMS if len(form.build(At())) == 1]))
def test_text_under_a_made_up_name(word: str, ending: str, case: Callable[[str], str], at: At, form: Form) -> None:
    if at.route not in form.routes:
        at = PLACES[form.routes[0]]
    (text,) = form.build(at).values()
    assert reached({case(f"{word}_{ending}"): text} | AROUND) == wanted(at)


DECOYS = st.sampled_from(
    "REDIS RABBITMQ AMQP SMTP MAIL MONGO MONGODB ELASTICSEARCH KAFKA MEMCACHED LDAP FTP S3 MINIO PROMETHEUS CLICKHOUSE "
    "NEO4J INFLUXDB CASSANDRA NATS MQTT STATSD".split()
)
FOREIGN = st.sampled_from(
    [
        "redis://:pw@h:6379/0",
        "rediss://u:pw@h/1",
        "amqp://u:pw@h/v",
        "mongodb+srv://u:pw@h/d",
        "smtp://u:pw@h:587",
        "https://u:pw@h/d?host=x",
        "sqlite:///orders.db",
        "kafka://h:9092",
        "ldap://h",
        "s3://bucket/key",
        "nats://u:pw@h",
        "bolt://h:7687",
        "clickhouse://u:pw@h/d",
    ]
)


@given(
    st.lists(
        st.tuples(DECOYS, st.sampled_from(["HOST", "PORT", "USER", "PASSWORD", "DATABASE", "DB", "NAME"])), max_size=9
    ),
    st.lists(st.tuples(WORDS, URLS, FOREIGN), max_size=4),
)
def test_nothing_is_found_among_decoys(groups: list[tuple[str, str]], texts: list[tuple[str, str, str]]) -> None:
    environ = {f"{decoy}_{ending}": "6379" if ending == "PORT" else "value" for decoy, ending in groups}
    environ |= {f"{word}_{ending}": text for word, ending, text in texts}
    found = one(environ | AROUND)
    assert found.target is None
    assert {problem.code for problem in found.problems} == {Code.CONFIG_TARGET_NOT_FOUND}


@given(st.text(alphabet=string.ascii_letters + string.digits + "_", min_size=1, max_size=30))
def test_names_that_came_near_are_told_without_values(name: str) -> None:
    found = one({"ORDERS_DATABASE_TIER": "kT8v", name: "Zw9xQJ"})
    # A name that says where the database is, PGHOST for example, is told with its value.
    assume(found.target is None)
    assert "Zw9xQJ" not in repr(found)


@pytest.mark.parametrize(
    "environ,near",
    [
        (
            dict.fromkeys(("STORE_HOST", "STORE_USER", "STORE_PASSWORD"), "x"),
            ("STORE_HOST", "STORE_PASSWORD", "STORE_USER"),
        ),
        ({"STORE_URL": "frob://a:b@h/d", "SENTRY_URL": "https://a@h/1", "CACHE_URL": "redis://h"}, ("STORE_URL",)),
        (dict.fromkeys(("SMTP_HOST", "SMTP_USER", "SMTP_PASSWORD"), "x"), ()),
    ],
)
def test_what_came_nearest_is_named(environ: dict[str, str], near: tuple[str, ...]) -> None:
    assert one(environ).nearest == near


def test_a_urls_user_stands_under_the_longest_prefix_that_both_share() -> None:
    jdbc = "jdbc:postgresql://10.1.2.3/orders"
    environ = {"SHOP_DATASOURCE_POOL_JDBC_URL": jdbc, "SHOP_USER": "no", "SHOP_PASSWORD": "no"}
    environ |= {"SHOP_DATASOURCE_USERNAME": "app", "SHOP_DATASOURCE_PASSWORD": "kT8v-Qm2", "USER": "root"}
    found = one(environ).target
    assert found is not None
    assert (found.user, password_of(found)) == ("app", "kT8v-Qm2")


@pytest.mark.parametrize("prefix", ["BILLING_", "KEYCLOAK_ADMIN_", "SHOP_ADMIN_"])
def test_a_urls_user_is_never_that_of_another_prefix(prefix: str) -> None:
    environ = {"SHOP_DATABASE_URL": "postgres://10.1.2.3/orders", f"{prefix}USER": "x", f"{prefix}PASSWORD": "kT8v-Qm2"}
    found = one(environ).target
    assert found is not None
    assert (found.user, found.password) == ("", None)


WRAPPERS = st.lists(st.sampled_from(["vertx-reactive", "p6spy", "otel", "log"]), max_size=3)


@given(WRAPPERS, st.sampled_from(["postgresql", "postgres", "r2dbc:postgresql"]))
def test_a_wrapper_before_a_url_is_looked_through(wrappers: list[str], scheme: str) -> None:
    at = PLACES[Route.DIRECT]
    assert reached({"SHOP_DATABASE_URL": ":".join([*wrappers, url(at, scheme)])}) == wanted(at)


def test_names_without_a_prefix_are_read_where_the_port_is_postgresqls() -> None:
    """Odoo's image has them; a shell has some of them, too."""
    environ = {"HOST": "10.1.2.3", "USER": "app", "PASSWORD": "kT8v-Qm2", "DATABASE": "orders"}
    assert reached(environ | {"PORT": "5432"}) == wanted(At())
    assert one(environ | {"PORT": "8080"}).target is None


@pytest.mark.parametrize("text", ['{"log": "info"}', '{"a', "[1, 2]", '{"redis": {"host": "r", "user": "u"}}'])
def test_a_document_that_says_no_database_is_no_claim(text: str) -> None:
    found = one({"DATABASE_CONFIG": text})
    assert [each.code for each in found.problems] == [Code.CONFIG_TARGET_NOT_FOUND]


GROUP = {"DB_HOST": "10.1.2.3", "DB_USER": "app", "DB_NAME": "orders"}


@pytest.mark.parametrize(
    "name,text",
    [
        ("DB_PASSWORD_SECRET", "projects/1/secrets/pw/versions/latest"),
        ("DB_SECRET_NAME", "orders-password"),
        ("DB_PASSWORD", "sm://acme/orders-password"),
        ("DB_PASS", "projects/1/secrets/pw"),
    ],
)
def test_a_password_that_only_the_app_can_fetch_is_not_tried(name: str, text: str) -> None:
    found = one(GROUP | {name: text})
    assert found.target is not None
    assert (found.target.password, found.target.deepest) == (None, Depth.STARTUP)
    assert [(each.code, each.about) for each in found.remarks] == [(Code.CONFIG_HYGIENE_PASSWORD_ELSEWHERE, name)]
    with_it = one(GROUP | {name: text} | {"DB_PASSWORD": "kT8v-Qm2"}).target
    assert with_it is not None
    assert (password_of(with_it), with_it.deepest) == ("kT8v-Qm2", Depth.QUERY)


# --- several ----------------------------------------------------------------------------------------------------------


def test_of_several_the_best_known_is_taken_and_all_are_listed() -> None:
    environ = {"DATABASE_URL": url(PLACES[Route.SOCKET]), "ALEMBIC_DATABASE_URL": url(At(host="10.9.9.9"))}
    environ |= {"ORDERS_DB_HOST": "10.8.8.8", "ORDERS_DB_USER": "x", "ORDERS_DB_NAME": "d"}
    found = one(environ)
    assert found.target is not None
    assert found.target.host == SOCKET
    assert {(each.name, each.choice) for each in found.candidates} == {
        ("DATABASE_URL", Choice.PRECEDENCE),
        ("ALEMBIC_DATABASE_URL", Choice.LESS_KNOWN),
        ("ORDERS_DB_*", Choice.LESS_KNOWN),
    }
    assert found.candidates[0].name == "DATABASE_URL"


@pytest.mark.parametrize("name", ["ORDERS_DB_*", "ORDERS_DB", "orders_db_"])
def test_from_chooses(name: str) -> None:
    environ = {"DATABASE_URL": url(At()), "ORDERS_DB_HOST": "10.8.8.8", "ORDERS_DB_USER": "x", "ORDERS_DB_NAME": "d"}
    for chosen in (load(environ, {"from": name}), load(environ | {"CLOUDSQL_DIAG_FROM": name})):
        (found,) = chosen.resolutions
        assert found.target is not None
        assert (found.target.host, found.candidates[0].choice) == ("10.8.8.8", Choice.NAMED)


def test_each_database_is_a_target_where_that_is_wanted() -> None:
    environ = {"DATABASE_URL": url(At()), "REPORTS_DATABASE_URL": url(At(host="10.2.2.2", database="reports"))}
    environ |= {"POSTGRES_URL": url(At())}
    found = load(environ, {"discover": "true", "all": "true"}).resolutions
    assert [(each.name, each.target.host if each.target else "") for each in found] == [
        ("database_url", "10.1.2.3"),
        ("reports_database_url", "10.2.2.2"),
    ]


def test_primary_goes_before_a_replica() -> None:
    at = {"HOST": "10.0.0.1", "USER": "a", "NAME": "d", "PASSWORD": "kT8v"}
    environ = {f"SHOP_DB_REPLICA_{name}": text for name, text in (at | {"HOST": "10.0.0.2"}).items()}
    environ |= {f"SHOP_DB_{name}": text for name, text in at.items()}
    found = one(environ).target
    assert found is not None
    assert found.host == "10.0.0.1"
