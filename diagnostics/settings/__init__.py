"""Settings: the only reader of environment and flag values.

``resolve`` is pure but for the Files it is handed; call it for every run. Its parts, in the order a value goes through
them: ``options`` and ``own`` (our own options), ``config_file``, ``families`` and ``explicit`` (who names a target),
``url`` with ``url_readers`` and ``url_trust`` (URLs), ``dialects`` (what a driver takes), ``hygiene`` (what looks odd),
``conflicts``, ``place`` and ``target`` (what it all comes to), ``describe`` (how it is shown).
"""

from diagnostics.settings.describe import describe
from diagnostics.settings.model import Files, Invocation, Loaded, SettingsError
from diagnostics.settings.options import Output
from diagnostics.settings.resolve import resolve, select
from diagnostics.settings.surroundings import ALONE, task_of
from diagnostics.settings.usage import UsageCode, UsageProblem

__all__ = [
    "ALONE",
    "Files",
    "Invocation",
    "Loaded",
    "Output",
    "SettingsError",
    "UsageCode",
    "UsageProblem",
    "describe",
    "resolve",
    "select",
    "task_of",
]
