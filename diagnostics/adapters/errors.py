"""What the errors of the kernel say about a connection."""

import errno

from diagnostics.core.observed import Reach

REACH = {
    errno.ECONNREFUSED: Reach.REFUSED,
    errno.ETIMEDOUT: Reach.SILENT,
    errno.ECONNRESET: Reach.RESET,
    errno.ECONNABORTED: Reach.RESET,
    errno.EPIPE: Reach.RESET,
    errno.EACCES: Reach.PERMISSION_DENIED,
    errno.EPERM: Reach.PERMISSION_DENIED,
    errno.ENOENT: Reach.MISSING,
    errno.ENOTDIR: Reach.MISSING,
    errno.ELOOP: Reach.MISSING,
    errno.ENAMETOOLONG: Reach.MISSING,
    errno.EPROTOTYPE: Reach.NOT_A_SOCKET,
    errno.ENETUNREACH: Reach.UNREACHABLE,
    errno.EHOSTUNREACH: Reach.UNREACHABLE,
    errno.ENETDOWN: Reach.UNREACHABLE,
    errno.EHOSTDOWN: Reach.UNREACHABLE,
    errno.EADDRNOTAVAIL: Reach.UNREACHABLE,
    errno.EAFNOSUPPORT: Reach.UNREACHABLE,
    errno.EINVAL: Reach.UNREACHABLE,
    errno.ENODEV: Reach.UNREACHABLE,
    errno.ENXIO: Reach.UNREACHABLE,
}
"""connect(2), unix(7), ip(7). EADDRNOTAVAIL, EAFNOSUPPORT: no address of that family here; EINVAL, ENODEV, ENXIO: a
scoped address without, or with an unknown, interface. What is not listed says nothing of the peer."""
