"""TLS on a Pipe: an ``ssl.SSLObject`` between two memory buffers, and what its errors mean.

Errors are told apart by OpenSSL's codes and names, never by its sentences.
"""

import os
import ssl

from diagnostics.adapters.files import in_file_thread, opened
from diagnostics.adapters.pipe import CHUNK, Pipe
from diagnostics.adapters.served import served_certificate, signature_hash
from diagnostics.core.foreign import UNREADABLE
from diagnostics.core.model import Secret
from diagnostics.ports import StreamEnd, StreamFailed, TlsFailed, TlsFailure, TlsPeer, TlsRequest

_VERIFY_FAILURES = {
    9: TlsFailure.NOT_YET_VALID,
    10: TlsFailure.EXPIRED,
    62: TlsFailure.NAME_MISMATCH,
    64: TlsFailure.NAME_MISMATCH,
}
"""X509_V_ERR_* of OpenSSL's x509_vfy.h: not yet valid, has expired, host name and address mismatch."""

_VERSION_REASONS = frozenset({"UNSUPPORTED_PROTOCOL", "VERSION_TOO_LOW", "VERSION_TOO_HIGH", "NO_PROTOCOLS_AVAILABLE"})
"""OpenSSL's own refusals where the peer chose a version we do not take."""

_ALERT_PREFIXES = ("SSLV3_ALERT_", "TLSV1_ALERT_", "TLSV13_ALERT_", "TLSV1_")
"""How OpenSSL names an alert of the peer: the version that introduced it, then its name in the RFC."""

_FLOOD_REASONS = frozenset(
    {"EXCESSIVE_MESSAGE_SIZE", "TOO_MANY_WARN_ALERTS", "TOO_MANY_KEY_UPDATES", "TOO_MANY_EMPTY_FRAGMENTS"}
)
"""OpenSSL's own refusals of more than a handshake may hold; a message is too long for it from 100 KiB on."""

_MALFORMED_REASONS = frozenset(
    {"UNEXPECTED_MESSAGE", "UNEXPECTED_RECORD", "CCS_RECEIVED_EARLY", "RECORD_TOO_SMALL", "DECODE_ERROR", "BAD_LENGTH"}
    | {"LENGTH_MISMATCH", "LENGTH_TOO_LONG", "LENGTH_TOO_SHORT", "BAD_RECORD_TYPE", "INVALID_CCS_MESSAGE"}
)
"""OpenSSL's own words for messages that break the protocol: no two versions of TLS that could disagree."""

MOST_UNREAD = 256 * 1024
"""Bytes that may arrive without a handshake being over, or without a byte for us in them: a handshake with a chain of
ten large certificates has 20 KiB. Messages that OpenSSL takes and forgets would else come without end."""

LARGEST_FILE = 4 * 1024 * 1024
"""Bytes of a file of certificates: all authorities that browsers trust take a quarter of a megabyte."""

_CONTENT_TYPES = range(20, 25)
"""First byte of a TLS record (RFC 8446, 5.1): change_cipher_spec to heartbeat. No letter is among them."""


async def context_for(request: TlsRequest) -> ssl.SSLContext:
    """The same, in a thread where files of the user are read: their volume may hang; TlsFailed(LOCAL_FILES)."""
    if not (request.ca_file or request.certificate_file):
        return make_context(request)
    try:
        return await in_file_thread(lambda: make_context(request))
    except TimeoutError:
        raise TlsFailed(TlsFailure.LOCAL_FILES) from None


def make_context(request: TlsRequest) -> ssl.SSLContext:
    """What the request asks for; TlsFailed(LOCAL_FILES) where a file or certificate of ours cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # A server may ask for a new handshake at any time, again and again; PostgreSQL does not since version 9.4.
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.check_hostname = request.verify_chain and request.verify_name
    context.verify_mode = ssl.CERT_REQUIRED if request.verify_chain else ssl.CERT_NONE
    if request.minimum_tls13:
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        _load_trust(context, request)
        _load_client_certificate(context, request)
    except (OSError, *UNREADABLE):  # ssl.SSLError is an OSError
        raise TlsFailed(TlsFailure.LOCAL_FILES) from None
    return context


def _load_trust(context: ssl.SSLContext, request: TlsRequest) -> None:
    if not request.verify_chain:
        return
    if request.ca_pem or request.ca_file:
        _check_file(request.ca_file)
        context.load_verify_locations(cafile=request.ca_file or None, cadata=request.ca_pem or None)
    else:
        context.load_default_certs()


def _load_client_certificate(context: ssl.SSLContext, request: TlsRequest) -> None:
    if request.key is not None:
        _load_from_memory(context, request.certificate_pem, request.key)
    elif request.certificate_file:
        _check_file(request.certificate_file)
        _check_file(request.key_file)
        _load_files(context, request.certificate_file, request.key_file)


def _check_file(path: str) -> None:
    """OSError, ValueError for what OpenSSL would read without end, or wait for: it opens whatever a path names."""
    if path:
        opened(path, LARGEST_FILE).close()


def _load_from_memory(context: ssl.SSLContext, certificate_pem: str, key: Secret) -> None:
    """The ssl module loads keys from files only, and a container's root filesystem may be read-only."""
    descriptor = os.memfd_create("client-certificate", os.MFD_CLOEXEC)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(f"{key.reveal()}\n{certificate_pem}".encode())
        _load_files(context, f"/proc/self/fd/{descriptor}", "")
    finally:
        os.close(descriptor)


def _load_files(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """An encrypted key fails like an unreadable one: without a password OpenSSL would ask the terminal for it."""
    context.load_cert_chain(certificate, key or None, password="")


class TlsLayer:
    """One TLS conversation over a Pipe."""

    def __init__(self, pipe: Pipe, context: ssl.SSLContext, server_name: str) -> None:
        self._pipe = pipe
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._head = b""
        self._unread = 0
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name or None)

    async def handshake(self) -> TlsPeer:
        """Agree on keys; TlsFailed."""
        try:
            while not await self._shaken():
                await self._fill()
                if not _may_be_tls(self._head):
                    raise TlsFailed(TlsFailure.NOT_TLS)
        except StreamFailed as end:
            raise TlsFailed(_ENDS.get(end.end, TlsFailure.RESET)) from None
        self._unread = 0
        return self._peer()

    async def _shaken(self) -> bool:
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            await self._flush()
            return False
        except ssl.SSLEOFError:
            raise TlsFailed(TlsFailure.CLOSED) from None
        except ssl.SSLError as error:
            failure = _handshake_failure(error)
            raise failure from None
        await self._flush()
        return True

    async def read(self) -> bytes:
        """Some bytes, b"" after close_notify; StreamFailed, with ALERT where the peer said why."""
        while True:
            try:
                data = self._object.read(CHUNK)
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLEOFError:
                raise StreamFailed(StreamEnd.CLOSED) from None
            except ssl.SSLError as error:
                end = StreamEnd.FLOOD if error.reason in _FLOOD_REASONS else StreamEnd.ALERT
                alert = reason_name(error)
                raise StreamFailed(end, alert) from None
            else:
                self._unread = 0
                return data

    async def write(self, data: bytes) -> None:
        """Encrypt and send all of it; StreamFailed."""
        try:
            self._object.write(data)
        except ssl.SSLError as error:
            alert = reason_name(error)
            raise StreamFailed(StreamEnd.ALERT, alert) from None
        await self._flush()

    def farewell(self, last: bytes) -> bytes:
        """The bytes that end the conversation: ``last`` and close_notify, as far as the state allows them."""
        try:
            if last:
                self._object.write(last)
            self._object.unwrap()
        except (ssl.SSLError, ValueError):  # unwrap waits for the peer's close_notify; before a handshake there is none
            pass
        return self._outgoing.read()

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._pipe.write(self._outgoing.read())

    async def _fill(self) -> None:
        data = await self._pipe.read()
        self._head = self._head or data
        self._unread += len(data)
        if self._unread > MOST_UNREAD:
            raise StreamFailed(StreamEnd.FLOOD)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def _peer(self) -> TlsPeer:
        cipher = self._object.cipher()
        der = self._object.getpeercert(binary_form=True) or b""
        return TlsPeer(
            version=self._object.version() or "",
            cipher=cipher[0] if cipher else "",
            certificate=served_certificate(self._object, der),
            certificate_der=der,
            signature_hash=signature_hash(der),
        )


_ENDS = {StreamEnd.CLOSED: TlsFailure.CLOSED, StreamEnd.FLOOD: TlsFailure.FLOOD}
"""Any other end is a reset."""


def _may_be_tls(head: bytes) -> bool:
    # An end before the first byte says nothing; after the type comes the major version, 3 since SSL 3.0.
    return not head or (head[0] in _CONTENT_TYPES and head[1:2] in (b"", b"\x03"))


def _handshake_failure(error: ssl.SSLError) -> TlsFailed:
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsFailed(_VERIFY_FAILURES.get(error.verify_code, TlsFailure.UNKNOWN_AUTHORITY))
    name = reason_name(error)
    if error.reason in _FLOOD_REASONS:
        return TlsFailed(TlsFailure.FLOOD)
    if error.reason in _MALFORMED_REASONS:
        return TlsFailed(TlsFailure.MALFORMED, name)
    if name == "protocol_version" or error.reason in _VERSION_REASONS:
        return TlsFailed(TlsFailure.PROTOCOL_VERSION, name)
    return TlsFailed(TlsFailure.ALERT, name)


def reason_name(error: ssl.SSLError) -> str:
    """The alert's name in the RFC, such as ``unknown_ca``; OpenSSL's own reason where the peer sent no alert."""
    reason = error.reason or "unknown"
    for prefix in _ALERT_PREFIXES:
        if reason.startswith(prefix):
            return reason.removeprefix(prefix).lower()
    return reason.lower()
