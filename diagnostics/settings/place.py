"""Where the database is: host, port, instance, and the route that they mean."""

from collections.abc import Iterator

from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, InstanceName, Route, SettingName, Value
from diagnostics.settings import hygiene, values
from diagnostics.settings.model import Draft, Given

DEFAULT_HOST = "localhost"
"""What drivers take where no host is given: the silent fallback that looks like a refused connection."""
DEFAULT_PORT = 5432


class Place(Value, frozen=True, kw_only=True):
    """A way to the database, and what is wrong or odd about it."""

    route: Route
    host: str = ""
    port: int = DEFAULT_PORT
    instance: InstanceName | None = None
    problems: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = ()


def place_of(draft: Draft, named: Given | None, socket_directory: str, mounted: frozenset[str]) -> Place:
    """Host under ``/``: socket. An instance without host: socket where it is mounted, else connector. Else direct.

    ``named`` is the instance connection name beside the family; ``mounted`` are the names whose socket is there.
    """
    host = draft.given(SettingName.HOST)
    if host:
        return _at_host(draft, host, named)
    if named:
        return _at_instance(named, socket_directory, mounted)
    about = draft.name_of(SettingName.HOST)
    fallback = Finding(code=Code.CONFIG_HYGIENE_LOCAL_FALLBACK, about=about, other=SettingName.HOST.value)
    port, problems = _port(draft, "")
    return Place(route=Route.DIRECT, host=DEFAULT_HOST, port=port, problems=problems, remarks=(fallback,))


def _at_instance(named: Given, socket_directory: str, mounted: frozenset[str]) -> Place:
    text = named.text.reveal()
    instance = InstanceName.parse(text)
    remarks = hygiene.remarks_on(named.source, named.setting, text)
    if instance is None:
        problem = Finding(code=Code.CONFIG_TARGET_INSTANCE_NAME_MALFORMED, about=named.source)
        return Place(route=Route.CONNECTOR, problems=(problem,), remarks=remarks)
    if text in mounted:
        host = f"{socket_directory}/{text}"
        too_long = _path_problem(named.source, host, DEFAULT_PORT)
        return Place(route=Route.SOCKET, host=host, instance=instance, problems=too_long, remarks=remarks)
    return Place(route=Route.CONNECTOR, instance=instance, remarks=remarks)


def _at_host(draft: Draft, given: Given, named: Given | None) -> Place:
    text = given.text.reveal()
    host = values.first_host(text)
    problem = values.host_problem(host)
    if problem:
        refused = Finding(code=problem, about=given.source, other=SettingName.HOST.value)
        return Place(route=Route.DIRECT, problems=(refused, *_port(draft, "")[1]))
    remarks = tuple(_remarks(draft, given, text, host))
    if host.startswith("/"):
        return _at_socket(draft, given, host, remarks)
    port, problems = _port(draft, "")
    instance = InstanceName.parse(host.strip()) or (InstanceName.parse(named.text.reveal().strip()) if named else None)
    return Place(route=Route.DIRECT, host=host, port=port, instance=instance, problems=problems, remarks=remarks)


def _at_socket(draft: Draft, given: Given, host: str, remarks: tuple[Finding, ...]) -> Place:
    directory, file_port = values.split_socket_file(host) if _takes_file(draft) else (host, "")
    port, problems = _port(draft, file_port)
    return Place(
        route=Route.SOCKET,
        host=directory,
        port=port,
        instance=instance_of_socket(directory),
        problems=(*problems, *_path_problem(given.source, directory, port)),
        remarks=remarks,
    )


def instance_of_socket(host: str) -> InstanceName | None:
    """The instance that a socket's directory is named after; what it is used for does no harm if a blank is cut."""
    directory, _ = values.split_socket_file(host.strip())
    return InstanceName.parse(directory.rstrip("/").rpartition("/")[2])


def _takes_file(draft: Draft) -> bool:
    return draft.driver is not None and draft.driver.takes_socket_file


def _remarks(draft: Draft, given: Given, text: str, host: str) -> Iterator[Finding]:
    for remark in hygiene.remarks_on_host(given.source, host):
        if remark.code is not Code.CONFIG_HYGIENE_DOUBLED_SOCKET_NAME or not _takes_file(draft):
            yield remark
    if host != text:
        yield Finding(code=Code.CONFIG_HYGIENE_SEVERAL_HOSTS, about=given.source, other=SettingName.HOST.value)


def _port(draft: Draft, in_file: str) -> tuple[int, tuple[Finding, ...]]:
    """The port; that of a socket's file comes first, then the setting, of which the first of several counts."""
    given = draft.given(SettingName.PORT)
    text = in_file or (given.text.reveal().split(",", 1)[0] if given else "")
    port = values.port_of(text) if text else DEFAULT_PORT
    if port is not None:
        return port, ()
    about = draft.name_of(SettingName.PORT) if in_file or not given else given.source
    return DEFAULT_PORT, (Finding(code=Code.CONFIG_TARGET_BAD_PORT, about=about, other=SettingName.PORT.value),)


def _path_problem(source: str, directory: str, port: int) -> tuple[Finding, ...]:
    if not values.socket_path_too_long(directory, port):
        return ()
    return (Finding(code=Code.CONFIG_TARGET_SOCKET_PATH_TOO_LONG, about=source, other=SettingName.HOST.value),)
