"""A running lab: every part of the stand-in cloud, and the commands that run in it."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from diagnostics.lab.account import unprivileged
from diagnostics.lab.certs import Certificates, ServerLeaf
from diagnostics.lab.claim import Claim
from diagnostics.lab.crowd import Crowd
from diagnostics.lab.deployment import POSTGRES_PORT, Deployment, Surroundings
from diagnostics.lab.dns import NameServer
from diagnostics.lab.google import Google
from diagnostics.lab.instance import Instance, TlsContexts
from diagnostics.lab.isolation import Isolation
from diagnostics.lab.landmarks import Landmarks
from diagnostics.lab.postgres import Binaries, Listener, Postgres, directory_of
from diagnostics.lab.session import Reception
from diagnostics.lab.sockets import PATIENCE_SECONDS, Platform, Sockets
from diagnostics.lab.switchboard import Switchboard, find
from diagnostics.lab.world import Login, Route, Value, World

LONGEST_TEMPORARY = 20
"""Characters of a temporary directory below which instance names of usual length still fit a socket's path."""

RUN_SECONDS = 120.0
"""Twice the longest run of the product: beyond it a command hangs."""


class CannotResolveError(Exception):
    """The app would use a host name, and the command cannot be given the lab's resolver here."""


class UnfitFaultError(ValueError):
    """The fault makes no sense on the route."""


class Setup(Value, frozen=True, kw_only=True):
    """How the app reaches the database, and logs in."""

    route: Route
    login: Login


def setup_for(names: Sequence[str], route: Route | None = None, login: Login | None = None) -> Setup:
    """What fits these faults, the first one's default first; raises UnknownFaultError or UnfitFaultError."""
    faults = [find(name) for name in names]
    chosen = route or (faults[0].expected[0].route if faults else Route.DIRECT)
    for fault in faults:
        if chosen not in fault.routes:
            fitting = ", ".join(fault.routes)
            raise UnfitFaultError(f"fault {fault.name!r} makes no sense on route {chosen}; it does on: {fitting}")
    logins = [[expected.login for expected in fault.expected if expected.route is chosen] for fault in faults]
    only_iam = any(Login.PASSWORD not in possible for possible in logins)
    return Setup(route=chosen, login=login or (Login.IAM if only_iam else Login.PASSWORD))


class Lab:
    """The stand-in cloud. A context manager; everything it starts ends with it.

    Start it in a thread that outlives it: its processes end with that thread, so that none survives a killed program.
    """

    def __init__(
        self, world: World | None = None, *, binaries: Binaries = Binaries.WHEEL, patience: float = PATIENCE_SECONDS
    ) -> None:
        """``patience``: seconds after which the platform's end of a socket gives up."""
        self.world = world or World()
        self.switchboard = Switchboard(self.world)
        self._binaries = binaries
        self._patience = patience
        self._account = unprivileged([directory_of(binaries)])
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._build(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    # --- building -------------------------------------------------------------------------------------------------

    def _build(self, stack: contextlib.ExitStack) -> None:
        claim = Claim.make()
        stack.callback(claim.release)
        self.addresses = claim.addresses
        self.directory = self._make_directory(stack)
        self.certificates = Certificates(self.world, datetime.now(UTC))
        self.around = self._surroundings()
        self.postgres = self._make_postgres()
        stack.callback(self.postgres.stop)
        self.postgres.start()
        self.google = Google(self.switchboard, self.addresses, self.certificates)
        self._start(stack, self.google)
        self._start(stack, self._make_instance(stack))
        platform = Platform(self.google.api_endpoint, self.google.tokens, self.directory / "private", self._patience)
        self._start(stack, Sockets(Path(self.around.socket_dir), self.switchboard, platform))
        self.landmarks = Landmarks(self.addresses, self.switchboard)
        self._start(stack, self.landmarks)
        self._isolation = self._isolate(stack)

    @staticmethod
    def _start(stack: contextlib.ExitStack, part: "Google | Instance | Sockets | Landmarks | NameServer") -> None:
        part.start()
        stack.callback(part.stop)

    def _make_directory(self, stack: contextlib.ExitStack) -> Path:
        """A short path, because every socket's is below it; others may pass, but not look around."""
        base = tempfile.gettempdir()
        if len(base) > LONGEST_TEMPORARY:
            base = "/tmp"  # noqa: S108 - mkdtemp makes a private one in it
        path = Path(tempfile.mkdtemp(prefix="lab-", dir=base))
        stack.callback(shutil.rmtree, path, ignore_errors=True)
        path.chmod(0o711)
        for name in ("private", "postgres"):
            (path / name).mkdir(mode=0o700)
        for name in ("cloudsql", "home"):
            (path / name).mkdir(mode=0o755)
        self._account.own(path / "home")
        return path

    def _surroundings(self) -> Surroundings:
        ca_file = self.directory / "server-ca.pem"
        ca_file.write_text(self.certificates.server_ca_pem)
        ca_file.chmod(0o644)
        socket_dir = str(self.directory / "cloudsql")
        return Surroundings(
            addresses=self.addresses, socket_dir=socket_dir, server_ca_file=str(ca_file), world=self.world
        )

    def _make_postgres(self) -> Postgres:
        listener = None
        if self._binaries is Binaries.DEBIAN:
            listener = Listener(
                address=self.addresses.inner, identity=self.certificates.server_leaf(ServerLeaf.GENUINE)
            )
        return Postgres(self.directory / "postgres", self.world, self._account, self._binaries, listener)

    def _make_instance(self, stack: contextlib.ExitStack) -> Instance:
        crowd = Crowd(self.postgres, self.world.iam_user, self.world.database)
        stack.callback(crowd.leave)
        self.switchboard.listen(
            lambda: crowd.gather() if self.switchboard.active("too-many-connections") else crowd.leave()
        )
        return Instance(
            addresses=self.addresses,
            switchboard=self.switchboard,
            reception=Reception(self.switchboard, self.google.tokens, self.postgres, crowd),
            tls=TlsContexts(self.certificates, self.directory / "private"),
            ephemeral=self.google.ephemeral,
            inner=(self.addresses.inner, POSTGRES_PORT) if self._binaries is Binaries.DEBIAN else None,
        )

    def _isolate(self, stack: contextlib.ExitStack) -> Isolation | None:
        """The lab's resolver for commands, None where this machine does not let us."""
        isolation = Isolation(Isolation.write(self.directory / "resolv.conf", self.addresses.resolver), self._account)
        self.resolver_refusal = isolation.refusal()
        if self.resolver_refusal:
            return None
        try:
            self._start(stack, NameServer(self.switchboard, self.addresses))
        except PermissionError:
            self.resolver_refusal = f"port 53 of {self.addresses.resolver} may not be bound"
            return None
        return isolation

    # --- running --------------------------------------------------------------------------------------------------

    def arrange(self, *names: str, route: Route | None = None, login: Login | None = None) -> dict[str, str]:
        """Have exactly these faults on, and return the environment that an app would then be started with.

        Raises UnknownFaultError, UnfitFaultError or CannotResolveError; then nothing has changed.
        """
        setup = setup_for(names, route, login)
        healthy = self._healthy(setup)
        self._check_resolvable(Switchboard.apply(names, healthy, self.around))
        self.switchboard.replace(names)
        return self.environment(setup)

    def environment(self, setup: Setup) -> dict[str, str]:
        """What an app on Cloud Run would be started with now, faults in its settings included."""
        deployment = self.switchboard.deployment(self._healthy(setup), self.around)
        return self._platform_variables(setup) | deployment.variables()

    def _healthy(self, setup: Setup) -> Deployment:
        return Deployment.healthy(self.world, self.around, setup.route, setup.login)

    def _check_resolvable(self, deployment: Deployment) -> None:
        if self._isolation is None and deployment.uses_a_name:
            raise CannotResolveError(f"the lab cannot be the command's resolver here: {self.resolver_refusal}")

    def _platform_variables(self, setup: Setup) -> dict[str, str]:
        programs = Path(sys.executable).parent
        mounted = self.around.socket_dir if setup.route is Route.SOCKET else f"{self.directory}/unmounted"
        return {
            # The lab's own programs first: `cloudsql-diag` works without an activated environment.
            "PATH": os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)]),
            "HOME": str(self.directory / "home"),
            "K_SERVICE": self.world.service,
            "K_REVISION": self.world.revision,
            "K_CONFIGURATION": self.world.service,
            "GCE_METADATA_HOST": self.google.metadata_host,
            "GCE_METADATA_IP": self.google.metadata_host,
            "CLOUDSQL_DIAG_SQLADMIN_ENDPOINT": self.google.api_endpoint,
            "CLOUDSQL_DIAG_RUN_ENDPOINT": self.google.api_endpoint,
            "CLOUDSQL_DIAG_VPCACCESS_ENDPOINT": self.google.api_endpoint,
            "CLOUDSQL_DIAG_RESOURCE_MANAGER_ENDPOINT": self.google.api_endpoint,
            "CLOUDSQL_DIAG_SOCKET_DIR": mounted,
            **self.landmarks.environment(),
        }

    def command(self, *argv: str) -> tuple[str, ...]:
        """The command as it must be started to be in the lab: unprivileged, with the lab's resolver."""
        return (self._isolation or self._account).command(*argv)

    def run(
        self, *argv: str, environment: Mapping[str, str], timeout: float = RUN_SECONDS
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end and return what it wrote."""
        return subprocess.run(
            self.command(*argv),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            cwd=self.directory / "home",
        )
