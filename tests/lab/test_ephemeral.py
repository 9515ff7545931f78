import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from diagnostics.lab.certs import Certificates, ClientLeaf
from diagnostics.lab.ephemeral import BadPublicKeyError, EphemeralCertificates, read_public_key
from diagnostics.lab.google import now
from diagnostics.lab.tokens import Scope, TokenBook

KEY = ec.generate_private_key(ec.SECP256R1()).public_key()
SPKI = KEY.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def ephemeral(certificates: Certificates) -> EphemeralCertificates:
    return EphemeralCertificates(certificates, now)


@pytest.mark.parametrize("label", ["PUBLIC KEY", "RSA PUBLIC KEY"])
def test_a_key_is_read_under_the_label_of_either_connector(label: str) -> None:
    """The Go connector posts SubjectPublicKeyInfo under the label of PKCS 1."""
    assert read_public_key(SPKI.replace("PUBLIC KEY", label)) == KEY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no key",
        SPKI.replace("PUBLIC", "PRIVATE"),
        "-----BEGIN PUBLIC KEY-----\nAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(b"no DER").decode() + "\n-----END PUBLIC KEY-----\n",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadPublicKeyError):
        read_public_key(text)


def test_a_certificate_carries_the_posted_key_and_lasts_an_hour(ephemeral: EphemeralCertificates) -> None:
    certificate = ephemeral.issue(SPKI, leaf=ClientLeaf.GENUINE).certificate
    assert certificate.public_key() == KEY
    assert 3590 < (certificate.not_valid_after_utc - now()).total_seconds() <= 3600


def test_a_certificate_is_known_again_with_its_login(ephemeral: EphemeralCertificates) -> None:
    token = TokenBook(lambda: "api@acme-prod.iam.gserviceaccount.com", now).issue([Scope.SQL_LOGIN])
    plain = ephemeral.issue(SPKI, leaf=ClientLeaf.GENUINE)
    iam = ephemeral.issue(SPKI, leaf=ClientLeaf.GENUINE, login=token)
    assert ephemeral.find(plain.certificate.serial_number) == plain
    assert ephemeral.find(iam.certificate.serial_number) == iam
    assert ephemeral.find(1) is None
