"""Row ``many``: whether two hundred targets cost more each than five."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import compared
from benchmarks.place import PROGRAM, Effort, Place
from benchmarks.row import Row, ratio_row

GOAL = 1.1
"""What is done for all of them together must not grow with their number."""

MANY, FEW = 200, 5


def measure(place: Place, effort: Effort) -> tuple[Row, ...]:
    """CPU of the whole process, over its targets."""
    rounds = max(1, effort.processes // 10)
    comparison = compared(rounds, lambda: _cpu_each(place, MANY), lambda: _cpu_each(place, FEW))
    return (
        ratio_row(
            "many",
            f"`check --all --drivers none`: CPU for each of {MANY} targets",
            f"for each of {FEW}",
            GOAL,
            comparison,
        ),
    )


def _cpu_each(place: Place, targets: int) -> float:
    return _cpu(place.database | {"CLOUDSQL_DIAG_CONFIG": str(_config(place, targets))}) / targets


def _config(place: Place, targets: int) -> Path:
    path = Path(place.database["HOME"]) / f"{targets}-targets.toml"
    variables = place.database
    table = (
        f'host = "{variables["POSTGRES_HOST"]}"\nport = 5432\ndatabase = "{variables["POSTGRES_DB"]}"\n'
        f'user = "{variables["POSTGRES_USER"]}"\npassword_env = "POSTGRES_PASSWORD"\n'
    )
    path.write_text("\n".join(f"[targets.t{number}]\n{table}" for number in range(targets)))
    return path


def _cpu(variables: Mapping[str, str]) -> float:
    """CPU seconds of one run to its good end."""
    command = (PROGRAM, "check", "--all", "--drivers", "none", "-o", "short")
    process = subprocess.Popen(command, env=dict(variables), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return usage.ru_utime + usage.ru_stime
