"""What resolvers say. The same words mean another cause for another kind of name."""

from diagnostics.core.codes import Cause
from diagnostics.core.text.pattern import Pattern, Place, Strength, at

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        causes=(Cause.CONFIG_DRIVER_OPTION_MISMATCH, Cause.CONFIG_DRIVER_MISSING, Cause.DNS_NXDOMAIN),
        says=("unknownhostexception: google", "connection to google:5432 refused"),
        strength=Strength.NAMED,
        source="the host that JDBC URLs for the socket factory hold by convention, asked for where none is in use",
    ),
    Pattern(
        causes=(
            Cause.DNS_RESOLVER_FAILURE,
            Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE,
            Cause.CONFIG_URL_UNESCAPED_CHARS,
            Cause.API_UNREACHABLE,
        ),
        says=(
            "eai_again",
            "temporary failure in name resolution",
            "server misbehaving",
            "servfail",
            "errno -3",
            "could not contact dns servers",
            "lookup * i/o timeout",
            "lookup * connection refused",
            "lookup * operation was canceled",
            "getaddrinfo * timed out",
            "name resolution * timed out",
            "dns * timed out",
            "dns * timeout",
            "dns lookup failed",
            "dns resolution failed",
        ),
        at=(
            at(
                Place.ADDRESS_AS_NAME,
                causes=(Cause.CONFIG_SECRET_TRAILING_NEWLINE, Cause.DNS_RESOLVER_FAILURE, Cause.CONFIG_MALFORMED_URL),
            ),
            at(
                Place.METADATA,
                causes=(Cause.ADC_METADATA_UNREACHABLE, Cause.DNS_RESOLVER_FAILURE, Cause.ADC_MISSING),
            ),
            at(
                Place.GOOGLE_API,
                causes=(Cause.DNS_RESOLVER_FAILURE, Cause.API_UNREACHABLE, Cause.RUNTIME_CPU_THROTTLED),
            ),
            at(
                Place.SHORT_NAME,
                causes=(
                    Cause.DNS_RESOLVER_FAILURE,
                    Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE,
                    Cause.CONFIG_URL_UNESCAPED_CHARS,
                    Cause.CONFIG_MISSING_ENV,
                ),
            ),
        ),
        strength=Strength.NAMED,
        source="getaddrinfo(3) EAI_AGAIN (-3), Go's net.DNSError, c-ares",
    ),
    Pattern(
        causes=(
            Cause.DNS_NXDOMAIN,
            Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE,
            Cause.CONFIG_URL_UNESCAPED_CHARS,
            Cause.DNS_RESOLVER_FAILURE,
        ),
        says=(
            "enotfound",
            "name or service not known",
            "no such host",
            "nodename nor servname provided",
            "unknownhostexception",
            "name does not resolve",
            "no address associated with hostname",
            "getaddrinfo failed",
            "errno -2",
            "no such host is known",
            "hostnotfounderror",
            "non-existing domain",
            "hostname resolving error",
            "issue connecting with your hostname",
            "unknown host",
            "nxdomain",
            "could not resolve host*",
            "couldn't resolve host*",
            "cannot resolve host*",
            "unable to resolve host*",
            "failed to resolve",
            "host not found",
            "hostname not found",
            "unknown mysql server host",
            "eai_nodata",
            "eai_noname",
            "unknown server host",
        ),
        at=(
            at(
                Place.TEMPLATE,
                causes=(Cause.CONFIG_PLACEHOLDER_VALUE, Cause.CONFIG_MISSING_ENV, Cause.DNS_NXDOMAIN),
            ),
            at(
                Place.HOST_WITH_PORT,
                causes=(Cause.CONFIG_WRONG_HOST_PORT, Cause.CONFIG_MALFORMED_URL, Cause.DNS_NXDOMAIN),
            ),
            at(
                Place.ADDRESS_AS_NAME,
                causes=(Cause.CONFIG_SECRET_TRAILING_NEWLINE, Cause.CONFIG_MALFORMED_URL, Cause.DNS_NXDOMAIN),
            ),
            at(
                Place.INSTANCE_NAME,
                causes=(Cause.SOCKET_WRONG_PATH, Cause.CONFIG_WRONG_HOST_PORT, Cause.SOCKET_DRIVER_UNSUPPORTED),
            ),
            at(
                Place.MOUNT,
                causes=(Cause.SOCKET_DRIVER_UNSUPPORTED, Cause.SOCKET_WRONG_PATH, Cause.CONFIG_WRONG_HOST_PORT),
            ),
            at(Place.METADATA, causes=(Cause.ADC_MISSING, Cause.ADC_METADATA_UNREACHABLE, Cause.DNS_RESOLVER_FAILURE)),
            at(
                Place.GOOGLE_API,
                causes=(Cause.DNS_RESOLVER_FAILURE, Cause.API_UNREACHABLE, Cause.DNS_NXDOMAIN),
            ),
            at(
                Place.PRIVATE_NAME,
                causes=(
                    Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE,
                    Cause.DNS_NXDOMAIN,
                    Cause.VPC_PSC_NOT_ACCEPTED,
                ),
            ),
            at(
                Place.SHORT_NAME,
                causes=(
                    Cause.DNS_NXDOMAIN,
                    Cause.DNS_PRIVATE_ZONE_NOT_VISIBLE,
                    Cause.CONFIG_URL_UNESCAPED_CHARS,
                    Cause.CONFIG_WRONG_HOST_PORT,
                ),
            ),
        ),
        strength=Strength.SYMPTOM,
        source="getaddrinfo(3) EAI_NONAME (-2), WSAHOST_NOT_FOUND (11001), Go's net.DNSError, UnknownHostException",
    ),
)
