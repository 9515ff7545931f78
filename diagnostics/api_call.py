"""One call of a Google API as a check makes it: bounded, classified, cleaned.

An API that answers 429 or 503 is left alone, with all its methods, for as long as it says in ``Retry-After``, and where
it says nothing for a minute, then two, then four. What it said stands in for another answer meanwhile.
"""

from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from diagnostics.backoff import FIRST, SHORTEST, Earlier
from diagnostics.check import Env, SecretName
from diagnostics.core.codes import CheckId
from diagnostics.core.findings import code_of
from diagnostics.core.google_api import decoded, verdict_of
from diagnostics.core.model import Finding, Secret, Value
from diagnostics.core.observed import ApiCall, ApiResult
from diagnostics.core.outcome import Outcome
from diagnostics.core.retry_after import seconds_of
from diagnostics.ports import HttpAnswer, HttpCall, HttpFailed

T = TypeVar("T")

CONNECT_LIMIT = 2.0
"""Seconds for TCP and TLS to the API: a dropped SYN is sent again after 1 s, so silence for 2 s is a closed path."""

LIMIT = 8.0
"""Seconds for one call. It takes well under a second; making a certificate on a busy day was seen to take several."""

_OK = 200
_BUSY = frozenset({429, 503})
"""Too many requests, and service unavailable: the two that Retry-After belongs to."""


class ApiRequest(Value, frozen=True, kw_only=True):
    """What to ask, with whose token."""

    method: str
    url: str
    body: Secret | None = None
    token: SecretName = SecretName.ADMIN_TOKEN
    limit: float = LIMIT
    """Seconds for all of it."""


async def call_api(env: Env, request: ApiRequest, shape: type[T]) -> tuple[ApiCall, T | None]:
    """The call as a fact, and the body where it has the hoped-for shape."""
    memory, now = env.busy_apis, env.clock.monotonic()
    api = memory.question((urlsplit(request.url).netloc,))
    earlier = memory.recall(api, now)
    if earlier is not None:
        said = msgspec.structs.replace(earlier.answer, method=request.method, url=request.url, answered_at=earlier.at)
        return said, None
    call = HttpCall(
        method=request.method,
        url=request.url,
        headers={"Accept": "application/json"},
        bearer=env.vault.get(request.token),
        body=request.body,
        connect_limit=min(CONNECT_LIMIT, request.limit),
        limit=request.limit,
    )
    try:
        answer = await env.http.request(call)
    except HttpFailed as failure:
        return ApiCall(method=request.method, url=request.url, result=failure.result), None
    body = decoded(answer.body, shape) if answer.status == _OK else None
    if body is not None:
        memory.forget(api)
        return ApiCall(method=request.method, url=request.url, result=ApiResult.ANSWER, http_status=_OK), body
    said = _said(env, request, answer)
    if answer.status in _BUSY:
        asked = seconds_of(answer.headers.get("retry-after", ""), env.clock.now())
        pause = FIRST if asked is None else max(SHORTEST, asked)
        memory.take(
            api, Earlier(answer=said, at=env.clock.now()), env.clock.monotonic(), pause, exactly=asked is not None
        )
    return said, None


def _said(env: Env, request: ApiRequest, answer: HttpAnswer) -> ApiCall:
    verdict = verdict_of(answer.status, answer.body)
    return ApiCall(
        method=request.method,
        url=request.url,
        result=verdict.result,
        http_status=answer.status,
        reason=env.vault.clean(verdict.reason),
        message=env.vault.clean(verdict.message),
        permission=env.vault.clean(verdict.permission),
        consumer=env.vault.clean(verdict.consumer),
    )


def finding_of(check: CheckId, call: ApiCall, about: str) -> Finding:
    """What a call without the hoped-for answer means for its check."""
    return Finding(code=code_of(check, call.result.value), about=about, other=call.consumer or call.permission)


def as_answered(call: ApiCall, outcome: Outcome) -> Outcome:
    """What a check made of the call, as old as its answer."""
    return msgspec.structs.replace(outcome, found_at=call.answered_at)
