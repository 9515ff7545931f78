"""What all facts have in common."""

from typing import ClassVar

from diagnostics.core.codes import CheckId
from diagnostics.core.model import Value


class Fact(Value, frozen=True, kw_only=True, tag_field="check"):
    """Base of all facts."""

    CHECK: ClassVar[CheckId]
