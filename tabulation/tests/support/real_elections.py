"""Real elections to run against, made into election folders from a data set beside the project.

The data is not part of the project: its licences do not all allow that. Without it the tests that
need it are skipped, and say so.
"""

import csv
import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from tabulation.tests.support.world import GEORGIA

DATA = Path(os.environ.get("HASHVARK_REAL_DATA", settings.BASE_DIR.parent / "shared" / "data"))


@dataclass(frozen=True)
class Real:
    """One election of the data set: its lines by column, and relations with how many break them."""

    folder: str
    slug: str
    polling_day: str
    #: Column of protocols.csv: role.
    lines: dict[str, str]
    #: Name: left side, operator, right side, broken in how many stations.
    relations: dict[str, tuple[list[str], str, list[str], int]]
    #: Columns of stations.csv that lead from a region down: (code, name).
    levels: tuple[tuple[str, str], ...]
    dropped: frozenset[str] = field(default_factory=frozenset)

    @property
    def there(self) -> bool:
        return (DATA / self.folder).is_dir()

    @property
    def missing(self) -> str:
        return f"{self.folder} is not there: set HASHVARK_REAL_DATA to the folder of real elections"

    def make(self, into: Path) -> Path:
        """Write the election folder; returns it."""
        into.mkdir(parents=True, exist_ok=True)
        (into / "election.toml").write_text(self._toml(), encoding="utf-8")
        areas: dict[str, tuple[str, str]] = {"XX": ("", "The country")}
        stations = []
        for row in _read(DATA / self.folder, "stations"):
            parent = "XX"
            for code, name in self.levels:
                areas.setdefault(row[code], (parent, row[name]))
                parent = row[code]
            stations.append([row["code"], row["name"][:200], parent, row["registered"]])
        _write(into / "areas.csv", ["code", "parent_code", "name"], [
            [code, parent, name] for code, (parent, name) in areas.items()
        ])  # fmt: skip
        _write(into / "stations.csv", ["code", "name", "area_code", "registered"], stations)
        candidates = list(_read(DATA / self.folder, "candidates"))
        _write(into / "candidates.csv", ["number", "name"], [
            [row["number"], row["name"]] for row in candidates
        ])  # fmt: skip
        rows = _read(DATA / self.folder, "protocols")
        kept = ["station_code", *self.lines, *(f"votes_{row['number']}" for row in candidates)]
        _write(into / "protocols.csv", kept, ([row[column] for column in kept] for row in rows))
        return into

    def _toml(self) -> str:
        lines = "\n".join(
            f'[[contest.line]]\nkey = "{key}"\nnumber = "{i}"\nname = "{key}"\nrole = "{role}"'
            for i, (key, role) in enumerate(self.lines.items(), 1)
        )
        relations = "\n".join(
            f'[[contest.relation]]\ncode = "r{i}"\nname = "{name}"\nleft = {left}\n'
            f'operator = "{operator}"\nright = {right}\nseverity = "warning"'
            for i, (name, (left, operator, right, _n)) in enumerate(self.relations.items(), 1)
        )
        return f"""
[election]
slug = "{self.slug}"
name = "{self.slug}"
kind = "archive"
polling_days = [{self.polling_day}]
[[contest]]
code = "main"
office = "{self.slug}"
rule = "majority"
base = "valid"
{lines}
[[contest.line]]
key = "votes_{{number}}"
number = "V{{number}}"
name = "{{name}}"
role = "votes"
{relations}
"""


def _read(folder: Path, name: str) -> Iterator[dict[str, str]]:
    plain, packed = folder / f"{name}.csv", folder / f"{name}.csv.gz"
    if plain.exists():
        with plain.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
    else:
        with gzip.open(packed, "rt", encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def _write(path: Path, header: list[str], rows: object) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


ISSUED = ["issued_early", "issued_at_station", "issued_outside"]
RUSSIA_2018 = Real(
    folder="russia-2018-president",
    slug="russia-2018",
    polling_day="2018-03-18",
    levels=(
        ("region_code", "region_name"),
        ("territorial_commission_code", "territorial_commission"),
    ),
    lines={
        "registered": "registered",
        "ballots_received": "ballots_received",
        "issued_early": "",
        "issued_at_station": "",
        "issued_outside": "",
        "ballots_cancelled": "ballots_unused",
        "mobile_box": "",
        "stationary_box": "",
        "invalid_ballots": "invalid",
        "valid_ballots": "valid",
        "ballots_lost": "",
        "ballots_not_accounted": "",
    },
    relations={
        "received balance": (
            ["ballots_received", "ballots_not_accounted"],
            "==",
            [*ISSUED, "ballots_cancelled", "ballots_lost"],
            0,
        ),
        "issued >= box": (ISSUED, ">=", ["mobile_box", "stationary_box"], 6),
        "box = valid + invalid": (
            ["mobile_box", "stationary_box"],
            "==",
            ["valid_ballots", "invalid_ballots"],
            0,
        ),
        "valid = votes": (["valid_ballots"], "==", ["votes"], 0),
        "registered >= issued": (["registered"], ">=", ISSUED, 0),
        "mobile <= early + outside": (
            ["mobile_box"],
            "<=",
            ["issued_early", "issued_outside"],
            26,
        ),
        "lost = 0": (["ballots_lost"], "==", [], 350),
    },
)
VOTERS = ["voters_permanent", "voters_special", "voters_supplementary"]
ROMANIA_2024 = Real(
    folder="romania-2024-ep",
    slug="romania-2024",
    polling_day="2024-06-09",
    levels=(("region_code", "region_name"),),
    lines={
        "registered": "registered",
        "registered_permanent": "",
        "registered_special": "",
        "voters": "voters",
        "voters_permanent": "",
        "voters_special": "",
        "voters_supplementary": "",
        "ballots_received": "ballots_received",
        "ballots_unused": "ballots_unused",
        "valid_votes": "valid",
        "null_votes": "invalid",
    },
    relations={
        "registered parts": (
            ["registered"],
            "==",
            ["registered_permanent", "registered_special"],
            0,
        ),
        "voters parts": (["voters"], "==", VOTERS, 0),
        "registered >= voters": (["registered_permanent"], ">=", ["voters_permanent"], 0),
        "received >= used": (
            ["ballots_received"],
            ">=",
            ["ballots_unused", "valid_votes", "null_votes"],
            0,
        ),
        "received = used": (
            ["ballots_received"],
            "==",
            ["ballots_unused", "valid_votes", "null_votes"],
            644,
        ),
        "voters >= ballots": (["voters"], ">=", ["valid_votes", "null_votes"], 0),
        "voters = ballots": (["voters"], "==", ["valid_votes", "null_votes"], 1008),
        "valid = votes": (["valid_votes"], "==", ["votes"], 0),
    },
)
GEORGIA_2016 = Real(
    folder="georgia-2016-parliament",
    slug="georgia-2016",
    polling_day="2016-10-08",
    levels=(("region_code", "region_name"),),
    lines={
        "registered": "registered",
        "special_list_voters": "",
        "ballots_received": "ballots_received",
        "voters_signed": "voters",
        "valid_votes_derived": "",
        "invalid_ballots": "invalid",
    },
    relations={
        "signed = ballots": (["voters_signed"], "==", ["votes", "invalid_ballots"], 1033),
        "signed >= ballots": (["voters_signed"], ">=", ["votes", "invalid_ballots"], 125),
        "received >= signed": (["ballots_received"], ">=", ["voters_signed"], 9),
        "lists >= signed": (
            ["registered", "special_list_voters"],
            ">=",
            ["voters_signed"],
            1,
        ),
        "registered >= signed": (["registered"], ">=", ["voters_signed"], 61),
        "derived = signed - invalid": (
            ["valid_votes_derived", "invalid_ballots"],
            "==",
            ["voters_signed"],
            0,
        ),
    },
)
ALL = (GEORGIA_2016, ROMANIA_2024, RUSSIA_2018)


def rows(name: str, folder: Path = GEORGIA) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
