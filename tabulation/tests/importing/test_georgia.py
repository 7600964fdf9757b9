"""A real national election, to the vote: Georgia's presidential election of 27 October 2013."""

import csv
import json
from collections import Counter, defaultdict
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.test import TestCase

from candidates.models import Contest
from tabulation.counting.aggregation import broken_relations, sums_by_area
from tabulation.importing.election import load_election
from tabulation.importing.protocols import load_protocols
from tabulation.ledger.reading import everything, published_contests, unit_of_head, unit_of_station
from tabulation.models import Area, ContestStation, TimedTurnout
from tabulation.public.files import wide
from tabulation.tests.support.publishing import write
from tabulation.tests.support.real_elections import rows
from tabulation.tests.support.world import GEORGIA, NOW

OFFICIAL = {"registered": 3_537_719, "voters": 1_660_976, "invalid": 30_101}
OFFICIAL_VOTES = {"41": 1_012_569, "5": 354_103, "14": 166_061, "9": 46_984, "10": 17_354}
#: Relation: broken in how many stations, of how many evaluated.
BROKEN = {
    "signed = valid + invalid": (428, 3707),
    "no more ballots than signatures": (4, 3707),
    "received >= signed": (2, 3707),
    "list + special list >= signed": (1, 3707),
    "registered >= signed": (7, 3655),
}
#: Statements of one page, whatever the number of stations.
SUMS_BY_AREA = 11


class GeorgiaTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.election = load_election(GEORGIA, by=None, at=NOW)
        cls.contest = Contest.objects.select_related("election", "constituency__area").get()
        load_protocols(cls.contest, GEORGIA / "protocols.csv", by=None, at=NOW)
        cls.publication = write(election=cls.election, by=None, at=NOW)
        cls.form = published_contests(cls.publication)[0][1]

    def results(self, *options: str) -> dict[str, object]:
        out = StringIO()
        call_command("results", "georgia-2013", *options, stdout=out)
        return json.loads(out.getvalue())

    def test_the_nation_equals_the_official_totals(self) -> None:
        results = self.results()
        self.assertEqual({key: results[key] for key in OFFICIAL}, OFFICIAL)
        votes = results["votes"]
        self.assertEqual({number: votes[number] for number in OFFICIAL_VOTES}, OFFICIAL_VOTES)
        self.assertEqual(results["valid"], 1_629_988)
        self.assertEqual(results["stations"], {"expected": 3707, "reported": 3707, "annulled": 0})
        self.assertEqual(results["status"], "unofficial-complete")

    def test_relations_broken_by_name_and_count(self) -> None:
        relations = self.results()["relations"]
        self.assertEqual({r["name"]: (r["broken"], r["evaluated"]) for r in relations}, BROKEN)

    def independent_sums(self) -> dict[str, Counter[str]]:
        """District and region sums, added up here from the files alone."""
        parent = {row["code"]: row["parent_code"] for row in rows("areas.csv")}
        district = {row["code"]: row["area_code"] for row in rows("stations.csv")}
        sums: dict[str, Counter[str]] = defaultdict(Counter)
        for row in rows("protocols.csv"):
            area = district[row.pop("station_code")]
            while area:
                sums[area].update({key: int(value) for key, value in row.items() if value})
                area = parent[area]
        return sums

    def test_every_area_equals_an_independent_sum(self) -> None:
        expected = self.independent_sums()
        keys = [line.key for line in self.form.lines]
        published = {u.code: u for u in everything(self.publication, self.contest, kind="area")}
        self.assertEqual(set(published), set(expected))
        self.assertEqual(len(published), 87)
        for code, unit in published.items():
            summed = {key: value or 0 for key, value in zip(keys, unit.figures, strict=True)}
            self.assertEqual(summed, {key: expected[code][key] for key in keys}, code)

    def test_the_live_sums_equal_what_is_published(self) -> None:
        published = {u.code: u for u in everything(self.publication, self.contest, kind="area")}
        live = sums_by_area(self.contest)
        self.assertEqual(len(live), 13)
        for sums in live:
            unit = published[sums.code]
            self.assertEqual(
                (sums.figures, sums.filled, sums.counted, sums.registered, sums.registered_counted),
                (unit.figures, unit.filled, unit.counted, unit.registered, unit.registered_counted),
            )
            area = Area.objects.get(code=sums.code)
            relations = broken_relations(self.contest, inside=area, form=self.form)
            self.assertEqual(relations, list(zip(unit.broken, unit.evaluated, strict=True)))

    def test_live_sums_take_a_constant_number_of_statements(self) -> None:
        with self.assertNumQueries(SUMS_BY_AREA):
            sums_by_area(self.contest)

    def test_overseas_stations_have_no_register(self) -> None:
        self.assertEqual(ContestStation.objects.filter(registered=None).count(), 52)
        unit = unit_of_station(self.publication, self.contest, "87.001")
        self.assertIsNone(unit.figures[0])
        self.assertIsNone(unit.registered)
        overseas = self.results("--area", "87")
        self.assertIsNone(overseas["registered"])
        self.assertEqual(overseas["registered_on_lists"], {"expected": None, "reported": None})

    def test_one_station(self) -> None:
        station = self.results("--station", "01.009")
        self.assertEqual((station["registered"], station["voters"]), (1367, 2103))
        broken = [r["name"] for r in station["relations"] if r["broken"]]
        self.assertEqual(broken, ["list + special list >= signed", "registered >= signed"])

    def test_the_csv_gives_back_every_figure(self) -> None:
        out = StringIO()
        call_command("results", "georgia-2013", "--format", "csv", stdout=out)
        exported = {row["code"]: row for row in csv.DictReader(StringIO(out.getvalue()))}
        self.assertEqual(len(exported), 3707)
        for row in rows("protocols.csv"):
            line = exported[row.pop("station_code")]
            self.assertEqual({key: line[key] for key in row}, row)

    def test_the_csv_of_an_area_has_its_stations_only(self) -> None:
        units = everything(self.publication, self.contest, below="tbilisi")
        lines = "".join(wide.csv_lines(self.form, self.contest.election, units))
        self.assertEqual(len(lines.splitlines()) - 1, 752)

    def test_timed_turnout_is_loaded(self) -> None:
        self.assertEqual(TimedTurnout.objects.count(), 11_121)

    def test_the_shares_use_the_base_the_election_names(self) -> None:
        head = unit_of_head(self.publication, self.contest)
        self.assertEqual(self.form.base_total(head.figures), 1_629_988)

    def test_the_folder_says_where_its_figures_come_from(self) -> None:
        readme = (Path(settings.BASE_DIR) / "elections/georgia-2013/README.md").read_text()
        self.assertIn("JumpStart Georgia", readme)
        self.assertIn("MIT", readme)
        self.assertIn("JumpStart Georgia", self.results()["source"])
