"""What to do where nothing failed because nothing could be walked: how to say where the database is."""

from diagnostics.core.catalog.causes.steps import CONNECT, RUN
from diagnostics.core.catalog.entry import Step

OTHER_CONTAINER = (
    Step(
        text=(
            "Each container of a service has its own environment and mounts, and this one was given no database "
            "settings: give it the variables that the app's container has."
        ),
        command=f"{RUN} --container AGENT_CONTAINER --update-env-vars NAME=VALUE --update-secrets NAME=SECRET:latest",
        doc=CONNECT,
    ),
)
"""In a container beside the app's."""

NAMED = (
    Step(
        text="If one of the variables that come nearest is the app's, name it.",
        command="cloudsql-diag check --from NAME",
    ),
)
"""Where some names come near."""

NOT_FOUND = (
    Step(text="Say it in a URL.", command="cloudsql-diag check --url postgresql://USER@HOST/DATABASE"),
    Step(text="Or in flags.", command="cloudsql-diag check --host HOST --user USER --database DATABASE"),
    Step(text="Try it without a database of your own.", command="cloudsql-diag lab run -- cloudsql-diag check"),
    Step(text="Look up an error that you have.", command="cloudsql-diag explain --text -"),
)
"""For everybody."""
