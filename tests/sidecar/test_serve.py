"""``cloudsql-diag serve`` as a process of its own, in the lab and outside of it."""

import socket
import subprocess

from diagnostics.core.codes import Cause
from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Route
from tests.sidecar.process import ENDED_WITHIN, NOWHERE, OUTSIDE, PATIENCE, in_lab, serving


def test_a_scrape_shows_the_cause_of_the_fault_that_is_on_and_none_when_it_is_off(lab: Lab) -> None:
    with in_lab(lab, lab.arrange("silent-drop", route=Route.DIRECT)) as served:
        served.until("/metrics", f'cloudsqldiag_diagnosis_info{{cause="{Cause.TCP_TIMEOUT}"')
        lab.switchboard.off("silent-drop")
        body = served.until("/metrics", 'cloudsqldiag_diagnosis_info{cause="none"')
        assert f'cloudsqldiag_diagnosis_info{{cause="{Cause.TCP_TIMEOUT}"' not in body
        assert 'cloudsqldiag_up{target="orders"} 1.0' in body
        served.until("/metrics", 'cloudsqldiag_state_changes_total{target="orders"} 1.0')


def test_sigterm_ends_it_with_0_within_two_seconds_while_a_run_hangs(lab: Lab) -> None:
    with in_lab(lab, lab.arrange("accept-then-silence", route=Route.DIRECT)) as served:
        served.until("/startup")
        code, seconds, errors = served.terminate()
    assert (code, "Traceback" in errors) == (0, False)
    assert seconds < ENDED_WITHIN


def test_sigterm_ends_it_with_0_when_it_has_only_just_started() -> None:
    with serving(OUTSIDE, NOWHERE) as served:
        served.until("/startup")
        assert served.terminate()[0] == 0


def test_without_any_setting_it_serves_a_diagnosis() -> None:
    with serving(OUTSIDE, NOWHERE) as served:
        report = served.report()
        assert [diagnosis.cause for diagnosis in report.diagnoses] == [Cause.CONFIG_MISSING_ENV]
        assert served.get("/live")[0] == 200
        assert served.terminate()[0] == 0


def test_a_wrong_variable_of_ours_is_said_and_does_not_end_it() -> None:
    with serving(OUTSIDE, {**NOWHERE, "CLOUDSQL_DIAG_DEPTH": "bottom"}) as served:
        served.until("/ready")
        code, _, errors = served.terminate()
    assert code == 0
    assert "CLOUDSQL_DIAG_DEPTH" in errors


def test_a_taken_port_is_the_one_thing_that_ends_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = {**NOWHERE, "CLOUDSQL_DIAG_PORT": str(taken.getsockname()[1])}
        done = subprocess.run(OUTSIDE, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_password_file_that_changes_is_read_at_the_next_run(lab: Lab) -> None:
    environment = lab.arrange(route=Route.DIRECT)
    file = lab.directory / "home" / "password"
    file.write_text("not-the-passw0rd")
    file.chmod(0o644)
    right = environment.pop("POSTGRES_PASSWORD")
    with in_lab(lab, {**environment, "POSTGRES_PASSWORD_FILE": str(file)}) as served:
        served.until("/metrics", f'cause="{Cause.PG_AUTH_PASSWORD}"')
        file.write_text(right)
        served.until("/metrics", 'cause="none"')
