"""One statement at a time: run, or with its rows."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

#: Rows of a server-side cursor fetched at a time.
CHUNK = 2_000


def run(statement: str, values: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def fetch(statement: str, values: Any = None) -> list[tuple[Any, ...]]:
    """All the rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def stream(statement: str, values: Any = None) -> Iterator[tuple[Any, ...]]:
    """The rows as they are asked for, from a server-side cursor: in bounded memory."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, values)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows
