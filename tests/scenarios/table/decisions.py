"""The decision table of a silent path: token, name, Google's APIs and the database in the same second.

Each row of it in every way in which it comes about, on the routes that feel it and on those that do not.
"""

from diagnostics.core.codes import Cause, Layer
from diagnostics.core.diagnosis import Confidence, Topic
from diagnostics.core.trials import Changed, Verdict
from tests.scenarios.scenario import (
    CREDENTIALS,
    NETWORK,
    PERMISSIONS,
    USUAL_SUSPECTS,
    Expect,
    On,
    Scenario,
    layers,
    named,
    rows,
)

PROVEN, LIKELY, POSSIBLE = Confidence.PROVEN, Confidence.LIKELY, Confidence.POSSIBLE
WORKS = Expect()
INSTANCE = layers(Layer.INSTANCE)
PRIVATE_APP = {"PRIVATE_IP": "true"}
"""How Google's samples tell a connector to take the private address."""

APIS_SILENT = (
    # The database itself answers: routes that do not ask the API work.
    *rows(
        "R1",
        "Google's APIs are silent, the private address answers",
        On.DIRECT + " direct/iam",
        WORKS,
        world="egress=all-traffic nat=off pga=off instance_ip=private",
    ),
    *rows(
        "R1",
        "Google's APIs are silent, the private address answers",
        On.CONNECTOR + " connector/iam",
        named(
            Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF,
            14,
            offered=(Cause.VPC_NAT_MISSING_OR_EXHAUSTED,),
            excluded=(Topic.IDENTITY, Topic.DNS),
            spared=USUAL_SUSPECTS | INSTANCE,
        ),
        world="egress=all-traffic nat=off pga=off instance_ip=private",
        settings=PRIVATE_APP,
    ),
    *rows(
        "R1-public",
        "Google's APIs and every public address are silent, and the connector takes the public address",
        On.CONNECTOR,
        named(Cause.VPC_NAT_MISSING_OR_EXHAUSTED, 14, spared=USUAL_SUSPECTS | INSTANCE),
        world="egress=all-traffic nat=off pga=off instance_ip=both",
    ),
)

ALL_SILENT = (
    *rows(
        "R2",
        "all traffic goes through a connector that is broken",
        On.DIRECT + " socket connector",
        named(
            Cause.VPC_CONNECTOR_UNHEALTHY,
            14,
            POSSIBLE,
            offered=(Cause.VPC_WARMING_UP, Cause.VPC_FIREWALL_DROP),
            spared=USUAL_SUSPECTS,
        ),
        world="egress=all-traffic vpc=connector connector_state=ERROR instance_ip=both",
    ),
    *rows(
        "R2-young",
        "egress has not opened yet, and the grace period is not over",
        On.DIRECT + " connector",
        named(
            Cause.VPC_CONNECTOR_UNHEALTHY,
            14,
            POSSIBLE,
            offered=(Cause.VPC_WARMING_UP,),
            spared=USUAL_SUSPECTS,
            provisional=True,
            tried=((Changed.WAITED, Verdict.UNSETTLED),),
        ),
        world="egress=all-traffic egress_opens_after=600",
        flags="--grace 60 --timeout 10",
    ),
    *rows(
        "R2-never",
        "egress has not opened, and the grace period is over",
        On.DIRECT,
        named(
            Cause.VPC_CONNECTOR_UNHEALTHY,
            14,
            POSSIBLE,
            offered=(Cause.VPC_FIREWALL_DROP,),
            spared=USUAL_SUSPECTS | {Cause.VPC_WARMING_UP},
            tried=((Changed.WAITED, Verdict.STAYED),),
        ),
        world="egress=all-traffic egress_opens_after=600",
        flags="--grace 10",
    ),
    *rows(
        "R2-opens",
        "egress opens some seconds after the start",
        On.DIRECT + " connector",
        named(
            Cause.VPC_WARMING_UP,
            14,
            PROVEN,
            spared=USUAL_SUSPECTS | INSTANCE,
            tried=((Changed.WAITED, Verdict.FLIPPED),),
        ),
        world="egress_opens_after=5",
        flags="--grace 30",
    ),
)

PRIVATE_NAME_OF_THE_APIS = (
    *rows(
        "R3",
        "Google's APIs have their private address, and Private Google Access is off",
        On.CONNECTOR + " connector/iam",
        named(
            Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF,
            14,
            excluded=(Topic.IDENTITY, Topic.DNS),
            spared=USUAL_SUSPECTS | INSTANCE | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED},
        ),
        world="api_dns=private pga=off",
    ),
    *rows(
        "R3-restricted",
        "the same with the restricted address",
        On.CONNECTOR,
        named(
            Cause.VPC_PRIVATE_GOOGLE_ACCESS_OFF,
            14,
            excluded=(Topic.IDENTITY, Topic.DNS),
            spared=USUAL_SUSPECTS | INSTANCE | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED},
        ),
        world="api_dns=restricted pga=off",
    ),
    *rows(
        "R3",
        "the same for an app without need of the APIs",
        On.DIRECT + " direct/iam",
        WORKS,
        world="api_dns=private pga=off instance_ip=private",
    ),
)

DATABASE_SILENT = (
    *rows(
        "R4-rule",
        "an egress rule of the VPC drops 5432, and 3307 answers",
        On.DIRECT + " direct/iam",
        named(
            Cause.VPC_FIREWALL_DROP,
            14,
            excluded=(Topic.ADMIN_API,),
            spared=USUAL_SUSPECTS
            | INSTANCE
            | {Cause.VPC_NO_EGRESS, Cause.VPC_PSA_MISCONFIGURED, Cause.NET_AUTHORIZED_NETWORKS},
        ),
        world="fw_5432=deny instance_ip=private",
    ),
    *rows(
        "R4-rule-public",
        "the same to a public address where everybody is authorized",
        On.DIRECT,
        named(
            Cause.VPC_FIREWALL_DROP,
            14,
            spared=USUAL_SUSPECTS | INSTANCE | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED, Cause.NET_AUTHORIZED_NETWORKS},
        ),
        world="egress=all-traffic fw_5432=deny instance_ip=public authorized_networks=all",
    ),
    *rows(
        "R4-rule-3307",
        "an egress rule of the VPC drops 3307, and 5432 answers",
        On.GOOGLE,
        named(
            Cause.VPC_FIREWALL_DROP,
            14,
            excluded=(Topic.ADMIN_API,),
            spared=USUAL_SUSPECTS | INSTANCE | {Cause.VPC_NO_EGRESS, Cause.VPC_PSA_MISCONFIGURED},
        ),
        world="fw_3307=deny instance_ip=private",
        settings=PRIVATE_APP,
    ),
    # Both ports silent beside a private address that answers: the peering is what an address in another network needs.
    *rows(
        "R4-rules",
        "egress rules drop both ports",
        On.DIRECT,
        named(
            Cause.VPC_PSA_MISCONFIGURED,
            14,
            POSSIBLE,
            offered=(Cause.VPC_FIREWALL_DROP,),
            spared=USUAL_SUSPECTS | {Cause.INSTANCE_NOT_RUNNING, Cause.VPC_NAT_MISSING_OR_EXHAUSTED},
        ),
        world="fw_5432=deny fw_3307=deny instance_ip=private",
    ),
    *rows(
        "R4-range",
        "the private address is outside RFC 1918, and only private ranges go through the VPC",
        On.DIRECT + " socket connector",
        named(
            Cause.VPC_NO_EGRESS,
            14,
            excluded=(Topic.ADMIN_API, Topic.ALL_EGRESS),
            spared=USUAL_SUSPECTS | INSTANCE | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED, Cause.NET_AUTHORIZED_NETWORKS},
            # All traffic, with NAT and without peering, looks the same from here.
            offered=(Cause.VPC_PSA_MISCONFIGURED,),
        ),
        world="private_range=other instance_ip=private",
        settings=PRIVATE_APP,
    ),
    *rows(
        "R4-range-read",
        "the same where the revision may be read",
        On.DIRECT,
        named(Cause.VPC_NO_EGRESS, 14, spared=USUAL_SUSPECTS | INSTANCE | {Cause.VPC_PSA_MISCONFIGURED}),
        world="private_range=other instance_ip=private run_viewer=on",
    ),
    # Without a word of the control plane a broken connector looks like none at all.
    *rows(
        "R4-connector",
        "the connector that private traffic goes through is broken",
        On.DIRECT,
        named(
            Cause.VPC_NO_EGRESS,
            14,
            offered=(Cause.VPC_CONNECTOR_UNHEALTHY,),
            spared=USUAL_SUSPECTS | {Cause.VPC_NAT_MISSING_OR_EXHAUSTED},
        ),
        world="vpc=connector connector_state=ERROR instance_ip=private",
    ),
    *(
        row
        for state in ("ERROR", "CREATING", "DELETING")
        for row in rows(
            f"R4-connector-read-{state.lower()}",
            f"the same where revision and connector may be read: it is {state}",
            On.DIRECT + (" socket" if state == "ERROR" else ""),
            named(
                Cause.VPC_CONNECTOR_UNHEALTHY,
                14,
                PROVEN,
                spared=USUAL_SUSPECTS
                | INSTANCE
                | {Cause.VPC_NO_EGRESS, Cause.VPC_FIREWALL_DROP, Cause.VPC_PSA_MISCONFIGURED},
            ),
            world=f"vpc=connector connector_state={state} instance_ip=private run_viewer=on",
        )
    ),
    *rows(
        "R4-none-read",
        "no VPC is attached, and the revision says so",
        On.DIRECT + " socket",
        named(
            Cause.VPC_NO_EGRESS,
            14,
            PROVEN,
            spared=USUAL_SUSPECTS
            | INSTANCE
            | {Cause.VPC_CONNECTOR_UNHEALTHY, Cause.VPC_FIREWALL_DROP, Cause.VPC_PSA_MISCONFIGURED},
        ),
        world="egress=none instance_ip=private run_viewer=on",
    ),
    *rows(
        "R4-network-read",
        "a VPC without peering is attached, and the revision may be read",
        On.DIRECT,
        named(Cause.VPC_PSA_MISCONFIGURED, 14, spared=USUAL_SUSPECTS | INSTANCE | {Cause.VPC_NO_EGRESS}),
        world="peering=off instance_ip=private run_viewer=on",
    ),
    *rows(
        "R4-stopped",
        "the private address is silent because the instance is stopped",
        On.DIRECT,
        named(Cause.INSTANCE_NOT_RUNNING, 15, PROVEN, spared=USUAL_SUSPECTS | NETWORK),
        world="instance_state=stopped instance_ip=private",
    ),
)

REFUSED = (
    *rows(
        "R5",
        "the Admin API refuses, the database answers",
        On.DIRECT + " direct/iam",
        Expect(warned=(Cause.IAM_MISSING_CLOUDSQL_CLIENT,)),
        faults="api-403",
        world="instance_ip=private",
    ),
    *rows(
        "R5",
        "the Admin API refuses, and the connector needs it",
        "connector connector/iam",
        named(Cause.IAM_MISSING_CLOUDSQL_CLIENT, 12, spared=NETWORK | CREDENTIALS | INSTANCE),
        faults="api-403",
        world="instance_ip=private",
        settings=PRIVATE_APP,
    ),
)

NAMES = (
    *rows(
        "R6",
        "names do not resolve, and the app dials an address",
        On.DIRECT,
        WORKS,
        world="instance_ip=private",
        faults="api-names-fail",
    ),
    *rows(
        "R6",
        "names do not resolve, and the connector has to find the Admin API",
        On.CONNECTOR,
        named(
            Cause.DNS_RESOLVER_FAILURE,
            13,
            excluded=(Topic.IDENTITY,),
            spared=NETWORK | CREDENTIALS | PERMISSIONS | INSTANCE,
        ),
        faults="api-names-fail",
    ),
    *rows(
        "R6-absent",
        "a private zone for googleapis.com lacks the Admin API's name",
        On.CONNECTOR,
        named(Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE, 13, spared=NETWORK | CREDENTIALS | PERMISSIONS | INSTANCE),
        faults="api-name-absent",
    ),
)

IDENTITY = (
    *rows(
        "R7",
        "the metadata server answers 500 to token requests",
        "connector direct/iam connector/iam",
        named(Cause.ADC_METADATA_UNREACHABLE, 11, spared=NETWORK | CREDENTIALS | PERMISSIONS | INSTANCE),
        faults="token-500",
    ),
    *rows("R7", "nobody needs a token", "direct socket", WORKS, faults="token-500"),
    *rows(
        "R8",
        "the metadata server is silent",
        "connector direct/iam",
        named(Cause.ADC_METADATA_UNREACHABLE, 11, spared=NETWORK | CREDENTIALS | PERMISSIONS | INSTANCE),
        faults="metadata-silent",
    ),
    *rows("R8", "nobody needs the metadata server", "direct socket", WORKS, faults="metadata-silent"),
)

DECISIONS: tuple[Scenario, ...] = (
    *APIS_SILENT,
    *ALL_SILENT,
    *PRIVATE_NAME_OF_THE_APIS,
    *DATABASE_SILENT,
    *REFUSED,
    *NAMES,
    *IDENTITY,
)
