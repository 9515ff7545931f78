"""Worlds, and what of everything can be reached from the container in each: written out, not computed."""

from typing import Final

from diagnostics.lab.addresses import Addresses

REAL = Addresses.real(inner="127.0.0.1")

GOOGLE, PRIVATE_VIP, RESTRICTED_VIP = "google", "private-vip", "restricted-vip"
INTERNET, REDIS, STALE = "internet", "redis", "stale"
PUBLIC, PUBLIC_3307, PRIVATE, PRIVATE_3307 = "public:5432", "public:3307", "private:5432", "private:3307"
OTHER, OTHER_3307, PSC, PSC_3307 = "other:5432", "other:3307", "psc:5432", "psc:3307"

DESTINATIONS: Final = {
    GOOGLE: ("142.250.179.74", 443),
    PRIVATE_VIP: ("199.36.153.8", 443),
    RESTRICTED_VIP: ("199.36.153.4", 443),
    INTERNET: ("1.1.1.1", 443),
    REDIS: (REAL.control_private, 6379),
    STALE: (REAL.stale, 5432),
    PUBLIC: (REAL.public, 5432),
    PUBLIC_3307: (REAL.public, 3307),
    PRIVATE: (REAL.private, 5432),
    PRIVATE_3307: (REAL.private, 3307),
    OTHER: (REAL.private_other, 5432),
    OTHER_3307: (REAL.private_other, 3307),
    PSC: (REAL.psc, 5432),
    PSC_3307: (REAL.psc, 3307),
}

VIPS = {PRIVATE_VIP, RESTRICTED_VIP}
IN_THE_OPEN = {GOOGLE, INTERNET, PUBLIC_3307}
"""What needs no VPC."""
PEERED = {PRIVATE, PRIVATE_3307}
HEALTHY = IN_THE_OPEN | VIPS | {REDIS} | PEERED
"""With both addresses, nobody authorized, and no endpoint of Private Service Connect."""

OPEN: Final[dict[str, set[str]]] = {
    "": HEALTHY,
    "egress=none": IN_THE_OPEN,
    # private-ranges-only: only private ranges feel what is wrong with the VPC.
    "nat=off": HEALTHY,
    "pga=off": HEALTHY - VIPS,
    "peering=off": HEALTHY - PEERED,
    "private_range=other": HEALTHY - PEERED,
    "fw_5432=deny": HEALTHY - {PRIVATE},
    "fw_3307=deny": HEALTHY - {PRIVATE_3307},
    "fw_443=deny": HEALTHY - VIPS,
    "private_host=silent": HEALTHY - {REDIS},
    "vpc=connector": HEALTHY,
    "vpc=connector connector_state=UPDATING": HEALTHY,
    "vpc=connector connector_state=ERROR": IN_THE_OPEN,
    "vpc=connector connector_state=CREATING": IN_THE_OPEN,
    "vpc=connector connector_state=DELETING": IN_THE_OPEN,
    # With Direct VPC egress there is no connector that could be broken.
    "connector_state=ERROR": HEALTHY,
    "authorized_networks=all": HEALTHY | {PUBLIC},
    # Google's own way out has no address that could be authorized.
    "authorized_networks=nat": HEALTHY,
    "connector_enforcement=on authorized_networks=all": HEALTHY - {PRIVATE},
    # all-traffic: everything feels it.
    "egress=all-traffic": HEALTHY,
    "egress=all-traffic nat=off": VIPS | {GOOGLE, REDIS} | PEERED,
    "egress=all-traffic nat=off pga=off": {REDIS} | PEERED,
    "egress=all-traffic pga=off": HEALTHY - VIPS,
    "egress=all-traffic private_range=other": (HEALTHY - PEERED) | {OTHER, OTHER_3307},
    "egress=all-traffic fw_3307=deny": HEALTHY - {PUBLIC_3307, PRIVATE_3307},
    "egress=all-traffic fw_443=deny": HEALTHY - VIPS - {GOOGLE, INTERNET},
    "egress=all-traffic authorized_networks=nat": HEALTHY | {PUBLIC},
    "egress=all-traffic authorized_networks=all": HEALTHY | {PUBLIC},
    "egress=all-traffic authorized_networks=nat nat=off": VIPS | {GOOGLE, REDIS} | PEERED,
    "egress=all-traffic vpc=connector connector_state=ERROR": set(),
    # Which addresses there are.
    "instance_ip=public": HEALTHY - PEERED,
    "instance_ip=private": HEALTHY - {PUBLIC_3307},
    "instance_ip=psc": HEALTHY - {PUBLIC_3307} - PEERED | {PSC, PSC_3307},
    "instance_ip=psc psc=pending": HEALTHY - {PUBLIC_3307} - PEERED,
    "instance_ip=psc psc=absent": HEALTHY - {PUBLIC_3307} - PEERED,
    "instance_ip=psc fw_5432=deny": HEALTHY - {PUBLIC_3307} - PEERED | {PSC_3307},
    "instance_ip=psc egress=none": IN_THE_OPEN - {PUBLIC_3307},
    "instance_state=stopped": HEALTHY - {PUBLIC_3307} - PEERED,
    "instance_state=suspended": HEALTHY - {PUBLIC_3307} - PEERED,
    "instance_state=maintenance": HEALTHY - {PUBLIC_3307} - PEERED,
}
