"""One scrape of blackbox_exporter's tcp module, as Prometheus would make it, with the exporter's own log of it.

The exporter runs here, beside the app. Prints what the log of the failed probe says; exits with 1 where it failed.
"""

import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

MODULE = "modules: {tcp_connect: {prober: tcp, timeout: 10s}}"
"""Ten seconds is Prometheus' own default for a scrape."""

READY_SECONDS = 10.0


def main(target: str) -> int:
    """Start it, ask it, end it."""
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as config:
        config.write(MODULE)
        config.flush()
        port = _free_port()
        argv = [
            "prometheus-blackbox-exporter",
            f"--config.file={config.name}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        exporter = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait(port)
            return _probe(port, target)
        finally:
            exporter.kill()
            exporter.wait()


def _probe(port: int, target: str) -> int:
    # As Prometheus sends it: a target may hold what no URL does.
    asked = urllib.parse.urlencode({"module": "tcp_connect", "target": target, "debug": "true"})
    url = f"http://127.0.0.1:{port}/probe?{asked}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        text = answer.read().decode()
    if "probe_success 1" in text:
        return 0
    errors = re.findall(r'err="((?:[^"\\]|\\.)*)"', text)
    print(errors[0] if errors else "probe_success 0", file=sys.stderr)
    return 1


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait(port: int) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/-/healthy", timeout=1).close()
        except urllib.error.URLError:
            time.sleep(0.05)
        else:
            return
    sys.exit("the exporter does not come up")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
