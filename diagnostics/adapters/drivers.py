"""The app's own drivers, called as an app with the resolved settings would call them, each in a process of its own."""

from collections.abc import Mapping

from diagnostics.adapters.driver_environment import environment
from diagnostics.adapters.driver_process import DriverProcess, import_path
from diagnostics.core.model import Dialect
from diagnostics.ports import DriverCall, DriverEnd, DriverResult

_KNOWN = frozenset({Dialect.ASYNCPG, Dialect.PSYCOPG, Dialect.CONNECTOR})


class AppDrivers:
    """asyncpg, psycopg and the Cloud SQL connector. ``path``: where a process looks for its modules."""

    def __init__(self, environ: Mapping[str, str], path: tuple[str, ...] = ()) -> None:
        self._environ = environ
        self._path = path or import_path()
        self._loading: dict[Dialect, DriverProcess] = {}

    def prepare(self, dialect: Dialect) -> None:
        """Start to load a driver that will be called soon. Where that is not possible, the call will say so."""
        if dialect in _KNOWN and dialect not in self._loading:
            try:
                self._loading[dialect] = self._start(dialect)
            except OSError:
                return

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
