"""Every setting of our own, as a table: its name, how its text is read, what it means, what holds without it.

The flag is ``--name``, the variable ``CLOUDSQL_DIAG_NAME``, the key in the config file ``name``, dashes turned into
underscores. Precedence: flag, config file, variable, default.
"""

from collections.abc import Callable
from enum import StrEnum

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
        return PREFIX + self.name.upper().replace("-", "_")

    @property
    def flag(self) -> str:
        """Its flag, empty where it has none."""
        return "" if self.form is Form.NO_FLAG else f"--{self.name}"

    @property
    def key(self) -> str:
        """Its key in the config file, empty where it has none."""
        return "" if self.form is Form.NO_KEY else self.short_key or self.name.replace("-", "_")


def _target(name: str, meaning: str, default: str = "", form: Form = Form.EVERYWHERE) -> Option:
    return Option(name=name, group=Group.TARGET, parse=parsers.anything, meaning=meaning, default=default, form=form)


def _choice(
    name: str, parse: Callable[[str], object], meaning: str, default: str, form: Form = Form.EVERYWHERE
) -> Option:
    return Option(name=name, group=Group.CHOICE, parse=parse, meaning=meaning, default=default, form=form)


def _world(name: str, parse: Callable[[str], object], meaning: str, default: str) -> Option:
    return Option(name=name, group=Group.WORLD, parse=parse, meaning=meaning, default=default, form=Form.NO_FLAG)


DB_PORT = Option(
    name="db-port",
    group=Group.TARGET,
    parse=parsers.port,
    meaning="Port of the database.",
    default="5432",
    short_key="port",
)

TARGET_OPTIONS = (
    _target("url", "Database URL, in any dialect. Others on the machine can read a command line: prefer the variable."),
    _target("host", "Host name, address, or directory of the unix socket.", "localhost, as drivers take it"),
    DB_PORT,
    _target("database", "Database.", "the user's name, as the server takes it"),
    _target("user", "User of the database."),
    _target("password", "Password; there is no such flag, because others can read a command line.", "", Form.NO_FLAG),
    _target("password-file", "File that holds the password; read at every run."),
    _target("instance", "Instance connection name, project:region:name."),
)
"""What names a target. With one of these flags all the rest comes from flags and variables of ours, too."""

CHOICE_OPTIONS = (
    _choice(
        "from",
        parsers.anything,
        "Which variable, or which prefix of several, says where the database is; config lists those there are.",
        "the best known one",
        Form.NO_KEY,
    ),
    _choice("route", parsers.one_of(Route), "The way to walk.", "what the settings mean", Form.NO_KEY),
    _choice(
        "login",
        parsers.one_of(Login),
        "How the user proves who it is: password or iam.",
        "iam for an IAM user without a password",
    ),
    _choice("ip-type", parsers.one_of(IpType), "Which address of the instance a connector takes.", "public"),
    _choice(
        "dialect",
        parsers.one_of(Dialect),
        "The app's driver, where no URL names it.",
        "what the URL or the route implies",
    ),
    _choice("sslmode", parsers.one_of(TlsMode), "TLS as libpq names it.", "what the app's driver does"),
    _choice("sslrootcert", parsers.anything, "File with the authorities to trust.", ""),
    _choice("sslcert", parsers.anything, "File with the client certificate.", ""),
    _choice("sslkey", parsers.anything, "File with the key of the client certificate.", ""),
)
"""They apply to whatever family names the target."""

RUN_OPTIONS = (
    Option(
        name="target",
        group=Group.SELECTION,
        parse=parsers.anything,
        meaning="Name of one target of the config file.",
        default="the only one",
        form=Form.NO_KEY,
    ),
    Option(
        name="all",
        group=Group.SELECTION,
        parse=parsers.switch,
        meaning="Every target of the config file.",
        default="false",
        form=Form.NO_KEY,
    ),
    Option(
        name="discover",
        group=Group.SELECTION,
        parse=parsers.switch,
        meaning="Each database that the environment names is a target of its own, with --all or --target.",
        default="false",
        form=Form.NO_KEY,
    ),
    Option(
        name="config", group=Group.SELECTION, parse=parsers.anything, meaning="Config file, TOML.", form=Form.NO_KEY
    ),
    Option(name="depth", group=Group.RUN, parse=parsers.one_of(Depth), meaning="How far to climb.", default="query"),
    Option(
        name="drivers",
        group=Group.RUN,
        parse=parsers.one_of(DriverChoice),
        meaning="Which driver checks to run: the one of the app's dialect, none, or all.",
        default="auto",
    ),
    Option(
        name="trials",
        group=Group.RUN,
        parse=parsers.one_of(TrialChoice),
        meaning="After a failure, whether to try what would prove or drop its cause: a trimmed value, another address.",
        default="auto",
    ),
    Option(
        name="skip",
        group=Group.RUN,
        parse=parsers.checks,
        meaning="Checks to leave out, by id or by the first part of it, separated by commas.",
        default="none",
    ),
    Option(
        name="timeout",
        group=Group.RUN,
        parse=parsers.positive_seconds,
        meaning="Seconds: deadline of a run, in wait of all tries together.",
        default="60, in wait 180",
    ),
    Option(
        name="grace",
        group=Group.RUN,
        parse=parsers.seconds,
        meaning="Seconds after the start of a Cloud Run instance in which silence makes a diagnosis provisional.",
        default="0, in serve and wait 90",
    ),
    Option(
        name="fail-on",
        group=Group.RUN,
        parse=parsers.one_of(FailOn),
        meaning="Whether warnings exit with 4.",
        default="fail",
    ),
    Option(
        name="strict",
        group=Group.RUN,
        parse=parsers.switch,
        meaning="In wait, start COMMAND only where the path is proven, not already where nothing is broken.",
        default="false",
    ),
    Option(
        name="app-timeout",
        group=Group.RUN,
        parse=parsers.positive_seconds,
        meaning="Seconds that the app allows itself for connecting, to compare with what connecting took.",
        default="not compared",
    ),
    Option(
        name="output",
        group=Group.SURFACE,
        parse=parsers.one_of(Output),
        meaning="Format of the report.",
        default="text, with --all jsonl",
    ),
    Option(
        name="interval",
        group=Group.SURFACE,
        parse=parsers.positive_seconds,
        meaning="Seconds between two runs in serve, first pause in wait.",
        default="30, in wait 1",
    ),
    Option(
        name="port",
        group=Group.SURFACE,
        parse=parsers.port,
        meaning="Port that serve listens on.",
        default="PORT where it is set, else 18307",
    ),
    Option(
        name="bind",
        group=Group.SURFACE,
        parse=parsers.bind_address,
        meaning="Address that serve listens on.",
        default="0.0.0.0 on Cloud Run and Kubernetes, else 127.0.0.1",
    ),
    Option(
        name="damping",
        group=Group.SURFACE,
        parse=parsers.damping,
        meaning="N/M: in serve, a state counts as changed when N of the last M runs said so. 1/1 believes every run.",
        default="2/3",
    ),
    Option(
        name="gate-passes",
        group=Group.SURFACE,
        parse=parsers.count,
        meaning="Runs in a row that must not find the path broken before /gate of serve opens.",
        default="2",
    ),
    Option(
        name="expose-details",
        group=Group.SURFACE,
        parse=parsers.switch,
        meaning="Show hosts, users, addresses and messages to callers of serve that are not on loopback, too.",
        default="false",
    ),
    Option(
        name="allowed-hosts",
        group=Group.SURFACE,
        parse=parsers.host_names,
        meaning="Names by which serve may be called, beside addresses and localhost; .example.com allows all below it.",
        default=".run.app on Cloud Run, else none",
    ),
)

WORLD_OPTIONS = (
    _world("control-public", parsers.address_or_off, "A neutral public address, HOST:PORT or off.", "1.1.1.1:443"),
    _world(
        "control-private",
        parsers.addresses_or_off,
        "Private addresses, HOST:PORT, separated by commas, or off.",
        "those of Redis and the like in the environment",
    ),
    _world(
        "google-vip",
        parsers.address_or_off,
        "Google's public address for its APIs, HOST:PORT or off.",
        "sqladmin.googleapis.com:443",
    ),
    _world(
        "private-vip",
        parsers.address_or_off,
        "Google's private address for its APIs, HOST:PORT or off.",
        "199.36.153.8:443",
    ),
    _world("sqladmin-endpoint", parsers.endpoint, "Cloud SQL Admin API.", "https://sqladmin.googleapis.com"),
    _world("run-endpoint", parsers.endpoint, "Cloud Run Admin API.", "https://run.googleapis.com"),
    _world("vpcaccess-endpoint", parsers.endpoint, "Serverless VPC Access API.", "https://vpcaccess.googleapis.com"),
    _world(
        "resource-manager-endpoint",
        parsers.endpoint,
        "Resource Manager API.",
        "https://cloudresourcemanager.googleapis.com",
    ),
    _world("socket-dir", parsers.directory, "Where Cloud Run mounts the sockets.", "/cloudsql"),
)

OPTIONS = (*TARGET_OPTIONS, *CHOICE_OPTIONS, *RUN_OPTIONS, *WORLD_OPTIONS)
"""All of them, in the order of the reference."""


def option_named(name: str) -> Option:
    """The option of a flag's or table's name; LookupError, our own mistake, where there is none."""
    return next(option for option in OPTIONS if option.name == name)
