"""What libraries log is said by name and place, without its words."""

import asyncio
import gc
import logging

from diagnostics.surfaces.foreign import foreign_log

SECRET = "hunter2-made-up"


def test_an_error_is_said_by_type_and_place() -> None:
    said: list[str] = []
    with foreign_log(said.append):
        try:
            int(SECRET)
        except ValueError:
            logging.getLogger("some.library").exception("could not send %s", SECRET)
    [line] = said
    assert line.startswith("error of some.library: ValueError at surfaces/test_foreign.py:")
    assert SECRET not in line


def test_a_task_that_ended_unheard_is_said_without_what_it_raised() -> None:
    async def fails() -> None:
        raise OSError(SECRET)

    async def starts() -> None:
        task = asyncio.ensure_future(fails())
        await asyncio.wait((task,))
        del task
        gc.collect()

    said: list[str] = []
    with foreign_log(said.append):
        asyncio.run(starts())
    [line] = said
    assert "OSError" in line
    assert SECRET not in line


def test_a_warning_is_said_by_its_place_and_less_is_not_said() -> None:
    said: list[str] = []
    log = logging.getLogger("another.library")
    with foreign_log(said.append):
        log.warning("slow %s", SECRET)
        log.info("chatter")
    log.warning("afterwards")
    [line] = said
    assert line.startswith("warning of another.library: test_foreign.py:")
