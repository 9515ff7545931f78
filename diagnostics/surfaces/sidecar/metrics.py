"""``/metrics``: a pure view of the last reports and of the counts, made fresh at each scrape.

Labels are closed sets and the short configured name of the target; never a host, an address, a user or a message.
A cause that is gone is gone at the next scrape, and so is a target.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from diagnostics import __version__
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import IdentityToken, TlsHandshake
from diagnostics.core.model import Status
from diagnostics.core.report import Report
from diagnostics.monitor import BUCKETS, Monitor, Tally, TargetWatch, Watch

F = TypeVar("F", bound=Metric)

PREFIX = "cloudsqldiag"

NO_CAUSE = "none"
"""Label of diagnosis_info while there is nothing to explain, so that a dashboard has a row for healthy targets."""


class MonitorCollector(Collector):
    """Families over every target that is watched. Counters of the planned checks begin at zero."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def collect(self) -> Iterator[Metric]:
        """One consistent picture: watch and tally of each target are read once."""
        build = _gauge("build_info", "Version of the agent.", ("version",))
        build.add_metric([__version__], 1)
        yield build
        families = Families(tuple(check.id for check in self._monitor.checks))
        for target in self._monitor.targets:
            families.add(target)
        yield from families.all()


class Families:
    """Metric families that all targets share, filled one target after the other."""

    def __init__(self, checks: tuple[CheckId, ...]) -> None:
        self._checks = checks
        self._families: dict[str, Metric] = {}

    def all(self) -> Iterator[Metric]:
        """Those that have a sample."""
        yield from self._families.values()

    def add(self, target: TargetWatch) -> None:
        """Everything of one target."""
        watch = target.watch
        self._counts(target.name, target.tally)
        if watch.report is not None:
            self._state(target.name, watch, watch.report)

    def _counts(self, target: str, tally: Tally) -> None:
        runs = self._counter("runs", "Runs by status.", ("target", "status"))
        for status in Status:
            if status is not Status.SKIP:
                runs.add_metric([target, status], tally.runs.get(status, 0))
        failures = self._counter("check_failures", "Runs in which a check failed.", ("target", "check"))
        for check in self._checks:
            failures.add_metric([target, check], tally.failures.get(check, 0))
        diagnoses = self._counter("diagnoses", "Runs in which a cause was named.", ("target", "cause"))
        for cause, count in sorted(tally.diagnoses.items()):
            diagnoses.add_metric([target, cause], count)
        for name, text, value in (
            ("state_changes", "Changes of status or cause that stayed.", tally.changes),
            ("agent_crashes", "Runs that ended through a fault of the agent itself.", tally.crashes),
            ("frozen_seconds", "Seconds for which the agent had no CPU while a cycle was due.", tally.frozen_seconds),
        ):
            self._counter(name, text, ("target",)).add_metric([target], value)
        self._histogram(target, tally)

    def _state(self, target: str, watch: Watch, report: Report) -> None:
        up = "1 while the path to the database is proven as deep as it was asked for."
        self._one(target, "up", up, float(report.exit_code == 0))
        self._one(target, "run_duration_seconds", "Duration of the last run.", report.duration_seconds)
        self._checks_of(target, report)
        self._diagnosis(target, report)
        info = self._gauge("target_info", "What the target is.", ("target", "route", "login", "dialect"))
        info.add_metric([target, report.target.route, report.target.login, report.target.dialect], 1)
        for name, text, moment in (
            ("last_run", "When the last run started.", report.started_at),
            ("state_since", "Since when status and cause are what they are.", watch.since),
            ("last_success", "When the last run started that proved the path.", watch.last_success_at),
            ("server_certificate_expiry", "End of validity of the server certificate.", _certificate(report)),
            ("token_expiry", "When the first of the access tokens expires.", _token(report)),
        ):
            if moment is not None:
                self._one(target, f"{name}_timestamp_seconds", text, moment.timestamp())

    def _checks_of(self, target: str, report: Report) -> None:
        labels = ("target", "check")
        failing = self._gauge("check_failing", "1 for a check that failed in the last run.", labels)
        seconds = self._gauge("check_duration_seconds", "Duration of a check in the last run.", labels)
        for entry in report.checks:
            failing.add_metric([target, entry.id], float(entry.status is Status.FAIL))
            if entry.status is not Status.SKIP:
                seconds.add_metric([target, entry.id], entry.duration_seconds)
        if report.ladder is not None:
            seconds.add_metric([target, "unattributed"], report.ladder.unattributed_seconds)
        by_status = self._gauge("checks", "Checks of the last run by status.", ("target", "status"))
        for status in Status:
            by_status.add_metric([target, status], sum(entry.status is status for entry in report.checks))

    def _diagnosis(self, target: str, report: Report) -> None:
        labels = ("target", "cause", "check", "confidence")
        info = self._gauge("diagnosis_info", "1 for each cause that is named now.", labels)
        for diagnosis in report.diagnoses:
            check = diagnosis.evidence[0].check if diagnosis.evidence else ""
            info.add_metric([target, diagnosis.cause, check, diagnosis.confidence], 1)
        if not report.diagnoses:
            info.add_metric([target, NO_CAUSE, "", ""], 1)

    def _histogram(self, target: str, tally: Tally) -> None:
        family = self._family("run_seconds", lambda: _histogram("run_seconds", "Durations of runs."))
        bounds = [*map(str, BUCKETS), "+Inf"]
        cumulative = [float(sum(tally.buckets[: place + 1])) for place in range(len(bounds))]
        family.add_metric([target], list(zip(bounds, cumulative, strict=True)), tally.seconds)

    def _one(self, target: str, name: str, text: str, value: float) -> None:
        self._gauge(name, text, ("target",)).add_metric([target], value)

    def _gauge(self, name: str, text: str, labels: tuple[str, ...]) -> GaugeMetricFamily:
        return self._family(name, lambda: _gauge(name, text, labels))

    def _counter(self, name: str, text: str, labels: tuple[str, ...]) -> CounterMetricFamily:
        return self._family(name, lambda: _counter(name, text, labels))

    def _family(self, name: str, make: Callable[[], F]) -> F:
        known = self._families.get(name)
        if known is None:
            known = self._families[name] = make()
        return known  # type: ignore[return-value]


def _gauge(name: str, text: str, labels: tuple[str, ...]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", text, labels=labels)


def _counter(name: str, text: str, labels: tuple[str, ...]) -> CounterMetricFamily:
    return CounterMetricFamily(f"{PREFIX}_{name}", text, labels=labels)


def _histogram(name: str, text: str) -> HistogramMetricFamily:
    return HistogramMetricFamily(f"{PREFIX}_{name}", text, labels=("target",))


def _certificate(report: Report) -> datetime | None:
    facts = (entry.facts for entry in report.checks)
    tls = next((fact for fact in facts if isinstance(fact, TlsHandshake)), None)
    return tls.certificate.not_after if tls and tls.certificate else None


def _token(report: Report) -> datetime | None:
    facts = (entry.facts for entry in report.checks)
    identity = next((fact for fact in facts if isinstance(fact, IdentityToken)), None)
    return min((token.expires_at for token in identity.tokens if token.expires_at), default=None) if identity else None
