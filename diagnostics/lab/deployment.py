"""What the app's revision is configured with, and the environment that makes."""

import ipaddress
from enum import StrEnum
from typing import Self
from urllib.parse import quote

import msgspec

from diagnostics.lab.addresses import Addresses
from diagnostics.lab.world import IpType, Login, Route, Value, Workload, World

POSTGRES_PORT = 5432
"""Where a Cloud SQL instance speaks PostgreSQL; the socket's file name carries it, too."""

CONNECTOR_PORT = 3307
"""Where the server-side proxy of a Cloud SQL instance listens, whatever the engine."""


class Form(StrEnum):
    """How the app is told: one variable a setting, or one URL."""

    VARIABLES = "variables"
    URL = "url"


class Encoding(StrEnum):
    """What stands in the URL for characters that a URL reserves."""

    PERCENT = "percent"
    NONE = "none"


class Surroundings(Value, frozen=True, kw_only=True):
    """Where a running lab is: what faults need in order to write a wrong setting that still points into the lab."""

    addresses: Addresses
    socket_dir: str
    server_ca_file: str
    """The instance's authorities."""
    web_ca_file: str
    """The authorities that the rest of the world has its certificates from."""
    world: World
    proxy_port: int
    """Where a proxy beside the app listens, on 127.0.0.1."""


class Deployment(Value, frozen=True, kw_only=True):
    """The settings of the app. Empty strings are not written."""

    route: Route
    login: Login
    form: Form = Form.VARIABLES
    encoding: Encoding = Encoding.PERCENT
    scheme: str = "postgresql"
    host: str = ""
    port: str = ""
    database: str
    user: str
    password: str = ""
    instance: str
    query: tuple[tuple[str, str], ...] = ()
    """Query parameters of the URL."""
    suffixes: tuple[tuple[str, str], ...] = ()
    """What got appended to a variable by accident: its name, the characters."""
    extra: tuple[tuple[str, str], ...] = ()
    """Variables of another family."""

    @classmethod
    def healthy(cls, world: World, around: Surroundings, route: Route, login: Login) -> Self:
        """The settings that work."""
        only_by_name = world.ip_types == (IpType.PSC,)
        host = {
            Route.SOCKET: f"{around.socket_dir}/{world.connection_name}",
            Route.DIRECT: world.psc_name if only_by_name else around.addresses.direct(world),
            Route.CONNECTOR: "",
        }[route]
        # Connectors take the public address unless they are told; Google's samples call the variable so.
        told = route is Route.CONNECTOR and IpType.PRIMARY not in world.ip_types
        return cls(
            route=route,
            login=login,
            host=host,
            port=str(POSTGRES_PORT) if route is Route.DIRECT else "",
            database=world.database,
            user=world.iam_user if login is Login.IAM else world.user,
            password="" if login is Login.IAM else world.password,
            instance=world.connection_name,
            extra=(("IP_TYPE", world.ip_types[0].value),) if told else (),
        )

    @property
    def uses_a_name(self) -> bool:
        """Whether the host is to be resolved: no path, no address."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return bool(self.host) and not self.host.startswith("/")
        return False

    def with_suffix(self, variable: str, suffix: str) -> Self:
        """The same with characters appended to one variable, whatever its value is."""
        return msgspec.structs.replace(self, suffixes=(*self.suffixes, (variable, suffix)))

    def as_url(self, *query: tuple[str, str], scheme: str = "") -> Self:
        """The same, told as one URL."""
        return msgspec.structs.replace(self, form=Form.URL, scheme=scheme or self.scheme, query=(*self.query, *query))

    def variables(self) -> dict[str, str]:
        """The database settings as the app's environment has them."""
        values = self._url_variables() if self.form is Form.URL else self._single_variables()
        values |= {"INSTANCE_CONNECTION_NAME": self.instance} | dict(self.extra)
        for variable, suffix in self.suffixes:
            if variable in values:
                values[variable] += suffix
        return {name: value for name, value in values.items() if value}

    def _single_variables(self) -> dict[str, str]:
        return {
            "POSTGRES_HOST": self.host,
            "POSTGRES_PORT": self.port,
            "POSTGRES_DB": self.database,
            "POSTGRES_USER": self.user,
            "POSTGRES_PASSWORD": self.password,
        }

    def _url_variables(self) -> dict[str, str]:
        on_socket = self.host.startswith("/")
        query = ((("host", self.host),) if on_socket else ()) + self.query
        password = f":{self._encoded(self.password)}" if self.password else ""
        place = "" if on_socket else f"{self.host}:{self.port or POSTGRES_PORT}"
        options = "?" + "&".join(f"{name}={value}" for name, value in query) if query else ""
        url = f"{self.scheme}://{quote(self.user, safe='')}{password}@{place}/{quote(self.database)}{options}"
        return {"DATABASE_URL": url}

    def _encoded(self, text: str) -> str:
        return text if self.encoding is Encoding.NONE else quote(text, safe="")


def platform_variables(world: World) -> dict[str, str]:
    """What Cloud Run itself sets."""
    if world.workload is Workload.SERVICE:
        return {"K_SERVICE": world.service, "K_REVISION": world.revision, "K_CONFIGURATION": world.service}
    return {
        "CLOUD_RUN_JOB": world.job,
        "CLOUD_RUN_EXECUTION": world.execution,
        "CLOUD_RUN_TASK_INDEX": "0",
        "CLOUD_RUN_TASK_ATTEMPT": "0",
        "CLOUD_RUN_TASK_COUNT": "1",
    }
