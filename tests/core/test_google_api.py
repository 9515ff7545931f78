"""Answers of the Admin API: what has another shape than Google's is no answer."""

import json

import pytest

from diagnostics.core.google_api import ConnectSettingsBody, decoded


def body(address: str) -> bytes:
    addresses = [{"type": "PRIMARY", "ipAddress": address}]
    settings = {
        "region": "r",
        "databaseVersion": "POSTGRES_16",
        "serverCaCert": {"cert": "x"},
        "ipAddresses": addresses,
    }
    return json.dumps(settings).encode()


@pytest.mark.parametrize("address", ["10.0.0.1", "fd00::1", ""])
def test_addresses_are_read(address: str) -> None:
    found = decoded(body(address), ConnectSettingsBody)
    assert found is not None
    assert [entry.ip_address for entry in found.ip_addresses] == [address]


@pytest.mark.parametrize("address", ["localhost", "10.0.0.1\n", "10.0.0", "//"])
def test_an_answer_whose_address_is_none_is_no_answer(address: str) -> None:
    """It could not be dialled, and would end in an exception of our own."""
    assert decoded(body(address), ConnectSettingsBody) is None
