"""A sidecar whose every target floods it: liveness is answered, it ends when it is told to, and blames the peer."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import psutil
import pytest

from diagnostics.app import world
from diagnostics.core.assemble import assemble
from diagnostics.core.model import Status
from diagnostics.core.outcome import Mode, Run
from diagnostics.core.report import Report
from tests.floods import peers, stops
from tests.ports import free_port
from tests.settings.around import load
from tests.sidecar.process import ENDED_WITHIN, NOWHERE, Served, serving

pytestmark = pytest.mark.serial

STOP = 0.1
"""Seconds of its own work for which the loop may stand: what a probe of liveness may have to wait. How long probes do
wait on a quiet machine `make chaos` measures; here twenty peers that send all they can take it from each other."""

WATCHED_SERVE = (*stops.PROGRAM, "1", "serve")

WATCHED = 6.0
"""Seconds: a first run of every target and the beginning of the next ones."""

MOST_MEMORY = 150 * 1024 * 1024
"""Bytes that the process holds at most: the manifests give 256 MiB to it and its children."""

TARGET = """
[targets.{name}]
host = "127.0.0.1"
port = {port}
database = "orders"
user = "api"
password_env = "PASSWORD"
sslmode = "{mode}"
"""

BLAMES_US = ("runtime.cpu_throttled", "agent.crashed")


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with peers.running() as ports:
        config = tmp_path_factory.mktemp("floods") / "config.toml"
        config.write_text(
            "".join(
                TARGET.format(name=flood.replace(" ", "-"), port=port, mode=mode)
                for flood, port in ports.items()
                for mode in [{"tls": "require"}.get(flood.split()[0], "disable")]
                if flood in peers.BY_TCP and not flood.startswith("http")
            )
        )
        around = {
            "CLOUDSQL_DIAG_CONFIG": str(config),
            "PASSWORD": "s3cret-one",
            "GCE_METADATA_HOST": f"127.0.0.1:{ports['http continues']}",
            "CLOUDSQL_DIAG_SQLADMIN_ENDPOINT": f"http://127.0.0.1:{ports['http chunks']}",
        }
        with serving(WATCHED_SERVE, NOWHERE | around) as served:
            yield served


def test_liveness_is_answered_and_the_end_comes_at_once(flooded: Served) -> None:
    flooded.until("/live")
    process = psutil.Process(flooded.process.pid)
    largest = 0
    began = time.monotonic()
    while time.monotonic() - began < WATCHED:
        assert flooded.get("/live")[0] == 200
        largest = max(largest, process.memory_info().rss)
    found = msgspec.json.decode(flooded.get("/api/v1/reports")[1])["targets"]
    ran = [target for target in found if target["last_run"]]
    assert len(ran) > 4, "the floods were met"
    everything = flooded.get("/api/v1/reports")[1] + flooded.get("/metrics")[1]
    assert not [word for word in BLAMES_US if f'"{word}"' in everything]
    code, seconds, errors = flooded.terminate()
    assert stops.longest_said(errors) < STOP
    assert largest < MOST_MEMORY
    assert (code, seconds < ENDED_WITHIN) == (0, True)


async def test_a_failed_run_is_judged_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """To load the rules and the catalogue of causes takes as long as a probe may wait."""
    judged: list[threading.Thread] = []

    def assembled(run: Run, **options: Any) -> Report:
        judged.append(threading.current_thread())
        return assemble(run, **options)

    monkeypatch.setattr(world, "assemble", assembled)
    variables = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(free_port()), "POSTGRES_USER": "api"}
    loaded = load(variables)
    report = await world.Outside(variables).one_run(loaded, loaded.resolutions[0], Mode.SERVE, WATCHED)
    assert report.status is Status.FAIL
    assert threading.main_thread() not in judged
    assert len(judged) == 1
