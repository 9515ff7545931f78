"""Who has which address: made-up ones on loopback, and real-looking ones in a network of namespaces."""

from typing import Self

from diagnostics.lab.network import ApiNames, PrivateRange
from diagnostics.lab.world import IpType, Value, World


class Addresses(Value, frozen=True, kw_only=True):
    """One address a party."""

    metadata: str
    """Metadata server."""
    resolver: str
    """The name server, port 53 where that may be bound."""
    apis: str
    """Where Google's APIs listen."""
    public: str
    """The instance's PRIMARY address, 3307 and 5432."""
    private: str
    """The instance's PRIVATE address."""
    private_other: str = ""
    """The same in an allocated range of privately used public addresses."""
    psc: str = ""
    """The consumer's Private Service Connect endpoint."""
    inner: str
    """A PostgreSQL with TLS of its own, behind the instance's front. Always on loopback."""
    stale: str
    """An address that an instance had once. Silent."""
    control_public: str
    """A neutral public host."""
    control_private: str
    """A neutral private host."""
    google_vip: str
    """Google's public API address."""
    private_vip: tuple[str, ...]
    """private.googleapis.com."""
    restricted_vip: tuple[str, ...] = ()
    """restricted.googleapis.com."""
    order: tuple[IpType, ...]
    """Which of the instance's addresses an app that connects directly is told, first come first served."""

    @classmethod
    def numbered(cls, number: int) -> Self:
        """One of 256 networks 127.77.x.0/24, so that labs side by side never meet."""
        network = f"127.77.{number}"
        return cls(
            metadata=f"{network}.1",
            apis=f"{network}.1",
            resolver=f"{network}.2",
            public=f"{network}.10",
            private=f"{network}.11",
            inner=f"{network}.12",
            stale=f"{network}.20",
            control_public=f"{network}.30",
            control_private=f"{network}.31",
            google_vip=f"{network}.40",
            private_vip=(f"{network}.41",),
            order=(IpType.PRIMARY, IpType.PRIVATE, IpType.PSC),
        )

    @classmethod
    def real(cls, inner: str) -> Self:
        """The real ones where they are Google's and fixed, else of the class that the part really has."""
        return cls(
            metadata="169.254.169.254",
            resolver="169.254.169.254",
            apis="0.0.0.0",
            public="34.78.121.40",
            private="10.110.0.3",
            private_other="11.22.0.3",
            psc="10.8.0.50",
            inner=inner,
            stale="34.78.64.9",
            control_public="1.1.1.1",
            control_private="10.8.0.100",
            google_vip="142.250.179.74",
            private_vip=tuple(f"199.36.153.{last}" for last in range(8, 12)),
            restricted_vip=tuple(f"199.36.153.{last}" for last in range(4, 8)),
            # The public address takes authorized networks only, so a direct connection is nearly always a private one.
            order=(IpType.PRIVATE, IpType.PRIMARY, IpType.PSC),
        )

    @property
    def of_instance(self) -> tuple[str, ...]:
        """Every address that the instance may have."""
        return tuple(filter(None, (self.public, self.private, self.private_other, self.psc)))

    def of(self, kind: IpType, world: World) -> str:
        """The instance's address of this type."""
        private = self.private_other if world.network.private_range is PrivateRange.OTHER else self.private
        return {IpType.PRIMARY: self.public, IpType.PRIVATE: private, IpType.PSC: self.psc}[kind]

    def direct(self, world: World) -> str:
        """The address that an app which connects directly is told, if it is not told a name."""
        kinds = [kind for kind in self.order if kind in world.ip_types]
        return self.of(kinds[0], world)

    def api_addresses(self, world: World) -> tuple[str, ...]:
        """What the names of Google's APIs resolve to."""
        return {
            ApiNames.PUBLIC: (self.google_vip,),
            ApiNames.PRIVATE: self.private_vip,
            ApiNames.RESTRICTED: self.restricted_vip,
        }[world.network.api_dns]
