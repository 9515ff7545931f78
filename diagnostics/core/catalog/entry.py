"""The shape of the catalogue's entries."""

from enum import StrEnum

from diagnostics.core.model import Names, PlatformKind, SettingName, Value


class Place(StrEnum):
    """Where a step makes sense."""

    ANYWHERE = "anywhere"
    CLOUD_RUN = "on Cloud Run"
    GKE = "on GKE"
    OUTSIDE = "outside Cloud Run"


class Step(Value, frozen=True, kw_only=True):
    """One step of a remedy. ``command`` may be pasted; names in capitals are for the reader to fill in."""

    text: str
    command: str = ""
    doc: str = ""
    place: Place = Place.ANYWHERE
    requires: tuple[str, ...] = ()
    """Names without which the step says nothing."""

    def fits(self, kind: PlatformKind, names: Names) -> bool:
        """Whether the step makes sense where the run was made, with what it learned."""
        here = {
            Place.ANYWHERE: True,
            Place.CLOUD_RUN: kind.on_cloud_run,
            Place.GKE: kind is PlatformKind.GKE,
            Place.OUTSIDE: not kind.on_cloud_run,
        }
        return here[self.place] and all(getattr(names, name) for name in self.requires)


class CauseEntry(Value, frozen=True, kw_only=True):
    """Everything the catalogue says of a cause."""

    title: str
    """A short fact, read after ``Cause:``."""
    explanation: str
    """Two sentences: what is the matter, and why it breaks the path."""
    shows: str
    """How it shows itself, also in the words of drivers and logs."""
    mistaken: str
    """What it is often mistaken for, and how the two differ."""
    settled_by: str
    """What would settle whether this is the cause, read after ``Settled by:``."""
    steps: tuple[Step, ...]
    """The remedy, quickest first."""
    setting: SettingName | None = None
    """The part of the target that the remedy changes."""
