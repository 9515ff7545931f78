"""A running lab: every part of the stand-in cloud, and the commands that run in it."""

import contextlib
import os
import ssl
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from diagnostics.lab.account import unprivileged
from diagnostics.lab.addresses import Addresses
from diagnostics.lab.certs import Certificates, ServerLeaf
from diagnostics.lab.claim import Claim
from diagnostics.lab.crowd import Crowd
from diagnostics.lab.deployment import POSTGRES_PORT, Deployment, Surroundings, platform_variables
from diagnostics.lab.dns import NameServer
from diagnostics.lab.google import Google
from diagnostics.lab.ground import Ground, Isolation, Loopback
from diagnostics.lab.instance import Instance, TlsContexts
from diagnostics.lab.keys import KEYS, world_of
from diagnostics.lab.landmarks import Landmarks
from diagnostics.lab.local_proxy import LocalProxy
from diagnostics.lab.netns import Netns
from diagnostics.lab.platform_end import PATIENCE_SECONDS, Platform
from diagnostics.lab.postgres import Binaries, Listener, Postgres, directory_of
from diagnostics.lab.restrictions import Restrictions
from diagnostics.lab.session import Reception
from diagnostics.lab.setup import CannotResolveError, Setup, UnfitFaultError, find, setup_for
from diagnostics.lab.sockets import Sockets
from diagnostics.lab.switchboard import Switchboard
from diagnostics.lab.workplace import Workplace
from diagnostics.lab.world import Login, Route, World

_Part = Google | Instance | Sockets | LocalProxy | Landmarks | NameServer

RUN_SECONDS = 120.0
"""Twice the longest run of the product: beyond it a command hangs."""


class Lab:
    """The stand-in cloud. A context manager; everything it starts ends with it.

    Start it in a thread that outlives it: its processes end with that thread, so that none survives a killed program.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        isolation: Isolation = Isolation.LOOPBACK,
        binaries: Binaries = Binaries.WHEEL,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """``patience``: seconds after which the platform's end of a socket gives up."""
        self.world = world or World()
        self.switchboard = Switchboard(self.world)
        self.isolation = isolation
        self._binaries = binaries
        self._patience = patience
        self._account = unprivileged([directory_of(binaries)])
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Raises NotAllowedError where the machine does not let us build this isolation."""
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
        self._place = stack.enter_context(Workplace(self._account))
        self.directory = self._place.path
        self.certificates = Certificates(self.world, datetime.now(UTC))
        self.ground = self._make_ground(stack, claim.addresses)
        self.addresses = self.ground.plan.addresses
        self.postgres = self._make_postgres()
        stack.callback(self.postgres.stop)
        self.postgres.start()
        self.google = Google(
            self.switchboard, self.ground.plan, self.certificates, tls=self._api_tls(), variables=self._told
        )
        self._start(stack, self.google)
        self._start(stack, self._make_instance(stack))
        web_ca_file = self._place.show("web-ca.pem", self.certificates.web_ca_pem)
        platform = self._make_platform(web_ca_file)
        self._local_proxy = LocalProxy(self.ground.plan, self.switchboard, platform)
        self._start(stack, Sockets(self._place.sockets, self.switchboard, platform))
        self._start(stack, self._local_proxy)
        self.around = self._surroundings(web_ca_file)
        self.landmarks = Landmarks(self.ground.plan.landmarks, self.switchboard)
        self._start(stack, self.landmarks)
        self.resolver_refusal = self.ground.resolver_refusal() or self._start_resolver(stack)
        self.ground.settle(self.switchboard.world)
        self.switchboard.listen(lambda: self.ground.settle(self.switchboard.world))

    @staticmethod
    def _start(stack: contextlib.ExitStack, part: _Part) -> None:
        part.start()
        stack.callback(part.stop)

    def _make_ground(self, stack: contextlib.ExitStack, addresses: Addresses) -> Ground:
        if self.isolation is Isolation.LOOPBACK:
            return Loopback(addresses, self.directory, self._account)
        return stack.enter_context(Netns(addresses, self.directory, self._account))

    def _surroundings(self, web_ca_file: str) -> Surroundings:
        return Surroundings(
            addresses=self.addresses,
            socket_dir=self.ground.socket_dir,
            server_ca_file=self._place.show("server-ca.pem", self.certificates.server_ca_pem),
            web_ca_file=web_ca_file,
            world=self.world,
            proxy_port=self._local_proxy.port,
        )

    def _make_postgres(self) -> Postgres:
        listener = None
        if self._binaries is Binaries.DEBIAN:
            listener = Listener(
                address=self.addresses.inner, identity=self.certificates.server_leaf(ServerLeaf.GENUINE)
            )
        return Postgres(self._place.postgres, self.world, self._account, self._binaries, listener)

    def _api_tls(self) -> ssl.SSLContext | None:
        if not self.ground.plan.apis_have_names:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.google_identity().save(self._place.private / "google.pem"))
        return context

    def _make_platform(self, web_ca_file: str) -> Platform:
        out = self.google.way_out(self.ground.plan.container, web_ca_file)
        return Platform(out, self.google.tokens, self._place.private, self._patience)

    def _make_instance(self, stack: contextlib.ExitStack) -> Instance:
        crowd = Crowd(self.postgres, self.world.iam_user, self.world.database)
        stack.callback(crowd.leave)
        self.switchboard.listen(
            lambda: crowd.gather() if self.switchboard.active("too-many-connections") else crowd.leave()
        )
        self.switchboard.listen(lambda: self.postgres.follow(self.switchboard.world))
        self.switchboard.listen(Restrictions(self.postgres, self.switchboard).settle)
        return Instance(
            plan=self.ground.plan,
            switchboard=self.switchboard,
            reception=Reception(self.switchboard, self.google.tokens, self.postgres, crowd),
            tls=TlsContexts(self.certificates, self._place.private),
            ephemeral=self.google.ephemeral,
            inner=(self.addresses.inner, POSTGRES_PORT) if self._binaries is Binaries.DEBIAN else None,
        )

    def _start_resolver(self, stack: contextlib.ExitStack) -> str:
        """Why there is no name server, empty where there is one."""
        try:
            self._start(stack, NameServer(self.switchboard, self.ground.plan))
        except PermissionError:
            return f"port 53 of {self.addresses.resolver} may not be bound"
        return ""

    # --- running --------------------------------------------------------------------------------------------------

    def arrange(
        self, *names: str, route: Route | None = None, login: Login | None = None, world: Sequence[str] = ()
    ) -> dict[str, str]:
        """Have exactly these faults on in this world, and return the environment that an app would be started with.

        ``world`` holds ``KEY=VALUE`` settings; what it does not name is as the lab was made. Raises UnknownFaultError,
        UnfitFaultError, UnknownWorldError or CannotResolveError; then nothing has changed.
        """
        setup = self.setup_for(names, route, login)
        described = self.world_of(self.world, world)
        deployment = Switchboard.apply(names, self._healthy(setup, described), self.around)
        if self.resolver_refusal and deployment.uses_a_name:
            raise CannotResolveError(f"the lab cannot be the command's resolver here: {self.resolver_refusal}")
        self.switchboard.replace(names, described, setup)
        return self.environment(setup)

    def setup_for(self, names: Sequence[str], route: Route | None = None, login: Login | None = None) -> Setup:
        """What fits these faults; raises UnknownFaultError, or UnfitFaultError for what this isolation cannot have."""
        setup = setup_for(names, route, login)
        for name in names:
            if self.isolation is Isolation.LOOPBACK and find(name).needs_network:
                raise UnfitFaultError(f"fault {name!r} needs a network of its own: --isolation netns")
        return setup

    def change(self, *world: str) -> None:
        """Change some settings of the world and leave the rest; raises UnknownWorldError."""
        names = [fault.name for fault in self.switchboard.faults]
        self.switchboard.replace(names, self.world_of(self.switchboard.plain_world, world))

    def world_of(self, base: World, settings: Sequence[str]) -> World:
        """The world with these settings, raising UnknownWorldError for what this isolation cannot have."""
        netns = self.isolation is Isolation.NETNS
        return world_of(base, settings, [key for key in KEYS if netns or key.on_loopback])

    def environment(self, setup: Setup) -> dict[str, str]:
        """What an app on Cloud Run would be started with now, faults in its settings included."""
        return self._platform_variables(setup) | self._deployed(setup).variables()

    def _told(self) -> dict[str, str]:
        """The app's own variables now."""
        return self._deployed(self.switchboard.setup).variables()

    def _deployed(self, setup: Setup) -> Deployment:
        return self.switchboard.deployment(self._healthy(setup, self.switchboard.plain_world), self.around)

    def _healthy(self, setup: Setup, world: World) -> Deployment:
        return Deployment.healthy(world, self.around, setup.route, setup.login)

    def _platform_variables(self, setup: Setup) -> dict[str, str]:
        programs = Path(sys.executable).parent
        return {
            # The lab's own programs first: `cloudsql-diag` works without an activated environment.
            "PATH": os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)]),
            "HOME": str(self._place.home),
            **platform_variables(self.switchboard.plain_world),
            **self.ground.variables(setup, self.google, self.landmarks),
        }

    def command(self, *argv: str, directory: Path | None = None) -> tuple[str, ...]:
        """The command as it must be started to be in the lab: unprivileged, with the lab's network and resolver.

        Start it at once: what its egress takes to open, and the server to start, counts from now on.
        """
        self.switchboard.command_begins()
        self.ground.open_later(self.switchboard.world.network.egress_opens_after)
        return self.ground.command(argv, self.switchboard.setup, directory or Path.cwd())

    def run(
        self, *argv: str, environment: Mapping[str, str], timeout: float = RUN_SECONDS
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end and return what it wrote."""
        home = self._place.home
        return subprocess.run(
            self.command(*argv, directory=home),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            cwd=home,
        )
