"""Temporary tables of one publication."""

from typing import Any


def temporary(cursor: Any, table: str, columns: str) -> None:
    """An empty temporary table until the end of the transaction."""
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
    cursor.execute(f"CREATE TEMPORARY TABLE {table} ({columns}) ON COMMIT DROP")
