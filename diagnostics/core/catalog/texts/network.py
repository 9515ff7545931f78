"""What sockets, resolvers and the platform's network say. The same words mean another cause at another place."""

from diagnostics.core.codes import Cause
from diagnostics.core.text.pattern import Operation, Pattern, Place, Speaker, Strength, at

_NOT_LOCAL = (Cause.CONFIG_WRONG_HOST_PORT, Cause.CONFIG_MISSING_ENV, Cause.TCP_REFUSED)
"""Nothing of Cloud SQL listens on the container's own addresses: the host was never set, or set wrong."""
_NEVER_LISTENED = (Cause.RUNTIME_PORT_NOT_LISTENING, Cause.RUNTIME_STARTUP_CRASH, Cause.APP_TIMEOUT_TOO_SHORT)
"""A probe or the platform waited for the app's own port: the path to the database may be whole."""
_NO_SOCKET = (Cause.CONFIG_WRONG_HOST_PORT, Cause.CONFIG_MISSING_ENV, Cause.CONFIG_MALFORMED_URL)
"""Drivers look for a socket on the same machine where they found no host."""
_WHILE_OPEN = (
    Cause.POOL_STALE_CONNECTION,
    Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,
    Cause.TCP_RESET,
    Cause.PG_SERVER_CLOSED,
)
"""A statement was sent on a connection that a pool had kept."""
_NO_METADATA = (Cause.ADC_METADATA_UNREACHABLE, Cause.ADC_MISSING, Cause.VPC_FIREWALL_DROP)
_NO_API = (
    Cause.API_UNREACHABLE,
    Cause.VPC_FIREWALL_DROP,
    Cause.RUNTIME_CPU_THROTTLED,
    Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
)

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        causes=(
            Cause.TCP_REFUSED,
            Cause.CONFIG_WRONG_HOST_PORT,
            Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,
            Cause.INSTANCE_NOT_RUNNING,
            Cause.PG_NOT_READY,
        ),
        says=(
            "econnrefused",
            "connection refused",
            "actively refused",
            "refused. check that the hostname",
            "through socket * (111)",
            "server on * (111*",
            "errno 111",
            "os error 111",
            "connectionrefused*",
            "winerror 10061",
            "/10061)",
        ),
        at=(
            at(Operation.PROBE, causes=_NEVER_LISTENED, strength=Strength.WRAPPER),
            at(Operation.PROXY_LISTENS, Place.LOOPBACK, causes=(Cause.TCP_REFUSED, Cause.CONFIG_WRONG_HOST_PORT)),
            at(Place.METADATA, causes=_NO_METADATA),
            at(Place.GOOGLE_API, causes=_NO_API),
            at(
                Place.MOUNT_DIRECTORY,
                causes=(Cause.SOCKET_WRONG_PATH, Cause.SOCKET_REFUSED, Cause.INSTANCE_NOT_RUNNING),
            ),
            at(
                Place.MOUNT,
                causes=(
                    Cause.SOCKET_REFUSED,
                    Cause.INSTANCE_NOT_RUNNING,
                    Cause.QUOTA_CLOUDRUN_LIMIT,
                    Cause.IAM_MISSING_CLOUDSQL_CLIENT,
                ),
            ),
            at(Place.LOCAL_SOCKET, causes=_NOT_LOCAL),
            at(
                Place.UNIX_SOCKET,
                causes=(Cause.SOCKET_REFUSED, Cause.CONFIG_WRONG_HOST_PORT, Cause.INSTANCE_NOT_RUNNING),
            ),
            at(Place.LOOPBACK, causes=(*_NOT_LOCAL, Cause.SOCKET_DRIVER_UNSUPPORTED)),
            at(
                Place.PROXY_PORT,
                causes=(Cause.TCP_REFUSED, Cause.INSTANCE_NOT_RUNNING, Cause.VPC_PSC_NOT_ACCEPTED),
            ),
            at(
                Place.PRIVATE,
                causes=(Cause.TCP_REFUSED, Cause.CONFIG_WRONG_HOST_PORT, Cause.VPC_PSC_NOT_ACCEPTED),
            ),
        ),
        strength=Strength.SYMPTOM,
        source="connect(2) ECONNREFUSED (errno 111), WSAECONNREFUSED (10061)",
    ),
    Pattern(
        causes=(Cause.TCP_UNREACHABLE, Cause.VPC_NO_EGRESS, Cause.VPC_FIREWALL_DROP),
        says=(
            "enetunreach",
            "ehostunreach",
            "network is unreachable",
            "network unreachable",
            "no route to host",
            "host is unreachable",
            "host unreachable",
            "cannot assign requested address",
            "address family not supported",
            "noroutetohostexception",
            "host is down",
            "ehostdown",
            "server on * (113*",
            "errno 101",
            "errno 113",
        ),
        at=(at(Place.METADATA, causes=(Cause.ADC_METADATA_UNREACHABLE, Cause.ADC_MISSING)),),
        strength=Strength.NAMED,
        source="connect(2) ENETUNREACH (101) and EHOSTUNREACH (113)",
    ),
    Pattern(
        says=(
            "permission denied",
            "eacces",
            "through socket * (13)",
            "operation not permitted",
            "read-only file system",
            "erofs",
        ),
        at=(
            at(Place.MOUNT, causes=(Cause.SOCKET_PERMISSION_DENIED,)),
            at(Place.UNIX_SOCKET, causes=(Cause.SOCKET_PERMISSION_DENIED,)),
            at(Operation.READ_SECRET, causes=(Cause.IAM_MISSING_SECRET_ACCESS, Cause.ADC_WRONG_SERVICE_ACCOUNT)),
            at(Operation.READ_CERTIFICATE_FILE, causes=(Cause.TLS_LOCAL_CERT_FILES, Cause.TLS_CLIENT_CERT_REQUIRED)),
            at(Operation.ATTACH_NETWORK, causes=(Cause.VPC_CONNECTOR_UNHEALTHY, Cause.VPC_NO_EGRESS)),
            at(
                Speaker.ORCHESTRATOR,
                causes=(Cause.RUNTIME_STARTUP_CRASH, Cause.CONFIG_MISSING_ENV),
                strength=Strength.WRAPPER,
            ),
            at(Operation.USE_ACCOUNT, causes=(Cause.ADC_IMPERSONATION_DENIED, Cause.ADC_WRONG_SERVICE_ACCOUNT)),
            at(
                Operation.USE_INSTANCE,
                causes=(
                    Cause.IAM_MISSING_CLOUDSQL_CLIENT,
                    Cause.CONFIG_INSTANCE_NAME_WRONG,
                    Cause.ADC_WRONG_SERVICE_ACCOUNT,
                ),
            ),
        ),
        strength=Strength.NAMED,
        source="connect(2) and open(2) EACCES; code 7 of google.rpc.Code",
    ),
    Pattern(
        causes=(Cause.SOCKET_PATH_TOO_LONG,),
        says=(
            "socket path * too long",
            "af_unix path too long",
            "path too long",
            "enametoolong",
            "bind: invalid argument",
            "connect: invalid argument",
            "exceeds maximum * length for unix",
        ),
        strength=Strength.EXACT,
        source="sockaddr_un.sun_path of 108 bytes (unix(7)), libpq, CPython's socket",
    ),
    Pattern(
        causes=(Cause.SOCKET_WRONG_PATH,),
        behind=(
            Cause.SOCKET_NOT_MOUNTED,
            Cause.CONFIG_WRONG_HOST_PORT,
        ),
        says=(
            ".s.pgsql.5432/.s.pgsql.5432",
            "enotdir",
            "not a directory",
            "is a directory",
            "eisdir",
            "not a socket",
            "enotsock",
            "socket operation on non-socket",
        ),
        strength=Strength.EXACT,
        source="connect(2) ENOTDIR, libpq's UNIXSOCK_PATH",
    ),
    Pattern(
        causes=(Cause.SOCKET_WRONG_PATH, Cause.SOCKET_NOT_MOUNTED),
        says=(
            "enoent",
            "no such file or directory",
            "filenotfounderror",
            "errno 2",
            "through socket * (2)",
            "is not reachable. deploy a new revision",
        ),
        at=(
            at(Operation.LOAD_DRIVER, causes=(Cause.CONFIG_DRIVER_MISSING,)),
            at(Operation.READ_CERTIFICATE_FILE, causes=(Cause.TLS_LOCAL_CERT_FILES, Cause.TLS_VERIFY_FAILED)),
            at(Operation.READ_KEY_FILE, causes=(Cause.ADC_MISSING, Cause.ADC_INVALID_KEY)),
            at(
                Speaker.ORCHESTRATOR,
                causes=(Cause.RUNTIME_STARTUP_CRASH, Cause.CONFIG_MISSING_ENV),
                strength=Strength.WRAPPER,
            ),
            at(Place.EMPTY_MOUNT, causes=(Cause.CONFIG_MISSING_ENV, Cause.SOCKET_WRONG_PATH)),
            at(
                Place.OTHER_SOCKET,
                causes=(Cause.SOCKET_WRONG_PATH, Cause.CONFIG_WRONG_HOST_PORT, Cause.TCP_REFUSED),
            ),
            at(
                Place.MOUNT,
                causes=(
                    Cause.SOCKET_NOT_MOUNTED,
                    Cause.SOCKET_WRONG_PATH,
                    Cause.API_SQLADMIN_DISABLED,
                    Cause.CONFIG_INSTANCE_NAME_WRONG,
                ),
            ),
            at(Place.LOCAL_SOCKET, causes=_NO_SOCKET),
            at(
                Place.CLOUD_SQL,
                causes=(Cause.SOCKET_NOT_MOUNTED, Cause.CONFIG_INSTANCE_NAME_WRONG, Cause.API_SQLADMIN_DISABLED),
            ),
            at(
                Place.LOOPBACK,
                causes=(Cause.CONFIG_WRONG_HOST_PORT, Cause.SOCKET_NOT_MOUNTED, Cause.SOCKET_WRONG_PATH),
            ),
        ),
        strength=Strength.SYMPTOM,
        source="connect(2) ENOENT (errno 2); Cloud Run's platform line about an instance that is not attached",
    ),
    Pattern(
        causes=(Cause.SOCKET_DRIVER_UNSUPPORTED, Cause.CONFIG_WRONG_HOST_PORT),
        says=(
            "unix-domain sockets are not supported",
            "unix domain sockets are not supported",
            "does not support unix",
            "unix sockets are not supported",
            "unsupported platform",
            "protocol not supported",
        ),
        strength=Strength.NAMED,
        source="libpq without HAVE_UNIX_SOCKETS, EPROTONOSUPPORT, drivers that only speak TCP",
    ),
    Pattern(
        causes=(Cause.VPC_CONNECTOR_UNHEALTHY,),
        behind=(
            Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
            Cause.VPC_FIREWALL_DROP,
        ),
        says=(
            "insufficient free ip addresses",
            "vpc connector",
            "vpc access connector",
            "vpcaccess.googleapis.com",
            "vpcaccess.connectors.use",
            "compute.networks.get",
            "compute.networks.use",
            "compute.subnetworks.use",
            "compute.subnetworks.get",
            "ip_space_exhausted",
        ),
        strength=Strength.EXACT,
        source="Cloud Run and vpcaccess.googleapis.com about connectors and subnets of Direct VPC egress",
    ),
    Pattern(
        causes=(Cause.VPC_PSA_MISCONFIGURED,),
        behind=(Cause.VPC_NO_EGRESS,),
        says=(
            "free blocks in allocated ip ranges",
            "servicenetworking",
            "service networking",
            "allocated ip range",
            "private services connection",
            "network_not_peered",
        ),
        strength=Strength.EXACT,
        source="servicenetworking.googleapis.com about peerings and allocated ranges",
    ),
    Pattern(
        causes=(Cause.VPC_PSC_NOT_ACCEPTED, Cause.VPC_FIREWALL_DROP),
        says=("pscconnectionstatus", "private service connect", "psc endpoint", "service attachment"),
        strength=Strength.NAMED,
        source="Compute Engine forwarding rules, field pscConnectionStatus",
    ),
    Pattern(
        causes=(
            Cause.TCP_RESET,
            Cause.INSTANCE_MAINTENANCE_OR_FAILOVER,
            Cause.POOL_STALE_CONNECTION,
            Cause.RUNTIME_CPU_THROTTLED,
            Cause.VPC_FIREWALL_DROP,
        ),
        says=(
            "econnreset",
            "connection reset",
            "connection was reset",
            "reset by peer",
            "socket hang up",
            "broken pipe",
            "epipe",
            "forcibly closed by the remote host",
            "software caused connection abort",
            "errno 104",
            "os error 104",
            "connectionreset",
            "connection_destroyed",
            "connection aborted",
            "winerror 10054",
            "/10054)",
        ),
        at=(
            at(Place.METADATA, causes=_NO_METADATA),
            at(Place.GOOGLE_API, causes=(Cause.API_UNREACHABLE, Cause.TCP_RESET, Cause.TLS_MITM_PROXY)),
            at(Operation.RUN_STATEMENT, causes=_WHILE_OPEN),
        ),
        strength=Strength.SYMPTOM,
        source="ECONNRESET (104), EPIPE, WSAECONNRESET (10054)",
    ),
)
