"""Causes in credentials: the metadata server, and the identity it gives."""

from diagnostics.core.catalog.entry import CauseEntry, Place, Step
from diagnostics.core.codes import Cause

CAUSES: dict[Cause, CauseEntry] = {
    Cause.ADC_MISSING: CauseEntry(
        title="there are no credentials here",
        explanation=(
            "The process found no Application Default Credentials: no service account is attached, and no credentials "
            "file is named. Without an identity no Google API can be called."
        ),
        shows=(
            "Could not find default credentials, could not automatically determine credentials, no answer from "
            "metadata.google.internal on a laptop."
        ),
        mistaken="a network problem: off Google Cloud there is no metadata server to reach.",
        settled_by="whether this machine is on Google Cloud, and which file GOOGLE_APPLICATION_CREDENTIALS names",
        steps=(
            Step(
                text="Sign in on this machine.",
                command="gcloud auth application-default login",
                doc="https://cloud.google.com/docs/authentication/application-default-credentials",
                place=Place.OUTSIDE,
            ),
            Step(
                text="Attach a service account.",
                command="gcloud run {resource} update {service} --region {region} --service-account SERVICE_ACCOUNT",
                place=Place.CLOUD_RUN,
            ),
        ),
    ),
    Cause.ADC_METADATA_UNREACHABLE: CauseEntry(
        title="the metadata server does not answer as it should",
        explanation=(
            "The container's metadata server gave no answer or an error, so there is neither a service account nor a "
            "token. It is on the same machine: VPC, firewall and egress settings do not touch it."
        ),
        shows=(
            "169.254.169.254 or metadata.google.internal together with refused, timeout or status 500; refresh of "
            "credentials failed."
        ),
        mistaken="missing permissions, or the network to Google's APIs, which is another path.",
        settled_by="a request to http://metadata.google.internal from the same container, without a proxy",
        steps=(
            Step(
                text="Try again: errors of the metadata server are mostly short.",
            ),
            Step(
                text="Keep metadata calls away from HTTP proxies.",
                command=(
                    "gcloud run {resource} update {service} --region {region} --update-env-vars "
                    "NO_PROXY=metadata.google.internal,169.254.169.254"
                ),
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Allow egress to 169.254.169.254 in the network policy of the namespace.",
                command="kubectl get networkpolicy --all-namespaces",
                place=Place.GKE,
            ),
            Step(
                text="If GCE_METADATA_HOST is set, unset it or point it at a server that answers.",
            ),
        ),
    ),
    Cause.ADC_INVALID_KEY: CauseEntry(
        title="the service account's key is not accepted",
        explanation=(
            "The credentials file holds a key that was revoked, rotated or damaged. Google cannot verify what is "
            "signed with it."
        ),
        shows="invalid_grant: Invalid JWT Signature, or a file that cannot be parsed.",
        mistaken="a wrong clock: Google then says that the token is not short-lived.",
        settled_by="the list of the account's keys, and the clock of this machine",
        steps=(
            Step(
                text="See which keys the account still has.",
                command="gcloud iam service-accounts keys list --iam-account {service_account}",
            ),
            Step(
                text="Use the attached service account instead of a key file.",
                command=(
                    "gcloud run {resource} update {service} --region {region} --remove-env-vars "
                    "GOOGLE_APPLICATION_CREDENTIALS"
                ),
                doc="https://cloud.google.com/docs/authentication/application-default-credentials",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Or sign in again.",
                command="gcloud auth application-default login",
                place=Place.OUTSIDE,
            ),
        ),
    ),
    Cause.ADC_TOKEN_EXPIRED: CauseEntry(
        title="the access token has expired or was revoked",
        explanation=(
            "Google's API does not accept the token that was sent. Tokens last an hour, and a sign-in may have to be "
            "renewed."
        ),
        shows=(
            "401 UNAUTHENTICATED, Request had invalid authentication credentials, Reauthentication failed, "
            "invalid_grant."
        ),
        mistaken="a missing role: that is 403, not 401.",
        settled_by="a fresh token, and the clock of this machine",
        steps=(
            Step(
                text="Sign in again.",
                command="gcloud auth application-default login",
                doc="https://cloud.google.com/docs/authentication/application-default-credentials",
                place=Place.OUTSIDE,
            ),
            Step(
                text="Do not keep tokens beyond their expiry; let the library renew them.",
            ),
            Step(
                text="Compare the clock.",
                command="date -u",
            ),
        ),
    ),
    Cause.ADC_SCOPES_INSUFFICIENT: CauseEntry(
        title="the access token lacks a scope",
        explanation=(
            "The token was issued for fewer OAuth scopes than the call needs, so roles do not count. On virtual "
            "machines and GKE nodes the machine's scopes limit every token."
        ),
        shows="ACCESS_TOKEN_SCOPE_INSUFFICIENT, Request had insufficient authentication scopes.",
        mistaken="a missing role: the status is 403 in both cases, the reason tells them apart.",
        settled_by="the reason in the API's answer, and the scopes that the metadata server lists",
        steps=(
            Step(
                text=(
                    "Ask for the scope https://www.googleapis.com/auth/cloud-platform, or sqlservice.admin and "
                    "sqlservice.login, where the token is made."
                ),
                doc="https://cloud.google.com/docs/authentication/application-default-credentials",
            ),
            Step(
                text="Use Workload Identity, or a node pool with the cloud-platform scope.",
                command="gcloud container node-pools create POOL --cluster CLUSTER --scopes cloud-platform",
                place=Place.GKE,
            ),
        ),
    ),
    Cause.ADC_WRONG_SERVICE_ACCOUNT: CauseEntry(
        title="the container runs as another account than was meant",
        explanation=(
            "The role was granted, but to another principal than the one this container runs as[: {service_account}]. "
            "Without an explicit account Cloud Run takes the Compute Engine default account."
        ),
        shows="403 although the role is granted to some account of the project.",
        mistaken="a missing role. Compare the account in the evidence with the one that has the role.",
        settled_by="the account that the metadata server names, against the one in the policy",
        steps=(
            Step(
                text="Run as the account that has the role.",
                command="gcloud run {resource} update {service} --region {region} --service-account SERVICE_ACCOUNT",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Or grant the role to the account that it runs as.",
                command=(
                    "gcloud projects add-iam-policy-binding {project} --member serviceAccount:{service_account} --role "
                    "roles/cloudsql.client"
                ),
            ),
        ),
    ),
    Cause.ADC_IMPERSONATION_DENIED: CauseEntry(
        title="this identity may not act as the target account",
        explanation=(
            "A token for another service account was asked for, and the caller lacks the right to mint one. On GKE "
            "this is the binding between the Kubernetes account and the Google account."
        ),
        shows="iam.serviceAccounts.getAccessToken denied, Unable to acquire impersonated credentials.",
        mistaken="a missing Cloud SQL role: this call comes before any of Cloud SQL.",
        settled_by="the policy of the target account",
        steps=(
            Step(
                text="Allow the caller to make tokens for the target account.",
                command=(
                    "gcloud iam service-accounts add-iam-policy-binding TARGET_ACCOUNT --member "
                    "serviceAccount:{service_account} --role roles/iam.serviceAccountTokenCreator"
                ),
            ),
            Step(
                text="Bind the Kubernetes account.",
                command=(
                    "gcloud iam service-accounts add-iam-policy-binding TARGET_ACCOUNT --member "
                    "'serviceAccount:PROJECT.svc.id.goog[NAMESPACE/ACCOUNT]' --role roles/iam.workloadIdentityUser"
                ),
                place=Place.GKE,
            ),
        ),
        not_produced="it takes credentials that impersonate, and an API that mints them, which the lab does not have",
    ),
}
