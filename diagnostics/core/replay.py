"""A saved report diagnosed again: the run is read back out of it, and today's rules look at it."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from diagnostics.core.assemble import assemble
from diagnostics.core.codes import RUNGS, Cause, CheckId
from diagnostics.core.facts import ConfigDialect, ConfigHygiene, ConfigTarget, RuntimePlatform
from diagnostics.core.look import with_looks
from diagnostics.core.model import (
    Dialect,
    FailOn,
    InstanceName,
    IpType,
    Login,
    Origin,
    Platform,
    PlatformKind,
    Resolution,
    Route,
    SettingName,
    SkipReason,
    Status,
    Target,
    TlsMode,
)
from diagnostics.core.outcome import CheckResult, Outcome, Run
from diagnostics.core.report import CheckEntry, Report, TrialEntry
from diagnostics.core.size import sized
from diagnostics.core.trials import Trial

DEFAULT = "default"
"""Source of a value that nothing gave."""

_PARTS = frozenset({SettingName.HOST, SettingName.DATABASE, SettingName.USER})
"""Settings that a variable of their own gives, or all of them one URL."""

E = TypeVar("E", bound=StrEnum)


def rediagnose(report: Report) -> Report:
    """The same run with the diagnoses of this version; what only the sidecar knows is kept."""
    from msgspec.structs import replace

    again = assemble(
        run_of(report),
        agent=report.agent,
        titles={entry.id: entry.title for entry in report.checks},
        settings=report.target.settings,
        fail_on=_fail_on(report),
        provisional=report.provisional,
    )
    kept = replace(
        again,
        target=report.target,
        platform=report.platform,
        since=report.since,
        last_success_at=report.last_success_at,
        changes=report.changes,
    )
    return sized(with_looks(kept, report.looks))


def run_of(report: Report) -> Run:
    """What the run recorded. Secrets were never in the report, so the target has none."""
    return Run(
        run_id=report.run_id,
        started_at=report.started_at,
        duration_seconds=report.duration_seconds,
        mode=report.mode,
        resolution=_resolution(report),
        platform=_platform(report),
        results=tuple(_result(entry) for entry in report.checks),
        ladder=report.ladder,
        depth_reached=_depth_reached(report.checks),
        trials=tuple(_trial(entry) for entry in report.trials if entry.hypothesis in Cause._value2member_map_),
    )


def _trial(entry: TrialEntry) -> Trial:
    return Trial(
        hypothesis=Cause(entry.hypothesis),
        changed=entry.changed,
        failed=entry.failed,
        flips=entry.flips,
        verdict=entry.verdict,
        check=entry.check,
        finding=entry.finding,
        about=entry.about,
        to=entry.to,
        seconds=entry.duration_seconds,
        opened_after_seconds=entry.opened_after_seconds,
    )


def _result(entry: CheckEntry) -> CheckResult:
    outcome = Outcome(
        status=entry.status,
        findings=entry.findings,
        fact=entry.facts,
        reason=entry.skip_reason,
        blocked_by=entry.blocked_by,
        needs=entry.needs,
    )
    return CheckResult(
        check=entry.id,
        outcome=outcome,
        requires=entry.requires,
        after=entry.after,
        needed=entry.needed,
        started_offset_seconds=entry.started_offset_seconds,
        duration_seconds=entry.duration_seconds,
        timeout_seconds=entry.timeout_seconds,
        as_of=entry.as_of,
    )


def _depth_reached(entries: tuple[CheckEntry, ...]) -> bool:
    """Every rung that was planned holds; one that the target does not use is no gap."""
    by_id = {entry.id: entry for entry in entries}
    planned = [by_id[rung] for rung in RUNGS if rung in by_id and not by_id[rung].left_out]
    return bool(planned) and all(
        rung.status in (Status.PASS, Status.WARN) or rung.skip_reason is SkipReason.NOT_APPLICABLE for rung in planned
    )


def _fail_on(report: Report) -> FailOn:
    """Only the exit code says whether warnings were to count."""
    from diagnostics.core.exit_codes import WARNED

    return FailOn.WARN if report.exit_code == WARNED else FailOn.FAIL


def _platform(report: Report) -> Platform:
    fact = _fact(report, CheckId.RUNTIME_PLATFORM, RuntimePlatform)
    return Platform(
        kind=_member(PlatformKind, report.platform.kind, PlatformKind.ELSEWHERE),
        service=report.platform.service,
        revision=report.platform.revision,
        beside_others=fact.beside_others if fact else False,
        proxy_variables=fact.proxy_variables if fact else (),
    )


def _resolution(report: Report) -> Resolution:
    target = _fact(report, CheckId.CONFIG_TARGET, ConfigTarget)
    hygiene = _fact(report, CheckId.CONFIG_HYGIENE, ConfigHygiene)
    dialect = _fact(report, CheckId.CONFIG_DIALECT, ConfigDialect)
    return Resolution(
        name=report.target.name,
        target=_target(report) if report.target.route else None,
        problems=target.problems if target else (),
        remarks=hygiene.problems if hygiene else (),
        dialect_problems=dialect.problems if dialect else (),
        origins=_origins(report),
    )


def _target(report: Report) -> Target:
    info, values = report.target, {setting.name: setting.value for setting in report.target.settings}
    return Target(
        name=info.name,
        route=_member(Route, info.route, Route.DIRECT),
        dialect=_member(Dialect, info.dialect, Dialect.OTHER),
        host=info.host,
        port=info.port,
        instance=InstanceName.parse(info.instance),
        database=info.database,
        user=info.user,
        login=_member(Login, info.login, Login.PASSWORD),
        tls=_member(TlsMode, info.sslmode, TlsMode.PREFER),
        root_cert=values.get(SettingName.ROOT_CERT, ""),
        client_cert=values.get(SettingName.CLIENT_CERT, ""),
        client_key=values.get(SettingName.CLIENT_KEY, ""),
        ip_type=_member(IpType, values.get(SettingName.IP_TYPE, ""), IpType.PUBLIC),
        origins=_origins(report),
    )


def _origins(report: Report) -> tuple[Origin, ...]:
    """Of a URL no report shows anything but its parts: what gives several of them is one."""
    given = tuple(
        Origin(setting=SettingName(setting.name), source=setting.source)
        for setting in report.target.settings
        if setting.name in SettingName._value2member_map_ and setting.source != DEFAULT
    )
    parts = [origin.source for origin in given if origin.setting in _PARTS]
    urls = dict.fromkeys(source for source in parts if parts.count(source) > 1)
    return (*given, *(Origin(setting=SettingName.URL, source=source) for source in urls))


def _member(kind: Callable[[str], E], text: str, otherwise: E) -> E:
    """A report is data: a word that this version does not know must not stop the rest."""
    try:
        return kind(text)
    except ValueError:
        return otherwise


Fct = TypeVar("Fct")


def _fact(report: Report, check: CheckId, kind: type[Fct]) -> Fct | None:
    found = next((entry.facts for entry in report.checks if entry.id is check), None)
    return found if isinstance(found, kind) else None
