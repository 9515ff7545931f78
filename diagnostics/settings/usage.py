"""What is wrong with our own flags, variables and config file, as sentences. None repeats a value, it may be secret."""

from enum import Enum

from diagnostics.core.model import Value


class UsageCode(Enum):
    """One member a kind of mistake; its value is the sentence."""

    NOT_ONE_OF = "{source} takes {allowed}"
    NOT_SECONDS = "{source} takes a number of seconds, {allowed}"
    NOT_A_PORT = "{source} takes a port from 1 to 65535"
    NOT_AN_ADDRESS = "{source} takes HOST:PORT{allowed}"
    NOT_A_URL = "{source} takes a URL that begins with https:// and has a host; http:// only for 127.0.0.1"
    NOT_A_PATH = "{source} takes an absolute path"
    NOT_A_SWITCH = "{source} takes true or false"
    NOT_N_OF_M = "{source} takes N/M, such as 2/3: N of the last M runs, N being more than half of M"
    NOT_A_COUNT = "{source} takes a whole number from 1 to {allowed}"
    NOT_HOST_NAMES = "{source} takes host names without a port, separated by commas"
    UNKNOWN_CHECK = "{source} names no check there is{allowed}; cloudsql-diag checks lists them"
    UNKNOWN_VARIABLE = "{source} is no variable of ours{allowed}"
    UNKNOWN_KEY = "{source} is no key that a config file has{allowed}"
    WRONG_TYPE = "{source} takes {allowed} there"
    FILE_UNREADABLE = "{source} names a file that cannot be read"
    FILE_MALFORMED = "{source} is no TOML file{allowed}"
    EMPTY_FILE = "{source} has neither options nor targets"
    NOT_A_NAME = "{source}: the name of a target has letters, digits, dots and dashes, 63 at most"
    BESIDE_URL = "{source} cannot stand beside {allowed}, which says all of it"
    UNKNOWN_TARGET = "{source} is no target there is; there is {allowed}"
    SEVERAL_TARGETS = "there are several targets, choose one with --target or all with --all: {allowed}"
    UNKNOWN_SOURCE = "{source} names no database settings that there are; there is {allowed}"
    MISSING = "{source} is needed, too"
    MALFORMED_URL = "{source} holds no URL of a PostgreSQL database"
    UNESCAPED_URL = "{source} holds a URL with reserved characters that are not percent-encoded"
    PLACEHOLDER_IN_URL = "{source} still holds the placeholder of a template"
    BAD_VALUE = "{source} holds a value that no driver can use"
    HOST_TOO_LONG = "{source} holds a host name that is longer than any can be"
    INSTANCE_NAME_MALFORMED = "{source} takes an instance connection name, project:region:name"
    SOCKET_PATH_TOO_LONG = "{source} holds a path that is too long for a unix socket"


class UsageProblem(Value, frozen=True, kw_only=True):
    """One mistake: the flag, variable or key, and what would be right."""

    code: UsageCode
    source: str = ""
    allowed: str = ""

    @property
    def sentence(self) -> str:
        """For a person; it names the source and never repeats the value."""
        return self.code.value.format(source=self.source, allowed=self.allowed)


class Unfit(Exception):
    """A value that its option does not take; the problem lacks the source, which the caller knows."""

    def __init__(self, code: UsageCode, allowed: str = "") -> None:
        super().__init__(code.name)
        self.code = code
        self.allowed = allowed

    def problem(self, source: str) -> UsageProblem:
        """The same, with the flag, variable or key that held the value."""
        return UsageProblem(code=self.code, source=source, allowed=self.allowed)


def listed(words: tuple[str, ...]) -> str:
    """``a, b or c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
