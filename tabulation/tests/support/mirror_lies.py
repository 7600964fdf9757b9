"""Every kind of lie that a mirror can tell, one at a time, and where it must be found.

`tamperings` reads any mirror in a folder, whoever wrote it, and picks what it alters there.
"""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tabulation.tests.support.mirror_edits import (
    AREA_FIELDS,
    STATION_FIELDS,
    Records,
    Tampering,
    Target,
    edit,
    edit_json,
    edit_ledger,
    exchanged,
    flipped,
    in_ledger,
    in_the_log,
    more,
    one,
    read_records,
)
from tabulation.tests.support.mirror_lies_files import (
    cut,
    of_checkpoints,
    of_csv,
    of_json,
    of_list,
    of_log,
    of_manifests,
)
from tabulation.tests.support.mirror_lies_reasons import (
    lies_about_hours,
    of_files,
    of_hours,
    of_reasons,
)
from tabulation.tests.support.mirror_lies_records import malformed
from tabulation.tests.support.mirror_notes import log_root
from tabulation.tests.support.mirrors import added, area_status, levels_of, listed, node_hash, sha


def tamperings(mirror: Path) -> Iterator[Tampering]:
    target = Target(mirror)
    yield from of_stations(target)
    yield from of_tree(target)
    yield from of_order(target)
    yield from of_areas(target)
    yield from of_form(target)
    yield from malformed(target)
    yield from of_checkpoints(target)
    yield from of_manifests(target)
    yield from of_log(target)
    yield from of_list(target)
    yield from of_csv(target)
    yield from of_json(target)
    yield from of_reasons(target)
    yield from of_hours(target)
    yield from of_files(target)
    yield from lies_about_hours(target)
    yield from cut(target)
    yield from lies_that_add_up(target)


def of_stations(target: Target) -> Iterator[Tampering]:
    """A field of a station: found at its area, and by the CSV at the station itself."""
    changes: dict[str, Callable[[str], str]] = {
        "name": lambda text: text + "!",
        "status": lambda _: "annulled",
        "version": lambda text: str(int(text) + 1),
        "reason": lambda text: text + "recount",
        "decision": lambda text: text + "7",
        "explanations": lambda _: "0" * 64,
        "scans": lambda _: f"1.jpg:{'0' * 64}",
        "registered": lambda text: str(int(text) + 1),
        "figures": more,
        "since": lambda _: str(target.number),
        "files": lambda _: f"a.txt:{'0' * 64}",
    }
    for name, change in changes.items():
        at = STATION_FIELDS.index(name)

        def mutate(records: Records, at: int = at, change: Any = change) -> None:
            record = one(records, target.code, 18)
            record[at] = change(record[at])

        unseen = name in ("explanations", "scans", "registered", "since", "files")
        also = () if unseen else (f"{target.contest}.csv: station {target.code}: ",)
        words = in_ledger(target, "area", target.area)
        yield Tampering(f"a station's {name}", edit_ledger(target, mutate), words, also)

    def order(records: Records) -> None:
        record = one(records, target.code, 18)
        record[12] = exchanged(record[12])

    words = in_ledger(target, "area", target.area)
    also = (f"{target.contest}.csv: station {target.code}: ",)
    yield Tampering("two candidates' votes exchanged", edit_ledger(target, order), words, also)

    for name in ("broken", "evaluated"):
        at = STATION_FIELDS.index(name)

        def flags(records: Records, at: int = at) -> None:
            record = one(records, target.code, 18)
            record[at] = flipped(record[at])

        also = (f"{target.contest}.ledger.tsv: station {target.code}: {name}, relation",)
        yield Tampering(f"a station's {name}", edit_ledger(target, flags), words, also)


def of_tree(target: Target) -> Iterator[Tampering]:
    """Stations that go, come, change places or areas."""
    code, area = target.code, target.area
    words = in_ledger(target, "area", area)

    def removed(records: Records) -> None:
        records.remove(one(records, code, 18))

    def added_(records: Records) -> None:
        record = one(records, code, 18)
        new = [*record[:2], code + "!", *record[3:]]
        records.insert(records.index(record) + 1, new)

    def names(records: Records) -> None:
        first, second = one(records, code, 18), one(records, target.next[2], 18)
        first[2], second[2] = second[2], first[2]
        at, to = records.index(first), records.index(second)
        records[at], records[to] = second, first

    def places(records: Records) -> None:
        at = records.index(one(records, code, 18))
        records[at], records[at + 1] = records[at + 1], records[at]

    def moved(records: Records) -> None:
        record = one(records, code, 18)
        records.remove(record)
        record[4] = target.other
        below = [i for i, r in enumerate(records) if len(r) == 18 and r[4] == target.other]
        later = [i for i in below if records[i][2].encode() > code.encode()]
        records.insert(later[0] if later else below[-1] + 1, record)

    csv_ = f"{target.contest}.csv: station"
    yield Tampering(
        "a station removed", edit_ledger(target, removed), words, (f"{csv_} {code}: is not in",)
    )
    yield Tampering(
        "a station added", edit_ledger(target, added_), words, (f"{csv_} {code}!: has no row",)
    )
    yield Tampering(
        "two siblings with each other's codes", edit_ledger(target, names), words,
        (f"{csv_} {target.next[2]}: ",),
    )  # fmt: skip
    yield Tampering(
        "two siblings out of order", edit_ledger(target, places),
        in_ledger(target, "station", code),
    )  # fmt: skip
    yield Tampering(
        "a station moved to another area", edit_ledger(target, moved), words,
        in_ledger(target, "area", target.other),
    )  # fmt: skip


def of_order(target: Target) -> Iterator[Tampering]:
    """Records that are right, in another order than the page says."""
    code = target.code

    def strayed(records: Records) -> None:
        record = one(records, code, 18)
        records.remove(record)
        records.insert(records.index(one(records, target.other, 13)), record)

    def areas(records: Records) -> None:
        below = [r for r in records if len(r) == 13 and r[4] == records[-1][2]]
        block = records[: records.index(below[0]) + 1]
        records[: len(block)] = []
        records[records.index(below[1]) + 1 : records.index(below[1]) + 1] = block

    yield Tampering(
        "a station among those of another area", edit_ledger(target, strayed),
        (f"{target.contest}.ledger.tsv: station {code}: stands among the stations of area",),
    )  # fmt: skip
    second = sorted(r[2] for r in target.records if r[4] == target.head and len(r) == 13)[:2]
    yield Tampering(
        "two areas out of order", edit_ledger(target, areas),
        (f"{target.contest}.ledger.tsv: area {second[0]}: ", f"after area {second[1]}"),
    )  # fmt: skip


def of_areas(target: Target) -> Iterator[Tampering]:
    """A field of an area: found at the area, or at the one above when it says nothing of below."""
    changes: dict[str, Callable[[str], str]] = {
        "name": lambda text: text + "!",
        "status": lambda text: "annulled" if text != "annulled" else "counted",
        "sums": more,
        "filled": more,
        "broken": more,
        "evaluated": more,
        "children": lambda text: str(int(text) + 1),
        "root": lambda text: flipped(text),
    }
    parent = one(target.records, target.area, 13)[4]
    for name, change in changes.items():
        at = AREA_FIELDS.index(name)
        for code, above in ((target.area, parent), (target.head, "")):

            def mutate(
                records: Records, at: int = at, change: Any = change, code: str = code
            ) -> None:
                record = one(records, code, 13)
                record[at] = change(record[at])

            where = in_ledger(target, "area", code)
            if name == "name":
                kind = "area" if above else "head"
                where = in_ledger(target, kind, above or code)
            yield Tampering(f"{name} of area {code}", edit_ledger(target, mutate), where)

    def order(records: Records) -> None:
        record = one(records, target.area, 13)
        record[6] = exchanged(record[6])

    yield Tampering(
        "two candidates' sums exchanged", edit_ledger(target, order),
        in_ledger(target, "area", target.area),
    )  # fmt: skip


def of_form(target: Target) -> Iterator[Tampering]:
    path = f"{target.path}.form.json"
    words = (f"{target.contest}.form.json", "hash")

    def lines(form: Any) -> None:
        form["lines"][-1], form["lines"][-2] = form["lines"][-2], form["lines"][-1]

    def choices(form: Any) -> None:
        form["choices"].reverse()

    def tolerance(form: Any) -> None:
        form["checks"][0]["tolerance"] = "999"

    yield Tampering("lines of two candidates exchanged", edit_json(path, lines), words)
    yield Tampering("the candidates in another order", edit_json(path, choices), words)
    yield Tampering("a relation more tolerant", edit_json(path, tolerance), words)
    yield Tampering(
        "the form not canonical", edit(path, lambda body: body.replace(b":", b": ", 1)), words
    )


# --- Lies that add up -------------------------------------------------------------------------


def contributed(record: list[str]) -> list[list[int | None]]:
    """Sums, filled, broken and evaluated that a record adds to the area above."""

    def numbers(text: str) -> list[int | None]:
        return [int(item) if item.isdigit() else None for item in text.split(",")] if text else []

    if len(record) == 13:
        return [numbers(record[i]) for i in (6, 7, 8, 9)]
    counted = record[5] == "counted"
    registered = int(record[11]) if record[11] else None
    reported = registered if counted or registered is None else 0
    lines = record[12].count(",") + 1
    figures = numbers(record[12]) if counted else [None] * lines
    none: list[int | None] = [0] * len(numbers(record[13]))
    heads = [1, int(counted), int(record[5] == "annulled"), 0, registered, reported]
    filled: list[int | None] = [int(f is not None) for f in figures]
    flags = [numbers(record[i]) if counted else none for i in (13, 14)]
    return [[*heads, *figures], filled, *flags]


def rehash(records: Records, lines: int) -> None:
    """Makes every area say what lies below it, so that the ledger agrees with itself."""
    for area in (r for r in records if len(r) == 13):
        children = [r for r in records if r[4] == area[2]]
        children.sort(key=lambda r: (r[2].encode(), len(r)))
        parts = [contributed(r) for r in children]
        for part, child in zip(parts, children, strict=True):
            if child[5] == "not counted" and len(child) == 18:
                part[0], part[1] = [*part[0][:6], *[None] * lines], [0] * lines
        entries = [
            f"{sha(chr(9).join(r))}\t{listed(part[0])}\n"
            for r, part in zip(children, parts, strict=True)
        ]
        area[6:10] = [listed(added(columns)) for columns in zip(*parts, strict=True)]
        area[5] = area_status([int(s or 0) for s in area[6].split(",")[:4]])
        area[10:12] = [str(len(children)), node_hash(levels_of(entries)[-1])]


def lie(target: Target, mirror: Path) -> None:
    """One vote more for somebody, and everything up to the manifest and the log agrees."""

    def change(records: Records) -> None:
        station = one(records, target.code, 18)
        station[12] = more(station[12])
        rehash(records, station[12].count(",") + 1)

    edit_ledger(target, change)(mirror)
    head = read_records(mirror / f"{target.path}.ledger.tsv")[-1]

    def stated(manifest: Any) -> None:
        contest = next(c for c in manifest["contests"] if c["contest"] == target.contest)
        contest.update(root=sha("\t".join(head)), sums=head[6])

    in_the_log(target, stated)(mirror)


def lies_that_add_up(target: Target) -> Iterator[Tampering]:
    """The attacker has everything but the key."""

    def unsigned(mirror: Path) -> None:
        lie(target, mirror)

    def resigned(mirror: Path) -> None:
        lie(target, mirror)
        leaves = (mirror / target.data("manifests.jsonl")).read_bytes().split(b"\n")[:-1]
        root = base64.b64encode(log_root(leaves)).decode()
        for name in ("checkpoint", f"{target.number}/checkpoint"):
            path = mirror / target.data(name)
            lines = path.read_text("utf-8").split("\n")
            lines[2] = root
            path.write_text("\n".join(lines), "utf-8")

    root = ("checkpoint", f"root of the log at size {target.number}")
    yield Tampering("a lie up to the log", unsigned, root)
    yield Tampering("a lie up to the checkpoint", resigned, ("checkpoint", "signature", "is wrong"))
