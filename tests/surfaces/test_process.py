"""What only a real process shows: signals, pipes, terminals, and the command that takes its place."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from diagnostics.surfaces.progress import ERASE

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0
"""Seconds after which a process that does not end is a failure; each of them takes well below one."""


def program(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.surfaces.program", *arguments]


def environment(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "80", **more}


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        program(*arguments),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(**environ),
        cwd=ROOT,
        check=False,
    )


@contextmanager
def hanging(verb: str, stderr: int = subprocess.PIPE) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process whose run has begun and will not end by itself, and the end it reports to."""
    reader, writer = os.pipe()
    process = subprocess.Popen(
        program("hang", verb),
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env=environment(READY=str(writer)),
        pass_fds=(writer,),
        cwd=ROOT,
    )
    os.close(writer)
    try:
        assert os.read(reader, 6) == b"ready\n"
        yield process, reader
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)
        os.close(reader)


@pytest.mark.parametrize("verb", ["check", "wait"])
@pytest.mark.parametrize("number,code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_run_says_where_it_was(verb: str, number: signal.Signals, code: int) -> None:
    """The run is cancelled and closes what it opened, the check under way is named, and nothing looks like a crash."""
    with hanging(verb) as (process, reader):
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
        assert os.read(reader, 7) == b"closed\n"
    assert (process.returncode, out) == (code, "")
    assert "postgres.startup" in err
    assert number.name in err
    assert "Traceback" not in err


def test_reader_that_goes_away_is_no_failure() -> None:
    """`| head -1`: quiet, and the exit code is still the verdict."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        program("socket_failure", "check", "-o", "jsonl"),
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
        env=environment(),
        cwd=ROOT,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (14, "")


def test_full_disk_is_told_in_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            program("healthy", "check"),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            env=environment(),
            cwd=ROOT,
            check=False,
        )
    assert done.returncode == 1
    assert "cannot write the output" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("arguments, code", [("explain tcp.timeout", 0), ("explain --report -", 2)])
def test_closed_standard_stream_changes_no_exit_code(closed: str, arguments: str, code: int) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -m diagnostics {arguments} {closed}', sys.executable],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(),
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, "fault of" in done.stderr) == (code, False)


def test_encoding_without_our_symbols_is_no_failure() -> None:
    done = run("hostile", "check", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (21, "")
    assert done.stdout.isascii()


def on_terminal(*arguments: str, **environ: str) -> str:
    """What a terminal on standard output and error would have got."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(program(*arguments), stdout=theirs, stderr=theirs, env=environment(**environ), cwd=ROOT)
    os.close(theirs)
    try:
        return "".join(_drained(ours))
    finally:
        process.wait(timeout=PATIENCE)
        os.close(ours)


def _drained(descriptor: int) -> Iterator[str]:
    while True:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:  # Linux: the other end of a terminal is closed
            return
        if not chunk:
            return
        yield chunk.decode()


def test_terminal_gets_colours() -> None:
    assert "\x1b[1;31mfail" in on_terminal("socket_failure", "check")


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_terminal_without_colours_gets_none(environ: dict[str, str]) -> None:
    assert "\x1b" not in on_terminal("socket_failure", "check", **environ)


def test_json_on_a_terminal_is_still_one_document() -> None:
    assert json.loads(on_terminal("socket_failure", "check", "-o", "json"))["exit_code"] == 14


def test_progress_is_shown_while_running_and_erased_at_the_end() -> None:
    """The line names the check under way with its time; after an interruption nothing of it is left on the terminal."""
    ours, theirs = pty.openpty()
    with hanging("check", stderr=theirs) as (process, _):
        os.close(theirs)
        seen = _read_until(ours, r"postgres\.startup [1-9][0-9]{2} ms")
        process.send_signal(signal.SIGINT)
        process.wait(timeout=PATIENCE)
        seen += "".join(_drained(ours))
    os.close(ours)
    last_drawn = seen.rindex("postgres.startup", 0, seen.rindex("SIGINT"))
    assert ERASE in seen[last_drawn : seen.rindex("SIGINT")]


def test_a_wait_shows_when_it_tries_again_when_it_gives_up_and_what_it_saw_last() -> None:
    seen = r"vpc\.nat_missing_or_exhausted"
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        program("socket_failure", "wait"),
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment(COLUMNS="120"),
        cwd=ROOT,
    )
    os.close(theirs)
    try:
        shown = _read_until(ours, rf"next try in [0-9]+ s, giving up in [0-9]+ [^;]*; last seen: {seen}")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        shown += "".join(_drained(ours))
    finally:
        process.kill()
        process.communicate()
        os.close(ours)
    assert process.returncode == 130
    assert ERASE in shown[shown.rindex("next try") :]


def test_a_wait_that_nobody_watches_writes_no_countdown() -> None:
    process = subprocess.Popen(
        program("socket_failure", "wait", "--timeout", "3"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd=ROOT,
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=PATIENCE)
    assert first.startswith("FAIL ")
    assert "next try" not in rest
    assert "\x1b" not in rest


def _read_until(descriptor: int, pattern: str) -> str:
    seen = ""
    deadline = time.monotonic() + PATIENCE
    while not re.search(pattern, seen):
        readable, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        assert readable, f"{pattern} did not appear in {seen!r}"
        assert time.monotonic() < deadline, f"{pattern} did not appear in {seen[-200:]!r}"
        seen += os.read(descriptor, 65536).decode()
    return seen


def test_wait_becomes_the_command() -> None:
    """Same process, the command's exit code, and only the command's output."""
    script = "import os,sys; print(os.getpid(), os.getppid()); sys.exit(9)"
    process = subprocess.Popen(
        program("healthy", "wait", "--", sys.executable, "-c", script),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd=ROOT,
    )
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out.split()) == (9, [str(process.pid), str(os.getpid())])
    assert "starting" in err


def test_command_gets_the_environment_and_default_signals() -> None:
    """Python ignores SIGPIPE; a command that inherited that would not end with the reader of its pipe."""
    done = run("healthy", "wait", "/bin/sh", "-c", "echo $COLOUR; cat /proc/self/status", COLOUR="teal")
    ignored = int(re.search(r"SigIgn:\s*([0-9a-f]+)", done.stdout)[1], 16)  # type: ignore[index]
    assert done.stdout.startswith("teal\n")
    assert not ignored & (1 << (signal.SIGPIPE - 1))


def test_command_that_is_not_there() -> None:
    done = run("healthy", "wait", "--", "no-such-command-anywhere")
    assert (done.returncode, done.stdout) == (127, "")
    assert "no-such-command-anywhere" in done.stderr


def test_command_that_cannot_be_executed(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("text")
    assert run("healthy", "wait", "--", str(plain)).returncode == 126


def test_report_from_standard_input() -> None:
    saved = run("socket_failure", "check", "-o", "json").stdout
    done = subprocess.run(
        program("healthy", "explain", "--report", "-", "-o", "short"),
        input=saved,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(),
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, done.stdout.split()[0]) == (14, "FAIL")


@pytest.mark.parametrize("output", ["text", "json", "short"])
def test_check_loads_only_what_it_shows(output: str) -> None:
    """Nothing of the sidecar, of other verbs or of the lab, and no terminal library."""
    code = (
        "import sys; from tests.surfaces import program; sys.argv = ['x', 'healthy', 'check', '-o', sys.argv[1]];"
        "program.main(); print(' '.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, output],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(),
        cwd=ROOT,
        check=True,
    )
    loaded = set(done.stderr.split())
    ours = {name.removeprefix("diagnostics.surfaces.") for name in loaded if name.startswith("diagnostics.surfaces.")}
    assert not {"rich", "aiohttp", "prometheus_client"} & loaded
    assert not {"sidecar", "listing", "explain", "pages"} & ours
