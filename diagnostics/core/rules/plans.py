"""How each trial is made: from what a diagnosis needs settled to the one changed target. A row of PLANS a trial.

A row is None where the run does not hold what it would take, such as an address of the instance's own.
"""

from collections.abc import Callable

from msgspec.structs import replace

from diagnostics.core.codes import RUNGS, Cause, CheckId
from diagnostics.core.diagnosis import Diagnosis
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import SocketMount
from diagnostics.core.findings import Code
from diagnostics.core.instance import IAM_SUFFIX, login_name
from diagnostics.core.invisible import trimmed
from diagnostics.core.model import Depth, InstanceName, Options, Route, SettingName, Target, TlsMode
from diagnostics.core.rules import config, groups, signs
from diagnostics.core.trials import Changed, TrialPlan, shallower

_DEPTHS = dict(zip(RUNGS, Depth, strict=True))
_SOCKET_FILE = "/.s.PGSQL."


class Draft:
    """What one row of the table changes, before it is known how far to climb."""

    def __init__(self, target: Target, about: str, to: str, flips: CheckId | None = None) -> None:
        self.target = target
        self.about = about
        self.to = to
        self.flips = flips


Planner = Callable[[Evidence, Target, Options], Draft | None]


def plan(
    evidence: Evidence, diagnosis: Diagnosis, cause: Cause, changed: Changed, options: Options
) -> TrialPlan | None:
    """The trial that would settle the cause, None where this run cannot make it or may not climb that far."""
    failed = next((c.check for c in diagnosis.explains if evidence.failed(c.check)), None)
    draft = PLANS[changed](evidence, evidence.target, options) if evidence.target and failed else None
    if draft is None or failed is None:
        return None
    flips = draft.flips or failed
    needed = _DEPTHS.get(flips, Depth.TCP)
    until = shallower(max(needed, Depth.STARTUP, key=list(Depth).index), options.depth)
    if shallower(needed, until) is not needed:
        return None
    return TrialPlan(
        hypothesis=cause,
        changed=changed,
        target=draft.target,
        failed=failed,
        flips=flips,
        until=until,
        about=draft.about,
        to=draft.to,
    )


def _trimmed(evidence: Evidence, target: Target, _: Options) -> Draft | None:
    """Every value with invisible characters that what failed may be due to: one try has to do for all of them."""
    odd = config.hidden_in(evidence)
    names = {SettingName.HOST: "host", SettingName.DATABASE: "database", SettingName.USER: "user"}
    changes: dict[str, object] = {names[each]: trimmed(getattr(target, names[each])) for each in odd if each in names}
    if SettingName.PASSWORD in odd and target.password is not None:
        changes["password"] = target.password.trimmed()
    if not changes or not all(value for value in changes.values()):
        return None
    return Draft(replace(target, **changes), about=", ".join(dict.fromkeys(odd.values())), to="")


def _instance_address(evidence: Evidence, target: Target, _: Options) -> Draft | None:
    """The address of the same kind that takes connections, as far as that was measured; else the first one."""
    named = signs.named_addresses(evidence)
    open_ones = signs.open_addresses(evidence, target.port)
    address = next((each for each in named if each in open_ones), next(iter(named), ""))
    return Draft(replace(target, host=address), about=target.host, to=address) if address else None


def _port(evidence: Evidence, target: Target, _: Options) -> Draft | None:
    beside = evidence.finding(Code.SOCKET_MOUNT_OTHER_PORT)
    usual = int(beside.other.partition(",")[0].rpartition(".")[2]) if beside else signs.POSTGRES_PORT
    return Draft(replace(target, port=usual), about=str(target.port), to=str(usual), flips=CheckId.POSTGRES_STARTUP)


def _attached_socket(evidence: Evidence, target: Target, options: Options) -> Draft | None:
    path = _attached(evidence, target, options)
    if not path:
        return None
    instance = InstanceName.parse(path.rpartition("/")[2])
    changed = replace(target, route=Route.SOCKET, host=path, port=signs.POSTGRES_PORT, instance=instance)
    return Draft(changed, about=target.host.strip(), to=path, flips=CheckId.SOCKET_MOUNT)


def _attached(evidence: Evidence, target: Target, options: Options) -> str:
    """The directory of the socket that is meant: named beside the file's name, without its directory, or listed."""
    host = target.host.strip()
    if evidence.found(Code.CONFIG_HYGIENE_BARE_INSTANCE_NAME):
        return f"{options.socket_directory}/{host}"
    if _SOCKET_FILE in host:
        return host.partition(_SOCKET_FILE)[0]
    elsewhere = evidence.finding(Code.SOCKET_MOUNT_ELSEWHERE)
    if elsewhere is not None:
        return elsewhere.other
    fact = evidence.fact(SocketMount)
    return f"{fact.directory}/{fact.attached[0]}" if fact and len(fact.attached) == 1 else ""


def _user_truncated(_evidence: Evidence, target: Target, _: Options) -> Draft | None:
    user = login_name(target.user)
    return Draft(replace(target, user=user), about=target.user, to=user) if target.user.endswith(IAM_SUFFIX) else None


def _name_folded(evidence: Evidence, target: Target, _: Options) -> Draft | None:
    """The one that the server does not know."""
    if evidence.found(*groups.NO_DATABASE):
        name = target.database.lower()
        return Draft(replace(target, database=name), about=target.database, to=name)
    return Draft(replace(target, user=target.user.lower()), about=target.user, to=target.user.lower())


def _tls_on(evidence: Evidence, target: Target, _: Options) -> Draft | None:
    plain = signs.on_direct(evidence) and target.tls is TlsMode.DISABLE
    return Draft(replace(target, tls=TlsMode.REQUIRE), about=target.tls, to=TlsMode.REQUIRE) if plain else None


PLANS: dict[Changed, Planner] = {
    Changed.VALUE_TRIMMED: _trimmed,
    Changed.INSTANCE_ADDRESS: _instance_address,
    Changed.PORT: _port,
    Changed.ATTACHED_SOCKET: _attached_socket,
    Changed.USER_TRUNCATED: _user_truncated,
    Changed.NAME_FOLDED: _name_folded,
    Changed.TLS_ON: _tls_on,
}
"""One row a trial. ``waited`` has none: it changes nothing but the time."""
