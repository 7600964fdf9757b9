"""Real figures through others' formats: Georgia 2013 whole, Nagorno-Karabakh 2012 half counted."""

import csv
import hashlib
import io
import json
import tempfile
import zipfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import TestCase

from candidates.models import Contest
from tabulation.importing.election import load_election
from tabulation.importing.protocols import load_protocols
from tabulation.ledger.reading import everything, published_contests
from tabulation.ledger.turnout import turnout_file
from tabulation.tests.support import format_checks
from tabulation.tests.support.publishing import write
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import GEORGIA, NOW

NKR = Path(settings.BASE_DIR) / "elections" / "nkr-2012"
#: Figures of the paper that NIST has room for, besides votes.
ROLES = ("registered", "voters", "invalid")


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class RealTestCase(TestCase):
    """The files of one publication, and what its protocols say, read from the folder alone."""

    folder: Path
    #: How many of the protocols are counted; none: all.
    most: int | None = None

    @classmethod
    def setUpTestData(cls) -> None:
        election = load_election(cls.folder, by=None, at=NOW)
        cls.contest = Contest.objects.select_related("election", "constituency__area").get()
        cls.protocols = table(cls.folder / "protocols.csv")[: cls.most]
        cls.stations = len(table(cls.folder / "stations.csv"))
        cls.units = cls.stations + len(table(cls.folder / "areas.csv"))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "protocols.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(cls.protocols[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(cls.protocols)
            load_protocols(cls.contest, path, by=None, at=NOW)
        cls.publication = write(election=election, by=None, at=NOW)
        cls.form = published_contests(cls.publication)[0][1]
        hours = turnout_file(cls.contest, 1)
        cls.hours = "".join(hours).count("\n") - 1
        cls.files = cls.unpacked(f"/data/{election.slug}/1/all.zip")

    @classmethod
    def unpacked(cls, address: str) -> dict[str, bytes]:
        content = b"".join(cls.client_class().get(address))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    @classmethod
    def by_station(cls) -> dict[str, dict[str, int]]:
        """Figures by line key, of every counted station."""
        return {
            row["station_code"]: {
                key: int(value) for key, value in row.items() if key != "station_code" and value
            }
            for row in cls.protocols
        }

    @classmethod
    def by_area(cls) -> dict[str, dict[str, int]]:
        """Sums by line key, of every area with a counted station."""
        parent = {row["code"]: row["parent_code"] for row in table(cls.folder / "areas.csv")}
        inside = {row["code"]: row["area_code"] for row in table(cls.folder / "stations.csv")}
        sums: dict[str, Counter[str]] = defaultdict(Counter)
        for station, figures in cls.by_station().items():
            area = inside[station]
            while area:
                for key, figure in figures.items():
                    sums[area][key] += figure
                area = parent[area]
        return {area: dict(figures) for area, figures in sums.items()}

    def named(self, figures: dict[str, int]) -> dict[str, int]:
        """Figures by line key as NIST has them: by role, and by ballot number."""
        said = {}
        for line in self.form.lines:
            if line.key in figures:
                if line.role in ROLES:
                    said[line.role] = figures[line.key]
                elif line.candidate is not None:
                    said[str(line.candidate)] = figures[line.key]
        return said


class ReadBack:
    """What holds of any election's files."""

    files: Any
    protocols: Any

    def test_nist_gives_back_every_figure(self: Any) -> None:
        report = format_checks.nist_json(self.files["president.nist.json"])
        counts = format_checks.counts_of_nist(report)
        for kind, expected in (("station", self.by_station()), ("area", self.by_area())):
            said = {code: figures for (of, code), figures in counts.items() if of == kind}
            self.assertEqual(
                {code for code, figures in said.items() if figures}, set(expected), kind
            )
            for code, figures in expected.items():
                cast = said[code].pop("cast")
                self.assertEqual(said[code], self.named(figures), code)
                self.assertEqual(cast, self.cast(figures), code)
        self.assertEqual(len(counts), self.units)

    def cast(self: Any, figures: dict[str, int]) -> int:
        if "ballots_in_box" in figures:
            return figures["ballots_in_box"]
        role = "valid" if self.form.positions("valid") else "votes"
        keys = [line.key for line in self.form.lines if line.role in (role, "invalid")]
        return sum(figures.get(key, 0) for key in keys)

    def test_nist_in_xml_says_the_same(self: Any) -> None:
        tree = format_checks.nist_xml(self.files["president.nist.xml"])
        report = json.loads(self.files["president.nist.json"])
        self.assertEqual(format_checks.as_json_has_it(tree), format_checks.flat(report))

    def test_every_reference_of_nist_resolves(self: Any) -> None:
        report = json.loads(self.files["president.nist.json"])
        ids, references = format_checks.ids_and_references(report)
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(references - set(ids), set())
        composed = [key for unit in report["GpUnit"] for key in unit.get("ComposingGpUnitIds", [])]
        self.assertEqual(len(composed), len(set(composed)))
        self.assertEqual(len(composed), self.units - 1)

    def test_eml_gives_back_every_figure(self: Any) -> None:
        said = format_checks.counts_of_eml(format_checks.parsed(self.files["president.eml.xml"]))
        areas = self.by_area()
        expected = {"": areas.pop(self.contest.constituency.area.code)}
        for kind, units in (("area", areas), ("station", self.by_station())):
            for code, figures in units.items():
                expected[f"{kind}-{code.replace('/', '_2f_')}"] = figures
        numbers = {
            line.key: str(line.candidate) for line in self.form.lines if line.candidate is not None
        }
        renamed = {
            unit: {numbers.get(key, key): figure for key, figure in figures.items()}
            for unit, figures in expected.items()
        }
        self.assertEqual(said, renamed)

    def test_eml_is_valid(self: Any) -> None:
        if not format_checks.EML.is_file():
            self.skipTest(format_checks.NO_EML)
        format_checks.eml(self.files["president.eml.xml"])

    def test_the_tables_give_back_every_figure_by_the_rules_they_state(self: Any) -> None:
        wanted = {n: self.files[n] for n in self.files if n.endswith((".csv", "package.json"))}
        read = dict(format_checks.tables(wanted))
        self.assertEqual(len(read), len(wanted) - 1)
        self.assertEqual(len(read["president.turnout"]), self.hours)
        expected = self.by_station()
        self.assertEqual(len(read["president"]), self.stations)
        for row in read["president"]:
            said = {
                line.key: row[line.key] for line in self.form.lines if row[line.key] is not None
            }
            self.assertEqual(said, expected.get(row["code"], {}), row["code"])
        long: dict[str, dict[str, int]] = defaultdict(dict)
        for row in read["president.long"]:
            if row["figure"] is not None:
                long[row["code"]][row["line_key"]] = row["figure"]
        self.assertEqual(long, {code: figures for code, figures in expected.items() if figures})

    def test_the_files_say_what_the_ledger_says(self: Any) -> None:
        """The folder's figures are the ledger's; here a second time, against the ledger itself."""
        said = format_checks.counts_of_nist(json.loads(self.files["president.nist.json"]))
        for kind in ("area", "station"):
            for unit in everything(self.publication, self.contest, kind=kind):
                keys = [line.key for line in self.form.lines]
                pairs = zip(keys, unit.figures or self.form.blank, strict=True)
                figures = {key: figure for key, figure in pairs if figure is not None}
                counts = said[kind, unit.code]
                counts.pop("cast", None)
                self.assertEqual(counts, self.named(figures), unit.code)

    def test_the_manifest_follows_its_schema_with_the_turnout_s_hash(self: Any) -> None:
        manifest = json.loads(self.files["manifest.json"])
        format_checks.own_schema("manifest").validate(manifest)
        digest = hashlib.sha256(self.files["president.turnout.csv"]).hexdigest()
        self.assertEqual(manifest["contests"][0]["turnout"], digest)

    def test_source_and_licence_are_said_in_every_file(self: Any) -> None:
        election = self.contest.election
        for name in ("president.json", "president.nist.json", "president.eml.xml", "README.txt"):
            content = self.files[name].decode()
            for words in (election.source, election.licence):
                with self.subTest(name, words=words):
                    self.assertIn(words, content)
        package = json.loads(self.files["datapackage.json"])
        self.assertEqual(package["sources"], [{"title": election.source}])
        self.assertEqual(package["licenses"][0]["title"], election.licence)


@slow
class GeorgiaTests(ReadBack, RealTestCase):
    folder = GEORGIA

    def test_the_nation_is_the_official_result(self) -> None:
        report = json.loads(self.files["president.nist.json"])
        head = format_checks.counts_of_nist(report)["area", "GE"]
        self.assertEqual(head["41"], 1_012_569)
        self.assertEqual((head["registered"], head["voters"]), (3_537_719, 1_660_976))
        self.assertEqual(report["Status"], "unofficial-complete")
        self.assertFalse(report["IsTest"])


class HalfCountedTests(ReadBack, RealTestCase):
    folder = NKR
    most = 137

    def test_it_says_how_far_the_count_is(self) -> None:
        report = json.loads(self.files["president.nist.json"])
        contest = report["Election"][0]["Contest"][0]
        self.assertEqual((contest["SubUnitsReported"], contest["TotalSubUnits"]), (137, 274))
        self.assertEqual(report["Status"], "unofficial-partial")
        self.assertTrue(report["IsTest"])
        self.assertIn("Generated: the figures", report["Notes"])

    def test_names_in_every_language_the_folder_has(self) -> None:
        report = json.loads(self.files["president.nist.json"])
        candidate = report["Election"][0]["Candidate"][1]["BallotName"]["Text"]
        names = {text["Language"]: text["Content"] for text in candidate}
        self.assertEqual(
            names, {"und": "Bako Sahakyan", "hy": "Բակո Սահակյան", "ru": "Бако Саакян"}
        )

    def test_who_withdrew_before_the_ballots_were_printed(self) -> None:
        election = json.loads(self.files["president.nist.json"])["Election"][0]
        withdrawn = [c for c in election["Candidate"] if c["PreElectionStatus"] == "withdrawn"]
        names = [c["BallotName"]["Text"][0]["Content"] for c in withdrawn]
        self.assertEqual(names, ["Valery Khachatryan"])
        self.assertEqual(len(election["Contest"][0]["ContestSelection"]), 3)
