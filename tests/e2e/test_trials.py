"""What-if trials on an ordinary server, and a run that is told to make none."""

import pytest

from tests.e2e.ordinary import PASSWORD, Ordinary
from tests.e2e.program import check, environment

pytestmark = pytest.mark.interop

REFUSED = "password authentication failed"


@pytest.mark.parametrize("choice, trials, confidence", [("auto", 1, "proven"), ("none", 0, "likely")])
def test_a_line_break_in_the_password_is_the_cause_and_a_trial_proves_it_where_trials_are_made(
    postgres: Ordinary, choice: str, trials: int, confidence: str
) -> None:
    before = len(postgres.log_lines())
    variables = postgres.variables(password=f"{PASSWORD}\n")
    done, report = check("--trials", choice, environ=environment(**variables))
    assert done.returncode == 10, report.codes()
    [diagnosis] = report.document["diagnoses"]
    assert (diagnosis["cause"], diagnosis["confidence"]) == ("config.secret_trailing_newline", confidence)
    assert len(report.document["trials"]) == trials
    refused = [line for line in postgres.log_lines()[before:] if REFUSED in line]
    assert len(refused) == 1, "the right password is not refused, and no trial repeats the wrong one"
