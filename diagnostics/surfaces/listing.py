"""``checks`` and ``config``: lists of what there is and of what the settings came to, as text or JSON."""

from collections.abc import Iterable, Iterator

from diagnostics.check import Check, Edge
from diagnostics.core.catalog import candidates
from diagnostics.core.codes import CheckId
from diagnostics.core.model import Login, Route, Value
from diagnostics.core.report import Setting
from diagnostics.surfaces.document import json_page
from diagnostics.surfaces.layout import Line, Span, Style, drawn, line, padded, paragraph
from diagnostics.surfaces.output import Output
from diagnostics.surfaces.screen import Screen
from diagnostics.surfaces.services import ConfigView, TargetConfig
from diagnostics.surfaces.visible import cells, visible


class EdgeView(Value, frozen=True, kw_only=True):
    """One dependency, and for which routes and login it holds."""

    check: CheckId
    routes: tuple[Route, ...]
    login: Login | None = None


class CheckView(Value, frozen=True, kw_only=True):
    """One check as it is declared."""

    id: CheckId
    title: str
    timeout_seconds: float
    on_timeout: str | None
    requires: tuple[EdgeView, ...]
    after: tuple[EdgeView, ...]
    only_on_google_cloud: bool


def checks(declared: Iterable[Check], output: Output, screen: Screen) -> str:
    """Every check, in the order of the path."""
    views = tuple(map(check_view, declared))
    if output is Output.JSON:
        return json_page(views)
    width = max(len(view.id) for view in views) + 2
    return drawn((line for view in views for line in _check_lines(view, width, screen.width)), screen)


def check_view(check: Check) -> CheckView:
    """What a declaration says."""
    return CheckView(
        id=check.id,
        title=check.title,
        timeout_seconds=check.timeout,
        on_timeout=check.on_timeout,
        requires=tuple(map(_edge_view, check.requires)),
        after=tuple(map(_edge_view, check.after)),
        only_on_google_cloud=check.cloud_only,
    )


def _edge_view(edge: Edge) -> EdgeView:
    return EdgeView(check=edge.check, routes=tuple(r for r in Route if r in edge.routes), login=edge.login)


def edge_text(edge: EdgeView) -> str:
    """``socket.mount (route socket)``."""
    limits = [] if len(edge.routes) == len(Route) else [f"route {', '.join(edge.routes)}"]
    limits += [f"login {edge.login}"] if edge.login else []
    return f"{edge.check} ({'; '.join(limits)})" if limits else edge.check


def _check_lines(view: CheckView, column: int, width: int) -> Iterator[Line]:
    yield line(Span(padded(view.id, column), Style.STRONG), view.title)
    facts = [f"{view.timeout_seconds:g} s"]
    facts += [f"requires {', '.join(map(edge_text, view.requires))}"] if view.requires else []
    facts += [f"after {', '.join(map(edge_text, view.after))}"] if view.after else []
    yield from paragraph("; ".join(facts), width, " " * column, Style.FAINT)


def config(view: ConfigView, output: Output, screen: Screen) -> str:
    """The effective settings with their sources; secrets arrive here as ``***``."""
    return json_page(view) if output is Output.JSON else drawn(_config_lines(view, screen.width), screen)


def _config_lines(view: ConfigView, width: int) -> Iterator[Line]:
    for number, target in enumerate(view.targets):
        if number:
            yield line()
        yield line(Span(visible(target.info.name), Style.STRONG))
        yield from _settings(target.info.settings)
        yield from _problems(target, width)
        yield from _candidates(target, width)
    if view.options:
        yield line()
        yield line(Span("options", Style.STRONG))
        yield from _settings(view.options)


def _settings(settings: tuple[Setting, ...]) -> Iterator[Line]:
    names = max((len(setting.name) for setting in settings), default=0) + 2
    values = max((cells(visible(setting.value)) for setting in settings), default=0) + 2
    for setting in settings:
        value = padded(visible(setting.value), values)
        yield line("  ", padded(setting.name, names), value, Span(visible(setting.source), Style.FAINT))


def _candidates(target: TargetConfig, width: int) -> Iterator[Line]:
    """Every way in which the settings name a database, where there is a choice; else how to name one."""
    for route in target.also:
        yield from paragraph(candidates.ALSO[route], width, "  ", Style.FAINT)
    if not target.candidates and target.problems:
        yield from paragraph(candidates.NOT_FOUND, width, "  ", Style.FAINT)
    for each in target.candidates if len(target.candidates) > 1 else ():
        says = ", ".join(f"{part.setting} {part.shown}" for part in each.parts)
        yield from paragraph(f"{each.name} ({each.form}): {candidates.choice(each.name, each.choice)}", width, "  ")
        yield from paragraph(visible(says), width, "    ", Style.FAINT) if says else ()


def _problems(target: TargetConfig, width: int) -> Iterator[Line]:
    for problem in target.problems:
        yield from paragraph(visible(problem), width, "  ", Style.FAIL)
    for remark in target.remarks:
        yield from paragraph(visible(remark), width, "  ", Style.WARN)
