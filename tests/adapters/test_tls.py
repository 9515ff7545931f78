"""Handshakes with real TLS servers, one test for each way they end."""

import os
import socket
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from diagnostics.adapters.network import SocketNetwork, SocketStream
from diagnostics.adapters.tls import make_context
from diagnostics.core.model import Secret
from diagnostics.ports import Endpoint, StreamEnd, StreamFailed, TlsFailed, TlsFailure, TlsPeer, TlsRequest
from tests.adapters import listeners
from tests.adapters.authority import Identity, client_authority, server_authority, stranger

LIMIT = 5.0
UNVERIFIED = TlsRequest()
CHAIN = TlsRequest(verify_chain=True, ca_pem=server_authority().pem)
HOSTNAME = TlsRequest(server_name="db.example", verify_chain=True, verify_name=True, ca_pem=server_authority().pem)
GOOD = server_authority().issue("acme-prod:orders", "db.example", "127.0.0.1")


def presenting(client: Identity) -> TlsRequest:
    return TlsRequest(
        verify_chain=True,
        ca_pem=server_authority().pem,
        minimum_tls13=True,
        certificate_pem=client.certificate,
        key=Secret(client.key),
    )


async def dial(endpoint: Endpoint) -> SocketStream:
    return await SocketNetwork().connect(endpoint, LIMIT)


async def shake(endpoint: Endpoint, request: TlsRequest) -> TlsPeer:
    stream = await dial(endpoint)
    try:
        return await stream.start_tls(request)
    finally:
        stream.close()


async def failure_of(endpoint: Endpoint, request: TlsRequest) -> tuple[TlsFailure, str]:
    with pytest.raises(TlsFailed) as failed:
        await shake(endpoint, request)
    assert failed.value.certificate is None
    assert failed.value.__context__ is None or failed.value.__suppress_context__
    return failed.value.failure, failed.value.alert


async def last_words(endpoint: Endpoint, request: TlsRequest) -> StreamFailed:
    """How the stream ends after a handshake that seemed to have succeeded, when the client writes first."""
    stream = await dial(endpoint)
    await stream.start_tls(request)
    with pytest.raises(StreamFailed) as failed:  # noqa: PT012 - either may be where it shows
        await stream.send(b"startup")
        await stream.recv()
    stream.close()
    return failed.value


@pytest.mark.parametrize("request_", [UNVERIFIED, CHAIN, HOSTNAME], ids=["unverified", "chain", "name"])
async def test_a_handshake_carries_bytes_and_shows_the_certificate(tmp_path: Path, request_: TlsRequest) -> None:
    with listeners.listening(listeners.tls(GOOD, tmp_path)) as endpoint:
        stream = await dial(endpoint)
        peer = await stream.start_tls(request_)
        message = b"hello" * 100_000
        await stream.send(message)
        received = b""
        while len(received) < len(message):
            received += await stream.recv()
        stream.close()
    assert received == message
    assert (peer.version, peer.signature_hash) == ("TLSv1.3", "sha256")
    assert peer.certificate is not None
    assert peer.certificate.common_name == "acme-prod:orders"
    assert peer.certificate_der == GOOD.der


async def test_an_address_is_verified_like_a_name(tmp_path: Path) -> None:
    request = TlsRequest(server_name="127.0.0.1", verify_chain=True, verify_name=True, ca_pem=server_authority().pem)
    with listeners.listening(listeners.tls(GOOD, tmp_path)) as endpoint:
        assert (await shake(endpoint, request)).version == "TLSv1.3"
    other = server_authority().issue("other", "127.0.0.2")
    with listeners.listening(listeners.tls(other, tmp_path)) as endpoint:
        assert await failure_of(endpoint, request) == (TlsFailure.NAME_MISMATCH, "")


async def test_an_expired_certificate_is_expired(tmp_path: Path) -> None:
    expired = server_authority().issue("acme-prod:orders", start=-timedelta(hours=2), end=-timedelta(hours=1))
    with listeners.listening(listeners.tls(expired, tmp_path)) as endpoint:
        assert await failure_of(endpoint, CHAIN) == (TlsFailure.EXPIRED, "")


async def test_a_certificate_of_tomorrow_is_not_yet_valid(tmp_path: Path) -> None:
    early = server_authority().issue("acme-prod:orders", start=timedelta(hours=1), end=timedelta(hours=2))
    with listeners.listening(listeners.tls(early, tmp_path)) as endpoint:
        assert await failure_of(endpoint, CHAIN) == (TlsFailure.NOT_YET_VALID, "")


async def test_a_certificate_of_another_authority_is_of_an_unknown_authority(tmp_path: Path) -> None:
    with listeners.listening(listeners.tls(stranger().issue("acme-prod:orders"), tmp_path)) as endpoint:
        assert await failure_of(endpoint, CHAIN) == (TlsFailure.UNKNOWN_AUTHORITY, "")


async def test_without_a_given_authority_the_system_decides(tmp_path: Path) -> None:
    with listeners.listening(listeners.tls(GOOD, tmp_path)) as endpoint:
        assert await failure_of(endpoint, TlsRequest(verify_chain=True)) == (TlsFailure.UNKNOWN_AUTHORITY, "")


async def test_a_certificate_for_another_name_is_a_name_mismatch(tmp_path: Path) -> None:
    with listeners.listening(
        listeners.tls(server_authority().issue("db.example", "other.example"), tmp_path)
    ) as endpoint:
        assert await failure_of(endpoint, HOSTNAME) == (TlsFailure.NAME_MISMATCH, "")


async def test_what_failed_to_verify_can_be_read_without_verification(tmp_path: Path) -> None:
    with listeners.listening(listeners.tls(stranger().issue("intruder"), tmp_path)) as endpoint:
        await failure_of(endpoint, CHAIN)
        certificate = (await shake(endpoint, UNVERIFIED)).certificate
    assert certificate is not None
    assert certificate.common_name == "intruder"


async def test_the_name_is_sent_to_the_server_and_an_address_is_not(tmp_path: Path) -> None:
    asked: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(GOOD.file(tmp_path))
    context.sni_callback = lambda _socket, name, _context: asked.append(name)

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    with listeners.listening(serve) as endpoint:
        await shake(endpoint, TlsRequest(server_name="db.example"))
        await shake(endpoint, TlsRequest(server_name="127.0.0.1"))
    assert asked == ["db.example", None]


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"E", b"\x00"])
async def test_a_plaintext_answer_is_not_tls(answer: bytes) -> None:
    with listeners.listening(listeners.saying(answer)) as endpoint:
        assert await failure_of(endpoint, UNVERIFIED) == (TlsFailure.NOT_TLS, "")


async def test_a_few_plaintext_bytes_need_no_deadline() -> None:
    """OpenSSL waits for five bytes; one that starts no record is enough to know."""

    def two_bytes(connection: socket.socket) -> None:
        connection.sendall(b"N\n")
        listeners.read_until_end(connection)

    with listeners.listening(two_bytes) as endpoint:
        assert await failure_of(endpoint, UNVERIFIED) == (TlsFailure.NOT_TLS, "")


async def test_a_close_instead_of_an_answer_is_closed() -> None:
    with listeners.listening(listeners.close_after_first) as endpoint:
        assert await failure_of(endpoint, UNVERIFIED) == (TlsFailure.CLOSED, "")


async def test_a_reset_after_the_hello_is_a_reset() -> None:
    with listeners.listening(listeners.reset_after_first) as endpoint:
        assert await failure_of(endpoint, UNVERIFIED) == (TlsFailure.RESET, "")


async def test_a_server_of_tls_1_2_fails_the_minimum_and_nothing_else(tmp_path: Path) -> None:
    with listeners.listening(listeners.tls(GOOD, tmp_path, newest=ssl.TLSVersion.TLSv1_2)) as endpoint:
        assert (await shake(endpoint, CHAIN)).version == "TLSv1.2"
        modern = TlsRequest(verify_chain=True, ca_pem=server_authority().pem, minimum_tls13=True)
        assert await failure_of(endpoint, modern) == (TlsFailure.PROTOCOL_VERSION, "protocol_version")


async def test_neither_a_pipe_nor_a_device_is_a_file_of_certificates(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "good").write_text(GOOD.certificate + GOOD.key)
    with listeners.listening(lambda _connection: None) as endpoint:
        for path in (str(tmp_path / "pipe"), "/dev/zero", str(tmp_path), str(tmp_path / "missing")):
            for request in (
                TlsRequest(verify_chain=True, ca_file=path),
                TlsRequest(certificate_file=path),
                TlsRequest(certificate_file=str(tmp_path / "good"), key_file=path),
            ):
                assert (await failure_of(endpoint, request))[0] is TlsFailure.LOCAL_FILES


def test_a_server_gets_no_second_handshake_on_a_connection() -> None:
    assert make_context(UNVERIFIED).options & ssl.OP_NO_RENEGOTIATION


async def test_an_alert_of_the_server_keeps_its_name(tmp_path: Path) -> None:
    """A server of TLS 1.2 judges the client's certificate inside the handshake."""
    server = listeners.tls(GOOD, tmp_path, client_ca=client_authority().pem, newest=ssl.TLSVersion.TLSv1_2)
    with listeners.listening(server) as endpoint:
        failure, alert = await failure_of(endpoint, CHAIN)
    assert failure is TlsFailure.ALERT
    assert alert == "handshake_failure"


async def test_a_client_certificate_is_presented_without_a_file(tmp_path: Path) -> None:
    server = listeners.tls(GOOD, tmp_path, client_ca=client_authority().pem, oldest=ssl.TLSVersion.TLSv1_3)
    with listeners.listening(server) as endpoint:
        stream = await dial(endpoint)
        await stream.start_tls(presenting(client_authority().issue("client")))
        await stream.send(b"hello")
        assert await stream.recv() == b"hello"
        stream.close()


@pytest.mark.parametrize(
    "client, alert",
    [
        (stranger().issue("client"), "unknown_ca"),
        (client_authority().issue("client", start=-timedelta(hours=2), end=-timedelta(hours=1)), "certificate_expired"),
        (client_authority().issue("client", start=timedelta(hours=1), end=timedelta(hours=2)), "bad_certificate"),
    ],
    ids=["other authority", "expired", "not yet valid"],
)
async def test_a_refused_client_certificate_shows_in_the_first_read(
    tmp_path: Path, client: Identity, alert: str
) -> None:
    """In TLS 1.3 the client is done before the server judges its certificate."""
    server = listeners.tls(GOOD, tmp_path, client_ca=client_authority().pem, oldest=ssl.TLSVersion.TLSv1_3)
    with listeners.listening(server) as endpoint:
        failed = await last_words(endpoint, presenting(client))
    assert (failed.end, failed.alert) == (StreamEnd.ALERT, alert)


async def test_a_missing_client_certificate_shows_in_the_first_read(tmp_path: Path) -> None:
    server = listeners.tls(GOOD, tmp_path, client_ca=client_authority().pem, oldest=ssl.TLSVersion.TLSv1_3)
    with listeners.listening(server) as endpoint:
        failed = await last_words(endpoint, CHAIN)
    assert (failed.end, failed.alert) == (StreamEnd.ALERT, "certificate_required")


async def test_an_end_without_close_notify_is_no_clean_end(tmp_path: Path) -> None:
    def hang_up(connection: socket.socket) -> None:
        connection.recv(10)
        connection.shutdown(socket.SHUT_RDWR)

    with listeners.listening(listeners.tls(GOOD, tmp_path, hang_up)) as endpoint:
        failed = await last_words(endpoint, CHAIN)
    assert failed.end is StreamEnd.CLOSED


async def test_close_notify_is_a_clean_end(tmp_path: Path) -> None:
    def say_goodbye(connection: socket.socket) -> None:
        connection.recv(10)
        assert isinstance(connection, ssl.SSLSocket)
        connection.unwrap()

    with listeners.listening(listeners.tls(GOOD, tmp_path, say_goodbye)) as endpoint:
        stream = await dial(endpoint)
        await stream.start_tls(CHAIN)
        await stream.send(b"hello")
        assert await stream.recv() == b""
        stream.close()


async def test_garbage_inside_tls_is_no_crash(tmp_path: Path) -> None:
    def fall_back_to_plaintext(connection: socket.socket) -> None:
        connection.recv(10)
        with socket.socket(fileno=connection.detach()) as plain:
            plain.sendall(b"ERROR plain text after TLS")

    with listeners.listening(listeners.tls(GOOD, tmp_path, fall_back_to_plaintext)) as endpoint:
        failed = await last_words(endpoint, CHAIN)
    assert failed.end is StreamEnd.ALERT


async def test_closing_says_goodbye_and_waits_for_nothing(tmp_path: Path) -> None:
    """The server reads the last bytes and then a clean end, though the client closed at once."""
    heard: list[bytes] = []

    def listen_to_the_end(connection: socket.socket) -> None:
        while data := connection.recv(100):
            heard.append(data)
        heard.append(b"clean end")

    with listeners.listening(listeners.tls(GOOD, tmp_path, listen_to_the_end)) as endpoint:
        stream = await dial(endpoint)
        await stream.start_tls(CHAIN)
        stream.close(b"last")
    assert heard == [b"last", b"clean end"]


@pytest.mark.parametrize(
    "request_",
    [
        TlsRequest(verify_chain=True, ca_file="/nonexistent/root.crt"),
        TlsRequest(verify_chain=True, ca_file="/etc/hostname"),
        TlsRequest(verify_chain=True, ca_pem="not a certificate"),
        TlsRequest(certificate_file="/nonexistent/client.crt", key_file="/nonexistent/client.key"),
        TlsRequest(certificate_pem="not a certificate", key=Secret("not a key")),
    ],
    ids=["missing root", "root is no certificate", "pem is no certificate", "missing client files", "key is no key"],
)
async def test_files_of_ours_that_cannot_be_used_are_not_the_servers_fault(
    tmp_path: Path, request_: TlsRequest
) -> None:
    with listeners.listening(listeners.tls(GOOD, tmp_path)) as endpoint:
        assert await failure_of(endpoint, request_) == (TlsFailure.LOCAL_FILES, "")


async def test_client_certificate_and_root_are_read_from_files(tmp_path: Path) -> None:
    client = client_authority().issue("client")
    (tmp_path / "client.crt").write_text(client.certificate)
    (tmp_path / "client.key").write_text(client.key)
    (tmp_path / "root.crt").write_text(server_authority().pem)
    request = TlsRequest(
        verify_chain=True,
        ca_file=str(tmp_path / "root.crt"),
        certificate_file=str(tmp_path / "client.crt"),
        key_file=str(tmp_path / "client.key"),
    )
    server = listeners.tls(GOOD, tmp_path, client_ca=client_authority().pem)
    with listeners.listening(server) as endpoint:
        stream = await dial(endpoint)
        await stream.start_tls(request)
        await stream.send(b"hello")
        assert await stream.recv() == b"hello"
        stream.close()
