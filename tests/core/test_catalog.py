"""Everything that can be named has its words, and every template can be filled."""

import re
import shlex

import pytest

from diagnostics.core import facts
from diagnostics.core.catalog import causes, checks, fill, findings, topics, trials
from diagnostics.core.catalog import facts as summaries
from diagnostics.core.codes import RUNGS, Cause, CheckId
from diagnostics.core.diagnosis import Topic
from diagnostics.core.findings import Code
from diagnostics.core.learned import Names
from diagnostics.core.model import Finding
from diagnostics.core.trials import Changed, Trial, Verdict

NAMES = frozenset(Names.__struct_fields__)
EVERYBODY = Names(**{name: name.replace("_", "-") for name in NAMES})
PROGRAMS = {
    "gcloud", "psql", "printf", "id", "cloudsql-diag", "cloud-sql-proxy", "kubectl", "dig", "cat", "ls", "env", "date",
    "openssl", "chmod", "pip", "python3", "curl", "ss", "timedatectl", "PYTHONASYNCIODEBUG=1",
}  # fmt: skip


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_all_its_words(cause: Cause) -> None:
    entry = causes.entry(cause)
    texts = (entry.title, entry.explanation, entry.shows, entry.mistaken, entry.settled_by)
    assert all(texts)
    assert entry.steps
    assert all(step.text for step in entry.steps)
    assert not entry.title.endswith(".")
    assert entry.title[0].islower() or entry.title.startswith("IAM ")
    assert not entry.settled_by.endswith(".")
    assert entry.shows.endswith(".")
    assert entry.mistaken.endswith(".")


@pytest.mark.parametrize("cause", Cause)
def test_an_explanation_is_two_sentences(cause: Cause) -> None:
    explanation = fill.prose(causes.entry(cause).explanation, EVERYBODY)
    assert len(re.findall(r"[.](?= [A-Z$]|$)", explanation)) in (2, 3)


@pytest.mark.parametrize("cause", Cause)
def test_every_placeholder_of_a_cause_is_a_name(cause: Cause) -> None:
    entry = causes.entry(cause)
    templates = [entry.explanation, *(part for step in entry.steps for part in (step.text, step.command))]
    assert frozenset().union(*map(fill.placeholders, templates)) <= NAMES
    for step in entry.steps:
        assert set(step.requires) <= NAMES
        assert "{" not in fill.prose(step.text, EVERYBODY)
        assert "{" not in fill.command(step.command, Names())


@pytest.mark.parametrize("cause", Cause)
def test_every_command_is_one_that_a_shell_takes(cause: Cause) -> None:
    for step in causes.entry(cause).steps:
        for names in (EVERYBODY, Names()):
            command = fill.command(step.command, names)
            assert not command or shlex.split(command)[0] in PROGRAMS
            assert "[" not in command or "'" in command


def test_titles_are_told_apart() -> None:
    titles = [causes.entry(cause).title for cause in Cause]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("code", Code)
@pytest.mark.parametrize("about, other", [("ABC", "XYZ"), ("ABC", ""), ("", "")])
def test_every_code_has_a_sentence(code: Code, about: str, other: str) -> None:
    sentence = findings.sentence(Finding(code=code, about=about, other=other))
    assert sentence == sentence.strip()
    assert "  " not in sentence
    assert not set("{}[]") & set(sentence)
    assert not sentence.endswith(".")


def test_a_line_break_in_a_name_is_written_out() -> None:
    said = findings.sentence(Finding(code=Code.POSTGRES_AUTH_DATABASE_MISSING, about="orders\n"))
    assert "orders\\n" in said


def test_every_check_fact_and_topic_has_its_words() -> None:
    assert all(checks.entry(check).subject and checks.entry(check).meaning for check in CheckId)
    assert set(facts.AnyFact.__args__) == set(summaries.LINES)
    assert set(topics.TOPICS) == set(Topic)


@pytest.mark.parametrize("changed", Changed)
@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("met", [None, Finding(code=Code.POSTGRES_AUTH_WRONG_PASSWORD, about="api")])
def test_every_trial_has_its_words(changed: Changed, verdict: Verdict, met: Finding | None) -> None:
    for flips in (CheckId.DNS_TARGET, CheckId.SOCKET_MOUNT, *RUNGS):
        trial = Trial(
            hypothesis=Cause.CONFIG_WRONG_HOST_PORT,
            changed=changed,
            failed=flips,
            flips=flips,
            verdict=verdict,
            check=flips,
            finding=met,
            about="ABC",
            to="XYZ",
        )
        words = (trials.title(trial), trials.result(trial))
        assert all(text and not set("{}[]") & set(text) and not text.endswith(".") for text in words)


def test_a_part_in_brackets_goes_with_its_name() -> None:
    assert fill.prose("all[ of {service}] and {region}", Names()) == "all and REGION"
    assert fill.prose("all[ of {service}] and {region}", Names(service="api", region="r1")) == "all of api and r1"


@pytest.mark.parametrize("name", ["a b", "a;b", "$(x)", "a'b", 'a"b', "a\nb", "a`b", "a&b", ""])
def test_a_name_that_a_shell_would_take_apart_is_left_to_the_reader(name: str) -> None:
    assert fill.command("psql -d {database}", Names(database=name)) == "psql -d DATABASE"


def test_unknown_names_say_what_is_meant() -> None:
    assert fill.command("x {instance_name} {resource}", Names()) == "x PROJECT:REGION:INSTANCE services"


def test_a_file_that_gives_several_settings_is_named_once() -> None:
    keys = [f"/etc/targets.toml: targets.orders.{key}" for key in ("database", "user")]
    summary = summaries.summary(facts.ConfigTarget(sources=(*keys, "POSTGRES_PASSWORD")))
    assert summary.count("/etc/targets.toml") == 1
    assert all(name in summary for name in ("targets.orders.database", "targets.orders.user", "POSTGRES_PASSWORD"))
