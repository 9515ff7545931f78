"""The environment of a driver's process: what it needs to start and what says how to connect, by name.

Everything else stays here. A secret that a driver found by itself (PGPASSWORD, a password file in the home folder)
would be unknown to what cleans its error texts, and the app's other secrets are nobody's business there. Sources:
libpq's chapter on environment variables; ``google.auth.environment_vars``; asyncpg's ``connect_utils``.
"""

import os
import pwd
from collections.abc import Iterator, Mapping
from pathlib import Path

from diagnostics.core.model import Dialect

NOWHERE = "/nonexistent"
"""As a home folder: libpq and asyncpg look there for passwords and services, and without HOME in the user database."""

_START = ("PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "TMPDIR")
_TLS = ("SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF", "OPENSSL_MODULES")
_NAMES = ("RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES")

_POSTGRES = (
    "PGSSLMODE",
    "PGREQUIRESSL",
    "PGSSLNEGOTIATION",
    "PGSSLCOMPRESSION",
    "PGSSLCERT",
    "PGSSLKEY",
    "PGSSLCERTMODE",
    "PGSSLROOTCERT",
    "PGSSLCRL",
    "PGSSLCRLDIR",
    "PGSSLSNI",
    "PGSSLMINPROTOCOLVERSION",
    "PGSSLMAXPROTOCOLVERSION",
    "PGMINPROTOCOLVERSION",
    "PGMAXPROTOCOLVERSION",
    "PGGSSENCMODE",
    "PGCHANNELBINDING",
    "PGREQUIREAUTH",
    "PGREQUIREPEER",
    "PGTARGETSESSIONATTRS",
    "PGLOADBALANCEHOSTS",
    "PGHOSTADDR",
    "PGAPPNAME",
    "PGCLIENTENCODING",
    "PGCONNECT_TIMEOUT",
)
"""How to connect. Not PGOPTIONS, which may hold anything, nor where to connect and as whom: that is the target's."""

_HOME_FILES = {
    "PGSSLROOTCERT": "root.crt",
    "PGSSLCRL": "root.crl",
    "PGSSLCERT": "postgresql.crt",
    "PGSSLKEY": "postgresql.key",
}
"""What both drivers take from ~/.postgresql where no variable names another file."""

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")

_GOOGLE = (
    *_PROXIES,
    *(name.lower() for name in _PROXIES),
    "HOME",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_PROJECT",
    "GCLOUD_PROJECT",
    "GOOGLE_CLOUD_QUOTA_PROJECT",
    "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
    "CLOUDSDK_CONFIG",
    "GCE_METADATA_HOST",
    "GCE_METADATA_ROOT",
    "GCE_METADATA_IP",
    "GCE_METADATA_TIMEOUT",
    "GCE_METADATA_DETECT_RETRIES",
    "GCE_METADATA_MTLS_MODE",
    "NO_GCE_CHECK",
    "GOOGLE_API_USE_CLIENT_CERTIFICATE",
    "GOOGLE_API_USE_MTLS_ENDPOINT",
    "GOOGLE_API_CERTIFICATE_CONFIG",
    "CLOUDSDK_CONTEXT_AWARE_USE_CLIENT_CERTIFICATE",
    "CLOUDSDK_CONTEXT_AWARE_CERTIFICATE_CONFIG_FILE_PATH",
    "GOOGLE_AUTH_TRUST_BOUNDARY_ENABLED",
    "GOOGLE_API_ENABLE_RUNTIME_BOUND_TOKEN",
    "GOOGLE_API_PREVENT_AGENT_TOKEN_SHARING_FOR_GCP_SERVICES",
    "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
)
"""How the connector finds credentials and Google's APIs. The keys of AWS are for credentials of that kind
(external_account), which sign with them and do not send them."""

_ONE_ARENA = {"MALLOC_ARENA_MAX": "1"}
"""glibc sets 64 MiB of address space aside for every thread, which would count against the memory limit."""


def environment(dialect: Dialect, environ: Mapping[str, str]) -> dict[str, str]:
    """For the process of this driver."""
    common = _given(environ, *_START, *_TLS, *_NAMES) | _ONE_ARENA
    if dialect is Dialect.CONNECTOR:
        return common | _given(environ, *_GOOGLE)
    return common | {"HOME": NOWHERE} | dict(_from_home(environ)) | _given(environ, *_POSTGRES)


def _given(environ: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: environ[name] for name in names if name in environ}


def _from_home(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    folder = Path(environ.get("HOME") or _home_of_the_user()) / ".postgresql"
    for name, file in _HOME_FILES.items():
        path = folder / file
        if os.access(path, os.F_OK):
            yield name, str(path)


def _home_of_the_user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return NOWHERE
