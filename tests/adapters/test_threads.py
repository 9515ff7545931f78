"""Calls that hang keep a thread each, and no more threads than there may be."""

import asyncio
import threading

import pytest

from diagnostics.adapters.threads import Threads

SHORT = 0.05
PATIENCE = 5.0


class Hanging:
    """Calls that end when they are let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.at_once = 0
        self.most = 0
        self._lock = threading.Lock()
        self._taken = threading.Semaphore(0)

    async def taken(self) -> None:
        """Until a thread took one more of the calls."""
        assert await asyncio.to_thread(self._taken.acquire, timeout=PATIENCE)

    def __call__(self) -> str:
        with self._lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        self._taken.release()
        self.let_go.wait(PATIENCE)
        with self._lock:
            self.at_once -= 1
        return "done"


async def test_no_more_calls_hang_at_once_than_there_are_threads() -> None:
    threads, hang = Threads(2), Hanging()
    calls = [asyncio.create_task(threads.run(hang)) for _ in range(5)]
    await hang.taken()
    await hang.taken()
    hang.let_go.set()
    assert await asyncio.gather(*calls) == ["done"] * 5
    assert hang.most == 2


async def test_a_call_that_finds_no_thread_ends_at_its_limit_and_is_never_made() -> None:
    threads, hang, made = Threads(1), Hanging(), threading.Event()
    first = asyncio.create_task(threads.run(hang))
    await hang.taken()
    with pytest.raises(TimeoutError):
        await threads.run(made.set, SHORT)
    hang.let_go.set()
    assert await first == "done"
    assert await threads.run(lambda: "next") == "next"
    assert not made.is_set()


async def test_a_thread_takes_one_call_after_another() -> None:
    threads = Threads(8)
    names = {await threads.run(lambda: threading.current_thread().name) for _ in range(20)}
    assert len(names) == 1


async def test_what_a_call_raises_does_not_end_its_thread() -> None:
    threads = Threads(1)
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0)
    assert await threads.run(lambda: "next") == "next"
