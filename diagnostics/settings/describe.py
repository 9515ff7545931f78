"""What ``cloudsql-diag config`` shows: each effective value with its source."""

from collections.abc import Iterator

from diagnostics.core.model import Resolution, Route, SettingName, Target
from diagnostics.core.report import Setting
from diagnostics.settings.hygiene import visible
from diagnostics.settings.validate import DEFAULT


def describe(resolution: Resolution) -> tuple[Setting, ...]:
    """The effective values, secrets as ``***``; of settings that gave no target, what was given and may be shown."""
    target = resolution.target
    if target is None:
        return tuple(
            Setting(name=origin.setting.value, value=origin.shown, source=origin.source)
            for origin in resolution.origins
        )
    return tuple(_effective(target))


def _effective(target: Target) -> Iterator[Setting]:
    """In the order of the settings; the URL itself and what the route does not use are left out."""
    given = {origin.setting: origin for origin in target.origins}
    yield Setting(name="route", value=target.route.value, source=_route_source(target))
    for setting, value in _values(target):
        by_url = setting is SettingName.DIALECT and target.url is not None
        source = given[setting].source if setting in given else target.origins[0].source if by_url else DEFAULT
        yield Setting(name=setting.value, value=value, source=source)


def _route_source(target: Target) -> str:
    known = {origin.setting: origin.source for origin in target.origins}
    by_host = SettingName.HOST in known
    return known.get(SettingName.HOST if by_host else SettingName.INSTANCE, DEFAULT)


def _values(target: Target) -> Iterator[tuple[SettingName, str]]:
    given = {origin.setting for origin in target.origins}
    if target.route is not Route.CONNECTOR:
        yield SettingName.HOST, visible(target.host)
        yield SettingName.PORT, str(target.port)
    if target.instance:
        yield SettingName.INSTANCE, str(target.instance)
    yield SettingName.DATABASE, visible(target.database)
    yield SettingName.USER, visible(target.user)
    if target.password:
        yield SettingName.PASSWORD, "***"
    yield SettingName.LOGIN, target.login.value
    yield SettingName.DIALECT, target.dialect.value
    if target.route is Route.CONNECTOR:
        yield SettingName.IP_TYPE, target.ip_type.value
    if target.route is Route.DIRECT:
        yield SettingName.TLS_MODE, target.tls.value
        certificates = {
            SettingName.ROOT_CERT: target.root_cert,
            SettingName.CLIENT_CERT: target.client_cert,
            SettingName.CLIENT_KEY: target.client_key,
        }
        yield from ((setting, visible(path)) for setting, path in certificates.items() if setting in given)
