"""Two faults at once: the first on the path is named, and what lies behind it is not blamed for it."""

from diagnostics.core.codes import Cause, Layer
from tests.scenarios.scenario import CREDENTIALS, NETWORK, USUAL_SUSPECTS, On, Scenario, layers, named, rows
from tests.scenarios.table.stories import THE_OUTAGE

COMBINATIONS: tuple[Scenario, ...] = (
    *rows(
        "S01+S32",
        "no way out, and an app that would die at import: only the first is there to be seen",
        On.SOCKET,
        named(Cause.VPC_NAT_MISSING_OR_EXHAUSTED, 14, spared=USUAL_SUSPECTS | layers(Layer.RUNTIME)),
        world=f"{THE_OUTAGE} pga=off",
    ),
    *(
        row
        for variable in ("POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD")
        for row in rows(
            f"S13+S18-{variable.lower()}",
            f"no way into the VPC, and {variable} ends with a line break",
            On.DIRECT,
            named(
                Cause.VPC_NO_EGRESS,
                14,
                warned=(Cause.CONFIG_SECRET_TRAILING_NEWLINE,),
                spared=CREDENTIALS | layers(Layer.INSTANCE),
            ),
            world="egress=none instance_ip=private",
            faults=f"newline-in-{variable.lower().replace('_', '-')}",
        )
    ),
    # The host with its line break is no address, so the path ends before the network can be silent.
    *rows(
        "S13+S18-postgres_host",
        "no way into the VPC, and POSTGRES_HOST ends with a line break",
        On.DIRECT,
        named(Cause.CONFIG_SECRET_TRAILING_NEWLINE, 10, spared=CREDENTIALS | layers(Layer.INSTANCE)),
        world="egress=none instance_ip=private",
        faults="newline-in-postgres-host",
    ),
    *rows(
        "S27+S30",
        "every slot is taken, over a slow link",
        On.NETWORK,
        named(Cause.PG_TOO_MANY_CONNECTIONS, 18, spared=NETWORK | CREDENTIALS),
        faults="too-many-connections slow-link",
        flags="--app-timeout 3",
    ),
    *rows(
        "2-password",
        "a rule drops 5432, and the password would be wrong",
        On.DIRECT,
        named(Cause.VPC_FIREWALL_DROP, 14, spared=CREDENTIALS),
        world="fw_5432=deny instance_ip=private",
        faults="wrong-password",
    ),
    *rows(
        "2-identity",
        "the metadata server refuses, and the host name does not exist: two failures, two causes",
        "direct/iam",
        named(Cause.ADC_METADATA_UNREACHABLE, 11, second=Cause.DNS_NXDOMAIN, spared=NETWORK | CREDENTIALS),
        faults="metadata-down nxdomain",
    ),
    *rows(
        "2-token",
        "no token is handed out, and the name server fails: two failures, two causes",
        "direct/iam",
        named(Cause.ADC_METADATA_UNREACHABLE, 11, second=Cause.DNS_RESOLVER_FAILURE, spared=NETWORK | CREDENTIALS),
        faults="token-500 servfail",
    ),
    *rows(
        "2-stopped",
        "the instance is stopped, and no VPC is attached",
        On.DIRECT,
        named(Cause.INSTANCE_NOT_RUNNING, 15, spared=CREDENTIALS),
        world="egress=none instance_ip=private instance_state=stopped",
    ),
    *rows(
        "2-role",
        "the role is missing, and 3307 is dropped",
        On.CONNECTOR,
        named(Cause.IAM_MISSING_CLOUDSQL_CLIENT, 12, spared=CREDENTIALS),
        world="egress=all-traffic fw_3307=deny instance_ip=public",
        faults="api-403",
    ),
)
