"""Apps that connect through a proxy in a container beside them."""

from msgspec.structs import replace

from diagnostics.core.codes import Cause
from diagnostics.lab.deployment import Deployment, Surroundings
from diagnostics.lab.fault import Expected, Fault, Place
from diagnostics.lab.faults.rows import DIRECT, fails, works


def _through_the_proxy(deployment: Deployment, around: Surroundings) -> Deployment:
    """Such an app names the proxy's address, and no instance: that is the proxy's to know."""
    return replace(deployment, host="127.0.0.1", port=str(around.proxy_port), instance="")


def _beside(name: str, title: str, expected: tuple[Expected, ...]) -> Fault:
    return Fault(name=name, title=title, place=Place.APP, expected=expected, deployment=_through_the_proxy)


BESIDE = (
    _beside("proxy-beside", "the app connects through a proxy beside it, which works", works(DIRECT)),
    _beside(
        "proxy-not-listening",
        "the app connects through a proxy beside it, which does not listen",
        fails(Cause.TCP_PROXY_NOT_LISTENING, 16, DIRECT),
    ),
    _beside(
        "proxy-not-connected",
        "the app connects through a proxy beside it, which does not get to its instance",
        fails(Cause.TCP_PROXY_HANGS_UP, 16, DIRECT),
    ),
)
