"""A contest's root from its records alone, by the pure arithmetic: what the database must say."""

import hashlib
from collections.abc import Iterable, Sequence

from tabulation.arithmetic.commitments.sumtree import Entry, Sums, level_above


def record_hash(record: str) -> bytes:
    """SHA-256 of a record, without a line feed."""
    return hashlib.sha256(record.encode()).digest()


def root(entries: Sequence[Entry]) -> Entry:
    """The one node above all ``entries`` (1 or more): the root of an area's tree."""
    level = level_above(entries)
    while len(level) > 1:
        level = level_above(level)
    return level[0]


def root_of(records: Iterable[str], lines: int) -> str:
    """The root of a contest whose form has so many lines, in hexadecimal, from its records."""
    children: dict[str, list[tuple[bytes, bool, Entry]]] = {}
    for record in records:
        fields = record.split("\t")
        is_station = fields[0].startswith("hashvark station")
        if is_station:
            sums = contribution(fields, lines)
        else:
            top = root([entry for *_order, entry in sorted(children.pop(fields[2]), key=place)])
            assert fields[11] == top.digest.hex(), f"root of {fields[2]}"
            assert fields[6] == ",".join("" if s is None else str(s) for s in top.sums), fields[2]
            sums = top.sums
        entry = Entry(record_hash(record), sums)
        parent = fields[4]
        children.setdefault(parent, []).append((fields[2].encode(), is_station, entry))
    ((_code, _kind, head),) = children.pop("")
    assert not children
    return head.digest.hex()


def place(child: tuple[bytes, bool, Entry]) -> tuple[bytes, bool]:
    return child[:2]


def contribution(fields: list[str], lines: int) -> Sums:
    """What a station adds: itself, its list, and its figures when they count."""
    counted = fields[5] == "counted"
    listed = int(fields[11]) if fields[11] else None
    figures = [int(item) if item.isdigit() else None for item in fields[12].split(",")]
    return (
        1, int(counted), int(fields[5] == "annulled"), 0, listed,
        None if listed is None else listed if counted else 0,
        *(figures if counted else [None] * lines),
    )  # fmt: skip
