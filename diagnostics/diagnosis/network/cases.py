"""Where the path of a run leads, as far as the run knows: the cases that may be."""

from collections.abc import Iterable, Iterator

from diagnostics.core.codes import Cause
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import AdminConnectSettings, DnsApis, DnsTarget, EgressInstance, TcpConnect
from diagnostics.core.instance import LOCAL_HOSTS, PSC_SUFFIX
from diagnostics.core.model import IpType, Route, Target
from diagnostics.core.observed import AddressClass, Attempt, Reach
from diagnostics.core.trials import Changed, Verdict
from diagnostics.diagnosis.network.world import PROXY_PORT, Address, ApiNames, Case, PrivateRange

_INSIDE = frozenset({AddressClass.PRIVATE, AddressClass.SHARED})
_NAMES = {
    AddressClass.PUBLIC: ApiNames.PUBLIC,
    AddressClass.GOOGLE_PRIVATE_VIP: ApiNames.PRIVATE,
    AddressClass.GOOGLE_RESTRICTED_VIP: ApiNames.RESTRICTED,
}

Destination = tuple[IpType, PrivateRange | None, bool]
"""Kind of address, the range of the private one, and whether that is usual."""


class Way:
    """The app's way in one run."""

    def __init__(self, evidence: Evidence, target: Target) -> None:
        self._evidence, self._target = evidence, target
        settings = evidence.fact(AdminConnectSettings)
        self._settings = settings if settings and settings.region else None
        self.named = {entry.address: entry.ip_type for entry in self._settings.addresses} if self._settings else {}
        """The instance's addresses as the Admin API names them."""
        self.route = Route.SOCKET if self._on_loopback() else target.route
        """A proxy in the same container dials as the platform's own does."""

    def _on_loopback(self) -> bool:
        resolved = self._evidence.fact(DnsTarget)
        led = set(resolved.addresses) if resolved else set()
        named = self._target.host.rstrip(".").lower() in LOCAL_HOSTS
        return self._target.route is Route.DIRECT and (named or (bool(led) and led <= LOCAL_HOSTS))

    @property
    def dialled(self) -> tuple[Attempt, ...]:
        """What the connection tried, without unix sockets.

        Where the instance's own address was tried in place of another, and was silent too, that is the way to explain.
        """
        fact = self._evidence.fact(TcpConnect)
        own = tuple(each for each in fact.attempts if not each.address.startswith("/")) if fact else ()
        return self._in_its_place() or own

    def _in_its_place(self) -> tuple[Attempt, ...]:
        tried = self._evidence.trial(Cause.CONFIG_WRONG_HOST_PORT, Changed.INSTANCE_ADDRESS)
        fact = self._evidence.fact(EgressInstance)
        if tried is None or tried.verdict is not Verdict.STAYED or fact is None:
            return ()
        place = (tried.to, self._target.port)
        return tuple(a for a in fact.attempts if (a.address, a.port) == place and a.reach is Reach.SILENT)

    @property
    def address(self) -> Address | None:
        """Whose the dialled address is. An endpoint of PSC is the customer's own and is never listed."""
        own = {each.address for each in self.dialled}
        if self.route is not Route.DIRECT or not own or not self.named or self._by_endpoint:
            return None
        if own <= set(self.named):
            return Address.OWN
        return Address.STALE if own.isdisjoint(self.named) else None

    @property
    def leads_to(self) -> frozenset[IpType]:
        """The kinds of address that the path may end at."""
        return frozenset(kind for kind, *_ in self._destinations())

    def cases(self) -> Iterator[Case]:
        """Every case that may be."""
        has = frozenset(self.named.values())
        for leads_to, private_range, usual in self._destinations():
            yield Case(
                route=self.route,
                leads_to=leads_to,
                port=self._target.port if self.route is Route.DIRECT else PROXY_PORT,
                has=has - {leads_to},
                api_names=self._api_names(),
                usual=usual,
                private_range=private_range if IpType.PRIVATE in has | {leads_to} else None,
            )

    def _destinations(self) -> Iterator[Destination]:
        named = frozenset(self.named.values())
        private = self._range_of(address for address, kind in self.named.items() if kind is IpType.PRIVATE)
        if self.route is Route.DIRECT:
            yield from self._of_address(private)
        elif self.route is Route.CONNECTOR:
            yield self._target.ip_type, private, True
        elif named:
            # The platform's proxy takes the public address where there is one.
            yield IpType.PUBLIC if IpType.PUBLIC in named else min(named), private, True
        else:
            # An instance has a public address unless its owner took it away.
            yield from ((IpType.PUBLIC, None, True), (IpType.PRIVATE, None, False))

    def _of_address(self, private: PrivateRange | None) -> Iterator[Destination]:
        """Where the Admin API does not name it, the address says what it may be."""
        known = {self.named[each.address] for each in self.dialled if each.address in self.named}
        inside = all(each.address_class in _INSIDE for each in self.dialled)
        if not self.dialled:
            return
        if known:
            yield from ((kind, private, True) for kind in sorted(known))
        elif self._by_endpoint and inside:
            yield IpType.PSC, private, True
        elif inside:
            yield IpType.PRIVATE, private or PrivateRange.RFC1918, True
            yield from () if self._settings else ((IpType.PSC, None, False),)
        else:
            yield IpType.PUBLIC, private, True
            yield from () if self._settings else ((IpType.PRIVATE, PrivateRange.OTHER, False),)

    @property
    def _by_endpoint(self) -> bool:
        asked = self._target.ip_type is IpType.PSC or self._target.host.rstrip(".").endswith(PSC_SUFFIX)
        return asked or bool(self._settings and self._settings.psc_enabled)

    def _range_of(self, addresses: Iterable[str]) -> PrivateRange | None:
        fact = self._evidence.fact(EgressInstance)
        classes = {each.address: each.address_class for each in (*(fact.attempts if fact else ()), *self.dialled)}
        found = {classes[each] for each in addresses if each in classes}
        if not found:
            return None
        return PrivateRange.RFC1918 if found <= _INSIDE else PrivateRange.OTHER

    def _api_names(self) -> ApiNames | None:
        fact = self._evidence.fact(DnsApis)
        classes = {each for answer in fact.answers for each in answer.address_classes} if fact else set()
        return _NAMES.get(next(iter(classes))) if len(classes) == 1 else None
