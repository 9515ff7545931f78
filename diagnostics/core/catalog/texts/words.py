"""What is said of a pattern that matched, and how to settle what a text leaves open."""

from collections.abc import Sequence

from diagnostics.core.codes import Cause
from diagnostics.core.model import Value
from diagnostics.core.report import AppLimit, Remedy
from diagnostics.core.text.own_lines import OwnLine
from diagnostics.core.text.pattern import Operation, Place, Sign, Speaker
from diagnostics.core.text.reading import CUT
from diagnostics.core.text.verdict import Candidate, Clarity, Ground, Role

BESIDE: dict[Sign, str] = {
    Place.LOOPBACK: "an address of the machine itself",
    Place.PRIVATE: "a private address",
    Place.PUBLIC: "a public address",
    Place.PROXY_PORT: "port 3307, the server-side proxy's",
    Place.HTTPS_PORT: "port 443",
    Place.METADATA: "the metadata server",
    Place.GOOGLE_API: "a call to Google's APIs",
    Place.GOOGLE_VIP: "private.googleapis.com",
    Place.MOUNT: "a path under /cloudsql",
    Place.MOUNT_DIRECTORY: "a directory under /cloudsql in place of the socket inside it",
    Place.EMPTY_MOUNT: "/cloudsql with nothing behind it",
    Place.HOST_WITH_PORT: "a port inside the host",
    Place.TEMPLATE: "a value that was never filled in",
    Place.LOCAL_SOCKET: "the socket of a PostgreSQL on the same machine",
    Place.UNIX_SOCKET: "a unix socket",
    Place.OTHER_SOCKET: "a socket with the number of another port than 5432",
    Place.CLOUD_SQL: "Cloud SQL, and no address",
    Place.INSTANCE_NAME: "an instance name where a host or port is expected",
    Place.ADDRESS_AS_NAME: "an IP address that was looked up as a name",
    Place.PRIVATE_NAME: "a name of a private zone",
    Place.SHORT_NAME: "a host name of one word",
    Place.SETTING: "a variable that gives the database",
    Place.IAM_USER: "an IAM user",
    Place.FULL_IAM_USER: "an IAM user with .gserviceaccount.com, or a part of it",
    Speaker.PROXY: "the proxy's own words",
    Speaker.CONNECTOR: "the connector's own words",
    Speaker.DEPLOYMENT: "words of a deployment",
    Speaker.REQUEST: "the platform's words about a request",
    Speaker.ORCHESTRATOR: "words about starting and probing containers",
    Speaker.POOLER: "a pooler's own words",
    Operation.LOAD_DRIVER: "a driver's name",
    Operation.READ_URL: "a URL or connection string",
    Operation.READ_INSTANCE_NAME: "an instance connection name",
    Operation.READ_OPTION: "an option",
    Operation.READ_FLAG: "a flag of the command line",
    Operation.READ_SECRET: "a secret",
    Operation.READ_CERTIFICATE_FILE: "a certificate's file",
    Operation.READ_KEY_FILE: "a key file",
    Operation.FIND_CREDENTIALS: "the default credentials",
    Operation.USE_ACCOUNT: "a service account",
    Operation.GET_TOKEN: "an access token",
    Operation.CALL_HTTP: "a call over HTTP",
    Operation.REFRESH_CERTIFICATE: "the refresh of the client certificate",
    Operation.PROXY_LISTENS: "a proxy that began to listen",
    Operation.USE_INSTANCE: "the instance",
    Operation.RUN_OPERATION: "an operation on the instance",
    Operation.ATTACH_NETWORK: "the way into the VPC network",
    Operation.HANDSHAKE: "the TLS handshake",
    Operation.VERIFY_CERTIFICATE: "the certificate of the peer",
    Operation.SEND_PASSWORD: "a password",
    Operation.USE_DATABASE: "a database",
    Operation.USE_ROLE: "a database user",
    Operation.USE_OBJECT: "a schema or table",
    Operation.RUN_STATEMENT: "a statement",
    Operation.USE_CONNECTION: "a connection that was open",
    Operation.KEEP_SESSION: "a session that was idle or reused",
    Operation.TAKE_FROM_POOL: "a pool",
    Operation.OPEN_SESSIONS: "the number of sessions",
    Operation.LISTEN: "the app's own port",
    Operation.PROBE: "a probe",
    Operation.START_CONTAINER: "the start of a container",
    Operation.SERVE_REQUEST: "a request to the app",
    Operation.USE_MEMORY: "memory",
    Operation.USE_DISK: "the disk",
}
"""Read after ``beside``."""

HEADS: dict[Clarity, str] = {
    Clarity.CAUSE: "The text names its cause",
    Clarity.EVENT: "The text says what happened. Causes that fit, the likeliest first",
    Clarity.SYMPTOM: "The text shows only symptoms. Causes that fit, the likeliest first",
    Clarity.NOTHING: "Nothing in the text is known",
}

_GROUNDS = 2
"""Grounds that are told: the third adds nothing that anybody reads."""


def why(candidate: Candidate) -> str:
    """What in the text spoke for a cause: the catalogue's wording of it and its line, nothing of the text itself."""
    grounds = "; ".join(map(_ground, candidate.grounds[:_GROUNDS]))
    return f"{grounds}; what is known besides fits" if candidate.fits else grounds


def _ground(ground: Ground) -> str:
    words = _quoted(ground.words)
    match ground.role:
        case Role.FIRST:
            return f"line {ground.line}: {words}{_beside(ground)} ({ground.pattern.source})"
        case Role.ALSO:
            return f"line {ground.line}: {words} comes from this, too"
        case Role.BEHIND:
            return f"line {ground.line}: this may lie behind {words}"


def _beside(ground: Ground) -> str:
    lines = {each.sign: each.line for each in ground.elsewhere if each.line != ground.line}
    named = [
        f"{BESIDE[sign]} in line {lines[sign]}" if sign in lines else BESIDE[sign] for sign in sorted(ground.signs)
    ]
    return f" beside {' and '.join(named)}" if named else ""


def _quoted(words: str) -> str:
    return '"{}"'.format(words.replace("*", "…").replace(CUT, "[line break]").replace('"', "'"))


def fit(candidate: Candidate) -> str:
    """How well a cause fits, in a word that can be compared with those of the other candidates."""
    return next(word for least, word in _FITS if candidate.weight >= least)


_FITS = ((0.8, "fits closely"), (0.5, "fits well"), (0.25, "fits"), (0.0, "fits loosely"))
"""From the weights of ``Strength``: words of its own, words that it shares, a later cause of them, one behind it."""


class _Way(Value, frozen=True, kw_only=True):
    """The flags that lead along the route of the places."""

    places: frozenset[Place]
    flags: str


_WAYS = (
    _Way(places=frozenset({Place.MOUNT}), flags="--host /cloudsql/PROJECT:REGION:INSTANCE"),
    _Way(
        places=frozenset({Place.PROXY_PORT, Place.PRIVATE}),
        flags="--instance PROJECT:REGION:INSTANCE --ip-type private",
    ),
    _Way(places=frozenset({Place.PROXY_PORT}), flags="--instance PROJECT:REGION:INSTANCE"),
    _Way(places=frozenset({Place.GOOGLE_API}), flags="--instance PROJECT:REGION:INSTANCE"),
    _Way(places=frozenset({Place.PRIVATE}), flags="--host ADDRESS"),
    _Way(places=frozenset({Place.PUBLIC}), flags="--host ADDRESS"),
    _Way(places=frozenset({Place.PRIVATE_NAME}), flags="--host NAME"),
)
"""The first that fits."""


_STEPS = 2
"""Causes whose steps are offered where a text leaves several open: with a third, a run is quicker than reading."""


def remedies(causes: Sequence[Cause], clarity: Clarity) -> tuple[Remedy, ...]:
    """Where the steps for the cause are, or for the likeliest of several."""
    if clarity is Clarity.CAUSE:
        return (Remedy(text="What to do.", command=_page(causes[0])),)
    return tuple(
        Remedy(text=f"If it is {cause}: what to do about it.", command=_page(cause)) for cause in causes[:_STEPS]
    )


def _page(cause: Cause) -> str:
    return f"cloudsql-diag explain {cause}"


def settling(places: frozenset[Place]) -> tuple[Remedy, ...]:
    """The runs that tell the candidates apart."""
    login = " --login iam" if Place.IAM_USER in places else ""
    flags = next((way.flags for way in _WAYS if way.places <= places), "")
    here = Remedy(text="Inside the container, with the app's own settings.", command="cloudsql-diag check")
    if not flags:
        return (here,)
    elsewhere = Remedy(text="Without them, from the same network.", command=f"cloudsql-diag check {flags}{login}")
    return (here, elsewhere)


OWN_FIT = "said by cloudsql-diag"
"""In place of how well words fit: that line is no guess at words."""


def own(line: OwnLine) -> str:
    """Where a line of ours stands, and how sure it was."""
    measured = "measured on the path" if line.measured else "read from the exception alone, nothing was measured"
    sure = f", {line.confidence}" if line.confidence else ""
    return f"line {line.line}: {measured}{sure}"


def fired(limits: Sequence[AppLimit]) -> str:
    """Which limit of the app ended its start-up; empty where it told none."""
    over = [limit for limit in limits if limit.fired]
    if not over:
        return "No limit of the app fired." if limits else ""
    others = [_limit(limit) for limit in limits if not limit.fired and limit.elapsed is not None and limit.seconds]
    rest = f", not {', '.join(others)}" if others else ""
    return f"The limit that fired is {' and '.join(map(_limit, over))}{rest}."


def _limit(limit: AppLimit) -> str:
    return f"{limit.name} {limit.seconds:.1f} s" if limit.seconds else limit.name
