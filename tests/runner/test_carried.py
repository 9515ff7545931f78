"""Outcomes that a run takes over from another one."""

import asyncio

import pytest
from msgspec.structs import replace

from diagnostics.check import Check, Env, SecretName, Vault
from diagnostics.core.codes import RUNGS, CheckId
from diagnostics.core.facts import ConfigTarget, DnsTarget, Facts
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, Secret, SkipReason, Status
from diagnostics.core.outcome import CheckResult, Mode, Outcome, Run, failed, passed
from diagnostics.core.redact import Redactor
from diagnostics.runner import Carried, run_checks
from tests.fakes import START
from tests.runner.test_runner import DNS, env, gives, ladder, of, one

FACT = DnsTarget(host="db", addresses=("192.0.2.1",))
EARLIER = CheckResult(check=CheckId.DNS_TARGET, outcome=passed(FACT), duration_seconds=0.5, as_of=START)
NXDOMAIN = failed(None, Finding(code=Code.DNS_TARGET_NXDOMAIN))


async def unasked(_env: Env, _facts: Facts) -> Outcome:
    raise AssertionError("evaluated although its outcome is there")


UNASKED = one(CheckId.DNS_TARGET, unasked)


def there(*results: CheckResult) -> Carried:
    carried = {}
    for result in results:
        carried[result.check] = asyncio.get_running_loop().create_future()
        carried[result.check].set_result(result)
    return carried


async def run(*checks: Check, carried: Carried) -> Run:
    return await run_checks(checks, env(), Mode.SERVE, "run-1", (), carried)


async def test_what_is_carried_is_not_evaluated_and_keeps_when_and_how_long() -> None:
    result = of(await run(UNASKED, *ladder(), carried=there(EARLIER)), CheckId.DNS_TARGET)
    assert (result.outcome, result.as_of, result.duration_seconds) == (EARLIER.outcome, START, 0.5)


async def test_what_is_carried_satisfies_a_requirement_and_gives_its_fact() -> None:
    async def reads(_env: Env, facts: Facts) -> Outcome:
        return passed(ConfigTarget(sources=(facts.get(DnsTarget) or FACT).addresses))

    after = one(CheckId.CONFIG_TARGET, reads, CheckId.DNS_TARGET)
    assert of(await run(UNASKED, after, carried=there(EARLIER)), after.id).outcome.fact == ConfigTarget(
        sources=("192.0.2.1",)
    )


async def test_a_failure_that_is_carried_blocks_like_one_that_was_just_found() -> None:
    result = await run(UNASKED, *ladder(), carried=there(replace(EARLIER, outcome=NXDOMAIN)))
    assert of(result, RUNGS[0]).outcome.reason is SkipReason.BLOCKED
    assert of(result, CheckId.DNS_TARGET).outcome.status is Status.FAIL


async def test_whether_it_may_be_called_a_failure_is_for_the_run_that_takes_it_over_to_say() -> None:
    unneeded = of(await run(one(CheckId.DNS_TARGET, gives(NXDOMAIN)), carried={}), CheckId.DNS_TARGET)
    assert (unneeded.outcome.status, unneeded.found) == (Status.WARN, Status.FAIL)
    needed = of(await run(UNASKED, *ladder(), carried=there(unneeded)), CheckId.DNS_TARGET)
    assert (needed.outcome.status, needed.found) == (Status.FAIL, None)


async def test_an_outcome_may_come_from_a_run_that_goes_on_beside_this_one() -> None:
    coming: asyncio.Future[CheckResult | None] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run(UNASKED, *ladder(), carried={CheckId.DNS_TARGET: coming}))
    await asyncio.sleep(0)
    coming.set_result(EARLIER)
    assert of(await task, CheckId.DNS_TARGET).as_of == START


async def test_what_the_other_run_did_not_get_to_is_evaluated() -> None:
    coming: asyncio.Future[CheckResult | None] = asyncio.get_running_loop().create_future()
    coming.set_result(None)
    result = of(await run(DNS, *ladder(), carried={CheckId.DNS_TARGET: coming}), CheckId.DNS_TARGET)
    assert result.as_of != EARLIER.as_of or result.duration_seconds != EARLIER.duration_seconds


async def test_a_run_that_ends_while_it_waits_leaves_the_outcome_to_the_others() -> None:
    coming: asyncio.Future[CheckResult | None] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run(UNASKED, carried={CheckId.DNS_TARGET: coming}))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not coming.done()


def test_a_vault_takes_over_what_outcomes_rest_on_and_hides_it_too() -> None:
    earlier, later = Vault(Redactor()), Vault(Redactor())
    earlier.put(SecretName.ADMIN_TOKEN, Secret("ya29.invented"))
    later.adopt(earlier)
    assert later.get(SecretName.ADMIN_TOKEN) is earlier.get(SecretName.ADMIN_TOKEN)
    assert "invented" not in later.clean("said ya29.invented")
