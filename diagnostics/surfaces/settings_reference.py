"""The reference of all settings, from the tables that read them: what ``make docs`` writes."""

from collections.abc import Iterable, Iterator

from diagnostics.settings.families import INSTANCE_VARIABLES, ROWS, Row
from diagnostics.settings.options import OPTIONS, Group, Option
from diagnostics.settings.surroundings import METADATA_HOSTS, PROXIES, TASK_COUNT, TASK_INDEX

_INTRO = """# Settings

Nothing has to be set where the app's own variables are there. Values are taken as they are, as the app would take them;
what looks odd about one is a warning that names the variable. `cloudsql-diag config` shows what was found, what of it
was taken and why.

## Where the database is

What names the target, the first that does: flags, the config file, the families of variables in the order below, then
whatever looks like database settings. Families are never mixed. Of several, the best known one is taken and the others
are listed; `--from NAME` takes another one. A second family that apps of any kind read, and that names another host,
database or user, is a warning. Every variable `NAME` may instead be `NAME_FILE`, the path of a file that is read at
every run; line breaks at its end do not count.

Forms that are read, under any name:"""

_FORMS = (
    (
        "URL",
        "`postgresql://USER:PASSWORD@HOST:PORT/DATABASE?NAME=VALUE`",
        ("as libpq reads it; the socket as `?host=`, as `%2Fcloudsql%2F...`, or behind two slashes as Django takes it"),
        "<https://www.postgresql.org/docs/current/libpq-connect.html>",
    ),
    (
        "URL with a driver",
        "`postgresql+asyncpg://...`",
        "as SQLAlchemy reads it, and its driver is the app's",
        "<https://docs.sqlalchemy.org/en/20/core/engines.html>",
    ),
    (
        "other schemes",
        "`postgis:`, `pgsql:`, `psql:`, `ecto:`, `pg:`, `pgx5:` and the like",
        "as a plain URL, with every usual word for a part as parameter",
        "<https://github.com/jazzband/dj-database-url>",
    ),
    (
        "JDBC",
        "`jdbc:postgresql://HOST/DATABASE?user=...`",
        "as pgjdbc; with `cloudSqlInstance` the connector, with `unixSocketPath` the socket",
        "<https://jdbc.postgresql.org/documentation/use/>",
    ),
    (
        "R2DBC",
        "`r2dbc:postgresql:`, `r2dbc:gcp:postgresql:`",
        "host and port; with `gcp` the connector",
        "<https://github.com/GoogleCloudPlatform/cloud-sql-jdbc-socket-factory>",
    ),
    (
        "node's socket",
        "`socket://USER:PASSWORD@/PATH?db=DATABASE`",
        "the socket",
        "<https://node-postgres.com/features/connecting>",
    ),
    (
        "pairs",
        "`host=... dbname=...`, `pgsql:host=...;dbname=...`",
        "as libpq, pgx, PDO",
        "<https://www.postgresql.org/docs/current/libpq-connect.html>",
    ),
    (
        "pairs of .NET",
        "`Host=...;Database=...;Username=...`",
        "as Npgsql",
        "<https://www.npgsql.org/doc/connection-string-parameters.html>",
    ),
    (
        "JSON",
        '`{"host": ..., "username": ...}`',
        "the first object that says where a database is",
        "",
    ),
    (
        "place alone",
        "`/cloudsql/PROJECT:REGION:NAME`, `PROJECT:REGION:NAME`",
        "completes a family that says only who; alone, the path is checked to the startup message",
        "",
    ),
    (
        "group",
        "variables with one prefix and the usual endings",
        "`HOST`, `PORT`, `DATABASE`, `USER`, `PASSWORD` and the other words for them, in any case",
        "",
    ),
)

_ROUTE = """The route follows from that: a host under `/` is the mounted socket; an instance connection name without a
host is the connector; any other host is a direct connection. `--route` decides otherwise. Where the settings or the
mounts leave another way open, the report says so.

What libpq finds by itself is found, too, for every driver that does the same: `PGSERVICE` and `PGSERVICEFILE`, the
variables `PG*` for what a URL does not say, and for the password `PGPASSWORD`, `PGPASSFILE` and `~/.pgpass`.

## Families that are known"""

_CONFIG = """## Config file

TOML, named by `--config` or `CLOUDSQL_DIAG_CONFIG`. `[options]` takes the keys below, each `[targets.NAME]` those of
*Target* and *How to log in and connect*, and `url_file`, `url_env`, `password_env` (`_env` names a variable). A key
that does not exist is an error. With several targets, `--target NAME` chooses one and `--all` all.

```toml
[options]
depth = "auth"

[targets.orders]
url_env = "DATABASE_URL"

[targets.billing]
instance = "acme-prod:europe-west1:billing"
database = "billing"
user = "api@acme-prod.iam"
login = "iam"
ip_type = "private"
```"""


def reference() -> str:
    """The whole page, Markdown."""
    forms = _table(("form", "as", "what is read out of it", "source"), _FORMS)
    return "\n\n".join((_INTRO, forms, _ROUTE, *_families(), _CONFIG, *_options(), *_surroundings())) + "\n"


def _families() -> Iterator[str]:
    yield _table(("variables", "who sets them", "what the app does", "source"), map(_family, ROWS))
    names = ", ".join(f"`{name}`" for name in INSTANCE_VARIABLES)
    yield (
        f"{names}: the instance connection name, which completes any family that lacks the host. "
        "`DB_IAM_USER` says that its user logs in by IAM; so does a user like `NAME@PROJECT.iam` without a password. "
        "`IP_TYPE` and `PRIVATE_IP` say which address a connector takes. "
        "`PGSSLMODE`, `PGSSLROOTCERT`, `PGSSLCERT` and `PGSSLKEY` hold for every family, as drivers read them."
    )


def _family(row: Row) -> tuple[str, ...]:
    does = [f"reads {', '.join(f'`{name}`' for name in _names(row))} as well"] if row.extra else []
    does += [f"takes who logs in from `{row.beside}`"] if row.beside else []
    does += [f"takes an instance name without a host for the {row.route}"] if row.route else []
    does += ["takes `HOST:PORT` apart"] if row.splits_host else []
    does += ["replaces `${NAME}`"] if row.expands else []
    does += [f"reads them through {row.dialect}"] if row.dialect else []
    return f"`{row.name}`", row.app, "; ".join(does), f"<{row.source}>" if row.source else ""


def _names(row: Row) -> Iterator[str]:
    return (name for each in row.extra.split() for name in each.partition("=")[2].split(","))


def _options() -> Iterator[str]:
    for group in Group:
        yield f"## {group.value}"
        rows = (_option(option) for option in OPTIONS if option.group is group)
        yield _table(("flag", "variable", "key", "meaning", "default"), rows)


def _option(option: Option) -> tuple[str, ...]:
    names = (option.flag, option.variable, option.key)
    return (*(f"`{name}`" if name else "" for name in names), option.meaning, option.default)


def _surroundings() -> Iterator[str]:
    yield "## Read to tell where we run"
    hosts, proxies = (", ".join(f"`{name}`" for name in names) for names in (METADATA_HOSTS, PROXIES))
    yield (
        "`K_SERVICE`, `K_REVISION`, `CLOUD_RUN_JOB`, `CLOUD_RUN_EXECUTION`, `CLOUD_RUN_WORKER_POOL`, "
        "`CLOUD_RUN_WORKER_POOL_REVISION`, `KUBERNETES_SERVICE_HOST`, `PORT`, "
        f"`{TASK_INDEX}` and `{TASK_COUNT}` (`check --all` in a job: each task takes its share of the targets), "
        f"{hosts} (the metadata server), {proxies} (reported: they redirect API calls)."
    )
    yield "This page is made by `make docs`."


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
