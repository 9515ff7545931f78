"""The app's own drivers, called as an app with the resolved settings would call them, each in a process of its own."""

import contextlib
from collections.abc import Mapping, Sequence

from diagnostics.adapters.driver_environment import environment
from diagnostics.adapters.driver_process import DriverProcess, import_path
from diagnostics.core.model import Depth, Dialect, DriverChoice, Options, Resolution, Route, Target
from diagnostics.ports import DriverCall, DriverEnd, DriverResult


def _app_driver(target: Target | None) -> Dialect | None:
    if target is not None and target.route is Route.CONNECTOR:
        return Dialect.CONNECTOR
    return target.dialect if target is not None and target.dialect in (Dialect.ASYNCPG, Dialect.PSYCOPG) else None


class AppDrivers:
    """asyncpg, psycopg and the Cloud SQL connector. ``path``: where a process looks for its modules."""

    def __init__(self, environ: Mapping[str, str], path: tuple[str, ...] = ()) -> None:
        self._environ = environ
        self._path = path or import_path()
        self._loading: dict[Dialect, DriverProcess] = {}

    def prepare_for(self, resolutions: Sequence[Resolution], options: Options) -> None:
        """Start to load the driver of the first target, where it will be called, as far as that can be told so early.

        Where no process can be started, the call will say so.
        """
        dialect = _app_driver(resolutions[0].target) if resolutions else None
        if dialect is None or options.drivers is DriverChoice.NONE or options.depth is not Depth.QUERY:
            return
        with contextlib.suppress(OSError):
            self._loading[dialect] = self._start(dialect)

    def release(self) -> None:
        """End what was prepared and not called."""
        while self._loading:
            _, process = self._loading.popitem()
            process.end()

    async def connect(self, call: DriverCall) -> DriverResult:
        """Never raises for what the driver raised: that is the result."""
        from diagnostics.adapters.driver_talk import talk

        try:
            process = self._loading.pop(call.dialect, None) or self._start(call.dialect)
        except OSError as error:
            return DriverResult(end=DriverEnd.NO_RESULT, exception=type(error).__name__)
        return await talk(process, call)

    def _start(self, dialect: Dialect) -> DriverProcess:
        return DriverProcess(dialect.value, environment(dialect, self._environ), self._path)
