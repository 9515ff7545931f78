"""What is documented is what the code says."""

import re
from pathlib import Path

import pytest

from scripts.generate_docs import PAGES, REFERENCE

REPO = Path(__file__).parents[1]
MARKDOWN = [*REPO.glob("*.md"), *REPO.glob("docs/**/*.md"), *REPO.glob("tests/*.md")]


@pytest.mark.parametrize("name", PAGES)
def test_reference_is_what_make_docs_writes(name: str) -> None:
    assert (REFERENCE / name).read_text() == PAGES[name]()


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(REPO)))
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(REPO)))
def test_no_page_holds_a_trace_of_python(page: Path) -> None:
    """Generated pages quote what programs said: a trace would be our own mistake in asking them."""
    assert 'File "/' not in page.read_text()
