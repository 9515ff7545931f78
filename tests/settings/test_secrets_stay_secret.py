"""No finding, exception or description holds a password or a piece of one, however it was given."""

import re
import string
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.core.model import Resolution, Route
from diagnostics.settings import SettingsError, describe, resolve
from tests.settings.around import INSTANCE, MadeUpFiles
from tests.settings.forms import FORMS, At, Form

RESERVED = ":@/%'\" \n?#&=+\\,[]{}<>$"
RARE = "QXZJKVW"
"""Capitals that stand side by side in no name, source or code."""

PIECES = st.text(alphabet=RARE + string.digits, min_size=3, max_size=6).filter(lambda text: not text.isdigit())
NUMBERS = st.sampled_from(["5432", "1", "99999"])
PASSWORDS = st.lists(
    st.one_of(PIECES, NUMBERS, st.text(alphabet=RESERVED, min_size=1, max_size=3)), min_size=1, max_size=7
).map("".join)
"""Pieces, and numbers that could pass for a port, with what cuts them."""


def pieces(password: str) -> set[str]:
    """However it is cut; a number alone tells nothing, it stands in every text."""
    return {piece for piece in re.split(r"[^A-Za-z0-9]+", password) if len(piece) >= 3 and not piece.isdigit()}


def shown(resolution: Resolution) -> str:
    """All that any surface could get hold of, and what careless code prints."""
    findings = (*resolution.problems, *resolution.remarks, *resolution.dialect_problems)
    texts = [msgspec.json.encode(finding).decode() for finding in findings]
    texts += [f"{each.name} {each.value} {each.source}" for each in describe(resolution)]
    texts += [f"{origin.source} {origin.shown}" for origin in resolution.origins]
    texts += [resolution.name, repr(resolution), msgspec.json.encode(resolution.candidates).decode()]
    return "\n".join(texts)


def everything(environ: dict[str, str], flags: dict[str, str] | None = None, files: MadeUpFiles | None = None) -> str:
    files = files or MadeUpFiles()
    try:
        loaded = resolve(environ, flags or {}, files)
        said = ""
    except SettingsError as error:
        loaded = error.loaded
        said = f"{error} {error!r} " + " ".join(problem.sentence for problem in error.problems)
    asked = " ".join(path for path in files.asked if path not in files.texts)
    return "\n".join([said, asked, repr(loaded), *map(shown, loaded.resolutions)])


def leaked(text: str, password: str) -> set[str]:
    return {piece for piece in pieces(password) if piece in text}


SCHEMES = ("postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg", "postgresql+pg8000", "mysql", "http")
PLACES = {Route.SOCKET: f"/cloudsql/{INSTANCE}", Route.DIRECT: "db.internal", Route.CONNECTOR: ""}
ENDS = (
    "@db.internal:6543/orders",
    "@db.internal/orders?sslmode=require",
    f"@/orders?host=/cloudsql/{INSTANCE}",
    "@[fd00::5]/orders",
    f"@{INSTANCE}/orders",
    "@db.internal:port/orders",
    "@db.internal/orders\n",
    "@db.internal",
)
FRONTS = ("api:", "api@acme.iam:", ":")


@settings(max_examples=400)
@given(
    password=PASSWORDS,
    scheme=st.sampled_from(SCHEMES),
    front=st.sampled_from(FRONTS),
    end=st.sampled_from(ENDS),
    encoded=st.booleans(),
)
def test_password_in_a_url(password: str, scheme: str, front: str, end: str, encoded: bool) -> None:
    text = quote(password, safe="") if encoded else password
    environ = {"DATABASE_URL": f"{scheme}://{front}{text}{end}"}
    assert leaked(everything(environ), password) == set()
    assert leaked(everything({}, {"url": environ["DATABASE_URL"]}), password) == set()


@settings(max_examples=200)
@given(password=PASSWORDS, scheme=st.sampled_from(SCHEMES[:4]), dialect=st.sampled_from(["", "asyncpg", "other"]))
def test_encoded_password_in_the_query(password: str, scheme: str, dialect: str) -> None:
    url = f"{scheme}://db.internal/orders?user=api&password={quote(password, safe='')}"
    environ = {"DATABASE_URL": url} | ({"CLOUDSQL_DIAG_DIALECT": dialect} if dialect else {})
    assert leaked(everything(environ), password) == set()


@settings(max_examples=200)
@given(password=PASSWORDS)
def test_password_in_variables_files_and_config(password: str) -> None:
    base = {"POSTGRES_HOST": "10.0.0.1", "POSTGRES_USER": "api", "POSTGRES_DB": "orders"}
    files = MadeUpFiles(
        {"/secret": password, "/c.toml": f"[targets.orders]\nhost = 'h'\nuser = 'api'\npassword = '''{password}'''\n"}
    )
    for environ in (
        base | {"POSTGRES_PASSWORD": password},
        base | {"POSTGRES_PASSWORD_FILE": "/secret"},
        {"PGHOST": "h", "PGUSER": "api", "PGPASSWORD": password},
        {"CLOUDSQL_DIAG_CONFIG": "/c.toml"},
        {"CLOUDSQL_DIAG_HOST": "h", "CLOUDSQL_DIAG_USER": "api", "CLOUDSQL_DIAG_PASSWORD": password},
    ):
        assert leaked(everything(environ, files=files), password) == set()


@pytest.mark.parametrize("form", FORMS, ids=repr)
@settings(max_examples=10)
@given(password=PASSWORDS)
def test_password_in_every_form(form: Form, password: str) -> None:
    """Where the form encodes it, and where somebody forgot to."""
    marker = "mArkErOfThEpAsSwOrD"
    environ = dict(form.build(At(route=form.routes[0], host=PLACES[form.routes[0]], password=marker)))
    raw = {name: text.replace(marker, password) for name, text in environ.items()}
    assert leaked(everything(raw), password) == set()


SERVICE = "[orders]\nhost=h\nuser=api\npassword={}\nsslpassword={}\n"


@settings(max_examples=100)
@given(password=PASSWORDS.filter(lambda text: "\n" not in text))
def test_password_that_a_driver_finds_by_itself(password: str) -> None:
    files = MadeUpFiles({"/pass": f"*:*:*:*:{password}\n", "/service": SERVICE.format(password, password)})
    for environ in (
        {"DATABASE_URL": "postgresql://api@h/d", "PGPASSWORD": password},
        {"DATABASE_URL": "postgresql://api@h/d", "PGPASSFILE": "/pass"},
        {"PGSERVICE": "orders", "PGSERVICEFILE": "/service"},
        {"DATABASE_URL": f"postgresql://api@h/d?sslpassword={quote(password, safe='')}"},
    ):
        assert leaked(everything(environ, files=files), password) == set()


@settings(max_examples=200)
@given(password=PIECES)
@pytest.mark.parametrize(
    "name", ["POSTGRES_PORT", "POSTGRES_SSLMODE", "CLOUDSQL_DIAG_PORT", "CLOUDSQL_DIAG_DEPTH", "IP_TYPE"]
)
def test_password_where_something_else_belongs(name: str, password: str) -> None:
    environ = {"POSTGRES_HOST": "10.0.0.1", "POSTGRES_USER": "api", name: password}
    assert leaked(everything(environ), password) == set()


@pytest.mark.parametrize("name", ["POSTGRES_HOST", "POSTGRES_DB", "POSTGRES_USER", "INSTANCE_CONNECTION_NAME"])
def test_url_where_something_else_belongs(name: str) -> None:
    environ = {"POSTGRES_HOST": "10.0.0.1", "POSTGRES_USER": "api"} | {name: "postgresql://api:QXZ7JKV@h/d"}
    if name.startswith("INSTANCE"):
        del environ["POSTGRES_HOST"]
    assert leaked(everything(environ), "QXZ7JKV") == set()


@settings(max_examples=200)
@given(
    text=st.text(max_size=40),
    name=st.sampled_from(
        [
            "DATABASE_URL",
            "POSTGRES_HOST",
            "PGPORT",
            "DB_USER",
            "INSTANCE_CONNECTION_NAME",
            "CLOUDSQL_DIAG_CONTROL_PUBLIC",
            "CLOUDSQL_DIAG_SKIP",
            "REDIS_URL",
        ]
    ),
)
def test_nothing_makes_the_settings_crash(text: str, name: str) -> None:
    everything({"POSTGRES_USER": "api", "DB_HOST": "h", name: text.replace("\0", "")})


@settings(max_examples=300)
@given(text=st.text(max_size=60))
def test_no_url_makes_the_settings_crash(text: str) -> None:
    for scheme in SCHEMES[:4]:
        everything({"DATABASE_URL": f"{scheme}://{text}"})
