"""Key pairs for ephemeral certificates."""

import asyncio
import base64

from diagnostics.adapters.certificate import read_certificate
from diagnostics.adapters.threads import in_thread
from diagnostics.core.model import Secret
from diagnostics.core.observed import PeerCertificate
from diagnostics.ports import Clock, KeyPair

LIFE = 50 * 60.0
"""Seconds for which a pair is used: shorter than the hour that an ephemeral certificate lives, so both age together."""

_BITS = 2048
"""What Google's connectors send; the API takes RSA."""

_EXPONENT = 65537
"""The only public exponent in use (FIPS 186-5, A.1.1)."""

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


class CachedKeys:
    """One pair at a time, made in a thread when it is first asked for and again when it is old."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pair: KeyPair | None = None
        self._made_at = 0.0
        self._making = asyncio.Lock()

    async def key_pair(self) -> KeyPair:
        """The current pair."""
        async with self._making:
            if self._pair is None or self._clock.monotonic() - self._made_at >= LIFE:
                self._pair, self._made_at = await in_thread(_generate), self._clock.monotonic()
            return self._pair

    def certificate(self, pem: str) -> PeerCertificate:
        """Read the first certificate of a PEM text; ValueError where it is none."""
        start = pem.find(_BEGIN)
        end = pem.find(_END, start)
        return read_certificate(base64.b64decode(pem[start + len(_BEGIN) : end]) if 0 <= start < end else b"")


def _generate() -> KeyPair:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(_EXPONENT, _BITS)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return KeyPair(public_pem=public.decode(), private_pem=Secret(private.decode()))
