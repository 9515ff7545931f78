"""Who can say why: the sidecar on loopback, else a bounded child, else nobody. Only after a failure."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from diagnostics.startup.guarding import BUDGET
from diagnostics.startup.line import Found
from diagnostics.startup.timers import Timer

AGENT_PORT = 18307
"""Where ``serve`` listens unless ``CLOUDSQL_DIAG_PORT`` says otherwise; containers of an instance share loopback."""
LAST_PORT = 65535
AGENT_LIMIT = 0.3
"""Seconds for the sidecar's last report: it answers in milliseconds or is not there."""
FRESH = 60.0
"""Seconds: an older report may be from before the fault, and a run is asked for."""
CHILD_MEMORY = 150 * 2**20
"""Bytes that have to be free: a check takes 60 to 100 MiB."""
QUIET = 600.0
"""Seconds in which one child in a container is enough: workers that are restarted fail of the same cause."""
_OK = 200
RUN_DEADLINE = "agent.run_deadline"
"""The code of a check for which a run had no time."""
MOST_TIMERS = 20
"""As many as the sidecar takes."""
LONGEST = 1 << 20
"""Bytes of a report that are read: four times its bound."""


def by_agent(environ: Mapping[str, str], budget: float = BUDGET, timers: Sequence[Timer] = ()) -> Found | None:
    """The sidecar's last report, or a new one where that is old; None where no sidecar answers.

    It is told the app's timers, and shows them beside what it measured.
    """
    import http.client

    port = _port(environ)
    try:
        report, age = _ask(http.client.HTTPConnection("127.0.0.1", port, timeout=AGENT_LIMIT), "GET", "/api/v1/report")
        if report is not None and (age > FRESH or _was_cut(report)):
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=budget)
            report = _ask(asked, "POST", f"/api/v1/run?wait={max(0.0, budget - 1):g}")[0] or report
        if report is not None and timers:
            told = http.client.HTTPConnection("127.0.0.1", port, timeout=AGENT_LIMIT)
            _ask(told, "PUT", "/api/v1/limits", timers[:MOST_TIMERS])
    except (OSError, http.client.HTTPException, ValueError):
        return None
    return found_in(report, "agent") if report else None


def _port(environ: Mapping[str, str]) -> int:
    text = environ.get("CLOUDSQL_DIAG_PORT", "")
    return int(text) if text.isdecimal() and 0 < int(text[:6]) <= LAST_PORT else AGENT_PORT


def _ask(connection: Any, method: str, path: str, timers: Sequence[Timer] = ()) -> tuple[dict[str, Any] | None, float]:
    import json

    body = json.dumps({"limits": [_told(timer) for timer in timers]}) if timers else None
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        body = answer.read(LONGEST)
        age = answer.getheader("Age") or "0"
        document = json.loads(body) if answer.status == _OK else None
        return (document if isinstance(document, dict) else None), float(age) if age.isdecimal() else 0.0
    finally:
        connection.close()


def _was_cut(report: dict[str, Any]) -> bool:
    """Whether the run had no time for all: the first one of a young instance, which is followed by another at once."""
    checks = report.get("checks")
    codes = [each.get("code") for each in checks if isinstance(each, dict)] if isinstance(checks, list) else []
    return RUN_DEADLINE in codes


def _told(timer: Timer) -> dict[str, Any]:
    fields = {"name": timer.name, "seconds": timer.seconds, "elapsed": timer.elapsed, "fired": timer.fired}
    return fields | ({"source": timer.source} if timer.source else {})


def by_child(environ: Mapping[str, str], budget: float = BUDGET) -> Found | None:
    """``cloudsql-diag check`` with the app's own settings in a process of its own; None where that cannot be.

    Not where what it needs is not installed, where memory is short, or where one was made in this container just now.
    """
    if not _installed() or _free_memory() < CHILD_MEMORY or not _first_in_container():
        return None
    import subprocess
    from pathlib import Path

    # Ours by its place: an app may have a package called diagnostics, and -m would take that one.
    root = str(Path(__file__).resolve().parents[2])
    start = "import sys; sys.path.insert(0, sys.argv.pop(1)); from diagnostics.__main__ import main; main()"
    command = [sys.executable, "-P", "-c", start, root, "check", "-o", "json", "--timeout", f"{budget - 1:g}"]
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environ},
            start_new_session=True,
        )
    except OSError:
        return None
    try:
        out, _ = child.communicate(timeout=budget)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end(child)
    return _parsed(out[:LONGEST], "child")


def _end(child: Any) -> None:
    import signal

    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout:
        child.stdout.close()


def _installed() -> bool:
    import importlib.util

    return all(importlib.util.find_spec(name) for name in ("msgspec", "click", "aiohttp", "asyncpg"))


def _free_memory() -> float:
    """Bytes that the container may still take; infinite where nobody says a limit."""
    from pathlib import Path

    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        try:
            return float(Path(limit).read_text()) - float(Path(used).read_text())
        except (OSError, ValueError):
            continue
    return float("inf")


_lock: int | None = None
"""Descriptor of the name while we hold it."""


def _first_in_container() -> bool:
    """Whether no other process of this container is at it, or was lately.

    A name in the abstract namespace is held by the process for as long as it lives and needs no file system; the mark
    in the temporary directory outlives a worker that is restarted. Without such a directory the name alone counts.
    """
    import socket

    global _lock  # noqa: PLW0603 - held until the process ends, on purpose
    if _lock is not None:
        return False
    name = f"cloudsql-diag-startup-{os.getuid()}"
    held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        held.bind(f"\0{name}")
    except OSError:
        held.close()
        return False
    _lock = held.detach()
    return _marked(name)


def _marked(name: str) -> bool:
    import tempfile
    from pathlib import Path

    try:
        path = Path(tempfile.gettempdir(), name)
        if path.exists() and time.time() - path.lstat().st_mtime < QUIET:
            return False
        path.unlink(missing_ok=True)
        path.touch(0o600, exist_ok=False)
    except FileExistsError:
        return False
    except OSError:
        return True
    return True


def _parsed(body: bytes, by: str) -> Found | None:
    import json

    try:
        report = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found_in(report, by) if isinstance(report, dict) else None


def found_in(report: dict[str, Any], by: str) -> Found | None:
    """What a report says; None where it is none of ours."""
    try:
        first: dict[str, Any] = next(iter(report["diagnoses"]), {})
        remedies = first.get("remedies", [])
        return Found(
            by,
            status=str(report["status"]),
            cause=str(first.get("cause", "")),
            confidence=str(first.get("confidence", "")),
            title=str(first.get("title", "")),
            remedy=next((str(each["command"] or each["text"]) for each in remedies), ""),
            failing=tuple(str(each["id"]) for each in report["checks"] if each["status"] == "fail"),
            exit_code=int(report["exit_code"]),
            run_id=str(report["run_id"]),
            target=str(report["target"]["name"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
