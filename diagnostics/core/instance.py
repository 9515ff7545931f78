"""What an instance's connect settings mean to a client."""

from diagnostics.core.facts import AdminConnectSettings
from diagnostics.core.model import InstanceName, IpType

PSC_SUFFIX = ".sql-psc.goog"
"""Names under it are preferred by Google's connectors where an instance has several."""

PROXY_PORT = 3307
"""Where the server-side proxy listens for connectors and for the mounted socket, whatever the engine."""

IAM_SUFFIX = ".gserviceaccount.com"
"""What PostgreSQL's user name of a service account lacks, against its e-mail address."""

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - a place to connect to
"""The container itself: never an address of an instance."""


def addresses_of(settings: AdminConnectSettings, ip_type: IpType) -> tuple[str, ...]:
    """The instance's addresses of one type; the last of a type wins in Google's connectors, so it is the only one."""
    found = [entry.address for entry in settings.addresses if entry.ip_type is ip_type]
    return tuple(found[-1:])


def psc_name(settings: AdminConnectSettings) -> str:
    """The DNS name of the Private Service Connect endpoint, empty where the instance has none."""
    if not settings.psc_enabled:
        return ""
    preferred = sorted(settings.dns_names, key=lambda name: not name.endswith(PSC_SUFFIX))
    return preferred[0] if preferred else ""


def belongs_to(instance: InstanceName, dns_names: tuple[str, ...], names: tuple[str, ...], common_name: str) -> bool:
    """Whether a certificate is the instance's: a DNS name of it as SAN, else ``project:instance`` as common name.

    Source: the Go connector's verification, SAN first, then common name.
    """
    expected = {name.rstrip(".").lower() for name in dns_names}
    served = {name.rstrip(".").lower() for name in names}
    return bool(expected & served) or common_name == f"{instance.project}:{instance.name}"


def login_name(email: str) -> str:
    """PostgreSQL's user name of a service account."""
    return email.removesuffix(IAM_SUFFIX)


def api_path(endpoint: str, instance: InstanceName) -> str:
    """The instance's resource in the Admin API; v1beta4 is the version Google's connectors call."""
    return f"{endpoint}/sql/v1beta4/projects/{instance.project}/instances/{instance.name}"
