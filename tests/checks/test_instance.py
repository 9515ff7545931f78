"""Row 6, what only some may read: the instance's settings and the caller's permissions. Never a failure."""

from typing import Any

import pytest
from msgspec.structs import replace

from diagnostics.check import SecretName
from diagnostics.checks.instance import admin_instance, iam_permissions
from diagnostics.core.facts import AdminInstance, IamPermissions
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, SkipReason, Status, Target
from diagnostics.core.observed import ApiCall, ApiResult
from diagnostics.core.outcome import Outcome, passed, unknown, warned
from diagnostics.ports import HttpAnswer
from tests.checks.google import MANAGER, OPTIONS, RESOURCE, error, says, sent
from tests.checks.stage import CONNECTOR, DIRECT, INSTANCE, SOCKET, env, iam, look
from tests.fakes import FakeHttp

NAME = str(INSTANCE)
CALL = ApiCall(method="GET", url=RESOURCE, result=ApiResult.ANSWER, http_status=200)
FACT = AdminInstance(call=CALL, state="RUNNABLE", activation_policy="ALWAYS")

NOT_OURS_TO_READ = [
    (error(403, "notAuthorized", permission="cloudsql.instances.get"), "denied", "cloudsql.instances.get"),
    (error(403, "SERVICE_DISABLED", consumer="projects/other-project"), "api_disabled", "other-project"),
    (error(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), "scope_insufficient", ""),
    (error(401, "authError"), "unauthorized", ""),
]
BROKEN = [
    (ApiResult.SILENT, "silent"),
    (ApiResult.TLS_FAILED, "tls_failed"),
    (error(404, "notFound"), "not_found"),
    (error(503, "backendError"), "server_error"),
    (says("<html>"), "unexpected_answer"),
]


def instance(state: str = "RUNNABLE", policy: str = "ALWAYS", **more: Any) -> HttpAnswer:
    return says({"state": state, "settings": {"activationPolicy": policy}, **more})


async def ask(answer: HttpAnswer | ApiResult) -> Outcome:
    return await look(admin_instance, env(SOCKET, options=OPTIONS, http=FakeHttp({f"GET {RESOURCE}": answer})))


async def test_a_running_instance_passes() -> None:
    assert await ask(instance()) == passed(FACT)


async def test_the_settings_that_explain_refusals_are_read() -> None:
    configuration = {
        "sslMode": "ENCRYPTED_ONLY",
        "privateNetwork": "projects/acme-prod/global/networks/default",
        "authorizedNetworks": [{"value": "203.0.113.0/24"}, {"value": "198.51.100.7/32"}],
    }
    settings = {
        "activationPolicy": "ALWAYS",
        "connectorEnforcement": "REQUIRED",
        "ipConfiguration": configuration,
        "databaseFlags": [
            {"name": "max_connections", "value": "50"},
            {"name": "cloudsql.iam_authentication", "value": "on"},
        ],
    }
    assert await ask(says({"state": "RUNNABLE", "settings": settings})) == passed(
        replace(
            FACT,
            ssl_mode="ENCRYPTED_ONLY",
            connector_enforcement="REQUIRED",
            iam_authentication="on",
            max_connections=50,
            private_network="projects/acme-prod/global/networks/default",
            authorized_networks=("203.0.113.0/24", "198.51.100.7/32"),
        )
    )


async def test_a_suspended_instance_is_told_with_its_reasons() -> None:
    outcome = await ask(instance("SUSPENDED", suspensionReason=["BILLING_ISSUE", "KMS_KEY_ISSUE"]))
    fact = replace(FACT, state="SUSPENDED", suspension_reasons=("BILLING_ISSUE", "KMS_KEY_ISSUE"))
    assert outcome == warned(
        fact, Finding(code=Code.ADMIN_INSTANCE_SUSPENDED, about=NAME, other="BILLING_ISSUE, KMS_KEY_ISSUE")
    )


async def test_an_instance_that_its_owner_stopped_is_not_running() -> None:
    """Its state says RUNNABLE all the same."""
    fact = replace(FACT, activation_policy="NEVER")
    expected = warned(fact, Finding(code=Code.ADMIN_INSTANCE_NOT_RUNNING, about=NAME))
    assert await ask(instance(policy="NEVER")) == expected


@pytest.mark.parametrize("state", ["PENDING_CREATE", "MAINTENANCE", "FAILED", "REPAIRING"])
async def test_any_other_state_is_not_ready(state: str) -> None:
    """States that we do not know, too: the list grows."""
    expected = warned(replace(FACT, state=state), Finding(code=Code.ADMIN_INSTANCE_NOT_READY, about=NAME, other=state))
    assert await ask(instance(state)) == expected


@pytest.mark.parametrize("answer, slug, other", NOT_OURS_TO_READ, ids=[slug for _, slug, _ in NOT_OURS_TO_READ])
async def test_an_instance_that_we_may_not_read_is_unknown(answer: HttpAnswer, slug: str, other: str) -> None:
    outcome = await ask(answer)
    finding = Finding(code=Code(f"admin.instance.{slug}"), about=NAME, other=other)
    assert outcome == unknown(SkipReason.NOT_PERMITTED, finding, fact=outcome.fact, needs="cloudsql.instances.get")
    assert isinstance(outcome.fact, AdminInstance)
    assert outcome.fact.call.result is ApiResult(slug)


@pytest.mark.parametrize("answer, slug", BROKEN, ids=[slug for _, slug in BROKEN])
async def test_a_call_that_broke_is_a_warning(answer: HttpAnswer | ApiResult, slug: str) -> None:
    outcome = await ask(answer)
    assert outcome == warned(outcome.fact, Finding(code=Code(f"admin.instance.{slug}"), about=NAME))


# --- iam.permissions --------------------------------------------------------------------------------------------------

URL = f"{MANAGER}/v3/projects/{INSTANCE.project}:testIamPermissions"
CONNECT, GET, LOGIN = "cloudsql.instances.connect", "cloudsql.instances.get", "cloudsql.instances.login"
ANSWERED = ApiCall(method="POST", url=URL, result=ApiResult.ANSWER, http_status=200)


async def permit(answer: HttpAnswer | ApiResult, target: Target = SOCKET) -> Outcome:
    http = FakeHttp({f"POST {URL}": answer})
    around = env(target, options=OPTIONS, http=http, secrets={SecretName.PLATFORM_TOKEN: "ya29.read-token"})
    return await look(iam_permissions, around)


async def test_permissions_that_are_held_pass() -> None:
    fact = IamPermissions(call=ANSWERED, asked=(CONNECT, GET), held=(CONNECT, GET))
    assert await permit(says({"permissions": [CONNECT, GET]})) == passed(fact)


async def test_an_iam_login_needs_a_permission_more() -> None:
    fact = IamPermissions(call=ANSWERED, asked=(CONNECT, GET, LOGIN), held=(CONNECT, GET))
    outcome = await permit(says({"permissions": [CONNECT, GET]}), iam(SOCKET))
    assert outcome == warned(fact, Finding(code=Code.IAM_PERMISSIONS_NOT_HELD, about=LOGIN))


async def test_the_field_is_left_out_where_nothing_is_held() -> None:
    fact = IamPermissions(call=ANSWERED, asked=(CONNECT, GET))
    findings = [Finding(code=Code.IAM_PERMISSIONS_NOT_HELD, about=permission) for permission in (CONNECT, GET)]
    assert await permit(says({})) == warned(fact, *findings)


async def test_the_call_asks_with_the_token_that_is_made_for_it() -> None:
    http = FakeHttp({f"POST {URL}": says({})})
    secrets = {SecretName.PLATFORM_TOKEN: "ya29.read-token", SecretName.ADMIN_TOKEN: "ya29.admin-token"}
    await look(iam_permissions, env(SOCKET, options=OPTIONS, http=http, secrets=secrets))
    bearer = http.calls[0].bearer
    assert bearer is not None
    assert bearer.reveal() == "ya29.read-token"
    assert sent(http.calls[0]) == {"permissions": [CONNECT, GET]}


async def test_without_that_token_nothing_is_asked() -> None:
    outcome = await look(iam_permissions, env(SOCKET))
    assert outcome == unknown(SkipReason.NOT_PERMITTED, needs="https://www.googleapis.com/auth/cloud-platform")


@pytest.mark.parametrize("answer, slug, other", NOT_OURS_TO_READ, ids=[slug for _, slug, _ in NOT_OURS_TO_READ])
async def test_permissions_that_we_may_not_test_are_unknown(answer: HttpAnswer, slug: str, other: str) -> None:
    outcome = await permit(answer)
    finding = Finding(code=Code(f"iam.permissions.{slug}"), about="acme-prod", other=other)
    needs = "cloudresourcemanager.googleapis.com"
    assert outcome == unknown(SkipReason.NOT_PERMITTED, finding, fact=outcome.fact, needs=needs)
    assert isinstance(outcome.fact, IamPermissions)
    assert (outcome.fact.call.result, outcome.fact.asked) == (ApiResult(slug), (CONNECT, GET))


@pytest.mark.parametrize("answer, slug", BROKEN, ids=[slug for _, slug in BROKEN])
async def test_a_test_of_permissions_that_broke_is_a_warning(answer: HttpAnswer | ApiResult, slug: str) -> None:
    outcome = await permit(answer)
    assert (outcome.status, outcome.code) == (Status.WARN, Code(f"iam.permissions.{slug}"))


@pytest.mark.parametrize("target, applies", [(SOCKET, True), (CONNECTOR, True), (DIRECT, False), (None, True)])
def test_both_ask_where_an_instance_is_named(target: Target | None, applies: bool) -> None:
    for check in (admin_instance, iam_permissions):
        assert check.applies(env(target)) is applies
        assert (check.cloud_only, check.on_timeout) == (True, None)
