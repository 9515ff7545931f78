"""``python -m diagnostics`` and the ``cloudsql-diag`` command."""

import gc
import signal
import sys

INTERRUPTED = 130
"""128 + SIGINT, as shells have it: an interrupt while the program is still being loaded ends like any other."""

LOADED = 100_000
"""Objects before the first garbage collection: twice what loading a check makes. None of that is garbage, and looking
through it again and again while it grew was a tenth of the time of a check."""


def main() -> None:
    """Load the program and run it."""
    gc.set_threshold(LOADED)
    if sys.argv[1:2] == ["serve"]:
        # It ends with 0 whenever it is told to end, so until it can handle the signal the signal has to wait. As PID 1
        # of a container it would not even be ended by it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        from diagnostics.app import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
