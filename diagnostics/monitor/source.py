"""What the loop needs from the rest of the program: the settings as they are now, and a way to make a run of them."""

from typing import Protocol

from diagnostics.check import Check, Env
from diagnostics.core.report import Report
from diagnostics.runner import Carried, Observer


class Reading(Protocol):
    """The settings, read once: a secret in a file, or the list of targets, may be another one the next time."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the targets; at least one."""

    def env(self, name: str) -> Env:
        """What the checks of one run get; LookupError where there is no such target."""

    async def run(self, env: Env, observers: tuple[Observer, ...], carried: Carried, *, trials: bool) -> Report:
        """One run in ``env``, but for the outcomes that are carried; with trials where it fails, if they are wanted."""


class Source(Protocol):
    """Reads settings. Never raises: what is wrong with them is in the reports."""

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every check there is."""

    def read(self) -> Reading:
        """The settings as they are now."""
