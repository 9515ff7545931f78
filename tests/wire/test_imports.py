"""The wire is light and without I/O, in what it loads and not only in what it says."""

import json
import subprocess
import sys

LIST_MODULES = """
import json, sys
import msgspec, hashlib
before = set(sys.modules)
import diagnostics.wire
from diagnostics.wire import messages, scram
scram.ScramClient(password=b"ascii", nonce="n", mechanism=scram.Mechanism.SCRAM_SHA_256, end_point=None)
print(json.dumps(sorted(set(sys.modules) - before)))
"""
# Beside itself: the two halves of hashlib's HMAC, and base64 in C. The Unicode tables are for passwords beyond ASCII.
ALLOWED = {"diagnostics", "hmac", "binascii", "struct", "_struct", "__future__"}


def test_importing_the_wire_loads_next_to_nothing() -> None:
    command = [sys.executable, "-c", LIST_MODULES]
    loaded = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)
    assert {name for name in loaded if not name.startswith("diagnostics.wire")} <= ALLOWED
