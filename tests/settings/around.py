"""What the settings of a test are read from: a made-up environment and made-up files."""

from collections.abc import Mapping

from diagnostics.core.findings import Code
from diagnostics.core.model import Resolution, Target
from diagnostics.settings import Loaded, SettingsError, UsageProblem, resolve

INSTANCE = "acme-prod:europe-west1:orders"
CLOUD_RUN = {"K_SERVICE": "api", "K_REVISION": "api-00042-x9k"}
VARIABLES = {
    "POSTGRES_HOST": "10.20.0.5",
    "POSTGRES_PORT": "5432",
    "POSTGRES_DB": "orders",
    "POSTGRES_USER": "api",
    "POSTGRES_PASSWORD": "kT8v-Qm2",
}


class MadeUpFiles:
    """Files that a test says are there; a text of None is a file that cannot be read."""

    def __init__(self, texts: Mapping[str, str | None] | None = None) -> None:
        self.texts = dict(texts or {})
        self.asked: list[str] = []

    def read(self, path: str) -> str:
        self.asked.append(path)
        text = self.texts.get(path)
        if text is None:
            raise FileNotFoundError(path)
        return text

    def exists(self, path: str) -> bool:
        self.asked.append(path)
        return path in self.texts


def load(
    environ: Mapping[str, str],
    flags: Mapping[str, str] | None = None,
    files: Mapping[str, str | None] | None = None,
) -> Loaded:
    return resolve(environ, flags or {}, MadeUpFiles(files))


def one(
    environ: Mapping[str, str],
    flags: Mapping[str, str] | None = None,
    files: Mapping[str, str | None] | None = None,
) -> Resolution:
    (resolution,) = load(environ, flags, files).resolutions
    return resolution


def target(
    environ: Mapping[str, str],
    flags: Mapping[str, str] | None = None,
    files: Mapping[str, str | None] | None = None,
) -> Target:
    found = one(environ, flags, files)
    assert found.target is not None, found.problems
    return found.target


def of_url(url: str, **more: str) -> Target:
    return target({"DATABASE_URL": url, **more})


def problems(environ: Mapping[str, str], files: Mapping[str, str | None] | None = None) -> set[tuple[Code, str]]:
    resolution = one(environ, files=files)
    assert resolution.target is None
    return {(finding.code, finding.about) for finding in resolution.problems}


def remarks(environ: Mapping[str, str], files: Mapping[str, str | None] | None = None) -> set[tuple[Code, str, str]]:
    return {(finding.code, finding.about, finding.other) for finding in one(environ, files=files).remarks}


def mistakes(
    environ: Mapping[str, str],
    flags: Mapping[str, str] | None = None,
    files: Mapping[str, str | None] | None = None,
) -> tuple[UsageProblem, ...]:
    try:
        load(environ, flags, files)
    except SettingsError as error:
        return error.problems
    return ()


def password_of(found: Target) -> str | None:
    return found.password.reveal() if found.password else None
