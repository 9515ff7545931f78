"""Golden files: ``UPDATE_GOLDEN=1 .venv/bin/pytest tests/surfaces`` writes them anew."""

import os
from pathlib import Path

import pytest

from tests.surfaces.stage import Golden

FOLDER = Path(__file__).parent / "golden"


@pytest.fixture
def golden() -> Golden:
    """Compares a text with the file of that name, or writes the file."""

    def compare(name: str, text: str) -> None:
        path = FOLDER / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        assert path.read_text() == text

    return compare
