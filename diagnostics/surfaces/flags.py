"""The flags of every verb: which options of the settings they are, and how their values are written.

Values are not parsed here. What an option means, its default and its variable stand in the settings' own table.
"""

from collections.abc import Iterator
from enum import StrEnum

from diagnostics.core.model import (
    Depth,
    Dialect,
    DriverChoice,
    FailOn,
    IpType,
    Login,
    Route,
    TlsMode,
    TrialChoice,
    Value,
)
from diagnostics.settings.options import OPTIONS, Form, Group, Option
from diagnostics.surfaces.services import Verb


class Flag(Value, frozen=True, kw_only=True):
    """One flag, and the verbs that take it."""

    option: Option
    verbs: tuple[Verb, ...]
    metavar: str
    """How a value is written; empty for a switch."""

    @property
    def name(self) -> str:
        """Without dashes."""
        return self.option.name

    @property
    def repeatable(self) -> bool:
        """Whether it may be given several times, in place of commas."""
        return self.name == "skip"


_RUN = (Verb.CHECK, Verb.WAIT)
_WATCH = (*_RUN, Verb.SERVE)
_ALL = (*_WATCH, Verb.CONFIG)

_VERBS_OF_GROUP = {
    Group.TARGET: _ALL,
    Group.CHOICE: _ALL,
    Group.SELECTION: _ALL,
    Group.RUN: _WATCH,
    Group.SURFACE: (Verb.SERVE,),
}
_VERBS = {
    "all": _WATCH,
    "discover": _ALL,
    "timeout": _WATCH,
    "fail-on": _RUN,
    "strict": (Verb.WAIT,),
    "repeat": (Verb.CHECK,),
    "pause": (Verb.CHECK,),
    "passes": (Verb.WAIT,),
    "interval": (Verb.WAIT, Verb.SERVE),
}
"""Where an option has other verbs than its group."""


def _one_of(kind: type[StrEnum]) -> str:
    return "|".join(kind)


_METAVARS = {
    "url": "URL",
    "host": "HOST",
    "db-port": "PORT",
    "password-file": "FILE",
    "instance": "PROJECT:REGION:NAME",
    "login": _one_of(Login),
    "ip-type": _one_of(IpType),
    "dialect": _one_of(Dialect),
    "sslmode": _one_of(TlsMode),
    "sslrootcert": "FILE",
    "sslcert": "FILE",
    "sslkey": "FILE",
    "all": "",
    "discover": "",
    "route": _one_of(Route),
    "config": "FILE",
    "depth": _one_of(Depth),
    "drivers": _one_of(DriverChoice),
    "trials": _one_of(TrialChoice),
    "skip": "CHECK",
    "timeout": "SECONDS",
    "grace": "SECONDS",
    "strict": "",
    "app-timeout": "SECONDS",
    "fail-on": _one_of(FailOn),
    "repeat": "N",
    "pause": "SECONDS",
    "passes": "N",
    "interval": "SECONDS",
    "port": "PORT",
    "bind": "ADDRESS",
    "damping": "N/M",
    "gate-passes": "N",
    "expose-details": "",
    "allowed-hosts": "HOST",
}
"""``NAME`` where nothing else is said."""

OWN = "output"
"""The one option that the surfaces read themselves: it has a short flag, and verbs without settings have it too."""


def _flags() -> Iterator[Flag]:
    for option in OPTIONS:
        if option.form is not Form.NO_FLAG and option.name != OWN:
            verbs = _VERBS.get(option.name, _VERBS_OF_GROUP[option.group])
            yield Flag(option=option, verbs=verbs, metavar=_METAVARS.get(option.name, "NAME"))


FLAGS = tuple(_flags())


def flags_of(verb: Verb) -> tuple[Flag, ...]:
    """The flags that a verb takes, in the order of the reference."""
    return tuple(flag for flag in FLAGS if verb in flag.verbs)
