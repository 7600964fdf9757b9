"""The sum tree: records of units, nodes of at most 16 entries, proofs. See docs/verification.md.

An entry is a record or a node by its hash, with what it adds to the sums above it.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STATION = "hashvark station v2"
AREA = "hashvark area v2"
NODE = "hashvark node v1\n"
FAN_OUT = 16

#: Stations, counted, annulled, without a result by decision, registered, registered where counted,
#: then one a line of the form.
Sums = tuple[int | None, ...]
COUNTS = 6
RAW = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}


@dataclass(frozen=True)
class Entry:
    """A child in the tree of its area: its hash, and what it adds."""

    digest: bytes
    sums: Sums

    @property
    def line(self) -> str:
        return f"{self.digest.hex()}\t{listed(self.sums)}\n"


def unescaped(field: str) -> str:
    """The text that was written as this field of a record."""
    return re.sub(r"\\([\\tnr])", lambda found: RAW[found[1]], field)


def listed(items: Iterable[int | None]) -> str:
    """A list field of a record; what is not there is an empty item."""
    return ",".join("" if item is None else str(item) for item in items)


def added_up(sums: Iterable[Sums]) -> Sums:
    """Item by item; an item that is there in none of them is not there in the sum."""
    columns = zip(*sums, strict=True)
    return tuple(_total([item for item in column if item is not None]) for column in columns)


def _total(items: list[int]) -> int | None:
    return sum(items) if items else None


def node(entries: Sequence[Entry]) -> Entry:
    """The node of 1 to `FAN_OUT` entries."""
    text = NODE + "".join(entry.line for entry in entries)
    return Entry(hashlib.sha256(text.encode()).digest(), added_up(e.sums for e in entries))


def level_above(entries: Sequence[Entry]) -> list[Entry]:
    """The nodes of ``entries``, in order."""
    return [node(entries[i : i + FAN_OUT]) for i in range(0, len(entries), FAN_OUT)]


def branch(entries: Sequence[Entry], position: int) -> list[list[Entry | None]]:
    """From the entry at ``position`` (from 0) up to the root: each node's entries, itself None."""
    levels = []
    level: Sequence[Entry] = entries
    while True:
        start = position - position % FAN_OUT
        siblings: list[Entry | None] = list(level[start : start + FAN_OUT])
        siblings[position - start] = None
        levels.append(siblings)
        level, position = level_above(level), position // FAN_OUT
        if len(level) == 1:
            return levels
