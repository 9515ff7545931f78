"""Row 8: the socket against what the target asks for, by connecting and not by listing alone.

Where it is missing, what is there instead is looked at: a path that is wrong is not an instance that is not attached.
"""

import re
from pathlib import PurePosixPath

from diagnostics.check import Env, check
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import Facts, SocketMount
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, InstanceName, Route
from diagnostics.core.observed import Reach
from diagnostics.core.outcome import Outcome, failed, passed
from diagnostics.ports import Endpoint, Files, PathKind

LIMIT = 1.0
"""Seconds to connect to a unix socket: the kernel answers at once unless the backlog is full."""

_CODES = {
    Reach.REFUSED: Code.SOCKET_MOUNT_REFUSED,
    Reach.PERMISSION_DENIED: Code.SOCKET_MOUNT_PERMISSION_DENIED,
    Reach.NOT_A_SOCKET: Code.SOCKET_MOUNT_NOT_A_SOCKET,
}

_IN_PLACE_OF_THE_DIRECTORY = {
    PathKind.FORBIDDEN: Code.SOCKET_MOUNT_PERMISSION_DENIED,
    PathKind.FILE: Code.SOCKET_MOUNT_NOT_A_DIRECTORY,
    PathKind.SOCKET: Code.SOCKET_MOUNT_NAME_DOUBLED,
}

_SOCKET_FILE = re.compile(r"\.s\.PGSQL\.\d+")
"""How PostgreSQL names the file: by its port, on a socket, too (documentation of unix_socket_directories)."""


@check(
    CheckId.SOCKET_MOUNT,
    title="The instance's socket is mounted and takes connections",
    timeout=LIMIT + 0.5,
    on_timeout=None,
    requires=(CheckId.CONFIG_TARGET,),
    applies=lambda env: env.resolution.target is None or env.target.route is Route.SOCKET,
)
async def socket_mount(env: Env, facts: Facts) -> Outcome:
    directory, platforms = PurePosixPath(env.target.host), PurePosixPath(env.options.socket_directory)
    path = f"{env.target.host}/.s.PGSQL.{env.target.port}"
    (attempt,) = await env.network.connect_all((Endpoint(address=path),), LIMIT)
    home = _home(env.files, directory, platforms)
    attached = _instances(env.files, home)
    fact = SocketMount(directory=str(home), path=path, attached=attached, attempt=attempt)
    # A full backlog is a listener that is busy; the ladder finds out whether it ever answers.
    if attempt.reach in (Reach.OPEN, Reach.SILENT):
        return passed(fact)
    return failed(fact, _there(env, fact, directory) or _missing(env, fact, directory))


def _home(files: Files, directory: PurePosixPath, platforms: PurePosixPath) -> PurePosixPath:
    """Where the instances' directories are: that of the path, or the platform's own."""
    near = (directory.parent, directory, platforms)
    return next((each for each in near if _instances(files, each)), directory.parent)


def _instances(files: Files, directory: PurePosixPath) -> tuple[str, ...]:
    return tuple(name for name in files.names(directory) if InstanceName.parse(name))


def _sockets(files: Files, directory: PurePosixPath) -> tuple[str, ...]:
    """Names of PostgreSQL's sockets in a directory, whatever their port."""
    names = (name for name in files.names(directory) if _SOCKET_FILE.fullmatch(name))
    return tuple(name for name in names if files.kind(directory / name) is PathKind.SOCKET)


def _there(env: Env, fact: SocketMount, directory: PurePosixPath) -> Finding | None:
    """What is wrong with what is at the path; None where nothing is there."""
    where, kind = env.target.host, env.files.kind(directory)
    if kind in _IN_PLACE_OF_THE_DIRECTORY:
        right = str(directory.parent) if kind is PathKind.SOCKET else ""
        return Finding(code=_IN_PLACE_OF_THE_DIRECTORY[kind], about=where, other=right)
    if kind is not PathKind.DIRECTORY or fact.attempt.reach not in _CODES:
        return None
    if env.files.kind(PurePosixPath(fact.path)) is PathKind.DIRECTORY:
        return Finding(code=Code.SOCKET_MOUNT_DIRECTORY_DIALLED, about=fact.path)
    return Finding(code=_CODES[fact.attempt.reach], about=where)


def _missing(env: Env, fact: SocketMount, directory: PurePosixPath) -> Finding:
    """What is there instead, the nearest first."""
    beside = _sockets(env.files, directory)
    if beside:
        return Finding(code=Code.SOCKET_MOUNT_OTHER_PORT, about=fact.path, other=", ".join(beside))
    where = env.target.host
    others = ", ".join(name for name in fact.attached if name != directory.name)
    if directory == PurePosixPath(env.options.socket_directory) or _instances(env.files, directory):
        return Finding(code=Code.SOCKET_MOUNT_NO_INSTANCE_NAME, about=where, other=others)
    right = _right_place(env, fact, directory)
    if right:
        return Finding(code=Code.SOCKET_MOUNT_ELSEWHERE, about=where, other=right)
    code = Code.SOCKET_MOUNT_OTHER_INSTANCE_MOUNTED if others else Code.SOCKET_MOUNT_NOT_MOUNTED
    return Finding(code=code, about=where, other=others)


def _right_place(env: Env, fact: SocketMount, directory: PurePosixPath) -> str:
    """The directory in which the socket that is meant can be seen, empty where none can."""
    if _sockets(env.files, directory.parent):
        return str(directory.parent)
    named = {part.strip().lower() for part in directory.parts if ":" in part}
    meant = named or ({str(env.target.instance)} if env.target.instance else set())
    fitting = [name for name in fact.attached if name in meant or not meant]
    right = f"{fact.directory}/{fitting[0]}" if len(fitting) == 1 else ""
    return "" if right == str(directory) else right
