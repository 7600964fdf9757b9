"""Turnout through the day: of the whole contest, of an area, of a station; and what links there."""

import hashlib
import re
from datetime import time

from django.test import TestCase

from tabulation.counting import entry, verification
from tabulation.languages.formatting import DASH
from tabulation.tests.support.turnout_world import EVENING, NOON, report
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World

NATION = "/en/artsakh/president/turnout/"
SOUTH_PAGE = f"{NATION}S/"
NORTH_PAGE = f"{NATION}N/"


class TurnoutPageTestCase(TestCase):
    def page(self, path: str) -> str:
        response = self.client.get(path)
        self.assertEqual(response.status_code, 200, path)
        return response.content.decode()

    def text(self, path: str) -> str:
        """What a reader sees: the page without its tags, white space folded."""
        body = re.sub(r"<title>.*?</title>", "", self.page(path), flags=re.S)
        text = re.sub(r"<[^>]+>", " ", body)
        return re.sub(r"\s+", " ", text.replace("\u202f", " "))


class TurnoutPageTests(TurnoutPageTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        report(cls.world, (0, NOON, 20), (1, NOON, 30), (1, EVENING, 90), (2, EVENING, 7))
        cls.world.publication()

    def test_the_whole_contest_hour_by_hour(self) -> None:
        text = self.text(NATION)
        self.assertIn("12:00 50 300 16.67% 2/3", text)
        self.assertIn("17:30 97 200 48.50% 2/3", text)
        self.assertIn("Unchanged since publication 1", text)
        self.assertIn("Of the stations that reported, 1 keeps no list", text)

    def test_the_legend_of_an_area_is_that_of_its_marks_and_not_of_the_day(self) -> None:
        self.world.accepted(self.world.stations[1], SOUTH)
        self.world.publication()
        text = self.text("/en/artsakh/president/area/S/")
        self.assertIn("17:30", text)
        self.assertIn("Who leads by how many percentage points", text)
        self.assertNotIn("Turnout, and in how many", text)

    def test_the_picture_says_what_the_table_says(self) -> None:
        page = self.page(NATION)
        self.assertIn('<svg class="plot chart"', page)
        svg = page[page.index("<svg class") : page.index("</svg>")]
        self.assertEqual(re.findall(r'class="x"[^>]*>([^<]*)<', svg), ["12:00", "17:30"])
        (line,) = re.findall(r'class="line t6" d="([^"]*)"', svg)
        points = [tuple(map(float, at)) for at in re.findall(r"([\d.]+) ([\d.]+)", line)]
        axis = [float(y) for y in re.findall(r'class="y"[^>]* y="([\d.]+)"', svg)]
        top, floor = min(axis), max(axis)
        shares = [round((floor - y) / (floor - top) * 100, 1) for _x, y in points]
        self.assertEqual(len(shares), 2)
        self.assertAlmostEqual(shares[0], 16.67, delta=0.2)
        self.assertAlmostEqual(shares[1], 48.5, delta=0.2)
        # One hour makes no line.
        self.assertNotIn('<svg class="plot', self.page(NORTH_PAGE))

    def test_areas_below_by_hour(self) -> None:
        text = self.text(NATION)
        self.assertIn("Area N 20.00% 20 1/1 not reported not yet counted", text)
        self.assertIn("Area S 15.00% 30 1/2 48.50% 97 2/2 not yet counted", text)
        self.assertIn(f'<a href="{SOUTH_PAGE}">Area S</a>', self.page(NATION))

    def test_an_area_says_what_it_reported_and_leads_back(self) -> None:
        text, page = self.text(NORTH_PAGE), self.page(NORTH_PAGE)
        self.assertIn("12:00 20 100 20.00% 1/1", text)
        self.assertNotIn("17:30", text)
        self.assertIn(f'href="{NATION}"', page)
        self.assertIn('href="/en/artsakh/president/area/N/"', page)
        self.assertNotIn("turnout.csv", page)
        self.assertIn('href="/data/artsakh/1/president.turnout.csv"', self.page(NATION))

    def test_protocols_stand_beside_it_as_another_count(self) -> None:
        text = self.text(NORTH_PAGE)
        self.assertIn("By the protocols Nothing is counted here yet.", text)
        self.assertIn("separate counts. They may differ", text)
        self.world.accepted(self.world.stations[0], NORTH)
        self.world.publication()
        text = self.text(NORTH_PAGE)
        self.assertIn("12:00 20 100 20.00% 1/1", text)
        self.assertIn("Registered 100 Took part 61 Turnout 61.00% Stations counted 1/1", text)
        self.assertIn("Area N 20.00% 20 1/1 not reported 61.00% 61 1/1", self.text(NATION))

    def test_nobody_reported(self) -> None:
        World("silent").publication()
        path = "/en/silent/president/turnout/"
        for address in (path, f"{path}S/"):
            with self.subTest(address):
                self.assertIn("No polling station here has reported", self.text(address))
                self.assertNotIn("turnout.csv", self.page(address))
        for address in ("/en/silent/", "/en/silent/president/area/S/"):
            self.assertNotIn("Turnout through the day", self.text(address))

    def test_pages_of_results_lead_there(self) -> None:
        for path, link, words in (
            (
                "/en/artsakh/",
                NATION,
                "Voted by 17:30: 97. Turnout: 48.50%. Polling stations that reported: 2 of 3.",
            ),
            ("/en/artsakh/president/area/S/", SOUTH_PAGE, "Voted by 17:30: 97."),
            ("/en/artsakh/president/area/N/", NORTH_PAGE, "Voted by 12:00: 20. Turnout: 20.00%."),
        ):
            with self.subTest(path):
                self.assertIn(words, self.text(path))
                self.assertIn(f'<a href="{link}">Turnout through the day</a>', self.page(path))
        past = self.page("/en/artsakh/publications/1/")
        self.assertIn("Voted by 17:30: 97.", past)
        self.assertNotIn(f'href="{NATION}"', past)

    def test_a_station_s_own_hours(self) -> None:
        text = self.text("/en/artsakh/president/station/2/01/")
        self.assertIn("12:00 30 15.00% 17:30 90 45.00%", text)
        text = self.text("/en/artsakh/president/station/2/02/")
        self.assertIn(f"17:30 7 {DASH} There is no voter list here", text)

    def test_a_page_stands_until_its_own_area_reports(self) -> None:
        etags = {path: self.client.get(path)["ETag"] for path in (NATION, NORTH_PAGE, SOUTH_PAGE)}
        report(self.world, (2, time(20), 8))
        self.world.publication()
        for path, status in ((NATION, 200), (SOUTH_PAGE, 200), (NORTH_PAGE, 304)):
            with self.subTest(path):
                answer = self.client.get(path, headers={"if-none-match": etags[path]})
                self.assertEqual(answer.status_code, status)
        self.assertIn('data-since="2">', self.page("/en/artsakh/president/station/2/02/"))
        self.assertIn('data-since="1">', self.page("/en/artsakh/president/station/2/01/"))
        self.assertIn('data-since="2">', self.page("/en/artsakh/president/area/S/"))

    def test_what_is_not_there(self) -> None:
        for path in (
            f"{NATION}Q/",
            f"{NATION}2/01/",
            "/en/artsakh/mayor/turnout/",
            "/en/nowhere/president/turnout/",
            "/data/artsakh/2/president.turnout.csv",
            "/data/artsakh/1/mayor.turnout.csv",
            "/data/artsakh/2/president.reasons.tsv",
        ):
            with self.subTest(path):
                self.assertEqual(self.client.get(path).status_code, 404)

    def test_queries_do_not_grow_with_what_is_shown(self) -> None:
        for path, number in ((NATION, 9), (SOUTH_PAGE, 9), (NORTH_PAGE, 9)):
            with self.subTest(path), self.assertNumQueries(number):
                self.client.get(path)
        report(self.world, (0, EVENING, 40), (0, time(20), 41), (1, time(20), 95))
        self.world.publication()
        with self.assertNumQueries(9):
            self.client.get(NATION)

    def test_hostile_names_stay_text(self) -> None:
        world = World("hostile", prefix="<script>alert(1)</script>", notice='"<b>')
        report(world, (0, NOON, 20))
        world.publication()
        for path in ("turnout/", "turnout/N/"):
            answer = self.client.get(f"/en/hostile/president/{path}")
            self.assertContains(answer, "&lt;script&gt;")
            self.assertNotContains(answer, "<script>")


class StationHistoryTests(TurnoutPageTestCase):
    """What was ever published of a station, and why its warnings were accepted."""

    STATION = "/en/artsakh/president/station/2/01/"
    #: More voters than registered, which needs a reason.
    MORE = (140, 150, 5, 100, 40, 5)

    def setUp(self) -> None:
        self.world = World()

    def accept(self, reasons: tuple[str, str]) -> None:
        """Alice and Bob type the station, each with a reason of their own."""
        world = self.world
        protocol = world.received(world.stations[1])
        for person, reason in zip((world.alice, world.bob), reasons, strict=True):
            seat = entry.take_seat(protocol=protocol, by=person, at=NOW)
            entry.submit(seat=seat, figures=self.MORE, by=person, at=NOW, reasons={"list": reason})
        verification.compare(protocol=protocol, at=NOW)
        verification.accept(protocol=protocol, by=world.sona, at=NOW)
        world.publication()

    def reasons(self, number: int = 1) -> str:
        answer = self.client.get(f"/data/artsakh/{number}/president.reasons.tsv")
        return b"".join(answer).decode()

    def test_both_clerks_reasons_where_they_differ(self) -> None:
        self.accept(("Another <b>list</b>.", "See minutes\\3"))
        text, page = self.text(self.STATION), self.page(self.STATION)
        said = "✗ failed Reason for accepting it: Another &lt;b&gt;list&lt;/b&gt;."
        self.assertIn(said, text)
        self.assertIn("Reason for accepting it: See minutes\\3", text)
        self.assertNotIn("<b>list", page)
        self.assertIn("holds the hash of these reasons", text)

    def test_one_reason_where_they_agree(self) -> None:
        self.accept(("The same.", "The same."))
        self.assertEqual(self.text(self.STATION).count("Reason for accepting it: The same."), 1)

    def test_the_file_has_what_is_hashed(self) -> None:
        self.accept(("Line\none", "a\\b"))
        self.assertEqual(self.reasons(), "2/01\tlist\tLine\\none\n2/01\tlist\ta\\\\b\n")
        ledger = b"".join(self.client.get("/data/artsakh/1/president.ledger.tsv")).decode()
        record = next(line for line in ledger.splitlines() if "\t2/01\t" in line)
        lines = b"list\tLine\\none\nlist\ta\\\\b\n"
        self.assertEqual(record.split("\t")[9], hashlib.sha256(lines).hexdigest())

    def test_no_reasons_no_words_about_them(self) -> None:
        self.world.accepted(self.world.stations[1], (200, 150, 5, 100, 40, 5))
        self.world.publication()
        self.assertNotIn("Reason for accepting it", self.text(self.STATION))
        self.assertEqual(self.reasons(), "")

    def test_every_version_with_when_and_why(self) -> None:
        world = self.world
        world.publication()
        self.assertNotIn("What was published of this station", self.text(self.STATION))
        world.accepted(world.stations[1], (200, 150, 5, 100, 40, 5))
        world.publication()
        world.accepted(world.stations[0], NORTH)
        world.publication()
        world.corrected(world.stations[1], (200, 150, 5, 99, 41, 5))
        world.publication()
        text, page = self.text(self.STATION), self.page(self.STATION)
        history = text[text.index("What was published of this station") :]
        rows = [
            "4 19 Jul 2012, 20:00 changes since 3 counted · version 2 Reason: recount decision 12-A"
            " 150 145",
            "2 19 Jul 2012, 20:00 changes since 1 counted · version 1 150 145",
            f"1 19 Jul 2012, 20:00 not yet counted {DASH} {DASH}",
        ]
        places = [history.index(row) for row in rows]
        self.assertEqual(places, sorted(places))
        self.assertNotIn(" 3 19 Jul", history)
        for pair in ("3/4", "1/2"):
            self.assertIn(f'href="/en/artsakh/president/difference/{pair}/"', page)
        self.assertLess(text.index("As on the paper"), text.index("What was published of this"))
        with self.assertNumQueries(10):
            self.client.get(self.STATION)
