"""What several lines say together: what settles, what only wraps, and what a text can never settle."""

import random
import string
import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.core.catalog.texts import PATTERNS
from diagnostics.core.codes import Cause
from diagnostics.core.text.answer import answer, line_answer
from diagnostics.core.text.reading import read
from diagnostics.core.text.verdict import Clarity, Verdict, judge

SEED = (
    "Database initialization timeout after 8.0s in staging environment. This may indicate Cloud SQL connection issues. "
    "Check POSTGRES_HOST configuration and Cloud SQL instance accessibility"
)


def verdict(text: str) -> Verdict:
    return judge(text, PATTERNS)


def causes(text: str) -> list[Cause]:
    return [candidate.cause for candidate in verdict(text).candidates]


@pytest.mark.parametrize(
    "text",
    [
        SEED,
        "CloudSQL: pool initialisation timed out after 30 s, check DB_HOST",
        "startup aborted: Cloud SQL did not answer within 12s (TimeoutError)",
    ],
)
def test_a_timeout_without_an_address_names_all_that_can_make_it(text: str) -> None:
    found = verdict(text)
    assert found.ambiguous
    assert found.candidates[0].cause is Cause.TCP_TIMEOUT
    assert {
        Cause.VPC_NAT_MISSING_OR_EXHAUSTED,
        Cause.VPC_NO_EGRESS,
        Cause.APP_TIMEOUT_TOO_SHORT,
        Cause.VPC_WARMING_UP,
        Cause.PG_NO_ANSWER,
    } <= set(causes(text))
    assert answer(text).settle[0].command == "cloudsql-diag check"


@pytest.mark.parametrize(
    "text, flags",
    [
        ("dial unix /cloudsql/a:b:c/.s.PGSQL.5432: i/o timeout", "--host /cloudsql/PROJECT:REGION:INSTANCE"),
        ("dial tcp 34.1.2.3:3307: i/o timeout", "--instance PROJECT:REGION:INSTANCE"),
        ("dial tcp 10.1.2.3:3307: i/o timeout", "--instance PROJECT:REGION:INSTANCE --ip-type private"),
        ("connect ETIMEDOUT 10.1.2.3:5432", "--host ADDRESS"),
    ],
)
def test_the_command_that_settles_takes_the_route_of_the_text(text: str, flags: str) -> None:
    runs = [step.command for step in answer(text).settle if "check" in step.command]
    assert runs == ["cloudsql-diag check", f"cloudsql-diag check {flags}"]


@pytest.mark.parametrize(
    "wrapper",
    [
        "[ERROR] Worker (pid:13) exited with code 3\n[ERROR] Reason: Worker failed to boot.",
        "Container called exit(1).",
        'Default STARTUP TCP probe failed 1 time consecutively for container "api" on port 8080.',
        "django.db.utils.OperationalError",
    ],
)
@pytest.mark.parametrize(
    "inner, cause",
    [
        ('FATAL:  database "shop" does not exist', Cause.PG_DATABASE_MISSING),
        ("connect ECONNREFUSED 127.0.0.1:5432", Cause.CONFIG_WRONG_HOST_PORT),
        ("ModuleNotFoundError: No module named 'psycopg2'", Cause.CONFIG_DRIVER_MISSING),
    ],
)
def test_what_wraps_a_failure_counts_only_alone(wrapper: str, inner: str, cause: Cause) -> None:
    for text in (f"{inner}\n{wrapper}", f"{wrapper}\n{inner}"):
        assert causes(text)[0] is cause
    assert causes(wrapper)
    assert verdict(wrapper).ambiguous


def test_a_constant_of_one_cause_settles() -> None:
    assert not verdict("FATAL: sorry, too many clients already (SQLSTATE 53300)").ambiguous
    assert not verdict("FATAL: sorry, too many clients already\nconnect ETIMEDOUT 10.1.2.3:5432").ambiguous


def test_a_database_that_is_not_there_may_be_a_variable_that_is_not_set() -> None:
    found = verdict('FATAL: database "shop" does not exist')
    assert found.clarity is Clarity.EVENT
    assert [candidate.cause for candidate in found.candidates[:2]] == [
        Cause.PG_DATABASE_MISSING,
        Cause.CONFIG_MISSING_ENV,
    ]


def test_what_an_app_says_of_its_own_business_takes_nothing_from_a_constant() -> None:
    noise = "session of a user: token expired\nfeature flag not found, option unknown\n"
    assert not verdict(f"{noise}FATAL: sorry, too many clients already\n{noise}").ambiguous


def test_two_named_causes_settle_nothing() -> None:
    assert verdict('FATAL: database "a" does not exist\nFATAL: sorry, too many clients already').ambiguous


def test_a_refused_login_is_not_blamed_on_the_second_try_without_tls() -> None:
    """The client library tries again in plain when the encrypted login failed, and prints both refusals."""
    text = (
        'connection to server at "10.1.2.3", port 5432 failed: FATAL:  password authentication failed for user "app"\n'
        'connection to server at "10.1.2.3", port 5432 failed: FATAL:  no pg_hba.conf entry for host "10.8.0.2", user '
        '"app", database "shop", no encryption'
    )
    assert causes(text)[0] is Cause.PG_AUTH_PASSWORD


def test_the_address_may_stand_on_another_line() -> None:
    text = "Error: connect\n  errno: -110,\n  code: 'ETIMEDOUT',\n  syscall: 'connect',\n  address: '10.2.3.4',\n"
    assert causes(text)[0] is Cause.VPC_NO_EGRESS


def test_evidence_is_cited_from_the_line_that_holds_it() -> None:
    text = "starting\n{\n  errno: -110,\n  code: 'ETIMEDOUT',\n  syscall: 'connect',\n  address: '10.2.3.4',\n}"
    assert 'line 4: "etimedout" beside a private address in line 6' in answer(text).candidates[0].why
    document = msgspec.json.format(
        msgspec.json.encode(
            [{"message": "ready", "level": 30}, {"message": "x", "error": "connect ENOENT /cloudsql/a:b:c"}]
        )
    ).decode()
    held = next(number for number, line in enumerate(document.split("\n"), 1) if "ENOENT" in line)
    assert answer(document).candidates[0].why.startswith(f"line {held}: ")


def test_the_name_server_that_was_asked_is_no_place() -> None:
    assert causes("lookup db.example.com on 169.254.169.254:53: no such host")[0] is Cause.DNS_NXDOMAIN
    assert causes("lookup db.example.com on 10.0.0.10:53: read udp: i/o timeout")[0] is Cause.DNS_RESOLVER_FAILURE


PYTHON_CHAIN = """Traceback (most recent call last):
  File "/app/db.py", line 9, in connect
    raise TimeoutError("never shown")
ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 5432)

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/main.py", line 3, in <module>
    asyncio.run(connect())  # connection refused by design
RuntimeError: no database
"""
JAVA_CHAIN = """org.springframework.beans.factory.BeanCreationException: Error creating bean
\tat org.springframework.x.Y.timeout(Y.java:12)
Caused by: java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out
\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:696)
Caused by: org.postgresql.util.PSQLException: FATAL: database "shop" does not exist
\t... 12 common frames omitted
"""
NODE_TRACE = """node:internal/process/promises:288
            triggerUncaughtException(err, true /* fromPromise */);
Error: connect ENOENT /cloudsql/a:b:c/.s.PGSQL.5432
    at PipeConnectWrap.afterConnect [as oncomplete] (node:net:1595:16)
    at async Timeout.refused (/app/timeout.js:3:1) {
  errno: -2,
  code: 'ENOENT'
}
"""
GO_TRACE = """panic: failed to connect to `user=app database=shop`: dial error: dial tcp 34.1.2.3:3307: i/o timeout

goroutine 1 [running]:
main.main()
"""


@pytest.mark.parametrize(
    "text, cause",
    [
        (PYTHON_CHAIN, Cause.CONFIG_WRONG_HOST_PORT),
        (JAVA_CHAIN, Cause.PG_DATABASE_MISSING),
        (NODE_TRACE, Cause.SOCKET_NOT_MOUNTED),
        (GO_TRACE, Cause.VPC_NAT_MISSING_OR_EXHAUSTED),
    ],
    ids=["python", "java", "node", "go"],
)
def test_stack_traces_of_every_runtime_are_read(text: str, cause: Cause) -> None:
    assert causes(text)[0] is cause


WAITED = "HikariPool-1 - Connection is not available, request timed out after 30001ms.\n\tat a.b.C.d(C.java:1)\n"
REFUSED = "Connection to 10.1.2.3:5432 refused. Check that the hostname and port are correct.\n\tat a.b.C.d(C.java:2)\n"


@pytest.mark.parametrize(
    "text",
    [
        f"java.sql.SQLTransientConnectionException: {WAITED}Caused by: org.postgresql.util.PSQLException: {REFUSED}",
        msgspec.json.encode({"message": f"failed: {WAITED}Caused by: x.PSQLException: {REFUSED}"}).decode(),
        (
            "Error: timeout exceeded when trying to connect\n    at Pool (x.js:1:1) {\n  [cause]: Error: connect "
            "ECONNREFUSED 10.1.2.3:5432\n      at TCP (y.js:1:1)\n}"
        ),
        (
            'Traceback (most recent call last):\n  File "a.py", line 1, in b\n    c()\n'
            "ConnectionRefusedError: [Errno 111] Connect call failed ('10.1.2.3', 5432)\n\n"
            "The above exception was the direct cause of the following exception:\n\n"
            'Traceback (most recent call last):\n  File "a.py", line 2, in d\n    e()\nPoolTimeout: x'
        ),
    ],
    ids=["java", "java in json", "node", "python"],
)
def test_what_an_exception_was_raised_from_counts_more(text: str) -> None:
    """A pool waits in vain when every try to connect is refused."""
    assert causes(text)[0] is Cause.TCP_REFUSED
    assert Cause.POOL_EXHAUSTED in causes(text)


def test_exceptions_of_different_traces_are_weighed_alike() -> None:
    assert causes(f"failed: {WAITED}later: {REFUSED}")[0] is Cause.POOL_EXHAUSTED


def test_source_lines_of_a_trace_are_no_message() -> None:
    assert "never shown" not in " ".join(line.text for line in read(PYTHON_CHAIN))
    assert Cause.TCP_TIMEOUT not in causes(PYTHON_CHAIN)


PLAIN = 'FATAL:  password authentication failed for user "app"\nconnect ECONNREFUSED 127.0.0.1:5432'


@pytest.mark.parametrize(
    "dressed",
    [
        PLAIN.replace("\n", "\r\n"),
        "\x1b[31;1m" + PLAIN.replace("FATAL", "\x1b[0mFATAL") + "\x1b[0m",
        PLAIN.replace('"', "\u201c"),
        PLAIN.upper(),
        PLAIN.replace(" ", "   "),
        "\n".join(
            f'{{"severity":"ERROR","textPayload":{msgspec.json.encode(each).decode()}}}' for each in PLAIN.splitlines()
        ),
        msgspec.json.encode([{"jsonPayload": {"message": PLAIN, "level": 50}, "logName": "timeout"}]).decode(),
        msgspec.json.encode({"protoPayload": {"status": {"code": 7, "message": PLAIN}}}).decode(),
        'level=error msg="' + PLAIN.replace('"', '\\"').replace("\n", "\\n") + '"',
        "\n".join(f"2031-01-01T00:00:0{n}Z stderr F {each}" for n, each in enumerate(PLAIN.splitlines())),
    ],
    ids=[
        "crlf",
        "colours",
        "quotes",
        "case",
        "blanks",
        "text-payload",
        "json-payload",
        "proto-payload",
        "logfmt",
        "times",
    ],
)
def test_the_dress_of_a_log_changes_nothing(dressed: str) -> None:
    assert causes(dressed) == causes(PLAIN)


def test_where_an_entry_comes_from_is_no_message() -> None:
    entry = {
        "resource": {"type": "timeout"},
        "labels": {"x": "connection refused"},
        "trace": "eof",
        "textPayload": "hi",
    }
    assert causes(msgspec.json.encode(entry).decode()) == []


def test_a_code_in_a_field_of_its_own_is_read() -> None:
    assert causes('{"error":{"name":"error","code":"3D000"}}')[0] is Cause.PG_DATABASE_MISSING
    assert causes('{"error":{"code":53300}}')[0] is Cause.PG_TOO_MANY_CONNECTIONS


def test_what_is_known_besides_orders_and_adds_nothing() -> None:
    text = "connect ECONNREFUSED 127.0.0.1:5432"
    plain = line_answer("1", text, None)
    known = line_answer("1", text, "the driver ignores the unix socket that the URL names in a parameter")
    assert {each.cause for each in plain.candidates} == {each.cause for each in known.candidates}
    rank = [each.cause for each in known.candidates].index(Cause.SOCKET_DRIVER_UNSUPPORTED)
    assert rank < [each.cause for each in plain.candidates].index(Cause.SOCKET_DRIVER_UNSUPPORTED)
    assert known.ambiguous
    assert line_answer("1", "hello", "connection refused").candidates == ()


@pytest.mark.parametrize("known", [None, "", {}, [], 0, {"a": [1, {"b": None}]}, ["idle"], 1e308, True])
def test_what_is_known_besides_may_be_any_json(known: object) -> None:
    assert line_answer(1, "connection refused", known).candidates


SECRET = st.text(alphabet=string.ascii_letters + string.digits, min_size=12, max_size=24).map(lambda text: f"Zq{text}7")
"""Longer than any word of the catalogue, so that finding it means that it was repeated."""


@given(SECRET, st.sampled_from(PATTERNS), st.data())
@settings(max_examples=200, deadline=None)
def test_nothing_of_the_text_is_repeated(secret: str, pattern: object, data: st.DataObject) -> None:
    """Passwords in URLs and key=value strings, and anything else: answers have words of the catalogue only."""
    words = data.draw(st.sampled_from(pattern.says))  # type: ignore[attr-defined]
    text = data.draw(
        st.sampled_from(
            [
                f"postgres://app:{secret}@10.1.2.3:5432/shop {words}",
                f"host=10.1.2.3 user=app password={secret} {words}",
                f"{words} {secret}",
                f'user "{secret}" {words} "{secret}"',
                f"{words.replace('*', secret)}",
                f'{{"message":"{secret}","error":"{words.replace(chr(34), "")}"}}',
            ]
        )
    )
    said = msgspec.json.encode([answer(text), line_answer(1, text, f"{secret} idle")]).decode()
    assert secret.lower() not in said.lower()


@given(st.text(max_size=2000))
@settings(max_examples=200, deadline=None)
def test_any_text_has_an_answer(text: str) -> None:
    once, again = answer(text), answer(text)
    assert once == again
    weights = [each.weight for each in once.candidates]
    assert weights == sorted(weights, reverse=True)
    assert all(0 < weight <= 1 for weight in weights)
    assert once.settle


@given(st.lists(st.sampled_from([wording for pattern in PATTERNS for wording in pattern.says]), max_size=30), st.text())
@settings(max_examples=100, deadline=None)
def test_any_heap_of_known_words_has_an_answer(wordings: list[str], between: str) -> None:
    assert answer(between.join(wordings)) == answer(between.join(wordings))


def _hostile() -> dict[str, str]:
    size = 1_000_000
    pieces = [piece.strip() for pattern in PATTERNS for wording in pattern.says for piece in wording.split("*")]
    pieces = [piece for piece in pieces if piece]
    shuffled = random.Random(7)
    return {
        "all words on one line": " ".join(shuffled.choice(pieces) for _ in range(size // 15)),
        "all words in lines": "\n".join(shuffled.choice(pieces) for _ in range(size // 15)),
        "first halves": "".join(f"{wording.partition('*')[0]} " * 200 for p in PATTERNS for wording in p.says)[:size],
        "second halves first": "not set environment variable " * (size // 29),
        "lines": "\n" * size,
        "quotes": '"' * size,
        "backslashes": "\\" * size,
        "escapes": "\x1b[" * (size // 2),
        "digits and dots": "1." * (size // 2),
        "masked": "x." * (size // 2),
        "users": "@a." * (size // 3),
        "frames": 'File "' * (size // 6),
        "brackets": "[" * (size // 2) + "]" * (size // 2),
    }


@pytest.mark.serial
@pytest.mark.parametrize("text", _hostile().values(), ids=_hostile())
def test_a_hostile_megabyte_takes_no_longer_than_a_log(text: str) -> None:
    """CPU seconds, so that a busy machine changes nothing; a plain log of this size takes a tenth of it."""
    answer("warm")
    before = time.process_time()
    answer(text)
    assert time.process_time() - before < 5
