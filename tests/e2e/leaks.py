"""What of a password is to be seen nowhere, and ways in which apps are given one."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

SHORTEST = 3
"""Characters of a piece that is worth hiding; shorter ones are in every text."""

SEPARATORS = ":@/%'\" \n?#&=\\"

CORPUS = (
    *(f"QxJ7{separator}ZvKw9{separator}WqXz3" for separator in SEPARATORS),
    "QxJ7:ZvKw9@WqXz3/JkQv5%XwZq8'KzJx2\"VqWj6 ZxKq4\nJwVz1",
    "@QxJ7ZvKw9",
    "/QxJ7ZvKw9/",
    "QxJ7%41ZvKw9",
    "QxJ7%ZvKw9",
    "QxJ7ZvKw9\n",
    "42/QxJ7ZvKw9@WqXz3",
    "'QxJ7ZvKw9'",
    "QxJ7ZvKw9 pw=WqXz3",
    "${QxJ7ZvKw9}",
)
"""Separators between pieces that no text has by accident, alone and together, and shapes that parsers stumble over."""


def pieces(password: str) -> set[str]:
    """However a parser, a shell or an encoder cuts it."""
    return {piece for piece in re.split(r"[^A-Za-z0-9]+", password) if len(piece) >= SHORTEST}


def leaked(text: str, password: str) -> set[str]:
    return {piece for piece in pieces(password) if piece in text}


Way = Callable[[int, str, Path], dict[str, str]]
"""How the app is told: port and password in, variables out; a file for those who want one."""

PARTS = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_USER": "by_scram", "POSTGRES_DB": "postgres"}


def _encoded(scheme: str) -> Way:
    return lambda port, password, _: {
        "DATABASE_URL": f"{scheme}://by_scram:{quote(password, safe='')}@127.0.0.1:{port}/postgres"
    }


def _raw(scheme: str) -> Way:
    return lambda port, password, _: {"DATABASE_URL": f"{scheme}://by_scram:{password}@127.0.0.1:{port}/postgres"}


def _parts(port: int, password: str, _: Path) -> dict[str, str]:
    return {**PARTS, "POSTGRES_PORT": str(port), "POSTGRES_PASSWORD": password}


def _file(variable: str) -> Way:
    def way(port: int, password: str, directory: Path) -> dict[str, str]:
        path = directory / "secret"
        path.write_bytes(password.encode())
        return {**PARTS, "POSTGRES_PORT": str(port), variable: str(path)}

    return way


def _libpq(port: int, password: str, _: Path) -> dict[str, str]:
    return {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(port),
        "PGUSER": "by_scram",
        "PGDATABASE": "postgres",
        "PGPASSWORD": password,
    }


def _query(port: int, password: str, _: Path) -> dict[str, str]:
    return {"DATABASE_URL": f"postgresql://127.0.0.1:{port}/postgres?user=by_scram&password={quote(password, safe='')}"}


def _misplaced(port: int, password: str, _: Path) -> dict[str, str]:
    """The password where something else belongs."""
    return {**_parts(port, password, _), "POSTGRES_PORT": f"{password}"}


WAYS: dict[str, Way] = {
    "encoded": _encoded("postgresql"),
    "encoded asyncpg": _encoded("postgresql+asyncpg"),
    "encoded psycopg": _encoded("postgresql+psycopg"),
    "raw": _raw("postgresql"),
    "raw asyncpg": _raw("postgresql+asyncpg"),
    "raw psycopg": _raw("postgresql+psycopg"),
    "query": _query,
    "parts": _parts,
    "libpq": _libpq,
    "file": _file("POSTGRES_PASSWORD_FILE"),
    "own file": _file("CLOUDSQL_DIAG_PASSWORD_FILE"),
    "port": _misplaced,
}
