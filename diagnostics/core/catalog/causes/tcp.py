"""Causes that a TCP connection shows by itself: symptoms, where nothing else says more."""

from diagnostics.core.catalog.causes.steps import RUN
from diagnostics.core.catalog.entry import Case, CauseEntry, Place, Step
from diagnostics.core.codes import Cause
from diagnostics.core.model import SettingName

_LISTENERS = Step(
    text="See on the server whether it runs, and on which addresses and port it listens.",
    command="ss -ltn",
    place=Place.OWN_SERVER,
)
_ALLOW = Step(
    text="Allow the port in the firewalls on the way: that of the server, and those of the networks between.",
    place=Place.OWN_SERVER,
)

CAUSES: dict[Cause, CauseEntry] = {
    Cause.TCP_REFUSED: CauseEntry(
        title="nothing listens at this address and port",
        explanation=(
            "The packet arrived and was refused[ ({address}:{port})]: the way is open, and there is no listener. "
            "Either the port is wrong or the server is not up."
        ),
        shows="ECONNREFUSED, Connection refused, at once.",
        mistaken="a firewall: those are silent on Google Cloud, they do not refuse.",
        settled_by="the instance's state, and the port in the settings",
        steps=(
            Step(
                text="See whether the instance runs.",
                command=(
                    "gcloud sql instances describe {instance} --project {project} "
                    "--format='value(state,settings.activationPolicy)'"
                ),
            ),
            _LISTENERS,
            Step(
                text=(
                    "If it listens elsewhere (ask on its own machine), add the address that is dialled to "
                    "listen_addresses, and restart it."
                ),
                command="psql -c 'SHOW listen_addresses' -c 'SHOW port'",
                elsewhere=True,
                doc="https://www.postgresql.org/docs/current/runtime-config-connection.html",
                place=Place.OWN_SERVER,
            ),
            Step(
                text="Compare host and port.",
                command="cloudsql-diag config",
            ),
            Step(
                text="If it listens there, look for a firewall that rejects: it refuses as if nothing listened.",
                place=Place.OWN_SERVER,
            ),
        ),
        cases=(
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "The packet arrived and was refused[ ({address}:{port})]: the way is open, and there is no "
                    "listener. The server is down, or listens on another address or port; rarely a firewall rejects "
                    "in its place."
                ),
                settled_by="whether the server runs, and the addresses and the port that it listens on",
            ),
        ),
    ),
    Cause.TCP_PROXY_NOT_LISTENING: CauseEntry(
        title="the proxy beside the app does not listen (yet)",
        explanation=(
            "The app connects to its own loopback address, where a proxy in another container is to listen, and "
            "nothing does[ ({address}:{port})]. Containers start side by side, so that an app that connects at once "
            "may be faster than its proxy; or the proxy has ended, or listens on another port."
        ),
        shows="Connection refused on 127.0.0.1:5432 in the first seconds of a pod or a revision, gone at the next try.",
        mistaken="a wrong host: in a pod, and in a service of several containers, 127.0.0.1 is the right one.",
        settled_by="the proxy's own log: whether it listens, where, and since when",
        steps=(
            Step(
                text="Read the proxy's log: its line about listening, or why it ended.",
                command="kubectl logs POD -c PROXY_CONTAINER --tail 20",
                place=Place.GKE,
            ),
            Step(
                text="Read the proxy's log: its line about listening, or why it ended.",
                command=(
                    'gcloud logging read \'resource.labels.service_name="{service}" AND '
                    'labels.container_name="PROXY_CONTAINER"\' --limit 20 --freshness 1h'
                ),
                place=Place.CLOUD_RUN,
            ),
            Step(
                text=(
                    "Let the proxy start first: make it an init container with restartPolicy: Always and a startup "
                    "probe, after which Kubernetes starts the app."
                ),
                doc="https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/",
                place=Place.GKE,
            ),
            Step(
                text=(
                    "Let the proxy start first: give its container a startup probe, and make the app's container "
                    "depend on it."
                ),
                command=f"{RUN} --container APP_CONTAINER --depends-on PROXY_CONTAINER",
                doc="https://cloud.google.com/run/docs/configuring/services/containers",
                place=Place.CLOUD_RUN,
            ),
            Step(text="Or wait for it before the app starts.", command="cloudsql-diag wait -- APP"),
            Step(
                text="If no proxy runs beside the app, the host is a setting from somewhere else: set the right one.",
                command="cloudsql-diag config",
            ),
        ),
        setting=SettingName.HOST,
    ),
    Cause.TCP_PROXY_HANGS_UP: CauseEntry(
        title="the proxy beside the app takes the connection and hangs up",
        explanation=(
            "Something listens on the app's own loopback address, takes the connection[ ({address}:{port})] and ends "
            "it without a byte of PostgreSQL's. A proxy does that where it does not get to the server that it was "
            "started for; it need not be the one that the app's settings name."
        ),
        shows="server closed the connection unexpectedly, Connection terminated unexpectedly, EOF at 127.0.0.1.",
        mistaken="a server that closes: the server was never reached.",
        settled_by="the proxy's own log at that second",
        steps=(
            Step(
                text="Read the proxy's log: which instance it dials, and what it met there.",
                command="kubectl logs POD -c PROXY_CONTAINER --tail 20",
                place=Place.GKE,
            ),
            Step(
                text="Read the proxy's log: which instance it dials, and what it met there.",
                command=(
                    'gcloud logging read \'resource.labels.service_name="{service}" AND '
                    'labels.container_name="PROXY_CONTAINER"\' --limit 20 --freshness 1h'
                ),
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="See what listens there, and read its log.",
                command="ss -ltnp",
                place=Place.OWN_SERVER,
            ),
            Step(
                text="Try its way from here: role, Admin API and network in one run.",
                place=Place.GOOGLE,
                command="cloudsql-diag check --instance {instance_name}",
            ),
        ),
    ),
    Cause.TCP_TIMEOUT: CauseEntry(
        title="packets to the address vanish",
        explanation=(
            "A connection got no answer at all[ ({address}:{port})]. Silence alone does not say where: a firewall, a "
            "missing route or NAT, an address that is not used, or a stopped instance are equally silent."
        ),
        shows="Connection timed out, i/o timeout, ETIMEDOUT, an app's own limit such as timeout after 8.0s.",
        mistaken="a slow database: a slow server still accepts the connection.",
        settled_by="a second measurement beside it: another port, another address, another place to measure from",
        steps=(
            Step(
                text="See the egress rows of this report: which classes of address answer from here.",
                command="cloudsql-diag check -o text",
                place=Place.ON_GOOGLE,
            ),
            Step(
                text="Compare the address with the instance's.",
                command=(
                    "gcloud sql instances describe {instance} --project {project} "
                    "--format='value(ipAddresses,state,settings.activationPolicy)'"
                ),
            ),
            Step(
                text="See the revision's way out.",
                command="gcloud run {resource} describe {service} --region {region} --format export",
                place=Place.CLOUD_RUN,
            ),
            Step(
                text="Compare host and port.",
                command="cloudsql-diag config",
                place=Place.OWN_SERVER,
            ),
            _LISTENERS,
            _ALLOW,
        ),
        cases=(
            Case(
                place=Place.OWN_SERVER,
                explanation=(
                    "A connection got no answer at all[ ({address}:{port})]. Silence alone does not say where: a "
                    "firewall, a missing route, an address that is not used, or a machine that is off are equally "
                    "silent."
                ),
            ),
        ),
    ),
    Cause.TCP_RESET: CauseEntry(
        title="the connection was reset",
        explanation=(
            "The connection was made and then ended by a reset, from the server or from something between. Restarts "
            "and middle boxes with idle limits do that."
        ),
        shows="ECONNRESET, Connection reset by peer.",
        mistaken="a wrong password: the server says that in words.",
        settled_by="the instance's operations at that second, and whether it repeats",
        steps=(
            Step(
                text="See whether the instance was restarted.",
                command="gcloud sql operations list --instance {instance} --project {project} --limit 5",
            ),
            Step(
                text="See what the server wrote into its log at that second.",
                place=Place.OWN_SERVER,
            ),
            Step(
                text="Let the pool test connections before use, and turn TCP keepalives on.",
            ),
        ),
        cases=(
            Case(
                place=Place.OWN_SERVER,
                settled_by="the server's log at that second, and whether it repeats",
            ),
        ),
    ),
    Cause.TCP_UNREACHABLE: CauseEntry(
        title="there is no route to the address",
        explanation=(
            "The container's own network says that it has no way to this address[ ({address})]. Where it is one of "
            "IPv6, the container often has IPv4 only."
        ),
        shows="No route to host, Network is unreachable, at once.",
        mistaken="a firewall, which is silent.",
        settled_by="the address family, and the routes of the container",
        steps=(
            Step(
                text="Use the server's IPv4 address in place of {v6_address}.",
                requires=("v6_address",),
            ),
            Step(
                text="Compare the address with the networks that the container or machine is part of.",
                command="cloudsql-diag config",
            ),
            Step(
                text="Attach the network that leads there.",
                command="gcloud run {resource} update {service} --region {region} --network NETWORK --subnet SUBNET",
                doc="https://cloud.google.com/run/docs/configuring/vpc-direct-vpc",
                place=Place.CLOUD_RUN,
            ),
        ),
    ),
}
