"""From the draft of one family to a Resolution: route, login, driver and TLS mode as the app would have them.

Values stay raw. Where a value cannot be what it stands for there is no target, and every reason is named at once.
"""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from diagnostics.core.findings import Code
from diagnostics.core.model import (
    Dialect,
    Finding,
    IpType,
    Login,
    Origin,
    Resolution,
    Route,
    SettingName,
    Target,
    TlsMode,
    Value,
)
from diagnostics.settings import hygiene, values
from diagnostics.settings.dialects import PLAIN_ELSEWHERE, tls_of
from diagnostics.settings.model import Draft, Given
from diagnostics.settings.place import Place, place_of

DEFAULT = "default"
"""Source of a value that nobody gave, and name of a target that nobody named."""
MASK = "***"

Used = Mapping[SettingName, Given]

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
    """What a draft needs from outside itself."""

    socket_directory: str
    mounted: frozenset[str] = frozenset()
    """Those of the named instances whose socket is there."""
    instance: Given | None = None
    """The instance connection name that stands beside the families."""
    choices: tuple[Given, ...] = ()
    """Login, ip type, driver, TLS mode and certificates, from whoever chose them first."""
    driver_defaults: tuple[Given, ...] = ()
    """PGSSLMODE and its like: libpq and asyncpg read them whatever else they are given."""
    family_dialect: Dialect | None = None
    iam_user: str = ""
    """The variable that says by its name that its user logs in by IAM."""
    on_cloud_run: bool = False


def resolve_draft(name: str, draft: Draft, around: Surroundings) -> Resolution:
    """The target of a draft, or why there is none. An empty ``name`` becomes the instance's."""
    if draft.rejected:
        return _refused(name, draft)
    named = draft.given(SettingName.INSTANCE) or around.instance
    place = place_of(draft, named, around.socket_directory, around.mounted)
    used = {given.setting: given for given in _used(draft, named, around) if _of_use(given, place)}
    tls, tls_problems = _tls(draft, used, place)
    problems = (*place.problems, *_missing(draft, used), *_unsendable(used), *tls_problems, *_ip_problem(used, place))
    remarks = (*_fitting(place, around), *_no_database(draft, used), *_on_choices(around))
    whole = replace(draft, problems=(*draft.problems, *problems), remarks=(*draft.remarks, *remarks))
    if whole.problems:
        return _refused(name, whole, used)
    target = _target(name, whole, place, used, around, tls)
    return _resolution(target.name, whole, target, target.origins)


def _resolution(name: str, draft: Draft, target: Target | None, origins: tuple[Origin, ...]) -> Resolution:
    return Resolution(
        name=name or DEFAULT,
        target=target,
        problems=tuple(dict.fromkeys(draft.problems)),
        remarks=tuple(dict.fromkeys(draft.remarks)),
        dialect_problems=draft.dialect_problems,
        origins=origins,
    )


def _refused(name: str, draft: Draft, used: Used | None = None) -> Resolution:
    """No target. Of a URL that gave none only its source is told: what looks like a part may be a piece of a secret."""
    if used is None or draft.url is not None:
        told = tuple(given for given in draft.values if given.setting is SettingName.URL)
    else:
        told = tuple(used.values())
    return _resolution(name, draft, None, _origins(told, frozenset(problem.about for problem in draft.problems)))


def _target(name: str, draft: Draft, place: Place, used: Used, around: Surroundings, tls: TlsMode) -> Target:
    user = _text(used, SettingName.USER)
    password = used.get(SettingName.PASSWORD)
    return Target(
        name=name or (place.instance.name if place.instance else DEFAULT),
        route=place.route,
        dialect=_dialect(draft, used, place, around),
        host=place.host,
        port=place.port,
        instance=place.instance,
        database=_text(used, SettingName.DATABASE) or user,
        user=user,
        password=password.text if password else None,
        login=_login(used, around),
        tls=tls,
        root_cert=_text(used, SettingName.ROOT_CERT),
        client_cert=_text(used, SettingName.CLIENT_CERT),
        client_key=_text(used, SettingName.CLIENT_KEY),
        ip_type=_ip_type_of(used.get(SettingName.IP_TYPE)) or IpType.PUBLIC,
        url=draft.url,
        options=draft.options,
        origins=_origins(tuple(used.values())),
        dialect_named=SettingName.DIALECT in used or bool(draft.driver and draft.driver.name),
    )


def _used(draft: Draft, named: Given | None, around: Surroundings) -> Iterator[Given]:
    """One a setting, in the order of the settings: what was chosen, what the family says, what drivers read anyway."""
    # A driver that takes no TLS mode from a URL takes none from libpq's variables either.
    defaults = around.driver_defaults if draft.driver is None or draft.driver.tls_option else ()
    layers = (*defaults, *((named,) if named else ()), *draft.values, *around.choices)
    last = {given.setting: given for given in layers}
    return (last[setting] for setting in SettingName if setting in last)


def _of_use(given: Given, place: Place) -> bool:
    """IP_TYPE is nobody's name in particular: where no connector reads it, it may mean anything."""
    return given.setting is not SettingName.IP_TYPE or place.route is Route.CONNECTOR or _ip_type_of(given) is not None


def _text(used: Used, setting: SettingName) -> str:
    given = used.get(setting)
    return given.text.reveal() if given else ""


def _origins(told: tuple[Given, ...], refused: frozenset[str] = frozenset()) -> tuple[Origin, ...]:
    """A value that cannot be what it stands for may be a secret in the wrong place, so it is not shown."""
    return tuple(
        Origin(setting=given.setting, source=given.source, shown=MASK if given.source in refused else _shown(given))
        for given in told
    )


def _shown(given: Given) -> str:
    text = given.text.reveal()
    hidden = given.setting in {SettingName.URL, SettingName.PASSWORD} or values.text_problem(text)
    misplaced = given.setting is SettingName.HOST and "@" in text
    return MASK if hidden or misplaced else hygiene.visible(text)


def _missing(draft: Draft, used: Used) -> tuple[Finding, ...]:
    """Without a user nobody can be let in; where the host is missing, too, both are named."""
    if SettingName.USER in used:
        return ()
    settings = [SettingName.USER]
    if SettingName.HOST not in used and SettingName.INSTANCE not in used:
        settings.insert(0, SettingName.HOST)
    return tuple(
        Finding(code=Code.CONFIG_TARGET_MISSING, about=draft.name_of(setting), other=setting.value)
        for setting in settings
    )


def _unsendable(used: Used) -> tuple[Finding, ...]:
    texts = [(used[setting], values.text_problem) for setting in _TEXTS if setting in used]
    if SettingName.PASSWORD in used:
        texts.append((used[SettingName.PASSWORD], values.secret_problem))
    return tuple(
        Finding(code=problem, about=given.source, other=given.setting.value)
        for given, judge in texts
        if (problem := judge(given.text.reveal()))
    )


def _fitting(place: Place, around: Surroundings) -> tuple[Finding, ...]:
    """A database beside the app is what a laptop has; on Cloud Run it is what a missing variable looks like."""
    fallback = Code.CONFIG_HYGIENE_LOCAL_FALLBACK
    return tuple(remark for remark in place.remarks if around.on_cloud_run or remark.code is not fallback)


def _no_database(draft: Draft, used: Used) -> tuple[Finding, ...]:
    if SettingName.DATABASE in used:
        return ()
    about = draft.name_of(SettingName.DATABASE)
    return (Finding(code=Code.CONFIG_HYGIENE_NO_DATABASE, about=about, other=SettingName.DATABASE.value),)


def _on_choices(around: Surroundings) -> tuple[Finding, ...]:
    chosen = (*around.choices, *around.driver_defaults)
    return tuple(
        each for given in chosen for each in hygiene.remarks_on(given.source, given.setting, given.text.reveal())
    )


def _login(used: Used, around: Surroundings) -> Login:
    chosen = used.get(SettingName.LOGIN)
    if chosen:
        return Login(chosen.text.reveal())
    user = used.get(SettingName.USER)
    if user is None or SettingName.PASSWORD in used:
        return Login.PASSWORD
    by_name = bool(around.iam_user) and user.source.startswith(around.iam_user)
    return Login.IAM if by_name or _is_iam_user(user.text.reveal().strip()) else Login.PASSWORD


def _is_iam_user(user: str) -> bool:
    """A service account without or with its full ending, or the e-mail address of a person."""
    name, at, domain = user.partition("@")
    return bool(name and at) and (domain.endswith(_IAM_ENDS) or "." in domain)


def _dialect(draft: Draft, used: Used, place: Place, around: Surroundings) -> Dialect:
    chosen = used.get(SettingName.DIALECT)
    if chosen:
        return Dialect(chosen.text.reveal())
    if place.route is Route.CONNECTOR:
        return Dialect.CONNECTOR
    return draft.driver.dialect if draft.driver else around.family_dialect or Dialect.OTHER


def _tls(draft: Draft, used: Used, place: Place) -> tuple[TlsMode, tuple[Finding, ...]]:
    """None on a socket: drivers do not even ask there. A mode that nobody knows is refused by libpq, so by us."""
    given = used.get(SettingName.TLS_MODE)
    if place.route is Route.SOCKET:
        return TlsMode.DISABLE, ()
    default = draft.driver.default_tls if draft.driver else TlsMode.PREFER
    if given is None:
        return default, ()
    tls = tls_of(PLAIN_ELSEWHERE, [("sslmode", given.text.reveal())], given.source)
    return tls.mode or default, tls.bad


def _ip_type_of(given: Given | None) -> IpType | None:
    return _IP_TYPES.get(given.text.reveal().strip().lower()) if given else None


def _ip_problem(used: Used, place: Place) -> tuple[Finding, ...]:
    given = used.get(SettingName.IP_TYPE)
    if place.route is not Route.CONNECTOR or given is None or _ip_type_of(given):
        return ()
    return (Finding(code=Code.CONFIG_TARGET_BAD_VALUE, about=given.source, other=SettingName.IP_TYPE.value),)
