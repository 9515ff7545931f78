from datetime import UTC, datetime, timedelta

import pytest

from diagnostics.lab.tokens import CAN_ADMINISTER_SQL, LIFETIME, Scope, TokenBook


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(clock: Clock) -> TokenBook:
    return TokenBook(lambda: "api@acme-prod.iam.gserviceaccount.com", clock)


def test_each_set_of_scopes_has_its_own_token(book: TokenBook) -> None:
    admin, login = book.issue([Scope.SQL_ADMIN]), book.issue([Scope.SQL_LOGIN])
    assert admin.value != login.value
    assert admin.allows(CAN_ADMINISTER_SQL)
    assert not login.allows(CAN_ADMINISTER_SQL)


def test_the_same_token_is_handed_out_until_it_is_about_to_expire(book: TokenBook, clock: Clock) -> None:
    """A client must not take ``expires_in`` for granted: the server caches."""
    first = book.issue([Scope.SQL_ADMIN])
    clock.now += timedelta(minutes=50)
    assert book.issue([Scope.SQL_ADMIN]) is first
    clock.now += timedelta(minutes=6)
    assert book.issue([Scope.SQL_ADMIN]) is not first


def test_an_expired_token_is_not_known(book: TokenBook, clock: Clock) -> None:
    token = book.issue([Scope.SQL_LOGIN])
    assert book.login(token.value) is token
    clock.now += LIFETIME
    assert book.login(token.value) is None


def test_an_admin_token_is_no_database_password(book: TokenBook) -> None:
    assert book.login(book.issue([Scope.SQL_ADMIN]).value) is None
    assert book.login(book.issue([Scope.CLOUD_PLATFORM]).value) is not None


def test_a_token_does_not_show_itself(book: TokenBook) -> None:
    token = book.issue([Scope.SQL_ADMIN])
    assert token.value not in repr(token)
