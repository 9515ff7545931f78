import asyncio
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from diagnostics.adapters.keys import LIFE, CachedKeys
from tests.adapters.authority import server_authority


class HandClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


async def test_the_halves_of_a_pair_belong_together() -> None:
    pair = await CachedKeys(HandClock()).key_pair()
    private = serialization.load_pem_private_key(pair.private_pem.reveal().encode(), None)
    public = serialization.load_pem_public_key(pair.public_pem.encode())
    assert isinstance(private, rsa.RSAPrivateKey)
    assert private.key_size == 2048
    assert private.public_key() == public
    assert pair.public_pem.startswith("-----BEGIN PUBLIC KEY-----\n")


async def test_a_pair_is_used_until_it_is_old() -> None:
    clock = HandClock()
    keys = CachedKeys(clock)
    first = await keys.key_pair()
    clock.seconds = LIFE - 1
    assert await keys.key_pair() is first
    clock.seconds = LIFE
    assert await keys.key_pair() is not first


async def test_two_who_ask_at_once_get_one_pair() -> None:
    keys = CachedKeys(HandClock())
    first, second = await asyncio.gather(keys.key_pair(), keys.key_pair())
    assert first is second


def test_the_first_certificate_of_a_text_is_read() -> None:
    keys = CachedKeys(HandClock())
    first, second = server_authority().issue("first"), server_authority().issue("second")
    assert keys.certificate(first.certificate).common_name == "first"
    assert keys.certificate(f"comment\n{first.certificate}{second.certificate}").common_name == "first"


@pytest.mark.parametrize(
    "text",
    ["", "text", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "-----END CERTIFICATE-----", "é"],
)
def test_a_text_without_certificate_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any damage
        CachedKeys(HandClock()).certificate(text)
