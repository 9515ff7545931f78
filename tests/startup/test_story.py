"""The first incident once more, seen from the app: all traffic through a VPC without NAT, and a limit of 8.0 s printed.

It took 31 hours to find out that no packet got out, and that the limit that fired was another one.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from diagnostics.lab.world import Route
from tests.scenarios.scenario import Scenario, pairs
from tests.scenarios.stage import Stage, end

pytestmark = pytest.mark.netns

ROOT = Path(__file__).parents[2]
OUTAGE = Scenario(
    id="startup",
    what="the outage, from inside the app",
    world=pairs("egress=all-traffic nat=off instance_ip=public pga=off"),
    route=Route.SOCKET,
)
FIX = "gcloud run services update api --region europe-west1 --vpc-egress private-ranges-only"
READY = """
import time, urllib.request
until = time.monotonic() + 60
while time.monotonic() < until:
    try:
        urllib.request.urlopen("http://127.0.0.1:18307/ready", timeout=1)
        break
    except OSError:
        time.sleep(0.1)
"""


LIMITS = """
import json, urllib.request
report = json.load(urllib.request.urlopen("http://127.0.0.1:18307/api/v1/report", timeout=5))
print(json.dumps(report["limits"]))
"""


@pytest.fixture(scope="module")
def world() -> Iterator[Stage]:
    with Stage() as stage:
        yield stage


def line_of_the_app(stage: Stage, temporary: Path, **more: str) -> dict[str, Any]:
    temporary.chmod(0o777)
    environment = stage.arrange(OUTAGE) | {"PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)} | more
    ended = stage.run(sys.executable, str(ROOT / "tests/startup/app_of_the_story.py"), environment=environment)
    said = ended.stderr.decode()
    assert "Database initialization timeout after 8.0s" in said, "the app's own exception goes on"
    line: dict[str, Any] = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
    return line


def fired(line: dict[str, Any]) -> list[str]:
    return [timer["name"] for timer in line["timers"] if timer["fired"]]


def assert_it_is_settled(line: dict[str, Any]) -> None:
    assert fired(line) == ["table_setup"]
    assert "table_setup 5.0 s (sure), not initialization 8.0 s" in line["message"]
    assert "A longer limit will not help" in line["message"]
    assert line["cause"] == "vpc.nat_missing_or_exhausted"
    assert line["exit_code"] == 14
    assert line["remedy"] == FIX


def test_beside_a_sidecar_the_line_settles_it(world: Stage, tmp_path: Path) -> None:
    sidecar = world.start("cloudsql-diag", "serve", environment=world.arrange(OUTAGE))
    try:
        world.run(sys.executable, "-c", READY, environment=world.arrange(OUTAGE))
        line = line_of_the_app(world, tmp_path)
        asked = world.run(sys.executable, "-c", LIMITS, environment=world.arrange(OUTAGE))
    finally:
        end(sidecar)
        sidecar.communicate()
    assert line["diagnosed_by"] == "agent"
    assert_it_is_settled(line)
    told = {limit["name"]: limit["fired"] for limit in json.loads(asked.stdout)}
    assert (told["initialization"], told["table_setup"]) == (False, True)


def test_without_a_sidecar_a_child_settles_it(world: Stage, tmp_path: Path) -> None:
    line = line_of_the_app(world, tmp_path)
    assert line["diagnosed_by"] == "child"
    assert_it_is_settled(line)


def test_without_either_the_line_says_what_is_known_and_no_more(world: Stage, tmp_path: Path) -> None:
    line = line_of_the_app(world, tmp_path, DIAGNOSE="text")
    assert line["diagnosed_by"] == "text"
    assert fired(line) == ["table_setup"]
    assert line["cause"] == "tcp.timeout"
    assert line["confidence"] == "possible"
    assert "will not help" not in line["message"]
