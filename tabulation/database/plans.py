"""For what reads whole tables: plans that stay linear whatever the planner believes of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def no_nested_loops() -> Iterator[None]:
    """Join whole tables by hashing or merging; afterwards as before.

    Until a large load has been analysed the planner may take its tables for empty, and compare
    each row with each: minutes instead of moments. Only for what reads much anyway.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")
