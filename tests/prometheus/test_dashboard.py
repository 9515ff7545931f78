"""The dashboard's file: what Grafana would show wrong or not at all."""

import itertools

from tests.prometheus import dashboard


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    every = dashboard.load()["panels"]
    assert len({panel["id"] for panel in every}) == len(every)
    for one, other in itertools.combinations(every, 2):
        first, second = one["gridPos"], other["gridPos"]
        beside = first["x"] + first["w"] <= second["x"] or second["x"] + second["w"] <= first["x"]
        above = first["y"] + first["h"] <= second["y"] or second["y"] + second["h"] <= first["y"]
        assert beside or above, (one["title"], other["title"])
        assert first["x"] + first["w"] <= 24


def test_every_panel_says_what_it_shows_and_asks_the_chosen_source() -> None:
    for panel in dashboard.panels():
        assert panel["description"].endswith(".")
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}


def test_variables_that_are_used_exist() -> None:
    known = set(dashboard.variables()) | set(dashboard.INTERVALS) | {"datasource"}
    for query in dashboard.queries():
        assert set(query.names) <= known
    for text in dashboard.variables().values():
        assert set(dashboard.NAME.findall(text)) <= known


def test_nothing_of_another_installation_is_in_it() -> None:
    board = dashboard.load()
    assert "id" not in board
    assert "__inputs" not in board
