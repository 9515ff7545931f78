"""The flags of every verb, as a table. Values are not parsed here: the settings do that, as for variables."""

from diagnostics.core.model import Value
from diagnostics.surfaces.services import Verb


class Flag(Value, frozen=True, kw_only=True):
    """One flag. Its variable is the prefix and the name in capitals."""

    name: str
    verbs: tuple[Verb, ...]
    help: str
    metavar: str = ""
    """Empty for a switch."""
    repeatable: bool = False

    @property
    def variable(self) -> str:
        """The environment variable that means the same."""
        return "CLOUDSQL_DIAG_" + self.name.upper().replace("-", "_")


_RUN = (Verb.CHECK, Verb.WAIT)
_ALL = (Verb.CHECK, Verb.WAIT, Verb.SERVE, Verb.CONFIG)

FLAGS = (
    Flag(name="target", verbs=_ALL, metavar="NAME", help="Which target of the configuration file."),
    Flag(name="all", verbs=(*_RUN, Verb.CONFIG), help="Every target of the configuration file."),
    Flag(name="config", verbs=_ALL, metavar="FILE", help="Configuration file with named targets."),
    Flag(
        name="url",
        verbs=_ALL,
        metavar="URL",
        help="Database URL. Others on this machine can read a command line: prefer the variable.",
    ),
    Flag(name="host", verbs=_ALL, metavar="HOST", help="Host name, address, or directory of the socket."),
    Flag(name="db-port", verbs=_ALL, metavar="PORT", help="Port of the database."),
    Flag(name="database", verbs=_ALL, metavar="NAME", help="Database."),
    Flag(name="user", verbs=_ALL, metavar="NAME", help="User of the database."),
    Flag(name="password-file", verbs=_ALL, metavar="FILE", help="File that holds the password, read at every run."),
    Flag(name="instance", verbs=_ALL, metavar="PROJECT:REGION:NAME", help="Instance connection name."),
    Flag(name="sslmode", verbs=_ALL, metavar="MODE", help="disable, allow, prefer, require, verify-ca or verify-full."),
    Flag(
        name="ip-type", verbs=_ALL, metavar="TYPE", help="public, private or psc: the address that the connector takes."
    ),
    Flag(name="login", verbs=_ALL, metavar="HOW", help="password or iam."),
    Flag(
        name="depth",
        verbs=(*_RUN, Verb.SERVE),
        metavar="STEP",
        help="Climb to tcp, tls, startup, auth or query (default).",
    ),
    Flag(
        name="drivers",
        verbs=(*_RUN, Verb.SERVE),
        metavar="WHICH",
        help="auto (the URL's driver, default), none or all.",
    ),
    Flag(
        name="skip",
        verbs=(*_RUN, Verb.SERVE),
        metavar="CHECK",
        repeatable=True,
        help="Leave a check out; may be repeated.",
    ),
    Flag(name="timeout", verbs=_RUN, metavar="SECONDS", help="Deadline: of the run in check, of all tries in wait."),
    Flag(
        name="grace",
        verbs=(*_RUN, Verb.SERVE),
        metavar="SECONDS",
        help="For how long after its start silence may mean a young instance.",
    ),
    Flag(name="fail-on", verbs=_RUN, metavar="STATUS", help="fail (default) or warn: whether warnings exit with 4."),
    Flag(
        name="interval",
        verbs=(Verb.WAIT, Verb.SERVE),
        metavar="SECONDS",
        help="First pause between tries in wait, pause between runs in serve.",
    ),
    Flag(name="port", verbs=(Verb.SERVE,), metavar="PORT", help="Port that the endpoints listen on."),
    Flag(name="bind", verbs=(Verb.SERVE,), metavar="ADDRESS", help="Address that the endpoints listen on."),
)


def flags_of(verb: Verb) -> tuple[Flag, ...]:
    """The flags that a verb takes."""
    return tuple(flag for flag in FLAGS if verb in flag.verbs)
