"""Timed turnout in the ledger: sums by area and hour, only what changed, bound in the manifest."""

import csv
import hashlib
import json
from collections import defaultdict
from io import StringIO
from typing import Any

from django.db import connection
from django.test import TestCase

from candidates.models import Contest
from tabulation.importing.election import load_election
from tabulation.ledger.preview import preview_of
from tabulation.ledger.refusals import NothingToPublish
from tabulation.ledger.turnout import replace_turnout
from tabulation.ledger.writing import Terms
from tabulation.models import PublishedTurnout, TurnoutQueue
from tabulation.tests.support.publishing import write
from tabulation.tests.support.turnout_world import EVENING, NOON, report
from tabulation.tests.support.world import GEORGIA, NOW, SOUTH, World


class PublishingTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()

    def fetched(self, address: str) -> str:
        answer: Any = self.client.get(f"/data/artsakh/{address}")
        self.assertEqual(answer.status_code, 200, address)
        return (answer.getvalue() if answer.streaming else answer.content).decode()

    def standing(self) -> dict[str, tuple[Any, ...]]:
        rows = PublishedTurnout.objects.filter(superseded_in=None)
        return {
            row.code: (row.hours, row.voters, row.reporting, row.registered, row.without_list,
                       row.expected, row.published_in)
            for row in rows
        }  # fmt: skip

    def test_sums_by_area_and_hour(self) -> None:
        report(self.world, (0, NOON, 20), (1, NOON, 30), (1, EVENING, 90), (2, EVENING, 7))
        self.world.publication()
        both = [NOON, EVENING]
        self.assertEqual(
            self.standing(),
            {
                "1/01": ([NOON], [20], [1], [100], [0], 1, 1),
                "2/01": (both, [30, 90], [1, 1], [200, 200], [0, 0], 1, 1),
                # No list is kept there.
                "2/02": ([EVENING], [7], [1], [None], [1], 1, 1),
                "N": ([NOON], [20], [1], [100], [0], 1, 1),
                "S": (both, [30, 97], [1, 2], [200, 200], [0, 1], 2, 1),
                "AM": (both, [50, 97], [2, 2], [300, 200], [0, 1], 3, 1),
            },
        )

    def test_only_what_changed_is_written(self) -> None:
        report(self.world, (0, NOON, 20), (1, NOON, 30))
        self.world.publication()
        report(self.world, (1, EVENING, 90))
        self.world.publication()
        since = {code: row[-1] for code, row in self.standing().items()}
        self.assertEqual(since, {"1/01": 1, "N": 1, "2/01": 2, "S": 2, "AM": 2})
        closed = PublishedTurnout.objects.filter(superseded_in=2)
        self.assertEqual({row.code for row in closed}, {"2/01", "S", "AM"})

    def test_turnout_alone_is_worth_a_publication_before_the_count(self) -> None:
        self.world.publication()
        self.assertFalse(preview_of(self.world.election).changed)
        report(self.world, (0, NOON, 20))
        ahead = preview_of(self.world.election)
        self.assertTrue(ahead.changed)
        self.assertEqual([part.reporting for part in ahead.contests], [1])
        self.assertEqual(self.world.publication().status, "pre-election")
        self.assertFalse(TurnoutQueue.objects.exists())
        with self.assertRaises(NothingToPublish):
            self.world.publication()

    def test_nobody_reported_costs_one_statement(self) -> None:
        self.world.publication()
        self.world.accepted(self.world.stations[1], SOUTH)
        with self.assertNumQueries(1) as asked, connection.cursor() as cursor:
            self.assertFalse(replace_turnout(cursor, self.world.contest, 2, whole=False))
        self.assertIn("turnoutqueue", asked.captured_queries[0]["sql"])

    def test_the_whole_election_is_compared_when_asked(self) -> None:
        report(self.world, (0, NOON, 20))
        self.world.publication()
        report(self.world, (1, NOON, 30))
        TurnoutQueue.objects.all().delete()
        write(election=self.world.election, by=None, at=NOW, terms=Terms(whole=True))
        since = {code: row[-1] for code, row in self.standing().items()}
        self.assertEqual(since, {"1/01": 1, "N": 1, "2/01": 2, "S": 2, "AM": 2})

    def test_what_was_shown_must_still_be_so(self) -> None:
        self.world.publication()
        before = preview_of(self.world.election).fingerprint
        report(self.world, (0, NOON, 20))
        after = preview_of(self.world.election).fingerprint
        self.assertNotEqual(before, after)
        report(self.world, (0, EVENING, 21))
        self.assertNotEqual(preview_of(self.world.election).fingerprint, after)

    def test_the_manifest_binds_the_file(self) -> None:
        self.world.publication()
        report(self.world, (0, NOON, 20), (2, EVENING, 7))
        self.world.publication()
        self.world.accepted(self.world.stations[1], SOUTH)
        self.world.publication()
        text = (
            "unit,code,hour,voters,stations,registered,without_list,expected\n"
            "area,AM,12:00,20,1,100,0,3\n"
            "area,AM,17:30,7,1,,1,3\n"
            "area,N,12:00,20,1,100,0,1\n"
            "area,S,17:30,7,1,,1,2\n"
            "station,1/01,12:00,20,1,100,0,1\n"
            "station,2/02,17:30,7,1,,1,1\n"
        )
        for number in (2, 3):
            (bound,) = json.loads(self.fetched(f"{number}/manifest.json"))["contests"]
            self.assertEqual(self.fetched(f"{number}/president.turnout.csv"), text)
            self.assertEqual(bound["turnout"], hashlib.sha256(text.encode()).hexdigest())
        (bound,) = json.loads(self.fetched("1/manifest.json"))["contests"]
        self.assertEqual(set(bound), {"contest", "form", "root", "sums"})
        answer = self.client.get("/data/artsakh/1/president.turnout.csv")
        self.assertEqual(answer.status_code, 404)

    def test_a_past_publication_stays_as_it_was(self) -> None:
        report(self.world, (0, NOON, 20))
        self.world.publication()
        before = self.fetched("1/president.turnout.csv")
        report(self.world, (0, EVENING, 40))
        self.world.publication()
        self.assertEqual(self.fetched("1/president.turnout.csv"), before)
        self.assertNotEqual(self.fetched("2/president.turnout.csv"), before)

    def test_a_notice_stands_in_the_file(self) -> None:
        world = World("sample", kind="sample", notice='Generated, "all" of it.')
        report(world, (0, NOON, 20))
        world.publication()
        body = b"".join(self.client.get("/data/sample/1/president.turnout.csv")).decode()
        rows = list(csv.DictReader(StringIO(body)))
        self.assertEqual({row["notice"] for row in rows}, {world.election.notice})


class IndexTests(TestCase):
    def test_no_index_but_the_parents_holds_units_of_both_kinds(self) -> None:
        """The planner may skip the first column of an index, and then reads the whole of it."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%(%contest_id%'"
                " AND indexdef NOT LIKE '% WHERE %' AND tablename IN"
                " ('tabulation_publishedfigures', 'tabulation_publishedturnout')"
            )
            found = {name for (name,) in cursor.fetchall()}
        self.assertEqual(found, {"figures_by_parent", "turnout_by_parent"})


class GeorgiaTests(TestCase):
    """27 October 2013, added up from the files of the folder alone."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.election = load_election(GEORGIA, by=None, at=NOW)
        cls.contest = Contest.objects.get(election=cls.election)
        write(election=cls.election, by=None, at=NOW)

    def expected(self) -> dict[tuple[str, str], list[int]]:
        """By area and hour: voters, stations, registered, stations without a list."""

        def rows(name: str) -> list[dict[str, str]]:
            with (GEORGIA / name).open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))

        above = {row["code"]: row["parent_code"] for row in rows("areas.csv")}
        stations = {row["code"]: row for row in rows("stations.csv")}
        sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for reading in rows("turnout.csv"):
            station = stations[reading["station_code"]]
            listed = station["registered"]
            added = [int(reading["voters"]), 1, int(listed or 0), int(not listed)]
            area = station["area_code"]
            while area:
                total = sums[area, reading["time"]]
                total[:] = [a + b for a, b in zip(total, added, strict=True)]
                area = above[area]
        return sums

    def test_every_area_at_every_hour(self) -> None:
        found = {}
        for row in PublishedTurnout.objects.filter(area__isnull=False):
            arrays = (row.hours, row.voters, row.reporting, row.registered, row.without_list)
            for hour, *figures in zip(*arrays, strict=True):
                voters, stations, registered, without = figures
                found[row.code, f"{hour:%H:%M}"] = [voters, stations, registered or 0, without]
        expected = self.expected()
        self.assertEqual(found, expected)
        self.assertEqual({hour for _area, hour in found}, {"12:00", "17:00", "20:00"})
        self.assertEqual(len({area for area, _hour in found}), 87)
        self.assertEqual(expected["GE", "20:00"][1:2], [3707])
