"""Causes at the mounted socket."""

from diagnostics.core.catalog.causes.steps import set_anew
from diagnostics.core.catalog.entry import Case, CauseEntry, Place, Step
from diagnostics.core.codes import Cause
from diagnostics.core.findings import Code
from diagnostics.core.model import SettingName

CAUSES: dict[Cause, CauseEntry] = {
    Cause.SOCKET_NOT_MOUNTED: CauseEntry(
        title="the instance is not attached to this container",
        explanation=(
            "There is no socket for[ {instance_name} in] the place where the settings look for it. Cloud Run mounts "
            "one only for instances that this very revision, or job, has attached."
        ),
        shows=(
            "No such file or directory on a path under /cloudsql, Deploy a new revision adding the Cloud SQL "
            "connection."
        ),
        mistaken="a database that is down: nothing outside the container was asked yet.",
        settled_by="the names under /cloudsql, and the revision's Cloud SQL connections",
        steps=(
            Step(
                text="Attach it.",
                command=(
                    "gcloud run {resource} update {service} --region {region} --add-cloudsql-instances {instance_name}"
                ),
                doc="https://cloud.google.com/sql/docs/postgres/connect-run",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Or use the one that is attached: {other}.",
                place=Place.CLOUD_RUN,
                requires=("other",),
            ),
            Step(
                text="Enable the Admin API, without which sockets stay away.",
                command="gcloud services enable sqladmin.googleapis.com --project {project}",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Start the server, or set the directory in which it makes its socket (unix_socket_directories).",
                place=Place.OWN_SERVER,
            ),
            Step(
                text="Let the proxy make the socket.",
                command="cloud-sql-proxy --unix-socket /cloudsql {instance_name}",
                doc="https://cloud.google.com/sql/docs/postgres/sql-proxy",
                place=Place.OUTSIDE,
            ),
        ),
        setting=SettingName.HOST,
        cases=(
            Case(
                place=Place.OWN_SERVER,
                title="there is no socket at this place",
                explanation=(
                    "There is no socket in the directory that the settings name[: {host}]. The server is down, makes "
                    "its socket elsewhere (unix_socket_directories), or is outside this container."
                ),
                settled_by="the files in that directory, and the server's unix_socket_directories",
            ),
        ),
    ),
    Cause.SOCKET_WRONG_PATH: CauseEntry(
        title="the socket's path is wrong",
        explanation=(
            "The path[ in {setting}] does not name the directory that libpq expects: "
            "/cloudsql/PROJECT:REGION:INSTANCE, without the file .s.PGSQL.5432, which the driver adds. A bare instance "
            "name is taken for a host."
        ),
        shows="Not a directory, .s.PGSQL.5432/.s.PGSQL.5432, a host name with colons that does not resolve.",
        mistaken="an instance that is not attached.",
        settled_by="the path in the error, against the names under /cloudsql",
        steps=(
            *set_anew("Set the directory", "/cloudsql/{instance_name}"),
            Step(
                text=(
                    "Give drivers of libpq's kind the directory; pg8000 and a few others want the whole path with "
                    ".s.PGSQL.5432."
                ),
                doc="https://cloud.google.com/sql/docs/postgres/connect-run",
            ),
        ),
        setting=SettingName.HOST,
        cases=(
            Case(
                codes=(Code.SOCKET_MOUNT_NO_INSTANCE_NAME,),
                title="the socket's path ends before the name of the instance",
                explanation=(
                    "The path[ in {setting}] is the directory that holds one directory for each instance, and names "
                    "none of them. Mostly it is put together from a variable that is empty or not set."
                ),
                settled_by="the value of the variable from which the path is made",
                steps=(
                    *set_anew("Set the whole path, with the name of the instance", "/cloudsql/{instance_name}"),
                    Step(text="Attached here: {other}.", requires=("other",)),
                    Step(
                        text="Look for the variable that should have filled it in; Cloud Run does not expand ${VAR}.",
                        place=Place.CLOUD_RUN,
                    ),
                ),
            ),
            Case(
                codes=(Code.SOCKET_MOUNT_OTHER_PORT,),
                title="the port in the socket's name is another one than the server's",
                explanation=(
                    "The file of a socket is named after a port, and the settings give another one[: {port}] than the "
                    "socket has that is there[: {other}]. PostgreSQL's on Cloud SQL is always .s.PGSQL.5432; 3306 is "
                    "MySQL's and 3307 the proxy's."
                ),
                settled_by="the port in the settings, against the name of the file in that directory",
                steps=(
                    Step(text="Set the port to 5432, or leave it out: {other} is there.", requires=("other",)),
                    Step(text="See which files there are.", command="ls -la {host}"),
                ),
            ),
            Case(
                codes=(Code.SOCKET_MOUNT_DIRECTORY_DIALLED,),
                title="a directory is where the socket's file belongs",
                explanation=(
                    "What is at the path of the socket is a directory, and a connection to one is refused. A volume "
                    "that mounts a file which is not there yet makes a directory of its name."
                ),
                settled_by="what is at the path: ls -ld shows a d for a directory and an s for a socket",
                steps=(
                    Step(text="See what is there.", command="ls -ld {host}/.s.PGSQL.5432"),
                    Step(text="Mount the directory that holds the socket, not the socket's file."),
                ),
            ),
            Case(
                codes=(Code.SOCKET_MOUNT_NAME_DOUBLED, Code.CONFIG_HYGIENE_DOUBLED_SOCKET_NAME),
                title="the socket's path ends with the file's name, which the driver adds once more",
                explanation=(
                    "The path[ in {setting}] names the file .s.PGSQL.5432 where libpq and most drivers expect its "
                    "directory. They add the name themselves, so that it is there twice."
                ),
                settled_by="the path in the error: whether it ends with .s.PGSQL.5432/.s.PGSQL.5432",
                steps=(
                    *set_anew("Set the directory without the file's name", "/cloudsql/{instance_name}"),
                    Step(
                        text="Only drivers such as pg8000 and the JDBC socket factory want the path of the file.",
                        doc="https://cloud.google.com/sql/docs/postgres/connect-run",
                    ),
                ),
            ),
            Case(
                codes=(Code.SOCKET_MOUNT_ELSEWHERE,),
                title="the socket is in another directory than the settings say",
                explanation=(
                    "There is no socket at the path[ in {setting}], and the one that is meant can be seen in another "
                    "directory[: {other}]. Mostly a part of the path is missing, doubled or one too many."
                ),
                settled_by="the path in the error, against the names under /cloudsql",
                steps=set_anew("Set the directory that is there", "{other}"),
            ),
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "The path[ in {setting}] does not name the directory that libpq expects: the one in which the "
                    "socket is, without the file's name, .s.PGSQL.5432. The driver adds that itself."
                ),
                settled_by="the path in the error, against the directory in which the server makes its socket",
            ),
        ),
    ),
    Cause.SOCKET_PATH_TOO_LONG: CauseEntry(
        title="the socket's path is longer than the kernel takes",
        explanation=(
            "A unix socket's path, with /.s.PGSQL.5432 at its end, may have 107 bytes. Long project and instance names "
            "go over it."
        ),
        shows="Unix-domain socket path is too long, bind: invalid argument.",
        mistaken="an instance that is not attached.",
        settled_by="the length of the path with /.s.PGSQL.5432",
        steps=(
            Step(
                text="Use a connector library or the private address in place of the socket.",
                doc="https://cloud.google.com/sql/docs/postgres/connect-run",
            ),
            Step(
                text="Let the server make its socket in a shorter directory (unix_socket_directories).",
                place=Place.OWN_SERVER,
            ),
            Step(
                text="Or let a proxy make the socket in a shorter directory.",
                command="cloud-sql-proxy --unix-socket /s {instance_name}",
                doc="https://cloud.google.com/sql/docs/postgres/sql-proxy",
            ),
        ),
        setting=SettingName.HOST,
    ),
    Cause.SOCKET_PERMISSION_DENIED: CauseEntry(
        title="this user may not open the socket",
        explanation=(
            "The socket is there, but the process runs as a user that may not write to it, or may not enter its "
            "directory. Another container of the same service may be able to."
        ),
        shows="Permission denied on .s.PGSQL.5432.",
        mistaken="a missing IAM role: this is the file system's refusal, not Google's.",
        settled_by="owner and mode of the socket, and the user of the process",
        steps=(
            Step(
                text="Compare.",
                command="ls -ln {host}; id",
            ),
            Step(
                text=(
                    "Run the container as a user that may open it; with a proxy of your own start both as the same "
                    "user."
                ),
            ),
        ),
        setting=SettingName.HOST,
    ),
    Cause.SOCKET_DRIVER_UNSUPPORTED: CauseEntry(
        title="the driver does not use the socket that it is given",
        explanation=(
            "Driver, ORM or URL parser cannot use a unix socket, or ignores the parameter that names it. They connect "
            "to localhost, where nothing listens."
        ),
        shows=(
            "Connection refused on 127.0.0.1 although a socket is configured, Can't reach database server at /cloudsql."
        ),
        mistaken="a missing setting.",
        settled_by="the driver's own way to name a socket",
        steps=(
            Step(
                text=(
                    "Use the form that the driver documents: host=/cloudsql/... as a parameter, not as the host of the "
                    "URL."
                ),
                doc="https://cloud.google.com/sql/docs/postgres/connect-run",
            ),
            Step(
                text="Or use a connector library, or the private address.",
            ),
        ),
        setting=SettingName.HOST,
        not_produced=(
            "a run uses the socket as the settings say; whether the app's driver does shows only in the app's text"
        ),
    ),
    Cause.SOCKET_REFUSED: CauseEntry(
        title="the socket is there, but nobody accepts",
        explanation=(
            "The file exists and its listener does not: the proxy that made it has ended, or turns connections away. A "
            "socket of an earlier run looks the same."
        ),
        shows="Connection refused on a path under /cloudsql, not No such file.",
        mistaken="an instance that is not attached: then the file is missing.",
        settled_by="the log of the platform or proxy at that second",
        steps=(
            Step(
                text="Read the platform's line beside it.",
                command="gcloud logging read 'textPayload:\"Cloud SQL connection failed\"' --limit 5 --freshness 1h",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Start the server that made the socket; it makes the file anew.",
                place=Place.OWN_SERVER,
            ),
            Step(
                text="With a proxy of your own: start it before the app, and restart it when it ends.",
                command="cloud-sql-proxy --unix-socket /cloudsql {instance_name}",
                doc="https://cloud.google.com/sql/docs/postgres/sql-proxy",
                place=Place.OUTSIDE,
            ),
        ),
    ),
}
