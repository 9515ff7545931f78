"""What the settings are made of on the way in, and what they come to."""

from typing import Protocol

from diagnostics.core.candidates import Engine
from diagnostics.core.model import (
    Damping,
    Finding,
    Options,
    Platform,
    Resolution,
    Route,
    Secret,
    SettingForm,
    SettingName,
    Value,
)
from diagnostics.core.outcome import Mode
from diagnostics.core.report import Setting
from diagnostics.settings.drivers import Driver
from diagnostics.settings.families import UNKNOWN, Row
from diagnostics.settings.options import Output
from diagnostics.settings.usage import UsageProblem

DEFAULT_PORT = 18307
"""Where ``serve`` listens if nobody says: not a port that apps, proxies (5432, 3307) or collectors (8080, 9090) use."""
LOOPBACK = "127.0.0.1"
WAIT_TIMEOUT = 180.0
"""Seconds: Cloud Run gives a container 240 to start, and the app that waits needs some of them."""
INTERVALS = {Mode.SERVE: 30.0, Mode.WAIT: 1.0}
"""Seconds. ``serve``: as often as Google's collector sidecar scrapes; ``wait``: an app that waits notices soon."""
GATE_PASSES = 2
"""Runs: one may be luck on a path that opens and closes while an instance warms up."""
REPEAT_PAUSE = 1.0
"""Seconds between two runs of ``--repeat``: no load for the instance, and as long as TCP waits to repeat a SYN."""
CLOUD_RUN_HOSTS = (".run.app",)
"""Where Cloud Run serves an ingress container. Google owns the zone: nobody can point a name in it at a loopback."""
GRACE = 90.0
"""Seconds: a new instance with Direct VPC egress was seen to reach nothing for over a minute."""


class Files(Protocol):
    """The two looks at the file system that settings need."""

    def read(self, path: str) -> str:
        """The text of a small regular file; OSError, or ValueError where it is too large or no UTF-8."""

    def exists(self, path: str) -> bool:
        """Whether something is there, readable or not."""


class Sourced(Value, frozen=True, kw_only=True):
    """One text that somebody gave, raw, and where. Any may hold a misplaced secret, so all are kept as one."""

    setting: SettingName
    source: str
    text: Secret

    @property
    def raw(self) -> str:
        """The text itself, for settings alone."""
        return self.text.reveal()


class Claim(Value, frozen=True, kw_only=True):
    """What was discovered: everything that one variable, family, table or command line says of one database."""

    name: str
    """What ``--from`` takes, and what a finding about a part that nobody gave names."""
    form: SettingForm
    row: Row = UNKNOWN
    values: tuple[Sourced, ...] = ()
    """At most one a setting. Of a text that holds several parts, the whole text is the URL."""
    engine: Engine | None = None
    """The engine that is named beside it."""
    lacking: tuple[tuple[SettingName, str], ...] = ()
    """The variable, flag or key that would give what is not there."""
    kept: str = ""
    """What says where the app fetches the password from; empty where nothing does, or the password is there."""
    problems: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = ()

    def given(self, setting: SettingName) -> Sourced | None:
        """What it says of a setting; None where it says nothing."""
        return next((value for value in self.values if value.setting is setting), None)

    def name_of(self, setting: SettingName) -> str:
        """What would give a setting."""
        return next((name for each, name in self.lacking if each is setting), self.name)


class Meaning(Claim, frozen=True, kw_only=True):
    """What was interpreted: the same with its parts as the app's driver takes them."""

    driver: Driver | None = None
    """Who reads the text that holds them; None for single variables, which the app hands over one by one."""
    readable: bool = True
    """False where nothing of a text may be used or shown: what looks like a part may be a piece of the password."""
    route: Route | None = None
    """The way that the form itself names."""
    options: tuple[tuple[str, str], ...] = ()
    dialect_problems: tuple[Finding, ...] = ()
    secrets: tuple[Secret, ...] = ()
    """What else in it must never be shown."""


class Invocation(Value, frozen=True, kw_only=True):
    """Our own options that are not part of a run; None where nobody said and each verb has a default of its own."""

    target: str = ""
    strict: bool = False
    """Whether ``wait`` holds COMMAND back where no settings were found, too."""
    discover: bool = False
    """Whether each database that the environment names is a target of its own."""
    every: bool = False
    """All targets, not one."""
    output: Output | None = None
    timeout: float | None = None
    """Seconds: of a run in ``check`` and ``serve``, of all tries in ``wait``."""
    grace: float | None = None
    """Seconds."""
    interval: float | None = None
    """Seconds."""
    port: int = DEFAULT_PORT
    """Where ``serve`` listens."""
    bind: str = LOOPBACK
    damping: Damping = Damping()
    """When ``serve`` says that a state changed."""
    gate_passes: int = GATE_PASSES
    repeat: int = 1
    """Runs of ``check``."""
    pause: float = REPEAT_PAUSE
    """Seconds between two of them."""
    passes: int = 1
    """Good runs that ``wait`` needs."""
    expose_details: bool = False
    """Whether ``serve`` shows hosts, users and messages to callers from elsewhere."""
    allowed_hosts: tuple[str, ...] = ()
    """Names by which ``serve`` may be called, beside addresses and localhost; one with a dot in front, all below it."""

    @property
    def wait_timeout(self) -> float:
        """Seconds that ``wait`` may take in all."""
        return WAIT_TIMEOUT if self.timeout is None else self.timeout

    def interval_of(self, mode: Mode) -> float:
        """Seconds between two runs of ``serve``, or the first pause of ``wait``."""
        return INTERVALS.get(mode, 0.0) if self.interval is None else self.interval

    def grace_of(self, mode: Mode, platform: Platform) -> float:
        """Seconds after the start of the process in which silence may mean an instance that is not warm yet."""
        fitting = GRACE if platform.kind.on_cloud_run and mode is not Mode.CHECK else 0.0
        return fitting if self.grace is None else self.grace


class Loaded(Value, frozen=True, kw_only=True):
    """Everything that environment, flags and config file came to."""

    options: Options
    invocation: Invocation
    resolutions: tuple[Resolution, ...]
    """One a target, those of the config file in its order; none only for a task that is left without one."""
    platform: Platform
    own: tuple[Setting, ...] = ()
    """Our own options, each with its source."""


class SettingsError(Exception):
    """Our own flags, variables or config file are wrong: exit 2. All problems at once.

    ``loaded`` is what the rest came to, with defaults in place of what is wrong: ``serve`` goes on with it.
    """

    def __init__(self, problems: tuple[UsageProblem, ...], loaded: Loaded) -> None:
        super().__init__("; ".join(problem.sentence for problem in problems))
        self.problems = problems
        self.loaded = loaded
