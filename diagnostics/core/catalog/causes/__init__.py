"""The entry of every cause, one module a layer or a few."""

from diagnostics.core.catalog.causes import (
    adc,
    api,
    app,
    client,
    config,
    dns,
    iam,
    instance,
    pg,
    poolers,
    roles,
    server,
    socket,
    tcp,
    tls,
    trust,
    vpc,
)
from diagnostics.core.catalog.entry import CauseEntry
from diagnostics.core.codes import Cause

_MODULES = (config, client, adc, api, iam, dns, vpc, instance, socket, tcp, trust, tls, pg, roles, server, poolers, app)

CAUSES: dict[Cause, CauseEntry] = {cause: entry for module in _MODULES for cause, entry in module.CAUSES.items()}
"""Every cause, in the order of the path."""


def entry(cause: Cause) -> CauseEntry:
    """What the catalogue says of a cause; every cause has an entry."""
    return CAUSES[cause]
