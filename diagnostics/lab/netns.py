"""A network of namespaces: container, VPC, Google, internet and instance around one router, and no way out of it.

Real addresses, real ports and real names, so that an agent runs unmodified. Metadata and DNS have a link of their own,
because on Cloud Run they never pass through a VPC.
"""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from diagnostics.lab import star
from diagnostics.lab.account import Account
from diagnostics.lab.addresses import Addresses
from diagnostics.lab.google import Google
from diagnostics.lab.landmarks import Landmarks
from diagnostics.lab.namespaces import NotAllowedError, path_of
from diagnostics.lab.own_resolver import OwnResolver
from diagnostics.lab.plan import Landmark, Plan
from diagnostics.lab.root import make_root
from diagnostics.lab.routing import HTTPS_PORT, REDIS_PORT, closing, rules, ruleset
from diagnostics.lab.setup import Setup
from diagnostics.lab.spot import Spot
from diagnostics.lab.wires import Wires
from diagnostics.lab.world import Route, World

METADATA_PORT = 80

DNS_PORT = 53

CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""Where OpenSSL, Go and Python look for authorities; the requests package; Node."""


class Netns:
    """The network. A context manager: the namespaces end with it."""

    def __init__(self, addresses: Addresses, directory: Path, account: Account) -> None:
        """``addresses`` are this lab's on loopback, ``directory`` is its own."""
        self._addresses = Addresses.real(addresses.inner)
        self._directory = directory
        self._account = account
        self._ruleset = ""
        self._stack = contextlib.ExitStack()
        self.socket_dir = "/cloudsql"
        self.plan: Plan

    def __enter__(self) -> Self:
        """Raises NotAllowedError."""
        if os.geteuid() != 0:
            raise NotAllowedError("network namespaces need root")
        with self._stack as stack:
            self._wires = stack.enter_context(Wires(self._addresses))
            self.plan = _plan(self._addresses, self._wires)
            self._roots = {mounted: self._root(stack, mounted=mounted) for mounted in (True, False)}
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def _root(self, stack: contextlib.ExitStack, *, mounted: bool) -> int:
        place = self._directory / "private" / f"root-{mounted}"
        place.mkdir()
        resolv_conf = OwnResolver.write(self._directory / "resolv.conf", self._addresses.resolver)
        try:
            root = make_root(place, resolv_conf, self._directory / "cloudsql" if mounted else None)
        except OSError as error:
            raise NotAllowedError(f"no root for commands can be made here: {error.strerror}") from error
        stack.callback(os.close, root)
        return root

    def settle(self, world: World) -> None:
        """Rewrite the router's rules in one step, if they are others."""
        text = ruleset(rules(world, self._addresses), container=star.CONTAINER, link=star.LINK)
        if text != self._ruleset:
            self._wires.router.configure("nft", "-f", "-", text=text)
            self._ruleset = text

    def open_later(self, seconds: float) -> None:
        """The kernel counts: an element of a set goes when its time is over."""
        self._wires.router.configure("nft", "-f", "-", text=closing(star.CONTAINER, seconds))

    def resolver_refusal(self) -> str:
        """The container has no other."""
        return ""

    def command(self, argv: tuple[str, ...], setup: Setup, directory: Path) -> tuple[str, ...]:
        """Unprivileged, in the container's network and root."""
        root = path_of(self._roots[setup.route is Route.SOCKET])
        enter = ("nsenter", f"--mount={root}", f"--net={self._wires.container.path}", "env", f"--chdir={directory}")
        return (*enter, *self._account.command(*argv))

    def variables(self, setup: Setup, google: Google, landmarks: Landmarks) -> Mapping[str, str]:  # noqa: ARG002
        """Only what a container has anyway: the authorities that its image trusts, and a neighbour of the app's."""
        authorities = dict.fromkeys(CA_VARIABLES, str(self._directory / "web-ca.pem"))
        return authorities | {"REDIS_HOST": self._addresses.control_private, "REDIS_PORT": str(REDIS_PORT)}


def _plan(addresses: Addresses, wires: Wires) -> Plan:
    """Real places; whoever is not in it does not exist, and so says nothing."""
    google = wires.google.socket
    return Plan(
        addresses=addresses,
        metadata=Spot(address=addresses.metadata, port=METADATA_PORT, make=google),
        apis=Spot(address=addresses.apis, port=HTTPS_PORT, make=google),
        apis_have_names=True,
        resolver=Spot(address=addresses.resolver, port=DNS_PORT, make=google),
        landmarks=(
            Landmark(spot=Spot(address=addresses.control_public, port=HTTPS_PORT, make=wires.internet.socket)),
            Landmark(spot=Spot(address=addresses.control_private, port=REDIS_PORT, make=wires.vpc.socket)),
        ),
        instance=wires.instance.socket,
        container=wires.container.socket,
    )
