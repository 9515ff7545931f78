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
    from diagnostics.surfaces import document, log, markdown, short, text

    match output:
        case Output.TEXT:
            return text.render(report, screen)
        case Output.SHORT:
            return short.render(report)
        case Output.JSON:
            return document.json_document(report)
        case Output.JSONL:
            return document.jsonl(report)
        case Output.MARKDOWN:
            return markdown.render(report)
        case Output.LOG:
            return log.render(report)
