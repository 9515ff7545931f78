"""A port for a program that takes no "any port"."""

import random
import socket

OURS = range(10_000, 32_768)
"""Below what Linux gives to a connection or to port 0 by itself: net.ipv4.ip_local_port_range begins at 32768.

A port that the kernel had picked could go to somebody else's connection before the program binds it.
"""

TRIES = 100
"""More ports than anything else on the machine listens on."""


def free_port() -> int:
    """One on 127.0.0.1 where nobody listens, picked at random, so that tests beside this one pick another."""
    for port in random.sample(OURS, TRIES):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AssertionError("every port is taken")
