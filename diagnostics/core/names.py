"""The real names that remedies use, as far as a run learned them."""

from msgspec.structs import replace

from diagnostics.core.capacity import slots
from diagnostics.core.codes import CheckId
from diagnostics.core.evidence import Evidence
from diagnostics.core.facts import (
    AdminInstance,
    EgressInstance,
    IdentityAccount,
    MetadataServer,
    PostgresCapacity,
    RunRevision,
)
from diagnostics.core.findings import Code
from diagnostics.core.instance import IAM_SUFFIX, login_name
from diagnostics.core.learned import Names
from diagnostics.core.model import Finding, PlatformKind, SettingName, Target
from diagnostics.core.observed import Reach
from diagnostics.core.rules import groups
from diagnostics.core.rules.config import hidden_in
from diagnostics.core.rules.groups import HIDDEN_CHARACTERS
from diagnostics.core.rules.signs import dialled, named_addresses

_USER = "USER"
"""How every family of variables ends the name of its user: POSTGRES_USER, DB_USER, PGUSER."""

_RESOURCES = {
    PlatformKind.CLOUD_RUN_JOB: "jobs",
    PlatformKind.CLOUD_RUN_WORKER_POOL: "worker-pools",
}
"""gcloud's nouns under ``gcloud run``; everything else is a service."""


def names_of(evidence: Evidence, focus: Finding | None = None, setting: SettingName | None = None) -> Names:
    """Names for one remedy: ``focus`` is what it is about, ``setting`` the part of the target that it changes.

    Values are stripped of the white space they may have by mistake: a command must hold the right name.
    """
    target = evidence.target
    instance = target.instance if target else None
    metadata = evidence.fact(MetadataServer)
    account = evidence.fact(IdentityAccount)
    attempts = dialled(evidence)
    address = attempts[-1].address if attempts else ""
    room, instances = _room(evidence)
    return Names(
        project=instance.project if instance else (metadata.project if metadata else ""),
        region=metadata.region if metadata else "",
        instance=instance.name if instance else "",
        instance_name=str(instance) if instance else "",
        right_name=_right_name(evidence, target),
        service=evidence.platform.service,
        resource=_RESOURCES.get(evidence.platform.kind, "services"),
        service_account=account.email if account else "",
        login_name=_login_name(account, target),
        database=target.database.strip() if target else "",
        user=target.user.strip() if target else "",
        host=target.host.strip() if target else "",
        address=address,
        v6_address=address if ":" in address else "",
        instance_address=next((each for each in named_addresses(evidence) if each not in _deaf(evidence)), ""),
        port=str(attempts[-1].port if attempts else target.port) if target else "",
        setting=_variable(evidence, focus, setting),
        also_settings=", ".join(_alike(evidence, focus)),
        host_setting=_variable(evidence, None, SettingName.HOST),
        other=focus.other.strip() if focus else "",
        slots=str(room or ""),
        max_instances=str(instances or ""),
        per_instance=str(room // instances) if room and instances else "",
        consumer=_consumer(focus) or (instance.project if instance else ""),
    )


def _right_name(evidence: Evidence, target: Target | None) -> str:
    """Known where only the region of the configured name is wrong."""
    wrong = evidence.finding(*groups.ending(["region_mismatch"], "admin."))
    if wrong is None or target is None or target.instance is None:
        return ""
    return str(replace(target.instance, region=wrong.other))


def _deaf(evidence: Evidence) -> frozenset[str]:
    """Addresses of the instance at which nothing answered in this run: nobody is sent there."""
    fact = evidence.fact(EgressInstance)
    attempts = fact.attempts if fact else ()
    open_ = {attempt.address for attempt in attempts if attempt.reach is Reach.OPEN}
    return frozenset(attempt.address for attempt in attempts) - open_


def _room(evidence: Evidence) -> tuple[int, int]:
    """Connection slots of the server, and instances that may share them; 0 where unknown."""
    revision = evidence.fact(RunRevision)
    room = slots(evidence.fact(PostgresCapacity), evidence.fact(AdminInstance))
    return room, revision.max_instances if revision else 0


def _login_name(account: IdentityAccount | None, target: Target | None) -> str:
    """Of the container's own account where it is one, else of the user with its suffix."""
    if account is not None and account.email.endswith(IAM_SUFFIX):
        return login_name(account.email)
    return login_name(target.user.strip()) if target and target.user.endswith(IAM_SUFFIX) else ""


def _consumer(focus: Finding | None) -> str:
    """Google names the project whose API it means as ``projects/NUMBER``."""
    prefix = "projects/"
    return focus.other.removeprefix(prefix) if focus is not None and focus.other.startswith(prefix) else ""


def _variable(evidence: Evidence, focus: Finding | None, setting: SettingName | None) -> str:
    """The variable that holds the value to change: named by a remark about it, else by its origin."""
    if focus is not None and focus.code.check in (CheckId.CONFIG_TARGET, CheckId.CONFIG_HYGIENE):
        return focus.about
    if focus is not None and focus.code is Code.POSTGRES_AUTH_NO_PASSWORD:
        return _sibling(evidence.origin(SettingName.USER))
    source = evidence.origin(setting) if setting else ""
    return "" if source == "default" else source


def _alike(evidence: Evidence, focus: Finding | None) -> dict[str, None]:
    """Whoever stores one secret with echo stores all of them so."""
    if focus is None or focus.code not in HIDDEN_CHARACTERS:
        return {}
    return dict.fromkeys(about for about in hidden_in(evidence).values() if about != focus.about)


def _sibling(user: str) -> str:
    """The variable that would hold the password, beside the one that holds the user."""
    return f"{user.removesuffix(_USER)}PASSWORD" if user.endswith(_USER) else ""
