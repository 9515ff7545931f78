"""Every setting of our own, as a table: its name, how its text is read, what it means, what holds without it.

The flag is ``--name``, the variable ``CLOUDSQL_DIAG_NAME``, the key in the config file ``name``, dashes turned into
underscores. Precedence: flag, config file, variable, default.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import cache

from diagnostics.core.model import (
    Depth,
    Dialect,
    DriverChoice,
    FailOn,
    IpType,
    Login,
    Route,
    TlsMode,
    TrialChoice,
    Value,
)
from diagnostics.settings import parsers

PREFIX = "CLOUDSQL_DIAG_"


@cache
def _variable(name: str) -> str:
    return PREFIX + name.upper().replace("-", "_")


class Output(StrEnum):
    """Formats of a report."""

    TEXT = "text"
    SHORT = "short"
    JSON = "json"
    JSONL = "jsonl"
    MARKDOWN = "markdown"
    LOG = "log"


class Group(StrEnum):
    """What an option is about, in the order of the reference."""

    TARGET = "Target"
    CHOICE = "How to log in and connect"
    SELECTION = "Which targets"
    RUN = "Run"
    SURFACE = "Output and sidecar"
    WORLD = "Addresses to measure against"


class Form(StrEnum):
    """Where an option may stand."""

    EVERYWHERE = "everywhere"
    NO_FLAG = "no_flag"
    """Variable and config file only: addresses of the surroundings, and what others could read in a command line."""
    NO_KEY = "no_key"
    """Not in the config file: it chooses the file, or what is taken from it."""


class Option(Value, frozen=True, kw_only=True):
    """One setting of our own."""

    name: str
    group: Group
    parse: Callable[[str], object]
    meaning: str
    default: str = ""
    """As the reference shows it; the values stand in Options and Invocation."""
    form: Form = Form.EVERYWHERE
    short_key: str = ""
    """Key in the config file where it is not the name: a target has only one port."""

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return _variable(self.name)

    @property
    def flag(self) -> str:
        """Its flag, empty where it has none."""
        return "" if self.form is Form.NO_FLAG else f"--{self.name}"

    @property
    def key(self) -> str:
        """Its key in the config file, empty where it has none."""
        return "" if self.form is Form.NO_KEY else self.short_key or self.name.replace("-", "_")


def _options(group: Group, form: Form, *rows: tuple[str, Callable[[str], object], str, str]) -> tuple[Option, ...]:
    return tuple(
        Option(name=name, group=group, form=form, parse=parse, meaning=meaning, default=default)
        for name, parse, meaning, default in rows
    )


DB_PORT = Option(
    name="db-port",
    group=Group.TARGET,
    parse=parsers.port,
    meaning="Port of the database.",
    default="5432",
    short_key="port",
)

_ANY = parsers.anything
_URL = "Database URL, in any dialect. Others on the machine can read a command line: prefer the variable."
_PASSWORD = "Password; there is no such flag, because others can read a command line."
_FROM = "Which variable, or which prefix of several, says where the database is; config lists those there are."
_TRIALS = "After a failure, whether to try what would prove or drop its cause: a trimmed value, another address."
_SKIP = "Checks to leave out, by id or by the first part of it, separated by commas."
_GRACE = "Seconds after the start of a Cloud Run instance in which silence makes a diagnosis provisional."
_APP_TIMEOUT = "Seconds that the app allows itself for connecting, to compare with what connecting took."
_DAMPING = "N/M: in serve, a state counts as changed when N of the last M runs said so. 1/1 believes every run."
_DETAILS = "Show hosts, users, addresses and messages to callers of serve that are not on loopback, too."
_NAMES = "Names by which serve may be called, beside addresses and localhost; .example.com allows all below it."
_EACH = "Each database that the environment names is a target of its own, with --all or --target."
_FALSE = "false"

TARGET_OPTIONS = (
    *_options(
        Group.TARGET,
        Form.EVERYWHERE,
        ("url", _ANY, _URL, ""),
        ("host", _ANY, "Host name, address, or directory of the unix socket.", "localhost, as drivers take it"),
    ),
    DB_PORT,
    *_options(
        Group.TARGET,
        Form.EVERYWHERE,
        ("database", _ANY, "Database.", "the user's name, as the server takes it"),
        ("user", _ANY, "User of the database.", ""),
    ),
    *_options(Group.TARGET, Form.NO_FLAG, ("password", _ANY, _PASSWORD, "")),
    *_options(
        Group.TARGET,
        Form.EVERYWHERE,
        ("password-file", _ANY, "File that holds the password; read at every run.", ""),
        ("instance", _ANY, "Instance connection name, project:region:name.", ""),
    ),
)
"""What names a target. With one of these flags all the rest comes from flags and variables of ours, too."""

CHOICE_OPTIONS = (
    *_options(
        Group.CHOICE,
        Form.NO_KEY,
        ("from", _ANY, _FROM, "the best known one"),
        ("route", parsers.one_of(Route), "The way to walk.", "what the settings mean"),
    ),
    *_options(
        Group.CHOICE,
        Form.EVERYWHERE,
        (
            "login",
            parsers.one_of(Login),
            "How the user proves who it is: password or iam.",
            "iam for an IAM user without a password",
        ),
        ("ip-type", parsers.one_of(IpType), "Which address of the instance a connector takes.", "public"),
        (
            "dialect",
            parsers.one_of(Dialect),
            "The app's driver, where no URL names it.",
            "what the URL or the route implies",
        ),
        ("sslmode", parsers.one_of(TlsMode), "TLS as libpq names it.", "what the app's driver does"),
        ("sslrootcert", _ANY, "File with the authorities to trust.", ""),
        ("sslcert", _ANY, "File with the client certificate.", ""),
        ("sslkey", _ANY, "File with the key of the client certificate.", ""),
    ),
)
"""They apply to whatever family names the target."""

RUN_OPTIONS = (
    *_options(
        Group.SELECTION,
        Form.NO_KEY,
        ("target", _ANY, "Name of one target of the config file.", "the only one"),
        ("all", parsers.switch, "Every target of the config file.", _FALSE),
        ("discover", parsers.switch, _EACH, _FALSE),
        ("config", _ANY, "Config file, TOML.", ""),
    ),
    *_options(
        Group.RUN,
        Form.EVERYWHERE,
        ("depth", parsers.one_of(Depth), "How far to climb.", "query"),
        (
            "drivers",
            parsers.one_of(DriverChoice),
            "Which driver checks to run: the one of the app's dialect, none, or all.",
            "auto",
        ),
        ("trials", parsers.one_of(TrialChoice), _TRIALS, "auto"),
        ("skip", parsers.checks, _SKIP, "none"),
        (
            "timeout",
            parsers.positive_seconds,
            "Seconds: deadline of a run, in wait of all tries together.",
            "60, in wait 180",
        ),
        ("grace", parsers.seconds, _GRACE, "0, in serve and wait 90"),
        ("fail-on", parsers.one_of(FailOn), "Whether warnings exit with 4.", "fail"),
        ("strict", parsers.switch, "In wait, do not start COMMAND where no database settings are found.", _FALSE),
        ("app-timeout", parsers.positive_seconds, _APP_TIMEOUT, "not compared"),
        ("repeat", parsers.count, "In check, so many runs, and how often and how they failed.", "1"),
        ("pause", parsers.seconds, "Seconds between two runs of --repeat.", "1"),
        ("passes", parsers.count, "In wait, good runs that it takes, whatever comes between them.", "1"),
    ),
    *_options(
        Group.SURFACE,
        Form.EVERYWHERE,
        ("output", parsers.one_of(Output), "Format of the report.", "text, with --all jsonl"),
        (
            "interval",
            parsers.positive_seconds,
            "Seconds between two runs in serve, first pause in wait.",
            "30, in wait 1",
        ),
        ("port", parsers.port, "Port that serve listens on.", "PORT where it is set, else 18307"),
        (
            "bind",
            parsers.bind_address,
            "Address that serve listens on.",
            "0.0.0.0 on Cloud Run and Kubernetes, else 127.0.0.1",
        ),
        ("damping", parsers.damping, _DAMPING, "2/3"),
        ("gate-passes", parsers.count, "Runs in a row that have to prove the path before /gate of serve opens.", "2"),
        ("expose-details", parsers.switch, _DETAILS, _FALSE),
        ("allowed-hosts", parsers.host_names, _NAMES, ".run.app on Cloud Run, else none"),
    ),
)

WORLD_OPTIONS = _options(
    Group.WORLD,
    Form.NO_FLAG,
    ("control-public", parsers.address_or_off, "A neutral public address, HOST:PORT or off.", "1.1.1.1:443"),
    (
        "control-private",
        parsers.addresses_or_off,
        "Private addresses, HOST:PORT, separated by commas, or off.",
        "those of Redis and the like in the environment",
    ),
    (
        "google-vip",
        parsers.address_or_off,
        "Google's public address for its APIs, HOST:PORT or off.",
        "sqladmin.googleapis.com:443",
    ),
    (
        "private-vip",
        parsers.address_or_off,
        "Google's private address for its APIs, HOST:PORT or off.",
        "199.36.153.8:443",
    ),
    ("sqladmin-endpoint", parsers.endpoint, "Cloud SQL Admin API.", "https://sqladmin.googleapis.com"),
    ("run-endpoint", parsers.endpoint, "Cloud Run Admin API.", "https://run.googleapis.com"),
    ("vpcaccess-endpoint", parsers.endpoint, "Serverless VPC Access API.", "https://vpcaccess.googleapis.com"),
    (
        "resource-manager-endpoint",
        parsers.endpoint,
        "Resource Manager API.",
        "https://cloudresourcemanager.googleapis.com",
    ),
    ("socket-dir", parsers.directory, "Where Cloud Run mounts the sockets.", "/cloudsql"),
)

OPTIONS = (*TARGET_OPTIONS, *CHOICE_OPTIONS, *RUN_OPTIONS, *WORLD_OPTIONS)
"""All of them, in the order of the reference."""


def option_named(name: str) -> Option:
    """The option of a flag's or table's name; LookupError, our own mistake, where there is none."""
    return next(option for option in OPTIONS if option.name == name)
