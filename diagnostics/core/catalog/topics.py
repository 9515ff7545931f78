"""What a passed check takes off the list of suspects, read after ``Cannot be the reason:``."""

from diagnostics.core.diagnosis import Topic

TOPICS: dict[Topic, str] = {
    Topic.SETTINGS: "invisible characters, placeholders or contradictions in the settings",
    Topic.IDENTITY: "the metadata server and the service account's token",
    Topic.ADMIN_API: "the Cloud SQL Admin API, the instance's name and the right to see it",
    Topic.CLIENT_ROLE: "the role roles/cloudsql.client",
    Topic.DNS: "name resolution",
    Topic.ATTACHMENT: "the attached instance and the socket's path",
    Topic.NETWORK: "the way to the instance: VPC, firewall, NAT, port",
    Topic.ALL_EGRESS: "the way out to public addresses: egress setting, NAT",
    Topic.TLS: "TLS and certificates",
    Topic.SERVER: "an instance that does not run",
    Topic.LOGIN: "user, password, database and IAM login",
}
