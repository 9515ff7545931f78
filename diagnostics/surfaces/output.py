"""The formats of ``-o``: which there are, which one was asked for, and who renders it."""

from collections.abc import Mapping, Sequence

from diagnostics.core.report import Report
from diagnostics.settings.options import Output
from diagnostics.surfaces.screen import Screen
from diagnostics.surfaces.services import UsageError

VARIABLE = "CLOUDSQL_DIAG_OUTPUT"

__all__ = ["Output", "choose", "render"]


def choose(
    given: str | None, environ: Mapping[str, str], default: Output, allowed: Sequence[Output] = tuple(Output)
) -> Output:
    """The format of the flag, else of the variable, else the default; UsageError names which of the two is wrong.

    The variable is meant for reports: where a verb cannot honour it the verb's default stands.
    """
    if given is not None:
        return _parsed(given, "-o", allowed)
    wanted = environ.get(VARIABLE)
    if not wanted:
        return default
    output = _parsed(wanted, VARIABLE, tuple(Output))
    return output if output in allowed else default


def _parsed(text: str, source: str, allowed: Sequence[Output]) -> Output:
    if text not in allowed:
        raise UsageError(f"{source} takes {', '.join(allowed[:-1])} or {allowed[-1]}")
    return Output(text)


def render(report: Report, output: Output, screen: Screen) -> str:
    """The whole document."""
    # Each loads what it alone needs.
    match output:
        case Output.TEXT:
            from diagnostics.surfaces import text

            return text.render(report, screen)
        case Output.SHORT:
            from diagnostics.surfaces import short

            return short.render(report)
        case Output.JSON:
            from diagnostics.surfaces import document

            return document.json_document(report)
        case Output.JSONL:
            from diagnostics.surfaces import document

            return document.jsonl(report)
        case Output.MARKDOWN:
            from diagnostics.surfaces import markdown

            return markdown.render(report)
        case Output.LOG:
            from diagnostics.surfaces import log

            return log.render(report)
