"""SCRAM-SHA-256 and SCRAM-SHA-256-PLUS, the client's half.

Sources: RFC 5802 (messages), RFC 7677 (SHA-256), RFC 5929 (tls-server-end-point), and libpq for what they leave open:
the user name is empty because the server takes the one of the startup packet, and the channel-binding flag is

- `p` when the server offers PLUS and we know the hash of its certificate: the proof then is worth nothing on another
  TLS session;
- `y` when we know the hash and PLUS is not offered: a server that did offer it learns that somebody cut the offer out;
- `n` when there is no TLS with the server itself: plain, a socket, or the connector's TLS, which ends at the
  instance's proxy.
"""

import binascii
import hashlib
import hmac
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from diagnostics.wire.protocol import ProtocolError, ProtocolErrorKind, Stage
from diagnostics.wire.saslprep import prepare

# PostgreSQL's default is 4096 (under 1 ms). A million takes 0.2 s of a whole CPU, which a login on a throttled one
# survives; more would let any peer that we dial burn CPU at will, since it names the number before it has proven
# anything.
MAX_ITERATIONS: Final = 1_000_000
_MAX_ITERATION_DIGITS: Final = len(str(MAX_ITERATIONS))
_HASH: Final = "sha256"
_BINDING_TYPE: Final = b"tls-server-end-point"


class Mechanism(StrEnum):
    """The SASL mechanisms this client speaks."""

    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_256_PLUS = "SCRAM-SHA-256-PLUS"


def choose(offered: Sequence[str], end_point: bytes | None) -> Mechanism | None:
    """The mechanism to use among those offered, as libpq chooses; None when we speak none of them."""
    if end_point is not None and Mechanism.SCRAM_SHA_256_PLUS in offered:
        return Mechanism.SCRAM_SHA_256_PLUS
    return Mechanism.SCRAM_SHA_256 if Mechanism.SCRAM_SHA_256 in offered else None


def server_end_point(certificate: bytes, signature_hash: str) -> bytes:
    """The channel-binding data of a server certificate.

    Args:
        certificate: in DER.
        signature_hash: name of the hash its signature uses, as hashlib has it. A signature without one (Ed25519) has
            no such data.
    """
    # RFC 5929 section 4.1: the two broken ones are replaced.
    name = _HASH if signature_hash.lower() in {"md5", "sha1"} else signature_hash
    return hashlib.new(name, certificate).digest()


class ScramClient:
    """One exchange: `first`, then `final`, then `verify`, each once.

    Args:
        password: as configured; SASLprep happens here.
        nonce: fresh and unguessable for every exchange: printable ASCII without a comma (libpq: 18 random bytes in
            base64).
        mechanism: what `choose` chose.
        end_point: what `server_end_point` returned, None without TLS to the server itself.
        user: empty with PostgreSQL.
    """

    __slots__ = ("_bare", "_header", "_input", "_nonce", "_password", "_server_signature")

    def __init__(
        self, *, password: bytes, nonce: str, mechanism: Mechanism, end_point: bytes | None, user: str = ""
    ) -> None:
        self._password = prepare(password)
        self._nonce = _checked_nonce(nonce)
        self._header = _gs2_header(mechanism, end_point)
        bound = mechanism is Mechanism.SCRAM_SHA_256_PLUS and end_point is not None
        self._input = self._header + (end_point if bound and end_point is not None else b"")
        name = user.replace("=", "=3D").replace(",", "=2C").encode()
        self._bare = b"n=" + name + b",r=" + self._nonce
        self._server_signature = b""

    def first(self) -> bytes:
        """The client-first-message."""
        return self._header + self._bare

    def final(self, server_first: bytes) -> bytes:
        """The client-final-message, with the proof.

        Raises:
            ProtocolError: the server's message cannot be read, answers another exchange or asks for too much work.
        """
        nonce, salt, iterations = _parse_server_first(server_first)
        if len(nonce) <= len(self._nonce) or not hmac.compare_digest(nonce[: len(self._nonce)], self._nonce):
            raise _failed(ProtocolErrorKind.SCRAM_NONCE)
        salted = hashlib.pbkdf2_hmac(_HASH, self._password, salt, iterations)
        without_proof = b"c=" + _base64(self._input) + b",r=" + nonce
        auth_message = self._bare + b"," + server_first + b"," + without_proof
        client_key = _hmac(salted, b"Client Key")
        client_signature = _hmac(hashlib.sha256(client_key).digest(), auth_message)
        self._server_signature = _hmac(_hmac(salted, b"Server Key"), auth_message)
        return without_proof + b",p=" + _base64(_xor(client_key, client_signature))

    def verify(self, server_final: bytes) -> None:
        """The server knows the password, too.

        Raises:
            ProtocolError: it does not, or says so.
        """
        if server_final.startswith(b"e="):
            raise _failed(ProtocolErrorKind.SCRAM_REFUSED)
        if not server_final.startswith(b"v="):
            raise _failed(ProtocolErrorKind.SCRAM_MALFORMED)
        signature = _unbase64(server_final[2:])
        if not self._server_signature or not hmac.compare_digest(signature, self._server_signature):
            raise _failed(ProtocolErrorKind.SCRAM_SIGNATURE)


def _gs2_header(mechanism: Mechanism, end_point: bytes | None) -> bytes:
    if mechanism is Mechanism.SCRAM_SHA_256_PLUS:
        if end_point is None:
            raise ValueError("channel binding without its data")
        return b"p=" + _BINDING_TYPE + b",,"
    return b"n,," if end_point is None else b"y,,"


def _checked_nonce(nonce: str) -> bytes:
    if not nonce or not nonce.isascii() or not nonce.isprintable() or "," in nonce:
        raise ValueError("a nonce is printable ASCII without a comma")
    return nonce.encode("ascii")


def _parse_server_first(message: bytes) -> tuple[bytes, bytes, int]:
    # Exactly three attributes in this order, as libpq reads them: an unknown extension would change what the proof
    # means.
    parts = message.split(b",")
    if [part[:2] for part in parts] != [b"r=", b"s=", b"i="]:
        raise _failed(ProtocolErrorKind.SCRAM_MALFORMED)
    nonce, salt, count = (part[2:] for part in parts)
    if not count.isdigit():
        raise _failed(ProtocolErrorKind.SCRAM_MALFORMED)
    iterations = int(count) if len(count) <= _MAX_ITERATION_DIGITS else 0
    if not 1 <= iterations <= MAX_ITERATIONS:
        raise _failed(ProtocolErrorKind.SCRAM_ITERATIONS)
    return nonce, _unbase64(salt), iterations


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, _HASH)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _base64(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False)


def _unbase64(data: bytes) -> bytes:
    try:
        return binascii.a2b_base64(data, strict_mode=True)
    except ValueError:
        pass
    raise _failed(ProtocolErrorKind.SCRAM_MALFORMED)


def _failed(kind: ProtocolErrorKind) -> ProtocolError:
    return ProtocolError(kind, Stage.AUTH)
