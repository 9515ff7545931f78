"""SASLprep (RFC 4013) as PostgreSQL applies it to passwords.

PostgreSQL differs from the RFC where that keeps odd passwords usable, and client and server must differ alike: ASCII
passwords are taken as they are, a password the profile prohibits is taken raw instead of refused, and prohibited
characters are looked for before normalization.
"""


def prepare(password: bytes) -> bytes:
    """The bytes that go into the key derivation; the password itself where the profile does not apply."""
    if password.isascii():
        return password
    try:
        text = password.decode("utf-8")
    except UnicodeDecodeError:
        return password
    prepared = _profile(text)
    return password if prepared is None else prepared.encode("utf-8")


def _profile(text: str) -> str | None:
    # Only passwords beyond ASCII pay for the Unicode tables.
    import stringprep
    import unicodedata

    spaced = (" " if stringprep.in_table_c12(char) else char for char in text)
    mapped = "".join(char for char in spaced if not stringprep.in_table_b1(char))
    if not mapped or any(_prohibited(char) for char in mapped) or not _bidirectional(mapped):
        return None
    return unicodedata.normalize("NFKC", mapped)


def _prohibited(char: str) -> bool:
    import stringprep as tables

    return (
        tables.in_table_c21_c22(char)
        or tables.in_table_c3(char)
        or tables.in_table_c4(char)
        or tables.in_table_c5(char)
        or tables.in_table_c6(char)
        or tables.in_table_c7(char)
        or tables.in_table_c8(char)
        or tables.in_table_c9(char)
        or tables.in_table_a1(char)
    )


def _bidirectional(text: str) -> bool:
    """RFC 3454 section 6: right-to-left text stands alone, and at both ends."""
    import stringprep

    if not any(stringprep.in_table_d1(char) for char in text):
        return True
    if any(stringprep.in_table_d2(char) for char in text):
        return False
    return stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
