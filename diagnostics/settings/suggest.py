"""What somebody may have meant."""

from collections.abc import Sequence


def suggestion(word: str, known: Sequence[str]) -> str:
    """``; did you mean X?`` or nothing. Loaded only where something is wrong: the search is not cheap to import."""
    import difflib

    alike = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {alike[0]}?" if alike else ""
