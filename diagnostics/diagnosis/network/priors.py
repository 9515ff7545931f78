"""How often each deviation was met, as far as anybody counted. It orders causes that nothing seen tells apart.

Sources: ``threads`` are 202 public threads about connections to PostgreSQL and Cloud SQL that failed, each labelled
with the cause that was found; ``reports`` are first-hand accounts of outages on Cloud Run: 33 of one team in 2025, read
with its logs and deployments, and three public ones of egress that opened late. The counts are small: they say which
of two is met more often, and no more than that.
"""

from enum import Enum

from diagnostics.core.model import IpType, Value
from diagnostics.core.observed import EgressSetting
from diagnostics.diagnosis.network.world import (
    Address,
    Attachment,
    Authorized,
    Case,
    Denied,
    Endpoint,
    Instance,
    Nat,
    Opening,
    Peering,
)

TOTAL = 202 + 36
"""All cases that were counted, most of them about other things than the network."""

HALF = 0.5
"""Added to every count, the usual correction of a small sample: what nobody counted may be met all the same."""


class Count(Value, frozen=True, kw_only=True):
    """Cases of one deviation, by source."""

    threads: int = 0
    reports: int = 0
    to: frozenset[IpType] = frozenset(IpType)
    """The kinds of address that the counted paths led to, where the deviation has another weight for the others."""


_PRIVATE = frozenset({IpType.PRIVATE})

COUNTS: dict[Enum, Count] = {
    EgressSetting.NONE: Count(threads=5, reports=1, to=_PRIVATE),
    EgressSetting.PRIVATE_RANGES_ONLY: Count(threads=5, to=_PRIVATE),
    Attachment.BROKEN_CONNECTOR: Count(threads=2),
    # All of them to public addresses; whoever uses private ones needs NAT for nothing but the Admin API.
    Nat.MISSING: Count(threads=1, reports=6, to=frozenset({IpType.PUBLIC})),
    Peering.NOT_PEERED: Count(threads=2),
    Peering.OTHER_NETWORK: Count(threads=1),
    Endpoint.NOT_ACCEPTED: Count(threads=1),
    # Its rule was about the one port that the app used; nobody counted one about more ports, or about 443.
    **dict.fromkeys((Denied.POSTGRES, Denied.PROXY), Count(threads=1)),
    Authorized.NOBODY: Count(threads=2),
    Authorized.OTHERS: Count(threads=2),
    # Two more with this label met another certificate and a handshake that was cut off, and no silence.
    Instance.MAINTENANCE: Count(threads=2),
    Instance.UNRESPONSIVE: Count(threads=1),
    Opening.CLOSED: Count(reports=3),
    Opening.LATE: Count(reports=3),
    # The three threads with this label are about a host that is empty, not about one that is out of date.
    Address.STALE: Count(reports=3),
}
"""What stands in no row was counted nowhere."""


def prior(deviation: Enum, case: Case) -> float:
    """The share of all cases that this was."""
    count = COUNTS.get(deviation, Count())
    cases = count.threads + count.reports if count.to & case.needs else 0
    return (cases + HALF) / TOTAL
