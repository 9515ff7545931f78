"""HTTP for google-auth: an answer of bounded size, from the host that was asked."""

from typing import Any

import requests

LARGEST = 1024 * 1024
"""Bytes: an answer with a token has two or three thousand."""

LIMIT = 10.0
"""Seconds for each wait. google-auth allows two minutes, for which the thread would go on unheard."""

PIECE = 8192
"""Bytes of one read."""


class _Session(requests.Session):
    def request(self, *args: Any, **options: Any) -> requests.Response:
        options |= {"stream": True, "allow_redirects": False, "timeout": LIMIT}
        response = super().request(*args, **options)
        found = bytearray()
        for piece in response.iter_content(PIECE):
            found += piece
            if len(found) > LARGEST:
                raise requests.exceptions.ContentDecodingError
        # Where requests keeps what it has read; nothing public sets it.
        response._content = bytes(found)  # noqa: SLF001
        return response


def bounded_session() -> requests.Session:
    """A session that follows no redirect: what is sent here is worth a token."""
    return _Session()
