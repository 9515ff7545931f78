"""From environment, flags and config file to everything a run needs. Called anew for every run: files may change.

Who names the target: a flag that does; else the config file, one target a table; else the best of the claims that the
environment makes, or the one that ``--from`` chooses. Nothing is taken from two.
"""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from diagnostics.core.candidates import SPOKEN, Choice, Engine
from diagnostics.core.findings import Code
from diagnostics.core.model import (
    Candidate,
    Dialect,
    Finding,
    InstanceName,
    Options,
    Platform,
    Resolution,
    Secret,
    SettingForm,
    SettingName,
)
from diagnostics.settings import hygiene, libpq
from diagnostics.settings.config_file import TARGET_NAME, ConfigFile, read_config
from diagnostics.settings.discover import Found, discover, nearest, says_where
from diagnostics.settings.explicit import from_flags, from_own_variables, from_table, given_choice
from diagnostics.settings.families import IP_TYPE, PRIVATE_IP, SELECTORS
from diagnostics.settings.interpret import interpret
from diagnostics.settings.model import Claim, Files, Loaded, Meaning, SettingsError, Sourced
from diagnostics.settings.options import CHOICE_OPTIONS, PREFIX, option_named
from diagnostics.settings.own import Own, describe_options, invocation_of, options_of
from diagnostics.settings.sources import form_of, read_variable
from diagnostics.settings.surroundings import ALONE, Task, platform_of
from diagnostics.settings.usage import UsageCode, UsageProblem, listed
from diagnostics.settings.validate import DEFAULT, Surroundings, conflicts, meant, origins_of, resolve_claim

_HIDDEN = frozenset(
    {
        Code.CONFIG_HYGIENE_TRAILING_WHITESPACE,
        Code.CONFIG_HYGIENE_LEADING_WHITESPACE,
        Code.CONFIG_HYGIENE_ONLY_WHITESPACE,
        Code.CONFIG_HYGIENE_CONTROL_CHARACTER,
    }
)
_OF_SLUG = {
    "bad_port": UsageCode.NOT_A_PORT,
    "port_out_of_range": UsageCode.NOT_A_PORT,
    "secret_unreadable": UsageCode.FILE_UNREADABLE,
}
"""Findings about a target as mistakes of usage, where the two are not called the same."""
_NO = frozenset({"", "0", "false", "no", "off"})


def resolve(environ: Mapping[str, str], flags: Mapping[str, str], files: Files) -> Loaded:
    """Everything the settings come to. ``flags`` by their name without dashes, a switch as ``true``.

    SettingsError with all mistakes in our own flags, variables and config file; what is wrong with the app's settings
    is no error but a Resolution without target.
    """
    # Each look at os.environ decodes what it finds.
    environ = dict(environ)
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
            given_choice(own.choices[each.name])
            for each in CHOICE_OPTIONS
            if each.name in own.choices and each.name not in {"route", "from"}
        )
        self.wanted: Dialect | None = own.value("dialect", None)

    def resolutions(self, config: ConfigFile) -> tuple[Resolution, ...]:
        """One a target."""
        flagged = from_flags(self.flags, self.environ, self.files, self.own.problems)
        if flagged is not None:
            given = read_variable(self.environ, self.files, f"{PREFIX}INSTANCE")
            places = tuple(
                Sourced(setting=SettingName.INSTANCE, source=each.source, text=Secret(each.text))
                for each in (given,)
                if each
            )
            return (self._resolved("", self._meaning(flagged), places),)
        if config.targets:
            return tuple(self._of_tables(config))
        return self._of_environment()

    def _of_tables(self, config: ConfigFile) -> Iterator[Resolution]:
        for table in config.targets:
            named = from_table(table, self.environ, self.files, self.own.problems)
            chosen = next((each.raw for each in named.choices if each.setting is SettingName.DIALECT), "")
            meaning = self._meaning(named.claim, Dialect(chosen) if chosen else self.wanted)
            yield self._resolved(table.name, meaning, (), _joined(named.choices, self.choices))

    # --- the environment

    def _of_environment(self) -> tuple[Resolution, ...]:
        found = discover(self.environ, self.files)
        ours = tuple(from_own_variables(self.environ, self.files))
        claims = (*ours, *found.claims)
        chosen = self._from(claims) if "from" in self.own.choices else next(iter(claims), None)
        if chosen is None or chosen.engine is Engine.OTHER or not self._where(chosen, found):
            return (self._nothing(found),)
        meanings = tuple(self._meaning(claim) for claim in claims if claim is not chosen)
        first = self._meaning(chosen)
        candidates = tuple(self._candidates(first, meanings, found))
        if self.own.value("discover", False):  # noqa: FBT003 - the default of a switch
            return tuple(self._each(first, meanings, found))
        return (replace(self._one("", first, meanings, found), candidates=candidates),)

    def _one(self, name: str, first: Meaning, others: tuple[Meaning, ...], found: Found) -> Resolution:
        general = [
            each for each in others if (each.row.general or each.row.own) and (first.row.general or first.row.own)
        ]
        remarks = (*first.remarks, *conflicts(first, general, found.places), *self._on_selectors())
        choices = _joined(self.choices, tuple(self._ip_type()))
        return self._resolved(name, replace(first, remarks=remarks), found.places, choices)

    def _each(self, first: Meaning, others: tuple[Meaning, ...], found: Found) -> Iterator[Resolution]:
        """Every database of its own, named after what names it."""
        seen: list[tuple[str, ...]] = []
        for meaning in (first, *others):
            same = _identity(meaning)
            if same not in seen and self._where(meaning, found) and meaning.readable:
                seen.append(same)
                yield self._one(_slug(meaning.name), meaning, (), found)

    def _where(self, claim: Claim, found: Found) -> bool:
        return says_where(claim) or claim.row.own or bool(found.places and claim.form is SettingForm.VARIABLES)

    def _from(self, claims: tuple[Claim, ...]) -> Claim | None:
        """The claim that ``--from`` names, or any variable of that name."""
        name = str(self.own.value("from", "")).removesuffix("*")
        for claim in claims:
            if claim.name.removesuffix("*").rstrip("_").lower() == name.rstrip("_").lower():
                return claim
        reading = read_variable(self.environ, self.files, name)
        if reading and reading.text and form_of(reading.text):
            url = Sourced(setting=SettingName.URL, source=reading.source, text=Secret(reading.text))
            return Claim(name=name, form=form_of(reading.text) or SettingForm.URL, values=(url,))
        there = listed(tuple(claim.name for claim in claims)) if claims else "none that we see"
        source = self.own.choices["from"].source
        self.own.problems.append(UsageProblem(code=UsageCode.UNKNOWN_SOURCE, source=source, allowed=there))
        return next(iter(claims), None)

    def _candidates(self, first: Meaning, others: tuple[Meaning, ...], found: Found) -> Iterator[Candidate]:
        named = "from" in self.own.choices or first.row.own
        made = Choice.NAMED if named else Choice.PRECEDENCE if others else Choice.ONLY
        # Alone, its parts are the target's.
        yield _candidate(first, made) if others else Candidate(name=first.name, form=first.form, choice=made)
        for other in others:
            if not other.readable:
                choice = Choice.UNREADABLE
            elif other.engine not in {None, *SPOKEN, first.engine}:
                choice = Choice.OTHER_ENGINE
            elif not self._where(other, found):
                choice = Choice.INCOMPLETE
            else:
                choice = Choice.SAME_TARGET if _identity(other) == _identity(first) else Choice.LESS_KNOWN
            yield _candidate(other, choice)

    def _nothing(self, found: Found) -> Resolution:
        """In a sidecar the app's settings are not to be seen: each container has its own. PORT is the app's alone."""
        near = nearest(self.environ, self.files)
        problem = Finding(code=Code.CONFIG_TARGET_NOT_FOUND, about=", ".join(near))
        beside = self.platform.kind.on_cloud_run and "PORT" not in self.environ
        remarks = (Finding(code=Code.CONFIG_HYGIENE_OTHER_CONTAINER),) if beside else ()
        if found.alloydb:
            other = Finding(code=Code.CONFIG_HYGIENE_OTHER_ENGINE, about=found.alloydb, other=Engine.ALLOYDB.value)
            remarks = (*remarks, other)
        return Resolution(name=DEFAULT, target=None, problems=(problem,), remarks=remarks, nearest=near)

    # --- one claim

    def _meaning(self, claim: Claim, wanted: Dialect | None = None) -> Meaning:
        return interpret(claim, wanted or self.wanted, self.environ)

    def _resolved(
        self, name: str, meaning: Meaning, places: tuple[Sourced, ...], choices: tuple[Sourced, ...] | None = None
    ) -> Resolution:
        named = (*places, *(given for given in meaning.values if given.setting is SettingName.INSTANCE))
        hosts = (given.raw.rpartition("/")[2] for given in meaning.values if given.setting is SettingName.HOST)
        around = Surroundings(
            socket_directory=self.options.socket_directory,
            mounted=frozenset(each for each in (*(given.raw for given in named), *hosts) if self._mounted(each)),
            places=places,
            choices=self.choices if choices is None else choices,
            route=self.own.value("route", None),
            on_cloud_run=self.platform.kind.on_cloud_run,
        )
        whole = libpq.completed(meaning, self.environ, self.files, placed=bool(named))
        return resolve_claim(name, whole, around)

    def _mounted(self, name: str) -> bool:
        return InstanceName.parse(name) is not None and self.files.exists(f"{self.options.socket_directory}/{name}")

    def _ip_type(self) -> Iterator[Sourced]:
        """As Google's samples: IP_TYPE by name, or any word in PRIVATE_IP; a clear no is taken as one."""
        if self.environ.get(IP_TYPE):
            yield Sourced(setting=SettingName.IP_TYPE, source=IP_TYPE, text=Secret(self.environ[IP_TYPE]))
        if self.environ.get(PRIVATE_IP, "").strip().lower() not in _NO:
            yield Sourced(setting=SettingName.IP_TYPE, source=PRIVATE_IP, text=Secret("private"))

    def _on_selectors(self) -> Iterator[Finding]:
        for name in SELECTORS:
            for code in hygiene.codes(self.environ.get(name, "")):
                if code in _HIDDEN:
                    yield Finding(code=code, about=name)


def _candidate(meaning: Meaning, choice: Choice) -> Candidate:
    told = (given for given in meaning.values if given.setting is not SettingName.URL)
    parts = origins_of(tuple(told)) if meaning.readable else ()
    return Candidate(name=meaning.name, form=meaning.form, choice=choice, parts=parts)


def _identity(meaning: Meaning) -> tuple[str, ...]:
    of = (SettingName.HOST, SettingName.INSTANCE, SettingName.DATABASE, SettingName.USER)
    return tuple(meant(given) if (given := meaning.given(part)) else "" for part in of)


def _slug(name: str) -> str:
    """A target's name from a candidate's."""
    plain = "".join(each if each.isalnum() else "_" for each in name.lower().removesuffix("*"))
    return plain.strip("_")[:62] or DEFAULT


def _joined(first: tuple[Sourced, ...], second: tuple[Sourced, ...]) -> tuple[Sourced, ...]:
    """Both, where they speak of different settings; else the first."""
    known = {given.setting: given for given in (*reversed(second), *reversed(first))}
    return tuple(reversed(tuple(known.values())))


def _mistakes(resolutions: tuple[Resolution, ...], config: ConfigFile) -> Iterator[UsageProblem]:
    """Problems of targets that stand in our own flags, variables and config file."""
    ours = ("--", PREFIX, *((config.place,) if config.place else ()))
    for resolution in resolutions:
        for problem in resolution.problems:
            if problem.about.startswith(ours):
                slug = problem.code.value.rpartition(".")[2]
                yield UsageProblem(code=_OF_SLUG.get(slug) or UsageCode[slug.upper()], source=problem.about)
