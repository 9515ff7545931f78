"""The measured egress class: which kinds of address this container reaches, and which egress settings that fits.

Pure, from the facts of one run. An answer of any kind, a refusal too, means that packets arrive. Silence is evidence of
its class only at an address that is nobody's database: an instance may be silent for reasons of its own.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Protocol

import msgspec

from diagnostics.core.facts import (
    EgressGoogleApis,
    EgressInstance,
    EgressPrivate,
    EgressPublic,
    F,
    RuntimePlatform,
    TcpConnect,
)
from diagnostics.core.model import Value
from diagnostics.core.observed import AddressClass, Attempt, EgressSetting, Reach


class Way(StrEnum):
    """What fresh connections to one class of address met."""

    OPEN = "open"
    """Packets arrive: one was answered."""
    SILENT = "silent"
    NO_ROUTE = "no_route"
    """The container itself may not or cannot send there."""
    UNKNOWN = "unknown"
    """Not measured."""


class PortReach(Value, frozen=True, kw_only=True):
    """One port of the instance: what a connection to it met."""

    address: str
    address_class: AddressClass
    port: int
    reach: Reach


class MeasuredEgress(Value, frozen=True, kw_only=True):
    """What was measured, and the egress settings of a Cloud Run revision under which it can be so."""

    public: Way
    google_public: Way
    """Google's APIs where their names lead."""
    google_private: Way
    """private.googleapis.com, which only a VPC leads to."""
    private: Way
    instance: tuple[PortReach, ...] = ()
    nothing_public: bool = False
    """No public address but those of Google's APIs answers, and two that have nothing in common were tried."""
    fits: tuple[EgressSetting, ...] = ()
    """Empty off Cloud Run, where there is no such setting."""


class Look(Protocol):
    """Where facts are read: those of a run, or those a check may see."""

    def __call__(self, kind: type[F], /) -> F | None:
        """The fact, None where there is none."""


_PRIVATE = frozenset({AddressClass.PRIVATE, AddressClass.SHARED})
_ANSWERS = frozenset({Reach.OPEN, Reach.REFUSED, Reach.RESET})
"""A refusal or reset is sent by somebody: the packet arrived."""


def measured(look: Look) -> MeasuredEgress | None:
    """From the facts of a run; None where nothing was measured at all."""
    google, neutral, private = look(EgressGoogleApis), look(EgressPublic), look(EgressPrivate)
    if google is None and neutral is None and private is None:
        return None
    found = MeasuredEgress(
        public=_way(_one(neutral.attempt if neutral else None), _of_class(look, AddressClass.PUBLIC)),
        google_public=_way(_one(google.public_vip if google else None)),
        google_private=_way(_one(google.private_vip if google else None)),
        private=_way(private.attempts if private else (), _of_class(look, *_PRIVATE)),
        instance=tuple(_ports(look)),
    )
    found = _without_public(found, google)
    settings = EgressSetting if _on_cloud_run(look) else ()
    return msgspec.structs.replace(found, fits=tuple(each for each in settings if _possible(each, found)))


def _without_public(found: MeasuredEgress, google: EgressGoogleApis | None) -> MeasuredEgress:
    alone = found.public is Way.SILENT and (_public_api(google) is Reach.SILENT or _instance_silent(found))
    return msgspec.structs.replace(found, nothing_public=alone)


def _possible(setting: EgressSetting, found: MeasuredEgress) -> bool:
    """Without a VPC nothing private answers; what does not go into the VPC leaves Google's network by itself."""
    if setting is EgressSetting.NONE and found.private is Way.OPEN:
        return False
    return setting is EgressSetting.ALL_TRAFFIC or not found.nothing_public


def _on_cloud_run(look: Look) -> bool:
    platform = look(RuntimePlatform)
    return platform is not None and platform.kind.on_cloud_run


def _public_api(google: EgressGoogleApis | None) -> Reach | None:
    """What Google's APIs met where their names lead to public addresses."""
    attempt = google.public_vip if google else None
    through_vpc = {AddressClass.GOOGLE_PRIVATE_VIP, AddressClass.GOOGLE_RESTRICTED_VIP}
    return None if attempt is None or attempt.address_class in through_vpc else attempt.reach


def _instance_silent(found: MeasuredEgress) -> bool:
    public = [port for port in found.instance if port.address_class is AddressClass.PUBLIC]
    return bool(public) and all(port.reach is Reach.SILENT for port in public)


def _way(neutral: tuple[Attempt, ...], others: tuple[Attempt, ...] = ()) -> Way:
    """``others`` speak only where they were answered."""
    if any(attempt.reach in _ANSWERS for attempt in neutral + others):
        return Way.OPEN
    if not neutral:
        return Way.UNKNOWN
    return Way.SILENT if any(attempt.reach is Reach.SILENT for attempt in neutral) else Way.NO_ROUTE


def _of_class(look: Look, *classes: AddressClass) -> tuple[Attempt, ...]:
    """Attempts at the instance and at the target in these classes, the ladder's own among them."""
    instance, ladder = look(EgressInstance), look(TcpConnect)
    attempts = (instance.attempts if instance else ()) + (ladder.attempts if ladder else ())
    return tuple(attempt for attempt in attempts if attempt.address_class in classes)


def _ports(look: Look) -> Iterator[PortReach]:
    fact = look(EgressInstance)
    for attempt in fact.attempts if fact else ():
        yield PortReach(
            address=attempt.address, address_class=attempt.address_class, port=attempt.port, reach=attempt.reach
        )


def _one(attempt: Attempt | None) -> tuple[Attempt, ...]:
    return (attempt,) if attempt else ()
