"""Validate: from what a claim means to a Resolution, with every problem and remark.

Values stay raw. A problem is only what no reader could make work; all of them are named at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec.structs import replace

from diagnostics.core.candidates import Engine
from diagnostics.core.findings import Code
from diagnostics.core.model import (
    Dialect,
    Finding,
    InstanceName,
    IpType,
    Login,
    Origin,
    Resolution,
    Route,
    SettingForm,
    SettingName,
    Target,
    TlsMode,
    Value,
)
from diagnostics.settings import hygiene, values
from diagnostics.settings.discover import IDENTITY
from diagnostics.settings.drivers import mode_meant, mode_named
from diagnostics.settings.families import IAM_USER
from diagnostics.settings.model import Meaning, Sourced
from diagnostics.settings.place import Place, engine_at, instance_of_socket, place_of

DEFAULT = "default"
"""Source of a value that nobody gave, and name of a target that nobody named."""
MASK = "***"

Used = Mapping[SettingName, Sourced]

_TEXTS = (
    SettingName.DATABASE,
    SettingName.USER,
    SettingName.ROOT_CERT,
    SettingName.CLIENT_CERT,
    SettingName.CLIENT_KEY,
)
_IP_TYPES = {"public": IpType.PUBLIC, "primary": IpType.PUBLIC, "private": IpType.PRIVATE, "psc": IpType.PSC}
"""As Google's connectors spell them; the Admin API calls the public one PRIMARY."""
_IAM_ENDS = (".iam", ".gserviceaccount.com")


class Surroundings(Value, frozen=True, kw_only=True):
    """What a claim needs from outside itself."""

    socket_directory: str = "/cloudsql"
    mounted: frozenset[str] = frozenset()
    """Those of the named instances whose socket is there."""
    places: tuple[Sourced, ...] = ()
    """Instance connection names and sockets that stand beside the claims, the first one counts."""
    choices: tuple[Sourced, ...] = ()
    """Login, ip type, driver, route, TLS mode and certificates, from whoever chose them first."""
    route: Route | None = None
    on_cloud_run: bool = False


def resolve_claim(name: str, meaning: Meaning, around: Surroundings) -> Resolution:
    """The target that a claim means, or why there is none. An empty ``name`` becomes the instance's."""
    if not meaning.readable:
        return _refused(name, meaning)
    named = next((place for place in around.places if place.setting is SettingName.INSTANCE), None)
    standing = tuple(place for place in around.places[:1] if meaning.given(SettingName.INSTANCE) is None)
    used = {given.setting: given for given in _used(meaning, standing, around)}
    place = place_of(meaning, used, named, around.route, around.socket_directory)
    meaning = replace(meaning, engine=engine_at(place.host) or meaning.engine)
    used = {part: given for part, given in used.items() if _of_use(given, place)}
    if _elsewhere(meaning, used):
        used.pop(SettingName.PASSWORD, None)
    tls, tls_problems = _tls(meaning, used, place)
    problems = (*meaning.problems, *place.problems, *_unsendable(used), *tls_problems, *_missing(meaning, used, place))
    remarks = (*meaning.remarks, *_fitting(place, around), *_odd(meaning, used, place), *_on_choices(around))
    whole = replace(meaning, problems=problems, remarks=remarks)
    if problems:
        return _refused(name, whole, used)
    target = _target(name, whole, place, used, around, tls)
    return _resolution(target.name, whole, target, target.origins)


def _resolution(name: str, meaning: Meaning, target: Target | None, origins: tuple[Origin, ...]) -> Resolution:
    return Resolution(
        name=name or DEFAULT,
        target=target,
        problems=tuple(dict.fromkeys(meaning.problems)),
        remarks=tuple(dict.fromkeys(meaning.remarks)),
        dialect_problems=tuple(dict.fromkeys(meaning.dialect_problems)),
        origins=origins,
    )


def _refused(name: str, meaning: Meaning, used: Used | None = None) -> Resolution:
    """No target. Of a text that gave none only its source is told: what looks like a part may be of a secret."""
    whole = meaning.given(SettingName.URL)
    told = tuple(used.values()) if used is not None and whole is None else (whole,) if whole else ()
    return _resolution(name, meaning, None, origins_of(told, frozenset(problem.about for problem in meaning.problems)))


def _target(name: str, meaning: Meaning, place: Place, used: Used, around: Surroundings, tls: TlsMode) -> Target:
    user = _text(used, SettingName.USER)
    password = used.get(SettingName.PASSWORD)
    url = meaning.given(SettingName.URL)
    driver = meaning.driver
    chosen = used.get(SettingName.DIALECT)
    return Target(
        name=name or (place.instance.name if place.instance else DEFAULT),
        route=place.route,
        dialect=_dialect(meaning, chosen, place),
        host=place.host,
        port=place.port,
        instance=place.instance,
        database=_text(used, SettingName.DATABASE) or user,
        user=user,
        password=password.text if password else None,
        login=_login(used),
        tls=tls,
        root_cert=_text(used, SettingName.ROOT_CERT),
        client_cert=_text(used, SettingName.CLIENT_CERT),
        client_key=_text(used, SettingName.CLIENT_KEY),
        ip_type=_ip_type_of(used.get(SettingName.IP_TYPE)) or IpType.PUBLIC,
        url=url.text if url and meaning.form is SettingForm.URL else None,
        options=meaning.options,
        origins=origins_of(tuple(used.values())),
        also=_also(meaning, place, around),
        driver="" if chosen or driver is None else driver.name,
        dialect_named=chosen is not None or bool(driver and driver.name) or place.route is Route.CONNECTOR,
        engine=meaning.engine or Engine.POSTGRES,
        secrets=meaning.secrets,
        password_elsewhere=_elsewhere(meaning, used),
    )


def _used(meaning: Meaning, standing: tuple[Sourced, ...], around: Surroundings) -> Iterator[Sourced]:
    """One a setting, in the order of the settings: what was chosen, what the claim says, what stands beside it."""
    host_known = meaning.given(SettingName.HOST) is not None
    beside = [each for each in standing if each.setting is SettingName.INSTANCE or not host_known]
    last = {given.setting: given for given in (*beside, *meaning.values, *around.choices)}
    return (last[setting] for setting in SettingName if setting in last)


def _of_use(given: Sourced, place: Place) -> bool:
    """IP_TYPE is nobody's name in particular: where no connector reads it, it may mean anything."""
    return given.setting is not SettingName.IP_TYPE or place.route is Route.CONNECTOR or _ip_type_of(given) is not None


def _also(meaning: Meaning, place: Place, around: Surroundings) -> tuple[Route, ...]:
    """The other ways that are open: an instance that somebody named, and its socket where that is mounted."""
    named = meaning.given(SettingName.INSTANCE) is not None or bool(around.places)
    mounted = place.instance is not None and str(place.instance) in around.mounted
    ways = {Route.CONNECTOR: named and place.instance is not None, Route.SOCKET: mounted}
    return tuple(route for route, is_open in ways.items() if is_open and route is not place.route)


def _elsewhere(meaning: Meaning, used: Used) -> bool:
    """Whether only the app can fetch the password; one that libpq finds, or that somebody chose, is there."""
    password = used.get(SettingName.PASSWORD)
    return bool(meaning.kept) and (password is None or password.source == meaning.kept)


def _text(used: Used, setting: SettingName) -> str:
    given = used.get(setting)
    return given.raw if given else ""


def origins_of(told: Iterable[Sourced], refused: frozenset[str] = frozenset()) -> tuple[Origin, ...]:
    """A value that cannot be what it stands for may be a secret in the wrong place, so it is not shown."""
    return tuple(
        Origin(setting=given.setting, source=given.source, shown=MASK if given.source in refused else _shown(given))
        for given in told
    )


def _shown(given: Sourced) -> str:
    text = given.raw
    hidden = given.setting in {SettingName.URL, SettingName.PASSWORD} or values.text_problem(text)
    misplaced = given.setting is SettingName.HOST and "@" in text
    understood = _UNDERSTOOD.get(given.setting)
    return MASK if hidden or misplaced or (understood and not understood(text)) else hygiene.visible(text)


_UNDERSTOOD: dict[SettingName, Callable[[str], object]] = {
    SettingName.PORT: lambda text: all(map(values.port_of, text.split(","))),
    SettingName.TLS_MODE: mode_meant,
    SettingName.IP_TYPE: lambda text: text.split(",")[0].strip().lower() in _IP_TYPES,
    SettingName.INSTANCE: lambda text: InstanceName.parse(text.strip()),
}
"""Of what is none of the few words or shapes that a setting has, nothing is shown: it may be a secret."""


def _missing(meaning: Meaning, used: Used, place: Place) -> tuple[Finding, ...]:
    """Without a place there is nothing to walk to; without a user the way is walked as far as it goes without one."""
    nowhere = place.route is Route.DIRECT and SettingName.HOST not in used
    refused = any(problem.code is Code.CONFIG_TARGET_SERVICE_NOT_DEFINED for problem in meaning.problems)
    if refused or not nowhere or SettingName.USER in used or (meaning.driver and meaning.form is SettingForm.URL):
        return ()
    settings = (SettingName.HOST, SettingName.USER)
    missing = Code.CONFIG_TARGET_MISSING
    return tuple(Finding(code=missing, about=meaning.name_of(part), other=part.value) for part in settings)


def _unsendable(used: Used) -> tuple[Finding, ...]:
    texts = [(used[setting], values.text_problem) for setting in _TEXTS if setting in used]
    if SettingName.PASSWORD in used:
        texts.append((used[SettingName.PASSWORD], values.secret_problem))
    return tuple(
        Finding(code=problem, about=given.source, other=given.setting.value)
        for given, judge in texts
        if (problem := judge(given.raw))
    )


def _fitting(place: Place, around: Surroundings) -> tuple[Finding, ...]:
    """A database beside the app is what a laptop has; on Cloud Run it is what a missing variable looks like."""
    fallback = Code.CONFIG_HYGIENE_LOCAL_FALLBACK
    return tuple(remark for remark in place.remarks if around.on_cloud_run or remark.code is not fallback)


def _odd(meaning: Meaning, used: Used, place: Place) -> Iterator[Finding]:
    """What is not there, what another engine has, and what nobody understands."""
    usual = {SettingName.USER: Code.CONFIG_HYGIENE_NO_USER, SettingName.DATABASE: Code.CONFIG_HYGIENE_NO_DATABASE}
    for setting, code in usual.items():
        if setting not in used and (setting is SettingName.USER or SettingName.USER in used):
            yield Finding(code=code, about=meaning.name_of(setting), other=setting.value)
    if _elsewhere(meaning, used):
        kept = Code.CONFIG_HYGIENE_PASSWORD_ELSEWHERE
        yield Finding(code=kept, about=meaning.kept, other=SettingName.PASSWORD.value)
    if meaning.engine not in {None, Engine.POSTGRES}:
        yield Finding(code=Code.CONFIG_HYGIENE_OTHER_ENGINE, about=meaning.name, other=str(meaning.engine))
    given = used.get(SettingName.IP_TYPE)
    if place.route is Route.CONNECTOR and given and _ip_type_of(given) is None:
        yield Finding(code=Code.CONFIG_HYGIENE_UNKNOWN_WORD, about=given.source, other=SettingName.IP_TYPE.value)


def _on_choices(around: Surroundings) -> tuple[Finding, ...]:
    return tuple(
        each for given in around.choices for each in hygiene.remarks_on(given.source, given.setting, given.raw)
    )


def _login(used: Used) -> Login:
    chosen = used.get(SettingName.LOGIN)
    if chosen:
        return Login(chosen.raw)
    user = used.get(SettingName.USER)
    if user is None or SettingName.PASSWORD in used:
        return Login.PASSWORD
    return Login.IAM if user.source.startswith(IAM_USER) or _is_iam_user(user.raw.strip()) else Login.PASSWORD


def _is_iam_user(user: str) -> bool:
    """A service account without or with its full ending, or the e-mail address of a person."""
    name, at, domain = user.partition("@")
    return bool(name and at) and (domain.endswith(_IAM_ENDS) or "." in domain)


def _dialect(meaning: Meaning, chosen: Sourced | None, place: Place) -> Dialect:
    if chosen:
        return Dialect(chosen.raw)
    if place.route is Route.CONNECTOR:
        return Dialect.CONNECTOR
    return meaning.driver.dialect if meaning.driver else meaning.row.dialect or Dialect.OTHER


def _tls(meaning: Meaning, used: Used, place: Place) -> tuple[TlsMode, tuple[Finding, ...]]:
    """None on a socket: drivers do not even ask there. A mode that nobody knows is refused by libpq, so by us."""
    given = used.get(SettingName.TLS_MODE)
    if place.route is Route.SOCKET:
        return TlsMode.DISABLE, ()
    default = meaning.driver.default_tls if meaning.driver else TlsMode.PREFER
    if given is None:
        return default, ()
    mode = mode_named(given.raw)
    bad = Finding(code=Code.CONFIG_TARGET_BAD_VALUE, about=given.source, other="sslmode")
    return mode or default, () if mode else (bad,)


def _ip_type_of(given: Sourced | None) -> IpType | None:
    """The first of several, as Google's connectors try them."""
    return _IP_TYPES.get(given.raw.split(",")[0].strip().lower()) if given else None


# --- several claims ---------------------------------------------------------------------------------------------------


def conflicts(chosen: Meaning, others: Iterable[Meaning], places: tuple[Sourced, ...]) -> tuple[Finding, ...]:
    """A remark for each pair of sources that name another host, database, user or instance. Sources only, no values.

    Of a text that cannot be read nothing is compared: what looks like its host may be a piece of the password.
    """
    if not chosen.readable:
        return ()
    return tuple(dict.fromkeys((*_families(chosen, others), *_instances(chosen, places))))


def _families(chosen: Meaning, others: Iterable[Meaning]) -> Iterator[Finding]:
    for other in others:
        for setting in sorted(IDENTITY):
            ours, theirs = chosen.given(setting), other.given(setting)
            if other.readable and ours and theirs and meant(ours) != meant(theirs):
                yield _conflict(ours, theirs)


def _instances(chosen: Meaning, places: tuple[Sourced, ...]) -> Iterator[Finding]:
    """A socket is named after its instance; an address is not, so nothing can be said of one."""
    host = chosen.given(SettingName.HOST)
    of_socket = instance_of_socket(host.raw) if host else None
    instances = [place for place in places if place.setting is SettingName.INSTANCE]
    first = chosen.given(SettingName.INSTANCE) or (None if host else next(iter(instances), None))
    for given in instances:
        named = InstanceName.parse(given.raw.strip())
        if host and of_socket and named and of_socket != named:
            yield _conflict(host, given)
        if first and meant(first) != meant(given):
            yield _conflict(first, given)


def meant(given: Sourced) -> str:
    """What is compared: a blank at an end is a remark of its own, and case means nothing in a host."""
    text = given.raw.strip()
    if given.setting is not SettingName.HOST:
        return text
    instance = instance_of_socket(text)
    return str(instance) if instance else text.rstrip(".").lower()


def _conflict(ours: Sourced, theirs: Sourced) -> Finding:
    return Finding(code=Code.CONFIG_HYGIENE_CONFLICTING_SETTINGS, about=ours.source, other=theirs.source)
