"""``serve``: bind first, load the rest after, and never end over a setting or the database."""

import asyncio
import gc
import random
from collections.abc import Mapping
from functools import partial

from diagnostics import __version__
from diagnostics.adapters.clock import SystemClock
from diagnostics.adapters.files import PatientReader
from diagnostics.adapters.lines import Lines
from diagnostics.adapters.orphans import is_first_process, reap
from diagnostics.adapters.threads import load
from diagnostics.app.inputs import load_leniently
from diagnostics.settings import Invocation
from diagnostics.surfaces.foreign import foreign_log
from diagnostics.surfaces.services import CommandLine, UsageError
from diagnostics.surfaces.sidecar.access import Access
from diagnostics.surfaces.sidecar.endpoints import Sidecar
from diagnostics.surfaces.sidecar.server import PortTaken, serve_until_signalled
from diagnostics.surfaces.sidecar.signals import overhear_the_rest
from diagnostics.surfaces.sparing import Sparing

_LATER = ("diagnostics.app.source", "diagnostics.surfaces.sidecar.rooms", "diagnostics.surfaces.sidecar.journal")
"""What is not needed before the port is bound."""

BEFORE_BINDING = 1.0
"""Seconds for files before the port is bound: only a config file can say where, and a volume that hangs must not keep
a probe from its answer."""

_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - recognised, not bound

LAST_LINES = 0.2
"""Seconds for what the log did not take yet when the process ends: a tenth of what an end may take."""


def serve(line: CommandLine, environ: Mapping[str, str]) -> int:
    """Until SIGTERM, then 0; UsageError where the port is taken."""
    invocation = load_leniently(line, environ, _silent, PatientReader(BEFORE_BINDING)).invocation
    lines = Lines()
    try:
        overhear_the_rest()
        with foreign_log(Sparing(lines.note, SystemClock())):
            asyncio.run(_serve(line, environ, invocation, lines))
    except PortTaken as error:
        raise UsageError(f"nothing can listen on {error}: the address is taken or not ours", hint="--port") from None
    finally:
        lines.end(LAST_LINES)
    return 0


async def _serve(line: CommandLine, environ: Mapping[str, str], invocation: Invocation, lines: Lines) -> None:
    access = Access(
        allowed_hosts=invocation.allowed_hosts,
        expose_details=invocation.expose_details,
        gate_passes=invocation.gate_passes,
    )
    sidecar = Sidecar(SystemClock(), __version__, access, lines.note)
    watch = partial(_watch, sidecar, line, environ, invocation, lines)
    bound = partial(_bound, lines, invocation.bind)
    await serve_until_signalled(sidecar, invocation.bind, invocation.port, watch, bound)


async def _watch(
    sidecar: Sidecar, line: CommandLine, environ: Mapping[str, str], invocation: Invocation, lines: Lines
) -> None:
    """Load what runs need, attach the monitor, and watch. Loaded in a thread, so that probes are answered meanwhile."""
    for module in _LATER:
        await load(module)
    from diagnostics.app.source import SettingsSource
    from diagnostics.core.outcome import Mode
    from diagnostics.monitor import Monitor, Pace
    from diagnostics.surfaces.sidecar.journal import Journal

    leave_loaded_alone()
    pace = Pace(interval=invocation.interval_of(Mode.SERVE), damping=invocation.damping)
    jitter = random.Random()  # noqa: S311 - spreads load, guards nothing
    source = SettingsSource(line, environ, lines.note)
    await source.prepare()
    monitor = Monitor(
        source,
        SystemClock(),
        pace,
        lambda: jitter.uniform(-1, 1),
        (Journal(lines.write, lines.note), sidecar.rooms.events),
    )
    sidecar.rooms.attach(monitor)
    async with asyncio.TaskGroup() as group:
        if is_first_process():
            group.create_task(reap(asyncio.sleep))
        await monitor.run_for_ever()


def leave_loaded_alone() -> None:
    """What has been loaded stays: nobody looks for garbage in it any more.

    That makes a look cheap, and, because Python waits until a quarter as much has come as there is, makes looks come
    soon: what a failed run leaves behind is gone after some cycles, not after hundreds.
    """
    gc.collect()
    gc.freeze()


def _bound(lines: Lines, host: str, port: int) -> None:
    """Where it can be looked at: from this machine also where it listens on every address."""
    shown = "127.0.0.1" if host in _EVERYWHERE else f"[{host}]" if ":" in host else host
    everywhere = ", and on every other address" if host in _EVERYWHERE else ""
    lines.note(f"listening on http://{shown}:{port}/{everywhere}")


def _silent(_text: str) -> None:
    """What is wrong with the settings is said when the watch begins."""
