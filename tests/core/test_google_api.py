"""Answers of Google's APIs: what they mean, and that what has another shape than theirs is no answer."""

import json

import pytest

from diagnostics.core.google_api import (
    ApiVerdict,
    CertificateRequest,
    ConnectSettingsBody,
    decoded,
    request_body,
    verdict_of,
)
from diagnostics.core.observed import ApiResult


def with_address(address: str) -> bytes:
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
    found = decoded(with_address(address), ConnectSettingsBody)
    assert found is not None
    assert [entry.ip_address for entry in found.ip_addresses] == [address]


@pytest.mark.parametrize("address", ["localhost", "10.0.0.1\n", "10.0.0", "//"])
def test_an_answer_whose_address_is_none_is_no_answer(address: str) -> None:
    """It could not be dialled, and would end in an exception of our own."""
    assert decoded(with_address(address), ConnectSettingsBody) is None


# --- errors -----------------------------------------------------------------------------------------------------------


def error(code: int, *details: object, message: str = "no", **more: object) -> bytes:
    return json.dumps({"error": {"code": code, "message": message, "details": details, **more}}).encode()


def info(reason: str, **metadata: str) -> dict[str, object]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "metadata": metadata}


def older(reason: str) -> list[dict[str, str]]:
    return [{"message": "no", "domain": "global", "reason": reason}]


HELP = {"@type": "type.googleapis.com/google.rpc.Help", "links": [{"url": "https://console.example/"}]}
PROHIBITED = "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: AbC-1"


@pytest.mark.parametrize(
    "status, answer, result, reason",
    [
        (401, error(401, errors=older("authError")), ApiResult.UNAUTHORIZED, "authError"),
        (401, error(401, info("ACCESS_TOKEN_EXPIRED")), ApiResult.UNAUTHORIZED, "ACCESS_TOKEN_EXPIRED"),
        (403, error(403, errors=older("notAuthorized")), ApiResult.DENIED, "notAuthorized"),
        (403, error(403, status="PERMISSION_DENIED"), ApiResult.DENIED, "PERMISSION_DENIED"),
        (403, error(403, info("IAM_PERMISSION_DENIED")), ApiResult.DENIED, "IAM_PERMISSION_DENIED"),
        (403, error(403, HELP, info("SERVICE_DISABLED")), ApiResult.API_DISABLED, "SERVICE_DISABLED"),
        (403, error(403, errors=older("accessNotConfigured")), ApiResult.API_DISABLED, "accessNotConfigured"),
        (
            403,
            error(403, info("ACCESS_TOKEN_SCOPE_INSUFFICIENT")),
            ApiResult.SCOPE_INSUFFICIENT,
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        ),
        (
            403,
            error(403, errors=older("insufficientPermissions")),
            ApiResult.SCOPE_INSUFFICIENT,
            "insufficientPermissions",
        ),
        (403, error(403, message=PROHIBITED), ApiResult.ORGANIZATION_POLICY, ""),
        (404, error(404, errors=older("instanceDoesNotExist")), ApiResult.NOT_FOUND, "instanceDoesNotExist"),
        (429, error(429, info("RATE_LIMIT_EXCEEDED")), ApiResult.RATE_LIMITED, "RATE_LIMIT_EXCEEDED"),
        (400, error(400, errors=older("invalid")), ApiResult.UNEXPECTED_ANSWER, "invalid"),
        (500, error(500, errors=older("internalError")), ApiResult.SERVER_ERROR, "internalError"),
        (503, error(503, info("SERVICE_DISABLED")), ApiResult.SERVER_ERROR, "SERVICE_DISABLED"),
    ],
)
def test_googles_reason_goes_before_the_status(status: int, answer: bytes, result: ApiResult, reason: str) -> None:
    verdict = verdict_of(status, answer)
    assert (verdict.result, verdict.reason) == (result, reason)


@pytest.mark.parametrize("answer", [b"", b"<!doctype html>", b"[]", b'{"error": "no"}', b"{", b"\xff\xfe", b"null"])
@pytest.mark.parametrize(
    "status, result",
    [
        (200, ApiResult.UNEXPECTED_ANSWER),
        (302, ApiResult.UNEXPECTED_ANSWER),
        (401, ApiResult.UNAUTHORIZED),
        (403, ApiResult.UNEXPECTED_ANSWER),
        (404, ApiResult.NOT_FOUND),
        (407, ApiResult.UNEXPECTED_ANSWER),
        (429, ApiResult.RATE_LIMITED),
        (500, ApiResult.SERVER_ERROR),
        (502, ApiResult.SERVER_ERROR),
    ],
)
def test_without_googles_words_only_a_status_that_means_one_thing_is_believed(
    status: int, result: ApiResult, answer: bytes
) -> None:
    """A proxy or portal that forbids is not Google that denies."""
    assert verdict_of(status, answer) == ApiVerdict(result=result)


def test_a_reason_that_means_one_permission_needs_no_word_of_it() -> None:
    """Google names the project only, when the caller may not have its calls charged to it."""
    answer = error(403, info("USER_PROJECT_DENIED", consumer="projects/acme-prod"))
    assert verdict_of(403, answer).permission == "serviceusage.services.use"


def test_the_words_of_an_error_are_found_in_all_its_places() -> None:
    answer = error(
        403,
        HELP,
        info("IAM_PERMISSION_DENIED", permission="cloudsql.instances.connect", resource="projects/acme-prod"),
        info("SERVICE_DISABLED", consumer="projects/1234567890", service="sqladmin.googleapis.com"),
        message="Not authorized.",
        errors=older("forbidden"),
        status="PERMISSION_DENIED",
    )
    assert verdict_of(403, answer) == ApiVerdict(
        result=ApiResult.API_DISABLED,
        reason="IAM_PERMISSION_DENIED",
        message="Not authorized.",
        permission="cloudsql.instances.connect",
        consumer="1234567890",
    )


def test_a_request_leaves_out_what_is_empty_and_cannot_be_printed() -> None:
    body = request_body(CertificateRequest(public_key="PEM"))
    assert json.loads(body.reveal()) == {"public_key": "PEM"}
    assert "PEM" not in f"{body} {body!r}"
