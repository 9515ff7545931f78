"""Network namespaces without names: each is an open descriptor, so that nothing of them outlives the process.

A thread enters a namespace only to make a socket or to start a program; a socket stays in the namespace that it was
made in, whoever uses it. That is why the servers of the lab can stay in one process.
"""

import contextlib
import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import Self, TypeVar

_libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNET = 0x40000000
CLONE_NEWNS = 0x00020000
"""linux/sched.h; the os module has them from Python 3.12 on."""

CONFIGURE_SECONDS = 10.0
"""ip and nft take milliseconds."""

_Result = TypeVar("_Result")


class NotAllowedError(Exception):
    """The kernel does not let us make namespaces, or a program for them is missing."""


def call(name: str, *arguments: object) -> None:
    """A function of the C library that returns 0, raising OSError."""
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def apart(work: Callable[[], _Result]) -> _Result:
    """Run in a thread of its own, whose namespaces it may leave as they are; raises what ``work`` raises."""
    results: list[_Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    thread = threading.Thread(target=run, name="lab-namespace")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def unshared(flag: int, kind: str, prepare: Callable[[], None] = lambda: None) -> int:
    """A descriptor of a new namespace of this kind (``net``, ``mnt``), after ``prepare`` ran in it."""

    def make() -> int:
        call("unshare", flag)
        descriptor = os.open(f"/proc/thread-self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            prepare()
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    return apart(make)


def path_of(descriptor: int) -> str:
    """How another process names it."""
    return f"/proc/{os.getpid()}/fd/{descriptor}"


class Namespace:
    """A network namespace."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def make(cls) -> Self:
        """A new one, without a way to anywhere and without IPv6; raises NotAllowedError."""

        def prepare() -> None:
            # A namespace has its own settings, and a thread in it sees those.
            _write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1")
            _write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1")

        try:
            return cls(unshared(CLONE_NEWNET, "net", prepare))
        except OSError as error:
            raise NotAllowedError(f"no network namespace can be made here: {error.strerror}") from error

    @property
    def path(self) -> str:
        """How another process names it."""
        return path_of(self._descriptor)

    def close(self) -> None:
        """Let go of it; the kernel removes it with its last socket and process."""
        os.close(self._descriptor)

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """This thread is in the namespace."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            call("setns", self._descriptor, CLONE_NEWNET)
            try:
                yield
            finally:
                call("setns", home, CLONE_NEWNET)
        finally:
            os.close(home)

    def socket(self, family: socket.AddressFamily, kind: socket.SocketKind) -> socket.socket:
        """A socket that belongs here."""
        with self.entered():
            return socket.socket(family, kind)

    def forward(self) -> None:
        """Pass on packets that are for others."""
        with self.entered():
            _write("/proc/sys/net/ipv4/ip_forward", "1")

    def configure(self, *program: str, text: str) -> None:
        """Run ``ip`` or ``nft`` here with this input; raises NotAllowedError with what it says."""
        with self.entered():
            try:
                done = subprocess.run(
                    program, input=text, capture_output=True, text=True, timeout=CONFIGURE_SECONDS, check=False
                )
            except FileNotFoundError as error:
                raise NotAllowedError(f"{program[0]} is not installed") from error
        if done.returncode:
            raise NotAllowedError(f"{program[0]}: {done.stderr.strip()}")


def _write(path: str, value: str) -> None:
    # A kernel without IPv6 has no such file, and needs none.
    with contextlib.suppress(FileNotFoundError), open(path, "w") as file:  # noqa: PTH123 - a setting, not a file
        file.write(value)
