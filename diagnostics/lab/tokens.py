"""OAuth access tokens of the lab: who minted which, for which scopes, until when.

One book serves three readers: the metadata server issues, the Admin API checks what it may do, and the instance decides
with it whether an IAM login is genuine. A token is random, so nobody can pass by knowing how tokens look.
"""

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from diagnostics.lab.world import Value

LIFETIME = timedelta(hours=1)
"""The longest life of a Google access token, and the usual one."""

RENEWAL = timedelta(minutes=5)
"""The metadata server hands out the same token until this much is left: ``expires_in`` is seldom 3600."""


class Scope(StrEnum):
    """The OAuth scopes that matter on the path to a database."""

    CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
    CLOUD_PLATFORM_READ_ONLY = "https://www.googleapis.com/auth/cloud-platform.read-only"
    PROJECTS = "https://www.googleapis.com/auth/cloudplatformprojects"
    PROJECTS_READ_ONLY = "https://www.googleapis.com/auth/cloudplatformprojects.readonly"
    RUN = "https://www.googleapis.com/auth/run"
    RUN_READ_ONLY = "https://www.googleapis.com/auth/run.readonly"
    SQL_ADMIN = "https://www.googleapis.com/auth/sqlservice.admin"
    SQL_LOGIN = "https://www.googleapis.com/auth/sqlservice.login"
    DEVSTORAGE_READ_ONLY = "https://www.googleapis.com/auth/devstorage.read_only"
    LOGGING_WRITE = "https://www.googleapis.com/auth/logging.write"


CAN_ADMINISTER_SQL = frozenset({Scope.CLOUD_PLATFORM, Scope.SQL_ADMIN})
"""Either lets a token call the Cloud SQL Admin API."""

CAN_LOG_IN = frozenset({Scope.CLOUD_PLATFORM, Scope.SQL_LOGIN})
"""Either makes a token a database password for IAM login."""

CAN_READ_PROJECTS = frozenset(
    {Scope.CLOUD_PLATFORM, Scope.CLOUD_PLATFORM_READ_ONLY, Scope.PROJECTS, Scope.PROJECTS_READ_ONLY}
)
"""Any lets a token ask the Resource Manager."""


CAN_READ_RUN = frozenset({Scope.CLOUD_PLATFORM, Scope.RUN, Scope.RUN_READ_ONLY})
"""Any lets a token read Cloud Run's resources."""

CAN_READ_CONNECTORS = frozenset({Scope.CLOUD_PLATFORM})
"""Serverless VPC Access knows no other."""


class Token(Value, frozen=True, kw_only=True):
    """An access token with what it stands for."""

    value: str
    account: str
    scopes: frozenset[str]
    expires_at: datetime

    def allows(self, scopes: Iterable[str]) -> bool:
        """Whether it carries one of ``scopes``."""
        return not self.scopes.isdisjoint(scopes)

    def __repr__(self) -> str:
        """A token is a secret, even a made-up one: logs of the lab end up in bug reports."""
        return f"Token(account={self.account!r})"


class TokenBook:
    """Every token that the lab has issued."""

    def __init__(self, account: Callable[[], str], clock: Callable[[], datetime]) -> None:
        """``account`` is the e-mail of the service account that tokens are for now."""
        self._account = account
        self._clock = clock
        self._by_value: dict[str, Token] = {}
        self._current: dict[tuple[str, frozenset[str]], Token] = {}

    def issue(self, scopes: Iterable[str]) -> Token:
        """The current token for exactly these scopes, a new one when it is about to expire."""
        wanted = self._account(), frozenset(scopes)
        token = self._current.get(wanted)
        if token is None or token.expires_at - self._clock() < RENEWAL:
            token = self._current[wanted] = self._mint(*wanted)
        return token

    def _mint(self, account: str, scopes: frozenset[str]) -> Token:
        # The prefix is common among Google's tokens and no contract; 48 bytes cannot be guessed.
        value = "ya29.c." + secrets.token_urlsafe(48)
        token = Token(value=value, account=account, scopes=scopes, expires_at=self._clock() + LIFETIME)
        self._by_value[value] = token
        return token

    def find(self, value: str) -> Token | None:
        """The token of this value, or None if it was never issued or has expired."""
        token = self._by_value.get(value)
        return token if token is not None and token.expires_at > self._clock() else None

    def login(self, value: str) -> Token | None:
        """The token of this value if it may log in to a database."""
        token = self.find(value)
        return token if token is not None and token.allows(CAN_LOG_IN) else None
