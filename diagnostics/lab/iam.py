"""What the app's service account may do, as roles and the permissions that the lab's APIs ask for."""

from enum import StrEnum

from diagnostics.lab.switchboard import Switchboard


class Permission(StrEnum):
    """Permissions that a method of the lab's APIs needs, or that a client may ask about."""

    INSTANCES_CONNECT = "cloudsql.instances.connect"
    INSTANCES_GET = "cloudsql.instances.get"
    INSTANCES_LOGIN = "cloudsql.instances.login"
    INSTANCES_LIST = "cloudsql.instances.list"
    INSTANCES_LIST_SERVER_CAS = "cloudsql.instances.listServerCas"
    USERS_LIST = "cloudsql.users.list"
    DATABASES_LIST = "cloudsql.databases.list"
    RUN_SERVICES_GET = "run.services.get"
    RUN_REVISIONS_GET = "run.revisions.get"
    RUN_JOBS_GET = "run.jobs.get"
    CONNECTORS_GET = "vpcaccess.connectors.get"
    LOG_ENTRIES_CREATE = "logging.logEntries.create"


CLIENT = frozenset({Permission.INSTANCES_CONNECT, Permission.INSTANCES_GET})
"""roles/cloudsql.client: what a connector needs."""

INSTANCE_USER = frozenset({Permission.INSTANCES_GET, Permission.INSTANCES_LOGIN})
"""roles/cloudsql.instanceUser: what IAM login needs."""

VIEWER = frozenset(
    {
        Permission.INSTANCES_GET,
        Permission.INSTANCES_LIST,
        Permission.INSTANCES_LIST_SERVER_CAS,
        Permission.USERS_LIST,
        Permission.DATABASES_LIST,
    }
)
"""roles/cloudsql.viewer: nobody needs it to connect; with it, a missing instance is 404 and not 403."""

RUN_VIEWER = frozenset(
    {
        Permission.RUN_SERVICES_GET,
        Permission.RUN_REVISIONS_GET,
        Permission.RUN_JOBS_GET,
        Permission.CONNECTORS_GET,
    }
)
"""roles/run.viewer and roles/vpcaccess.viewer: nobody needs them to run."""

LOG_WRITER = frozenset({Permission.LOG_ENTRIES_CREATE})
"""roles/logging.logWriter: what is left of an account that lost its way to the database."""


def granted(switchboard: Switchboard) -> frozenset[Permission]:
    """The permissions that the service account holds now."""
    others = LOG_WRITER | (RUN_VIEWER if switchboard.world.run_viewer else frozenset())
    if switchboard.active("api-403"):
        return others
    if switchboard.active("iam-login-denied"):
        return CLIENT | VIEWER | others
    return CLIENT | INSTANCE_USER | VIEWER | others
