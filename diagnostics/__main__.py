"""``python -m diagnostics`` and the ``cloudsql-diag`` command."""

import sys

INTERRUPTED = 130
"""128 + SIGINT, as shells have it: an interrupt while the program is still being loaded ends like any other."""


def main() -> None:
    """Load the program and run it."""
    try:
        from diagnostics.app import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
