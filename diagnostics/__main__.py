"""``python -m diagnostics`` and the ``cloudsql-diag`` command."""

import errno
import gc
import signal
import sys

INTERRUPTED = 130
"""128 + SIGINT, as shells have it: an interrupt before signals can be held back ends like any other."""

TOO_FEW_FILES = (errno.EMFILE, errno.ENFILE)
FAILED = 1
"""As for any other failure of our own."""

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
    except OSError as error:
        # Before there is anybody to say it: Python itself could not open what it loads.
        if error.errno not in TOO_FEW_FILES:
            raise
        sys.stderr.write(f"cloudsql-diag: cannot be loaded: {error.strerror} (ulimit -n)\n")
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
