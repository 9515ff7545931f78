"""What is different from the last good run: the first question of whoever is called at night."""

from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

from diagnostics.core.facts import (
    AdminConnectSettings,
    DnsTarget,
    Fact,
    IdentityAccount,
    PostgresAuth,
    TcpConnect,
    TlsHandshake,
)
from diagnostics.core.model import Value
from diagnostics.core.report import Report

F = TypeVar("F", bound=Fact)


class Difference(Value, frozen=True, kw_only=True, tag_field="what"):
    """Base of all differences. Only what both runs know is compared."""


class AddressDifference(Difference, frozen=True, kw_only=True, tag="address"):
    """Where the target is: sorted, because name servers turn the order around."""

    before: tuple[str, ...]
    after: tuple[str, ...]


class CertificateDifference(Difference, frozen=True, kw_only=True, tag="certificate"):
    """The certificate that the server showed, by its SHA-256, and until when each is valid."""

    before: str
    after: str
    before_not_after: datetime | None
    after_not_after: datetime | None


class IdentityDifference(Difference, frozen=True, kw_only=True, tag="identity"):
    """The service account whose tokens this container gets."""

    before: str
    after: str


class ServerDifference(Difference, frozen=True, kw_only=True, tag="server"):
    """Version of PostgreSQL: another one means maintenance, an upgrade, or another server."""

    before: str
    after: str


class SettingsDifference(Difference, frozen=True, kw_only=True, tag="settings"):
    """Names of the settings that have another value or another source. A secret that changed does not show."""

    names: tuple[str, ...]


class CauseDifference(Difference, frozen=True, kw_only=True, tag="cause"):
    """What is named as the cause."""

    before: tuple[str, ...]
    after: tuple[str, ...]


AnyDifference = (
    AddressDifference
    | CertificateDifference
    | IdentityDifference
    | ServerDifference
    | SettingsDifference
    | CauseDifference
)
"""The closed union."""


def differences(before: Report, after: Report) -> tuple[AnyDifference, ...]:
    """Everything that two runs of a target know and know differently; the cause last."""
    return tuple(_between(before, after))


def _between(before: Report, after: Report) -> Iterator[AnyDifference]:
    names = _settings(before, after)
    if names:
        yield SettingsDifference(names=names)
    yield from _addresses(before, after)
    yield from _certificates(_fact(before, TlsHandshake), _fact(after, TlsHandshake))
    yield from _identities(_fact(before, IdentityAccount), _fact(after, IdentityAccount))
    yield from _servers(_fact(before, PostgresAuth), _fact(after, PostgresAuth))
    causes = tuple(tuple(diagnosis.cause for diagnosis in report.diagnoses) for report in (before, after))
    if causes[0] != causes[1]:
        yield CauseDifference(before=causes[0], after=causes[1])


def _settings(before: Report, after: Report) -> tuple[str, ...]:
    first, second = ({setting.name: setting for setting in report.target.settings} for report in (before, after))
    return tuple(name for name in dict.fromkeys((*first, *second)) if first.get(name) != second.get(name))


def _addresses(before: Report, after: Report) -> Iterator[AddressDifference]:
    """Of the first source that both runs have: the name, the instance as the Admin API tells it, what was dialled."""
    for source in (_named, _of_the_instance, _dialled):
        first, second = source(before), source(after)
        if first and second:
            if first != second:
                yield AddressDifference(before=first, after=second)
            return


def _named(report: Report) -> tuple[str, ...]:
    fact = _fact(report, DnsTarget)
    return tuple(sorted(fact.addresses)) if fact else ()


def _of_the_instance(report: Report) -> tuple[str, ...]:
    fact = _fact(report, AdminConnectSettings)
    return tuple(sorted(entry.address for entry in fact.addresses)) if fact else ()


def _dialled(report: Report) -> tuple[str, ...]:
    fact = _fact(report, TcpConnect)
    return tuple(sorted({attempt.address for attempt in fact.attempts})) if fact else ()


def _certificates(before: TlsHandshake | None, after: TlsHandshake | None) -> Iterator[CertificateDifference]:
    first, second = (fact.certificate if fact else None for fact in (before, after))
    if first and second and first.sha256 != second.sha256:
        yield CertificateDifference(
            before=first.sha256,
            after=second.sha256,
            before_not_after=first.not_after,
            after_not_after=second.not_after,
        )


def _identities(before: IdentityAccount | None, after: IdentityAccount | None) -> Iterator[IdentityDifference]:
    if before and after and before.email and after.email and before.email != after.email:
        yield IdentityDifference(before=before.email, after=after.email)


def _servers(before: PostgresAuth | None, after: PostgresAuth | None) -> Iterator[ServerDifference]:
    first, second = (fact.server_version if fact else "" for fact in (before, after))
    if first and second and first != second:
        yield ServerDifference(before=first, after=second)


def _fact(report: Report, kind: type[F]) -> F | None:
    found = next((entry.facts for entry in report.checks if entry.id is kind.CHECK), None)
    return found if isinstance(found, kind) else None
