"""A pytest plugin: the lab as a fixture, so that an app's own tests can have Cloud SQL and its failures.

    def test_start_fails_fast_at_a_wrong_password(cloudsql_lab):
        with cloudsql_lab.fault("wrong-password"):
            assert start_app(env=cloudsql_lab.environment()).wait(10) != 0

One lab is started a test process and shared; a fault and a changed world last as long as their ``with``, and at the
end of a test everything is as it was. With pytest-xdist each worker has a lab of its own: addresses never meet.
"""

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from diagnostics.lab.lab import Lab

ISOLATIONS = ("loopback", "netns")
_RUN_SECONDS = 120.0
"""As long as ``lab run`` gives a command: twice the longest run of our own."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--cloudsql-isolation``."""
    group = parser.getgroup("cloudsql-diag")
    group.addoption(
        "--cloudsql-isolation",
        choices=ISOLATIONS,
        default=ISOLATIONS[0],
        help="how the lab of cloudsql_lab is built: on loopback addresses, or in network namespaces (root)",
    )


class CloudSqlLab:
    """A running lab as a test sees it."""

    def __init__(self, lab: "Lab") -> None:
        self._lab = lab
        self._faults: tuple[str, ...] = ()
        self._world: tuple[str, ...] = ()
        self._route: str | None = None
        self._login: str | None = None

    def environment(self, *, route: str | None = None, login: str | None = None) -> dict[str, str]:
        """Variables that an app on Cloud Run would be started with now.

        ``route``: ``direct``, ``socket`` or ``connector``; ``login``: ``password`` or ``iam``. Both stay for what
        follows in the test. Raises RefusedArrangementError where a fault that is on makes no sense on the route.
        """
        self._route, self._login = route or self._route, login or self._login
        return self._arrange()

    @contextlib.contextmanager
    def fault(self, *names: str) -> Iterator[dict[str, str]]:
        """These faults are on inside of it, beside those that are already; what it yields is the environment then.

        ``cloudsql-diag lab faults`` lists the names. Raises RefusedArrangementError for one that does not exist or
        cannot be had; then nothing has changed.
        """
        before = self._faults
        self._faults = (*before, *names)
        try:
            yield self._arrange()
        finally:
            self._faults = before
            self._arrange()

    @contextlib.contextmanager
    def world(self, *settings: str) -> Iterator[dict[str, str]]:
        """``KEY=VALUE`` settings of the world inside of it; ``cloudsql-diag lab worlds`` lists them."""
        before = self._world
        self._world = (*before, *settings)
        try:
            yield self._arrange()
        finally:
            self._world = before
            self._arrange()

    def run(
        self, *argv: str, timeout: float = _RUN_SECONDS, more: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command in the lab to its end, without rights, with the app's environment and ``more`` variables."""
        return self._lab.run(*argv, environment=self._arrange() | (more or {}), timeout=timeout)

    def command(self, *argv: str) -> tuple[str, ...]:
        """The command line that runs ``argv`` in the lab; start it at once, with ``environment()``."""
        return self._lab.command(*argv)

    def reset(self) -> None:
        """No fault, the world as it began, the route and login of the lab."""
        self._faults, self._world, self._route, self._login = (), (), None, None
        self._arrange()

    def _arrange(self) -> dict[str, str]:
        from diagnostics.lab.world import Login, Route

        return self._lab.arrange(
            *self._faults,
            route=Route(self._route) if self._route else None,
            login=Login(self._login) if self._login else None,
            world=_last_of_each(self._world),
        )


def _last_of_each(settings: Sequence[str]) -> tuple[str, ...]:
    return tuple({setting.partition("=")[0]: setting for setting in settings}.values())


@pytest.fixture(scope="session")
def cloudsql_lab_session(request: pytest.FixtureRequest) -> Iterator[CloudSqlLab]:
    """The lab of this test process. Whoever uses it directly shares its faults with every test: reset them."""
    # Imported where it is used: every test session of a machine that has us installed loads this module.
    from diagnostics.lab.ground import Isolation
    from diagnostics.lab.lab import Lab

    with Lab(isolation=Isolation(request.config.getoption("--cloudsql-isolation"))) as running:
        yield CloudSqlLab(running)


@pytest.fixture
def cloudsql_lab(cloudsql_lab_session: CloudSqlLab) -> Iterator[CloudSqlLab]:
    """The lab without a fault, for one test."""
    cloudsql_lab_session.reset()
    yield cloudsql_lab_session
    cloudsql_lab_session.reset()
