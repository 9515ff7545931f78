"""Causes at the Cloud SQL Admin API."""

from diagnostics.core.catalog.entry import CauseEntry, Place, Step
from diagnostics.core.codes import Cause

CAUSES: dict[Cause, CauseEntry] = {
    Cause.API_SQLADMIN_DISABLED: CauseEntry(
        title="the Cloud SQL Admin API is not enabled",
        explanation=(
            "The API is off in the project that the call is charged to[: {consumer}], which need not be the "
            "instance's. Connectors and the mounted socket ask it before they connect."
        ),
        shows=(
            "accessNotConfigured, SERVICE_DISABLED, Cloud SQL Admin API has not been used in project ... before or it "
            "is disabled; a socket that accepts and hangs up."
        ),
        mistaken="a missing role: the status is 403 in both cases.",
        settled_by="the reason in the API's answer, which names the project",
        steps=(
            Step(
                text="Enable the API, then wait a few minutes.",
                command="gcloud services enable sqladmin.googleapis.com --project {consumer}",
                doc="https://cloud.google.com/sql/docs/postgres/connect-run",
            ),
        ),
    ),
    Cause.API_QUOTA_EXCEEDED: CauseEntry(
        title="the Admin API's quota is used up",
        explanation=(
            "Too many calls were made in this minute by this principal and region. A connector needs two calls an "
            "hour; every new process or connector object needs two more."
        ),
        shows=(
            "429 RESOURCE_EXHAUSTED, rateLimitExceeded, Quota exceeded for quota metric; connections that fail now and "
            "then when many instances start."
        ),
        mistaken="an outage of the API. Quota refills within a minute.",
        settled_by="the same call a minute later",
        steps=(
            Step(
                text="Keep one connector a process, made once and not per request.",
            ),
            Step(
                text="See the quota and ask for more.",
                command="gcloud beta quotas info list --service sqladmin.googleapis.com --project {project}",
                doc="https://cloud.google.com/sql/quotas",
            ),
        ),
    ),
    Cause.API_SERVER_ERROR: CauseEntry(
        title="the Admin API fails by itself",
        explanation=(
            "Google's API answered with an error of its own (5xx). A path that needs it works again when the API does; "
            "open connections are not touched."
        ),
        shows="googleapi: Error 503, backendError, internal error.",
        mistaken="a problem of the instance, which may be fine.",
        settled_by="the same call some seconds later, and Google's status page",
        steps=(
            Step(
                text="Retry with growing pauses, as connectors do.",
            ),
            Step(
                text="Look at Google's status page.",
                doc="https://status.cloud.google.com",
            ),
        ),
    ),
    Cause.API_UNREACHABLE: CauseEntry(
        title="the Admin API cannot be reached",
        explanation=(
            "The call of sqladmin.googleapis.com:443 came to no HTTP answer. Connectors and the mounted socket need it "
            "before they connect to the instance."
        ),
        shows=(
            "context deadline exceeded during a refresh, TLS handshake timeout, connection timeout to host "
            "https://sqladmin.googleapis.com."
        ),
        mistaken="a problem of the instance. The instance is not even asked while the API is out of reach.",
        settled_by=(
            "a connection to sqladmin.googleapis.com:443 from the same container, beside one to another public address"
        ),
        steps=(
            Step(
                text="See what the container reaches: the egress rows of this report.",
                command="cloudsql-diag check -o text",
            ),
            Step(
                text="Send only private traffic through the VPC.",
                command="gcloud run {resource} update {service} --region {region} --vpc-egress private-ranges-only",
                doc="https://cloud.google.com/run/docs/configuring/vpc-direct-vpc",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Or turn on Private Google Access for the subnet.",
                command=(
                    "gcloud compute networks subnets update SUBNET --region {region} --enable-private-ip-google-access"
                ),
                doc="https://cloud.google.com/vpc/docs/configure-private-google-access",
            ),
        ),
    ),
    Cause.API_UNEXPECTED_ANSWER: CauseEntry(
        title="something else answers in place of the Admin API",
        explanation=(
            "The address of sqladmin.googleapis.com answered, but not as the API does: a web page, or JSON of another "
            "shape. A proxy or a login page stands in between."
        ),
        shows="HTML with status 200, a JSON parse error in the connector.",
        mistaken="a fault of the connector that cannot parse the answer.",
        settled_by="the answer itself, and HTTP proxy variables of the container",
        steps=(
            Step(
                text="See whether a proxy is set.",
                command="env | grep -i _proxy",
            ),
            Step(
                text="Keep Google's APIs away from it.",
                command=(
                    "gcloud run {resource} update {service} --region {region} --update-env-vars "
                    "NO_PROXY=.googleapis.com,metadata.google.internal"
                ),
                place=Place.CLOUD_RUN,
            ),
        ),
    ),
    Cause.API_ORGANIZATION_POLICY: CauseEntry(
        title="an organization policy closes the Admin API to this caller",
        explanation=(
            "A VPC Service Controls perimeter, or another policy of the organization, forbids the call from here. "
            "Roles do not help against it."
        ),
        shows="Request is prohibited by organization's policy, vpcServiceControlsUniqueIdentifier.",
        mistaken="a missing role: the status is 403 in both cases.",
        settled_by="the perimeter's audit log, by the identifier in the API's answer",
        steps=(
            Step(
                text="Ask whoever runs the perimeter for an ingress rule, or run inside it.",
                doc="https://cloud.google.com/vpc-service-controls/docs/troubleshooting",
            ),
        ),
    ),
}
