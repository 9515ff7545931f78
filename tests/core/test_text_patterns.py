"""Patterns fit texts that they were not made from, and leave alone what only looks alike."""

import re
from itertools import combinations

import pytest

from diagnostics.core.catalog.texts import PATTERNS, words
from diagnostics.core.codes import Cause
from diagnostics.core.text.pattern import Operation, Pattern, Place, Speaker, Strength
from diagnostics.core.text.verdict import Role, judge
from tests.core.pasted import EXAMPLES, KINDS

each_pattern = pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.says[0])
NOT_BY_TEXT = {
    Cause.CONFIG_CONFLICTING_SETTINGS,
    Cause.CONFIG_NAME_CASE,
    Cause.DNS_SLOW,
    Cause.INSTANCE_CONNECTOR_REQUIRED,
    Cause.VPC_WARMING_UP,
    Cause.TCP_PROXY_NOT_LISTENING,
    Cause.TCP_PROXY_HANGS_UP,
    Cause.PG_NO_ANSWER,
    Cause.UNCLASSIFIED,
}
"""Causes without words of their own: nothing prints them, the path has to be measured."""


def first(text: str) -> Cause | None:
    candidates = judge(text, PATTERNS).candidates
    return candidates[0].cause if candidates else None


@pytest.mark.parametrize("wording, text, cause", EXAMPLES, ids=[cause.value for _, _, cause in EXAMPLES])
def test_a_text_in_a_clients_format_speaks_for_its_cause(wording: str, text: str, cause: Cause) -> None:
    best = judge(text, PATTERNS).candidates[0]
    assert best.cause is cause
    assert wording in {ground.pattern.says[0] for ground in best.grounds if ground.role is Role.FIRST}


@pytest.mark.parametrize("cause, also, text", KINDS, ids=[cause.value for cause, _, _ in KINDS])
def test_a_text_of_any_product_names_its_kind(cause: Cause, also: frozenset[Cause], text: str) -> None:
    named = [candidate.cause for candidate in judge(text, PATTERNS).candidates]
    assert named[0] in {cause, *also}
    assert cause in named[:3]


def test_a_text_that_fits_several_causes_is_called_open() -> None:
    """Nine of ten: a constant that settles in practice, such as a database that does not exist, is called so."""
    several = [text for _, also, text in KINDS if also]
    assert sum(judge(text, PATTERNS).ambiguous for text in several) >= 0.9 * len(several)


def test_every_pattern_has_an_example() -> None:
    assert {wording for wording, _, _ in EXAMPLES} == {pattern.says[0] for pattern in PATTERNS}


def test_every_cause_that_has_words_comes_first_somewhere() -> None:
    rows = [row for pattern in PATTERNS for row in (pattern.causes, *(each.causes for each in pattern.at))]
    assert {row[0] for row in rows if row} == set(Cause) - NOT_BY_TEXT


@each_pattern
def test_a_pattern_names_what_it_rests_on(pattern: Pattern) -> None:
    assert pattern.source
    assert pattern.causes or pattern.at
    assert all(pattern.says)
    assert all(re.fullmatch(r"[0-9][0-9A-Z]{4}", code) for code in pattern.sqlstates)


@each_pattern
def test_a_wording_is_found_in_one_pass(pattern: Pattern) -> None:
    """With two gaps in one expression the time would grow with the square of a line's length."""
    assert all(wording.strip("*").count("*") <= 1 for wording in pattern.says)


@each_pattern
def test_causes_are_named_once_in_a_row(pattern: Pattern) -> None:
    for row in ((*pattern.causes, *pattern.behind), *(each.causes for each in pattern.at)):
        assert len(set(row)) == len(row)


@each_pattern
def test_a_sign_that_is_looked_for_is_not_hidden_by_an_earlier_row(pattern: Pattern) -> None:
    for earlier, later in combinations(pattern.at, 2):
        assert not earlier.signs <= later.signs


def test_no_wording_belongs_to_two_patterns() -> None:
    said = [wording for pattern in PATTERNS for wording in pattern.says]
    assert len(set(said)) == len(said)


def test_no_sqlstate_belongs_to_two_patterns() -> None:
    codes = [code for pattern in PATTERNS for code in pattern.sqlstates]
    assert len(set(codes)) == len(codes)


def test_a_wrapper_never_settles() -> None:
    assert all(len(pattern.causes) != 1 for pattern in PATTERNS if pattern.strength is Strength.WRAPPER)


def test_every_sign_has_its_words() -> None:
    assert set(words.BESIDE) == {*Place, *Speaker, *Operation}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "INFO: Application startup complete.",
        "GET /timeouts/refused HTTP/1.1 200",
        "pid 53300 started, listening on port 57014",
        "request 28P01X done in 42501 ms",
        "the role of the table that was dropped; it does exist",
        "connection to the pool returned after 12 ms",
        "user changed their password",
        "LOG:  connection authorized: user=app database=shop SSL enabled",
        "2031-01-01 00:00:10060 10061 10054",
        "certificate renewed, valid until 2032",
        "worker 3 booted",
        "roles/cloudsql.client granted",
        "no longer at capacity",
        "GET /users/not-found 404",
        "ValidationError: email is not valid",
        "Default STARTUP TCP probe succeeded after 1 attempt for container app on port 8080.",
        "[a:b:c] Accepted connection from 127.0.0.1:40112",
        "The proxy has started successfully and is ready for new connections!",
        "Authorizing with Application Default Credentials",
        "LOG:  disconnection: session time: 0:00:01.2 user=app database=shop",
        "HikariPool-1 - Shutdown initiated...",
        "Payment failed: card expired",
        "Upload failed: maximum size exceeded",
        "0 errors, 0 failures in test run",
        "disk usage 41 percent of storage",
    ],
)
def test_what_only_looks_alike_is_left_alone(text: str) -> None:
    assert judge(text, PATTERNS).candidates == ()


@pytest.mark.parametrize(
    "text, cause",
    [
        ("permission denied: /app/start.sh", Cause.SOCKET_PERMISSION_DENIED),
        ("dial tcp: lookup db on 169.254.169.254:53: no such host", Cause.ADC_METADATA_UNREACHABLE),
        ("no pg_hba.conf entry for host x, SSL on", Cause.TLS_SSL_REQUIRED),
        ("could not open file /app/settings.yaml: no such file or directory", Cause.SOCKET_NOT_MOUNTED),
        ("Container failed to start. Connection refused", Cause.RUNTIME_STARTUP_CRASH),
        ('database "x" does not exist', Cause.CONFIG_SECRET_TRAILING_NEWLINE),
        ("dial tcp 10.0.0.3:3307: i/o timeout", Cause.VPC_NAT_MISSING_OR_EXHAUSTED),
        ("dial tcp 34.1.2.3:3307: i/o timeout", Cause.NET_AUTHORIZED_NETWORKS),
        ("connect ECONNREFUSED 10.0.0.3:5432", Cause.CONFIG_MISSING_ENV),
        ("Timeout acquiring a connection. The pool is probably full", Cause.TCP_TIMEOUT),
    ],
)
def test_a_near_miss_is_not_the_first_guess(text: str, cause: Cause) -> None:
    assert first(text) is not cause


@pytest.mark.parametrize(
    "notation",
    [
        "SQLSTATE {}",
        "(SQLSTATE {})",
        "SQLSTATE[{}] [7] text",
        "SQLState: {}",
        "code: '{}',",
        '{{"code":"{}"}}',
        "pgcode={}",
        "FATAL:  {}: mensaje",
        "Npgsql.PostgresException (0x80004005): {}: texto",
        "'C': '{}'",
    ],
)
def test_a_sqlstate_is_known_in_every_notation(notation: str) -> None:
    """Messages come in the server's language, codes do not."""
    assert first(notation.format("3D000")) is Cause.PG_DATABASE_MISSING
    assert first(notation.format("53300")) is Cause.PG_TOO_MANY_CONNECTIONS
