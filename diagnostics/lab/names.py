"""The names of the world, and what a name server that knows them all answers."""

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from diagnostics.lab.addresses import Addresses
from diagnostics.lab.world import IpType, Value, World

_TTL = 300
"""What Cloud DNS gives by default."""

_API_NAMES = (
    "sqladmin.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "run.googleapis.com",
    "vpcaccess.googleapis.com",
    "oauth2.googleapis.com",
    "iamcredentials.googleapis.com",
    "www.googleapis.com",
)
"""Those that a client of a database on Cloud Run may ask for."""

_GOOGLE_INTERNAL = dns.name.from_text("google.internal.")

_GOOGLE_APIS = dns.name.from_text("googleapis.com.")


def is_an_api(name: dns.name.Name) -> bool:
    """Whether it is one of Google's APIs'."""
    return name.is_subdomain(_GOOGLE_APIS)


class Records(Value, frozen=True, kw_only=True):
    """What a name has."""

    addresses: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


Zone = dict[dns.name.Name, Records]


def zone(world: World, addresses: Addresses) -> Zone:
    """All names of the world; the app's own name also carries the instance in a TXT record, for connectors."""
    instance = addresses.direct(world)
    names = {
        world.host_name: Records(addresses=(instance,), texts=(world.connection_name,)),
        world.dns_name: Records(addresses=(instance,)),
        "metadata.google.internal": Records(addresses=(addresses.metadata,)),
        "private.googleapis.com": Records(addresses=addresses.private_vip),
        "restricted.googleapis.com": Records(addresses=addresses.restricted_vip),
        **dict.fromkeys(_API_NAMES, Records(addresses=addresses.api_addresses(world))),
    }
    if IpType.PSC in world.ip_types and world.network.psc_dns:
        names[world.psc_name] = Records(addresses=(addresses.psc,))
    return {dns.name.from_text(name): records for name, records in names.items()}


def respond(query: dns.message.Message, names: Zone) -> dns.message.Message:
    """The answer from ``names``; a name that is not in it does not exist."""
    response = dns.message.make_response(query, recursion_available=True)
    [question] = query.question
    records = names.get(question.name)
    if records is None:
        # Cloud Run's resolver fails for unknown names below google.internal, where others say NXDOMAIN.
        unknown = question.name.is_subdomain(_GOOGLE_INTERNAL)
        response.set_rcode(dns.rcode.SERVFAIL if unknown else dns.rcode.NXDOMAIN)
        return response
    texts = {
        dns.rdatatype.A: records.addresses,
        dns.rdatatype.TXT: tuple(f'"{text}"' for text in records.texts),
    }.get(question.rdtype, ())
    if texts:
        response.answer.append(dns.rrset.from_text(question.name, _TTL, question.rdclass, question.rdtype, *texts))
    return response
