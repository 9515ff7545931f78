"""Our own options from flags, config file and variables: the first that says something counts."""

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar, cast

from diagnostics.core.model import Damping, Options, Platform, PlatformKind, Value
from diagnostics.core.report import Setting
from diagnostics.settings.config_file import ConfigFile, Entry
from diagnostics.settings.model import CLOUD_RUN_HOSTS, DEFAULT_PORT, GATE_PASSES, LOOPBACK, REPEAT_PAUSE, Invocation
from diagnostics.settings.options import (
    CHOICE_OPTIONS,
    DB_PORT,
    OPTIONS,
    PREFIX,
    RUN_OPTIONS,
    TARGET_OPTIONS,
    WORLD_OPTIONS,
    Group,
    Option,
)
from diagnostics.settings.sources import FILE_SUFFIX
from diagnostics.settings.suggest import suggestion
from diagnostics.settings.surroundings import private_addresses
from diagnostics.settings.usage import Unfit, UsageCode, UsageProblem
from diagnostics.settings.values import port_of

T = TypeVar("T")

ANYWHERE = "0.0.0.0"  # noqa: S104 - probes of Cloud Run and Kubernetes come from outside loopback
READ_ELSEWHERE = frozenset({f"{PREFIX}LAB", f"{PREFIX}STARTUP"})
"""How a running lab is found, which the lab reads, and the switch of the library in the app's process."""
_READ = (*RUN_OPTIONS, *WORLD_OPTIONS, *CHOICE_OPTIONS, DB_PORT)
_KNOWN = frozenset(option.variable for option in OPTIONS) | READ_ELSEWHERE
_IN_FILES = frozenset(option.variable for option in TARGET_OPTIONS)
_PLAIN = re.compile("[A-Z_]{1,48}")
_SERVICE_LINKS = re.compile(f"{PREFIX}(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_[0-9]+_(TCP|UDP)(_.*)?)")
"""What Kubernetes sets in every container of a namespace that has a service named cloudsql-diag."""


class Choice(Value, frozen=True, kw_only=True):
    """One option that somebody set."""

    name: str
    source: str
    value: object
    shown: str


class Own:
    """The options that were set, parsed. ``problems`` are those whose text does not fit; their defaults hold."""

    def __init__(self, environ: Mapping[str, str], flags: Mapping[str, str], config: ConfigFile) -> None:
        self._environ = environ
        self._flags = flags
        self._config = {entry.key: entry for entry in config.options.entries}
        self.problems: list[UsageProblem] = [*config.problems, *_unknown_variables(environ)]
        # Most environments hold no variable of ours, and this is done at each start of an app.
        said = bool(flags or self._config) or any(name.startswith(PREFIX) for name in environ)
        found = (self._choice(option) for option in (_READ if said else ()))
        self.choices = {choice.name: choice for choice in found if choice}

    def value(self, name: str, default: T) -> T:
        """What was set, else the default, which has the type of the option's parser."""
        choice = self.choices.get(name)
        return cast("T", choice.value) if choice else default

    def _choice(self, option: Option) -> Choice | None:
        source, text = self._raw(option)
        if not text.strip():
            return None
        return parsed(option, source, text, self.problems)

    def _raw(self, option: Option) -> tuple[str, str]:
        of_run = option.group not in {Group.TARGET, Group.CHOICE}
        entry: Entry | None = self._config.get(option.key) if of_run and self._config else None
        if option.name in self._flags:
            return option.flag, self._flags[option.name]
        if entry:
            return entry.source, entry.text
        text = self._environ.get(option.variable, "")
        # The address of a Kubernetes service of our name stands in the variable of our port.
        return option.variable, "" if option.name == "port" and text.startswith("tcp://") else text


def parsed(option: Option, source: str, text: str, problems: list[UsageProblem]) -> Choice | None:
    """The option's value; None and one problem more where the text is none. Whitespace around it does not count."""
    try:
        value = option.parse(text.strip())
    except Unfit as unfit:
        problems.append(unfit.problem(source))
        return None
    return Choice(name=option.name, source=source, value=value, shown=text.strip())


def options_of(own: Own, environ: Mapping[str, str]) -> Options:
    """What the user asked of a run."""
    standard = Options()
    return Options(
        depth=own.value("depth", standard.depth),
        drivers=own.value("drivers", standard.drivers),
        trials=own.value("trials", standard.trials),
        skip=own.value("skip", standard.skip),
        timeout=own.value("timeout", standard.timeout),
        fail_on=own.value("fail-on", standard.fail_on),
        app_timeout=own.value("app-timeout", standard.app_timeout),
        sqladmin_endpoint=own.value("sqladmin-endpoint", standard.sqladmin_endpoint),
        run_endpoint=own.value("run-endpoint", standard.run_endpoint),
        vpcaccess_endpoint=own.value("vpcaccess-endpoint", standard.vpcaccess_endpoint),
        resource_manager_endpoint=own.value("resource-manager-endpoint", standard.resource_manager_endpoint),
        socket_directory=own.value("socket-dir", standard.socket_directory),
        google_vip=own.value("google-vip", standard.google_vip),
        private_vip=own.value("private-vip", standard.private_vip),
        control_public=own.value("control-public", standard.control_public),
        control_private=own.value("control-private", private_addresses(environ)),
    )


def _ingress_port(environ: Mapping[str, str], platform: Platform) -> int | None:
    """Cloud Run sets PORT, in the ingress container only, and nobody else can there; elsewhere it is the app's."""
    return port_of(environ.get("PORT", "")) if platform.kind is PlatformKind.CLOUD_RUN_SERVICE else None


def invocation_of(own: Own, environ: Mapping[str, str], platform: Platform) -> Invocation:
    """What the user asked of the verb."""
    outside = platform.kind.on_cloud_run or "KUBERNETES_SERVICE_HOST" in environ
    return Invocation(
        target=own.value("target", ""),
        strict=own.value("strict", False),  # noqa: FBT003 - the default of a switch
        discover=own.value("discover", False),  # noqa: FBT003 - the default of a switch
        every=own.value("all", False),  # noqa: FBT003 - the default of a switch
        output=own.value("output", None),
        timeout=own.value("timeout", None),
        grace=own.value("grace", None),
        interval=own.value("interval", None),
        port=own.value("port", _ingress_port(environ, platform) or DEFAULT_PORT),
        bind=own.value("bind", ANYWHERE if outside else LOOPBACK),
        damping=own.value("damping", Damping()),
        gate_passes=own.value("gate-passes", GATE_PASSES),
        repeat=own.value("repeat", 1),
        pause=own.value("pause", REPEAT_PAUSE),
        passes=own.value("passes", 1),
        expose_details=own.value("expose-details", False),  # noqa: FBT003 - the default of a switch
        allowed_hosts=own.value("allowed-hosts", CLOUD_RUN_HOSTS if platform.kind.on_cloud_run else ()),
    )


def describe_options(own: Own) -> tuple[Setting, ...]:
    """Our own options, each with its source; those that nobody set with their default."""
    shown = (*RUN_OPTIONS, *WORLD_OPTIONS)
    return tuple(
        Setting(
            name=option.name,
            value=choice.shown if choice else option.default,
            source=choice.source if choice else "default",
        )
        for option, choice in ((option, own.choices.get(option.name)) for option in shown)
    )


def _unknown_variables(environ: Mapping[str, str]) -> Iterator[UsageProblem]:
    for name in sorted(name for name in environ if name.startswith(PREFIX)):
        if (
            name not in _KNOWN
            and name.removesuffix(FILE_SUFFIX) not in _IN_FILES
            and not _SERVICE_LINKS.fullmatch(name)
        ):
            meant = suggestion(name, sorted(_KNOWN))
            # A name that is no name holds what belongs behind the equals sign.
            shown = name if _PLAIN.fullmatch(name) else f"{PREFIX}?"
            yield UsageProblem(code=UsageCode.UNKNOWN_VARIABLE, source=shown, allowed=meant)
