"""Temporary tables of one publication."""

from typing import Any


def temporary(cursor: Any, table: str, columns: str) -> None:
    """An empty temporary table until the end of the transaction."""
    cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({columns}) ON COMMIT DROP")
    cursor.execute(f"DELETE FROM {table}")  # noqa: S608  # a name of ours
