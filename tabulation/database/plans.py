"""For what reads whole tables: plans that stay linear whatever the planner believes of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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


def use_all_processors(cursor: Any) -> None:
    """Until the end of the transaction, for whole tables: share the work, and sort in memory.

    The planner takes a hash of a long text for as cheap as an addition, and would not share it.
    """
    cursor.execute(
        "SET LOCAL work_mem = '128MB'; SET LOCAL cpu_operator_cost = 0.05;"
        " SET LOCAL parallel_tuple_cost = 0; SET LOCAL parallel_setup_cost = 0;"
        " SET LOCAL min_parallel_table_scan_size = 0"
    )
