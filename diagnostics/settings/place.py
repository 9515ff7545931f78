"""Where the database is: host, port, instance, and the route that they mean."""

from collections.abc import Iterator, Mapping

from diagnostics.core.candidates import Engine
from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, InstanceName, Route, SettingName, Value
from diagnostics.settings import hygiene, values
from diagnostics.settings.model import Meaning, Sourced

DEFAULT_HOST = "localhost"
"""What drivers take where no host is given: the silent fallback that looks like a refused connection."""
_ALLOYDB = (".alloydb-psc.goog", ".alloydb.goog")
"""Zones of AlloyDB's own names: PSC endpoints, and those that its certificates carry."""
_PORTS = {Engine.MYSQL: 3306, Engine.SQLSERVER: 1433}


class Place(Value, frozen=True, kw_only=True):
    """A way to the database, and what is wrong or odd about it."""

    route: Route
    host: str = ""
    port: int = hygiene.USUAL_PORT
    instance: InstanceName | None = None
    problems: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = ()


Used = Mapping[SettingName, Sourced]


def place_of(meaning: Meaning, used: Used, named: Sourced | None, wanted: Route | None, socket_directory: str) -> Place:
    """What was wanted; else what the form says; else by host: under ``/`` the socket, any other direct.

    An instance connection name without a host is the connector's. ``named`` is one that stands beside the claim, and
    ``wanted`` the route that somebody chose.
    """
    host, given = used.get(SettingName.HOST), used.get(SettingName.INSTANCE)
    route = wanted or meaning.route
    of_host = instance_of_socket(host.raw) if host else None
    if wanted is Route.CONNECTOR and given is None and of_host:
        return Place(route=Route.CONNECTOR, instance=of_host)
    beside = given or named
    if host and beside and _is_directory(host, socket_directory) and wanted is not Route.CONNECTOR:
        return _at_instance(beside, socket_directory, socket=True)
    socket = host is not None and host.raw.startswith("/")
    if given and (route is Route.CONNECTOR or not host or (wanted is Route.SOCKET and not socket)):
        return _at_instance(given, socket_directory, socket=route is Route.SOCKET)
    if wanted and (wanted is Route.CONNECTOR or host is None or socket is not (wanted is Route.SOCKET)):
        missing = SettingName.INSTANCE if wanted is Route.CONNECTOR else SettingName.HOST
        problem = Finding(code=Code.CONFIG_TARGET_MISSING, about=meaning.name_of(missing), other=missing.value)
        return Place(route=wanted, problems=(problem,))
    if host:
        return _at_host(meaning, used, host, given or named)
    about = meaning.name_of(SettingName.HOST)
    fallback = Finding(code=Code.CONFIG_HYGIENE_LOCAL_FALLBACK, about=about, other=SettingName.HOST.value)
    port, problems = _port(meaning, used, "")
    return Place(route=Route.DIRECT, host=DEFAULT_HOST, port=port, problems=problems, remarks=(fallback,))


def _is_directory(host: Sourced, socket_directory: str) -> bool:
    """Of all sockets, to which the app adds an instance. Under a host's name it is one that ended too early."""
    return "dir" in host.source.lower() and host.raw.rstrip("/") == socket_directory


def _at_instance(given: Sourced, socket_directory: str, *, socket: bool) -> Place:
    text = given.raw
    instance = InstanceName.parse(text)
    remarks = hygiene.remarks_on(given.source, given.setting, text)
    if instance is None:
        problem = Finding(code=Code.CONFIG_TARGET_INSTANCE_NAME_MALFORMED, about=given.source)
        return Place(route=Route.CONNECTOR, problems=(problem,), remarks=remarks)
    if not socket:
        return Place(route=Route.CONNECTOR, instance=instance, remarks=remarks)
    host = f"{socket_directory}/{text}"
    too_long = _path_problem(given.source, host, hygiene.USUAL_PORT)
    return Place(route=Route.SOCKET, host=host, instance=instance, problems=too_long, remarks=remarks)


def _at_host(meaning: Meaning, used: Used, given: Sourced, named: Sourced | None) -> Place:
    text = given.raw
    host = values.first_host(text)
    problem = values.host_problem(host)
    if problem:
        refused = Finding(code=problem, about=given.source, other=SettingName.HOST.value)
        return Place(route=Route.DIRECT, problems=(refused, *_port(meaning, used, "")[1]))
    takes_file = meaning.driver is not None and meaning.driver.takes_socket_file
    directory, file_port = values.split_socket_file(host) if takes_file and host.startswith("/") else (host, "")
    port, problems = _port(meaning, used, file_port)
    remarks = tuple(_remarks(given, text, host, port, takes_file=takes_file))
    if not host.startswith("/"):
        instance = InstanceName.parse(host.strip()) or (InstanceName.parse(named.raw.strip()) if named else None)
        return Place(route=Route.DIRECT, host=host, port=port, instance=instance, problems=problems, remarks=remarks)
    return Place(
        route=Route.SOCKET,
        host=directory,
        port=port,
        instance=instance_of_socket(directory),
        problems=(*problems, *_path_problem(given.source, directory, port)),
        remarks=remarks,
    )


def engine_at(host: str) -> Engine | None:
    """The engine that only a host's name tells."""
    return Engine.ALLOYDB if host.strip().rstrip(".").lower().endswith(_ALLOYDB) else None


def instance_of_socket(host: str) -> InstanceName | None:
    """The instance that a socket's directory is named after; what it is used for does no harm if a blank is cut."""
    directory, _ = values.split_socket_file(host.strip())
    return InstanceName.parse(directory.rstrip("/").rpartition("/")[2])


def _remarks(given: Sourced, text: str, host: str, port: int, *, takes_file: bool) -> Iterator[Finding]:
    yield from hygiene.remarks_on_host(given.source, host, port, takes_file=takes_file)
    if host != text:
        yield Finding(code=Code.CONFIG_HYGIENE_SEVERAL_HOSTS, about=given.source, other=SettingName.HOST.value)


def _port(meaning: Meaning, used: Used, in_file: str) -> tuple[int, tuple[Finding, ...]]:
    """The port; that of a socket's file comes first, then the setting, of which the first of several counts."""
    usual = _PORTS.get(meaning.engine or Engine.POSTGRES, hygiene.USUAL_PORT)
    given = used.get(SettingName.PORT)
    text = in_file or (given.raw.split(",", 1)[0] if given else "")
    problem = values.port_problem(text) if text else None
    if problem is None:
        return values.port_of(text) or usual, ()
    about = meaning.name_of(SettingName.PORT) if in_file or not given else given.source
    return usual, (Finding(code=problem, about=about, other=SettingName.PORT.value),)


def _path_problem(source: str, directory: str, port: int) -> tuple[Finding, ...]:
    if not values.socket_path_too_long(directory, port):
        return ()
    return (Finding(code=Code.CONFIG_TARGET_SOCKET_PATH_TOO_LONG, about=source, other=SettingName.HOST.value),)
