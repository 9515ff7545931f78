"""Reports as runs make them, written by hand: one for each kind of outcome."""

from datetime import UTC, datetime

import msgspec

from diagnostics.core.codes import CheckId
from diagnostics.core.egress import MeasuredEgress, Way
from diagnostics.core.facts import TcpConnect
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, Route, SkipReason, Status
from diagnostics.core.observed import AddressClass, Attempt, Reach
from diagnostics.core.outcome import Ladder, Mode, Rung
from diagnostics.core.report import (
    AgentInfo,
    Alternative,
    CheckEntry,
    Counts,
    DiagnosisEntry,
    EgressEntry,
    EvidenceLine,
    Exclusion,
    PlatformInfo,
    Provisional,
    Remedy,
    Report,
    Setting,
    TargetInfo,
    TrialEntry,
    Unknown,
    WarningEntry,
)
from diagnostics.core.trials import Changed, Verdict

START = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)
INSTANCE = "acme-prod:europe-west1:orders"

ROUTE_CHECKS = (
    CheckId.CONFIG_TARGET,
    CheckId.DNS_TARGET,
    CheckId.TCP_CONNECT,
    CheckId.TLS_HANDSHAKE,
    CheckId.POSTGRES_STARTUP,
    CheckId.POSTGRES_AUTH,
    CheckId.POSTGRES_QUERY,
    CheckId.DRIVER_ASYNCPG,
)


def entry(check: CheckId, status: Status = Status.PASS, summary: str = "", **more: object) -> CheckEntry:
    given = {
        "group": check.value.partition(".")[0],
        "title": f"{check} holds",
        "needed": check in ROUTE_CHECKS,
        "timeout_seconds": 3.0,
    }
    return CheckEntry(id=check, status=status, summary=summary, **{**given, **more})  # type: ignore[arg-type]


def ran(check: CheckId, summary: str, at: float, seconds: float, status: Status = Status.PASS) -> CheckEntry:
    return entry(check, status, summary, started_offset_seconds=at, duration_seconds=seconds)


def skipped(check: CheckId, reason: SkipReason, summary: str = "", by: CheckId | None = None) -> CheckEntry:
    return entry(check, Status.SKIP, summary, skip_reason=reason, blocked_by=by)


def counted(checks: tuple[CheckEntry, ...]) -> Counts:
    def count(status: Status) -> int:
        return sum(check.status is status for check in checks)

    return Counts(
        passed=count(Status.PASS),
        warn=count(Status.WARN),
        failed=count(Status.FAIL),
        skip=count(Status.SKIP),
        unknown=count(Status.UNKNOWN),
    )


def report(**fields: object) -> Report:
    checks = fields.get("checks", ())
    base = {
        "run_id": "20260314T120000-7f3a",
        "started_at": START,
        "duration_seconds": 0.043,
        "mode": Mode.CHECK,
        "status": Status.PASS,
        "exit_code": 0,
        "agent": AgentInfo(version="0.1.0", hostname="localhost"),
        "counts": counted(checks),  # type: ignore[arg-type]
    }
    return Report(**{**base, **fields})  # type: ignore[arg-type]


DIRECT = TargetInfo(
    name="orders",
    route=Route.DIRECT,
    host="10.20.0.5",
    port=5432,
    database="orders",
    user="api",
    login="password",
    dialect="asyncpg",
    sslmode="prefer",
    settings=(
        Setting(name="host", value="10.20.0.5", source="POSTGRES_HOST"),
        Setting(name="password", value="***", source="POSTGRES_PASSWORD"),
    ),
)
SOCKET = TargetInfo(
    name="orders",
    route=Route.SOCKET,
    host=f"/cloudsql/{INSTANCE}",
    port=5432,
    instance=INSTANCE,
    database="orders",
    user="api",
    login="password",
    dialect="asyncpg",
    sslmode="disable",
)
ELSEWHERE = PlatformInfo(kind="elsewhere")
CLOUD_RUN = PlatformInfo(
    kind="cloud_run_service",
    service="api",
    revision="api-00042-x9k",
    region="europe-west1",
    project="acme-prod",
    service_account="api@acme-prod.iam.gserviceaccount.com",
)

NOT_HERE = (
    CheckId.METADATA_SERVER,
    CheckId.IDENTITY_ACCOUNT,
    CheckId.IDENTITY_TOKEN,
    CheckId.EGRESS_GOOGLE_APIS,
    CheckId.EGRESS_PUBLIC,
    CheckId.EGRESS_PRIVATE,
    CheckId.EGRESS_INSTANCE,
)

HEALTHY_CHECKS = (
    ran(CheckId.CONFIG_TARGET, "POSTGRES_HOST, POSTGRES_DB, POSTGRES_USER, POSTGRES_PASSWORD", 0.0, 0.00001),
    ran(CheckId.CONFIG_HYGIENE, "", 0.0, 0.00001),
    ran(CheckId.RUNTIME_PLATFORM, "not on Google Cloud", 0.0, 0.00001),
    *(skipped(check, SkipReason.NOT_APPLICABLE) for check in NOT_HERE),
    ran(CheckId.DNS_TARGET, "10.20.0.5 is an address", 0.0001, 0.00002),
    skipped(CheckId.DNS_APIS, SkipReason.NOT_APPLICABLE),
    skipped(CheckId.ADMIN_CONNECT_SETTINGS, SkipReason.NOT_APPLICABLE),
    skipped(CheckId.IAM_PERMISSIONS, SkipReason.NOT_APPLICABLE),
    skipped(CheckId.SOCKET_MOUNT, SkipReason.NOT_APPLICABLE),
    entry(
        CheckId.TCP_CONNECT,
        summary="10.20.0.5:5432 accepts",
        started_offset_seconds=0.0005,
        duration_seconds=0.0012,
        facts=TcpConnect(
            route=Route.DIRECT,
            attempts=(
                Attempt(
                    address="10.20.0.5",
                    port=5432,
                    address_class=AddressClass.PRIVATE,
                    reach=Reach.OPEN,
                    seconds=0.0012,
                ),
            ),
        ),
    ),
    ran(CheckId.TLS_HANDSHAKE, "TLSv1.3, certificate not verified (sslmode=prefer)", 0.0017, 0.0064),
    ran(CheckId.POSTGRES_STARTUP, "asks for scram-sha-256", 0.0081, 0.0021),
    ran(CheckId.POSTGRES_AUTH, "api is let in, PostgreSQL 15.18", 0.0102, 0.0115),
    ran(CheckId.POSTGRES_QUERY, "SELECT 1 answers", 0.0217, 0.0009),
    ran(CheckId.DRIVER_ASYNCPG, "asyncpg 0.30.0 connects", 0.0228, 0.0190),
    skipped(CheckId.DRIVER_PSYCOPG, SkipReason.DESELECTED),
)


def ladder(route: Route, address: str, rungs: tuple[tuple[CheckId, float], ...], rest: float) -> Ladder:
    return Ladder(
        route=route,
        address=address,
        rungs=tuple(Rung(check=check, seconds=seconds) for check, seconds in rungs),
        total_seconds=sum(seconds for _, seconds in rungs) + rest,
        unattributed_seconds=rest,
    )


HEALTHY = report(
    target=DIRECT,
    platform=ELSEWHERE,
    checks=HEALTHY_CHECKS,
    ladder=ladder(
        Route.DIRECT,
        "10.20.0.5:5432",
        (
            (CheckId.TCP_CONNECT, 0.0012),
            (CheckId.TLS_HANDSHAKE, 0.0064),
            (CheckId.POSTGRES_STARTUP, 0.0021),
            (CheckId.POSTGRES_AUTH, 0.0115),
            (CheckId.POSTGRES_QUERY, 0.0009),
        ),
        0.0002,
    ),
)

WARNINGS = msgspec.structs.replace(
    HEALTHY,
    status=Status.WARN,
    warnings=(
        WarningEntry(
            check=CheckId.DNS_RESOLVER,
            code=Code.DNS_RESOLVER_SLOW,
            cause="dns.slow",
            title="names resolve, but only after a name server did not answer",
        ),
    ),
    checks=(
        *HEALTHY_CHECKS[:11],
        entry(
            CheckId.DNS_RESOLVER,
            Status.WARN,
            "10.0.0.2 silent, 10.0.0.3 answers",
            code=Code.DNS_RESOLVER_SLOW,
            findings=(Finding(code=Code.DNS_RESOLVER_SLOW, about="10.0.0.2"),),
            started_offset_seconds=0.0001,
            duration_seconds=5.004,
        ),
        *HEALTHY_CHECKS[11:],
    ),
    duration_seconds=5.01,
)
STRICT_WARNINGS = msgspec.structs.replace(WARNINGS, exit_code=4)

_MAY_NOT_READ = {"skip_reason": SkipReason.NOT_PERMITTED, "needs": "run.revisions.get, in roles/run.viewer"}
_REACHED = "open: Google APIs, private Google VIP, private, 10.20.0.5:5432, 10.20.0.5:3307"

DAY_ONE = msgspec.structs.replace(
    HEALTHY,
    platform=CLOUD_RUN,
    checks=(
        *(each for each in HEALTHY_CHECKS if each.group not in {"egress", "driver"}),
        ran(CheckId.EGRESS_GOOGLE_APIS, "Google APIs open", 0.0, 0.004),
        ran(CheckId.EGRESS_PRIVATE, "private 10.20.0.9:6379 open", 0.0, 0.003),
        entry(CheckId.RUN_REVISION, Status.UNKNOWN, **_MAY_NOT_READ),
        entry(CheckId.VPC_CONNECTOR, Status.UNKNOWN, blocked_by=CheckId.RUN_REVISION, **_MAY_NOT_READ),
        ran(CheckId.POSTGRES_CAPACITY, "84 of 97 connection slots free", 0.0227, 0.0016),
        skipped(CheckId.APP_BUDGET, SkipReason.NOT_APPLICABLE),
    ),
    egress=EgressEntry(
        summary=_REACHED,
        measured=MeasuredEgress(public=Way.UNKNOWN, google_public=Way.OPEN, google_private=Way.OPEN, private=Way.OPEN),
    ),
)
"""Healthy, by an account that nobody has granted anything yet but what the path needs."""

SOCKET_FAILURE = report(
    target=SOCKET,
    platform=CLOUD_RUN,
    status=Status.FAIL,
    exit_code=14,
    duration_seconds=8.02,
    ladder=ladder(
        Route.SOCKET,
        f"/cloudsql/{INSTANCE}/.s.PGSQL.5432",
        ((CheckId.TCP_CONNECT, 0.0002), (CheckId.POSTGRES_STARTUP, 8.0003)),
        0.0004,
    ),
    checks=(
        ran(CheckId.CONFIG_TARGET, "POSTGRES_HOST, POSTGRES_DB, POSTGRES_USER, POSTGRES_PASSWORD", 0.0, 0.00001),
        ran(CheckId.CONFIG_HYGIENE, "", 0.0, 0.00001),
        ran(CheckId.RUNTIME_PLATFORM, "Cloud Run service", 0.0, 0.00001),
        ran(CheckId.METADATA_SERVER, "169.254.169.254 answers", 0.0003, 0.004),
        ran(CheckId.IDENTITY_ACCOUNT, "api@acme-prod.iam.gserviceaccount.com", 0.0045, 0.004),
        ran(CheckId.IDENTITY_TOKEN, "token for 58 min", 0.0085, 0.004),
        ran(CheckId.EGRESS_GOOGLE_APIS, "Google APIs silent, private Google VIP silent", 0.013, 1.0),
        ran(CheckId.EGRESS_PUBLIC, "public silent", 0.013, 1.0),
        entry(
            CheckId.EGRESS_PRIVATE,
            Status.UNKNOWN,
            skip_reason=SkipReason.NOT_CONFIGURED,
            needs="CLOUDSQL_DIAG_CONTROL_PRIVATE",
        ),
        ran(CheckId.DNS_APIS, "sqladmin.googleapis.com = public addresses, 169.254.169.254", 0.010, 0.003),
        ran(CheckId.ADMIN_CONNECT_SETTINGS, "no answer from sqladmin.googleapis.com:443", 0.0135, 2.0, Status.WARN),
        skipped(CheckId.ADMIN_CERTIFICATE, SkipReason.BLOCKED, by=CheckId.ADMIN_CONNECT_SETTINGS),
        ran(CheckId.SOCKET_MOUNT, "orders is attached", 0.0006, 0.0001),
        ran(CheckId.TCP_CONNECT, "the socket accepts", 0.0009, 0.0002),
        skipped(CheckId.TLS_HANDSHAKE, SkipReason.NOT_APPLICABLE, "not used on a socket"),
        entry(
            CheckId.POSTGRES_STARTUP,
            Status.FAIL,
            "connected, then not a byte",
            code=Code.POSTGRES_STARTUP_SILENT,
            findings=(Finding(code=Code.POSTGRES_STARTUP_SILENT),),
            started_offset_seconds=0.0013,
            duration_seconds=8.0003,
            timeout_seconds=8.0,
        ),
        skipped(CheckId.POSTGRES_AUTH, SkipReason.BLOCKED, by=CheckId.POSTGRES_STARTUP),
        skipped(CheckId.POSTGRES_QUERY, SkipReason.BLOCKED, by=CheckId.POSTGRES_STARTUP),
        skipped(CheckId.DRIVER_ASYNCPG, SkipReason.BLOCKED, by=CheckId.POSTGRES_STARTUP),
    ),
    diagnoses=(
        DiagnosisEntry(
            cause="vpc.nat_missing_or_exhausted",
            layer="vpc",
            confidence="likely",
            title="public addresses cannot be reached from this revision",
            summary="Metadata and DNS answer, nothing public does: not Google's APIs, not a neutral address. The "
            "built-in proxy dials the instance through the same exit (port 3307) and closes the socket when its "
            "10 s are over. This is what all-traffic egress without NAT looks like.",
            evidence=(
                EvidenceLine(
                    check=CheckId.POSTGRES_STARTUP,
                    code=Code.POSTGRES_STARTUP_SILENT,
                    what="the socket accepted and then said nothing",
                ),
                EvidenceLine(check=CheckId.EGRESS_PUBLIC, what="a neutral public address was silent"),
            ),
            alternatives=(
                Alternative(
                    cause="vpc.connector_unhealthy",
                    title="connector or subnet down",
                    settled_by="a private address to try, CLOUDSQL_DIAG_CONTROL_PRIVATE",
                ),
            ),
            excluded=(Exclusion(what="DNS", because="dns.apis answered"),),
            untested=("password", "database", "IAM login"),
            unknown=(Unknown(what="the instance's address", needs="an answer of the Admin API"),),
            explains=(Code.POSTGRES_STARTUP_SILENT,),
            remedies=(
                Remedy(
                    text="Send only private addresses through the VPC.",
                    command="gcloud run services update api --region europe-west1 --vpc-egress private-ranges-only",
                ),
                Remedy(
                    text="Or give the instance a private IP, or add Cloud NAT to the connector's network.",
                    doc="cloudsql-diag explain vpc.nat_missing_or_exhausted",
                ),
            ),
        ),
    ),
)

PROVISIONAL = msgspec.structs.replace(
    SOCKET_FAILURE,
    provisional=Provisional(
        reason="the instance is 3 s old, egress may open later",
        until=datetime(2026, 3, 14, 12, 1, 30, tzinfo=UTC),
    ),
    trials=(
        TrialEntry(
            hypothesis="vpc.warming_up",
            changed=Changed.WAITED,
            title="fresh sockets until the way opens",
            result="silent too",
            verdict=Verdict.UNSETTLED,
            failed=CheckId.POSTGRES_STARTUP,
            flips=CheckId.POSTGRES_STARTUP,
            check=CheckId.POSTGRES_STARTUP,
        ),
    ),
)

CONFIG_FAILURE = report(
    target=TargetInfo(name="default"),
    platform=CLOUD_RUN,
    status=Status.FAIL,
    exit_code=10,
    duration_seconds=0.004,
    checks=(
        entry(
            CheckId.CONFIG_TARGET,
            Status.FAIL,
            "no host, no database, no user",
            code=Code.CONFIG_TARGET_MISSING,
            findings=(Finding(code=Code.CONFIG_TARGET_MISSING, about="host"),),
        ),
        skipped(CheckId.DNS_TARGET, SkipReason.BLOCKED, by=CheckId.CONFIG_TARGET),
        skipped(CheckId.TCP_CONNECT, SkipReason.BLOCKED, by=CheckId.CONFIG_TARGET),
        skipped(CheckId.TLS_HANDSHAKE, SkipReason.BLOCKED, by=CheckId.CONFIG_TARGET),
        skipped(CheckId.POSTGRES_STARTUP, SkipReason.BLOCKED, by=CheckId.CONFIG_TARGET),
    ),
    diagnoses=(
        DiagnosisEntry(
            cause="config.missing_env",
            layer="config",
            confidence="proven",
            title="this container has no database settings",
            summary="None of the variables that name a database is set here. Each container of a revision has its own.",
            untested=("everything behind the settings",),
            remedies=(
                Remedy(
                    text="Set the variables on the container that runs the check.",
                    command="gcloud run services update api --region europe-west1 --update-env-vars POSTGRES_HOST=HOST",
                ),
            ),
        ),
        DiagnosisEntry(
            cause="socket.not_mounted",
            layer="socket",
            confidence="possible",
            title="no Cloud SQL connection is attached",
            summary="There is no /cloudsql directory.",
        ),
    ),
)

UNKNOWN_ONLY = report(
    target=DIRECT,
    platform=ELSEWHERE,
    status=Status.UNKNOWN,
    exit_code=22,
    checks=(
        ran(CheckId.CONFIG_TARGET, "DATABASE_URL", 0.0, 0.00001),
        ran(CheckId.TCP_CONNECT, "10.20.0.5:5432 accepts", 0.0005, 0.0012),
        entry(
            CheckId.POSTGRES_AUTH,
            Status.UNKNOWN,
            skip_reason=SkipReason.NOT_CONFIGURED,
            needs="a password",
        ),
        entry(CheckId.POSTGRES_QUERY, Status.UNKNOWN, skip_reason=SkipReason.NOT_CONFIGURED, needs="a password"),
    ),
)

CRASHED = report(
    target=DIRECT,
    platform=ELSEWHERE,
    status=Status.UNKNOWN,
    exit_code=1,
    checks=(
        ran(CheckId.CONFIG_TARGET, "DATABASE_URL", 0.0, 0.00001),
        entry(
            CheckId.TCP_CONNECT,
            Status.UNKNOWN,
            code=Code.AGENT_CRASHED,
            findings=(Finding(code=Code.AGENT_CRASHED, about="TypeError in tcp.py:31"),),
            skip_reason=SkipReason.CRASHED,
        ),
    ),
)

HOSTILE_TEXT = "a\x1b]0;owned\x07\x1b[2Jb\r\nc\u202ed\u200be\x9b31m|`code`[x](http://evil)<img src=x>@everyone 日本"

HOSTILE = report(
    target=TargetInfo(name=HOSTILE_TEXT, route=Route.DIRECT, host=HOSTILE_TEXT, port=5432, user=HOSTILE_TEXT),
    platform=PlatformInfo(kind="cloud_run_service", service=HOSTILE_TEXT, revision=HOSTILE_TEXT),
    status=Status.FAIL,
    exit_code=21,
    checks=(entry(CheckId.TCP_CONNECT, Status.FAIL, HOSTILE_TEXT, duration_seconds=0.01),),
    diagnoses=(
        DiagnosisEntry(
            cause="unclassified",
            layer="unclassified",
            confidence="possible",
            title=HOSTILE_TEXT,
            summary=HOSTILE_TEXT,
            evidence=(EvidenceLine(check=CheckId.TCP_CONNECT, what=HOSTILE_TEXT),),
            alternatives=(Alternative(cause="tcp.timeout", title=HOSTILE_TEXT, settled_by=HOSTILE_TEXT),),
            excluded=(Exclusion(what=HOSTILE_TEXT, because=HOSTILE_TEXT),),
            untested=(HOSTILE_TEXT,),
            unknown=(Unknown(what=HOSTILE_TEXT, needs=HOSTILE_TEXT),),
            remedies=(Remedy(text=HOSTILE_TEXT, command=f"echo {HOSTILE_TEXT}", doc=HOSTILE_TEXT),),
        ),
    ),
    warnings=(WarningEntry(check=CheckId.TCP_CONNECT, code="tcp.connect.flapped", cause="", title=HOSTILE_TEXT),),
    trials=(
        TrialEntry(
            hypothesis=HOSTILE_TEXT,
            changed=Changed.PORT,
            title=HOSTILE_TEXT,
            result=HOSTILE_TEXT,
            verdict=Verdict.STAYED,
            drops=HOSTILE_TEXT,
            failed=CheckId.TCP_CONNECT,
            flips=CheckId.POSTGRES_STARTUP,
            check=CheckId.TCP_CONNECT,
            about=HOSTILE_TEXT,
            to=HOSTILE_TEXT,
        ),
    ),
)

REPORTS = {
    "healthy": HEALTHY,
    "day_one": DAY_ONE,
    "warnings": WARNINGS,
    "strict_warnings": STRICT_WARNINGS,
    "socket_failure": SOCKET_FAILURE,
    "provisional": PROVISIONAL,
    "config_failure": CONFIG_FAILURE,
    "unknown_only": UNKNOWN_ONLY,
    "crashed": CRASHED,
    "hostile": HOSTILE,
}
