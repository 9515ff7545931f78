"""From environment, flags and config file to everything a run needs. Called anew for every run: files may change.

Who names the target: a flag that does; else the config file, one target a table; else the first family of variables
that says where the database is, or that an instance connection name beside it completes. Nothing is taken from two.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from diagnostics.core.findings import Code
from diagnostics.core.model import Dialect, Finding, InstanceName, Options, Platform, Resolution, Secret, SettingName
from diagnostics.settings import hygiene
from diagnostics.settings.config_file import TARGET_NAME, ConfigFile, read_config
from diagnostics.settings.conflicts import conflicts
from diagnostics.settings.explicit import from_flags, from_table, given_choice
from diagnostics.settings.families import (
    FAMILIES,
    IAM_USER,
    INSTANCE_VARIABLES,
    IP_TYPE,
    LIBPQ,
    OWN,
    OWN_URL,
    PRIVATE_IP,
    SAMPLES,
    SELECTORS,
    Family,
    read_family,
    read_variable,
)
from diagnostics.settings.model import Draft, Files, Given, Loaded, SettingsError
from diagnostics.settings.nearest import nearest
from diagnostics.settings.options import CHOICE_OPTIONS, PREFIX, option_named
from diagnostics.settings.own import Own, describe_options, invocation_of, options_of
from diagnostics.settings.surroundings import ALONE, Task, platform_of
from diagnostics.settings.target import DEFAULT, Surroundings, resolve_draft
from diagnostics.settings.usage import UsageCode, UsageProblem, listed

_WHO: Final = (SettingName.URL, SettingName.HOST, SettingName.DATABASE, SettingName.USER, SettingName.PASSWORD)
"""What makes a family one that somebody set for this database."""
_DRIVER_DEFAULTS: Final = (
    SettingName.TLS_MODE,
    SettingName.ROOT_CERT,
    SettingName.CLIENT_CERT,
    SettingName.CLIENT_KEY,
)
_HIDDEN: Final = frozenset(
    {
        Code.CONFIG_HYGIENE_TRAILING_WHITESPACE,
        Code.CONFIG_HYGIENE_LEADING_WHITESPACE,
        Code.CONFIG_HYGIENE_ONLY_WHITESPACE,
        Code.CONFIG_HYGIENE_CONTROL_CHARACTER,
    }
)
_OF_SLUG: Final = {"bad_port": UsageCode.NOT_A_PORT, "secret_unreadable": UsageCode.FILE_UNREADABLE}
"""Findings about a target as mistakes of usage, where the two are not called the same."""
_NO: Final = frozenset({"", "0", "false", "no", "off"})


def resolve(environ: Mapping[str, str], flags: Mapping[str, str], files: Files) -> Loaded:
    """Everything the settings come to. ``flags`` by their name without dashes, a switch as ``true``.

    SettingsError with all mistakes in our own flags, variables and config file; what is wrong with the app's settings
    is no error but a Resolution without target.
    """
    config = _config(environ, flags, files)
    own = Own(environ, flags, config)
    platform = platform_of(environ, files)
    options = options_of(own, environ)
    reader = _Reader(environ, flags, files, own, options, platform)
    loaded = Loaded(
        options=options,
        invocation=invocation_of(own, environ, platform),
        resolutions=reader.resolutions(config),
        platform=platform,
        own=describe_options(own),
    )
    problems = (*own.problems, *_mistakes(loaded.resolutions, config))
    if problems:
        raise SettingsError(tuple(dict.fromkeys(problems)), loaded)
    return loaded


def select(loaded: Loaded, task: Task = ALONE) -> tuple[Resolution, ...]:
    """The targets that were asked for: all, the named one, or the only one. SettingsError names those there are.

    Of all, a task of several takes every ``count``-th, so that together they take each once; none where it is one of
    more tasks than there are targets.
    """
    names = tuple(resolution.name for resolution in loaded.resolutions)
    wanted = loaded.invocation.target
    if loaded.invocation.every:
        return loaded.resolutions[task.index :: task.count]
    if wanted and wanted not in names:
        shown = f"--target {wanted}" if TARGET_NAME.fullmatch(wanted) else "--target"
        problem = UsageProblem(code=UsageCode.UNKNOWN_TARGET, source=shown, allowed=listed(names))
        raise SettingsError((problem,), loaded)
    if not wanted and len(names) > 1:
        raise SettingsError((UsageProblem(code=UsageCode.SEVERAL_TARGETS, allowed=", ".join(names)),), loaded)
    return tuple(resolution for resolution in loaded.resolutions if wanted in {"", resolution.name})


def _config(environ: Mapping[str, str], flags: Mapping[str, str], files: Files) -> ConfigFile:
    option = option_named("config")
    path = flags.get(option.name) or environ.get(option.variable, "")
    return (
        read_config(option.flag if flags.get(option.name) else option.variable, path, files) if path else ConfigFile()
    )


class _Reader:
    """The sources of one run."""

    def __init__(
        self,
        environ: Mapping[str, str],
        flags: Mapping[str, str],
        files: Files,
        own: Own,
        options: Options,
        platform: Platform,
    ) -> None:
        self.environ = environ
        self.flags = flags
        self.files = files
        self.own = own
        self.options = options
        self.platform = platform
        self.choices = tuple(
            given_choice(own.choices[option.name]) for option in CHOICE_OPTIONS if option.name in own.choices
        )
        self.wanted: Dialect | None = own.value("dialect", None)

    def resolutions(self, config: ConfigFile) -> tuple[Resolution, ...]:
        """One a target."""
        flagged = from_flags(self.flags, self.environ, self.files, self.wanted, self.own.problems)
        if flagged is not None:
            return (resolve_draft("", flagged, self._around(flagged, self._instances())),)
        if config.targets:
            return tuple(self._of_tables(config))
        return (self._of_environment(),)

    def _of_tables(self, config: ConfigFile) -> Iterator[Resolution]:
        for table in config.targets:
            target = from_table(table, self.environ, self.files, self.wanted, self.own.problems)
            around = self._around(target.draft, ())
            yield resolve_draft(
                table.name, target.draft, replace(around, choices=_joined(target.choices, self.choices))
            )

    def _of_environment(self) -> Resolution:
        instances = self._instances()
        read = [(family, read_family(family, self.environ, self.files, self.wanted)) for family in FAMILIES]
        drafts = [(family, draft) for family, draft in read if _says_who(family, draft)]
        chosen = next(((family, draft) for family, draft in drafts if _says_where(family, draft, instances)), None)
        chosen = chosen or next(iter(drafts), (SAMPLES, _empty(SAMPLES)) if instances else None)
        if chosen is None:
            return self._nothing()
        family, draft = chosen
        others = [other for _, other in drafts if other is not draft]
        remarks = (*draft.remarks, *conflicts(draft, others, instances), *self._on_selectors())
        around = self._around(draft, instances)
        around = replace(
            around,
            family_dialect=family.dialect,
            iam_user=IAM_USER,
            choices=_joined(around.choices, tuple(self._ip_type())),
        )
        return resolve_draft("", replace(draft, remarks=remarks), around)

    def _nothing(self) -> Resolution:
        """In a sidecar the app's settings are not to be seen: each container has its own. PORT is the app's alone."""
        near = nearest(self.environ)
        problem = Finding(code=Code.CONFIG_TARGET_NOT_FOUND, about=", ".join(near))
        beside = self.platform.kind.on_cloud_run and "PORT" not in self.environ
        remark = Finding(code=Code.CONFIG_HYGIENE_OTHER_CONTAINER)
        return Resolution(
            name=DEFAULT, target=None, problems=(problem,), remarks=(remark,) if beside else (), nearest=near
        )

    def _around(self, draft: Draft, instances: tuple[Given, ...]) -> Surroundings:
        named = (*instances, *(given for given in draft.values if given.setting is SettingName.INSTANCE))
        return Surroundings(
            socket_directory=self.options.socket_directory,
            mounted=frozenset(name for name in (given.text.reveal() for given in named) if self._mounted(name)),
            instance=next(iter(instances), None),
            choices=self.choices,
            driver_defaults=tuple(self._driver_defaults()),
            on_cloud_run=self.platform.kind.on_cloud_run,
        )

    def _mounted(self, name: str) -> bool:
        return InstanceName.parse(name) is not None and self.files.exists(f"{self.options.socket_directory}/{name}")

    def _instances(self) -> tuple[Given, ...]:
        return tuple(self._given(SettingName.INSTANCE, INSTANCE_VARIABLES))

    def _driver_defaults(self) -> Iterator[Given]:
        for setting, names in LIBPQ.variables:
            if setting in _DRIVER_DEFAULTS:
                yield from self._given(setting, names)

    def _given(self, setting: SettingName, names: tuple[str, ...]) -> Iterator[Given]:
        for name in names:
            reading = read_variable(self.environ, self.files, name)
            if reading and reading.text:
                yield Given(setting=setting, source=reading.source, text=Secret(reading.text))

    def _ip_type(self) -> Iterator[Given]:
        """As Google's samples: IP_TYPE by name, or any word in PRIVATE_IP; a clear no is taken as one."""
        yield from self._given(SettingName.IP_TYPE, (IP_TYPE,))
        if self.environ.get(PRIVATE_IP, "").strip().lower() not in _NO:
            yield Given(setting=SettingName.IP_TYPE, source=PRIVATE_IP, text=Secret("private"))

    def _on_selectors(self) -> Iterator[Finding]:
        for name in SELECTORS:
            for code in hygiene.codes(self.environ.get(name, "")):
                if code in _HIDDEN:
                    yield Finding(code=code, about=name)


def _joined(first: tuple[Given, ...], second: tuple[Given, ...]) -> tuple[Given, ...]:
    """Both, where they speak of different settings; else the first."""
    known: set[SettingName] = {given.setting for given in first}
    joined = list(first)
    for given in second:
        if given.setting not in known:
            known.add(given.setting)
            joined.append(given)
    return tuple(joined)


def _says_who(family: Family, draft: Draft) -> bool:
    return bool(draft.problems) or any(draft.given(setting) for setting in _WHO) or _ours(family, draft)


def _says_where(family: Family, draft: Draft, instances: tuple[Given, ...]) -> bool:
    named = draft.url is not None or draft.given(SettingName.HOST) is not None
    return named or bool(instances) or _ours(family, draft)


def _ours(family: Family, draft: Draft) -> bool:
    """Whoever sets a variable of ours means it: it is completed or complained about, never passed over."""
    return family in {OWN_URL, OWN} and bool(draft.values or draft.problems)


def _mistakes(resolutions: tuple[Resolution, ...], config: ConfigFile) -> Iterator[UsageProblem]:
    """Problems of targets that stand in our own flags, variables and config file."""
    ours = ("--", PREFIX, *((config.place,) if config.place else ()))
    for resolution in resolutions:
        for problem in resolution.problems:
            if problem.about.startswith(ours):
                slug = problem.code.value.rpartition(".")[2]
                yield UsageProblem(code=_OF_SLUG.get(slug) or UsageCode(slug), source=problem.about)


def _empty(family: Family) -> Draft:
    return Draft(family=family.name, names=tuple((setting, names[0]) for setting, names in family.variables))
