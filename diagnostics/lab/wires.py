"""The namespaces of the network world, connected."""

import contextlib
from typing import Self

from diagnostics.lab import star
from diagnostics.lab.addresses import Addresses
from diagnostics.lab.namespaces import Namespace
from diagnostics.lab.star import Arm


class Wires:
    """Router, container and parties. A context manager: the namespaces end with it."""

    def __init__(self, addresses: Addresses) -> None:
        """Whose addresses are at whose end."""
        self._addresses = addresses
        self._stack = contextlib.ExitStack()
        self.router: Namespace
        self.container: Namespace
        self.google: Namespace
        self.internet: Namespace
        self.vpc: Namespace
        self.instance: Namespace

    def __enter__(self) -> Self:
        """Raises NotAllowedError."""
        with self._stack as stack:
            for name in ("router", "container", "google", "internet", "vpc", "instance"):
                made = Namespace.make()
                stack.callback(made.close)
                setattr(self, name, made)
            self._connect()
            self._connect_metadata()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def _connect(self) -> None:
        held = self._addresses
        parties = (
            ("google", self.google, (held.google_vip, *held.private_vip, *held.restricted_vip)),
            ("internet", self.internet, (held.control_public,)),
            ("vpc", self.vpc, (held.control_private,)),
            ("instance", self.instance, held.of_instance),
        )
        arms = {
            namespace: Arm(name=name, number=number, namespace=namespace.path, addresses=addresses)
            for number, (name, namespace, addresses) in enumerate(parties)
        }
        self.router.configure("ip", "-batch", "-", text=star.router(self.container.path, arms.values()))
        self.router.forward()
        for namespace, arm in arms.items():
            namespace.configure("ip", "-batch", "-", text=star.party(arm))
        self.container.configure("ip", "-batch", "-", text=star.container())

    def _connect_metadata(self) -> None:
        address = self._addresses.metadata
        self.google.configure("ip", "-batch", "-", text=star.metadata(self.container.path, address))
        self.container.configure("ip", "-batch", "-", text=star.metadata_client(address))
