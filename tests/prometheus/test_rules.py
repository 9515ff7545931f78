"""Recording and alert rules without a server: promtool judges them."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.prometheus.server import RULES

HERE = Path(__file__).parent


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *arguments], cwd=HERE, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("path", sorted(RULES.glob("*.yaml")), ids=lambda path: path.name)
def test_rules_are_well_formed(path: Path) -> None:
    done = promtool("check", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_do_what_they_promise() -> None:
    done = promtool("test", "rules", "rules.test.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tried_as_firing_and_as_quiet() -> None:
    alerts = set(re.findall(r"- alert: (\w+)", (RULES / "alerts.yaml").read_text()))
    cases = (HERE / "rules.test.yaml").read_text()
    firing = set(re.findall(r"alertname: (\w+)\n\s+eval_time: \w+\n\s+exp_alerts:", cases))
    quiet = set(re.findall(r"\{alertname: (\w+), eval_time: 2h\}", cases))
    assert firing == alerts
    assert quiet == alerts
