"""What holds an app back: a path that is known to be broken, and nothing else."""

import pytest
from msgspec.structs import replace

from diagnostics.core.assemble import assemble
from diagnostics.core.codes import CheckId
from diagnostics.core.findings import Code
from diagnostics.core.model import FailOn, Finding, Route, SkipReason
from diagnostics.core.observed import Reach
from diagnostics.core.outcome import Outcome, Run, failed, skipped, unknown, warned
from diagnostics.core.report import AgentInfo, Report
from diagnostics.core.stance import STALLED, Stance, settled_by_settings, stance_of
from tests.core.stories import CLOSED, MUTE, Changes, dial, fail, hygiene, story

D, S = Route.DIRECT, Route.SOCKET


def report(run: Run, fail_on: FailOn = FailOn.FAIL) -> Report:
    return assemble(run, agent=AgentInfo(version="1", hostname="here"), titles={}, fail_on=fail_on)


def settings(*codes: Code, about: str = "DATABASE_URL") -> Run:
    """A run that the settings gave no target."""
    problems = tuple(Finding(code=code, about=about) for code in codes)
    return story(D, {CheckId.CONFIG_TARGET: failed(None, *problems)}, without_target=True)


def not_known(check: CheckId, outcome: Outcome, seconds: float = 0.0) -> Run:
    """Up to this check all is well, and from it on nothing is known."""
    checks = tuple(CheckId)
    blocked = unknown(outcome.reason or SkipReason.NO_ANSWER)
    behind: Changes = {
        each: replace(blocked, blocked_by=check) for each in checks[checks.index(check) + 1 :] if each.value > ""
    }
    run = story(D, {**behind, check: outcome}, seconds={check: seconds})
    return replace(run, depth_reached=False)


@pytest.mark.parametrize(
    "run, stance",
    [
        (story(D, {}), Stance.WORKS),
        (story(S, {CheckId.CONFIG_HYGIENE: hygiene((Code.CONFIG_HYGIENE_QUOTED, "DB_HOST"))}), Stance.WORKS),
        (story(D, {CheckId.TCP_CONNECT: dial(Reach.SILENT)}), Stance.BROKEN),
        (story(S, CLOSED), Stance.BROKEN),
        (story(S, MUTE), Stance.BROKEN),
        (story(S, {CheckId.SOCKET_MOUNT: fail(Code.SOCKET_MOUNT_NOT_MOUNTED)}), Stance.BROKEN),
        (settings(Code.CONFIG_TARGET_HOST_TOO_LONG), Stance.BROKEN),
        (settings(Code.CONFIG_TARGET_MALFORMED_URL), Stance.UNKNOWABLE),
        (settings(Code.CONFIG_TARGET_PLACEHOLDER_IN_URL), Stance.UNKNOWABLE),
        (settings(Code.CONFIG_TARGET_SECRET_UNREADABLE), Stance.NOT_YET),
        (settings(Code.CONFIG_TARGET_MALFORMED_URL, about="DATABASE_URL_FILE"), Stance.NOT_YET),
        (not_known(CheckId.CONFIG_TARGET, unknown(SkipReason.NOT_CONFIGURED)), Stance.UNKNOWABLE),
        (not_known(CheckId.TCP_CONNECT, unknown(SkipReason.CRASHED)), Stance.UNKNOWABLE),
        (not_known(CheckId.POSTGRES_AUTH, unknown(SkipReason.NOT_CONFIGURED)), Stance.UNKNOWABLE),
        (not_known(CheckId.TCP_CONNECT, unknown(SkipReason.NO_ANSWER)), Stance.NOT_YET),
        (not_known(CheckId.TCP_CONNECT, unknown(SkipReason.RUN_DEADLINE)), Stance.NOT_YET),
        (not_known(CheckId.TCP_CONNECT, unknown(SkipReason.RUN_DEADLINE), STALLED), Stance.BROKEN),
    ],
)
def test_only_what_is_known_to_be_broken_holds_the_app_back(run: Run, stance: Stance) -> None:
    assert stance_of(report(run)) is stance


def test_a_driver_that_had_no_time_left_does_not_unmake_a_query_that_came_back() -> None:
    """Not for ``wait``; ``check`` says that it did not do all that it was asked to."""
    run = story(D, {CheckId.DRIVER_ASYNCPG: unknown(SkipReason.RUN_DEADLINE)})
    seen = report(run)
    assert (seen.exit_code, stance_of(seen)) == (22, Stance.WORKS)


def test_a_path_that_was_asked_for_in_part_works_in_part() -> None:
    left_out = skipped(SkipReason.DESELECTED)
    seen = report(story(D, {CheckId.POSTGRES_AUTH: left_out, CheckId.POSTGRES_QUERY: left_out}))
    assert (seen.works_until, seen.exit_code, stance_of(seen)) == ("startup", 0, Stance.WORKS)


def test_warnings_hold_back_whoever_asked_for_that() -> None:
    run = story(D, {CheckId.CONFIG_HYGIENE: warned(None, Finding(code=Code.CONFIG_HYGIENE_QUOTED, about="DB_HOST"))})
    assert [stance_of(report(run, each)) for each in (FailOn.FAIL, FailOn.WARN)] == [Stance.WORKS, Stance.BROKEN]


@pytest.mark.parametrize(
    "run, settled",
    [
        (settings(Code.CONFIG_TARGET_HOST_TOO_LONG), True),
        (settings(Code.CONFIG_TARGET_HOST_TOO_LONG, about="DB_HOST_FILE"), False),
        (settings(Code.CONFIG_TARGET_HOST_TOO_LONG, about="/etc/targets.toml: targets.orders.host"), False),
        (story(D, {CheckId.TCP_CONNECT: dial(Reach.REFUSED)}), False),
        (story(D, {}), False),
    ],
)
def test_variables_of_a_process_stay_what_they_are_and_files_do_not(run: Run, settled: bool) -> None:
    assert settled_by_settings(report(run)) is settled
