"""What decides which of the catalogue's words and steps fit a run, or a report of one."""

import re
from collections.abc import Iterable

from diagnostics.core.catalog.entry import CauseEntry, Kept, Scene
from diagnostics.core.diagnosis import Diagnosis
from diagnostics.core.evidence import Evidence
from diagnostics.core.findings import Code
from diagnostics.core.learned import Names
from diagnostics.core.model import PlatformKind, Route, SettingName
from diagnostics.core.report import DiagnosisEntry, Report
from diagnostics.core.ruled_out import denied

_SECRETS = (SettingName.URL, SettingName.PASSWORD)
_Source = tuple[SettingName, str]

_VARIABLE = re.compile(r"[A-Za-z_]\w*")
"""The name of an environment variable (POSIX). Flags begin with dashes, keys of a config file with its path."""


def scene_of(evidence: Evidence, diagnosis: Diagnosis, entry: CauseEntry, names: Names) -> Scene:
    """The scene of one diagnosis."""
    findings = (diagnosis.focus, *(citation.finding for citation in diagnosis.explains))
    sources = tuple((origin.setting, origin.source) for origin in evidence.resolution.origins)
    return Scene(
        kind=evidence.platform.kind,
        google=evidence.google,
        names=names,
        route=evidence.route,
        kept=_kept(sources, names.setting, entry.setting),
        host_kept=_kept(sources, names.host_setting, SettingName.HOST),
        codes=frozenset(finding.code for finding in findings if finding is not None),
        denied=denied(evidence),
    )


def nameless_scene(report: Report, diagnosis: DiagnosisEntry, entry: CauseEntry) -> Scene:
    """The scene of a diagnosis in a report that is to be told without names."""
    kind = PlatformKind(report.platform.kind)
    sources = tuple((SettingName(s.name), s.source) for s in report.target.settings if s.name in set(SettingName))
    return Scene(
        kind=kind,
        google=kind.on_google_cloud or bool(report.target.instance),
        names=Names(),
        route=Route(report.target.route) if report.target.route else None,
        kept=_kept(sources, _source(sources, entry.setting), entry.setting),
        host_kept=_kept(sources, _source(sources, SettingName.HOST), SettingName.HOST),
        codes=frozenset(map(Code, diagnosis.explains)),
    )


def _source(sources: Iterable[_Source], setting: SettingName | None) -> str:
    return next((source for held, source in sources if held is setting), "")


def _kept(sources: Iterable[_Source], variable: str, setting: SettingName | None) -> Kept:
    """How the value of a source gets here; where no setting is known to come from it, as values of its kind do."""
    if variable and not _VARIABLE.fullmatch(variable):
        return Kept.GIVEN
    held = {each for each, source in sources if source == variable} or ({setting} if setting else set())
    if SettingName.URL in held and setting is not SettingName.URL:
        return Kept.IN_URL
    return Kept.SECRET if held.intersection(_SECRETS) else Kept.PLAIN
