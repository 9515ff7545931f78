"""``explain --text`` and ``explain --jsonl``: what goes in, what comes out, and what never does."""

import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from diagnostics.core.codes import Cause
from diagnostics.surfaces import judging
from diagnostics.surfaces.streams import Documents
from tests.surfaces.stage import Played, play

USAGE = 2
SETTLED = "FATAL:  sorry, too many clients already\n"
OPEN = "dial tcp 34.1.2.3:3307: i/o timeout\n"
SECRET = "hunter2-hunter2"

Pasted = Callable[[str | bytes], Path]


@pytest.fixture
def pasted(tmp_path: Path) -> Pasted:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "pasted"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def explain(path: Path, *arguments: str, flag: str = "--text") -> Played:
    return play("explain", flag, str(path), *arguments)


def lines(played: Played) -> list[dict[str, object]]:
    return [json.loads(line) for line in played.out.splitlines()]


def test_a_settled_text_leads_to_the_page_of_its_cause(pasted: Pasted) -> None:
    played = explain(pasted(SETTLED))
    assert played.code == 0
    assert played.out.index("pg.too_many_connections") < played.out.index("pool.exhausted")
    assert "cloudsql-diag explain pg.too_many_connections" in played.out


def test_an_open_text_leads_to_a_check_along_its_route(pasted: Pasted) -> None:
    played = explain(pasted(OPEN))
    assert "vpc.nat_missing_or_exhausted" in played.out
    assert "cloudsql-diag check --instance PROJECT:REGION:INSTANCE" in played.out


def test_json_has_everything_that_text_says(pasted: Pasted) -> None:
    document = json.loads(explain(pasted(OPEN), "-o", "json").out)
    assert document["ambiguous"] is True
    assert [set(each) for each in document["candidates"]] == [
        {"cause", "weight", "fit", "why", "title", "settled_by"}
    ] * 4
    assert document["clarity"] == "symptom"
    assert document["settle"][0]["command"] == "cloudsql-diag check"


def test_short_is_two_lines(pasted: Pasted) -> None:
    verdict, settle = explain(pasted(SETTLED), "-o", "short").out.splitlines()
    assert "pg.too_many_connections (fits closely)" in verdict
    assert settle.endswith("cloudsql-diag explain pg.too_many_connections")


def test_markdown_has_the_command_in_a_block(pasted: Pasted) -> None:
    assert "```sh\ncloudsql-diag check\n```" in explain(pasted(OPEN), "-o", "markdown").out


def test_a_text_without_known_words_says_so_and_what_to_do(pasted: Pasted) -> None:
    for output in ("text", "short", "json", "markdown"):
        played = explain(pasted("all is well"), "-o", output)
        assert played.code == 0
        assert "cloudsql-diag check" in played.out


@pytest.mark.parametrize("output", ["text", "short", "markdown"])
def test_people_read_words_and_no_weights(pasted: Pasted, output: str) -> None:
    for text in (SETTLED, OPEN, "FATAL: password authentication failed for user x"):
        assert not re.search(r"\b[01]\.\d", explain(pasted(text), "-o", output).out)


def test_steps_are_offered_for_several_causes_too(pasted: Pasted) -> None:
    assert "cloudsql-diag explain vpc.nat_missing_or_exhausted" in explain(pasted(OPEN)).out


@pytest.mark.parametrize(
    "words, cause",
    [
        ("28P01", "pg.auth_password"),
        ("3D000", "pg.database_missing"),
        ("ENOENT", "socket.wrong_path"),
        ("P2024", "pool.exhausted"),
        ("MissingGreenlet", "config.driver_missing"),
        ("FATAL:  sorry, too many clients already", "pg.too_many_connections"),
        ("connect ETIMEDOUT 10.1.2.3:5432", "vpc.no_egress"),
    ],
)
def test_words_on_the_command_line_are_a_text(words: str, cause: str) -> None:
    played = play("explain", words, "-o", "json")
    assert json.loads(played.out)["candidates"][0]["cause"] == cause


@pytest.mark.parametrize("words", ["tcp.out", "pool.timeout", "nonsense", "12345", "no such thing here at all", ""])
def test_a_code_that_nobody_has_is_usage(words: str) -> None:
    played = play("explain", words)
    assert (played.code, played.out) == (USAGE, "")
    assert not words or words not in played.err


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], None]]:
    """Standard input as the shell's ``|`` makes it."""
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)

        def write(content: bytes) -> None:
            os.write(writing, content)
            os.close(writing)

        yield write


def test_a_plain_pipe_is_a_text(pipe: Callable[[bytes], None]) -> None:
    pipe(SETTLED.encode())
    assert "The text names its cause" in play("explain").out


def test_an_empty_pipe_lists_the_causes(pipe: Callable[[bytes], None]) -> None:
    pipe(b" \n")
    played = play("explain", "-o", "json")
    assert {each["cause"] for each in json.loads(played.out)} == set(Cause)


def test_a_code_is_explained_whatever_is_piped(pipe: Callable[[bytes], None]) -> None:
    pipe(SETTLED.encode())
    assert "tcp.timeout" in play("explain", "tcp.timeout").out.splitlines()[0]


def test_standard_input_is_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, SETTLED.encode())
    assert "pg.too_many_connections" in play("explain", "--text", "-").out


def stdin(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_bytes_that_are_no_text_are_read_over(pasted: Pasted) -> None:
    assert "pg.too_many_connections" in explain(pasted(b"\xff\xfe\x00" + SETTLED.encode() + b"\x80")).out


def test_of_a_text_that_is_too_long_the_end_is_read(pasted: Pasted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "LONGEST", 100)
    played = explain(pasted(OPEN + "filler\n" * 20 + SETTLED))
    assert "longer than" in played.err
    assert "pg.too_many_connections" in played.out
    assert "vpc." not in played.out


@pytest.mark.parametrize("flag", ["--text", "--jsonl"])
def test_a_file_that_cannot_be_read_is_usage(flag: str, tmp_path: Path) -> None:
    played = explain(tmp_path / SECRET, flag=flag)
    assert (played.code, played.out) == (USAGE, "")
    assert flag in played.err
    assert SECRET not in played.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("tcp.timeout", "--text", "x"),
        ("--report", "x", "--text", "x"),
        ("--jsonl", "x", "--text", "x"),
        ("--jsonl", "x", "-o", "text"),
        ("--text", "x", "-o", "log"),
        ("--text", "x", "-o", "jsonl"),
    ],
)
def test_what_contradicts_itself_is_usage(arguments: tuple[str, ...]) -> None:
    played = play("explain", *arguments)
    assert (played.code, played.out) == (USAGE, "")


def test_every_line_is_answered_in_its_order(pasted: Pasted) -> None:
    asked = [
        {"id": "a", "error_text": SETTLED},
        {"id": 7, "error_text": OPEN, "context": "private nodes without Cloud NAT"},
        {"id": "a", "error_text": "hello", "source": "elsewhere", "context": {"x": [1, None]}},
    ]
    played = explain(pasted("\n".join(map(json.dumps, asked))), flag="--jsonl")
    answers = lines(played)
    assert (played.code, played.err) == (0, "")
    assert [answer["id"] for answer in answers] == ["a", 7, "a"]
    assert [set(answer) for answer in answers] == [{"id", "candidates", "ambiguous"}] * 3
    assert answers[2] == {"id": "a", "candidates": [], "ambiguous": True}
    for answer in answers[:2]:
        for candidate in answer["candidates"]:  # type: ignore[attr-defined]
            assert set(candidate) == {"cause", "weight", "why"}
            assert Cause(candidate["cause"])
            assert 0 < candidate["weight"] <= 1
            assert candidate["why"]


@pytest.mark.parametrize("given", [("--jsonl",), ("--jsonl", "-")])
def test_lines_come_from_standard_input_where_no_file_is_named(
    given: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, json.dumps({"id": "a", "error_text": SETTLED}).encode())
    assert lines(play("explain", *given))[0]["ambiguous"] is False


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[]",
        "7",
        f'{{"error_text": "{SECRET}"}}',
        '{"id": "a"}',
        '{"id": null, "error_text": ""}',
        '{"id": "a", "error_text": 5}',
        f'{{"id": 1.5, "error_text": "{SECRET}"}}',
        '{"id": "\\ud800", "error_text": "x"}',
        "\ufeff{}",
        "[" * 100_000,
    ],
    ids=range(11),
)
def test_a_bad_line_is_named_and_the_others_are_answered(bad: str, pasted: Pasted) -> None:
    good = json.dumps({"id": "g", "error_text": SETTLED})
    played = explain(pasted(f"{good}\n\n{bad}\n{good}\n"), flag="--jsonl")
    assert [answer["id"] for answer in lines(played)] == ["g", "g"]
    assert played.code == USAGE
    assert "line 3 of --jsonl" in played.err
    assert SECRET not in played.err


def test_a_line_that_is_too_long_is_named_and_the_next_is_answered(
    pasted: Pasted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "LONGEST", 100)
    good = json.dumps({"id": "g", "error_text": "refused"})
    played = explain(pasted(f"{'x' * 350}\n{good}\n{'y' * 101}"), flag="--jsonl")
    assert [answer["id"] for answer in lines(played)] == ["g"]
    assert "line 1 of --jsonl" in played.err
    assert "line 3 of --jsonl" in played.err


def test_half_a_surrogate_in_a_text_is_no_reason_to_give_up(pasted: Pasted) -> None:
    played = explain(pasted('{"id": "a", "error_text": "\\ud83d connection refused"}'), flag="--jsonl")
    assert lines(played)[0]["candidates"]


def test_a_line_is_answered_before_the_next_one_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes a line and waits for the answer gets it."""
    seen: list[int] = []

    class Slow(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            seen.append(len(answered))
            return super().readline(size)

    answered: list[str] = []
    monkeypatch.setattr(Documents, "write", lambda _, document: answered.append(document))
    question = json.dumps({"id": "a", "error_text": "x"}).encode() + b"\n"
    monkeypatch.setattr(sys, "stdin", type("In", (), {"buffer": Slow(question * 3)}))
    play("explain", "--jsonl")
    assert seen == [0, 1, 2, 3]


def test_nothing_of_the_text_comes_out(pasted: Pasted) -> None:
    text = f'postgres://app:{SECRET}@34.1.2.3:3307/shop i/o timeout password={SECRET} user "{SECRET}"'
    for output in ("text", "short", "json", "markdown"):
        assert SECRET not in explain(pasted(text), "-o", output).out
    asked = json.dumps({"id": "a", "error_text": text, "context": SECRET})
    assert SECRET not in explain(pasted(asked), flag="--jsonl").out


def test_modes_that_explain_are_light(pasted: Pasted) -> None:
    import subprocess

    heavy = {"aiohttp", "asyncpg", "psycopg", "google", "dns", "cryptography", "rich"}
    script = (
        "import sys; from diagnostics.__main__ import main\n"
        f"sys.argv = ['cloudsql-diag', 'explain', '--text', {str(pasted(OPEN))!r}, '-o', 'short']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(' '.join(sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert heavy.isdisjoint(name.partition(".")[0] for name in ran.stderr.split())
