"""Patterns of texts, and what they rest on: data for ``core.text``, by who says it."""

from diagnostics.core.catalog.texts import app, google, names, network, server, settings, tls
from diagnostics.core.text.pattern import Pattern

PATTERNS: tuple[Pattern, ...] = (
    *settings.PATTERNS,
    *google.PATTERNS,
    *tls.PATTERNS,
    *server.PATTERNS,
    *names.PATTERNS,
    *network.PATTERNS,
    *app.PATTERNS,
)
