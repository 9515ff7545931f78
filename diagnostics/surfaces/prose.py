"""What the surfaces for people say of one diagnosis, paragraph by paragraph. The sentences are the report's."""

from collections.abc import Iterator

from diagnostics.core.report import DiagnosisEntry, Report, TrialEntry
from diagnostics.surfaces import words
from diagnostics.surfaces.rows import is_unseen


def label(number: int, count: int) -> str:
    """``Cause``, numbered only where there are several."""
    return words.CAUSE if count == 1 else words.NUMBERED_CAUSE.format(number=number, count=count)


def paragraphs(diagnosis: DiagnosisEntry, report: Report) -> Iterator[str]:
    """From what it is to what is not known, each with its label."""
    yield diagnosis.summary
    if report.provisional is not None:
        reason = words.NOT_YET.get(report.provisional.reason, report.provisional.reason)
        yield f"{words.PROVISIONAL} {report.provisional.until:%H:%M:%S} UTC: {reason}"
    yield from _listed(words.EVIDENCE, (f"{each.what} ({each.code or each.check})" for each in diagnosis.evidence))
    yield from (tried(trial) for trial in report.trials if _belongs(trial, diagnosis, report))
    yield from _listed(words.EXCLUDED, (f"{each.what} ({each.because})" for each in diagnosis.excluded))
    yield from _listed(words.UNTESTED, diagnosis.untested)
    for other in diagnosis.alternatives:
        yield f"{words.ALTERNATIVE}: {other.title} ({other.cause}). {words.SETTLED_BY}: {other.settled_by}"
    yield from _listed(words.UNKNOWN, (_unknown(each.what, each.needs) for each in diagnosis.unknown))


def warned(report: Report) -> Iterator[tuple[str, str]]:
    """What stands beside a passing path, and its cause or code: each cause once, with all that several checks say."""
    titles: dict[str, dict[str, None]] = {}
    for each in report.warnings:
        titles.setdefault(each.cause or each.code, {})[each.title] = None
    yield from ((" · ".join(said), named) for named, said in titles.items())


def unseen(report: Report) -> Iterator[str]:
    """A line a reason with what a report without a cause could not see; a cause lists it among what is unknown."""
    # The catalogue is loaded only for a run that could not see something.
    entries = [] if report.diagnoses else [e for e in report.checks if is_unseen(e) and e.blocked_by is None]
    if not entries:
        return
    from diagnostics.core.catalog.checks import entry

    for reason, head in words.UNSEEN.items():
        mine = (each for each in entries if each.skip_reason is reason)
        yield from _listed(head, (_unknown(entry(each.id).subject, each.needs) for each in mine))


def tried(trial: TrialEntry) -> str:
    """One trial in one line."""
    return f"{words.TRIED}: {trial.title} -> {trial.result}"


def _belongs(trial: TrialEntry, diagnosis: DiagnosisEntry, report: Report) -> bool:
    """To the cause that it proved; what proved nothing was tried for the first one."""
    proved = any(trial.proves == each.cause for each in report.diagnoses)
    return trial.proves == diagnosis.cause if proved else diagnosis is report.diagnoses[0]


def _unknown(what: str, needs: str) -> str:
    return f"{what} ({words.NEEDS} {needs})" if needs else what


def _listed(head: str, parts: "Iterator[str] | tuple[str, ...]") -> Iterator[str]:
    joined = "; ".join(parts)
    if joined:
        yield f"{head}: {joined}"
