"""Row 3: the metadata server, the service account it speaks for, and its tokens."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from diagnostics.check import Env, SecretName
from diagnostics.checks.identity import identity_account, identity_token, metadata_server
from diagnostics.core.facts import IdentityAccount, IdentityToken, MetadataServer
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, Platform, PlatformKind, Target
from diagnostics.core.observed import ApiResult, TokenFact
from diagnostics.core.outcome import Outcome, failed, passed, warned
from diagnostics.ports import CredentialsProblem, HttpAnswer
from tests.checks.stage import DIRECT, FULL_ACCOUNT, env, fails, iam, look
from tests.fakes import START, FakeCredentials, FakeHttp

NAME, ADDRESS = "metadata.google.internal", "169.254.169.254"
ADMIN = "https://www.googleapis.com/auth/sqlservice.admin"
LOGIN = "https://www.googleapis.com/auth/sqlservice.login"
READ = "https://www.googleapis.com/auth/cloud-platform"
EVERYTHING = "https://www.googleapis.com/auth/cloud-platform"
VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
EXPIRY = START + timedelta(seconds=3480)

Answers = Mapping[str, HttpAnswer | ApiResult]

# Without an answer: what each call may meet. TLS_FAILED only where a proxy meddles.
ENDS = {
    ApiResult.SILENT: "silent",
    ApiResult.REFUSED: "refused",
    ApiResult.UNREACHABLE: "unreachable",
    ApiResult.CLOSED: "closed",
}


def says(text: str, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status=status, headers={"metadata-flavor": "Google"}, body=text.encode())


def somebody_else(text: str = "<html>", status: int = 200) -> HttpAnswer:
    return HttpAnswer(status=status, headers={"server": "nginx"}, body=text.encode())


def token(text: str) -> HttpAnswer:
    return says(f'{{"access_token": "{text}", "expires_in": 3480, "token_type": "Bearer"}}')


def at(host: str, answers: Answers) -> FakeHttp:
    return FakeHttp({f"GET http://{host}/computeMetadata/v1/{path}": answer for path, answer in answers.items()})


PROJECT = "project/project-id"
HEALTHY: Answers = {
    PROJECT: says("acme-prod"),
    "project/numeric-project-id": says("1234567890"),
    "instance/region": says("projects/1234567890/regions/europe-west1"),
    "universe/universe-domain": says("googleapis.com"),
}


async def test_the_server_says_where_we_are() -> None:
    http = at(NAME, HEALTHY)
    expected = MetadataServer(
        host=NAME,
        by_name=ApiResult.ANSWER,
        http_status=200,
        project="acme-prod",
        project_number="1234567890",
        region="europe-west1",
    )
    assert await look(metadata_server, env(http=http)) == passed(expected)


async def test_calls_carry_the_header_and_no_proxy() -> None:
    """Without Metadata-Flavor the server refuses; through a proxy another machine's identity would answer."""
    http = at(NAME, HEALTHY)
    await look(metadata_server, env(http=http))
    assert all(call.headers == {"Metadata-Flavor": "Google"} and call.direct for call in http.calls)


async def test_another_universe_is_told() -> None:
    """Its APIs have other names."""
    http = at(NAME, {**HEALTHY, "universe/universe-domain": says("sovereign.example")})
    outcome = await look(metadata_server, env(http=http))
    assert isinstance(outcome.fact, MetadataServer)
    assert outcome.fact.universe == "sovereign.example"


async def test_details_that_the_server_lacks_are_empty_and_no_failure() -> None:
    missing = dict.fromkeys(("project/numeric-project-id", "instance/region"), says("", 404))
    outcome = await look(
        metadata_server,
        env(http=at(NAME, {PROJECT: says("acme-prod"), **missing, "universe/universe-domain": ApiResult.CLOSED})),
    )
    assert outcome == passed(MetadataServer(host=NAME, by_name=ApiResult.ANSWER, http_status=200, project="acme-prod"))


async def ask_server(by_name: HttpAnswer | ApiResult, by_address: HttpAnswer | ApiResult) -> Outcome:
    url = f"/computeMetadata/v1/{PROJECT}"
    return await look(
        metadata_server,
        env(http=FakeHttp({f"GET http://{NAME}{url}": by_name, f"GET http://{ADDRESS}{url}": by_address})),
    )


@pytest.mark.parametrize(
    "result", [ApiResult.UNRESOLVED, ApiResult.SILENT, somebody_else()], ids=["unresolved", "silent", "another"]
)
async def test_an_answer_by_address_alone_blames_the_name(result: HttpAnswer | ApiResult) -> None:
    outcome = await ask_server(result, says("acme-prod"))
    assert (outcome.code, outcome.findings[0].about) == (Code.METADATA_SERVER_NAME_UNRESOLVED, NAME)
    assert isinstance(outcome.fact, MetadataServer)
    assert outcome.fact.by_address is ApiResult.ANSWER


@pytest.mark.parametrize(
    "result, slug",
    [*ENDS.items(), (ApiResult.UNRESOLVED, "name_unresolved"), (ApiResult.TLS_FAILED, "not_metadata")],
)
async def test_no_answer_by_either_is_named_after_the_name(result: ApiResult, slug: str) -> None:
    expected = MetadataServer(host=NAME, by_name=result, by_address=ApiResult.SILENT)
    assert await ask_server(result, ApiResult.SILENT) == fails(Code(f"metadata.server.{slug}"), NAME, fact=expected)


async def test_an_answer_without_the_flavor_header_is_not_metadata() -> None:
    expected = MetadataServer(
        host=NAME, by_name=ApiResult.UNEXPECTED_ANSWER, by_address=ApiResult.UNEXPECTED_ANSWER, http_status=200
    )
    assert await ask_server(somebody_else(), somebody_else()) == fails(
        Code.METADATA_SERVER_NOT_METADATA, NAME, fact=expected
    )


@pytest.mark.parametrize(
    "status, result", [(403, ApiResult.DENIED), (404, ApiResult.NOT_FOUND), (503, ApiResult.SERVER_ERROR)]
)
async def test_a_status_of_the_server_is_told(status: int, result: ApiResult) -> None:
    expected = MetadataServer(host=NAME, by_name=result, by_address=result, http_status=status)
    assert await ask_server(says("no", status), says("no", status)) == fails(
        Code.METADATA_SERVER_ERROR_STATUS, NAME, fact=expected
    )


async def test_a_host_of_the_users_own_is_not_asked_by_another_address() -> None:
    """GCE_METADATA_HOST names an emulator; the real server has nothing to do with it."""
    platform = Platform(kind=PlatformKind.GOOGLE_CLOUD, metadata_host="127.0.0.1:8080")
    http = at("127.0.0.1:8080", {PROJECT: ApiResult.REFUSED})
    outcome = await look(metadata_server, env(platform=platform, http=http))
    assert outcome == fails(
        Code.METADATA_SERVER_REFUSED,
        "127.0.0.1:8080",
        fact=MetadataServer(host="127.0.0.1:8080", by_name=ApiResult.REFUSED),
    )
    assert len(http.calls) == 1


def test_a_credentials_file_takes_the_place_of_the_server() -> None:
    for check in (metadata_server, identity_account):
        assert check.applies(env())
        assert not check.applies(env(credentials=FakeCredentials(VARIABLE)))
    assert identity_token.applies(env(credentials=FakeCredentials(VARIABLE)))


# --- identity.account -------------------------------------------------------------------------------------------------

EMAIL, SCOPES = "instance/service-accounts/default/email", "instance/service-accounts/default/scopes"


async def ask_account(answers: Answers) -> Outcome:
    return await look(identity_account, env(http=at(NAME, answers)))


async def test_the_account_and_its_scopes_are_read() -> None:
    outcome = await ask_account({EMAIL: says(f"{FULL_ACCOUNT}\n"), SCOPES: says(f"{ADMIN}\n{LOGIN}\n")})
    assert outcome == passed(IdentityAccount(email=FULL_ACCOUNT, scopes=(ADMIN, LOGIN), http_status=200))


@pytest.mark.parametrize("scopes", [says("", 404), ApiResult.CLOSED], ids=["404", "closed"])
async def test_an_account_without_a_list_of_scopes_is_one(scopes: HttpAnswer | ApiResult) -> None:
    outcome = await ask_account({EMAIL: says(FULL_ACCOUNT), SCOPES: scopes})
    assert outcome == passed(IdentityAccount(email=FULL_ACCOUNT, http_status=200))


@pytest.mark.parametrize("result, slug", [*ENDS.items(), (ApiResult.UNRESOLVED, "error_status")])
async def test_no_answer_about_the_account(result: ApiResult, slug: str) -> None:
    expected = fails(Code(f"identity.account.{slug}"), fact=IdentityAccount())
    assert await ask_account({EMAIL: result}) == expected


@pytest.mark.parametrize(
    "answer, slug",
    [(says("", 404), "missing"), (says("", 500), "error_status"), (somebody_else(status=404), "error_status")],
    ids=["404", "500", "somebody else"],
)
async def test_an_answer_that_names_no_account(answer: HttpAnswer, slug: str) -> None:
    expected = fails(Code(f"identity.account.{slug}"), fact=IdentityAccount(http_status=answer.status))
    assert await ask_account({EMAIL: answer}) == expected


# --- identity.token ---------------------------------------------------------------------------------------------------

TOKEN = "instance/service-accounts/default/token?scopes="
ISSUED = {
    f"{TOKEN}{ADMIN}": token("ya29.admin-x"),
    f"{TOKEN}{LOGIN}": token("ya29.login-x"),
    f"{TOKEN}{READ}": token("ya29.read-x"),
}


def revealed(around: Env) -> dict[SecretName, str]:
    found = {name: around.vault.get(name) for name in SecretName}
    return {name: secret.reveal() for name, secret in found.items() if secret}


def issued(*scopes: str) -> IdentityToken:
    return IdentityToken(tokens=tuple(TokenFact(scope=scope, expires_at=EXPIRY, http_status=200) for scope in scopes))


async def test_a_password_login_needs_no_login_token() -> None:
    around = env(http=at(NAME, ISSUED))
    assert await look(identity_token, around, IdentityAccount(email=FULL_ACCOUNT)) == passed(issued(ADMIN, READ))
    assert revealed(around) == {SecretName.ADMIN_TOKEN: "ya29.admin-x", SecretName.PLATFORM_TOKEN: "ya29.read-x"}


async def test_an_iam_login_needs_one() -> None:
    around = env(iam(DIRECT), http=at(NAME, ISSUED))
    assert await look(identity_token, around, IdentityAccount()) == passed(issued(ADMIN, LOGIN, READ))
    assert revealed(around)[SecretName.LOGIN_TOKEN] == "ya29.login-x"


async def test_without_a_target_the_admin_token_is_asked_for_all_the_same() -> None:
    assert await look(identity_token, env(None, http=at(NAME, ISSUED))) == passed(issued(ADMIN, READ))


async def test_the_token_for_permissions_may_be_missing() -> None:
    """They are advisory, so is what reads them."""
    http = at(NAME, ISSUED | {f"{TOKEN}{READ}": says("", 404)})
    assert await look(identity_token, env(http=http)) == passed(issued(ADMIN))


@pytest.mark.parametrize("result, slug", [*ENDS.items(), (ApiResult.UNRESOLVED, "error_status")])
async def test_no_answer_about_a_token(result: ApiResult, slug: str) -> None:
    http = at(NAME, {f"{TOKEN}{ADMIN}": result})
    fact = IdentityToken(tokens=(TokenFact(scope=ADMIN),))
    assert await look(identity_token, env(http=http)) == fails(Code(f"identity.token.{slug}"), ADMIN, fact=fact)


@pytest.mark.parametrize(
    "answer, slug",
    [
        (says("", 404), "missing"),
        (says("", 403), "denied"),
        (says("", 500), "error_status"),
        (says("not JSON"), "error_status"),
        (says('{"expires_in": 5}'), "error_status"),
        (somebody_else(), "error_status"),
    ],
    ids=["404", "403", "500", "not JSON", "without a token", "somebody else"],
)
async def test_an_answer_that_is_no_token(answer: HttpAnswer, slug: str) -> None:
    http = at(NAME, {f"{TOKEN}{ADMIN}": answer})
    fact = IdentityToken(tokens=(TokenFact(scope=ADMIN, http_status=answer.status),))
    assert await look(identity_token, env(http=http)) == fails(Code(f"identity.token.{slug}"), ADMIN, fact=fact)


async def test_a_refused_login_token_shows_beside_the_admin_token() -> None:
    http = at(NAME, ISSUED | {f"{TOKEN}{LOGIN}": says("", 403)})
    fact = IdentityToken(tokens=(*issued(ADMIN).tokens, TokenFact(scope=LOGIN, http_status=403)))
    assert await look(identity_token, env(iam(DIRECT), http=http)) == fails(
        Code.IDENTITY_TOKEN_DENIED, LOGIN, fact=fact
    )


@pytest.mark.parametrize(
    "held, target, lacking",
    [
        ((EVERYTHING,), iam(DIRECT), ""),
        ((ADMIN, LOGIN), iam(DIRECT), ""),
        ((ADMIN,), DIRECT, ""),
        ((ADMIN,), iam(DIRECT), LOGIN),
        ((LOGIN,), DIRECT, ADMIN),
        (("https://www.googleapis.com/auth/devstorage.read_only",), iam(DIRECT), ADMIN),
        ((), iam(DIRECT), ""),
    ],
)
async def test_the_scopes_of_the_account_must_cover_what_is_wanted(
    held: tuple[str, ...], target: Target, lacking: str
) -> None:
    """GCE and GKE hand out a token all the same, without the scope that was asked for. No list is no evidence."""
    outcome = await look(identity_token, env(target, http=at(NAME, ISSUED)), IdentityAccount(scopes=held))
    fact = issued(ADMIN, READ) if target is DIRECT else issued(ADMIN, LOGIN, READ)
    finding = Finding(code=Code.IDENTITY_TOKEN_SCOPE_MISSING, about=lacking)
    assert outcome == (warned(fact, finding) if lacking else passed(fact))


async def test_a_credentials_file_gives_the_tokens() -> None:
    credentials = FakeCredentials(VARIABLE, {ADMIN: "ya29.file-admin", LOGIN: "ya29.file-login"})
    around = env(iam(DIRECT), credentials=credentials)
    expiry = START + timedelta(hours=1)
    fact = IdentityToken(
        source=VARIABLE, tokens=tuple(TokenFact(scope=scope, expires_at=expiry) for scope in (ADMIN, LOGIN))
    )
    assert await look(identity_token, around) == passed(fact)
    assert revealed(around) == {
        SecretName.ADMIN_TOKEN: "ya29.file-admin",
        SecretName.LOGIN_TOKEN: "ya29.file-login",
    }


@pytest.mark.parametrize(
    "problem, code",
    [
        (CredentialsProblem.MISSING, Code.IDENTITY_TOKEN_NO_CREDENTIALS),
        (CredentialsProblem.INVALID, Code.IDENTITY_TOKEN_INVALID_CREDENTIALS),
        (CredentialsProblem.REFUSED, Code.IDENTITY_TOKEN_DENIED),
        (CredentialsProblem.UNREACHABLE, Code.IDENTITY_TOKEN_SILENT),
    ],
)
async def test_a_credentials_file_without_a_token(problem: CredentialsProblem, code: Code) -> None:
    around = env(credentials=FakeCredentials(VARIABLE, problem))
    assert await look(identity_token, around) == fails(code, VARIABLE, fact=IdentityToken(source=VARIABLE))


async def test_the_tokens_that_a_file_gave_before_it_failed_are_told() -> None:
    around = env(iam(DIRECT), credentials=FakeCredentials(VARIABLE, {ADMIN: "ya29.file-admin"}))
    outcome = await look(identity_token, around)
    tokens = (TokenFact(scope=ADMIN, expires_at=START + timedelta(hours=1)),)
    assert outcome == failed(
        IdentityToken(source=VARIABLE, tokens=tokens), Finding(code=Code.IDENTITY_TOKEN_DENIED, about=VARIABLE)
    )
