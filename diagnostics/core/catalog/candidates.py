"""What ``config`` says of each way in which settings name a database."""

from diagnostics.core.candidates import Choice
from diagnostics.core.model import Route

CHOICES = {
    Choice.NAMED: "taken: chosen by our own options or --from",
    Choice.ONLY: "taken: the only one",
    Choice.PRECEDENCE: "taken: the best known one",
    Choice.SAME_TARGET: "not taken: says the same",
    Choice.LESS_KNOWN: "not taken: names another database; --from {name} takes it",
    Choice.INCOMPLETE: "not taken: does not say where the database is",
    Choice.UNREADABLE: "not taken: no reader understands it",
    Choice.OTHER_ENGINE: "not taken: another engine's",
}
NOT_FOUND = (
    "Looked for DATABASE_URL and the like, for groups such as DB_HOST, DB_NAME, DB_USER under any prefix, and for "
    "values that look like database settings. Say it with --url, --host or --instance, or --from NAME."
)
ALSO = {
    Route.CONNECTOR: "the settings name the instance, too: --route connector walks through the connector",
    Route.SOCKET: "the socket is mounted, too: --route socket walks through it",
    Route.DIRECT: "--route direct walks to the address",
}


def choice(name: str, made: Choice) -> str:
    """Why a candidate was taken, or was not."""
    return CHOICES[made].format(name=name)
