"""The log of the sidecar, on real pipes, one of which nobody reads."""

import os
import re
import threading

from diagnostics.adapters.lines import Lines

PATIENCE = 10.0
"""Seconds for a thread to get its turn."""

MORE_THAN_A_PIPE_TAKES = 300
NOT_OPEN = 999_999
LINE = "x" * 1023 + "\n"


class Log:
    """A pipe that is read when somebody says so."""

    def __init__(self) -> None:
        self._reading, self.writing = os.pipe()
        self._text = b""

    def read(self) -> None:
        """Read beside the test, until the pipe is closed."""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def closed(self) -> str:
        """All that was written."""
        os.close(self.writing)
        self._thread.join(PATIENCE)
        return self._text.decode()

    def _read(self) -> None:
        with os.fdopen(self._reading, "rb") as stream:
            self._text = stream.read()


def test_lines_come_whole_and_in_order() -> None:
    log = Log()
    log.read()
    lines = Lines(log.writing, log.writing)
    lines.write("one\n")
    lines.note("two")
    lines.write("three \udc80\n")
    lines.end(PATIENCE)
    assert log.closed() == "one\ncloudsql-diag: two\nthree \\udc80\n"


def test_who_writes_goes_on_while_nobody_reads_and_what_is_lost_is_counted() -> None:
    log = Log()
    lines = Lines(log.writing, log.writing, waiting=10)
    for _ in range(MORE_THAN_A_PIPE_TAKES):
        lines.write(LINE)
    log.read()
    lines.end(PATIENCE)
    text = log.closed()
    [lost] = re.findall(r"cloudsql-diag: (\d+) lines are lost", text)
    assert int(lost) > 0
    assert text.count(LINE) + int(lost) == MORE_THAN_A_PIPE_TAKES


def test_an_end_does_not_wait_for_a_reader_that_is_not_there() -> None:
    log = Log()
    lines = Lines(log.writing, log.writing, waiting=10)
    for _ in range(MORE_THAN_A_PIPE_TAKES):
        lines.write(LINE)
    lines.end(0.0)
    log.read()
    lines.end(PATIENCE)
    assert LINE in log.closed()


def test_a_log_that_was_closed_ends_nobody() -> None:
    log = Log()
    log.read()
    lines = Lines(NOT_OPEN, log.writing)
    lines.write("nobody\n")
    lines.note("somebody")
    lines.end(PATIENCE)
    assert log.closed() == "cloudsql-diag: somebody\n"
