"""What a lab stands on: where its parts listen, and how a command gets into its network."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from diagnostics.lab.account import Account
from diagnostics.lab.addresses import Addresses
from diagnostics.lab.google import Google
from diagnostics.lab.landmarks import Landmarks
from diagnostics.lab.own_resolver import OwnResolver
from diagnostics.lab.plan import Plan, on_loopback
from diagnostics.lab.setup import Setup
from diagnostics.lab.world import Route, World


class Isolation(StrEnum):
    """The two ways to build a world."""

    LOOPBACK = "loopback"
    NETNS = "netns"


class Ground(Protocol):
    """One way."""

    plan: Plan
    socket_dir: str
    """Where an app finds the mounted sockets."""

    def settle(self, world: World) -> None:
        """Have the network as the world says."""

    def resolver_refusal(self) -> str:
        """Why commands cannot have the lab's resolver, empty where they can."""

    def command(self, argv: tuple[str, ...], setup: Setup, directory: Path) -> tuple[str, ...]:
        """The command as it must be started to be in the lab, in this working directory."""

    def open_later(self, seconds: float) -> None:
        """A command starts now, and its egress opens so much later."""

    def variables(self, setup: Setup, google: Google, landmarks: Landmarks) -> Mapping[str, str]:
        """What the environment has to say for clients to find their way."""


class Loopback:
    """Addresses of this machine; the environment leads clients to them. Needs no root."""

    def __init__(self, addresses: Addresses, directory: Path, account: Account) -> None:
        """``directory`` is the lab's own."""
        self.plan = on_loopback(addresses)
        self.socket_dir = str(directory / "cloudsql")
        self._unmounted = str(directory / "unmounted")
        self._account = account
        self._resolver = OwnResolver(OwnResolver.write(directory / "resolv.conf", addresses.resolver), account)
        self._refusal = self._resolver.refusal()

    def settle(self, world: World) -> None:
        """There is no network of its own to change."""

    def resolver_refusal(self) -> str:
        """Not every machine lets a command have its own resolv.conf."""
        return self._refusal

    def command(self, argv: tuple[str, ...], setup: Setup, directory: Path) -> tuple[str, ...]:  # noqa: ARG002
        """Unprivileged, with the lab's resolver where that is possible."""
        return self._account.command(*argv) if self._refusal else self._resolver.command(*argv)

    def open_later(self, seconds: float) -> None:
        """Loopback is always open."""

    def variables(self, setup: Setup, google: Google, landmarks: Landmarks) -> Mapping[str, str]:
        """Every address is another than the real one."""
        return {
            "GCE_METADATA_HOST": google.metadata_host,
            "GCE_METADATA_IP": google.metadata_host,
            "CLOUDSQL_DIAG_SQLADMIN_ENDPOINT": google.api_endpoint,
            "CLOUDSQL_DIAG_RUN_ENDPOINT": google.api_endpoint,
            "CLOUDSQL_DIAG_VPCACCESS_ENDPOINT": google.api_endpoint,
            "CLOUDSQL_DIAG_RESOURCE_MANAGER_ENDPOINT": google.api_endpoint,
            "CLOUDSQL_DIAG_SOCKET_DIR": self.socket_dir if setup.route is Route.SOCKET else self._unmounted,
            **landmarks.environment(),
        }
