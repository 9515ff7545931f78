"""The shape of a pattern: the wordings of a documented constant, and the causes that produce them."""

from enum import Enum, StrEnum

from diagnostics.core.codes import Cause
from diagnostics.core.model import Value


class Place(StrEnum):
    """What else a line names: where something was dialled, read or asked."""

    LOOPBACK = "loopback"
    PRIVATE = "private"
    PUBLIC = "public"
    PROXY_PORT = "proxy_port"
    """Port 3307, where the server-side proxy listens."""
    HTTPS_PORT = "https_port"
    METADATA = "metadata"
    GOOGLE_API = "google_api"
    GOOGLE_VIP = "google_vip"
    """The addresses of private.googleapis.com and restricted.googleapis.com."""
    MOUNT = "mount"
    """A path under /cloudsql."""
    LOCAL_SOCKET = "local_socket"
    """The directories in which a PostgreSQL on the same machine has its socket."""
    UNIX_SOCKET = "unix_socket"
    OTHER_SOCKET = "other_socket"
    """PostgreSQL's socket with the number of another port than 5432."""
    CLOUD_SQL = "cloud_sql"
    """Cloud SQL, and nothing closer."""
    INSTANCE_NAME = "instance_name"
    """An instance connection name in place of a host."""
    ADDRESS_AS_NAME = "address_as_name"
    """An IP address that a resolver was asked for."""
    PRIVATE_NAME = "private_name"
    """A name of a private zone, such as those of Private Service Connect."""
    SHORT_NAME = "short_name"
    """A host name of one word."""
    SETTING = "setting"
    """A variable that gives the database, by its name."""
    IAM_USER = "iam_user"
    """A database user with the name of a service account or a person's e-mail address."""
    FULL_IAM_USER = "full_iam_user"
    """With the suffix .gserviceaccount.com, or a part of it, which PostgreSQL's names of service accounts lack."""


class Strength(Enum):
    """How much a match says of its first cause. The value is the weight that it gives."""

    EXACT = 0.95
    """A constant that exists for this cause."""
    NAMED = 0.85
    """The peer or the client names the matter."""
    SYMPTOM = 0.6
    """What was seen, whatever the reason."""
    WRAPPER = 0.3
    """The failure of something that waits for the path; counts only where nothing else in the text does."""


class At(Value, frozen=True, kw_only=True):
    """The causes of the same words where all these places are named, the most usual first."""

    places: frozenset[Place]
    causes: tuple[Cause, ...]


class Pattern(Value, frozen=True, kw_only=True):
    """One documented constant in the wordings of those who print it.

    ``says`` are compared without regard to case, kind of quotation mark and number of blanks, whole words only. ``*``
    stands for at most 160 characters of the same line; at an end it means that the word may go on there.
    """

    causes: tuple[Cause, ...] = ()
    """The most usual first. One alone: the words settle it. None: they mean something only at the places of ``at``."""
    behind: tuple[Cause, ...] = ()
    """What may lie behind the first: named after the causes, and no doubt about what the words say."""
    says: tuple[str, ...]
    sqlstates: tuple[str, ...] = ()
    """Codes of PostgreSQL's errcodes.txt that mean the same."""
    at: tuple[At, ...] = ()
    """Where a place changes the answer; the first row that fits counts."""
    strength: Strength
    source: str
    """The constant, and who documents or prints it."""


def at(*places: Place, causes: tuple[Cause, ...]) -> At:
    """A row of ``Pattern.at``."""
    return At(places=frozenset(places), causes=causes)
