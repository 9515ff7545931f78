"""A driver's process, whatever is around it: it ends with us however we end, and leaves nothing behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from diagnostics.adapters import driver_process
from diagnostics.adapters.driver_process import import_path
from diagnostics.adapters.drivers import AppDrivers
from diagnostics.core.model import Depth, Dialect, DriverChoice, Options, Resolution, Route, Target
from diagnostics.ports import DriverCall, DriverEnd, DriverResult
from tests.adapters import listeners

LIMIT = 5.0

ROOT = Path(__file__).parents[2]

CALL = """
import asyncio, os, sys
from diagnostics.adapters.drivers import AppDrivers
from diagnostics.core.model import Dialect, Route, Target
from diagnostics.ports import DriverCall
{before}
target = Target(name="x", route=Route.DIRECT, dialect=Dialect.ASYNCPG, host="127.0.0.1", port={port}, database="d",
                user="u")
call = DriverCall(dialect=Dialect.ASYNCPG, target=target, limit={limit}, load_limit=30.0)
result = asyncio.run(AppDrivers(os.environ, {path}).connect(call))
{after}
os.write(said, result.end.encode())
"""
"""A program that calls a driver; ``said`` is where it writes what that came to."""


def program(port: int, *, before: str = "said = 1", after: str = "", limit: float = LIMIT, path: object = ()) -> str:
    return CALL.format(port=port, before=before, after=after, limit=limit, path=path)


def run(script: str, *command: str) -> str:
    """What the script says at its end."""
    done = subprocess.run(
        [*command, sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert not done.stderr
    return done.stdout


def target(port: int, dialect: Dialect = Dialect.ASYNCPG) -> Target:
    return Target(name="x", route=Route.DIRECT, dialect=dialect, host="127.0.0.1", port=port, database="d", user="u")


async def connect(drivers: AppDrivers, port: int, limit: float = LIMIT) -> DriverResult:
    call = DriverCall(dialect=Dialect.ASYNCPG, target=target(port), limit=limit, load_limit=30.0)
    return await drivers.connect(call)


def with_asyncpg_of(folder: Path, text: str) -> tuple[str, ...]:
    """A path on which the driver is this text."""
    (folder / "asyncpg.py").write_text(text)
    return (str(folder), *import_path())


def children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children(recursive=True) if "adapters.child" in " ".join(each.cmdline())]


def gone(pid: int) -> bool:
    """Within a second; where nobody collects orphans, it stays in the table."""
    deadline = time.monotonic() + 1.0
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


SPINNING = """
import os, subprocess, hashlib
__version__ = "1"
async def connect(**_):
    sleeper = subprocess.Popen(["sleep", "60"])
    with open({marker!r} + ".new", "w") as file:
        file.write(f"{{os.getpid()}} {{sleeper.pid}}")
    os.rename({marker!r} + ".new", {marker!r})
    hashlib.pbkdf2_hmac("sha256", b"x", b"y", 2**31 - 1)
"""
"""A driver that computes where nothing of Python's can interrupt it, and has started a process of its own."""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_it_ends_with_us_with_all_that_it_started(number: signal.Signals, tmp_path: Path) -> None:
    marker = tmp_path / "pids"
    path = with_asyncpg_of(tmp_path, SPINNING.format(marker=str(marker)))
    parent = subprocess.Popen([sys.executable, "-c", program(1, limit=60.0, path=path)], cwd=ROOT)
    while not marker.exists():
        assert parent.poll() is None
        time.sleep(0.01)
    pids = [int(pid) for pid in marker.read_text().split()]
    parent.send_signal(number)
    parent.wait(5)
    assert [gone(pid) for pid in pids] == [True, True]


def test_the_first_process_of_a_container_collects_it() -> None:
    """Nothing is left in the process table, and an end by another's hand is one, too."""
    with listeners.refused() as endpoint:
        after = "assert [name for name in os.listdir('/proc') if name.isdecimal()] == ['1']"
        said = run(program(endpoint.port, after=after), "unshare", "--pid", "--fork", "--mount-proc")
    assert said == DriverEnd.FAILED


def test_children_that_the_system_collects_itself_are_gone_all_the_same() -> None:
    with listeners.refused() as endpoint:
        ignored = "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN); said = 1"
        assert run(program(endpoint.port, before=ignored)) == DriverEnd.FAILED


def test_closed_standard_streams_are_no_obstacle() -> None:
    with listeners.refused() as endpoint:
        closed = "said = os.dup(1); os.set_inheritable(said, False); [os.close(number) for number in range(3)]"
        assert run(program(endpoint.port, before=closed)) == DriverEnd.FAILED


def test_nothing_of_the_system_that_can_be_written_is_needed() -> None:
    """Nothing may be written to /tmp, the root is read-only, /proc empty."""
    with listeners.refused() as endpoint:
        # Seen, and not to be written: this work tree may itself be there.
        mounts = "mount --bind /tmp /tmp; mount -o remount,ro,bind /tmp; mount -t tmpfs -o ro none /proc"
        empty = f'{mounts}; mount -o remount,ro,bind / 2>&1; exec "$@"'
        said = run(program(endpoint.port), "unshare", "--mount", "sh", "-c", empty, "sh")
    assert said == DriverEnd.FAILED


@pytest.mark.parametrize("flags", [("-I",), ("-OO",), ("-P",), ("-X", "dev")], ids=" ".join)
def test_how_we_were_started_is_no_matter(flags: tuple[str, ...]) -> None:
    with listeners.refused() as endpoint:
        # Development mode has asyncio remark upon every slow step, which on a busy machine are many.
        calm = "import logging; logging.getLogger('asyncio').setLevel(logging.ERROR); said = 1"
        script = "import sys; sys.path.insert(0, sys.argv[1])\n" + program(endpoint.port, before=calm)
        done = subprocess.run(
            [sys.executable, *flags, "-c", script, str(ROOT)],
            capture_output=True,
            text=True,
            env=dict(os.environ, PYTHONOPTIMIZE="2"),
            timeout=60,
            check=False,
        )
    assert (done.stdout, done.stderr) == (DriverEnd.FAILED, "")


def test_where_no_process_may_be_started_there_is_no_result() -> None:
    """A user's limit of processes, as in some containers: the run goes on without its driver."""
    limited = "import resource; os.setuid(65532); resource.setrlimit(resource.RLIMIT_NPROC, (1, 1)); said = 1"
    after = "assert result.exception == 'BlockingIOError'"
    # What is needed is loaded before: another user may not read where we live.
    loaded = "import diagnostics.adapters.driver_talk;"
    assert run(program(1, before=loaded + limited, after=after)) == DriverEnd.NO_RESULT


async def test_without_an_interpreter_there_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    result = await connect(AppDrivers({}), 1)
    assert (result.end, result.exception) == (DriverEnd.NO_RESULT, "FileNotFoundError")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


RAISES = "__version__ = '1'\nasync def connect(**_):\n    {body}\n"


@pytest.mark.parametrize(
    "body, end",
    [
        ("raise OSError('x' * 50_000_000)", DriverEnd.FAILED),
        ("raise OSError('\\x00\\udcff\\U0001f4a9' * 50_000_000)", DriverEnd.OUT_OF_MEMORY),
        ("raise OSError('\\x00\\udcff\\U0001f4a9' * 500_000)", DriverEnd.FAILED),
        ("import os; os._exit(0)", DriverEnd.NO_RESULT),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", DriverEnd.NO_RESULT),
        ("import os; [os.write(fd, b'\\xff' * 99) for fd in range(3, 9) if is_pipe(fd)]", DriverEnd.NO_RESULT),
        ("import os; [os.write(fd, b'\\0\\0\\0\\2{]') for fd in range(3, 9) if is_pipe(fd)]", DriverEnd.NO_RESULT),
        ("raise RecursionError", DriverEnd.FAILED),
        ("bytearray(10**9)", DriverEnd.OUT_OF_MEMORY),
        ("print('x' * 10_000_000)", DriverEnd.FAILED),
    ],
    ids=["long", "wide and long", "wide", "left", "crashed", "babbling", "no json", "deep", "large", "printing"],
)
async def test_whatever_a_driver_does_is_a_result(tmp_path: Path, body: str, end: DriverEnd) -> None:
    is_pipe = (
        "import os, stat\ndef is_pipe(fd):\n    try:\n        return stat.S_ISFIFO(os.fstat(fd).st_mode) "
        "and os.get_inheritable(fd) is False\n    except OSError:\n        return False\n"
    )
    path = with_asyncpg_of(tmp_path, is_pipe + RAISES.format(body=body))
    result = await connect(AppDrivers({}, path), 1)
    assert result.end is end, result
    assert len(result.message) <= 16 * 1024
    assert children() == []


async def test_what_the_process_is_held_to_is_set_before_it_connects(tmp_path: Path) -> None:
    """By the kernel: address space, a timer, no core file; and it is the first to go where memory ends."""
    told = tmp_path / "told"
    body = (
        f"import resource, signal, pathlib; pathlib.Path({str(told)!r}).write_text(repr(("
        "resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_CORE), "
        "signal.getitimer(signal.ITIMER_REAL)[0], pathlib.Path('/proc/self/oom_score_adj').read_text().strip())))"
    )
    await connect(AppDrivers({}, with_asyncpg_of(tmp_path, RAISES.format(body=body))), 1)
    space, core, timer, first = eval(told.read_text())  # noqa: S307 - our own text
    assert 0 < space < 200 * 1024 * 1024
    assert core == (0, 0)
    assert LIMIT < timer < LIMIT + 5
    assert first == "1000"


def resolutions(subject: Target) -> list[Resolution]:
    return [Resolution(name="x", target=subject)]


async def test_a_driver_that_is_prepared_is_the_one_that_is_called() -> None:
    drivers = AppDrivers({})
    with listeners.refused() as endpoint:
        drivers.prepare_for(resolutions(target(endpoint.port)), Options())
        (prepared,) = children()
        call = asyncio.create_task(connect(drivers, endpoint.port))
        await asyncio.sleep(0)
        assert children() == [prepared]
        assert (await call).end is DriverEnd.FAILED
    assert children() == []


def test_what_was_prepared_for_nothing_is_ended() -> None:
    """The path broke before it; what `wait` starts afterwards must not find it among its children."""
    drivers = AppDrivers({})
    drivers.prepare_for(resolutions(target(1, Dialect.PSYCOPG)), Options())
    assert len(children()) == 1
    drivers.release()
    assert children() == []


@pytest.mark.parametrize(
    "subject, options",
    [
        (target(1), Options(drivers=DriverChoice.NONE)),
        (target(1), Options(depth=Depth.TLS)),
        (target(1, Dialect.OTHER), Options()),
    ],
    ids=["none wanted", "not so deep", "no driver of ours"],
)
def test_nothing_is_prepared_that_will_not_be_called(subject: Target, options: Options) -> None:
    AppDrivers({}).prepare_for(resolutions(subject), options)
    AppDrivers({}).prepare_for([], options)
    assert children() == []


def test_the_path_is_ours_without_the_current_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["/app", "", "/lib/a", "/lib/a"])
    assert driver_process.import_path() == ("/lib/a", str(ROOT))
