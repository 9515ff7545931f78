"""What the Admin API says of the instance itself, joined with what the path met."""

from diagnostics.core.codes import Cause, CheckId
from diagnostics.core.diagnosis import Confidence
from diagnostics.core.evidence import Evidence
from diagnostics.core.findings import Code
from diagnostics.core.rules import groups, signs
from diagnostics.core.rules.rule import Rule

_BROKEN = (
    *groups.CONNECT,
    *groups.TUNNEL,
    *groups.ending(["silent", "closed", "reset"], "tls.handshake"),
    *groups.ending(["not_ready"], "postgres."),
    Code.ADMIN_CERTIFICATE_UNEXPECTED_ANSWER,
)
"""How an instance that does not run, or is being changed, looks from outside."""

_CITES = (CheckId.ADMIN_INSTANCE,)


def _connector_enforced(evidence: Evidence) -> bool:
    settings = signs.instance_settings(evidence)
    return signs.on_direct(evidence) and settings is not None and settings.connector_enforcement == "REQUIRED"


def _creating(evidence: Evidence) -> bool:
    settings = signs.instance_settings(evidence)
    return settings is not None and settings.state in {"PENDING_CREATE", "PENDING_DELETE", "FAILED"}


RULES: tuple[Rule, ...] = (
    Rule(
        cause=Cause.INSTANCE_NOT_RUNNING,
        explains=(*_BROKEN, Code.ADMIN_INSTANCE_NOT_RUNNING, Code.ADMIN_INSTANCE_SUSPENDED),
        confidence=Confidence.PROVEN,
        when=lambda evidence: evidence.found(Code.ADMIN_INSTANCE_NOT_RUNNING, Code.ADMIN_INSTANCE_SUSPENDED),
        focus=lambda evidence: evidence.finding(Code.ADMIN_INSTANCE_NOT_RUNNING, Code.ADMIN_INSTANCE_SUSPENDED),
        cites=_CITES,
    ),
    Rule(
        cause=Cause.INSTANCE_NOT_RUNNING,
        explains=(*_BROKEN, Code.ADMIN_INSTANCE_NOT_READY),
        confidence=Confidence.PROVEN,
        when=_creating,
        focus=lambda evidence: evidence.finding(Code.ADMIN_INSTANCE_NOT_READY),
        cites=_CITES,
    ),
    Rule(
        cause=Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,
        explains=(*_BROKEN, Code.ADMIN_INSTANCE_NOT_READY),
        confidence=Confidence.LIKELY,
        when=lambda evidence: evidence.found(Code.ADMIN_INSTANCE_NOT_READY),
        focus=lambda evidence: evidence.finding(Code.ADMIN_INSTANCE_NOT_READY),
        cites=_CITES,
    ),
    Rule(
        cause=Cause.INSTANCE_CONNECTOR_REQUIRED,
        explains=(
            Code.TCP_CONNECT_SILENT,
            Code.TCP_CONNECT_REFUSED,
            *groups.ending(["closed", "reset"], "tls.handshake", "postgres.startup"),
        ),
        confidence=Confidence.PROVEN,
        when=_connector_enforced,
        cites=(CheckId.ADMIN_INSTANCE, CheckId.EGRESS_INSTANCE),
    ),
)
