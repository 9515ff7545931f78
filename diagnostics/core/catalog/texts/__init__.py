"""Patterns of texts, and what they rest on: data for ``core.text``, by who says it."""

from diagnostics.core.catalog.texts import (
    app,
    endings,
    google,
    logins,
    names,
    network,
    outcomes,
    server,
    settings,
    timeouts,
    tls,
)
from diagnostics.core.text.pattern import Pattern

PATTERNS: tuple[Pattern, ...] = (
    *settings.PATTERNS,
    *google.PATTERNS,
    *tls.PATTERNS,
    *logins.PATTERNS,
    *server.PATTERNS,
    *names.PATTERNS,
    *network.PATTERNS,
    *timeouts.PATTERNS,
    *app.PATTERNS,
    *outcomes.PATTERNS,
    *endings.PATTERNS,
)
