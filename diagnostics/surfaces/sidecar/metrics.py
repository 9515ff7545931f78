"""``/metrics``: a pure view of the last reports and of the counts, made fresh at each scrape.

Labels are closed sets and the short configured name of the target; never a host, an address, a user or a message.
A cause that is gone is gone at the next scrape, and so is a target.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from diagnostics import __version__
from diagnostics.core.facts import IdentityToken, TlsHandshake
from diagnostics.core.model import Status
from diagnostics.core.report import Report
from diagnostics.core.stance import Stance, stance_of
from diagnostics.monitor import BUCKETS, Monitor, Tally, TargetWatch, Watch, proven
from diagnostics.runner import needed_by_any
from diagnostics.surfaces.sidecar import families
from diagnostics.surfaces.sidecar.families import Family
from diagnostics.surfaces.sidecar.names import Namer, real_name

NO_CAUSE = "none"
"""Label of diagnosis_info while there is nothing to explain, so that a dashboard has a row for healthy targets."""

UNATTRIBUTED = "unattributed"
"""Label of check_duration_seconds for what no rung owns; no check has an id without a dot."""

BOUNDS = (*map(str, BUCKETS), "+Inf")


class MonitorCollector(Collector):
    """Families over every target that is watched. Counters of the checks that can fail begin at zero."""

    def __init__(self, monitor: Monitor, name: Namer = real_name) -> None:
        self._monitor = monitor
        self._name = name
        self._may_fail = needed_by_any(monitor.checks)

    def collect(self) -> Iterator[Metric]:
        """One consistent picture: watch and tally of each target are read once."""
        sheet = Sheet()
        sheet.add(families.BUILD, 1, __version__)
        for target in self._monitor.targets:
            self._target(sheet, target)
        yield from sheet.metrics()

    def _target(self, sheet: "Sheet", target: TargetWatch) -> None:
        watch, name = target.watch, self._name(target)
        self._counts(sheet, name, target.tally)
        if watch.report is not None:
            self._state(sheet, name, watch, watch.report)
            self._checks(sheet, name, watch.report)
            # Where nothing can be known, no value is the honest one: 0 would call the path broken.
            if stance_of(watch.report) is not Stance.UNKNOWABLE:
                sheet.add(families.UP, proven(watch.report), name)
                _diagnosis(sheet, name, watch.report)

    def _counts(self, sheet: "Sheet", target: str, tally: Tally) -> None:
        for status in Status:
            if status is not Status.SKIP:
                sheet.add(families.RUNS, tally.runs.get(status, 0), target, status)
        for check in self._may_fail:
            sheet.add(families.CHECK_FAILURES, tally.failures.get(check, 0), target, check)
        for cause, count in sorted(tally.diagnoses.items()):
            sheet.add(families.DIAGNOSES, count, target, cause)
        sheet.add(families.CHANGES, tally.changes, target)
        sheet.add(families.CRASHES, tally.crashes, target)
        sheet.add(families.FROZEN, tally.frozen_seconds, target)
        sheet.add_histogram(families.RUN_SECONDS, tally.buckets, tally.seconds, target)

    def _state(self, sheet: "Sheet", target: str, watch: Watch, report: Report) -> None:
        if watch.looks is not None:
            sheet.add(families.FLAKY, watch.looks.flaky, target)
            sheet.add(families.RECENT_FAILURES, watch.looks.failed / watch.looks.runs, target)
        sheet.add(families.LAST_SECONDS, report.duration_seconds, target)
        sheet.add(families.TARGET, 1, target, report.target.route, report.target.login, report.target.dialect)
        sheet.add_moment(families.LAST_RUN, report.started_at, target)
        sheet.add_moment(families.STATE_SINCE, watch.since, target)
        sheet.add_moment(families.LAST_SUCCESS, watch.last_success_at, target)
        sheet.add_moment(families.CERTIFICATE_EXPIRY, _certificate(report), target)
        sheet.add_moment(families.TOKEN_EXPIRY, _token(report), target)

    def _checks(self, sheet: "Sheet", target: str, report: Report) -> None:
        for entry in report.checks:
            if entry.id in self._may_fail:
                sheet.add(families.CHECK_FAILING, entry.status is Status.FAIL, target, entry.id)
            if entry.status is not Status.SKIP:
                sheet.add(families.CHECK_SECONDS, entry.duration_seconds, target, entry.id)
        if report.ladder is not None:
            sheet.add(families.CHECK_SECONDS, report.ladder.unattributed_seconds, target, UNATTRIBUTED)
        for status in Status:
            sheet.add(families.CHECKS, sum(entry.status is status for entry in report.checks), target, status)


class Sheet:
    """The samples of all targets, by family. A family without a sample is left out."""

    def __init__(self) -> None:
        self._metrics: dict[str, Metric] = {}

    def metrics(self) -> Iterator[Metric]:
        """In the order in which each got its first sample."""
        yield from self._metrics.values()

    def add(self, family: Family, value: float, *labels: str) -> None:
        """One sample, labels in the order of the family's."""
        self._metric(family).add_sample(family.series, _named(family, labels), float(value))

    def add_moment(self, family: Family, moment: datetime | None, *labels: str) -> None:
        """A time in seconds since 1970, where there is one."""
        if moment is not None:
            self.add(family, moment.timestamp(), *labels)

    def add_histogram(self, family: Family, buckets: tuple[int, ...], total: float, *labels: str) -> None:
        """``buckets`` are not cumulative, and those of Prometheus are."""
        metric, named = self._metric(family), _named(family, labels)
        cumulative = tuple(accumulate(buckets))
        for bound, count in zip(BOUNDS, cumulative, strict=True):
            metric.add_sample(family.series, {**named, "le": bound}, count)
        metric.add_sample(f"{family.full_name}_count", named, cumulative[-1])
        metric.add_sample(f"{family.full_name}_sum", named, total)

    def _metric(self, family: Family) -> Metric:
        known = self._metrics.get(family.name)
        if known is None:
            known = self._metrics[family.name] = Metric(family.full_name, family.meaning, family.kind.value)
        return known


def _named(family: Family, labels: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(family.labels, labels, strict=True))


def _diagnosis(sheet: Sheet, target: str, report: Report) -> None:
    for diagnosis in report.diagnoses:
        check = diagnosis.evidence[0].check if diagnosis.evidence else ""
        sheet.add(families.DIAGNOSIS, 1, target, diagnosis.cause, check, diagnosis.confidence)
    if not report.diagnoses:
        sheet.add(families.DIAGNOSIS, 1, target, NO_CAUSE, "", "")


def _certificate(report: Report) -> datetime | None:
    facts = (entry.facts for entry in report.checks)
    tls = next((fact for fact in facts if isinstance(fact, TlsHandshake)), None)
    return tls.certificate.not_after if tls and tls.certificate else None


def _token(report: Report) -> datetime | None:
    facts = (entry.facts for entry in report.checks)
    identity = next((fact for fact in facts if isinstance(fact, IdentityToken)), None)
    return min((token.expires_at for token in identity.tokens if token.expires_at), default=None) if identity else None
