"""Bytes get through whole, in both directions at once, whatever stands in between."""

import psycopg
import pytest

from diagnostics.lab.lab import Lab
from diagnostics.lab.world import Route

SIZE = 3_000_000
"""Many times what any buffer on the way holds."""


@pytest.mark.parametrize(
    "route, sslmode", [(Route.DIRECT, "disable"), (Route.DIRECT, "require"), (Route.SOCKET, "prefer")]
)
def test_large_values_go_there_and_back(lab: Lab, route: Route, sslmode: str) -> None:
    environment = lab.arrange(route=route)
    place = f"host={environment['POSTGRES_HOST']} user=api dbname=orders sslmode={sslmode}"
    value = "x" * SIZE
    with psycopg.connect(place, password=environment["POSTGRES_PASSWORD"]) as connection:
        row = connection.execute("SELECT %s::text || 'y'", [value]).fetchone()
    assert row == (value + "y",)


def test_many_small_messages_are_not_held_back(lab: Lab) -> None:
    """A pipeline writes without waiting; TLS may have taken several messages off the wire at once."""
    environment = lab.arrange(route=Route.DIRECT)
    place = f"host={lab.addresses.public} user=api dbname=orders sslmode=require"
    with (
        psycopg.connect(place, password=environment["POSTGRES_PASSWORD"], autocommit=True) as connection,
        connection.pipeline(),
    ):
        cursors = [connection.execute("SELECT %s::int", [number]) for number in range(500)]
        rows = [cursor.fetchone() for cursor in cursors]
    assert rows == [(number,) for number in range(500)]
