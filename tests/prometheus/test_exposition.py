"""The exposition of several targets, in any state, as Prometheus' own parser and linter take it."""

import subprocess
from itertools import pairwise

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from diagnostics.checks import CHECKS
from diagnostics.core.stance import Stance, stance_of
from diagnostics.surfaces.sidecar.metrics import MonitorCollector
from tests.sidecar.scripted import ScriptedSource, Watched
from tests.surfaces.reports import REPORTS


@pytest.mark.parametrize("one, other", tuple(pairwise([*REPORTS, next(iter(REPORTS))])))
async def test_promtool_has_nothing_to_say_about_two_targets(one: str, other: str) -> None:
    """A family that is torn apart, a sample that stands twice or a unit in the wrong place would be an error there."""
    source = ScriptedSource("orders", "billing", checks=CHECKS)
    source.script("orders", REPORTS[one])
    source.script("billing", REPORTS[other])
    async with Watched(source) as watched:
        registry = CollectorRegistry()
        registry.register(MonitorCollector(watched.monitor))
        text = generate_latest(registry)
    known = [name for name in (one, other) if stance_of(REPORTS[name]) is not Stance.UNKNOWABLE]
    assert text.count(b"cloudsqldiag_up{") == len(known)
    assert linted(text) == (0, b"", b"")


def linted(text: bytes) -> tuple[int, bytes, bytes]:
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=30, check=False)
    return done.returncode, done.stdout, done.stderr
