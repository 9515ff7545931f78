"""What the environment, the limits and the parent of the app may be: nothing of it stops us or reaches it changed."""

import pytest

from diagnostics.checks import CHECKS
from tests.e2e.program import environment, no_crash, run
from tests.sidecar.process import NOWHERE, OUTSIDE, serving

CLOSED = "postgresql://app@127.0.0.1:1/orders"
"""A port where nothing listens."""


@pytest.mark.parametrize("level", ["1", "2"])
def test_python_without_docstrings_and_asserts_says_the_same(level: str) -> None:
    """The variable stands in the image for the app's sake, and reaches every Python in it."""
    optimized = environment(DATABASE_URL=CLOSED, PYTHONOPTIMIZE=level)
    done = run("check", "-o", "json", environ=optimized)
    no_crash(done)
    assert done.returncode == 16
    assert all(declared.title in done.stdout for declared in CHECKS)
    waited = run("wait", "--timeout", "1", "--", "true", environ=optimized)
    no_crash(waited)
    assert waited.returncode == 124
    with serving(OUTSIDE, {**NOWHERE, "DATABASE_URL": CLOSED, "PYTHONOPTIMIZE": level}) as served:
        served.until("/api/v1/report", "tcp.refused")
