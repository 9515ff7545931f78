"""Two sidecars in the lab, scraped by Debian's Prometheus: one whose path works, one whose password is wrong."""

import math
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from diagnostics.core.codes import Cause
from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Route
from diagnostics.surfaces.sidecar.families import FAMILIES
from tests.prometheus import agents, dashboard
from tests.prometheus.agents import serving
from tests.prometheus.dashboard import Query
from tests.prometheus.server import RULES, Prometheus, Target, started

HEALTHY = {"service_name": "api", "revision_name": "api-00041-abc"}
BROKEN = {"service_name": "api", "revision_name": "api-00042-x9k"}

EMPTY_WHERE_ALL_WORKS = {"Instances by cause", "Failing checks"}
"""Panels for which no data is the good answer."""


# Reserved by Google's collector for Cloud Run, or names of somebody's machine or person.
FORBIDDEN = {
    "project_id",
    "location",
    "cluster",
    "namespace",
    "instanceId",
    "configuration_name",
    "host",
    "address",
    "user",
}
RULE_TESTS = Path(__file__).parent / "rules.test.yaml"

SERIES = 130


class Scraped(NamedTuple):
    prometheus: Prometheus
    healthy: int
    broken: int


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    with Lab() as lab:
        wrong = lab.arrange("wrong-password", route=Route.DIRECT)
        right = lab.arrange(route=Route.DIRECT)
        with serving(lab, right) as healthy, serving(lab, wrong) as broken:
            targets = [Target(port=healthy, labels=HEALTHY), Target(port=broken, labels=BROKEN)]
            with started(tmp_path_factory.mktemp("prometheus"), targets) as prometheus:
                # Three scrapes: a rate needs two, and the recording rules one more.
                prometheus.until("count_over_time(cloudsqldiag_up[1m]) >= 3", 2)
                # A cycle takes five seconds at least: a rate over none is no number.
                prometheus.until("rate(cloudsqldiag_run_seconds_count[1m]) > 0", 2)
                prometheus.until("revision_target_cause:cloudsqldiag_diagnosis_info:sum", 1)
                yield Scraped(prometheus, healthy, broken)


def test_scrape_takes_everything(scraped: Scraped) -> None:
    assert [sample.value for sample in scraped.prometheus.query("up")] == [1.0, 1.0]
    dropped = scraped.prometheus.query("scrape_samples_scraped - scrape_samples_post_metric_relabeling")
    assert [sample.value for sample in dropped] == [0.0, 0.0]


def test_series_of_a_target_stay_in_their_budget(scraped: Scraped) -> None:
    counted = scraped.prometheus.query('count by (revision_name) ({__name__=~"cloudsqldiag_.+", target!=""})')
    assert len(counted) == 2
    assert [sample for sample in counted if sample.value > SERIES] == []


def test_labels_are_none_that_a_collector_sets_or_that_names_somebody(scraped: Scraped) -> None:
    series = scraped.prometheus.query('{__name__=~"cloudsqldiag_.+"}')
    assert {label for sample in series for label in sample.labels} & FORBIDDEN == set()
    assert len(series) > 100


@pytest.mark.parametrize("which", ["healthy", "broken"])
def test_promtool_has_nothing_to_say_about_the_metrics(scraped: Scraped, which: str) -> None:
    text = agents.fetch(getattr(scraped, which), "/metrics")
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("query", dashboard.queries(), ids=lambda query: f"{query.panel}: {query.expression[:40]}")
def test_query_of_the_dashboard_returns_data(scraped: Scraped, query: Query) -> None:
    assert [sample for sample in scraped.prometheus.query(query.filled()) if not math.isnan(sample.value)] != []


@pytest.mark.parametrize("query", dashboard.queries(), ids=lambda query: f"{query.panel}: {query.expression[:40]}")
def test_only_causes_and_failures_are_empty_where_all_works(scraped: Scraped, query: Query) -> None:
    found = scraped.prometheus.query(query.filled(revision=HEALTHY["revision_name"], instance=f".*:{scraped.healthy}"))
    assert (found == []) == (query.panel in EMPTY_WHERE_ALL_WORKS)


@pytest.mark.parametrize("name", dashboard.variables())
def test_variable_of_the_dashboard_has_values(scraped: Scraped, name: str) -> None:
    label = dashboard.variables()[name].rpartition(" ")[2].rstrip(")")
    assert scraped.prometheus.labels(label) != []


def test_every_family_is_exposed(scraped: Scraped) -> None:
    """The instance that works has the certificate and the last success, the other one the causes."""
    assert {family.series for family in FAMILIES} <= set(scraped.prometheus.labels("__name__"))


@pytest.mark.parametrize(
    "path", [*sorted(RULES.glob("*.yaml")), RULE_TESTS, dashboard.PATH], ids=lambda path: str(path.name)
)
def test_series_that_a_file_asks_for_exist(scraped: Scraped, path: Path) -> None:
    asked = set(re.findall(r"\b(?:[a-z_]+:)?(?:cloudsqldiag|process)_[a-z_]+(?::\w+)?", path.read_text()))
    assert len(asked) > 2
    assert asked - set(scraped.prometheus.labels("__name__")) == set()


def test_table_shows_revisions_and_their_causes(scraped: Scraped) -> None:
    [table] = [query for query in dashboard.queries() if query.panel == "Revisions and causes"]
    found = {
        (each.labels["revision_name"], each.labels["cause"]): each.value
        for each in scraped.prometheus.query(table.filled())
    }
    assert found == {
        (HEALTHY["revision_name"], "none"): 1.0,
        (BROKEN["revision_name"], Cause.PG_AUTH_PASSWORD): 1.0,
    }


def test_recording_rules_are_evaluated(scraped: Scraped) -> None:
    shares = {
        each.labels["revision_name"]: each.value
        for each in scraped.prometheus.query("revision_target:cloudsqldiag_up:avg")
    }
    assert shares == {HEALTHY["revision_name"]: 1.0, BROKEN["revision_name"]: 0.0}


def test_alert_of_a_broken_revision_is_pending_with_its_cause(scraped: Scraped) -> None:
    [alert] = scraped.prometheus.until('ALERTS{alertname="CloudSqlPathBroken"}', 1)
    assert (alert.labels["revision_name"], alert.labels["cause"], alert.labels["alertstate"]) == (
        BROKEN["revision_name"],
        Cause.PG_AUTH_PASSWORD,
        "pending",
    )
