"""What-if trials: each with a world in which it proves its cause, and one in which a second fault makes it drop it."""

from diagnostics.core.codes import Cause
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.trials import Changed, Verdict
from tests.scenarios.scenario import NETWORK, On, Scenario, named, rows

PROVEN = Confidence.PROVEN
NEWLINE, WRONG_PLACE = Cause.CONFIG_SECRET_TRAILING_NEWLINE, Cause.CONFIG_WRONG_HOST_PORT


def _proves(
    changed: Changed, cause: Cause, exit_code: int, on: str, faults: str, world: str = ""
) -> tuple[Scenario, ...]:
    return rows(
        f"W-{changed}-proves",
        f"{cause}: with the changed input it works",
        on,
        named(cause, exit_code, PROVEN, tried=((changed, Verdict.FLIPPED),), spared=NETWORK - {cause}),
        faults=faults,
        world=world,
    )


def _drops(
    changed: Changed, dropped: Cause, cause: Cause, exit_code: int, on: str, faults: str, world: str = ""
) -> tuple[Scenario, ...]:
    return rows(
        f"W-{changed}-drops",
        f"not only {dropped}: with the changed input it fails all the same",
        on,
        named(cause, exit_code, tried=((changed, Verdict.STAYED),), spared=frozenset({dropped})),
        faults=faults,
        world=world,
    )


TRIALS: tuple[Scenario, ...] = (
    *_proves(Changed.VALUE_TRIMMED, NEWLINE, 10, On.ROUTES, "newline-in-postgres-password"),
    *_drops(
        Changed.VALUE_TRIMMED,
        NEWLINE,
        Cause.PG_AUTH_PASSWORD,
        18,
        On.ROUTES,
        "newline-in-postgres-password wrong-password",
    ),
    *_proves(Changed.INSTANCE_ADDRESS, WRONG_PLACE, 10, On.DIRECT, "stale-address", "instance_ip=private"),
    # Everybody's packets into the VPC vanish, those to the right address, too: that is what to look at first.
    *_drops(
        Changed.INSTANCE_ADDRESS,
        WRONG_PLACE,
        Cause.VPC_NO_EGRESS,
        14,
        On.DIRECT,
        "stale-address",
        "egress=none instance_ip=private",
    ),
    *_proves(Changed.PORT, WRONG_PLACE, 10, On.DIRECT, "wrong-port"),
    *_drops(
        Changed.PORT,
        WRONG_PLACE,
        Cause.INSTANCE_CONNECTOR_REQUIRED,
        15,
        On.DIRECT,
        "connector-port",
        "connector_enforcement=on",
    ),
    *_proves(Changed.ATTACHED_SOCKET, Cause.SOCKET_WRONG_PATH, 16, On.SOCKET, "socket-file-in-host"),
    *_drops(
        Changed.ATTACHED_SOCKET,
        Cause.SOCKET_WRONG_PATH,
        Cause.SOCKET_NOT_MOUNTED,
        16,
        On.SOCKET,
        "bare-instance-name instance-not-attached",
    ),
    *_proves(Changed.NAME_FOLDED, Cause.CONFIG_NAME_CASE, 10, On.ROUTES, "database-in-capitals"),
    *_drops(
        Changed.NAME_FOLDED,
        Cause.CONFIG_NAME_CASE,
        Cause.PG_DATABASE_MISSING,
        18,
        On.ROUTES,
        "unknown-database database-in-capitals",
    ),
    *_proves(Changed.PORT, Cause.SOCKET_WRONG_PATH, 16, On.SOCKET, "socket-of-mysql"),
    *rows(
        "W-attached_socket-proves-without-instance",
        "the path ends before the instance's name, and one instance is attached",
        On.SOCKET,
        named(Cause.SOCKET_WRONG_PATH, 16, PROVEN, tried=((Changed.ATTACHED_SOCKET, Verdict.FLIPPED),)),
        faults="socket-without-instance",
    ),
    *_proves(Changed.USER_TRUNCATED, Cause.IAM_DB_USERNAME_WRONG, 12, "direct/iam", "iam-user-not-truncated"),
    *_drops(
        Changed.USER_TRUNCATED,
        Cause.IAM_DB_USERNAME_WRONG,
        Cause.IAM_MISSING_INSTANCES_LOGIN,
        12,
        "direct/iam",
        "iam-user-not-truncated iam-login-denied",
    ),
    *_proves(Changed.TLS_ON, Cause.TLS_SSL_REQUIRED, 17, On.DIRECT, "tls-required"),
    *_drops(
        Changed.TLS_ON,
        Cause.TLS_SSL_REQUIRED,
        Cause.PG_NO_HBA_ENTRY,
        18,
        On.DIRECT,
        "tls-required no-pg-hba-entry",
    ),
    *rows(
        "W-waited-proves",
        "egress opens while the run is waiting for it",
        On.DIRECT,
        named(Cause.VPC_WARMING_UP, 14, PROVEN, tried=((Changed.WAITED, Verdict.FLIPPED),)),
        world="egress_opens_after=5",
        flags="--grace 30",
    ),
    *rows(
        "W-waited-drops",
        "egress does not open in the whole grace period",
        On.DIRECT,
        named(
            Cause.VPC_CONNECTOR_UNHEALTHY,
            14,
            tried=((Changed.WAITED, Verdict.STAYED),),
            spared=frozenset({Cause.VPC_WARMING_UP}),
        ),
        world="egress=all-traffic vpc=connector connector_state=ERROR",
        flags="--grace 6",
    ),
)
