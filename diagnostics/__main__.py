"""``python -m diagnostics`` and the ``cloudsql-diag`` command."""

import gc
import signal
import sys

INTERRUPTED = 130
"""128 + SIGINT, as shells have it: an interrupt before signals can be held back ends like any other."""

LOADED = 100_000
"""Objects before the first garbage collection: twice what loading a check makes. None of that is garbage, and looking
through it again and again while it grew was a tenth of the time of a check."""


def main() -> None:
    """Load the program and run it."""
    gc.set_threshold(LOADED)
    try:
        # Until somebody can handle them, signals wait: what an interrupt raises inside of Python's own import may be
        # swallowed there, and as PID 1 of a container SIGTERM would be lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        from diagnostics.app import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
