"""MD5 passwords."""

from diagnostics.wire.md5 import answer


def test_known_value() -> None:
    """Computed with md5sum: of the password and the user, then of that in hex and the salt."""
    assert answer(b"secret", b"api", b"\1\2\3\4") == b"md5fdfe9f265fbc3d8e7a43d80189370a76"
