"""Causes at the Cloud SQL instance."""

from diagnostics.core.catalog.causes.steps import mounted_socket, proxy
from diagnostics.core.catalog.entry import CauseEntry, Place, Step
from diagnostics.core.codes import Cause
from diagnostics.core.model import SettingName

CAUSES: dict[Cause, CauseEntry] = {
    Cause.INSTANCE_NOT_RUNNING: CauseEntry(
        title="the instance is not running",
        explanation=(
            "The instance[ {instance}] was stopped by its owner, suspended by Google, or is still being made. A "
            "stopped instance still calls itself RUNNABLE; its activation policy NEVER tells."
        ),
        shows="A timeout or refusal on every path, 400 about the instance's state from the Admin API.",
        mistaken="a network problem: both are silent.",
        settled_by="state and activation policy of the instance",
        steps=(
            Step(
                text="See state, policy and reason.",
                command=(
                    "gcloud sql instances describe {instance} --project {project} "
                    "--format='value(state,settings.activationPolicy,suspensionReason)'"
                ),
            ),
            Step(
                text="Start it.",
                command="gcloud sql instances patch {instance} --project {project} --activation-policy ALWAYS",
            ),
            Step(
                text="If Google suspended it, settle the reason first: billing, encryption key or policy.",
                doc="https://cloud.google.com/sql/docs/postgres/troubleshooting",
            ),
        ),
    ),
    Cause.INSTANCE_MAINTENANCE_OR_FAILOVER: CauseEntry(
        title="the instance is being changed, or is failing over",
        explanation=(
            "A restart, an update, maintenance or a failover ends sessions and refuses new ones for a while. It passes "
            "by itself."
        ),
        shows=(
            "terminating connection due to administrator command (57P01), the database system is shutting down, "
            "failures that start with a maintenance window."
        ),
        mistaken="a network problem, or a crash of the app.",
        settled_by="the list of the instance's operations",
        steps=(
            Step(
                text="See what is going on.",
                command="gcloud sql operations list --instance {instance} --project {project} --limit 5",
            ),
            Step(
                text="Retry with growing pauses, and let the pool test connections before use (pool_pre_ping).",
            ),
            Step(
                text="Move maintenance to a quiet hour.",
                command=(
                    "gcloud sql instances patch {instance} --project {project} --maintenance-window-day SUN "
                    "--maintenance-window-hour 3"
                ),
            ),
        ),
    ),
    Cause.INSTANCE_STORAGE_FULL: CauseEntry(
        title="the instance has no storage left",
        explanation=(
            "Disk or write-ahead log of the instance are full, so the server refuses to write or to start. It stays so "
            "until there is more room."
        ),
        shows=(
            "No space left on device, could not extend file, SQLSTATE 53100, a server that does not come out of "
            "recovery."
        ),
        mistaken="a restart or a crash.",
        settled_by="use and size of the disk",
        steps=(
            Step(
                text="Give it more storage; storage cannot be made smaller again.",
                command=(
                    "gcloud sql instances patch {instance} --project {project} --storage-size SIZE_GB "
                    "--storage-auto-increase"
                ),
            ),
            Step(
                text="Drop replication slots that nobody reads.",
                command="psql -c 'SELECT slot_name, active FROM pg_replication_slots'",
            ),
        ),
    ),
    Cause.INSTANCE_OUT_OF_MEMORY: CauseEntry(
        title="the server has no memory or processes left",
        explanation=(
            "The server could not start a session, or was ended by the kernel, because memory ran out. Many "
            "connections and large work_mem add up."
        ),
        shows=(
            "SQLSTATE 53200, server process was terminated by signal 9, recovery mode after load, long waits without "
            "an answer."
        ),
        mistaken="a restart for maintenance.",
        settled_by="memory use of the server around that time",
        steps=(
            Step(
                text="Fewer connections: smaller pools, fewer container instances.",
                command="gcloud run {resource} update {service} --region {region} --max-instances N",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Or a larger machine.",
                command="gcloud sql instances patch {instance} --project {project} --tier TIER",
            ),
            Step(
                text="Fewer connections: smaller pools, or a pooler before the server; or more memory.",
                place=Place.OWN_SERVER,
            ),
        ),
    ),
    Cause.INSTANCE_NO_MATCHING_IP_TYPE: CauseEntry(
        title="the instance has no address of the kind that is asked for",
        explanation=(
            "The connector asks for one kind of address, and the instance has only another[: {other}]. Connectors take "
            "the public one unless they are told otherwise."
        ),
        shows=(
            "Cloud SQL instance does not have any IP addresses matching preference, instance does not have IP of type "
            '"PUBLIC".'
        ),
        mistaken="a wrong instance name or a missing permission.",
        settled_by="the addresses that the Admin API names",
        steps=(
            Step(
                text=(
                    "Ask for the kind that is there: ip_type=private in the connector, --private-ip or --psc for the "
                    "proxy."
                ),
            ),
            Step(
                text="See the addresses.",
                command="gcloud sql instances describe {instance} --project {project} --format='value(ipAddresses)'",
            ),
            Step(
                text="Or give the instance a public address.",
                command="gcloud sql instances patch {instance} --project {project} --assign-ip",
            ),
        ),
        setting=SettingName.IP_TYPE,
    ),
    Cause.INSTANCE_CONNECTOR_REQUIRED: CauseEntry(
        title="the instance takes connectors only",
        explanation=(
            "The setting connectorEnforcement closes port 5432 for direct connections; only the server-side proxy on "
            "3307 is open. The mounted socket counts as a connector."
        ),
        shows="5432 is silent or refuses, 3307 answers.",
        mistaken="authorized networks, which close 5432 of the public address in the same way.",
        settled_by="the instance's setting connectorEnforcement",
        steps=(
            *mounted_socket(", which counts as a connector"),
            *proxy(),
            Step(
                text="Or allow direct connections.",
                command=(
                    "gcloud sql instances patch {instance} --project {project} --connector-enforcement NOT_REQUIRED"
                ),
            ),
        ),
        setting=SettingName.HOST,
    ),
}
