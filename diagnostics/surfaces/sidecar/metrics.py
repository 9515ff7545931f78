"""``/metrics``: a pure view of the last report and of the counts, made fresh at each scrape.

Labels are closed sets and the short configured name of the target; never a host, an address, a user or a message.
A cause that is gone is gone at the next scrape.
"""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from diagnostics import __version__
from diagnostics.core.codes import CheckId
from diagnostics.core.facts import IdentityToken, TlsHandshake
from diagnostics.core.model import Status
from diagnostics.core.report import Report
from diagnostics.monitor import BUCKETS, Monitor, Tally, Watch

PREFIX = "cloudsqldiag"

NO_CAUSE = "none"
"""Label of diagnosis_info while there is nothing to explain, so that a dashboard has a row for healthy targets."""


class ReportCollector(Collector):
    """Families over one monitor. ``checks`` are the planned ones, whose counters begin at zero."""

    def __init__(self, target: str, checks: tuple[CheckId, ...], monitor: Monitor) -> None:
        self._target = target
        self._checks = checks
        self._monitor = monitor

    def collect(self) -> Iterator[Metric]:
        """One consistent picture: watch and tally are read once."""
        watch, tally = self._monitor.watch, self._monitor.tally
        build = _gauge("build_info", "Version of the agent.", ("version",))
        build.add_metric([__version__], 1)
        yield build
        yield from self._counts(tally)
        if watch.report is not None:
            yield from self._state(watch, watch.report)

    def _counts(self, tally: Tally) -> Iterator[Metric]:
        runs = _counter("runs", "Runs by status.", ("target", "status"))
        for status in Status:
            if status is not Status.SKIP:
                runs.add_metric([self._target, status], tally.runs.get(status, 0))
        yield runs
        failures = _counter("check_failures", "Runs in which a check failed.", ("target", "check"))
        for check in self._checks:
            failures.add_metric([self._target, check], tally.failures.get(check, 0))
        yield failures
        diagnoses = _counter("diagnoses", "Runs in which a cause was named.", ("target", "cause"))
        for cause, count in sorted(tally.diagnoses.items()):
            diagnoses.add_metric([self._target, cause], count)
        yield diagnoses
        for name, text, value in (
            ("state_changes", "Changes of status or cause from one run to the next.", tally.changes),
            ("agent_crashes", "Runs that ended through a fault of the agent itself.", tally.crashes),
        ):
            changes = _counter(name, text, ("target",))
            changes.add_metric([self._target], value)
            yield changes
        yield _histogram(self._target, tally)

    def _state(self, watch: Watch, report: Report) -> Iterator[Metric]:
        up = report.exit_code == 0
        yield self._one("up", "1 while the path to the database is proven as deep as it was asked for.", float(up))
        yield self._one("run_duration_seconds", "Duration of the last run.", report.duration_seconds)
        yield from self._checks_of(report)
        yield self._diagnosis(report)
        yield self._target_info(report)
        yield self._one("last_run_timestamp_seconds", "When the last run started.", report.started_at.timestamp())
        for name, text, moment in (
            ("state_since_timestamp_seconds", "Since when status and cause are what they are.", watch.since),
            (
                "last_success_timestamp_seconds",
                "When the last run started that proved the path.",
                watch.last_success_at,
            ),
            (
                "server_certificate_expiry_timestamp_seconds",
                "End of validity of the server certificate.",
                _certificate(report),
            ),
            ("token_expiry_timestamp_seconds", "When the first of the access tokens expires.", _token(report)),
        ):
            if moment is not None:
                yield self._one(name, text, moment.timestamp())

    def _checks_of(self, report: Report) -> Iterator[Metric]:
        failing = _gauge("check_failing", "1 for a check that failed in the last run.", ("target", "check"))
        seconds = _gauge("check_duration_seconds", "Duration of a check in the last run.", ("target", "check"))
        for entry in report.checks:
            failing.add_metric([self._target, entry.id], float(entry.status is Status.FAIL))
            if entry.status is not Status.SKIP:
                seconds.add_metric([self._target, entry.id], entry.duration_seconds)
        if report.ladder is not None:
            seconds.add_metric([self._target, "unattributed"], report.ladder.unattributed_seconds)
        yield failing
        yield seconds
        by_status = _gauge("checks", "Checks of the last run by status.", ("target", "status"))
        for status in Status:
            by_status.add_metric([self._target, status], sum(entry.status is status for entry in report.checks))
        yield by_status

    def _diagnosis(self, report: Report) -> Metric:
        info = _gauge(
            "diagnosis_info", "1 for each cause that is named now.", ("target", "cause", "check", "confidence")
        )
        for diagnosis in report.diagnoses:
            check = diagnosis.evidence[0].check if diagnosis.evidence else ""
            info.add_metric([self._target, diagnosis.cause, check, diagnosis.confidence], 1)
        if not report.diagnoses:
            info.add_metric([self._target, NO_CAUSE, "", ""], 1)
        return info

    def _target_info(self, report: Report) -> Metric:
        info = _gauge("target_info", "What the target is.", ("target", "route", "login", "dialect"))
        info.add_metric([self._target, report.target.route, report.target.login, report.target.dialect], 1)
        return info

    def _one(self, name: str, text: str, value: float) -> Metric:
        family = _gauge(name, text, ("target",))
        family.add_metric([self._target], value)
        return family


def _gauge(name: str, text: str, labels: tuple[str, ...]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", text, labels=labels)


def _counter(name: str, text: str, labels: tuple[str, ...]) -> CounterMetricFamily:
    return CounterMetricFamily(f"{PREFIX}_{name}", text, labels=labels)


def _histogram(target: str, tally: Tally) -> Metric:
    family = HistogramMetricFamily(f"{PREFIX}_run_seconds", "Durations of runs.", labels=("target",))
    bounds = [*map(str, BUCKETS), "+Inf"]
    cumulative = [float(sum(tally.buckets[: place + 1])) for place in range(len(bounds))]
    family.add_metric([target], list(zip(bounds, cumulative, strict=True)), tally.seconds)
    return family


def _certificate(report: Report) -> datetime | None:
    facts = (entry.facts for entry in report.checks)
    tls = next((fact for fact in facts if isinstance(fact, TlsHandshake)), None)
    return tls.certificate.not_after if tls and tls.certificate else None


def _token(report: Report) -> datetime | None:
    facts = (entry.facts for entry in report.checks)
    identity = next((fact for fact in facts if isinstance(fact, IdentityToken)), None)
    return min((token.expires_at for token in identity.tokens if token.expires_at), default=None) if identity else None
