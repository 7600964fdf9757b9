"""How the tests alter a mirror: what is picked in it, and how one thing is changed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tabulation.tests.support.mirrors import canonical

Records = list[list[str]]
Change = Callable[[Path], None]
STATION_FIELDS = (
    "format", "contest", "station", "name", "area", "status", "version", "reason", "decision",
    "explanations", "scans", "registered", "figures", "broken", "evaluated", "since", "continues",
    "files",
)  # fmt: skip
AREA_FIELDS = (
    "format", "contest", "area", "name", "parent", "status", "sums", "filled", "broken",
    "evaluated", "children", "root", "since",
)  # fmt: skip


@dataclass(frozen=True)
class Tampering:
    """``mutate`` alters the mirror in a folder; a finding must then hold all of ``words``.

    ``also`` are words of another finding, of verify.py alone; what the shell does not read
    (CSV, JSON, relations of a station) has ``shell`` false.
    """

    name: str
    mutate: Change
    words: tuple[str, ...]
    also: tuple[str, ...] = ()
    shell: bool = True


class Target:
    """The latest publication of the only election in a mirror; its contest with most records."""

    def __init__(self, mirror: Path) -> None:
        (folder,) = (mirror / "data").iterdir()
        self.election = folder.name
        self.number = len((folder / "manifests.jsonl").read_bytes().splitlines())
        ledgers = (folder / str(self.number)).glob("*.ledger.tsv")
        self.contest = max(ledgers, key=lambda p: p.stat().st_size).name[: -len(".ledger.tsv")]
        self.path = f"data/{self.election}/{self.number}/{self.contest}"
        self.records = read_records(mirror / f"{self.path}.ledger.tsv")
        manifest = json.loads((folder / str(self.number) / "manifest.json").read_bytes())
        #: Names of the documents that came out with it.
        self.files = sorted(manifest.get("files", {}))
        stations = [r for r in self.records if len(r) == 18 and r[5] == "counted"]
        self.station = max(
            (s for s in stations if self._suits(s)),
            key=lambda s: sum(other[4] == s[4] for other in self.records),
        )
        at = self.records.index(self.station)
        self.next = self.records[at + 1]
        self.code, self.area = self.station[2], self.station[4]
        self.other = next(s[4] for s in stations if s[4] not in self._lineage(self.area))
        self.head = self.records[-1][2]

    def _suits(self, station: list[str]) -> bool:
        """Not directly in the head; followed by a sibling; two candidates with unequal votes."""
        after = self.records[self.records.index(station) + 1]
        figures = [f for f in station[12].split(",")[-3:] if f not in ("", "-")]
        alike = len(after) == 18 and after[4] == station[4]
        return alike and station[4] != self.records[-1][2] and len(set(figures)) > 1

    def _lineage(self, area: str) -> set[str]:
        """The area, what lies above it and what lies directly below."""
        parents = {r[2]: r[4] for r in self.records if len(r) == 13}
        line = {area, *(code for code, parent in parents.items() if parent == area)}
        while area := parents[area]:
            line.add(area)
        return line

    def data(self, name: str) -> str:
        return f"data/{self.election}/{name}"

    def of_publication(self, name: str) -> str:
        return self.data(f"{self.number}/{name}")


def read_records(path: Path) -> Records:
    return [line.split("\t") for line in path.read_text("utf-8").split("\n")[:-1]]


def edit(path: str, change: Callable[[bytes], bytes]) -> Change:
    """Alters a file; a change that changes nothing would prove nothing."""

    def mutate(mirror: Path) -> None:
        before = (mirror / path).read_bytes()
        after = change(before)
        if before == after:
            raise AssertionError(f"{path} was not altered")
        (mirror / path).write_bytes(after)

    return mutate


def edit_ledger(target: Target, change: Callable[[Records], None]) -> Change:
    def rewritten(body: bytes) -> bytes:
        records = [line.split("\t") for line in body.decode().split("\n")[:-1]]
        change(records)
        return "".join("\t".join(record) + "\n" for record in records).encode()

    return edit(f"{target.path}.ledger.tsv", rewritten)


def edit_json(path: str, change: Callable[[Any], None], *, indent: int | None = None) -> Change:
    def rewritten(body: bytes) -> bytes:
        value = json.loads(body)
        change(value)
        if indent is None:
            return canonical(value)
        return (json.dumps(value, ensure_ascii=False, indent=indent) + "\n").encode()

    return edit(path, rewritten)


def one(records: Records, code: str, size: int) -> list[str]:
    return next(r for r in records if r[2] == code and len(r) == size)


def more(text: str) -> str:
    """The list with 1 added to its last item that holds a number."""
    items = text.split(",")
    at = max(i for i, item in enumerate(items) if item.isdigit())
    items[at] = str(int(items[at]) + 1)
    return ",".join(items)


def flipped(text: str) -> str:
    return ("0" if text[0] == "1" else "1") + text[1:]


def exchanged(text: str) -> str:
    """The list with two unequal votes exchanged: what one candidate got, another has."""
    items = text.split(",")
    votes = [i for i in range(len(items) - 3, len(items)) if items[i] not in ("", "-")]
    first = votes[0]
    second = next(i for i in votes if items[i] != items[first])
    items[first], items[second] = items[second], items[first]
    return ",".join(items)


def in_the_log(target: Target, change: Callable[[Any], None]) -> Change:
    """The last manifest altered wherever it stands."""

    def mutate(mirror: Path) -> None:
        path = mirror / target.of_publication("manifest.json")
        edit_json(target.of_publication("manifest.json"), change)(mirror)
        log = mirror / target.data("manifests.jsonl")
        lines = log.read_bytes().split(b"\n")
        lines[target.number - 1] = path.read_bytes()
        log.write_bytes(b"\n".join(lines))

    return mutate


def in_ledger(target: Target, kind: str, code: str) -> tuple[str]:
    return (f"{target.contest}.ledger.tsv: {kind} {code}:",)
