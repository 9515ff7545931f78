"""Causes in name resolution."""

from diagnostics.core.catalog.causes.steps import CONNECT, mounted_socket, set_anew
from diagnostics.core.catalog.entry import Case, CauseEntry, Place, Step
from diagnostics.core.codes import Cause
from diagnostics.core.model import Route, SettingName

CAUSES: dict[Cause, CauseEntry] = {
    Cause.DNS_NXDOMAIN: CauseEntry(
        title="the host name does not exist",
        explanation=(
            "The resolver of this container says that there is no such name[: {host}]. A mistyped name and a piece of "
            "a URL taken for a host look the same."
        ),
        shows="ENOTFOUND, Name or service not known, could not translate host name, no such host.",
        mistaken="a resolver that fails: that says SERVFAIL or nothing, not that the name is absent.",
        settled_by="the same question to another name server",
        steps=(
            Step(
                text="Ask from another place.",
                command="dig +short {host}",
            ),
            *mounted_socket(", which needs no name"),
            *set_anew("Or set the right host", "HOST"),
        ),
        setting=SettingName.HOST,
    ),
    Cause.DNS_RESOLVER_FAILURE: CauseEntry(
        title="the name server does not answer properly",
        explanation=(
            "The container's resolver failed or stayed silent, so nobody can say whether the name exists. On Cloud Run "
            "the resolver is the metadata server, which a VPC may forward to servers of its own."
        ),
        shows="Temporary failure in name resolution, EAI_AGAIN, SERVFAIL, server misbehaving, i/o timeout of a lookup.",
        mistaken="a name that does not exist: that is a definite answer.",
        settled_by="each name server asked directly",
        steps=(
            Step(
                text="Try again; then look at forwarding zones and server policies of the VPC.",
                command="gcloud dns policies list --project {project}",
            ),
            Step(
                text="Look at the container's own list of servers.",
                command="cat /etc/resolv.conf",
            ),
        ),
        cases=(
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "The resolver failed or stayed silent, so nobody can say whether the name exists. A server in "
                    "/etc/resolv.conf may be down, or be reachable from another network only."
                ),
            ),
        ),
    ),
    Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE: CauseEntry(
        title="the name exists only in a private zone that this container does not see",
        explanation=(
            "Names under sql.goog, .internal or a zone of your own resolve only in networks that the zone is attached "
            "to. This container asks from another network, or the record was never made."
        ),
        shows="ENOTFOUND for a name that resolves on another machine; name servers that disagree.",
        mistaken="a mistyped name.",
        settled_by="the networks of the zone, and the network of this container",
        steps=(
            Step(
                text="See which networks the zone is attached to.",
                command=(
                    "gcloud dns managed-zones list --project {project} "
                    "--format='table(name,dnsName,visibility,privateVisibilityConfig.networks)'"
                ),
            ),
            Step(
                text="Attach the container's network to the zone.",
                command="gcloud dns managed-zones update ZONE --project {project} --networks NETWORK",
            ),
            Step(
                text="Ask a name server that knows the zone.",
                command="dig +short {host} @NAMESERVER",
            ),
            Step(
                text="For Private Service Connect make the record that the instance asks for.",
                command="gcloud sql instances describe {instance} --project {project} --format='value(dnsNames)'",
                doc="https://cloud.google.com/sql/docs/postgres/configure-private-service-connect",
            ),
        ),
        cases=(
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "A name in a zone of a house, a VPN or a cluster resolves only in the networks that the zone is "
                    "served to. The question came from another network, or the record was never made."
                ),
            ),
        ),
    ),
    Cause.DNS_SLOW: CauseEntry(
        title="names resolve, but slowly",
        explanation=(
            "A name server that is silent or slow costs seconds at every lookup before the next one is asked. An app "
            "with a short limit gives up during the lookup."
        ),
        shows="Connections that take a multiple of 5 s, mostly at the start.",
        mistaken="a slow database, or an overloaded one.",
        settled_by="the time that each name server takes",
        steps=(
            Step(
                text="Remove the server that is silent from the resolver or the VPC's server policy.",
                command="cat /etc/resolv.conf",
                place=Place.GOOGLE,
            ),
            Step(
                text="Remove the server that is silent from the resolver.",
                command="cat /etc/resolv.conf",
                place=Place.OWN_SERVER,
            ),
            Step(
                text="Use an address, or the mounted socket, which need no name.",
                doc=CONNECT,
                routes=(Route.DIRECT,),
            ),
        ),
    ),
}
