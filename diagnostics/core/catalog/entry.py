"""The shape of the catalogue's entries."""

import re
from collections.abc import Iterable
from enum import StrEnum

from diagnostics.core.findings import Code
from diagnostics.core.learned import Names
from diagnostics.core.model import PlatformKind, Route, SettingName, Value


class Place(StrEnum):
    """Where a step makes sense."""

    ANYWHERE = "anywhere"
    CLOUD_RUN = "on Cloud Run"
    GKE = "on GKE"
    OUTSIDE = "outside Cloud Run"
    ON_GOOGLE = "on Google Cloud"
    GOOGLE = "for Cloud SQL"
    OWN_SERVER = "for a server of your own"

    @property
    def googles(self) -> bool:
        """Whether Google Cloud has a part in everything there."""
        return self in {Place.CLOUD_RUN, Place.GKE, Place.ON_GOOGLE, Place.GOOGLE}


class Kept(StrEnum):
    """How the value that a remedy changes reaches the process."""

    PLAIN = "in a variable of its own"
    SECRET = "as a secret"
    IN_URL = "in a URL"
    GIVEN = "in a flag or a config file"


class Need(StrEnum):
    """What has to hold for a step to work, and what a run may have seen not to."""

    ANSWER = "the server's address answers"
    SESSION = "the server takes a session"
    DATABASE = "the database takes a session"
    ROLE = "the role exists"
    NO_ROLE = "the role does not exist"
    NO_DATABASE = "the database does not exist"
    STATE_UNKNOWN = "nobody has read the instance's state yet"
    NOT_RUN = "the run was not made yet"
    NOT_WAITED = "nobody has waited yet"


_NEEDS: tuple[tuple[str, tuple[Need, ...]], ...] = (
    (r"^psql ", (Need.ANSWER, Need.SESSION)),
    (r"^psql -d \{database\}", (Need.DATABASE,)),
    (r"CREATE ROLE|^gcloud sql users create ", (Need.NO_ROLE,)),
    (r"ALTER ROLE|\\password|TO \"\{user\}\"|^gcloud sql users set-password ", (Need.ROLE,)),
    (r"CREATE DATABASE|^gcloud sql databases create ", (Need.NO_DATABASE,)),
    (r"^gcloud sql instances describe .*value\(state", (Need.STATE_UNKNOWN,)),
    (r"^cloudsql-diag check( -o \w+)?$", (Need.NOT_RUN,)),
    (r"^cloudsql-diag wait", (Need.NOT_WAITED,)),
)
"""By what stands in a command. A step that makes what it needs, such as a role, does not need it."""

_ON_THE_SERVER = re.compile(
    r"^gcloud sql (users (create|set-password)|databases create|instances patch)|ALTER |CREATE |GRANT |DROP |\\password"
)
"""Commands that change what every app of the database shares."""


class Scene(Value, frozen=True, kw_only=True):
    """What decides which steps and words fit: where the run was made, what it learned, what it was about."""

    kind: PlatformKind
    google: bool
    """Whether Google Cloud has a part in it: the run is on it, or an instance of it is meant."""
    names: Names
    route: Route | None
    """None where the settings gave no target."""
    kept: Kept
    """Of the value that the cause is about."""
    host_kept: Kept
    codes: frozenset[Code] = frozenset()
    """The findings that the cause explains."""
    denied: frozenset[Need] = frozenset()
    """What the run has seen not to hold."""

    def at(self, place: Place) -> bool:
        """Whether the run was made there."""
        return {
            Place.ANYWHERE: True,
            Place.CLOUD_RUN: self.kind.on_cloud_run,
            Place.GKE: self.kind is PlatformKind.GKE,
            Place.OUTSIDE: not self.kind.on_cloud_run,
            Place.ON_GOOGLE: self.kind.on_google_cloud,
            Place.GOOGLE: self.google,
            Place.OWN_SERVER: not self.google,
        }[place]


_GOOGLES = ("gcloud ", "cloud-sql-proxy ", "googleapis.com", "https://cloud.google.com/")
"""What a step has in its command, or for a page, that says nothing to somebody without Google Cloud."""


class Step(Value, frozen=True, kw_only=True):
    """One step of a remedy. ``command`` may be pasted; names in capitals are for the reader to fill in."""

    text: str
    command: str = ""
    doc: str = ""
    place: Place = Place.ANYWHERE
    routes: tuple[Route, ...] = tuple(Route)
    kept: tuple[Kept, ...] = tuple(Kept)
    """How the value that the step changes reaches the process."""
    changes_host: bool = False
    """The step changes the host, whatever the cause is about."""
    requires: tuple[str, ...] = ()
    """Names without which the step says nothing."""
    elsewhere: bool = False
    """It is taken where the path works, such as on the server's own machine."""

    def fits(self, scene: Scene) -> bool:
        """Whether the step makes sense there."""
        return (
            (scene.google or not self.googles)
            and scene.at(self.place)
            and (scene.route is None or scene.route in self.routes)
            and (scene.host_kept if self.changes_host else scene.kept) in self.kept
            and all(getattr(scene.names, name) for name in self.requires)
            and scene.denied.isdisjoint(self.needs)
        )

    @property
    def needs(self) -> frozenset[Need]:
        """What its command needs to work."""
        found = {need for pattern, needs in _NEEDS if re.search(pattern, self.command) for need in needs}
        made = {Need.ROLE} if Need.NO_ROLE in found else set()
        return frozenset(found - made - ({Need.ANSWER} if self.elsewhere else set()))

    @property
    def changes_the_server(self) -> bool:
        """Whether others than this app feel it."""
        return bool(_ON_THE_SERVER.search(self.command))

    @property
    def googles(self) -> bool:
        """Whether it says nothing to somebody without Google Cloud."""
        shown = any(each in self.command or self.doc.startswith(each) for each in _GOOGLES)
        return shown or self.place.googles

    @property
    def conditions(self) -> tuple[str, ...]:
        """Where it fits, in words, for those who read all steps of a cause."""
        place = () if self.place is Place.ANYWHERE else (self.place.value,)
        routes = () if len(self.routes) == len(Route) else (f"route {' or '.join(self.routes)}",)
        return (*place, *routes, *self._ways())

    def _ways(self) -> tuple[str, ...]:
        """How the value gets here; where that may be in all ways but one, the one is said."""
        what = "the host" if self.changes_host else "the value"
        others = [each for each in Kept if each not in self.kept]
        if not others:
            return ()
        return (f"{what} does not come {others[0]}" if len(others) == 1 else f"{what} comes {' or '.join(self.kept)}",)


class Case(Value, frozen=True, kw_only=True):
    """Other words for a cause where it shows itself in one of these ways, on one of these routes, or in this place."""

    codes: tuple[Code, ...] = ()
    """Any where none is named."""
    routes: tuple[Route, ...] = tuple(Route)
    place: Place = Place.ANYWHERE
    title: str = ""
    """The entry's own where it is empty, and so are those below."""
    explanation: str = ""
    settled_by: str = ""
    steps: tuple[Step, ...] = ()

    def fits(self, scene: Scene) -> bool:
        """Whether these are the better words there."""
        return (
            (not self.codes or not scene.codes.isdisjoint(self.codes))
            and scene.route in (None, *self.routes)
            and scene.at(self.place)
        )

    @property
    def possible(self) -> tuple[Step, ...]:
        """Its steps, but for those that fit no scene in which it fits itself."""
        return tuple(step for step in self.steps if self.place is not Place.OWN_SERVER or not step.googles)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Where it fits, in words, for those who read all that is said of a cause."""
        codes = (f"as {' or '.join(self.codes)}",) if self.codes else ()
        routes = () if len(self.routes) == len(Route) else (f"on route {' or '.join(self.routes)}",)
        place = () if self.place is Place.ANYWHERE else (self.place.value,)
        return (*codes, *routes, *place)


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
    cases: tuple[Case, ...] = ()
    """The first that fits has its own title and explanation."""
    not_produced: str = ""
    """Why no scenario can produce the cause, where none can, read after ``No scenario:``."""

    def case(self, scene: Scene) -> Case:
        """The words and steps that fit there."""
        found = next((case for case in self.cases if case.fits(scene)), None)
        return Case(
            title=(found and found.title) or self.title,
            explanation=(found and found.explanation) or self.explanation,
            settled_by=(found and found.settled_by) or self.settled_by,
            steps=_harmless_first(step for step in (found and found.steps) or self.steps if step.fits(scene)),
        )


def _harmless_first(steps: Iterable[Step]) -> tuple[Step, ...]:
    """In the catalogue's order, but what other apps feel comes after all that they do not."""
    return tuple(sorted(steps, key=lambda step: step.changes_the_server))
