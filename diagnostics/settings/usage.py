"""What is wrong with our own flags, variables and config file, as sentences. None repeats a value, it may be secret."""

from enum import StrEnum

from diagnostics.core.model import Value


class UsageCode(StrEnum):
    """One member a kind of mistake."""

    NOT_ONE_OF = "not_one_of"
    NOT_SECONDS = "not_seconds"
    NOT_A_PORT = "not_a_port"
    NOT_AN_ADDRESS = "not_an_address"
    NOT_A_URL = "not_a_url"
    NOT_A_PATH = "not_a_path"
    NOT_A_SWITCH = "not_a_switch"
    NOT_N_OF_M = "not_n_of_m"
    NOT_A_COUNT = "not_a_count"
    NOT_HOST_NAMES = "not_host_names"
    UNKNOWN_CHECK = "unknown_check"
    UNKNOWN_VARIABLE = "unknown_variable"
    UNKNOWN_KEY = "unknown_key"
    WRONG_TYPE = "wrong_type"
    FILE_UNREADABLE = "file_unreadable"
    FILE_MALFORMED = "file_malformed"
    EMPTY_FILE = "empty_file"
    NOT_A_NAME = "not_a_name"
    BESIDE_URL = "beside_url"
    UNKNOWN_TARGET = "unknown_target"
    SEVERAL_TARGETS = "several_targets"
    UNKNOWN_SOURCE = "unknown_source"
    MISSING = "missing"
    MALFORMED_URL = "malformed_url"
    UNESCAPED_URL = "unescaped_url"
    PLACEHOLDER_IN_URL = "placeholder_in_url"
    BAD_VALUE = "bad_value"
    HOST_TOO_LONG = "host_too_long"
    INSTANCE_NAME_MALFORMED = "instance_name_malformed"
    SOCKET_PATH_TOO_LONG = "socket_path_too_long"


_SENTENCES = {
    UsageCode.NOT_ONE_OF: "{source} takes {allowed}",
    UsageCode.NOT_SECONDS: "{source} takes a number of seconds, {allowed}",
    UsageCode.NOT_A_PORT: "{source} takes a port from 1 to 65535",
    UsageCode.NOT_AN_ADDRESS: "{source} takes HOST:PORT{allowed}",
    UsageCode.NOT_A_URL: "{source} takes a URL that begins with https:// and has a host; http:// only for 127.0.0.1",
    UsageCode.NOT_A_PATH: "{source} takes an absolute path",
    UsageCode.NOT_A_SWITCH: "{source} takes true or false",
    UsageCode.NOT_N_OF_M: "{source} takes N/M, such as 2/3: N of the last M runs, N being more than half of M",
    UsageCode.NOT_A_COUNT: "{source} takes a whole number from 1 to {allowed}",
    UsageCode.NOT_HOST_NAMES: "{source} takes host names without a port, separated by commas",
    UsageCode.UNKNOWN_CHECK: "{source} names no check there is{allowed}; cloudsql-diag checks lists them",
    UsageCode.UNKNOWN_VARIABLE: "{source} is no variable of ours{allowed}",
    UsageCode.UNKNOWN_KEY: "{source} is no key that a config file has{allowed}",
    UsageCode.WRONG_TYPE: "{source} takes {allowed}",
    UsageCode.FILE_UNREADABLE: "{source} names a file that cannot be read",
    UsageCode.FILE_MALFORMED: "{source} is no TOML file{allowed}",
    UsageCode.EMPTY_FILE: "{source} has neither options nor targets",
    UsageCode.NOT_A_NAME: "{source}: the name of a target has letters, digits, dots and dashes, 63 at most",
    UsageCode.BESIDE_URL: "{source} cannot stand beside {allowed}, which says all of it",
    UsageCode.UNKNOWN_TARGET: "{source} is no target there is; there is {allowed}",
    UsageCode.SEVERAL_TARGETS: "there are several targets, choose one with --target or all with --all: {allowed}",
    UsageCode.UNKNOWN_SOURCE: "{source} names no database settings that there are; there is {allowed}",
    UsageCode.MISSING: "{source} is needed, too",
    UsageCode.MALFORMED_URL: "{source} holds no URL of a PostgreSQL database",
    UsageCode.UNESCAPED_URL: "{source} holds a URL with reserved characters that are not percent-encoded",
    UsageCode.PLACEHOLDER_IN_URL: "{source} still holds the placeholder of a template",
    UsageCode.BAD_VALUE: "{source} holds a value that no driver can use",
    UsageCode.HOST_TOO_LONG: "{source} holds a host name that is longer than any can be",
    UsageCode.INSTANCE_NAME_MALFORMED: "{source} takes an instance connection name, project:region:name",
    UsageCode.SOCKET_PATH_TOO_LONG: "{source} holds a path that is too long for a unix socket",
}


class UsageProblem(Value, frozen=True, kw_only=True):
    """One mistake: the flag, variable or key, and what would be right."""

    code: UsageCode
    source: str = ""
    allowed: str = ""

    @property
    def sentence(self) -> str:
        """For a person; it names the source and never repeats the value."""
        return _SENTENCES[self.code].format(source=self.source, allowed=self.allowed)


class Unfit(Exception):
    """A value that its option does not take; the problem lacks the source, which the caller knows."""

    def __init__(self, code: UsageCode, allowed: str = "") -> None:
        super().__init__(code.value)
        self.code = code
        self.allowed = allowed

    def problem(self, source: str) -> UsageProblem:
        """The same, with the flag, variable or key that held the value."""
        return UsageProblem(code=self.code, source=source, allowed=self.allowed)


def listed(words: tuple[str, ...]) -> str:
    """``a, b or c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
