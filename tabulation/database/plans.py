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

    A statement must leave the planner another way: a join of the rows of each row (LATERAL), or
    with the one row of a fixed key, is a nested loop whatever is switched off, and its cost is
    raised by 1e10.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL enable_nestloop = off; {COMPILE_NOTHING}")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")


#: PostgreSQL's JIT is on by default. For a sum a line of the paper it takes a second, and the sums
#: themselves a hundredth of that. Until the end of the transaction.
COMPILE_NOTHING = "SET LOCAL jit = off"

SHARED = {
    "cpu_operator_cost": "0.05",
    "parallel_tuple_cost": "0",
    "parallel_setup_cost": "0",
    "min_parallel_table_scan_size": "0",
}


def sort_in_memory(cursor: Any) -> None:
    """Until the end of the transaction: room for a nation; on disk it takes four times as long."""
    cursor.execute("SET LOCAL work_mem = '128MB'")


@contextmanager
def all_processors(cursor: Any) -> Iterator[None]:
    """Share the work on whole tables, inside a transaction; afterwards by default again.

    The planner takes a hash of a long text for as cheap as an addition, and would not share it.
    Only around the query itself: what triggers ask is planned by the same costs.
    """
    cursor.execute("; ".join(f"SET LOCAL {name} = {cost}" for name, cost in SHARED.items()))
    yield
    cursor.execute("; ".join(f"SET LOCAL {name} TO DEFAULT" for name in SHARED))
