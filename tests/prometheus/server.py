"""Debian's Prometheus, started on loopback for one test module and ended by its own id."""

import contextlib
import json
import re
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

REPO = Path(__file__).parents[2]
RULES = REPO / "docs" / "deploy" / "prometheus"
PATIENCE = 20.0
"""Seconds for a process to start on a machine that does other things too."""

Labels = tuple[tuple[str, str], ...]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Something to scrape, and the labels that a collector would put on it."""

    port: int
    labels: Mapping[str, str]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    labels: dict[str, str]
    value: float


class Prometheus:
    """A running server."""

    def __init__(self, port: int) -> None:
        self.port = port

    def query(self, expression: str) -> list[Sample]:
        """An instant query; AssertionError where Prometheus refuses it."""
        answer = self._get("query", query=expression)
        return [
            Sample(labels=each["metric"], value=float(each["value"][1]))
            for each in answer["result"]
            if answer["resultType"] == "vector"
        ]

    def labels(self, name: str) -> list[str]:
        """Values of a label."""
        values: list[str] = self._get(f"label/{name}/values")
        return values

    def until(self, expression: str, count: int) -> list[Sample]:
        """The samples of a query, once there are as many."""
        deadline = time.monotonic() + PATIENCE
        found: list[Sample] = []
        while time.monotonic() < deadline:
            found = self.query(expression)
            if len(found) >= count:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{expression}: {len(found)} of {count} samples after {PATIENCE} s")

    def _get(self, path: str, **parameters: str) -> Any:
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                return json.loads(answer.read())["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None


@contextlib.contextmanager
def started(directory: Path, targets: list[Target]) -> Iterator[Prometheus]:
    """Scrapes these every second and evaluates the rules of docs/deploy as often."""
    configuration = directory / "prometheus.yaml"
    configuration.write_text(yaml.safe_dump(_configuration(targets)))
    log = directory / "prometheus.log"
    command = [
        "prometheus",
        f"--config.file={configuration}",
        f"--storage.tsdb.path={directory / 'data'}",
        "--web.listen-address=127.0.0.1:0",
    ]
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process:
        try:
            yield Prometheus(_port(process, log))
        finally:
            process.kill()


def _configuration(targets: list[Target]) -> dict[str, Any]:
    static = [{"targets": [f"127.0.0.1:{each.port}"], "labels": dict(each.labels)} for each in targets]
    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES / "*.yaml")],
        "scrape_configs": [{"job_name": "cloudsql-diag", "static_configs": static}],
    }


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    """The one that the kernel chose, once it answers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        text = log.read_text()
        found = re.search(r'msg="Listening on".*?address=127\.0\.0\.1:(\d+)', text)
        if found and "ready to receive web requests" in text:
            return int(found[1])
        time.sleep(0.02)
    raise AssertionError(f"Prometheus did not start:\n{log.read_text()}")
