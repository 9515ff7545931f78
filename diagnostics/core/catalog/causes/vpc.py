"""Causes between the container and the instance."""

from diagnostics.core.catalog.causes.steps import mounted_socket, proxy
from diagnostics.core.catalog.entry import Case, CauseEntry, Place, Step
from diagnostics.core.codes import Cause
from diagnostics.core.model import SettingName

CAUSES: dict[Cause, CauseEntry] = {
    Cause.VPC_NO_EGRESS: CauseEntry(
        title="there is no way from this container to the private address",
        explanation=(
            "The address is private, and packets to it do not get out of the container's network. The revision has no "
            "VPC attached, another VPC than the instance, or an egress setting that does not route this range."
        ),
        shows="A timeout to 10.x or another private address while public addresses answer.",
        mistaken="a stopped instance or a firewall: both are silent, too.",
        settled_by=(
            "the revision's VPC settings, or another private address of the same network to try "
            "(CLOUDSQL_DIAG_CONTROL_PRIVATE)"
        ),
        steps=(
            Step(
                text="Attach the network that the instance is peered with.",
                command=(
                    "gcloud run {resource} update {service} --region {region} --network NETWORK --subnet SUBNET "
                    "--vpc-egress private-ranges-only"
                ),
                doc="https://cloud.google.com/run/docs/configuring/vpc-direct-vpc",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Or use a connector of that network.",
                command="gcloud run {resource} update {service} --region {region} --vpc-connector CONNECTOR",
                doc="https://cloud.google.com/run/docs/configuring/vpc-connectors",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="If the instance's range is not RFC 1918, route everything through the VPC.",
                command="gcloud run {resource} update {service} --region {region} --vpc-egress all-traffic",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="See the instance's network.",
                command=(
                    "gcloud sql instances describe {instance} --project {project} "
                    "--format='value(settings.ipConfiguration.privateNetwork)'"
                ),
            ),
        ),
    ),
    Cause.VPC_CONNECTOR_UNHEALTHY: CauseEntry(
        title="the VPC connector, or the subnet of Direct VPC egress, does not work",
        explanation=(
            "Traffic is sent into a VPC through a connector that is missing, in error or overloaded, or a subnet that "
            "has no free addresses. Everything that goes that way is silent."
        ),
        shows=(
            "Timeouts to every address once a connector is attached, insufficient free IP addresses in the subnetwork, "
            "VPC connector is not ready yet or does not exist."
        ),
        mistaken="a missing NAT: then private addresses still answer.",
        settled_by="the connector's state, and a private address to try (CLOUDSQL_DIAG_CONTROL_PRIVATE)",
        steps=(
            Step(
                text="See the connector's state; one in ERROR has to be made anew.",
                command="gcloud compute networks vpc-access connectors list --region {region}",
                doc="https://cloud.google.com/run/docs/configuring/vpc-connectors",
            ),
            Step(
                text="For Direct VPC egress take a subnet of /26 or larger.",
                command="gcloud compute networks subnets expand-ip-range SUBNET --region {region} --prefix-length 26",
                doc="https://cloud.google.com/run/docs/configuring/vpc-direct-vpc",
            ),
            Step(
                text="Send only private traffic that way meanwhile.",
                command="gcloud run {resource} update {service} --region {region} --vpc-egress private-ranges-only",
                place=Place.CLOUD_RUN,
            ),
        ),
    ),
    Cause.VPC_FIREWALL_DROP: CauseEntry(
        title="a firewall drops the packets to the instance",
        explanation=(
            "The address is routed, but a rule on the way drops packets to it, silently. Connectors and the mounted "
            "socket need port 3307, direct connections 5432."
        ),
        shows="A timeout on one port while another port or another address answers.",
        mistaken="authorized networks, or a stopped instance.",
        settled_by="the log of the VPC's egress rules, or a connection from another place in the network",
        steps=(
            Step(
                text="See the egress rules.",
                command="gcloud compute firewall-rules list --filter='direction=EGRESS'",
            ),
            Step(
                text="Allow what Cloud SQL needs.",
                command=(
                    "gcloud compute firewall-rules create allow-cloud-sql --network NETWORK --direction EGRESS "
                    "--action ALLOW --rules tcp:3307,tcp:5432,tcp:443 --destination-ranges 0.0.0.0/0 --priority 900"
                ),
            ),
            Step(
                text="Allow the port where packets are filtered: on this machine, on the server, and in between.",
                place=Place.OWN_SERVER,
            ),
        ),
        cases=(
            Case(
                place=Place.OWN_SERVER,
                title="a firewall drops the packets to the server",
                explanation=(
                    "The address is routed, but a rule on the way drops packets to it, silently. It may be a rule of "
                    "this machine, of the server, or of a network in between."
                ),
                settled_by="the rules of the firewalls on the way, or a connection from another place in the network",
            ),
        ),
    ),
    Cause.VPC_NAT_MISSING_OR_EXHAUSTED: CauseEntry(
        title="public addresses cannot be reached from this revision",
        explanation=(
            "All traffic goes through a VPC that has no way out to public addresses: no Cloud NAT, or one without free "
            "ports. The built-in proxy and connectors dial the instance's public address on port 3307, which is normal "
            "for every engine, through the same exit."
        ),
        shows=(
            "dial tcp ...:3307: i/o timeout, a socket that accepts and then hangs up or stays silent, timeouts to "
            "every public address while metadata and DNS answer."
        ),
        mistaken=(
            "a wrong port, because 3307 looks like MySQL; a password or a limit of the app, which the path never gets "
            "to."
        ),
        settled_by=(
            "the revision's egress setting and the NAT of its network, or a private address to try "
            "(CLOUDSQL_DIAG_CONTROL_PRIVATE)"
        ),
        steps=(
            Step(
                text="Send only private traffic through the VPC.",
                command="gcloud run {resource} update {service} --region {region} --vpc-egress private-ranges-only",
                doc="https://cloud.google.com/run/docs/configuring/vpc-direct-vpc",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Or add Cloud NAT to the network.",
                command=(
                    "gcloud compute routers create ROUTER --network NETWORK --region {region} && gcloud compute "
                    "routers nats create NAT --router ROUTER --region {region} --auto-allocate-nat-external-ips "
                    "--nat-all-subnet-ip-ranges"
                ),
                doc="https://cloud.google.com/run/docs/configuring/static-outbound-ip",
            ),
            Step(
                text="Or give the instance a private address.",
                command="gcloud sql instances patch {instance} --project {project} --network NETWORK",
                doc="https://cloud.google.com/sql/docs/postgres/configure-private-ip",
            ),
        ),
    ),
    Cause.VPC_PSA_MISCONFIGURED: CauseEntry(
        title="private services access does not lead to the instance",
        explanation=(
            "The instance's private address is behind a peering that is missing, does not export its routes, or ends "
            "at another network. Peerings do not chain: a network peered with the right one is not enough."
        ),
        shows=(
            "A timeout to the private address from an attached VPC; errors that name servicenetworking or allocated "
            "ranges."
        ),
        mistaken="a firewall, which is silent in the same way.",
        settled_by="the peering's state and routes",
        steps=(
            Step(
                text="See the peering.",
                command="gcloud services vpc-peerings list --network NETWORK --project {project}",
                doc="https://cloud.google.com/sql/docs/postgres/configure-private-ip",
            ),
            Step(
                text="Export custom routes to it, where clients come from outside the VPC.",
                command=(
                    "gcloud compute networks peerings update servicenetworking-googleapis-com --network NETWORK "
                    "--export-custom-routes"
                ),
            ),
            Step(
                text="Attach the service to the network that is peered.",
                command="gcloud run {resource} update {service} --region {region} --network NETWORK --subnet SUBNET",
                doc="https://cloud.google.com/run/docs/configuring/vpc-direct-vpc",
                place=Place.CLOUD_RUN,
            ),
        ),
    ),
    Cause.VPC_PSC_NOT_ACCEPTED: CauseEntry(
        title="the Private Service Connect endpoint does not lead to the instance",
        explanation=(
            "The endpoint is missing or was not accepted: the consumer's project must be allowed on the instance, and "
            "the endpoint must point at the instance's service attachment. Until then packets to it vanish."
        ),
        shows="A timeout or refusal at the endpoint's address, a name under sql-psc.goog that leads nowhere.",
        mistaken="a missing VPC or a firewall.",
        settled_by="the endpoint's status, and the allowed projects of the instance",
        steps=(
            Step(
                text="See the endpoint's status.",
                command=(
                    "gcloud compute forwarding-rules list --regions {region} "
                    "--format='table(name,IPAddress,pscConnectionStatus)'"
                ),
                doc="https://cloud.google.com/sql/docs/postgres/configure-private-service-connect",
            ),
            Step(
                text="Allow the project on the instance.",
                command=(
                    "gcloud sql instances patch {instance} --project {project} --allowed-psc-projects CONSUMER_PROJECT"
                ),
            ),
        ),
    ),
    Cause.VPC_WARMING_UP: CauseEntry(
        title="egress opened only some time after the instance started",
        explanation=(
            "With Direct VPC egress the first connections of a new instance are silent for seconds up to more than a "
            "minute. The path is right; the first tries came too early."
        ),
        shows="Timeouts only during the first minute of an instance, then none.",
        mistaken="a broken network, or a limit of the app that is too short.",
        settled_by="the same connection from a fresh socket until the first minutes are over",
        steps=(
            Step(
                text="Let the app retry with fresh connections at its start.",
            ),
            Step(
                text="Hold the app back until the path is open: run cloudsql-diag as an init step or a startup probe.",
                command="cloudsql-diag wait --timeout 120 -- COMMAND",
                doc="https://cloud.google.com/run/docs/configuring/vpc-direct-vpc",
            ),
        ),
    ),
    Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF: CauseEntry(
        title="the VPC has no way to Google's APIs",
        explanation=(
            "Traffic for Google's APIs goes through a subnet without Private Google Access, and is dropped there. The "
            "database may be reachable while the Admin API, which connectors and the socket need, is not."
        ),
        shows=(
            "Connection timeout to host https://sqladmin.googleapis.com while the private address of the database "
            "answers."
        ),
        mistaken="a missing permission, or an outage of the API.",
        settled_by="the subnet's flag privateIpGoogleAccess",
        steps=(
            Step(
                text="Turn it on for the subnet that the service is attached to, or the connector's.",
                command=(
                    "gcloud compute networks subnets update SUBNET --region {region} --enable-private-ip-google-access"
                ),
                doc="https://cloud.google.com/vpc/docs/configure-private-google-access",
            ),
            Step(
                text="Or send only private traffic through the VPC.",
                command="gcloud run {resource} update {service} --region {region} --vpc-egress private-ranges-only",
                place=Place.CLOUD_RUN,
            ),
        ),
    ),
    Cause.NET_AUTHORIZED_NETWORKS: CauseEntry(
        title="the instance's public address does not take this client",
        explanation=(
            "A direct connection to the public address on 5432 is taken only from authorized networks; packets from "
            "elsewhere are dropped, not refused. The address that counts is the one the container leaves Google's "
            "network with."
        ),
        shows="A timeout on 5432 of the public address, while 3307 answers.",
        mistaken="a stopped instance or a firewall.",
        settled_by="the instance's list of authorized networks, and the container's outgoing address",
        steps=(
            *mounted_socket(", which needs no authorized network"),
            *proxy(),
            Step(
                text="Or authorize a fixed outgoing address. This replaces the whole list.",
                command="gcloud sql instances patch {instance} --project {project} --authorized-networks ADDRESS/32",
                doc="https://cloud.google.com/sql/docs/postgres/authorize-networks",
            ),
        ),
        setting=SettingName.HOST,
    ),
}
