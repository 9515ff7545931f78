"""The reference of all settings, from the tables that read them: what ``make docs`` writes."""

from collections.abc import Iterable, Iterator

from diagnostics.settings.families import FAMILIES, IAM_USER, INSTANCE_VARIABLES, IP_TYPE, PRIVATE_IP, Family
from diagnostics.settings.options import OPTIONS, Group, Option
from diagnostics.settings.surroundings import METADATA_HOSTS, PROXIES, TASK_COUNT, TASK_INDEX

_INTRO = """# Settings

Nothing has to be set where the app's own variables are there. Values are taken as they are, as the app would take them;
what looks odd about one is a warning that names the variable.

Precedence of what names the target: flags, config file, then the families of variables in the order below. Families are
never mixed. A second family that names another host, database or user is a warning. Every variable `NAME` of a family
may instead be `NAME_FILE`, the path of a file that is read at every run; line breaks at its end do not count.

The route follows from the host: under `/` it is the mounted socket; an instance connection name without a host is the
socket where that is mounted, else the connector; anything else is a direct connection."""

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
    blocks = [_INTRO, "## Variables of the app", *_families(), _CONFIG, *_options(), *_surroundings()]
    return "\n\n".join(blocks) + "\n"


def _families() -> Iterator[str]:
    yield _table(("family", "setting", "variables"), (row for family in FAMILIES for row in _family(family)))
    names = ", ".join(f"`{name}`" for name in INSTANCE_VARIABLES)
    yield (
        f"{names}: the instance connection name, which completes any family that lacks the host. "
        f"`{IAM_USER}` says that its user logs in by IAM; so does a user like `NAME@PROJECT.iam` without a password. "
        f"`{IP_TYPE}` and `{PRIVATE_IP}` say which address a connector takes. "
        "`PGSSLMODE`, `PGSSLROOTCERT`, `PGSSLCERT` and `PGSSLKEY` hold for every family, as drivers read them."
    )


def _family(family: Family) -> Iterator[tuple[str, ...]]:
    for setting, names in family.variables:
        yield f"`{family.name}`", setting.value, ", ".join(f"`{name}`" for name in names)


def _options() -> Iterator[str]:
    for group in Group:
        yield f"## {group.value}"
        yield _table(
            ("flag", "variable", "key", "meaning", "default"),
            (_option(option) for option in OPTIONS if option.group is group),
        )


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
