"""``python -m diagnostics`` and the ``cloudsql-diag`` command."""

from diagnostics.app import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
