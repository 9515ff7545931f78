"""Application default credentials from files, by google-auth, which is loaded when a token is asked for."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from diagnostics.adapters.files import at_once, content
from diagnostics.adapters.threads import Threads
from diagnostics.core import foreign
from diagnostics.core.foreign import UNREADABLE
from diagnostics.core.google_api import is_token
from diagnostics.core.model import Secret
from diagnostics.ports import CredentialsFailed, CredentialsProblem, FileToken

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
"""Names a file, and comes before every other source of credentials."""

_WELL_KNOWN = "application_default_credentials.json"
"""What ``gcloud auth application-default login`` writes into its configuration folder."""


_THREADS = Threads(4)
"""google-auth waits up to two minutes for an answer; four runs are made at a time."""


class FileCredentials:
    """Credentials of the file that this environment leads to, by the rules of google-auth."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def source(self) -> str:
        """The variable, or the path of gcloud's own file where it exists; empty where neither names credentials."""
        if self._environ.get(VARIABLE):
            return VARIABLE
        path = self._well_known()
        return str(path) if at_once(path.is_file, otherwise=False) else ""

    async def token(self, scope: str, limit: float) -> FileToken:
        """A token for the scope; CredentialsFailed, UNREACHABLE when the limit ran out."""
        path = Path(self._environ.get(VARIABLE, "") or self._well_known())
        try:
            outcome = await _THREADS.run(lambda: _token(path, scope), limit)
        except TimeoutError:
            outcome = CredentialsProblem.UNREACHABLE
        if isinstance(outcome, CredentialsProblem):
            raise CredentialsFailed(outcome)
        return outcome

    def _well_known(self) -> Path:
        folder = self._environ.get("CLOUDSDK_CONFIG", "")
        return (Path(folder) if folder else Path(self._environ.get("HOME", "/")) / ".config/gcloud") / _WELL_KNOWN


def _token(path: Path, scope: str) -> FileToken | CredentialsProblem:
    """Returns problems: an exception of google-auth would carry the request, and with it what is secret, outside."""
    from google.auth import exceptions, load_credentials_from_dict
    from google.auth.transport.requests import Request

    from diagnostics.adapters.bounded_session import bounded_session

    try:
        given = json.loads(content(str(path)))
        credentials, _ = load_credentials_from_dict(given, scopes=[scope])  # type: ignore[no-untyped-call]
        credentials.refresh(Request(bounded_session()))
        token, email, expires_at = str(credentials.token), _email(credentials), _expiry(credentials)
    except FileNotFoundError:
        return CredentialsProblem.MISSING
    except exceptions.TransportError:
        return CredentialsProblem.UNREACHABLE
    except exceptions.RefreshError:
        return CredentialsProblem.REFUSED
    except (exceptions.GoogleAuthError, OSError, *UNREADABLE):  # not readable, no JSON, no credentials, no key
        return CredentialsProblem.INVALID
    if not is_token(token):
        return CredentialsProblem.INVALID
    return FileToken(token=Secret(token), email=email, expires_at=expires_at)


def _email(credentials: "Credentials") -> str:
    """Service accounts have an address, a person's own credentials only where the file says whose they are."""
    name = getattr(credentials, "service_account_email", "") or getattr(credentials, "account", "")
    return foreign.name(str(name or ""))


def _expiry(credentials: "Credentials") -> datetime | None:
    expiry = credentials.expiry
    return expiry.replace(tzinfo=UTC) if isinstance(expiry, datetime) else None
