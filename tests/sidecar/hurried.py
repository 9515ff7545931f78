"""The command, with cycles that may follow each other sooner than outside of tests: the first word says how soon.

Started as a program of its own: ``python -P hurried.py SECONDS VERB ...``.
"""

import signal
import sys
from pathlib import Path

PROGRAM = (sys.executable, "-P", str(Path(__file__)))


def main() -> None:
    # As ``diagnostics.__main__`` has it: until somebody can handle them, signals wait.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    from diagnostics.__main__ import main as run
    from diagnostics.monitor import loop

    loop.SHORTEST = float(sys.argv.pop(1))
    run()


if __name__ == "__main__":
    main()
