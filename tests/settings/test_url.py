"""A database URL, as the drivers themselves read it."""

import string
from urllib.parse import quote

import pytest
from asyncpg import connect_utils
from hypothesis import given
from hypothesis import strategies as st
from psycopg import ProgrammingError, conninfo, pq

from diagnostics.core.findings import Code
from diagnostics.core.model import Depth, Dialect, Login, Route, SettingName, TlsMode
from diagnostics.settings.drivers import LIBPQ_OPTIONS
from tests.settings.around import INSTANCE, of_url, one, password_of, problems, remarks

SOCKET = f"/cloudsql/{INSTANCE}"
SCHEMES = (
    "postgres",
    "postgresql",
    "postgresql+asyncpg",
    "postgresql+psycopg",
    "postgresql+psycopg2",
    "postgresql+pg8000",
)
OTHER_DRIVER = Code.CONFIG_DIALECT_OPTION_OF_OTHER_DRIVER

PASSWORDS = st.text(
    alphabet=st.sampled_from(string.ascii_letters + string.digits + ":@/%?#&=+ '\"\n\t\\${}<>é€"),
    min_size=1,
    max_size=24,
)


# --- parts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES)
def test_parts_in_every_dialect(scheme: str) -> None:
    found = of_url(f"{scheme}://api:kT8v@db.internal:6543/orders")
    assert (found.route, found.host, found.port) == (Route.DIRECT, "db.internal", 6543)
    assert (found.user, found.database, password_of(found)) == ("api", "orders", "kT8v")
    assert found.url is not None
    assert found.origin(SettingName.HOST) == "DATABASE_URL"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_socket_in_every_dialect(scheme: str) -> None:
    name = "unix_sock" if scheme.endswith("pg8000") else "host"
    for host in (SOCKET, quote(SOCKET, safe="")):
        found = of_url(f"{scheme}://api:kT8v@/orders?{name}={host}")
        assert (found.route, found.host, found.tls) == (Route.SOCKET, SOCKET, TlsMode.DISABLE)


@pytest.mark.parametrize(
    "scheme,dialect",
    [
        ("postgres", Dialect.PSYCOPG),
        ("postgresql", Dialect.PSYCOPG),
        ("postgresql+psycopg2", Dialect.PSYCOPG),
        ("postgresql+asyncpg", Dialect.ASYNCPG),
        ("postgresql+pg8000", Dialect.OTHER),
    ],
)
def test_dialect_of_the_scheme(scheme: str, dialect: Dialect) -> None:
    assert of_url(f"{scheme}://api@h/d").dialect is dialect
    assert of_url(f"{scheme}://api@h/d", CLOUDSQL_DIAG_DIALECT="asyncpg").dialect is Dialect.ASYNCPG


@pytest.mark.parametrize("scheme", ["postgresql+nosuch", "postgres+asyncpg"])
def test_driver_that_nobody_has(scheme: str) -> None:
    found = one({"DATABASE_URL": f"{scheme}://api@h/d"})
    assert [(each.code, each.about) for each in found.dialect_problems] == [
        (Code.CONFIG_DIALECT_DRIVER_UNKNOWN, "DATABASE_URL")
    ]
    assert found.target is not None
    assert found.target.host == "h"


def test_ipv6_address() -> None:
    for scheme in SCHEMES:
        found = of_url(f"{scheme}://api@[fd00::5]:6543/orders")
        assert (found.host, found.port) == ("fd00::5", 6543)


def test_iam_user_in_the_query_needs_no_encoding() -> None:
    for scheme in ("postgresql", "postgresql+asyncpg"):
        found = of_url(f"{scheme}:///orders?host={SOCKET}&user=api@acme-prod.iam")
        assert (found.user, found.login) == ("api@acme-prod.iam", Login.IAM)


def test_iam_user_before_the_host() -> None:
    """SQLAlchemy ends the user at the colon, so there it needs no encoding."""
    for url in ("postgresql+asyncpg://api@acme-prod.iam@h/orders", "postgresql://api%40acme-prod.iam@h/orders"):
        assert (of_url(url).user, of_url(url).host) == ("api@acme-prod.iam", "h")
    assert problems({"DATABASE_URL": "postgresql://api@acme-prod.iam@h/orders"}) == {
        (Code.CONFIG_TARGET_UNESCAPED_URL, "DATABASE_URL")
    }


@pytest.mark.parametrize("scheme", SCHEMES)
def test_newline_at_the_end_is_in_the_last_part(scheme: str) -> None:
    url = f"{scheme}://api:kT8v@h:6543/orders\n"
    assert of_url(url).database == "orders\n"
    assert remarks({"DATABASE_URL": url}) == {(Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "DATABASE_URL", "database")}


def test_newline_behind_the_query() -> None:
    """SQLAlchemy drops it; libpq takes it for a part of the value."""
    url = f"postgresql+asyncpg://api:kT8v@/orders?host={SOCKET}\n"
    assert of_url(url).host == SOCKET
    assert remarks({"DATABASE_URL": url}) == {(Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "DATABASE_URL", "url")}
    assert of_url(f"postgresql://api:kT8v@/orders?host={SOCKET}\n").host == f"{SOCKET}\n"


def test_encoded_newline_is_remarked_where_it_is() -> None:
    assert remarks({"DATABASE_URL": "postgresql+asyncpg://api:kT8v%0A@h/orders"}) == {
        (Code.CONFIG_HYGIENE_TRAILING_WHITESPACE, "DATABASE_URL", "password")
    }


def test_url_without_host_falls_back_to_this_machine() -> None:
    url = "postgresql://api:kT8v@/orders"
    assert of_url(url).host == "localhost"
    assert remarks({"DATABASE_URL": url, "K_SERVICE": "api"}) == {
        (Code.CONFIG_HYGIENE_LOCAL_FALLBACK, "DATABASE_URL", "host")
    }


def test_several_hosts_give_the_first() -> None:
    for url in ("postgresql://api@h1:1111,h2:2222/d", "postgresql+asyncpg://api@/d?host=h1:1111&host=h2:2222"):
        assert (of_url(url).host, of_url(url).port) == ("h1", 1111)


def test_options_that_we_do_not_read_are_kept() -> None:
    found = of_url("postgresql://api@h/d?connect_timeout=5&application_name=a%20b&sslpassword=hid-den")
    assert found.options == (("connect_timeout", "5"), ("application_name", "a b"))


# --- drivers as the judge -------------------------------------------------------------------------------------------


ASYNCPG_ARGUMENTS = (
    "host port user password passfile database ssl service servicefile direct_tls server_settings "
    "target_session_attrs krbsrvname gsslib"
)


def asyncpg_reads(url: str) -> tuple[str, str, str | None, str]:
    read = connect_utils._parse_connect_dsn_and_args  # noqa: SLF001 - no public function reads without connecting
    addresses, parameters = read(dsn=url, **dict.fromkeys(ASYNCPG_ARGUMENTS.split()))
    return addresses[0][0], parameters.user, parameters.password, parameters.database


@given(password=PASSWORDS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_encoded_password_comes_back_whole(scheme: str, password: str) -> None:
    url = f"{scheme}://api:{quote(password, safe='')}@db.internal:6543/orders"
    found = of_url(url)
    assert (found.host, found.port, found.user, found.database) == ("db.internal", 6543, "api", "orders")
    assert password_of(found) == password


PARTS = st.text(alphabet=string.ascii_letters + string.digits + "@:/?#%&= é\n", min_size=1, max_size=12)
NAMES = PARTS.filter(lambda text: "://" not in text)
"""A whole URL as a name is refused on purpose: it would hold a password."""


@given(user=NAMES, password=PARTS, database=NAMES)
def test_plain_url_is_read_as_libpq_and_asyncpg_read_it(user: str, password: str, database: str) -> None:
    encoded = [quote(part, safe="") for part in (user, password, database)]
    url = "postgresql://{}:{}@db.internal/{}".format(*encoded)
    found = of_url(url)
    libpq = conninfo.conninfo_to_dict(url)
    assert (found.user, password_of(found), found.database) == (libpq["user"], libpq["password"], libpq["dbname"])
    assert asyncpg_reads(url) == (found.host, found.user, password_of(found), found.database)


URLS = st.lists(
    st.sampled_from([":", "@", "/", "?", "#", "%", "%41", "&", "=", "host", "user", "a", "b1", "5432", "[::1]", ","]),
    max_size=12,
).map(lambda pieces: "postgresql://" + "".join(pieces))


@given(url=URLS)
def test_accepted_url_means_what_libpq_makes_of_it(url: str) -> None:
    """The strict ones are we: what libpq refuses, or cuts otherwise, is never accepted, save for options."""
    found = one({"DATABASE_URL": url}).target
    if found is None:
        return
    try:
        libpq = conninfo.conninfo_to_dict(url)
    except ProgrammingError as error:
        refusal = str(error)
        libpq = {}
    else:
        refusal = ""
    assert not refusal or "query parameter" in refusal
    if not refusal:
        assert found.user == (libpq.get("user") or "")
        assert found.database == (libpq.get("dbname") or found.user)
        assert password_of(found) == libpq.get("password")
        assert found.host == str(libpq.get("host") or "localhost").split(",")[0]


def test_libpq_options_are_all_known() -> None:
    assert {option.keyword.decode() for option in pq.Conninfo.get_defaults()} <= LIBPQ_OPTIONS


# --- rejected -------------------------------------------------------------------------------------------------------

REJECTED = (
    ("this is no URL", Code.CONFIG_TARGET_MALFORMED_URL),
    ("postgresql:api:kT8v@h/orders", Code.CONFIG_TARGET_MALFORMED_URL),
    ("postgresql://api:kT8v@[::1/orders", Code.CONFIG_TARGET_MALFORMED_URL),
    (f"postgresql://api:kT8v@{INSTANCE}:5432/orders", Code.CONFIG_TARGET_MALFORMED_URL),
    (f"postgresql+asyncpg://api:kT8v@{INSTANCE}/orders", Code.CONFIG_TARGET_MALFORMED_URL),
    ("postgresql://api:kT8v@h:99999/orders", Code.CONFIG_TARGET_PORT_OUT_OF_RANGE),
    ("postgresql://api:kT8v@h:text/orders", Code.CONFIG_TARGET_BAD_PORT),
    ("postgresql+asyncpg://api:kT8v@h:0/orders", Code.CONFIG_TARGET_PORT_OUT_OF_RANGE),
    (f"postgresql://api:kT8v@{'h' * 300}/orders", Code.CONFIG_TARGET_HOST_TOO_LONG),
    ("postgresql://api:kT8v%00@h/orders", Code.CONFIG_TARGET_BAD_VALUE),
    ("REPLACE_WITH_DATABASE_URL", Code.CONFIG_TARGET_PLACEHOLDER_IN_URL),
    ("${DATABASE_URL}", Code.CONFIG_TARGET_PLACEHOLDER_IN_URL),
    ("postgresql://USER:PASSWORD@HOST:PORT/DATABASE", Code.CONFIG_TARGET_PLACEHOLDER_IN_URL),
    ("postgresql://api:kT8v@${DB_HOST}/orders", Code.CONFIG_TARGET_PLACEHOLDER_IN_URL),
    ("postgresql://api:kT8v@<host>/orders", Code.CONFIG_TARGET_PLACEHOLDER_IN_URL),
    # '@' twice
    ("postgresql://api:kT@8v@h/orders", Code.CONFIG_TARGET_UNESCAPED_URL),
    ("postgresql+asyncpg://api:kT@8v@h/orders", Code.CONFIG_TARGET_UNESCAPED_URL),
    ("postgresql+asyncpg://api:@/8v@h/orders", Code.CONFIG_TARGET_UNESCAPED_URL),
    ("postgresql+asyncpg://api:kT@?8v@h/orders", Code.CONFIG_TARGET_UNESCAPED_URL),
    # cut authority, with and without a number where the port would be
    ("postgresql://api:kT/8v@h/orders", Code.CONFIG_TARGET_UNESCAPED_URL),
    ("postgresql://api:12/8v@h/orders", Code.CONFIG_TARGET_UNESCAPED_URL),
    ("postgresql://api:kT?8v@h/orders", Code.CONFIG_TARGET_UNESCAPED_URL),
    ("postgresql://api:kT#8v@h/orders", Code.CONFIG_TARGET_UNESCAPED_URL),
    ("postgresql://api:kT8v@h#/orders", Code.CONFIG_TARGET_UNESCAPED_URL),
    # a percent sign that stands for itself
    ("postgresql://api:50%off@h/orders", Code.CONFIG_TARGET_UNESCAPED_URL),
    ("postgresql://api:kT8v%FF@h/orders", Code.CONFIG_TARGET_MALFORMED_URL),
)


@pytest.mark.parametrize("url,code", REJECTED)
def test_rejected_url(url: str, code: Code) -> None:
    """Nothing of it is used or shown, only the variable is named."""
    found = one({"DATABASE_URL": url})
    assert (found.target, [(problem.code, problem.about) for problem in found.problems]) == (
        None,
        [(code, "DATABASE_URL")],
    )
    assert [(origin.setting, origin.shown) for origin in found.origins] == [(SettingName.URL, "***")]


def test_rejected_url_hides_nothing_behind_a_second_family() -> None:
    environ = {"DATABASE_URL": "postgresql://api:kT@8v@h/orders", "POSTGRES_HOST": "h", "POSTGRES_USER": "api"}
    assert problems(environ) == {(Code.CONFIG_TARGET_UNESCAPED_URL, "DATABASE_URL")}


def test_quotes_and_blanks_around_are_remarked() -> None:
    for text in ("'postgresql://api:kT8v@h/orders'", "\ufeffpostgresql://api:kT8v@h/orders"):
        assert (of_url(text).host, password_of(of_url(text))) == ("h", "kT8v")
    assert remarks({"DATABASE_URL": "'postgresql://api:kT8v@h/orders'"}) == {
        (Code.CONFIG_HYGIENE_QUOTED, "DATABASE_URL", "url")
    }
    assert remarks({"DATABASE_URL": "\ufeffpostgresql://api:kT8v@h/orders"}) == {
        (Code.CONFIG_HYGIENE_LEADING_WHITESPACE, "DATABASE_URL", "url")
    }


def test_instance_name_as_host_is_remarked() -> None:
    assert remarks({"DATABASE_URL": f"postgresql://api:kT8v@{INSTANCE}:5432/orders"}) == {
        (Code.CONFIG_HYGIENE_BARE_INSTANCE_NAME, "DATABASE_URL", "host")
    }


def test_url_without_user_is_walked_without_one() -> None:
    """As the driver would, but for the name of the system's user that it would take."""
    found = of_url("postgresql://db.internal/orders")
    assert (found.host, found.user, found.database, found.deepest) == ("db.internal", "", "orders", Depth.STARTUP)


@pytest.mark.parametrize("text", ["sslmode=maybe", "sslmode=require%0A", "sslmode=require\n"])
def test_word_for_tls_that_libpq_does_not_know_is_a_remark(text: str) -> None:
    found = one({"DATABASE_URL": f"postgresql://api:kT8v@h/orders?{text}"})
    assert found.target is not None
    assert [each.other for each in found.dialect_problems] == ["sslmode"]


def test_what_stands_behind_an_unencoded_password_is_not_shown() -> None:
    """It may be a piece of it, or an option of a client that we do not know: that is no reason to hold an app back."""
    found = one({"DATABASE_URL": "postgresql://h/orders?user=api&password=kT8v&Zw9=xQ7"})
    assert found.target is not None
    assert [(each.code, each.other) for each in found.dialect_problems] == [(OTHER_DRIVER, "")]
    assert "xQ7" not in repr(found)
    assert [each.reveal() for each in found.target.secrets] == ["xQ7"]


@pytest.mark.parametrize(
    "password,scheme",
    [
        ("kT:8v", "postgresql"),
        ("kT:8v", "postgresql+asyncpg"),
        ("kT/8v", "postgresql+asyncpg"),
        ("kT?8v", "postgresql+psycopg"),
        ("kT#8v", "postgresql+psycopg2"),
        ("50%off", "postgresql+asyncpg"),
    ],
)
def test_reserved_character_that_does_no_harm(password: str, scheme: str) -> None:
    """Every reader of such a URL finds the same password, so the app does."""
    found = of_url(f"{scheme}://api:{password}@h/orders")
    assert (password_of(found), found.host, found.database) == (password, "h", "orders")


# --- TLS and options of other drivers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url,mode,foreign",
    [
        ("postgresql://api@h/d", TlsMode.PREFER, []),
        ("postgresql+asyncpg://api@h/d", TlsMode.PREFER, []),
        ("postgresql+pg8000://api@h/d", TlsMode.DISABLE, []),
        ("postgresql://api@h/d?sslmode=verify-full", TlsMode.VERIFY_FULL, []),
        ("postgresql+psycopg://api@h/d?sslmode=disable", TlsMode.DISABLE, []),
        ("postgresql+asyncpg://api@h/d?ssl=require", TlsMode.REQUIRE, []),
        ("postgresql+asyncpg://api@h/d?ssl=verify_ca", TlsMode.VERIFY_CA, []),
        ("postgresql://api@h/d?ssl=true", TlsMode.REQUIRE, []),
        ("postgresql+asyncpg://api@h/d?sslmode=require", TlsMode.REQUIRE, ["sslmode"]),
        ("postgresql+asyncpg://api@h/d?ssl=true", TlsMode.REQUIRE, ["ssl"]),
        ("postgresql://api@h/d?ssl=require", TlsMode.REQUIRE, ["ssl"]),
        ("postgresql+psycopg://api@h/d?ssl=true", TlsMode.REQUIRE, ["ssl"]),
        ("postgresql+psycopg2://api@h/d?ssl=require", TlsMode.REQUIRE, ["ssl"]),
        ("postgresql://api@h/d?sslmode=no-verify", TlsMode.REQUIRE, ["sslmode"]),
        ("postgresql+pg8000://api@h/d?sslmode=require", TlsMode.REQUIRE, ["sslmode"]),
    ],
)
def test_tls_as_the_driver_takes_it(url: str, mode: TlsMode, foreign: list[str]) -> None:
    """Where the driver takes none of it, the mode that was meant: never less protection than the app asked for."""
    found = one({"DATABASE_URL": url})
    assert found.target is not None
    assert found.target.tls is mode
    assert [(each.code, each.about, each.other) for each in found.dialect_problems] == [
        (OTHER_DRIVER, "DATABASE_URL", name) for name in foreign
    ]
    # What the driver refuses stays an option: the driver check hands it over and sees it refused.
    assert [name for name, _ in found.target.options] == foreign


@pytest.mark.parametrize(
    "url,foreign",
    [
        ("postgresql+asyncpg://api@h/d?application_name=a&command_timeout=5", ["application_name"]),
        ("postgresql+asyncpg://api@h/d?connect_timeout=5", ["connect_timeout"]),
        ("postgresql+asyncpg://api@h/d?sslrootcert=/ca.pem", ["sslrootcert"]),
        ("postgresql+pg8000://api@h/d?connect_timeout=5&timeout=5", ["connect_timeout"]),
        # An option that some other client has says only that the app's driver is that one.
        ("postgresql://api@h/d?connect_timeout=5&command_timeout=5", []),
        ("postgresql+psycopg://api@h/d?prepare_threshold=0", []),
        # Prisma's: no Python driver reads this URL, so nothing is said about it.
        ("postgresql://api@h/d?schema=public&connection_limit=5", []),
    ],
)
def test_options_of_other_drivers(url: str, foreign: list[str]) -> None:
    found = one({"DATABASE_URL": url}).dialect_problems
    assert [(each.code, each.about, each.other) for each in found] == [
        (OTHER_DRIVER, "DATABASE_URL", name) for name in foreign
    ]


def test_option_that_no_client_has_is_not_repeated() -> None:
    """It may be a piece of a value that was not encoded."""
    (found,) = one({"DATABASE_URL": "postgresql://api@h/d?kT8vZw9=1"}).dialect_problems
    assert (found.code, found.other) == (OTHER_DRIVER, "")


def test_certificates() -> None:
    found = of_url("postgresql://api@h/d?sslmode=verify-ca&sslrootcert=/ca.pem&sslcert=/c.pem&sslkey=/k.pem")
    assert (found.root_cert, found.client_cert, found.client_key) == ("/ca.pem", "/c.pem", "/k.pem")
