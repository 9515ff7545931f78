"""The built image, started the way a strict runtime would: read-only root, own network, process 1, no root."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

REPO = Path(__file__).parents[2]
STORE = REPO / ".cache" / "image"
BUILDAH = ("buildah", "--storage-driver", "vfs", "--root", str(STORE / "storage"), "--runroot", str(STORE / "run"))

# $1 is the root, $2 the user, $3 the working directory, the rest the environment and the command.
START = """
set -e
root=$1 user=$2 cwd=$3
shift 3
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
ip link set lo up
exec chroot --userspec="$user" --groups="${user#*:}" "$root" env -i --chdir="$cwd" "$@"
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


class Image(msgspec.Struct, frozen=True, kw_only=True):
    root: Path
    config: Config
    raw: str

    def command(self, *args: str) -> list[str]:
        """An argv that runs the entry point with `args` (or the image's own) and ends with its exit code."""
        program = [*self.config.entrypoint, *(args or self.config.cmd)]
        isolation = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
        place = [str(self.root), self.config.user, self.config.working_dir]
        return [*isolation, "sh", "-c", START, "sh", *place, *self.config.env, *program]

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*args), capture_output=True, text=True, timeout=60, check=False)


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

    def fetch_until_200(self, port: int, path: str, *, seconds: float) -> Answer:
        deadline = time.monotonic() + seconds
        answer = None
        while time.monotonic() < deadline and self.process.poll() is None:
            answer = self.fetch(port, path)
            if answer is not None and answer.status == 200:
                return answer
        message = f"{path} is not 200 within {seconds} s: {answer}, exit code {self.process.poll()}\n{self.output}"
        raise AssertionError(message)


@contextmanager
def started(image: Image) -> Iterator[Running]:
    """The image with its own command, ended by its id whatever happens."""
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(image.command(), stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        try:
            yield Running(process, output)
        finally:
            process.kill()


@contextmanager
def built() -> Iterator[Image]:
    """The image of this work tree, its file system mounted."""
    name = subprocess.run(["scripts/build-image"], cwd=REPO, check=True, capture_output=True, text=True).stdout.strip()
    container = buildah("from", name)
    try:
        raw = buildah("inspect", "--type", "image", name)
        config = msgspec.convert(json.loads(raw)["OCIv1"]["config"], Config)
        yield Image(root=Path(buildah("mount", container)), config=config, raw=raw)
    finally:
        buildah("rm", container)


def buildah(*args: str) -> str:
    return subprocess.run([*BUILDAH, *args], check=True, capture_output=True, text=True).stdout.strip()
