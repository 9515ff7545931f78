"""Composition root: settings, adapters, checks, runner and surfaces put together. Only ``__main__`` imports it.

Everything is imported where it is used, because each verb promises to stay light.
"""

from diagnostics.app.main import main

__all__ = ["main"]
