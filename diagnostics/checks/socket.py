"""Row 8: the socket directory against what the target asks for, by connecting and not by listing alone."""

from pathlib import PurePosixPath

from diagnostics.check import Env, check
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import Facts, SocketMount
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, InstanceName, Route
from diagnostics.core.observed import Attempt, Reach
from diagnostics.core.outcome import Outcome, failed, passed
from diagnostics.ports import Endpoint, PathKind

LIMIT = 1.0
"""Seconds to connect to a unix socket: the kernel answers at once unless the backlog is full."""

_CODES = {
    Reach.REFUSED: Code.SOCKET_MOUNT_REFUSED,
    Reach.PERMISSION_DENIED: Code.SOCKET_MOUNT_PERMISSION_DENIED,
    Reach.NOT_A_SOCKET: Code.SOCKET_MOUNT_NOT_A_SOCKET,
}


@check(
    CheckId.SOCKET_MOUNT,
    title="The instance's socket is mounted and takes connections",
    timeout=LIMIT + 0.5,
    on_timeout=None,
    requires=(CheckId.CONFIG_TARGET,),
    applies=lambda env: env.resolution.target is None or env.target.route is Route.SOCKET,
)
async def socket_mount(env: Env, facts: Facts) -> Outcome:
    directory = PurePosixPath(env.target.host)
    path = f"{env.target.host}/.s.PGSQL.{env.target.port}"
    (attempt,) = await env.network.connect_all((Endpoint(address=path),), LIMIT)
    attached = tuple(name for name in env.files.names(directory.parent) if InstanceName.parse(name))
    fact = SocketMount(directory=str(directory.parent), path=path, attached=attached, attempt=attempt)
    # A full backlog is a listener that is busy; the ladder finds out whether it ever answers.
    if attempt.reach in (Reach.OPEN, Reach.SILENT):
        return passed(fact)
    return failed(
        fact, Finding(code=_code(env, attempt, directory, attached), about=env.target.host, other=", ".join(attached))
    )


def _code(env: Env, attempt: Attempt, directory: PurePosixPath, attached: tuple[str, ...]) -> Code:
    kind = env.files.kind(directory)
    if kind is PathKind.FORBIDDEN:
        return Code.SOCKET_MOUNT_PERMISSION_DENIED
    if kind in (PathKind.FILE, PathKind.SOCKET):
        return Code.SOCKET_MOUNT_NOT_A_DIRECTORY
    if kind is PathKind.DIRECTORY and attempt.reach in _CODES:
        return _CODES[attempt.reach]
    return (
        Code.SOCKET_MOUNT_OTHER_INSTANCE_MOUNTED
        if attached and directory.name not in attached
        else Code.SOCKET_MOUNT_NOT_MOUNTED
    )
