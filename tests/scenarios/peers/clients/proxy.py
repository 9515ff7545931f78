"""cloud-sql-proxy with its connection test, ended as soon as it says that the test passed.

Its words go to standard error; the exit code is its own, 0 where the test passed.
"""

import subprocess
import sys

PASSED = "Connection test passed"
"""It calls itself ready before that."""


def main(argv: list[str]) -> int:
    """Run it until its test has passed or it gives up."""
    proxy = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert proxy.stdout is not None
    try:
        for line in proxy.stdout:
            print(line, end="", file=sys.stderr, flush=True)
            if PASSED in line:
                return 0
        return proxy.wait()
    finally:
        proxy.kill()
        proxy.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
