"""From what a server says to why it said no: by code and routine first, by words only where those leave it open."""

import pytest

from diagnostics.core.classify import Refusal, ServerWords, refusal_of, refuses_client_certificate, sqlstate_of

IAM = 'Cloud SQL IAM user authentication failed for user "api@acme-prod.iam"'


@pytest.mark.parametrize(
    "sqlstate, refusal",
    [
        ("28P01", Refusal.WRONG_PASSWORD),
        ("3D000", Refusal.DATABASE_MISSING),
        ("42501", Refusal.CONNECT_DENIED),
        ("53300", Refusal.TOO_MANY_CONNECTIONS),
        ("57P01", Refusal.NOT_READY),
        ("57P02", Refusal.NOT_READY),
        ("57P03", Refusal.NOT_READY),
        ("XX000", Refusal.SERVER_ERROR),
        ("", Refusal.SERVER_ERROR),
    ],
)
@pytest.mark.parametrize("encrypted", [True, False])
def test_the_code_decides(sqlstate: str, refusal: Refusal, encrypted: bool) -> None:
    """In any language: the words are the server's locale's."""
    assert refusal_of(ServerWords(sqlstate=sqlstate, message="Kennwort falsch"), encrypted=encrypted) is refusal


@pytest.mark.parametrize(
    "routine, message, encrypted, refusal",
    [
        ("InitializeSessionUserId", "Rolle gibt es nicht", True, Refusal.ROLE_MISSING),
        ("", 'role "api" does not exist', True, Refusal.ROLE_MISSING),
        ("", 'role "api" is not permitted to log in', False, Refusal.ROLE_MISSING),
        ("ClientAuthentication", "kein Eintrag", True, Refusal.NO_HBA_ENTRY),
        ("ClientAuthentication", "kein Eintrag", False, Refusal.TLS_REQUIRED),
        ("", 'no pg_hba.conf entry for host "10.1.2.3"', True, Refusal.NO_HBA_ENTRY),
        ("", 'no pg_hba.conf entry for host "10.1.2.3"', False, Refusal.TLS_REQUIRED),
        (
            "ClientAuthentication",
            "connection requires a valid client certificate",
            True,
            Refusal.CLIENT_CERTIFICATE_REQUIRED,
        ),
        ("auth_failed", "something new", True, Refusal.SERVER_ERROR),
    ],
)
def test_a_refused_authorization_has_many_reasons(
    routine: str, message: str, encrypted: bool, refusal: Refusal
) -> None:
    words = ServerWords(sqlstate="28000", routine=routine, message=message)
    assert refusal_of(words, encrypted=encrypted) is refusal


@pytest.mark.parametrize("sqlstate", ["28000", "28P01", "XX000"])
def test_a_login_by_iam_is_refused_with_whatever_code(sqlstate: str) -> None:
    words = ServerWords(sqlstate=sqlstate, routine="auth_failed", message=IAM)
    assert refusal_of(words, encrypted=True) is Refusal.IAM_REFUSED


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
