"""For ASGI apps: a lifespan that guards start-up, for Starlette and FastAPI or any server that speaks the protocol.

    app = FastAPI(lifespan=startup.asgi.lifespan(own_lifespan))

uvicorn opens its port only after the lifespan's start, so a start that fails is seen by Cloud Run's probe as it is.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from diagnostics.startup.guarding import State, guard
from diagnostics.startup.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]


def lifespan(inner: Lifespan | None = None, *, ledger: Ledger | None = None, diagnose: str = "auto") -> Lifespan:
    """``inner`` with its start guarded; what it yields is handed on. ``app.state.startup`` is the state of the start.

    Only the start counts: an exception while the app runs or shuts down is not a failed start-up.
    """

    @asynccontextmanager
    async def guarded(app: Any) -> "AsyncIterator[Any]":
        around = guard(ledger=ledger, diagnose=diagnose)
        _keep(app, around.state)
        if inner is None:
            async with around:
                pass
            yield None
            return
        context = inner(app)
        async with around:
            value = await context.__aenter__()
        try:
            yield value
        except BaseException as exc:
            if not await context.__aexit__(type(exc), exc, exc.__traceback__):
                raise
        else:
            await context.__aexit__(None, None, None)

    return guarded


def _keep(app: Any, state: State) -> None:
    holder = getattr(app, "state", None)
    if holder is not None:
        holder.startup = state
