"""Builds the lists of the Admin API from the world: users, databases, operations."""

from enum import StrEnum

from diagnostics.lab.resources import Database, Listing, Operation, User
from diagnostics.lab.world import InstanceState, Value, World

CREATED = "2025-03-11T09:24:17.218Z"
"""When the instance was made; any time in the past will do."""


class Link(StrEnum):
    """Prefix of ``selfLink``, one a version of the API."""

    V1 = "https://sqladmin.googleapis.com/v1"
    V1BETA4 = "https://sqladmin.googleapis.com/sql/v1beta4"


def instance_link(world: World, link: Link) -> str:
    """Where the instance is found in this version of the API."""
    return f"{link}/projects/{world.project}/instances/{world.instance}"


def etag(name: str) -> str:
    """Opaque to clients; one a thing is enough."""
    return f"lab-{name}"


def users(world: World, _link: Link) -> Listing:
    """The users that were made on the instance: one with a password, the service account, the administrator."""
    plain = [_user(world, name) for name in (world.user, "postgres")]
    accounts = (f"{user}.gserviceaccount.com" for user in world.iam_users)
    iam = (
        _user(world, user, type_="CLOUD_IAM_SERVICE_ACCOUNT", email=account)
        for user, account in zip(world.iam_users, accounts, strict=True)
    )
    return Listing(kind="sql#usersList", items=(*plain, *iam))


def databases(world: World, link: Link) -> Listing:
    """The app's database and PostgreSQL's own."""
    return Listing(
        kind="sql#databasesList", items=tuple(_database(world, link, name) for name in ("postgres", world.database))
    )


class _Deed(Value, frozen=True, kw_only=True):
    """Something that was done to the instance."""

    kind: str
    status: str = "DONE"
    begin: str
    end: str = ""


_CREATION = _Deed(kind="CREATE", begin=CREATED, end="2025-03-11T09:31:02.660Z")

_MAINTENANCE = _Deed(kind="MAINTENANCE", status="RUNNING", begin="2026-02-03T08:11:46.412Z")


def operations(world: World, link: Link) -> Listing:
    """What was done to the instance so far, the last first; maintenance that goes on has no end."""
    deeds = (_MAINTENANCE, _CREATION) if world.state is InstanceState.MAINTENANCE else (_CREATION,)
    return Listing(kind="sql#operationsList", items=tuple(_operation(world, link, deed) for deed in deeds))


def _operation(world: World, link: Link, deed: _Deed) -> Operation:
    name = f"8f0a4f6e-5d2b-4c1e-9a37-b62d{len(deed.kind):08d}"
    return Operation(
        kind="sql#operation",
        name=name,
        operation_type=deed.kind,
        status=deed.status,
        user=f"admin@{world.project}.example",
        insert_time=deed.begin,
        start_time=deed.begin,
        end_time=deed.end,
        target_id=world.instance,
        target_project=world.project,
        target_link=instance_link(world, link),
        self_link=f"{link}/projects/{world.project}/operations/{name}",
    )


def _user(world: World, name: str, *, type_: str = "", email: str = "") -> User:
    return User(
        kind="sql#user",
        name=name,
        host="",
        instance=world.instance,
        project=world.project,
        etag=etag(name),
        type=type_,
        iam_status="ACTIVE" if type_ else "",
        iam_email=email,
    )


def _database(world: World, link: Link, name: str) -> Database:
    return Database(
        kind="sql#database",
        name=name,
        charset="UTF8",
        collation="en_US.UTF8",
        instance=world.instance,
        project=world.project,
        self_link=f"{instance_link(world, link)}/databases/{name}",
        etag=etag(name),
    )
