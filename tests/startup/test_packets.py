"""While all is well the library sends nothing: a guarded start makes the same packets as a bare one."""

import json
import sys
from pathlib import Path

import pytest

from tests.e2e.namespace import namespace
from tests.e2e.ordinary import ordinary

pytestmark = pytest.mark.netns

ROOT = Path(__file__).parents[2]
APP = """
import asyncio, json, sys
import asyncpg
from diagnostics import startup

async def connect():
    connection = await asyncpg.connect(sys.argv[2], ssl=False)
    await connection.close()

async def main():
    if sys.argv[1] == "bare":
        return await connect()
    ledger = startup.Ledger()
    ledger.declare_known("startup probe")
    async with startup.guard(ledger=ledger), ledger.limit("init", 8.0):
        await startup.connect(connect, ledger=ledger)

def counted():
    names, values = (line.split()[1:] for line in open("/proc/net/snmp") if line.startswith("Tcp:"))
    tcp = dict(zip(names, map(int, values)))
    names, values = (line.split()[1:] for line in open("/proc/net/snmp") if line.startswith("Udp:"))
    udp = dict(zip(names, map(int, values)))
    return {"connections": tcp["ActiveOpens"], "datagrams": udp["OutDatagrams"]}

before = counted()
asyncio.run(main())
print(json.dumps({name: value - before[name] for name, value in counted().items()}))
"""


def test_a_guarded_start_sends_what_a_bare_one_sends(tmp_path: Path) -> None:
    app = tmp_path / "app.py"
    app.write_text(APP)
    with namespace() as place, ordinary(tmp_path, tls=False, enter=place.enter) as server:
        sent = {
            way: json.loads(
                place.run("env", f"PYTHONPATH={ROOT}", sys.executable, str(app), way, server.url(scheme="postgresql"))
            )
            for way in ("bare", "guarded")
        }
    assert sent["guarded"] == sent["bare"]
    assert sent["bare"]["connections"] == 1
