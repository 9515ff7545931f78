"""The one typed value each check may establish. The tag of a fact is the id of its check.

Facts say what was measured or read, whether the check passed or not; diagnosis, metrics and every surface read them.
All times are seconds. No fact holds a secret or a piece of one; account names, host names and addresses are no secrets.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from diagnostics.core.codes import CheckId
from diagnostics.core.facts.around import (
    ConfigDialect,
    ConfigHygiene,
    ConfigTarget,
    DnsApis,
    DnsResolver,
    DnsTarget,
    EgressGoogleApis,
    EgressInstance,
    EgressPrivate,
    EgressPublic,
    IdentityAccount,
    IdentityToken,
    MetadataServer,
    RuntimeFreeze,
    RuntimePlatform,
)
from diagnostics.core.facts.cloud import (
    AdminCertificate,
    AdminConnectSettings,
    AdminInstance,
    IamPermissions,
    RunRevision,
    VpcConnector,
)
from diagnostics.core.facts.fact import Fact
from diagnostics.core.facts.path import (
    AppBudget,
    DriverAsyncpg,
    DriverConnector,
    DriverFact,
    DriverPsycopg,
    Measurement,
    PostgresAuth,
    PostgresCapacity,
    PostgresQuery,
    PostgresSession,
    PostgresStartup,
    SocketMount,
    TcpConnect,
    TlsHandshake,
)
from diagnostics.core.model import Status

__all__ = [
    "AdminCertificate",
    "AdminConnectSettings",
    "AdminInstance",
    "AnyFact",
    "AppBudget",
    "ConfigDialect",
    "ConfigHygiene",
    "ConfigTarget",
    "DnsApis",
    "DnsResolver",
    "DnsTarget",
    "DriverAsyncpg",
    "DriverConnector",
    "DriverFact",
    "DriverPsycopg",
    "EgressGoogleApis",
    "EgressInstance",
    "EgressPrivate",
    "EgressPublic",
    "F",
    "Fact",
    "Facts",
    "IamPermissions",
    "IdentityAccount",
    "IdentityToken",
    "Measurement",
    "MetadataServer",
    "PostgresAuth",
    "PostgresCapacity",
    "PostgresQuery",
    "PostgresSession",
    "PostgresStartup",
    "RunRevision",
    "RuntimeFreeze",
    "RuntimePlatform",
    "SocketMount",
    "TcpConnect",
    "TlsHandshake",
    "VpcConnector",
]

AnyFact = (
    ConfigTarget
    | ConfigHygiene
    | ConfigDialect
    | RuntimePlatform
    | RuntimeFreeze
    | MetadataServer
    | IdentityAccount
    | IdentityToken
    | EgressGoogleApis
    | EgressPublic
    | EgressPrivate
    | EgressInstance
    | DnsResolver
    | DnsTarget
    | DnsApis
    | AdminConnectSettings
    | AdminInstance
    | AdminCertificate
    | IamPermissions
    | RunRevision
    | VpcConnector
    | SocketMount
    | TcpConnect
    | TlsHandshake
    | PostgresStartup
    | PostgresAuth
    | PostgresQuery
    | DriverAsyncpg
    | DriverPsycopg
    | DriverConnector
    | PostgresCapacity
    | PostgresSession
    | AppBudget
)
"""The closed union that the report holds and ``explain --report`` reads back."""


F = TypeVar("F", bound=Fact)


class Facts:
    """Facts of earlier checks, seen only by a check that declared them in ``requires`` or ``after``."""

    def __init__(
        self,
        facts: Mapping[CheckId, Fact],
        statuses: Mapping[CheckId, Status],
        declared: frozenset[CheckId],
        spent: Mapping[CheckId, float] = MappingProxyType({}),
    ) -> None:
        self._facts = facts
        self._statuses = statuses
        self._declared = declared
        self._spent = spent

    def get(self, kind: type[F]) -> F | None:
        """The fact of a declared check, None where it established none; LookupError for an undeclared one."""
        fact = self._facts.get(self._allowed(kind.CHECK))
        return fact if isinstance(fact, kind) else None

    def passed(self, check: CheckId) -> bool:
        """Whether a declared check's title was found true, be it with a warning."""
        return self._statuses.get(self._allowed(check)) in (Status.PASS, Status.WARN)

    def seconds(self, check: CheckId) -> float:
        """How long a declared check took, 0 where it was not evaluated."""
        return self._spent.get(self._allowed(check), 0.0)

    def _allowed(self, check: CheckId) -> CheckId:
        if check not in self._declared:
            raise LookupError(f"{check} is not declared by the check that reads it")
        return check
