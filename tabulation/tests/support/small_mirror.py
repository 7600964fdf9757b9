"""The small mirror of the tests: three publications of two contests, the last one certified.

Nested areas, one with forty children; stations annulled, not counted, corrected, without a list;
names that need escapes; blank lines and lines not on the ballot.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from tabulation.tests.support.mirror_files import Mirror
from tabulation.tests.support.mirrors import Area, Nation, Station, sha

#: No float holds it, nor its sums.
LARGE = 900_000_000_000_000_001
#: A document that came out with the last beside the decision, and is no text.
PAPER = {"president.hy.pdf": b"%PDF\0\xff\n"}
#: Of station N/2/01: two clerks, who gave reasons for the same warning.
REASONS = "turnout\tvoters of\\nanother list\nturnout\tsee the minutes \\\\ 3\n"
#: In the last two publications, of the president alone; who keeps no list is among them.
HOURS = {
    "N/1/01": {"12:00": 20, "17:30": 55},
    "N/1/02": {"12:00": 11},
    "N/2/01": {"12:00": 1, "17:30": 60},
    **{f"S/{i:02d}": {"12:00": i, "17:30": 2 * i, "20:00": 3 * i} for i in range(1, 30)},
    "W/01": {"17:30": 0},
}


def line(key: str, number: str, role: str, candidate: int | None = None) -> dict[str, Any]:
    return {
        "key": key, "number": number, "name": f"Line {key}", "role": role, "candidate": candidate,
        "names": {}, "scope": [],
    }  # fmt: skip


def check(
    code: str, left: list[int], operator: str, right: list[int], tolerance: str, percent: bool
) -> dict[str, Any]:
    return {
        "code": code, "name": code, "severity": "warning", "left": left, "operator": operator,
        "right": right, "tolerance": tolerance, "percent": percent, "names": {},
    }  # fmt: skip


def form(contest: str, checks: list[dict[str, Any]]) -> dict[str, Any]:
    votes = [line(f"votes_{n}", str(3 + i), "votes", n) for i, n in enumerate((1, 2, 41), 1)]
    votes[-1]["scope"] = ["S"]
    return {
        "contest": contest, "office": "President", "rule": "majority", "base": "valid", "seats": 1,
        "round": 1, "checks": checks, "terms": [],
        "lines": [
            line("registered", "1", "registered"), line("voters", "2", "voters"),
            line("invalid", "3", "invalid"), *votes,
        ],
        "choices": [{"number": n, "name": f"Թեկնածու {n}"} for n in (1, 2, 41)],
    }  # fmt: skip


PRESIDENT = form(
    "president",
    [
        check("parts", [2], "==", [3, 4, 5, 6], "2", False),
        check("turnout", [2], "<=", [1], "10", True),
        check("box", [3, 4], ">=", [], "0", False),
    ],
)
ASSEMBLY = form("assembly", [])
AREAS = [
    Area("C", "", "Արցախ"),
    Area("N", "C", "North\tof \\ the\nriver\r\nbank"),
    Area("N/1", "N"),
    Area("N/2", "N"),
    Area("S", "C", "=SUM(A1)"),
    Area("W", "C"),
    Area("X", "C", "Abroad"),
]


def stations() -> list[Station]:
    """As they stand in the last publication."""
    many = [
        Station(f"S/{i:02d}", "S", (100 + i, 60 + i, 1, 30 + i, 29, None if i % 7 else 3))
        for i in range(1, 41)
    ]
    return [
        Station("C", "C", (100, 61, 1, 40, LARGE, "-"), name="Of the same code as the head"),
        Station("N/1", "N/1", (100, 61, 1, 40, 20, "-"), name="Դպրոց թիվ 1"),
        Station("N/1/01", "N/1", (100, 90, 1, 40, 20, "-"), name="tab\there, back\\slash"),
        Station("N/1/02", "N/1", (None, 61, None, 40, 20, "-"), registered=None),
        Station("N/2/01", "N/2", (100, 61, 2, 39, LARGE // 11, "-"), version=2,
                reason="recount\nof all", decision="-12 Ա", explanations=sha(REASONS),
                scans={"1.jpg": sha("paper"), "2.jpg": sha("other side")},
                files={"original.txt": sha("salt and paper")}),
        *many,
        Station("S/41", "S", (100, 99, 1, 98, 0, 0), status="annulled", reason="box opened",
                decision="7"),
        Station("S/42", "S", (), status="not counted"),
        Station("W/01", "W", (), status="not counted", registered=50),
        Station("X/1", "X", (5, 4, 0, 4, 0, "-"), status="annulled", reason="=no", decision="8"),
    ]  # fmt: skip


def earlier(station: Station, publication: int) -> Station:
    """How a station stood before: nothing in the south in the first, nothing corrected."""
    if publication == 1 and station.area == "S":
        return replace(station, status="not counted", figures=(), reason="", decision="")
    if station.version == 2:
        figures = (100, 61, 1, 40, 20, "-")
        return replace(station, version=1, reason="", decision="", figures=figures)
    return station


def write_mirror(folder: Path, *, commission: str = "commission", figure: int = 40) -> Path:
    """Three publications, the last certified. ``figure`` is one of a station's in the last two."""
    mirror = Mirror(folder, commission)
    for number, status in enumerate(("unofficial-partial", "unofficial-partial", "certified"), 1):
        standing = [earlier(s, number) if number < 3 else s for s in stations()]
        if number > 1:
            figures = (100, 61, 1, figure, 20, "-")
            standing[1] = replace(standing[1], figures=figures)
        if number > 1 and figure != 40:
            standing[1] = replace(standing[1], version=2, reason="recount", decision="3")
        hours = HOURS if number > 1 else {}
        reasons = {"N/2/01": REASONS}
        president = Nation("president", PRESIDENT, AREAS, standing, hours=hours, reasons=reasons)
        few = [replace(s, explanations="", scans={}, files={}) for s in standing if s.area != "S"]
        assembly = Nation("assembly", ASSEMBLY, [a for a in AREAS if a.code != "S"], few)
        files = PAPER if number == 3 else {}
        mirror.publish(status, [assembly, president], proofs=number == 3, files=files)
    return folder
