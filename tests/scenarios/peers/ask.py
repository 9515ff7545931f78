"""One scenario put to us and to every peer, in the same world."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from msgspec.structs import replace

from diagnostics.core.model import Secret
from diagnostics.core.redact import Redactor
from diagnostics.lab.world import Login
from tests.scenarios.crew import outcome_of
from tests.scenarios.judge import Verdict, judge
from tests.scenarios.peers.peer import CLIENTS, PATIENCE_SECONDS, PEERS, Name, Place, Question
from tests.scenarios.scenario import Scenario, Value
from tests.scenarios.stage import Stage

_ENTRY = re.compile(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ", re.MULTILINE)
"""How each entry of the proxy's log begins; an error may take several lines."""


class Reply(Value, frozen=True, kw_only=True):
    """What a peer said."""

    peer: Name
    exit: int | None
    """None: stopped after its time."""
    seconds: float
    words: str
    """The line that says it, cleaned of secrets."""


class Comparison(Value, frozen=True, kw_only=True):
    """One line of the page."""

    ours: Verdict
    replies: tuple[Reply, ...]
    """Of the peers that could be asked."""


PATIENT = "S02-connector"
"""The scenario in which the Python connector is left alone, to see how long it really waits."""
PATIENT_SECONDS = 300.0
"""Longer than a kernel goes on asking for a connection, which is 127 s by default."""


def compare(stage: Stage, scenario: Scenario) -> Comparison:
    """Ours first, by itself; then the peers, all at once: they mostly wait."""
    ours = judge(scenario, outcome_of(stage.check(scenario)))
    place = _place(stage, scenario)
    asked = {peer: question for peer, ask in PEERS.items() if (question := ask(place))}
    ask = partial(_reply, stage, place)
    with ThreadPoolExecutor(len(PEERS)) as together:
        waiting = [together.submit(ask, peer, question, _patience(scenario, peer)) for peer, question in asked.items()]
    return Comparison(ours=ours, replies=tuple(each.result() for each in waiting))


def _patience(scenario: Scenario, peer: Name) -> float:
    """Seconds."""
    alone = scenario.id == PATIENT and peer is Name.CONNECTOR
    return PATIENT_SECONDS if alone else PATIENCE_SECONDS


def _place(stage: Stage, scenario: Scenario) -> Place:
    environment = stage.arrange(scenario)
    place = Place(scenario=scenario, environment=environment, address="")
    token = ""
    if scenario.login is Login.IAM:
        token = (
            stage.run(sys.executable, str(CLIENTS / "login_token.py"), environment=environment).stdout.decode().strip()
        )
    return replace(place, address=stage.instance_address(place.kind), token=token)


def _reply(stage: Stage, place: Place, peer: Name, question: Question, patience: float) -> Reply:
    environment = {**place.environment, **dict(question.variables)}
    run = stage.run(*question.argv, environment=environment, patience=patience)
    secrets = filter(None, (place.environment.get("POSTGRES_PASSWORD"), place.token))
    redactor = Redactor(tuple(map(Secret, secrets)))
    text = (run.stderr or run.stdout).decode(errors="replace")
    failed = not run.stopped and run.exit != 0
    return Reply(
        peer=peer,
        exit=None if run.stopped else run.exit,
        seconds=run.seconds,
        words=redactor.clean(telling(peer, text)) if failed else "",
    )


def telling(peer: Name, text: str) -> str:
    """The part of its output in which a peer says what is wrong, on one line.

    The proxy logs what it does and ends with what was wrong, so does the connector; the others say nothing else.
    """
    if peer is Name.PROXY:
        text = _ENTRY.split(text)[-1]
    elif peer is Name.CONNECTOR:
        text = next((line for line in reversed(text.splitlines()) if line.strip()), "")
    return " ".join(text.split())
