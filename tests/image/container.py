"""The built image, started the way a strict runtime would: read-only root, process 1, no root, no shell.

It gets a network of its own, in which there is nothing; or the one of this machine, for the lab on its loopback.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

REPO = Path(__file__).parents[2]
STORE = REPO / ".cache" / "image"
BUILDAH = ("buildah", "--storage-driver", "vfs", "--root", str(STORE / "storage"), "--runroot", str(STORE / "run"))

# $1 is the root, $2 the user, $3 the working directory, $4 what to do first, the rest environment and command.
START = """
set -e
root=$1 user=$2 cwd=$3 first=$4
shift 4
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
eval "$first"
exec chroot --userspec="$user" --groups="${user#*:}" "$root" env -i --chdir="$cwd" "$@"
"""

# /dev as a runtime makes it: its own, with the file in it that the orchestrator reads afterwards.
DEVICES = """
mount -t tmpfs -o size=64k,mode=755 dev "$root/dev"
touch "$root/dev/null" "$root/dev/urandom" "$root/dev/termination-log"
mount --bind /dev/null "$root/dev/null"
mount --bind /dev/urandom "$root/dev/urandom"
mount --bind {log} "$root/dev/termination-log"
"""

# What nsenter runs: prints the status and the body, or fails while nobody listens yet.
FETCH = """
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=5)
connection.request("GET", sys.argv[2])
answer = connection.getresponse()
print(answer.status)
print(answer.read().decode())
"""


class Config(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The part of an OCI image configuration that says what runs."""

    user: str
    env: list[str]
    entrypoint: list[str]
    cmd: list[str]
    working_dir: str
    labels: dict[str, str]


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What the runtime gives a container besides the image."""

    environ: Mapping[str, str] = {}
    shared_network: bool = False
    scratch: bool = False
    """A /tmp in memory, as the manifests mount it for Google's connector."""
    termination_log: Path | None = None
    """A file that Kubernetes shows as the container's last words."""

    @property
    def namespaces(self) -> list[str]:
        return ["--mount", "--pid", *([] if self.shared_network else ["--net"])]

    @property
    def first(self) -> str:
        commands = [
            *([] if self.shared_network else ["ip link set lo up"]),
            *(['mount -t tmpfs -o size=16m,mode=1777 scratch "$root/tmp"'] if self.scratch else []),
            *(DEVICES.format(log=self.termination_log).strip().splitlines() if self.termination_log else []),
        ]
        return "; ".join(commands) or ":"


NOTHING = Surroundings()


class Image(msgspec.Struct, frozen=True, kw_only=True):
    root: Path
    base: Path
    """Root of what it is built on."""
    config: Config
    raw: str

    def command(self, *args: str, around: Surroundings = NOTHING) -> list[str]:
        """An argv that runs the entry point with `args` (or the image's own) and ends with its exit code."""
        program = [*self.config.entrypoint, *(args or self.config.cmd)]
        isolation = ["unshare", *around.namespaces, "--fork", "--kill-child"]
        place = [str(self.root), self.config.user, self.config.working_dir, around.first]
        variables = [*self.config.env, *(f"{name}={value}" for name, value in around.environ.items())]
        return [*isolation, "sh", "-c", START, "sh", *place, *variables, *program]

    def run(self, *args: str, around: Surroundings = NOTHING) -> subprocess.CompletedProcess[str]:
        command = self.command(*args, around=around)
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def label(self, name: str) -> str:
        """The OCI annotation of that name, without the prefix that all have."""
        return self.config.labels[f"org.opencontainers.image.{name}"]

    @property
    def added_bytes(self) -> int:
        """What it takes beyond its base, unpacked."""
        return _bytes(self.root) - _bytes(self.base)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    body: str


class Running:
    """A started container. `stop` and `fetch` reach it as an orchestrator would."""

    def __init__(self, process: subprocess.Popen[bytes], output: IO[bytes]) -> None:
        self.process = process
        self._output = output

    @property
    def pid(self) -> int | None:
        """Process 1 of the container, as seen from outside; None before it started and after it ended."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else None

    @property
    def output(self) -> str:
        self._output.seek(0)
        return self._output.read().decode()

    def fetch(self, port: int, path: str) -> Answer | None:
        """One GET from inside the container's network; None while nothing answers."""
        pid = self.pid
        if pid is None:
            return None
        enter = ["nsenter", f"--net=/proc/{pid}/ns/net"]
        asked = subprocess.run(
            [*enter, sys.executable, "-c", FETCH, str(port), path],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        if asked.returncode != 0:
            return None
        status, _, body = asked.stdout.partition("\n")
        return Answer(status=int(status), body=body)

    def fetch_until(self, port: int, path: str, wanted: str = "", *, seconds: float) -> Answer:
        """The first answer that is 200 and holds what is wanted."""
        deadline = time.monotonic() + seconds
        answer = None
        while time.monotonic() < deadline and self.process.poll() is None:
            answer = self.fetch(port, path)
            if answer is not None and answer.status == 200 and wanted in answer.body:
                return answer
        message = f"{path}: no 200 with {wanted!r} within {seconds} s: {answer}, exit code {self.process.poll()}"
        raise AssertionError(f"{message}\n{self.output}")


@contextmanager
def started(image: Image, around: Surroundings = NOTHING) -> Iterator[Running]:
    """The image with its own command, ended by its id whatever happens."""
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(image.command(around=around), stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        try:
            yield Running(process, output)
        finally:
            process.kill()


@contextmanager
def built() -> Iterator[Image]:
    """The image of this work tree, its file system mounted."""
    name = subprocess.run(["scripts/build-image"], cwd=REPO, check=True, capture_output=True, text=True).stdout.strip()
    raw = buildah("inspect", "--type", "image", name)
    config = msgspec.convert(json.loads(raw)["OCIv1"]["config"], Config)
    with mounted(name) as root, mounted(config.labels["org.opencontainers.image.base.name"]) as base:
        yield Image(root=root, base=base, config=config, raw=raw)


@contextmanager
def mounted(name: str) -> Iterator[Path]:
    """The file system of an image."""
    container = buildah("from", name)
    try:
        yield Path(buildah("mount", container))
    finally:
        buildah("rm", container)


def _bytes(root: Path) -> int:
    """Of all files, each inode once."""
    found = {(each.st_dev, each.st_ino): each.st_size for each in map(os.lstat, _files(root))}
    return sum(found.values())


def _files(root: Path) -> Iterator[str]:
    for folder, _, files in os.walk(root):
        yield from (os.path.join(folder, file) for file in files)  # noqa: PTH118 - tens of thousands of them


def buildah(*args: str) -> str:
    return subprocess.run([*BUILDAH, *args], check=True, capture_output=True, text=True).stdout.strip()
