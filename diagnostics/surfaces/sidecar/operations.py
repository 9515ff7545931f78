"""The HTTP surface as a table: what is routed, what the OpenAPI document says and what the reference page lists.

No path ends in ``z``: Google's front end keeps some of those for itself. No parameter is an address: nothing that a
caller sends is ever connected to.
"""

from enum import StrEnum

from diagnostics.core.model import Value

ASSETS = "/page/{name}"
"""What the page loads: routed as well, and no part of the API."""

LONGEST_WORK = 30.0
"""Seconds for which ``/live?work=`` holds its answer at most: the usual limit of a probe is 1, ours is 10, and a run
that takes longer ends with the next one."""

LONGEST_WAIT = 60.0
"""Seconds for which an answer to ``POST /api/v1/run`` waits at most: the deadline of a run."""


class Media(StrEnum):
    """Media types of bodies."""

    TEXT = "text/plain"
    JSON = "application/json"
    HEALTH = "application/health+json"
    METRICS = "text/plain; version=0.0.4"
    EVENTS = "text/event-stream"
    PAGE = "text/html"
    PROBLEM = "application/problem+json"


class Shape(StrEnum):
    """Names of the schemas of JSON bodies."""

    NONE = ""
    REPORT = "Report"
    REPORTS = "Reports"
    HEALTH = "Health"
    ACCEPTED = "Accepted"
    PROBLEM = "Problem"
    DOCUMENT = "Document"
    LIMITS = "Limits"


class Parameter(Value, frozen=True, kw_only=True):
    """One parameter. Those in the path are required, those behind ``?`` are not."""

    name: str
    meaning: str
    in_path: bool = False
    most: float | None = None
    """A number of seconds up to this; None is text."""


class Answer(Value, frozen=True, kw_only=True):
    """One status and what it means."""

    status: int
    meaning: str
    media: Media = Media.PROBLEM
    shape: Shape = Shape.PROBLEM


class Operation(Value, frozen=True, kw_only=True):
    """One method of one path. ``name`` is the handler's."""

    name: str
    path: str
    meaning: str
    answers: tuple[Answer, ...]
    method: str = "GET"
    body: Shape = Shape.NONE
    """What a request has to carry; none carries anything else."""
    parameters: tuple[Parameter, ...] = ()
    probe: bool = False
    """Asked by platforms, under names that we cannot know; tells nothing of the target."""
    endless: bool = False
    """The answer is a stream."""


TARGET = Parameter(name="target", meaning="Name of one target of the settings.")
WORK = Parameter(name="work", meaning=f"Seconds to hold the answer, {LONGEST_WORK:g} at most. What is no number is 0.")
RUN_ID = Parameter(name="run_id", meaning="Id of a run that is remembered.", in_path=True)

_UP = Answer(status=200, meaning="It is.", media=Media.TEXT, shape=Shape.NONE)
_NO_TARGET = Answer(status=404, meaning="No target has that name.")
_NO_REPORT = Answer(status=503, meaning="There is no report yet.")
_WHICH = Answer(status=400, meaning="There are several targets; say which.")
_REPORT = Answer(status=200, meaning="The report.", media=Media.JSON, shape=Shape.REPORT)


OPERATIONS = (
    Operation(
        name="startup",
        path="/startup",
        meaning="The agent runs. For startup probes; says nothing of the database.",
        answers=(_UP,),
        probe=True,
    ),
    Operation(
        name="live",
        path="/live",
        meaning="The event loop turns. For liveness probes; always 200, says nothing of the database. With `work` the "
        "answer is held while a run that is due goes on: where CPU exists only while a request is open, the probe "
        "gives it.",
        parameters=(WORK,),
        answers=(_UP,),
        probe=True,
    ),
    Operation(
        name="ready",
        path="/ready",
        meaning="Every target has a report. For readiness probes; says nothing of the database.",
        answers=(_UP, Answer(status=503, meaning="Not yet, or about to end.", media=Media.TEXT, shape=Shape.NONE)),
        probe=True,
    ),
    Operation(
        name="gate",
        path="/gate",
        meaning="The path was not found broken so many runs in a row (`--gate-passes`): one that cannot be known "
        "holds nobody back. For a startup probe that holds back an app; opt in by probing it. Once open it stays open.",
        parameters=(TARGET,),
        answers=(
            _UP,
            Answer(status=503, meaning="Not yet; the body names the cause.", media=Media.TEXT, shape=Shape.NONE),
            _NO_TARGET,
        ),
        probe=True,
    ),
    Operation(
        name="health",
        path="/health",
        meaning="Every target in the shape of the health+json draft.",
        parameters=(TARGET,),
        answers=(
            Answer(status=200, meaning="pass or warn.", media=Media.HEALTH, shape=Shape.HEALTH),
            Answer(status=503, meaning="fail.", media=Media.HEALTH, shape=Shape.HEALTH),
            _NO_TARGET,
        ),
    ),
    Operation(
        name="report",
        path="/api/v1/report",
        meaning="The last report of a target, its age in seconds in the header Age.",
        parameters=(TARGET,),
        answers=(_REPORT, _WHICH, _NO_TARGET, _NO_REPORT),
    ),
    Operation(
        name="reports",
        path="/api/v1/reports",
        meaning="Every target: its state, the runs that are remembered, and its incidents with what was different from "
        "the last good run.",
        parameters=(TARGET,),
        answers=(Answer(status=200, meaning="The targets.", media=Media.JSON, shape=Shape.REPORTS), _NO_TARGET),
    ),
    Operation(
        name="remembered",
        path="/api/v1/reports/{run_id}",
        meaning="The report of one run.",
        parameters=(RUN_ID,),
        answers=(_REPORT, Answer(status=404, meaning="No such run is remembered.")),
    ),
    Operation(
        name="run",
        method="POST",
        path="/api/v1/run",
        meaning="Run now; for a caller on this machine everything is evaluated anew, a refused login included. Joins a "
        "run that goes on. Takes no body.",
        parameters=(
            TARGET,
            Parameter(name="wait", meaning="Seconds to wait for the report; without it 30.", most=LONGEST_WAIT),
        ),
        answers=(
            _REPORT,
            Answer(status=202, meaning="The run still goes on.", media=Media.JSON, shape=Shape.ACCEPTED),
            _WHICH,
            Answer(status=403, meaning="Asked by the page of another site."),
            _NO_TARGET,
            Answer(status=415, meaning="A body that is no JSON."),
            Answer(status=429, meaning="The last one that was asked for is less than 30 s ago; see Retry-After."),
            Answer(status=503, meaning="Nothing is watched yet."),
        ),
    ),
    Operation(
        name="limits",
        method="PUT",
        path="/api/v1/limits",
        meaning="Tell the limits of the app's start-up: they stand in the report beside the times that were measured. "
        "For a caller on this machine only; `diagnostics.startup` does it where a start-up failed.",
        parameters=(TARGET,),
        body=Shape.LIMITS,
        answers=(
            Answer(status=204, meaning="They are kept.", media=Media.TEXT, shape=Shape.NONE),
            Answer(status=400, meaning="Several targets and none named, or a body that holds no limits."),
            Answer(status=403, meaning="Asked from elsewhere, or by the page of another site."),
            _NO_TARGET,
            Answer(status=413, meaning="A body that is too long."),
            Answer(status=415, meaning="A body that is no JSON."),
            Answer(status=503, meaning="Nothing is watched yet."),
        ),
    ),
    Operation(
        name="events",
        path="/api/v1/events",
        endless=True,
        meaning="Server-sent events: `report` after every run (a run in one line), `state` when a target is said to be "
        "in another state and once at the beginning. A comment every 15 s. `Last-Event-ID` goes on where the stream "
        "broke, as far as that is remembered.",
        parameters=(TARGET,),
        answers=(
            Answer(status=200, meaning="The stream.", media=Media.EVENTS, shape=Shape.NONE),
            _NO_TARGET,
            Answer(status=503, meaning="Enough streams are open; see Retry-After."),
        ),
    ),
    Operation(
        name="metrics",
        path="/metrics",
        meaning="Prometheus, every target.",
        answers=(Answer(status=200, meaning="The exposition.", media=Media.METRICS, shape=Shape.NONE),),
    ),
    Operation(
        name="openapi",
        path="/api/v1/openapi.json",
        meaning="This table as an OpenAPI 3.1 document.",
        answers=(Answer(status=200, meaning="The document.", media=Media.JSON, shape=Shape.DOCUMENT),),
    ),
    Operation(
        name="page",
        path="/",
        meaning="The status page.",
        answers=(Answer(status=200, meaning="The page.", media=Media.PAGE, shape=Shape.NONE),),
    ),
)
"""Every operation, in the order of the reference."""
