"""Row 3: the metadata server, the service account it speaks for, and its tokens.

Source of paths and header: Google's container contract for Cloud Run and google-auth.
"""

import re
from datetime import timedelta

from diagnostics.check import Env, SecretName, check
from diagnostics.core import foreign
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import Facts, IdentityAccount, IdentityToken, MetadataServer
from diagnostics.core.findings import Code, code_of
from diagnostics.core.foreign import LONGEST_NAME, MOST
from diagnostics.core.google_api import TokenBody, decoded
from diagnostics.core.model import Finding, Login, Secret
from diagnostics.core.observed import ApiResult, TokenFact
from diagnostics.core.outcome import Outcome, failed, passed, warned
from diagnostics.ports import CredentialsFailed, CredentialsProblem, HttpAnswer, HttpCall, HttpFailed

LIMIT = 1.0
"""Seconds for one call: the server is on the same machine and needs no VPC path; google-auth allows 3 s."""

ADDRESS = "169.254.169.254"
"""The metadata server's address, which no VPC firewall and no egress setting touches."""

FLAVOR = "metadata-flavor"
"""Header that every answer of the real server carries; another answer comes from somebody else."""

ADMIN_SCOPE = "https://www.googleapis.com/auth/sqlservice.admin"
LOGIN_SCOPE = "https://www.googleapis.com/auth/sqlservice.login"
PLATFORM_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
"""For what only the platform's own APIs say: the Serverless VPC Access API takes no other scope (the Cloud Run Admin
API and testIamPermissions take it, too). A scope grants nothing: what the token may do is up to the account's roles."""

_COVERING = {
    ADMIN_SCOPE: {ADMIN_SCOPE, PLATFORM_SCOPE},
    LOGIN_SCOPE: {LOGIN_SCOPE, PLATFORM_SCOPE},
}

_PROJECT = re.compile(r"(?:[a-z0-9.\-]+:)?[a-z0-9\-]{1,63}", re.ASCII)
"""Id of a project, with the domain before it that old ones have: anything else is a page of somebody else."""

_ACCOUNT = "instance/service-accounts/default"

_PROBLEMS = {
    CredentialsProblem.MISSING: Code.IDENTITY_TOKEN_NO_CREDENTIALS,
    CredentialsProblem.INVALID: Code.IDENTITY_TOKEN_INVALID_CREDENTIALS,
    CredentialsProblem.REFUSED: Code.IDENTITY_TOKEN_DENIED,
    CredentialsProblem.UNREACHABLE: Code.IDENTITY_TOKEN_SILENT,
}


@check(
    CheckId.METADATA_SERVER,
    title="The metadata server answers",
    timeout=6 * LIMIT,
    on_timeout=Code.METADATA_SERVER_SILENT,
    cloud_only=True,
    applies=lambda env: not env.credentials.source(),
)
async def metadata_server(env: Env, facts: Facts) -> Outcome:
    """By name first, as every library asks; by address only to tell a broken name from a broken server."""
    host = env.platform.metadata_host
    result, answer = await _ask(env, host, "project/project-id")
    if answer is not None and result is ApiResult.ANSWER and not _PROJECT.fullmatch(_text(answer)):
        result = ApiResult.UNEXPECTED_ANSWER
    if result is ApiResult.ANSWER and answer is not None:
        return _described(host, answer, await _details(env, host))
    by_address = await _by_address(env, host)
    fact = MetadataServer(host=host, by_name=result, by_address=by_address, http_status=answer.status if answer else 0)
    if by_address is ApiResult.ANSWER:
        return failed(fact, Finding(code=Code.METADATA_SERVER_NAME_UNRESOLVED, about=host))
    return failed(fact, Finding(code=_metadata_code(result), about=host))


@check(
    CheckId.IDENTITY_ACCOUNT,
    title="A service account is attached",
    timeout=2 * LIMIT + 0.5,
    on_timeout=Code.IDENTITY_ACCOUNT_SILENT,
    requires=(CheckId.METADATA_SERVER,),
    cloud_only=True,
    applies=lambda env: not env.credentials.source(),
)
async def identity_account(env: Env, facts: Facts) -> Outcome:
    host = env.platform.metadata_host
    result, answer = await _ask(env, host, f"{_ACCOUNT}/email")
    if answer is None or result is not ApiResult.ANSWER:
        return failed(IdentityAccount(http_status=answer.status if answer else 0), Finding(code=_account_code(result)))
    _, scopes = await _ask(env, host, f"{_ACCOUNT}/scopes")
    return passed(
        IdentityAccount(
            email=_text(answer),
            scopes=_words(scopes) if scopes and scopes.status == _OK else (),
            http_status=answer.status,
        )
    )


@check(
    CheckId.IDENTITY_TOKEN,
    title="The identity gets access tokens for what the route needs",
    timeout=8 * LIMIT,
    on_timeout=Code.IDENTITY_TOKEN_SILENT,
    requires=(CheckId.IDENTITY_ACCOUNT,),
    cloud_only=True,
)
async def identity_token(env: Env, facts: Facts) -> Outcome:
    target = env.resolution.target
    wanted = [(SecretName.ADMIN_TOKEN, ADMIN_SCOPE)]
    if target is not None and target.login is Login.IAM:
        wanted.append((SecretName.LOGIN_TOKEN, LOGIN_SCOPE))
    if env.credentials.source():
        return await _from_file(env, wanted)
    return await _from_metadata(env, facts, wanted)


async def _from_metadata(env: Env, facts: Facts, wanted: list[tuple[SecretName, str]]) -> Outcome:
    tokens: list[TokenFact] = []
    for name, scope in wanted:
        result, answer = await _token(env, name, scope, tokens)
        if result is not ApiResult.ANSWER:
            fact = IdentityToken(tokens=(*tokens, TokenFact(scope=scope, http_status=answer.status if answer else 0)))
            return failed(fact, Finding(code=_token_code(result), about=scope))
    await _token(env, SecretName.PLATFORM_TOKEN, PLATFORM_SCOPE, tokens)
    return _scoped(IdentityToken(tokens=tuple(tokens)), facts.get(IdentityAccount), wanted)


async def _from_file(env: Env, wanted: list[tuple[SecretName, str]]) -> Outcome:
    tokens: list[TokenFact] = []
    source = env.credentials.source()
    try:
        for name, scope in wanted:
            token = await env.credentials.token(scope, 3 * LIMIT)
            env.vault.put(name, token.token)
            tokens.append(TokenFact(scope=scope, expires_at=token.expires_at))
    except CredentialsFailed as failure:
        return failed(
            IdentityToken(tokens=tuple(tokens), source=source), Finding(code=_PROBLEMS[failure.problem], about=source)
        )
    return passed(IdentityToken(tokens=tuple(tokens), source=source))


async def _token(
    env: Env, name: SecretName, scope: str, tokens: list[TokenFact]
) -> tuple[ApiResult, HttpAnswer | None]:
    result, answer = await _ask(env, env.platform.metadata_host, f"{_ACCOUNT}/token?scopes={scope}")
    if answer is None or result is not ApiResult.ANSWER:
        return result, answer
    body = decoded(answer.body, TokenBody)
    if body is None:
        return ApiResult.UNEXPECTED_ANSWER, answer
    env.vault.put(name, Secret(body.access_token))
    expires_at = env.clock.now() + timedelta(seconds=body.expires_in)
    tokens.append(TokenFact(scope=scope, expires_at=expires_at, http_status=answer.status))
    return result, answer


def _scoped(fact: IdentityToken, account: IdentityAccount | None, wanted: list[tuple[SecretName, str]]) -> Outcome:
    """GCE and GKE ignore the scopes that are asked for; the account's own list is what counts there."""
    held = set(account.scopes) if account else set()
    lacking = next((scope for _, scope in wanted if held and not held & _COVERING[scope]), "")
    return warned(fact, Finding(code=Code.IDENTITY_TOKEN_SCOPE_MISSING, about=lacking)) if lacking else passed(fact)


_OK = 200
_FORBIDDEN = 403
_NOT_FOUND = 404


async def _ask(env: Env, host: str, path: str) -> tuple[ApiResult, HttpAnswer | None]:
    call = HttpCall(
        url=f"http://{host}/computeMetadata/v1/{path}",
        headers={"Metadata-Flavor": "Google"},
        connect_limit=LIMIT,
        limit=LIMIT,
        direct=True,
    )
    try:
        answer = await env.http.request(call)
    except HttpFailed as failure:
        return failure.result, None
    if answer.headers.get(FLAVOR, "").lower() != "google":
        return ApiResult.UNEXPECTED_ANSWER, answer
    return _by_status(answer.status), answer


def _by_status(status: int) -> ApiResult:
    known = {_OK: ApiResult.ANSWER, _FORBIDDEN: ApiResult.DENIED, _NOT_FOUND: ApiResult.NOT_FOUND}
    return known.get(status, ApiResult.SERVER_ERROR)


async def _by_address(env: Env, host: str) -> ApiResult | None:
    """None where the name already was an address, or a host of the user's own."""
    if not host.endswith("google.internal"):
        return None
    result, _ = await _ask(env, ADDRESS, "project/project-id")
    return result


async def _details(env: Env, host: str) -> list[str]:
    details = []
    for path in ("project/numeric-project-id", "instance/region", "universe/universe-domain"):
        result, answer = await _ask(env, host, path)
        details.append(_text(answer) if answer and result is ApiResult.ANSWER else "")
    return details


def _described(host: str, answer: HttpAnswer, details: list[str]) -> Outcome:
    number, region, universe = details
    return passed(
        MetadataServer(
            host=host,
            by_name=ApiResult.ANSWER,
            http_status=answer.status,
            project=_text(answer),
            project_number=number,
            region=region.rpartition("/")[2],
            universe=universe or "googleapis.com",
        )
    )


def _text(answer: HttpAnswer) -> str:
    return foreign.name(answer.body[: 4 * LONGEST_NAME].decode("utf-8", "replace").strip())


def _words(answer: HttpAnswer) -> tuple[str, ...]:
    """One on each line."""
    lines = answer.body[: MOST * LONGEST_NAME].decode("utf-8", "replace").split()
    return tuple(map(foreign.name, lines[:MOST]))


def _metadata_code(result: ApiResult) -> Code:
    slugs = {
        ApiResult.UNRESOLVED: "name_unresolved",
        ApiResult.UNEXPECTED_ANSWER: "not_metadata",
        ApiResult.TLS_FAILED: "not_metadata",
        ApiResult.SILENT: "silent",
        ApiResult.REFUSED: "refused",
        ApiResult.UNREACHABLE: "unreachable",
        ApiResult.CLOSED: "closed",
    }
    return code_of(CheckId.METADATA_SERVER, slugs.get(result, "error_status"))


def _account_code(result: ApiResult) -> Code:
    slugs = {ApiResult.NOT_FOUND: "missing", ApiResult.SILENT: "silent", ApiResult.REFUSED: "refused"}
    slugs |= {ApiResult.UNREACHABLE: "unreachable", ApiResult.CLOSED: "closed"}
    return code_of(CheckId.IDENTITY_ACCOUNT, slugs.get(result, "error_status"))


def _token_code(result: ApiResult) -> Code:
    slugs = {
        ApiResult.NOT_FOUND: "missing",
        ApiResult.DENIED: "denied",
        ApiResult.SILENT: "silent",
        ApiResult.REFUSED: "refused",
    }
    slugs |= {ApiResult.UNREACHABLE: "unreachable", ApiResult.CLOSED: "closed"}
    return code_of(CheckId.IDENTITY_TOKEN, slugs.get(result, "error_status"))
