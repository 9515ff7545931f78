"""The server's half of SCRAM for tests, from RFC 5802, sharing nothing with the client's."""

import base64
import hashlib
import hmac


def keyed(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


class ScramServer:
    """Knows the password, and judges one exchange."""

    def __init__(self, password: bytes, *, salt: bytes = b"sixteen bytes !!", iterations: int = 4096) -> None:
        self.salt = salt
        self.iterations = iterations
        self.salted = hashlib.pbkdf2_hmac("sha256", password, salt, iterations)
        self.client_first = b""
        self.server_first = b""

    def challenge(self, client_first: bytes) -> bytes:
        self.client_first = client_first
        nonce = client_first.split(b",r=")[1] + b"server"
        self.server_first = b"r=%s,s=%s,i=%d" % (nonce, base64.b64encode(self.salt), self.iterations)
        return self.server_first

    def outcome(self, client_final: bytes) -> bytes:
        """The server-final message; AssertionError when the proof is wrong."""
        without_proof, _, proof = client_final.rpartition(b",p=")
        bare = self.client_first.split(b",", 2)[2]
        message = b",".join([bare, self.server_first, without_proof])
        stored = hashlib.sha256(keyed(self.salted, b"Client Key")).digest()
        client_key = bytes(a ^ b for a, b in zip(base64.b64decode(proof), keyed(stored, message), strict=True))
        assert hashlib.sha256(client_key).digest() == stored
        return b"v=" + base64.b64encode(keyed(keyed(self.salted, b"Server Key"), message))

    @staticmethod
    def channel_binding(client_final: bytes) -> bytes:
        return base64.b64decode(client_final.split(b",")[0].removeprefix(b"c="))
