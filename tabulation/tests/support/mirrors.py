"""Makes mirrors of a published election, from docs/verification.md in the plainest way.

Nothing here is shared with what publishes: where the two differ, one has misread the page.
"""

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

ELECTION = "artsakh"
Figure = int | str | None  # "-" where the line is not on the ballot


@dataclass(frozen=True)
class Station:
    code: str
    area: str
    figures: tuple[Figure, ...] = ()
    name: str = "A school"
    status: str = "counted"
    version: int = 1
    reason: str = ""
    decision: str = ""
    explanations: str = ""
    #: Hashes by names.
    scans: dict[str, str] = field(default_factory=dict)
    registered: int | None = 100
    since: int | None = None
    continues: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Area:
    code: str
    parent: str
    name: str = "A district"
    since: int | None = None


@dataclass
class Nation:
    """One contest as it stands in one publication."""

    contest: str
    form: dict[str, Any]
    areas: list[Area]
    stations: list[Station]
    since: dict[str, int] = field(default_factory=dict)
    #: Of each station that reported, by hour, how many had come.
    hours: dict[str, dict[str, int]] = field(default_factory=dict)
    #: Of each station with accepted warnings, the lines that are hashed.
    reasons: dict[str, str] = field(default_factory=dict)


# --- Bytes and hashes -------------------------------------------------------------------------


def sha(text: str | bytes) -> str:
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def canonical(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def escaped(text: str) -> str:
    for raw, written in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(raw, written)
    return text


def listed(items: Sequence[Figure]) -> str:
    return ",".join("" if item is None else str(item) for item in items)


def named(files: dict[str, str]) -> str:
    return ",".join(f"{name}:{files[name]}" for name in sorted(files))


def added(lists: Sequence[Sequence[int | None]]) -> list[int | None]:
    sums = []
    for items in zip(*lists, strict=True):
        filled = [item for item in items if item is not None]
        sums.append(sum(filled) if filled else None)
    return sums


def side(figures: Sequence[Figure], positions: Sequence[int]) -> int | None:
    filled = [f for p in positions if isinstance(f := figures[p - 1], int)]
    return sum(filled) if filled or not positions else None


def relation(check: dict[str, Any], figures: Sequence[Figure]) -> tuple[int, int]:
    """Broken and evaluated, each 0 or 1. The tests' relations have whole tolerances."""
    left, right = side(figures, check["left"]), side(figures, check["right"])
    if left is None or right is None:
        return 0, 0
    missed = {"==": abs(left - right), ">=": right - left, "<=": left - right}[check["operator"]]
    allowed = int(check["tolerance"]) * (right if check["percent"] else 100)
    return int(missed * 100 > allowed), 1


# --- Records ----------------------------------------------------------------------------------


@dataclass
class Unit:
    """A record and what it adds to the area above."""

    record: str
    sums: list[int | None]
    filled: list[int]
    broken: list[int]
    evaluated: list[int]

    @property
    def entry(self) -> str:
        return f"{sha(self.record)}\t{listed(self.sums)}\n"


def version_of(station: Station) -> str:
    """Of its protocol; 0: there never was one."""
    return "" if station.status == "not counted" or not station.version else str(station.version)


def station_unit(nation: Nation, station: Station) -> Unit:
    form = nation.form
    counted, waiting = station.status == "counted", station.status not in ("counted", "annulled")
    blank: list[int | None] = [None] * len(form["lines"])
    judged = [(0, 0) if waiting else relation(c, station.figures) for c in form["checks"]]
    record = "\t".join([
        "hashvark station v2", nation.contest, station.code, escaped(station.name), station.area,
        station.status, version_of(station), escaped(station.reason),
        escaped(station.decision), station.explanations, named(station.scans),
        "" if station.registered is None else str(station.registered),
        "" if waiting else listed(station.figures),
        listed([b for b, _e in judged]), listed([e for _b, e in judged]), listed([station.since]),
        escaped("\n".join(station.continues)), named(station.files),
    ])  # fmt: skip
    reported = None if station.registered is None else station.registered if counted else 0
    figures = [f if isinstance(f, int) else None for f in station.figures] if counted else blank
    annulled, without = (int(station.status == word) for word in ("annulled", "no result"))
    expected = int(station.status != "closed")
    heads = [expected, int(counted), annulled, without, station.registered, reported]
    return Unit(
        record,
        [*heads, *figures],
        [int(f is not None) for f in figures],
        [b if counted else 0 for b, _e in judged],
        [e if counted else 0 for _b, e in judged],
    )


def area_status(sums: Sequence[int | None]) -> str:
    stations, counted, annulled, without = (int(s or 0) for s in sums[:4])
    if not stations:
        return "closed"
    if not counted and not annulled and not without:
        return "not counted"
    if counted + annulled + without != stations:
        return "partial"
    if counted:
        return "counted"
    return "annulled" if annulled else "no result"


def levels_of(entries: list[str]) -> list[list[str]]:
    """The entries of each level of a sum tree, up to the one that makes a single node."""
    levels = [entries]
    while len(levels[-1]) > 16:
        nodes = [levels[-1][i : i + 16] for i in range(0, len(levels[-1]), 16)]
        levels.append([f"{node_hash(n)}\t{node_sums(n)}\n" for n in nodes])
    return levels


def node_hash(entries: list[str]) -> str:
    return sha("hashvark node v1\n" + "".join(entries))


def node_sums(entries: list[str]) -> str:
    lists = [
        [int(i) if i else None for i in e.strip("\n").split("\t")[1].split(",")] for e in entries
    ]
    return listed(added(lists))


def ordered_children(nation: Nation, area: str) -> list[tuple[str, str]]:
    """Code and kind of what lies directly below, an area before a station of the same code."""
    areas = [(a.code, "area") for a in nation.areas if a.parent == area]
    stations = [(s.code, "station") for s in nation.stations if s.area == area]
    return sorted([*areas, *stations], key=lambda child: (child[0].encode(), child[1]))


def area_unit(nation: Nation, area: Area, made: dict[tuple[str, str], Unit]) -> Unit:
    children = [made[child[1], child[0]] for child in ordered_children(nation, area.code)]
    sums = added([child.sums for child in children])
    totals = [
        [sum(items) for items in zip(*lists, strict=True)]
        for lists in (
            [c.filled for c in children], [c.broken for c in children],
            [c.evaluated for c in children],
        )
    ]  # fmt: skip
    record = "\t".join([
        "hashvark area v2", nation.contest, area.code, escaped(area.name), area.parent,
        area_status(sums), listed(sums), *(listed(total) for total in totals),
        str(len(children)), node_hash(levels_of([c.entry for c in children])[-1]),
        listed([area.since]),
    ])  # fmt: skip
    return Unit(record, sums, *totals)


def units_of(nation: Nation) -> dict[tuple[str, str], Unit]:
    """Every unit by kind and code, in the order of the ledger: the head is the last."""
    made: dict[tuple[str, str], Unit] = {}

    def visit(area: Area) -> None:
        below = ordered_children(nation, area.code)
        for code, kind in below:
            if kind == "area":
                visit(next(a for a in nation.areas if a.code == code))
        for code, kind in below:
            if kind == "station":
                station = next(s for s in nation.stations if s.code == code)
                made[kind, code] = station_unit(nation, station)
        made["area", area.code] = area_unit(nation, area, made)

    visit(next(a for a in nation.areas if not a.parent))
    return made


# --- Files ------------------------------------------------------------------------------------


def ledger(units: dict[tuple[str, str], Unit]) -> bytes:
    return "".join(unit.record + "\n" for unit in units.values()).encode()


def cell(text: str) -> str:
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") and text else text


def stands(nation: Nation, line: dict[str, Any], area: str) -> bool:
    """Whether a line is on the ballot of stations in an area: it lies in the line's scope."""
    parents = {a.code: a.parent for a in nation.areas}
    while area and area not in line["scope"]:
        area = parents[area]
    return not line["scope"] or bool(area)


def table(nation: Nation) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads = "unit code name status unchanged_since stations_expected stations_reported"
    more = "stations_annulled version reason decision"
    writer.writerow(
        [*heads.split(), *more.split(), *(line["key"] for line in nation.form["lines"])]
    )
    for s in sorted(nation.stations, key=lambda s: s.code.encode()):
        state = [int(s.status != "closed"), int(s.status == "counted"), int(s.status == "annulled")]
        version = version_of(s)
        figures = s.figures or [
            None if stands(nation, line, s.area) else "-" for line in nation.form["lines"]
        ]
        writer.writerow([
            "station", s.code, cell(s.name), s.status, nation.since.get(s.code, 1), *state, version,
            cell(s.reason), cell(s.decision), *figures,
        ])  # fmt: skip
    return out.getvalue().encode()


def reasons_file(nation: Nation) -> bytes:
    told = sorted(nation.reasons.items(), key=lambda item: item[0].encode())
    lines = [f"{code}\t{line}\n" for code, text in told for line in text.split("\n")[:-1]]
    return "".join(lines).encode()


def turnout_file(nation: Nation) -> bytes:
    """Area by area the stations whose line of areas it is in are looked through."""
    above = {area.code: area.parent for area in nation.areas}

    def inside(code: str, area: str) -> bool:
        return bool(code) and (code == area or inside(above[code], area))

    out = ["unit,code,hour,voters,stations,registered,without_list,expected\n"]
    units = [("area", area.code) for area in nation.areas]
    units += [("station", station.code) for station in nation.stations]
    for kind, code in sorted(units, key=lambda unit: (unit[0], unit[1].encode())):
        under = [
            s for s in nation.stations
            if (s.code == code if kind == "station" else inside(s.area, code))
        ]  # fmt: skip
        for hour in sorted({hour for s in under for hour in nation.hours.get(s.code, ())}):
            told = [s for s in under if hour in nation.hours.get(s.code, ())]
            voters = sum(nation.hours[s.code][hour] for s in told)
            lists = [s.registered for s in told if s.registered is not None]
            figures = [voters, len(told), sum(lists) if lists else "", len(told) - len(lists)]
            out.append(",".join(map(str, [kind, code, hour, *figures, len(under)])) + "\n")
    return "".join(out).encode()


def lineage_and_below(nation: Nation, code: str) -> list[str]:
    """The area and all that lie in it."""
    below = [a.code for a in nation.areas if a.parent == code]
    return [code, *(inner for area in below for inner in lineage_and_below(nation, area))]


def summary_unit(nation: Nation, area: Area, unit: Unit) -> dict[str, Any]:
    figures, lines = unit.sums[6:], nation.form["lines"]

    def role(name: str) -> int | None:
        found = [f for f, line in zip(figures, lines, strict=True) if line["role"] == name]
        filled = [f for f in found if f is not None]
        return sum(filled) if filled else None

    return {
        "unit": "area", "code": area.code, "unit_name": area.name,
        "unit_status": area_status(unit.sums), "unchanged_since": 1, "version": None,
        "reason": "", "decision": "",
        "stations": {
            "expected": unit.sums[0], "reported": unit.sums[1], "annulled": unit.sums[2]
        },
        "registered_on_lists": {"expected": unit.sums[4], "reported": unit.sums[5]},
        "registered": role("registered"), "voters": role("voters"), "invalid": role("invalid"),
        "valid": role("votes"),
        "votes": {
            str(line["candidate"]): f
            for f, line in zip(figures, lines, strict=True) if line["candidate"] is not None
        },
        "not_on_ballot": [
            str(line["candidate"])
            for line in lines
            if not any(stands(nation, line, a) for a in lineage_and_below(nation, area.code))
        ],
        "lines": [
            {"number": line["number"], "key": line["key"], "name": line["name"], "figure": f}
            for f, line in zip(figures, lines, strict=True)
        ],
        "relations": [
            {
                "code": c["code"], "name": c["name"], "severity": c["severity"],
                "broken": unit.broken[i], "evaluated": unit.evaluated[i],
            }
            for i, c in enumerate(nation.form["checks"])
        ],
    }  # fmt: skip


def summary(nation: Nation, units: dict[tuple[str, str], Unit], manifest: dict[str, Any]) -> bytes:
    areas = [summary_unit(nation, a, units["area", a.code]) for a in nation.areas]
    head = next(a for a in areas if a["code"] == nation.areas[0].code)
    choices = nation.form["choices"]
    body = {
        "election": ELECTION, "name": "Election of the small world", "kind": "rehearsal",
        "notice": "", "contest": nation.contest, "office": nation.form["office"],
        "publication": manifest["number"], "status": manifest["status"],
        "published_at": "2012-07-19T20:00:00+00:00", "base": nation.form["base"],
        "candidates": {str(c["number"]): c["name"] for c in choices if c["number"] is not None},
        "source": "", "licence": "", **head, "areas": areas,
    }  # fmt: skip
    return (json.dumps(body, ensure_ascii=False, indent=2) + "\n").encode()
