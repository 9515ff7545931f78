"""What-if trials on an ordinary server, and a run that is told to make none."""

import msgspec
import pytest

from tests.e2e.ordinary import PASSWORD, Ordinary
from tests.e2e.program import check, environment, run

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


@pytest.mark.parametrize("choice, confidence", [("auto", "proven"), ("none", "likely")])
def test_wait_makes_trials_or_none_and_its_last_try_takes_no_proof_back(
    postgres: Ordinary, choice: str, confidence: str
) -> None:
    variables = postgres.variables(password=f"{PASSWORD}\n") | {"CLOUDSQL_DIAG_TRIALS": choice}
    done = run("wait", "--timeout", "3", "-o", "json", environ=environment(**variables))
    assert done.returncode == 124, done.stderr
    document = msgspec.json.decode(done.stdout)
    [diagnosis] = document["diagnoses"]
    assert (diagnosis["cause"], diagnosis["confidence"]) == ("config.secret_trailing_newline", confidence)
    assert bool(document["trials"]) is (choice == "auto")
