"""Causes in what the client is: its driver and options, the names it calls the instance by."""

from diagnostics.core.catalog.causes.steps import CONNECT, IN_VARIABLE, RUN, URL, set_anew
from diagnostics.core.catalog.entry import Case, CauseEntry, Place, Step
from diagnostics.core.codes import Cause
from diagnostics.core.findings import Code
from diagnostics.core.model import Route, SettingName

CAUSES: dict[Cause, CauseEntry] = {
    Cause.CONFIG_DRIVER_MISSING: CauseEntry(
        title="the driver that the URL names is not installed, or of the wrong kind",
        explanation=(
            "The URL asks for a driver or dialect that the program does not have[: {setting}], or for an async "
            "one where the engine is not async, or the other way round. The app fails before it contacts anything."
        ),
        shows="ModuleNotFoundError, an unknown dialect or plugin, no suitable driver, MissingGreenlet.",
        mistaken="a broken image or an import error of the app; the name in the error is the driver's.",
        settled_by="an import of the driver in the app's own image",
        steps=(
            Step(
                text="Install the driver in the app's image, for example with pip.",
                command="pip install asyncpg",
            ),
            *set_anew("Or name a driver that is there (such as postgresql+psycopg://)", kept=URL),
        ),
        setting=SettingName.URL,
    ),
    Cause.CONFIG_DRIVER_OPTION_MISMATCH: CauseEntry(
        title="the driver does not take an option that it is given",
        explanation=(
            "An option of one driver was handed to another[: {setting}]. The driver gives up before it connects, so "
            "the network has no part in it."
        ),
        shows=(
            "connect() got an unexpected keyword argument 'sslmode', invalid sslmode value, unknown connection option."
        ),
        mistaken="a TLS problem, since the option is mostly about TLS.",
        settled_by="the driver's list of options against those in the URL",
        steps=(
            Step(
                text=(
                    "For asyncpg write ssl=require, for libpq and psycopg sslmode=require; on the mounted socket leave "
                    "both out."
                ),
                doc="https://www.postgresql.org/docs/current/libpq-connect.html",
            ),
            *set_anew("Change the option", kept=URL),
        ),
        setting=SettingName.URL,
        cases=(
            Case(
                codes=(Code.CONFIG_TARGET_BAD_VALUE,),
                title="a setting has a value that is not known",
                explanation=(
                    "The value[ of {setting}] is none of those that this setting can have. Nothing was dialled, since "
                    "nobody can say which one was meant."
                ),
                steps=set_anew("Set one of the values that the finding lists", kept=IN_VARIABLE),
            ),
        ),
    ),
    Cause.CONFIG_INSTANCE_NAME_MALFORMED: CauseEntry(
        title="the instance connection name has the wrong form",
        explanation=(
            "The name[ in {setting}] is not PROJECT:REGION:INSTANCE: a part is missing, or there are quotes or "
            "brackets in it. Neither a connector nor the socket can be built from it."
        ),
        shows="Invalid instance connection name, a socket path with quotes in it, 400 or 403 from the Admin API.",
        mistaken="a missing permission: the API may answer 403 for a name that cannot exist.",
        settled_by="the connection name as the instance itself shows it",
        steps=(
            Step(
                text="Copy the name from the instance.",
                command="gcloud sql instances describe INSTANCE --project PROJECT --format='value(connectionName)'",
                doc=CONNECT,
            ),
            *set_anew("Set it without quotes", "PROJECT:REGION:INSTANCE"),
        ),
        setting=SettingName.INSTANCE,
    ),
    Cause.CONFIG_INSTANCE_NAME_WRONG: CauseEntry(
        title="there is no instance with this connection name",
        explanation=(
            "The name[ {instance_name}] is well formed, but project, region or instance in it are wrong, or the "
            "instance was deleted. Region means europe-west1, not a zone such as europe-west1-b."
        ),
        shows=(
            "404 instanceDoesNotExist, a region that differs from the instance's, or 403 notAuthorized where the "
            "caller may not see the project."
        ),
        mistaken="a missing role. Google answers 403 for instances that do not exist where the caller may not know.",
        settled_by="the list of instances, by somebody who may see the project",
        steps=(
            Step(
                text="List the connection names of the project.",
                command="gcloud sql instances list --project {project} --format='value(connectionName)'",
            ),
            Step(
                text="Attach the right one and use its socket.",
                command=(
                    f"{RUN} --set-cloudsql-instances {{right_name}} "
                    "--update-env-vars {setting}=/cloudsql/{right_name}"
                ),
                doc=CONNECT,
                place=Place.CLOUD_RUN,
                routes=(Route.SOCKET,),
            ),
            *set_anew("[The instance is in region {other}. ]Set the right name", "{right_name}"),
        ),
        setting=SettingName.INSTANCE,
    ),
    Cause.CONFIG_PROXY_VERSION: CauseEntry(
        title="the proxy or connector is too old for its options, or has a known fault",
        explanation=(
            "A version of the proxy or connector does not know an option it is given, or fails in a way that a later "
            "version does not. The database is not involved."
        ),
        shows=(
            "Unknown flag of cloud-sql-proxy, PROTOCOL_ERROR of an HTTP/2 stream, advice to use another token source."
        ),
        mistaken="a problem of the network or of credentials; the proxy's first line of output names its version.",
        settled_by="the same start with the current version",
        steps=(
            Step(
                text="Use the current version; version 2 takes the instance as an argument and flags with two dashes.",
                command="cloud-sql-proxy --version",
                doc="https://cloud.google.com/sql/docs/postgres/sql-proxy",
            ),
            Step(
                text="Upgrade the connector library.",
                command="pip install --upgrade cloud-sql-python-connector",
            ),
        ),
        not_produced=("what a proxy says of its flags when it starts never gets to a run beside it"),
    ),
    Cause.CONFIG_CONFLICTING_SETTINGS: CauseEntry(
        title="two families of variables name different targets",
        explanation=(
            "The environment holds two sets of settings that disagree[: {setting} and {other}]. Which one wins "
            "depends on who reads them, so app and tools may talk to different databases."
        ),
        shows="A database that lacks tables, or data of another environment, while every connection works.",
        mistaken="lost data, or migrations that did not run.",
        settled_by="the values with their sources, which cloudsql-diag config prints",
        steps=(
            Step(
                text="See which values win and where they come from.",
                command="cloudsql-diag config",
            ),
            Step(
                text="Remove the one that this agent does not use, if the app does not use it either.",
                command="gcloud run {resource} update {service} --region {region} --remove-env-vars {other}",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text=(
                    "Remove the one that this agent does not use[ ({other})] where the process is started, if the app "
                    "does not use it either."
                ),
                place=Place.OUTSIDE,
            ),
        ),
        setting=SettingName.HOST,
    ),
    Cause.CONFIG_NOT_POSTGRES: CauseEntry(
        title="something else than PostgreSQL answers at this address",
        explanation=(
            "What the settings lead to is not PostgreSQL[: {host}:{port}]. It may be a load balancer, a web server, an "
            "instance of another engine, or the port of the server-side proxy."
        ),
        shows="Received invalid response to SSL negotiation, an HTTP or SSH banner, bytes that no PostgreSQL sends.",
        mistaken="a TLS or protocol problem between client and server versions.",
        settled_by="what the peer sends first, which the evidence names",
        steps=(
            Step(
                text=(
                    "Look up the instance's addresses; PostgreSQL listens on 5432, and 3307 is the server-side proxy "
                    "for connectors."
                ),
                command="gcloud sql instances describe {instance} --project {project} --format='value(ipAddresses)'",
            ),
            *set_anew("Set host and port"),
        ),
        setting=SettingName.HOST,
        cases=(
            Case(
                codes=(Code.ADMIN_CONNECT_SETTINGS_NOT_POSTGRES_ENGINE,),
                title="the instance is not PostgreSQL",
                explanation=(
                    "The instance[ {instance_name}] runs another database engine, as the Admin API says. What speaks "
                    "PostgreSQL's protocol gets no sensible answer from it."
                ),
                steps=(
                    Step(
                        text="List the instances with their engines.",
                        command=(
                            "gcloud sql instances list --project {project} "
                            "--format='table(connectionName,databaseVersion)'"
                        ),
                    ),
                    *set_anew("Set the name of a PostgreSQL instance", "PROJECT:REGION:INSTANCE"),
                ),
            ),
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "What the settings lead to is not PostgreSQL[: {host}:{port}]. It may be a load balancer, a web "
                    "server, or a database of another kind."
                ),
            ),
        ),
    ),
}
