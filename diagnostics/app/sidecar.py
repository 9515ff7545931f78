"""``serve``: bind first, load the rest after, and never end over a setting or the database."""

import asyncio
import random
import sys
from collections.abc import Mapping
from functools import partial

from diagnostics import __version__
from diagnostics.adapters.clock import SystemClock
from diagnostics.app.inputs import load_leniently
from diagnostics.settings import Loaded
from diagnostics.surfaces.services import CommandLine, UsageError
from diagnostics.surfaces.sidecar.endpoints import Sidecar
from diagnostics.surfaces.sidecar.server import PortTaken, serve_until_signalled


def serve(line: CommandLine, environ: Mapping[str, str]) -> int:
    """Until SIGTERM, then 0; UsageError where the port is taken."""
    loaded = load_leniently(line, environ, _note)
    sidecar = Sidecar(SystemClock(), __version__)
    watch = partial(_watch, sidecar, line, environ, loaded)
    try:
        asyncio.run(serve_until_signalled(sidecar, loaded.invocation.bind, loaded.invocation.port, watch, _bound))
    except PortTaken as error:
        raise UsageError(f"nothing can listen on {error}: the address is taken or not ours", hint="--port") from None
    return 0


async def _watch(sidecar: Sidecar, line: CommandLine, environ: Mapping[str, str], loaded: Loaded) -> None:
    """Load what runs need, attach the monitor, and watch."""
    from diagnostics.app.world import Outside
    from diagnostics.checks import CHECKS
    from diagnostics.core.outcome import Mode
    from diagnostics.core.report import Report
    from diagnostics.monitor import Monitor
    from diagnostics.surfaces import log
    from diagnostics.surfaces.sidecar.metrics import ReportCollector

    outside = Outside(environ)

    async def run() -> Report:
        """Settings are read again each time: a secret in a file may have been replaced."""
        now = load_leniently(line, environ, _silent)
        return await outside.one_run(now, now.resolutions[0], Mode.SERVE, now.options.timeout)

    interval = loaded.invocation.interval_of(Mode.SERVE)
    jitter = random.Random()  # noqa: S311 - spreads load, guards nothing
    monitor = Monitor(
        run, outside.clock, interval, lambda: jitter.uniform(-1, 1), lambda report: _write(log.render(report))
    )
    checks = tuple(check.id for check in CHECKS)
    name = loaded.resolutions[0].name
    sidecar.attach(monitor, ReportCollector(name, checks, monitor))
    await monitor.run_for_ever(_crashed)


def _bound(port: int) -> None:
    _note(f"listening on port {port}")


def _crashed(error: BaseException) -> None:
    """The type only: the text of an exception may hold what must not be shown."""
    _note(f"a run ended through a fault of cloudsql-diag: {type(error).__name__}")


def _write(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


def _note(text: str) -> None:
    sys.stderr.write(f"cloudsql-diag: {text}\n")
    sys.stderr.flush()


def _silent(_text: str) -> None:
    """What was said at start is not said again at each run."""
