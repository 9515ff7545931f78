"""What a peer's answer is worth, by one rule for all: what our own classifier of pasted text makes of its words.

The classifier knows nothing of the scenario, and was written for the words of these very programs: there is no more
generous reader. Words that name a matter are told from words that only say what was seen.
"""

from enum import StrEnum

from diagnostics.core.catalog.texts import PATTERNS
from diagnostics.core.codes import Cause
from diagnostics.core.text.pattern import Strength
from diagnostics.core.text.verdict import judge
from tests.scenarios.peers.ask import Reply


class Grade(StrEnum):
    """From best to worst."""

    CAUSE = "cause"
    """Its words name the matter, and it is the right one."""
    SYMPTOM = "symptom"
    """It says that something is wrong, in words that several causes have, or another one."""
    NOTHING = "nothing"
    """No answer in its time, not a word, or that all is well."""
    WORKS = "works"
    """It says that the path works, and it does."""
    OTHERWISE = "fails"
    """It fails where the app's own path works: it takes another one."""


def grade(reply: Reply, expected: Cause | None) -> Grade:
    """One answer, where this cause, or none, is right."""
    if expected is None:
        return Grade.WORKS if reply.exit == 0 else Grade.OTHERWISE
    if reply.exit in {0, None} or not reply.words:
        return Grade.NOTHING
    first = next(iter(judge(reply.words, PATTERNS).candidates), None)
    named = first is not None and first.cause is expected and first.weight >= Strength.NAMED.value
    return Grade.CAUSE if named else Grade.SYMPTOM
