"""One call of a Google API: classified, with the right token, and Google's words cleaned."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from diagnostics.api_call import ApiRequest, as_answered, call_api, finding_of
from diagnostics.check import Env, SecretName
from diagnostics.core.codes import CheckId
from diagnostics.core.findings import Code
from diagnostics.core.google_api import PermissionsBody
from diagnostics.core.model import Finding, Secret
from diagnostics.core.observed import ApiCall, ApiResult
from diagnostics.core.outcome import failed
from diagnostics.ports import HttpAnswer
from tests.checks.google import error, says
from tests.checks.stage import env
from tests.fakes import START, FakeClock, FakeHttp

URL = "http://api.test/x"
REQUEST = ApiRequest(method="POST", url=URL, body=Secret('{"permissions": []}'))
TOKENS = {SecretName.ADMIN_TOKEN: "ya29.admin-token", SecretName.PLATFORM_TOKEN: "ya29.read-token"}


def around(answer: HttpAnswer | ApiResult) -> tuple[Env, FakeHttp]:
    http = FakeHttp({f"POST {URL}": answer})
    return env(http=http, secrets=TOKENS), http


async def test_an_answer_in_the_hoped_for_shape_is_given_back() -> None:
    where, _ = around(says({"permissions": ["a.b.c"], "unknown": 1}))
    call, body = await call_api(where, REQUEST, PermissionsBody)
    assert call == ApiCall(method="POST", url=URL, result=ApiResult.ANSWER, http_status=200)
    assert body == PermissionsBody(permissions=("a.b.c",))


async def test_the_call_carries_the_named_token_and_the_body() -> None:
    where, http = around(says({}))
    await call_api(where, REQUEST, PermissionsBody)
    await call_api(where, ApiRequest(method="POST", url=URL, token=SecretName.PLATFORM_TOKEN), PermissionsBody)
    bearers = [call.bearer.reveal() for call in http.calls if call.bearer]
    assert all(call.headers == {"Accept": "application/json"} for call in http.calls)
    assert bearers == ["ya29.admin-token", "ya29.read-token"]
    assert [call.body.reveal() if call.body else None for call in http.calls] == ['{"permissions": []}', None]


async def test_without_a_token_the_call_goes_out_without_one() -> None:
    http = FakeHttp({f"POST {URL}": says({})})
    await call_api(env(http=http), REQUEST, PermissionsBody)
    assert http.calls[0].bearer is None


async def test_no_answer_is_what_the_transport_met() -> None:
    where, _ = around(ApiResult.TLS_FAILED)
    assert await call_api(where, REQUEST, PermissionsBody) == (
        ApiCall(method="POST", url=URL, result=ApiResult.TLS_FAILED),
        None,
    )


async def test_a_page_in_place_of_json_is_unexpected_even_with_status_200() -> None:
    """A captive portal or a proxy answers like this."""
    where, _ = around(says("<!doctype html><title>Sign in</title>"))
    call, body = await call_api(where, REQUEST, PermissionsBody)
    assert (call.result, call.http_status, body) == (ApiResult.UNEXPECTED_ANSWER, 200, None)


async def test_googles_words_are_cleaned_of_every_secret() -> None:
    """The API repeats what it was sent; the token must not come back out of it."""
    token = TOKENS[SecretName.ADMIN_TOKEN]
    where, _ = around(
        error(403, reason=f"REASON {token}", message=f"bad {token}", permission=f"p {token}", consumer=f"c {token}")
    )
    call, _ = await call_api(where, REQUEST, PermissionsBody)
    assert call == ApiCall(
        method="POST",
        url=URL,
        result=ApiResult.DENIED,
        http_status=403,
        reason="REASON ***",
        message="bad ***",
        permission="p ***",
        consumer="c ***",
    )


def test_a_finding_names_the_other_project_before_the_permission() -> None:
    call = ApiCall(method="GET", url=URL, result=ApiResult.API_DISABLED, permission="a.b.c", consumer="other-project")
    found = finding_of(CheckId.ADMIN_INSTANCE, call, "acme-prod:europe-west1:orders")
    assert found == Finding(
        code=Code.ADMIN_INSTANCE_API_DISABLED, about="acme-prod:europe-west1:orders", other="other-project"
    )


def test_every_result_without_an_answer_is_a_finding_of_every_check_that_calls() -> None:
    checks = (
        CheckId.ADMIN_CONNECT_SETTINGS,
        CheckId.ADMIN_INSTANCE,
        CheckId.ADMIN_CERTIFICATE,
        CheckId.IAM_PERMISSIONS,
    )
    for check in checks:
        for result in set(ApiResult) - {ApiResult.ANSWER}:
            call = ApiCall(method="GET", url=URL, result=result, permission="a.b.c")
            assert finding_of(check, call, "x") == Finding(code=Code(f"{check}.{result}"), about="x", other="a.b.c")


# --- an API that wants to be left alone -------------------------------------------------------------------------------


def busy(status: int, retry_after: str | None) -> HttpAnswer:
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return HttpAnswer(status=status, headers=headers, body=b"{}")


async def asked_at(clock: FakeClock, where: Env, http: FakeHttp, seconds: int) -> list[float]:
    """When it was asked, of a question every half a minute."""
    at = []
    for _ in range(seconds // 30):
        before = len(http.calls)
        await call_api(where, REQUEST, PermissionsBody)
        at += [clock.seconds] * (len(http.calls) - before)
        await clock.sleep(30.0)
    return at


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "retry_after, expected",
    [
        ("600", [0, 600, 1200]),
        ((START + timedelta(seconds=300)).strftime("%a, %d %b %Y %H:%M:%S GMT"), [0, 300, 330, 360]),
        (None, [0, 60, 180, 420, 900]),
        ("later", [0, 60, 180, 420, 900]),
        ("99999999", [0, 900]),
    ],
    ids=["seconds", "date", "nothing", "no time", "three years"],
)
async def test_it_is_left_alone_for_as_long_as_it_says(status: int, retry_after: str, expected: list[float]) -> None:
    where, http = around(busy(status, retry_after))
    clock = FakeClock()
    at = await asked_at(clock, replace(where, clock=clock), http, 1260)
    assert at[: len(expected)] == expected


async def test_meanwhile_its_answer_stands_for_all_its_methods_and_is_as_old_as_it_is() -> None:
    where, http = around(busy(429, "600"))
    first, _ = await call_api(where, REQUEST, PermissionsBody)
    other = ApiRequest(method="GET", url="http://api.test/y")
    again, body = await call_api(where, other, PermissionsBody)
    assert again == replace(first, method="GET", url=other.url, answered_at=START)
    assert (body, len(http.calls), first.result, first.answered_at) == (None, 1, ApiResult.RATE_LIMITED, None)
    assert as_answered(again, failed(None)).found_at == START


async def test_another_api_is_asked() -> None:
    where, http = around(busy(503, "600"))
    await call_api(where, REQUEST, PermissionsBody)
    http.answers["GET http://other.test/x"] = says({})
    await call_api(where, ApiRequest(method="GET", url="http://other.test/x"), PermissionsBody)
    assert len(http.calls) == 2


@pytest.mark.parametrize("status", [401, 403, 404, 500, 502])
async def test_other_refusals_hold_nobody_back(status: int) -> None:
    where, http = around(busy(status, "600"))
    await call_api(where, REQUEST, PermissionsBody)
    await call_api(where, REQUEST, PermissionsBody)
    assert len(http.calls) == 2
