"""The Grafana dashboard as Prometheus sees it: its queries, with the variables filled in."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

PATH = Path(__file__).parents[2] / "docs" / "deploy" / "grafana" / "cloudsql-diag.json"

NAME = re.compile(r"\$(\w+)")
"""A variable, as Grafana writes it."""

INTERVALS = {"__rate_interval": "10s"}
"""What Grafana sets itself, for a scrape interval of a second."""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    panel: str
    expression: str
    """As it stands in the dashboard."""

    def filled(self, **variables: str) -> str:
        """With values in place of variables; every one matches all where none is given."""

        def value(found: re.Match[str]) -> str:
            name = found[1]
            return INTERVALS.get(name) or variables.get(name, ".*")

        return NAME.sub(value, self.expression)

    @property
    def names(self) -> tuple[str, ...]:
        """Variables in it."""
        return tuple(NAME.findall(self.expression))


def load() -> dict[str, Any]:
    board: dict[str, Any] = json.loads(PATH.read_text())
    return board


def panels() -> Iterator[dict[str, Any]]:
    return (panel for panel in load()["panels"] if panel["type"] != "row")


def queries() -> tuple[Query, ...]:
    return tuple(
        Query(panel=panel["title"], expression=target["expr"]) for panel in panels() for target in panel["targets"]
    )


def variables() -> dict[str, str]:
    """Name and query of those that are filled from Prometheus."""
    return {each["name"]: each["query"]["query"] for each in load()["templating"]["list"] if each["type"] == "query"}
