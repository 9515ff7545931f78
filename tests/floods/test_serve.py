"""A sidecar whose every target floods it: liveness is answered, it ends when it is told to, and blames the peer."""

import time
from collections.abc import Iterator

import msgspec
import psutil
import pytest

from tests.floods import peers
from tests.sidecar.process import ENDED_WITHIN, NOWHERE, OUTSIDE, Served, serving

pytestmark = pytest.mark.serial

ANSWERED_WITHIN = 2.0
"""Seconds. The product promises a tenth, which `make chaos` measures; twenty peers that send all they can take the rest
from this machine. A loop that one of them holds answers not at all."""

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
        with serving(OUTSIDE, NOWHERE | around) as served:
            yield served


def test_liveness_is_answered_and_the_end_comes_at_once(flooded: Served) -> None:
    flooded.until("/live")
    process = psutil.Process(flooded.process.pid)
    longest, largest = 0.0, 0
    began = time.monotonic()
    while time.monotonic() - began < WATCHED:
        asked = time.monotonic()
        assert flooded.get("/live")[0] == 200
        longest = max(longest, time.monotonic() - asked)
        largest = max(largest, process.memory_info().rss)
    found = msgspec.json.decode(flooded.get("/api/v1/reports")[1])["targets"]
    ran = [target for target in found if target["last_run"]]
    assert len(ran) > 4, "the floods were met"
    everything = flooded.get("/api/v1/reports")[1] + flooded.get("/metrics")[1]
    assert not [word for word in BLAMES_US if f'"{word}"' in everything]
    code, seconds, _ = flooded.terminate()
    assert longest < ANSWERED_WITHIN
    assert largest < MOST_MEMORY
    assert (code, seconds < ENDED_WITHIN) == (0, True)
