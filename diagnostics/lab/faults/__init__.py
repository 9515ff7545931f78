"""The faults of the lab, in the order of the path.

Exit codes are written out instead of being derived from the cause: the table says what must come out.
"""

from diagnostics.lab.fault import Fault
from diagnostics.lab.faults.app import APP
from diagnostics.lab.faults.beside import BESIDE
from diagnostics.lab.faults.google import GOOGLE
from diagnostics.lab.faults.instance import INSTANCE
from diagnostics.lab.faults.names import RESOLVER
from diagnostics.lab.faults.network import NETWORK
from diagnostics.lab.faults.sockets import SOCKETS

FAULTS: tuple[Fault, ...] = (*APP, *BESIDE, *GOOGLE, *RESOLVER, *NETWORK, *INSTANCE, *SOCKETS)
"""Every fault that can be switched on."""
