"""``python -m tests.diagnosis``: every world of the tests, and in all of them each look left out once."""

import sys
import time

from diagnostics.core.model import Route
from diagnostics.diagnosis.network.verdict import diagnose_network
from tests.diagnosis.every_world import EveryWorld, Key, each_broken, observations, rows, without_each
from tests.diagnosis.judge import complaints, unsettled


def main() -> None:
    """Say what is wrong and how much was asked; exit with 1 where anything is."""
    began, problems = time.monotonic(), 0
    for route in Route:
        asked = _with_a_look_less(route)
        wrong = [problem for key, worlds in asked.items() for problem in _judged(key, worlds)]
        problems += len(wrong)
        print(f"{route}: {each_broken(route)} broken worlds, {len(asked)} answers, {len(wrong)} wrong", *wrong[:5])
    print(f"{time.monotonic() - began:.0f} s")
    sys.exit(1 if problems else 0)


def _with_a_look_less(route: Route) -> dict[Key, list[tuple[EveryWorld, int]]]:
    found = {key: list(worlds) for key, worlds in rows(route).items()}
    for (known, seen), worlds in rows(route).items():
        for fewer in without_each(seen):
            found.setdefault((known, fewer), []).extend(worlds)
    return found


def _judged(key: Key, worlds: list[tuple[EveryWorld, int]]) -> list[str]:
    known, what = key
    seen = observations(what)
    answer = diagnose_network(seen, known)
    problems = (*complaints(answer, worlds, known), *unsettled(answer, seen, known))
    return [f"{problem}: {known} {seen}" for problem in problems]


if __name__ == "__main__":
    main()
