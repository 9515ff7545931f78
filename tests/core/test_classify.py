"""Small closed languages of a peer: SQLSTATEs, routines, alerts."""

import pytest

from diagnostics.core.classify import refuses_client_certificate, routine_of, sqlstate_of


@pytest.mark.parametrize("text", ["28P01", "3D000", "00000", "XX000"])
def test_a_code_is_five_digits_or_capitals(text: str) -> None:
    assert sqlstate_of(text) == text


@pytest.mark.parametrize("text", [None, "", "28p01", "28P0", "28P011", "28P01\n", "28P0\x1b", "hunter2"])
def test_what_is_no_code_is_left_out(text: str | None) -> None:
    assert sqlstate_of(text) == ""


@pytest.mark.parametrize(
    "alert", ["access_denied", "bad_certificate", "certificate_expired", "certificate_required", "unknown_ca"]
)
def test_alerts_that_speak_of_a_certificate(alert: str) -> None:
    assert refuses_client_certificate(alert)


@pytest.mark.parametrize("alert", ["", "handshake_failure", "protocol_version", "internal_error", "close_notify"])
def test_alerts_that_do_not(alert: str) -> None:
    assert not refuses_client_certificate(alert)


@pytest.mark.parametrize("text", ["ClientAuthentication", "auth_failed", "recv_password_packet"])
def test_a_routine_is_a_name_in_c(text: str) -> None:
    assert routine_of(text) == text


@pytest.mark.parametrize("text", [None, "", "two words", "9lives", "a" * 64, "hunter2!", "InitPostgres\n"])
def test_what_is_no_routine_is_left_out(text: str | None) -> None:
    assert routine_of(text) == ""
