"""``config``: what the settings come to, without contacting anything."""

from collections.abc import Mapping

from diagnostics.adapters.files import PatientReader
from diagnostics.app.inputs import flags_of
from diagnostics.core.assemble import target_info
from diagnostics.core.catalog.findings import sentence
from diagnostics.core.codes import Layer
from diagnostics.core.exit_codes import HEALTHY, LAYERS, NOT_PROVEN
from diagnostics.core.findings import Code
from diagnostics.core.model import Resolution
from diagnostics.settings import SettingsError, resolve, select
from diagnostics.settings import describe as described
from diagnostics.surfaces.services import CommandLine, ConfigView, TargetConfig, UsageError


def describe(line: CommandLine, environ: Mapping[str, str]) -> ConfigView:
    """Every target of the settings, or the selected one; UsageError."""
    try:
        loaded = resolve(environ, flags_of(line), PatientReader())
        chosen = select(loaded) if loaded.invocation.target else loaded.resolutions
    except SettingsError as error:
        raise UsageError(*(problem.sentence for problem in error.problems)) from None
    targets = tuple(_target(resolution) for resolution in chosen)
    return ConfigView(targets=targets, options=loaded.own)


def _target(resolution: Resolution) -> TargetConfig:
    return TargetConfig(
        info=target_info(resolution, described(resolution)),
        problems=tuple(sentence(finding) for finding in resolution.problems),
        remarks=tuple(sentence(finding) for finding in resolution.remarks + resolution.dialect_problems),
        candidates=resolution.candidates,
        nearest=resolution.nearest,
        also=resolution.target.also if resolution.target else (),
        exit_code=_exit_code(resolution),
    )


def _exit_code(resolution: Resolution) -> int:
    codes = {problem.code for problem in resolution.problems}
    if codes == {Code.CONFIG_TARGET_NOT_FOUND}:
        return NOT_PROVEN
    return LAYERS[Layer.CONFIG] if codes else HEALTHY
