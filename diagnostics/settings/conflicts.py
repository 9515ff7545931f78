"""Two families that name different targets: the app may read the other one."""

from collections.abc import Iterable, Iterator

from diagnostics.core.findings import Code
from diagnostics.core.model import Finding, InstanceName, SettingName
from diagnostics.settings.families import IDENTITY
from diagnostics.settings.model import Draft, Given
from diagnostics.settings.place import instance_of_socket


def conflicts(chosen: Draft, others: Iterable[Draft], instances: tuple[Given, ...]) -> tuple[Finding, ...]:
    """A remark for each pair of sources that name another host, database, user or instance. Sources only, no values.

    Of a URL that is rejected nothing is compared: what looks like its host may be a piece of the password.
    """
    if chosen.rejected:
        return ()
    found = (*_families(chosen, others), *_instances(chosen, instances))
    return tuple(dict.fromkeys(found))


def _families(chosen: Draft, others: Iterable[Draft]) -> Iterator[Finding]:
    for other in others:
        for setting in sorted(IDENTITY):
            ours, theirs = chosen.given(setting), other.given(setting)
            if not other.rejected and ours and theirs and _meaning(ours) != _meaning(theirs):
                yield _conflict(ours, theirs)


def _instances(chosen: Draft, instances: tuple[Given, ...]) -> Iterator[Finding]:
    """A socket is named after its instance; an address is not, so nothing can be said of one."""
    host = chosen.given(SettingName.HOST)
    of_socket = instance_of_socket(host.text.reveal()) if host else None
    first = chosen.given(SettingName.INSTANCE) or (None if host else next(iter(instances), None))
    for given in instances:
        named = InstanceName.parse(given.text.reveal().strip())
        if host and of_socket and named and of_socket != named:
            yield _conflict(host, given)
        if first and _meaning(first) != _meaning(given):
            yield _conflict(first, given)


def _meaning(given: Given) -> str:
    """What is compared: a blank at an end is a remark of its own, and case means nothing in a host."""
    text = given.text.reveal().strip()
    if given.setting is not SettingName.HOST:
        return text
    instance = instance_of_socket(text)
    return str(instance) if instance else text.rstrip(".").lower()


def _conflict(ours: Given, theirs: Given) -> Finding:
    return Finding(code=Code.CONFIG_HYGIENE_CONFLICTING_SETTINGS, about=ours.source, other=theirs.source)
