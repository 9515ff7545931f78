"""What the handlers look at: the targets, once there are any, and who may see what of them."""

import msgspec
from aiohttp import web

from diagnostics.core.look import with_looks
from diagnostics.core.report import Report
from diagnostics.monitor import Monitor, TargetWatch
from diagnostics.ports import Clock
from diagnostics.surfaces.sidecar.access import Access
from diagnostics.surfaces.sidecar.callers import is_local
from diagnostics.surfaces.sidecar.names import Namer, neutral_name, real_name
from diagnostics.surfaces.sidecar.problem import Refused
from diagnostics.surfaces.sidecar.withhold import withheld

_BAD_REQUEST = 400
_NOT_FOUND = 404
_UNAVAILABLE = 503


class Board:
    """The monitor is attached once it is loaded; until then nothing is known."""

    def __init__(self, clock: Clock, release: str, access: Access) -> None:
        self.clock = clock
        self.release = release
        self.access = access
        self.monitor: Monitor | None = None
        self.ending = False
        """The process was told to end: nothing new should be sent here."""

    @property
    def targets(self) -> tuple[TargetWatch, ...]:
        """Those that are watched."""
        return self.monitor.targets if self.monitor else ()

    def chosen(self, request: web.Request) -> tuple[TargetWatch, ...]:
        """The target that the request names, or all; Refused where there is none of that name."""
        name, named = request.query.get("target"), self.namer(request)
        if name is None:
            return self.targets
        found = tuple(target for target in self.targets if named(target) == name)
        if not found:
            raise Refused(_NOT_FOUND, "no target has that name", self._names(named))
        return found

    def one(self, request: web.Request) -> TargetWatch:
        """The target that the request names, or the only one; Refused where that is not clear."""
        found = self.chosen(request)
        if not found:
            raise Refused(_UNAVAILABLE, "nothing is watched yet", "GET /ready says when there is a report")
        if len(found) > 1:
            raise Refused(_BAD_REQUEST, "there are several targets", self._names(self.namer(request)))
        return found[0]

    def shows_details(self, request: web.Request) -> bool:
        """Whether this caller may see whom the reports are about."""
        return self.access.expose_details or is_local(request)

    def namer(self, request: web.Request) -> Namer:
        """By which names this caller knows the targets."""
        return real_name if self.shows_details(request) else neutral_name

    def report_for(self, request: web.Request, target: TargetWatch, report: Report) -> Report:
        """The report as this caller may see it."""
        return report if self.shows_details(request) else withheld(report, neutral_name(target))

    def last_report(self, target: TargetWatch) -> Report:
        """The last one, with what only the watch knows; Refused where there is none."""
        watch = target.watch
        if watch.report is None:
            raise Refused(_UNAVAILABLE, "there is no report yet", "GET /ready says when there is")
        return msgspec.structs.replace(
            with_looks(watch.report, watch.looks),
            since=watch.since,
            last_success_at=watch.last_success_at,
            changes=target.tally.changes,
            limits=target.limits,
        )

    def age(self, *targets: TargetWatch) -> dict[str, str]:
        """Whole seconds since the oldest of their last reports, in the header that HTTP has for it."""
        moments = [target.watch.reported_at for target in targets if target.watch.report is not None]
        return {"Age": str(int(self.clock.monotonic() - min(moments)))} if moments else {}

    def _names(self, named: Namer) -> str:
        names = ", ".join(map(named, self.targets))
        return f"?target=NAME, of {names}" if names else ""
