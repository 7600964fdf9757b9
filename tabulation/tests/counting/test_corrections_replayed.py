"""A thousand real corrections, Romania 2024: first and final versions through the real stages."""

import csv
import gzip
import tempfile
from itertools import islice
from pathlib import Path

from django.test import TestCase
from django.urls import reverse

from candidates.models import Contest
from tabulation.counting import correction, entry, intake, verification
from tabulation.counting.aggregation import sums_by_area
from tabulation.importing.election import load_election
from tabulation.models import PollingStation, Protocol, form_in_use
from tabulation.tests.support.real_elections import DATA, ROMANIA_2024
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import NOW, cast

STATIONS = 1_000
FIRST_FIGURE = 4


@slow
class RomaniaTests(TestCase):
    def setUp(self) -> None:
        if not ROMANIA_2024.there:
            self.skipTest(ROMANIA_2024.missing)
        self.people = cast()
        with tempfile.TemporaryDirectory() as folder:
            load_election(ROMANIA_2024.make(Path(folder)), by=None, at=NOW)
        self.contest = Contest.objects.select_related("election", "constituency__area").get()
        self.form = form_in_use(self.contest)
        path = DATA / ROMANIA_2024.folder / "protocol_corrections.csv.gz"
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            self.columns = next(rows)[FIRST_FIGURE:]
            self.pairs = list(islice(zip(rows, rows, strict=True), STATIONS))

    def figures(self, row: list[str]) -> list[int]:
        """In the paper's order, which is not the file's."""
        named = dict(zip(self.columns, row[FIRST_FIGURE:], strict=True))
        return [int(named[line.key]) for line in self.form.lines]

    def typed_twice(self, protocol: Protocol, figures: list[int]) -> None:
        reasons = {
            check.code: "as the record says" for check in self.form.broken(figures, "warning")
        }
        for name in ("alice", "bob"):
            seat = entry.take_seat(protocol=protocol, by=self.people[name], at=NOW)
            entry.submit(
                seat=seat,
                figures=figures,
                by=self.people[name],
                at=NOW,
                reasons=reasons,
                then=verification.compare_if_complete,
            )
        verification.accept(protocol=protocol, by=self.people["sona"], at=NOW)

    def replay(self, first: list[str], final: list[str]) -> None:
        self.assertEqual((first[0], first[1], final[1]), (final[0], "provisional", "final"))
        station = PollingStation.objects.get(code=first[0])
        received = intake.receive(
            contest=self.contest, station=station, by=self.people["ina"], at=NOW
        )
        self.typed_twice(received, self.figures(first))
        corrected = correction.correct(
            contest=self.contest,
            station=station,
            reason=f"version {final[2]} of the record",
            decision=final[3],
            by=self.people["sona"],
            at=NOW,
        )
        self.typed_twice(corrected, self.figures(final))

    def test_the_final_sums_and_every_difference(self) -> None:
        for first, final in self.pairs:
            self.replay(first, final)
        wanted = [
            sum(column) for column in zip(*(self.figures(f) for _p, f in self.pairs), strict=True)
        ]
        nation = sums_by_area(self.contest)[0]
        self.assertEqual((nation.counted, list(nation.figures)), (STATIONS, wanted))
        self.client.force_login(self.people["otar"])
        for first, final in self.pairs:
            self.assert_was_is_and_why(first, final)

    def assert_was_is_and_why(self, first: list[str], final: list[str]) -> None:
        address = [self.contest.election.slug, self.contest.code, first[0]]
        page = self.client.get(reverse("staff-station", args=address))
        shown = page.context["was_is"]
        was, is_ = self.figures(first), self.figures(final)
        pairs = [[old, new] for old, new in zip(was, is_, strict=True)]
        self.assertEqual([row["values"] for row in shown["rows"]], pairs)
        differ = [row["differs"] for row in shown["rows"]]
        self.assertEqual(differ, [old != new for old, new in pairs])
        self.assertIn(True, differ)
        self.assertContains(page, f"version {final[2]} of the record ({final[3]})")
