"""The names of the world, and what a name server that knows them all answers."""

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from diagnostics.lab.world import Addresses, IpType, Value, World

_TTL = 300
"""What Cloud DNS gives by default."""

_GOOGLE_INTERNAL = dns.name.from_text("google.internal.")


class Records(Value, frozen=True, kw_only=True):
    """What a name has."""

    addresses: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


Zone = dict[dns.name.Name, Records]


def zone(world: World, addresses: Addresses) -> Zone:
    """All names of the world; the app's own name also carries the instance in a TXT record, for connectors."""
    instance = addresses.public if IpType.PRIMARY in world.ip_types else addresses.private
    names = {
        world.host_name: Records(addresses=(instance,), texts=(world.connection_name,)),
        world.dns_name: Records(addresses=(instance,)),
        "metadata.google.internal": Records(addresses=(addresses.google,)),
        "private.googleapis.com": Records(addresses=(addresses.private_vip,)),
        **dict.fromkeys(
            ("sqladmin.googleapis.com", "cloudresourcemanager.googleapis.com", "www.googleapis.com"),
            Records(addresses=(addresses.google_vip,)),
        ),
    }
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
