"""A network namespace that has only loopback, and a witness of who was contacted in it.

Every address leads to loopback there, so that a packet to anywhere leaves the process and is seen by nftables; in a
namespace without routes the kernel would refuse it before anybody could count it.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

SET_UP = """
set -e
if [ -d /sys/class/dmi/id ]; then mount -t tmpfs none /sys/class/dmi/id; fi
ip link set lo up
ip route add local 0.0.0.0/0 dev lo
ip -6 route add local ::/0 dev lo
nft -f - <<'RULES'
table inet witness {
  set v4 { type ipv4_addr . inet_proto . inet_service; flags dynamic; }
  set v6 { type ipv6_addr . inet_proto . inet_service; flags dynamic; }
  chain out {
    type filter hook output priority 0;
    tcp flags & (syn|ack) == syn add @v4 { ip daddr . meta l4proto . th dport }
    tcp flags & (syn|ack) == syn add @v6 { ip6 daddr . meta l4proto . th dport }
    meta l4proto udp add @v4 { ip daddr . meta l4proto . th dport }
    meta l4proto udp add @v6 { ip6 daddr . meta l4proto . th dport }
  }
}
RULES
echo ready
exec cat
"""
"""The machine does not say whose it is: it may be Google's. `cat` ends with its standard input: nothing is left behind,
even when the test is killed."""

Contacted = frozenset[tuple[str, str, int]]
"""Address, protocol, port."""


@dataclass(frozen=True)
class Namespace:
    """Commands can be run in it, and it tells what they contacted."""

    pid: int

    @property
    def enter(self) -> tuple[str, ...]:
        """What to put before a command."""
        return ("nsenter", f"--net=/proc/{self.pid}/ns/net", f"--mount=/proc/{self.pid}/ns/mnt", "--")

    def run(self, *argv: str) -> str:
        done = subprocess.run([*self.enter, *argv], capture_output=True, text=True, timeout=20, check=True)
        return done.stdout

    def forget(self) -> None:
        for name in ("v4", "v6"):
            self.run("nft", "flush", "set", "inet", "witness", name)

    def contacted(self) -> Contacted:
        """Since it was told to forget: destinations of TCP connections and of UDP packets."""
        listed = json.loads(self.run("nft", "-j", "list", "table", "inet", "witness"))["nftables"]
        elements = [element["concat"] for item in listed for element in item.get("set", {}).get("elem", [])]
        return frozenset((address, protocol, port) for address, protocol, port in elements)

    def interfaces(self) -> list[str]:
        return [link["ifname"] for link in json.loads(self.run("ip", "-j", "link"))]


@contextmanager
def namespace() -> Iterator[Namespace]:
    process = subprocess.Popen(
        ["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", SET_UP],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", "needs root, iproute2 and nftables: scripts/install-tools"
        yield Namespace(process.pid)
    finally:
        process.communicate(timeout=20)
