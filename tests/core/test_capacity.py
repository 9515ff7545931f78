"""The arithmetic of connection slots."""

import pytest

from diagnostics.core.capacity import capacity_of, number_of, slots
from diagnostics.core.facts import AdminInstance, PostgresCapacity
from tests.core.stories import call


@pytest.mark.parametrize(
    "numbers, expected",
    [
        (("100", "3", "0", "12"), PostgresCapacity(max_connections=100, reserved=3, in_use=12, free=85)),
        (("100", "3", "2", "12"), PostgresCapacity(max_connections=100, reserved=5, in_use=12, free=83)),
        (("25", "3", "0", "24"), PostgresCapacity(max_connections=25, reserved=3, in_use=24, free=0)),
    ],
)
def test_what_is_left_is_for_everybody(numbers: tuple[str, ...], expected: PostgresCapacity) -> None:
    assert capacity_of(numbers) == expected


@pytest.mark.parametrize("numbers", [(), ("100", "3", "0"), ("100", "3", "0", "many"), ("100", "", "0", "1")])
def test_anything_but_four_numbers_is_no_capacity(numbers: tuple[str, ...]) -> None:
    assert capacity_of(numbers) is None


@pytest.mark.parametrize(
    "text, number", [("16.4 (Debian 16.4-1)", 16), ("9.6.24", 9), ("17beta1", 17), ("", 0), ("x", 0)]
)
def test_a_version_begins_with_its_number(text: str, number: int) -> None:
    assert number_of(text) == number


def test_the_server_knows_its_slots_better_than_the_flag() -> None:
    capacity = PostgresCapacity(max_connections=100, reserved=5, in_use=1, free=94)
    flag = AdminInstance(call=call(), max_connections=50)
    assert slots(capacity, flag) == 95
    assert slots(None, flag) == 47
    assert slots(None, AdminInstance(call=call())) == 0
    assert slots(None, None) == 0
