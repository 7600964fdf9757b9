"""What lasts for one transaction: a view of the database that does not change, and tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from tabulation.database.plans import COMPILE_NOTHING


@contextmanager
def one_snapshot() -> Iterator[None]:
    """All reads of the block see the database as it is at one moment, and nothing is written.

    Inside a transaction they see what that transaction does.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;" + COMPILE_NOTHING
                )
        yield


def temporary(cursor: Any, table: str, columns: str) -> None:
    """An empty temporary table until the end of the transaction."""
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
    cursor.execute(f"CREATE TEMPORARY TABLE {table} ({columns}) ON COMMIT DROP")
