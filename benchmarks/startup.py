"""Row ``startup``: what the library costs an app that imports it, over asyncio, which such an app has anyway."""

import subprocess
import sys

from benchmarks.measure import interleaved
from benchmarks.place import Effort, Place
from benchmarks.row import Row, verdict

GOAL = 0.015
"""Seconds: a start-up that is measured in hundreds of milliseconds does not feel it."""

_IMPORT = "import time; import {first}; began = time.process_time(); {second}; print(time.process_time() - began)"


def measure(_: Place, effort: Effort) -> tuple[Row, ...]:
    """The CPU of the import alone, in a fresh interpreter each time: it does nothing but compute."""
    (taken,) = interleaved(effort.processes, (_import,))
    middle = sorted(taken)[len(taken) // 2]
    return (
        Row(
            name="startup",
            what="import of `diagnostics.startup`",
            against="an interpreter with asyncio",
            goal=f"≤ {GOAL * 1000:g} ms",
            result=f"{middle * 1000:.1f} ms",
            spread=f"{min(taken) * 1000:.1f}-{max(taken) * 1000:.1f} ms",
            detail=f"{len(taken)} rounds",
            verdict=verdict(middle <= GOAL),
        ),
    )


def _import() -> float:
    code = _IMPORT.format(first="asyncio", second="import diagnostics.startup")
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
