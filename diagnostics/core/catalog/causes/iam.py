"""Causes in permissions, and in IAM database login."""

from diagnostics.core.catalog.causes.steps import set_anew
from diagnostics.core.catalog.entry import CauseEntry, Place, Step
from diagnostics.core.codes import Cause
from diagnostics.core.model import SettingName

CAUSES: dict[Cause, CauseEntry] = {
    Cause.IAM_MISSING_CLOUDSQL_CLIENT: CauseEntry(
        title="the service account may not connect to the instance",
        explanation=(
            "The identity of this container[, {service_account},] lacks cloudsql.instances.connect on the instance, or "
            "may not see it. Connectors and the mounted socket are turned away before they connect."
        ),
        shows=(
            "Error 403: notAuthorized, boss::NOT_AUTHORIZED, Possibly missing permission cloudsql.instances.connect; a "
            "socket that accepts and hangs up."
        ),
        mistaken="a wrong instance name: Google gives the same answer for an instance that does not exist.",
        settled_by="the policy of the instance's project for this service account",
        steps=(
            Step(
                text="Grant the role in the instance's project; it takes some minutes.",
                command=(
                    "gcloud projects add-iam-policy-binding {project} --member serviceAccount:{service_account} --role "
                    "roles/cloudsql.client"
                ),
                doc="https://cloud.google.com/sql/docs/postgres/connect-run",
            ),
            Step(
                text="Make sure that the name is right.",
                command="gcloud sql instances list --project {project} --format='value(connectionName)'",
            ),
        ),
    ),
    Cause.IAM_MISSING_INSTANCES_LOGIN: CauseEntry(
        title="the service account may not log in to the database",
        explanation=(
            "PostgreSQL knows the IAM user, but the identity lacks cloudsql.instances.login, which is asked at every "
            "login. The role for connecting does not contain it."
        ),
        shows=(
            "Cloud SQL IAM service account authentication failed; in the server's log: The caller does not have "
            "permission."
        ),
        mistaken="a wrong password: with IAM login there is none.",
        settled_by="the server's log, which names the reason that the client is not told",
        steps=(
            Step(
                text="Grant the role in the instance's project.",
                command=(
                    "gcloud projects add-iam-policy-binding {project} --member serviceAccount:{service_account} --role "
                    "roles/cloudsql.instanceUser"
                ),
                doc="https://cloud.google.com/sql/docs/postgres/iam-logins",
            ),
            Step(
                text="Name the instance, so that its project is known, or log in with a password.",
                command="cloudsql-diag config",
                place=Place.OWN_SERVER,
            ),
        ),
    ),
    Cause.IAM_MISSING_SERVICE_USAGE: CauseEntry(
        title="the identity may not use the quota project",
        explanation=(
            "A quota project is set, and the identity lacks serviceusage.services.use on it. The call is refused "
            "although every Cloud SQL role is there."
        ),
        shows="Caller does not have required permission to use project, 403 with serviceusage.services.use.",
        mistaken="a missing Cloud SQL role.",
        settled_by="the permission in the API's answer",
        steps=(
            Step(
                text="Grant the role on the quota project.",
                command=(
                    "gcloud projects add-iam-policy-binding QUOTA_PROJECT --member serviceAccount:{service_account} "
                    "--role roles/serviceusage.serviceUsageConsumer"
                ),
            ),
            Step(
                text="Or drop the quota project.",
                command=(
                    "gcloud run {resource} update {service} --region {region} --remove-env-vars "
                    "GOOGLE_CLOUD_QUOTA_PROJECT"
                ),
                place=Place.CLOUD_RUN,
            ),
        ),
    ),
    Cause.IAM_MISSING_SECRET_ACCESS: CauseEntry(
        title="the secret with the settings cannot be read",
        explanation=(
            "A file or secret that should give a setting[, {setting},] cannot be opened. On Cloud Run the service "
            "account needs the right to read the secret, or the revision does not start."
        ),
        shows=(
            "Permission denied on secret, secretmanager.versions.access denied, permission denied on a file of the "
            "container."
        ),
        mistaken="an empty secret: that can be read.",
        settled_by="the secret's policy, and owner and mode of the file in the container",
        steps=(
            Step(
                text="Grant access to the secret.",
                command=(
                    "gcloud secrets add-iam-policy-binding SECRET --member serviceAccount:{service_account} --role "
                    "roles/secretmanager.secretAccessor"
                ),
            ),
            Step(
                text="For a mounted file, look at owner and mode.",
                command="ls -l PATH",
            ),
        ),
        setting=SettingName.PASSWORD,
        not_produced=(
            "Cloud Run starts no revision whose secret it may not read, and a file that cannot be read does not say "
            "why; named beside config.missing_env"
        ),
    ),
    Cause.IAM_DB_USER_MISSING: CauseEntry(
        title="the IAM principal is not a user of the instance",
        explanation=(
            "PostgreSQL does not know this name as an IAM user[: {user}], so it asks for a password as for anybody "
            "else. Roles in IAM do not create database users."
        ),
        shows="password authentication failed for an IAM name, IAM authentication failed.",
        mistaken="a missing login role: then PostgreSQL says that the IAM authentication failed.",
        settled_by="the instance's list of users with their types",
        steps=(
            Step(
                text="See the users.",
                command="gcloud sql users list --instance {instance} --project {project}",
            ),
            Step(
                text="Add the service account; the name goes without .gserviceaccount.com.",
                command=(
                    "gcloud sql users create {login_name} --instance {instance} --project {project} --type "
                    "cloud_iam_service_account"
                ),
                doc="https://cloud.google.com/sql/docs/postgres/iam-logins",
            ),
        ),
    ),
    Cause.IAM_DB_USERNAME_WRONG: CauseEntry(
        title="the IAM user's name has the wrong form",
        explanation=(
            "PostgreSQL knows a service account without .gserviceaccount.com[: {login_name}]. A person's name there is "
            "the whole e-mail address, in lower case."
        ),
        shows=(
            'password authentication failed for user "...gserviceaccount.com", IAM authentication failed for another '
            "user."
        ),
        mistaken="a wrong password: with IAM login there is none.",
        settled_by="the same login with the short name",
        steps=(
            *set_anew("Use the short name[, {login_name},]", "{login_name}"),
            Step(
                text="See the names that the instance has.",
                command="gcloud sql users list --instance {instance} --project {project}",
                doc="https://cloud.google.com/sql/docs/postgres/iam-logins",
            ),
        ),
        setting=SettingName.USER,
    ),
    Cause.IAM_DB_AUTH_NOT_ENABLED: CauseEntry(
        title="IAM login is not turned on",
        explanation=(
            "The instance lacks the flag cloudsql.iam_authentication, or the client does not use IAM login although it "
            "was meant to. PostgreSQL then asks for a password that nobody has."
        ),
        shows="password authentication failed, empty password returned by client, fe_sendauth: no password supplied.",
        mistaken="a missing password.",
        settled_by="the instance's flags, and the connector's option for IAM login",
        steps=(
            Step(
                text="Turn the flag on. This replaces all flags of the instance, so name those that are set, too.",
                command=(
                    "gcloud sql instances patch {instance} --project {project} --database-flags "
                    "cloudsql.iam_authentication=on"
                ),
                doc="https://cloud.google.com/sql/docs/postgres/iam-logins",
            ),
            Step(
                text=(
                    "Turn IAM login on in the connector: enable_iam_auth=True in Python, --auto-iam-authn for "
                    "cloud-sql-proxy."
                ),
            ),
        ),
    ),
    Cause.IAM_DB_TOKEN_INVALID: CauseEntry(
        title="the token that stands in for a password has expired",
        explanation=(
            "With IAM login the password is an access token that lasts an hour at most. A pool that opens a connection "
            "with an old token is refused."
        ),
        shows="Cloud SQL IAM authentication failed now and then, mostly an hour after the start.",
        mistaken="a missing role: that fails from the start and always.",
        settled_by="a login with a fresh token",
        steps=(
            Step(
                text="Let the connector make the token, or fetch a fresh one for every new connection.",
                doc="https://cloud.google.com/sql/docs/postgres/iam-logins",
            ),
            Step(
                text="Replace pooled connections within the hour, with pool_recycle for example.",
            ),
        ),
        not_produced=("a run fetches a token of its own, so that the app's old one is never sent"),
    ),
}
