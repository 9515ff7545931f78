"""Causes in the settings."""

from diagnostics.core.catalog.causes.steps import CONNECT, IN_VARIABLE, RUN, STORE, URL, mounted_socket, set_anew
from diagnostics.core.catalog.entry import Case, CauseEntry, Kept, Place, Step
from diagnostics.core.codes import Cause
from diagnostics.core.findings import Code
from diagnostics.core.model import SettingName

CAUSES: dict[Cause, CauseEntry] = {
    Cause.CONFIG_MISSING_ENV: CauseEntry(
        title="a setting that the path needs is not set",
        explanation=(
            "The running container has no value for a part of the target[: {setting}]. Drivers then fall back to "
            "localhost or to the user's name, where no database is."
        ),
        shows=(
            "Connection refused on 127.0.0.1:5432 or on /var/run/postgresql, an empty host or URL in an error, or an "
            "app that says which setting must be set."
        ),
        mistaken="a database that is down. A refusal from the container's own address never came from Cloud SQL.",
        settled_by="the environment of this process: cloudsql-diag config lists each value with its source",
        steps=(
            Step(
                text=(
                    "Set the variable on the revision itself; each container of a service has its own environment, "
                    "sidecars too."
                ),
                command=f"{RUN} --update-env-vars {{setting}}=VALUE",
                doc=CONNECT,
                place=Place.CLOUD_RUN,
                kept=(Kept.PLAIN, Kept.IN_URL),
            ),
            Step(
                text="Take it from Secret Manager; each container of a service has its own environment, sidecars too.",
                command=f"{RUN} --update-secrets {{setting}}=SECRET:latest",
                doc=CONNECT,
                place=Place.CLOUD_RUN,
                kept=(Kept.SECRET,),
            ),
            Step(
                text=(
                    "Set the variable where the process is started, and look for shell variables that expanded to "
                    "nothing."
                ),
                place=Place.OUTSIDE,
                kept=IN_VARIABLE,
            ),
            Step(
                text="Give it a value[: {setting}].",
                kept=(Kept.GIVEN,),
            ),
            Step(
                text="See what arrives.",
                command="cloudsql-diag config",
            ),
        ),
        setting=SettingName.HOST,
        cases=(
            Case(
                codes=(Code.CONFIG_TARGET_SERVICE_NOT_DEFINED,),
                title="no service file defines the service that is named",
                explanation=(
                    "The settings name a service[ in {setting}], and there is no section of that name in a file that "
                    "libpq looks in: PGSERVICEFILE or ~/.pg_service.conf, then pg_service.conf under PGSYSCONFDIR. It "
                    "refuses before it dials."
                ),
                steps=(
                    Step(
                        text="Name the file that has a section of that name, in brackets, or mount it there.",
                        command="export PGSERVICEFILE=PATH",
                        doc="https://www.postgresql.org/docs/current/libpq-pgservice.html",
                    ),
                ),
            ),
            Case(
                codes=(Code.CONFIG_TARGET_SECRET_UNREADABLE,),
                title="the file with a secret cannot be read",
                explanation=(
                    "The settings name a file[ in {setting}], and this process cannot read it: it is missing, it is a "
                    "directory, or this user may not open it. Without the value nothing was dialled."
                ),
                steps=(
                    Step(
                        text="Mount the secret at the path that the setting names; the directory has to be empty.",
                        command=f"{RUN} --update-secrets /secrets/password=SECRET:latest",
                        doc="https://cloud.google.com/run/docs/configuring/services/secrets",
                        place=Place.CLOUD_RUN,
                    ),
                    Step(
                        text="Let the user that the process runs as read it.",
                        command='ls -ln "${setting}"; id',
                        kept=IN_VARIABLE,
                    ),
                    Step(
                        text="Let the user that the process runs as read it.",
                        command="ls -ln PATH; id",
                        kept=(Kept.GIVEN,),
                    ),
                ),
            ),
        ),
    ),
    Cause.CONFIG_WRONG_HOST_PORT: CauseEntry(
        title="host or port lead to something else than the instance",
        explanation=(
            "The settings name an address that is not the instance's, or a port it does not listen on[: {host}]. An "
            "address copied by hand goes stale as soon as the instance is replaced or gets another IP."
        ),
        shows=(
            "A refusal or silence from an address that is none of the instance's, a refusal from localhost, or a port "
            "other than 5432 in the error."
        ),
        mistaken=(
            "a firewall or a stopped instance. Compare the address with those the instance has today before anything "
            "else."
        ),
        settled_by="the instance's own addresses, which the Admin API names, against the one that was dialled",
        steps=(
            Step(
                text="List the addresses that the instance has.",
                command="gcloud sql instances describe {instance} --project {project} --format='value(ipAddresses)'",
            ),
            *mounted_socket(", which needs no address"),
            *set_anew("Or set the right address", "{instance_address}"),
        ),
        setting=SettingName.HOST,
        cases=(
            Case(
                codes=(Code.CONFIG_TARGET_BAD_PORT, Code.CONFIG_TARGET_PORT_OUT_OF_RANGE),
                title="the port is no number from 1 to 65535",
                explanation=(
                    "What is given as the port[ in {setting}] cannot be one. Nothing was dialled, since nobody can say "
                    "which one was meant."
                ),
                steps=set_anew("Set the port (PostgreSQL's is 5432)", "5432"),
            ),
            Case(
                codes=(Code.CONFIG_TARGET_HOST_TOO_LONG, Code.DNS_TARGET_NOT_A_NAME),
                title="the host is none that a resolver takes",
                explanation=(
                    "What is given as the host[ in {setting}] is too long for a name, or has characters that none has. "
                    "Mostly something else stands in its place: a whole URL, a token, or a part of the password."
                ),
                steps=set_anew("Set the host (a name, an address, or the directory of the socket)", "HOST"),
            ),
            Case(
                place=Place.OWN_SERVER,
                title="host or port lead to something else than the server",
                explanation=(
                    "The settings name an address that is not the server's, or a port it does not listen on[: {host}]. "
                    "An address copied by hand goes stale as soon as the server moves."
                ),
                settled_by="the addresses and the port that the server has, against those that were dialled",
                steps=(
                    Step(
                        text="See where the server listens, from a place that reaches it.",
                        command="psql -c 'SHOW listen_addresses' -c 'SHOW port'",
                        elsewhere=True,
                    ),
                    *set_anew("Set host and port"),
                ),
            ),
        ),
    ),
    Cause.CONFIG_MALFORMED_URL: CauseEntry(
        title="the database URL cannot be read",
        explanation=(
            "A URL[ in {setting}] has quotes, a missing part or parts in the wrong place, so a parser cannot tell "
            "host, user and password apart. Nothing of it can be trusted, so nothing of it was dialled."
        ),
        shows=(
            "An error of the URL library, often about a port that is no number or a missing host; quotes that are part "
            "of the value."
        ),
        mistaken=(
            "a network problem: some drivers read a wrong host out of such a URL and report that this host does not "
            "resolve."
        ),
        settled_by="the shape of the value: scheme, user, host, port and database in this order, without quotes",
        steps=(
            Step(
                text=(
                    "Build the URL again from its parts, without quotes: postgresql://USER:PASSWORD@HOST:5432/DATABASE"
                ),
                doc="https://www.postgresql.org/docs/current/libpq-connect.html",
            ),
            *set_anew("Store it", kept=URL),
            Step(
                text="Or pass the parts one by one, which needs no encoding.",
                command=(
                    f"{RUN} --update-env-vars POSTGRES_HOST={{host}},POSTGRES_DB={{database}},POSTGRES_USER={{user}}"
                ),
                place=Place.CLOUD_RUN,
            ),
            Step(
                text=(
                    "Where Python's configparser reads the URL (alembic.ini, set_main_option; it says: invalid "
                    "interpolation syntax), leave the encoding as it is and write each % twice: url.replace('%', '%%')."
                ),
            ),
        ),
        setting=SettingName.URL,
        cases=(
            Case(
                codes=(Code.CONFIG_HYGIENE_QUOTED,),
                title="a setting is in quotes",
                explanation=(
                    "The value[ of {setting}] begins and ends with a quotation mark, and both are part of it. Whoever "
                    "set it took them for syntax, so that a host, a name or a password with them does not exist."
                ),
                steps=set_anew("Set it without the quotes", kept=tuple(Kept)),
            ),
        ),
    ),
    Cause.CONFIG_URL_UNESCAPED_CHARS: CauseEntry(
        title="the URL holds reserved characters that are not percent-encoded",
        explanation=(
            "User or password[ in {setting}] contain a character such as @, :, /, # or %, which a URL parser takes for "
            "a separator. The host that the driver then sees is a piece of the password."
        ),
        shows=(
            "A host name that nobody configured does not resolve, an invalid percent escape, or a port that is no "
            "number."
        ),
        mistaken="a DNS failure: the name that does not resolve was never meant to be one.",
        settled_by="the password: whether it holds one of : / ? # @ % and stands in the URL as it is",
        steps=(
            Step(
                text="Percent-encode user and password before they go into the URL.",
                command=(
                    "python3 -c 'import getpass, urllib.parse; print(urllib.parse.quote(getpass.getpass(), safe=\"\"))'"
                ),
            ),
            *set_anew("Store the new URL", kept=URL),
            Step(
                text="Or pass the password apart from the URL, in POSTGRES_PASSWORD.",
            ),
        ),
        setting=SettingName.URL,
    ),
    Cause.CONFIG_PLACEHOLDER_VALUE: CauseEntry(
        title="a setting still holds its placeholder",
        explanation=(
            "The value of a setting[, {setting},] is a template's text or nothing but white space, not a real value. "
            "The server sees it as a wrong password or name."
        ),
        shows=(
            "Password authentication failed although nobody changed the password; values such as changeme, "
            "REPLACE_WITH_..., ${VAR}."
        ),
        mistaken=(
            "a wrong password in the database. Resetting it there changes nothing while the app still sends the "
            "placeholder."
        ),
        settled_by="the value itself: whether it is what a template or an example file has in this place",
        steps=(
            *set_anew("Set the real value", kept=tuple(Kept)),
            Step(
                text="Look for whatever should have filled it in: a template, an env file, a shell variable.",
            ),
        ),
        setting=SettingName.PASSWORD,
        cases=(
            Case(
                codes=(Code.CONFIG_HYGIENE_ONLY_WHITESPACE,),
                title="a setting holds nothing but white space",
                explanation=(
                    "The value[ of {setting}] is one blank or line break, or several, so that it counts as set. The "
                    "server sees it as a wrong password or name."
                ),
            ),
        ),
    ),
    Cause.CONFIG_SECRET_TRAILING_NEWLINE: CauseEntry(
        title="a setting ends with a line break or another invisible character",
        explanation=(
            "The value[ of {setting}] is right except for a character at its end or beginning that nobody sees. The "
            "server compares it literally, so a database, user, password or host with it does not exist."
        ),
        shows=(
            "A name printed over two lines inside its quotes, a literal IP address that does not resolve, password "
            "authentication failed for a password that looks right."
        ),
        mistaken="a missing database or a wrong password: the name in the error looks right at first sight.",
        settled_by="the raw value, for example with printenv NAME | od -c | tail",
        steps=(
            *set_anew("Set the value again without that character", kept=tuple(Kept)),
            Step(
                text="The same goes for {also_settings}.",
                requires=("also_settings",),
            ),
            Step(
                text=(
                    "Where the variable comes from Secret Manager, store a new version there; echo adds a line break, "
                    "printf %s does not. Then read it: --update-secrets {setting}=SECRET:latest"
                ),
                command=STORE,
                place=Place.CLOUD_RUN,
                kept=(Kept.PLAIN,),
            ),
            Step(
                text="Strip values where the app reads them, as long as old versions are about.",
            ),
        ),
        setting=SettingName.PASSWORD,
        cases=(
            Case(
                codes=(Code.CONFIG_HYGIENE_LEADING_WHITESPACE,),
                title="a setting begins with a blank or another invisible character",
            ),
        ),
    ),
    Cause.CONFIG_NAME_CASE: CauseEntry(
        title="a name is written in other letters than the server keeps it in",
        explanation=(
            "PostgreSQL turns names into small letters where they are created without quotation marks, and compares "
            "them letter by letter where somebody logs in. The settings have capitals[ in {setting}], and the server "
            "has no such name."
        ),
        shows='database "Orders" does not exist, role "Api" does not exist, while orders and api are there.',
        mistaken="a database or a role that was never created: CREATE DATABASE Orders made one that is called orders.",
        settled_by="the name in small letters, which a run tries by itself",
        steps=(
            *set_anew("Set the name as the server has it, mostly in small letters", "NAME"),
            Step(
                text="See the names that there are.",
                command="gcloud sql databases list --instance {instance} --project {project}",
            ),
            Step(text="See the names that there are.", command="psql -l", place=Place.OWN_SERVER),
        ),
        setting=SettingName.DATABASE,
    ),
}
