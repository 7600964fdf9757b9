"""The pages of pictures: what a reader sees, in the picture and in the table beside it."""

import gzip
import re
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any
from unittest import mock
from xml.etree import ElementTree

from django.test import TestCase

from tabulation.arithmetic.form import share
from tabulation.counting import correction
from tabulation.importing.election import load_election
from tabulation.importing.protocols import load_protocols
from tabulation.ledger import reading
from tabulation.ledger.cells import cells_of_areas, cells_of_stations
from tabulation.public import document
from tabulation.public.charts.classes import MARGIN_STEPS, TURNOUT_STEPS
from tabulation.public.declaration import Turn
from tabulation.public.edition import editions
from tabulation.public.mirror.making import addresses_of
from tabulation.public.mirror.wanted import wanted
from tabulation.public.pages import courses, mapping
from tabulation.public.pages.colouring import STEPS
from tabulation.public.pages.results import Result
from tabulation.tests.support.picture_pages import AREAS, PAGES
from tabulation.tests.support.publishing import write
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import GEORGIA, NORTH, NOW, SOUTH, World, make_stations

HOSTILE = "<script>alert(1)</script>\"']]>&=1+1 "


#: The space between groups of digits, and the dash where there is no figure.
PLAIN = str.maketrans({"\u202f": " ", "\u2013": "-"})


class PicturesTestCase(TestCase):
    def body(self, path: str) -> str:
        response = self.client.get(path)
        self.assertEqual(response.status_code, 200, path)
        return response.content.decode()

    def text(self, path: str) -> str:
        """What a reader sees: the page without its tags, white space folded."""
        text = re.sub(r"<[^>]+>", " ", self.body(path).translate(PLAIN))
        return re.sub(r"\s+", " ", text)

    def classes(self, path: str) -> list[str]:
        """Of the marks of the picture, but those of the legend."""
        svg = re.search(r'<svg class="plot (?!swatch).*?</svg>', self.body(path), re.S)
        assert svg
        return re.findall(r'<path class="([^"]+)"', svg.group())


class MosaicPageTests(PicturesTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.publication()
        cls.world.accepted(cls.world.stations[1], SOUTH)
        cls.world.publication()

    def test_who_leads_where(self) -> None:
        self.assertEqual(self.classes(PAGES["map"]), ["k1 m3", "k1 m3", "waiting"])
        text = self.text(PAGES["map"])
        self.assertIn("1 Candidate 1 0 0 2", text)
        self.assertIn("Not yet counted: 1", text)

    def test_the_same_as_a_table(self) -> None:
        text = self.text(PAGES["map"])
        self.assertIn("Area N 1/1 61.00% Candidate 1 1", text)
        self.assertIn("Area S 1/2 75.00% Candidate 1 1", text)

    def test_turnout(self) -> None:
        self.assertEqual(self.classes(PAGES["map of turnout"]), ["t4", "t5", "waiting"])
        text = self.text(PAGES["map of turnout"])
        self.assertIn("60% to under 75% 1", text)
        self.assertIn("Area N 1/1 61.00% 0 0 0 1 0 0", text)

    def test_a_block_leads_to_its_area(self) -> None:
        for page in ("map", "map of turnout"):
            for area in ("N", "S"):
                link = f'<a href="/en/artsakh/president/area/{area}/" tabindex="-1">'
                self.assertIn(link, self.body(PAGES[page]))

    def test_the_page_of_an_area_draws_its_stations(self) -> None:
        self.assertEqual(self.classes(AREAS["area"]), ["k1 m3", "waiting"])
        self.assertEqual(self.classes(AREAS["country"]), ["k1 m3", "k1 m3", "waiting"])

    def test_one_station_is_no_picture_of_its_area(self) -> None:
        self.assertNotIn('class="plot mosaic"', self.body("/en/artsakh/president/area/N/"))

    def test_the_next_pages_of_an_area_do_not_draw_it_again(self) -> None:
        with mock.patch.object(document, "STATIONS_PER_PAGE", 1):
            self.assertIn('class="plot mosaic"', self.body(AREAS["area"]))
            self.assertNotIn('class="plot mosaic"', self.body(f"{AREAS['area']}-/2/"))

    def test_too_many_stations_below_an_area_are_not_drawn_there(self) -> None:
        with mock.patch.object(mapping, "MOST_BELOW", 2):
            self.assertNotIn('class="plot mosaic"', self.body(AREAS["country"]))
            self.assertIn('class="plot mosaic"', self.body(AREAS["area"]))
        with mock.patch.object(mapping, "MOST_CELLS", 1):
            self.assertNotIn('class="plot mosaic"', self.body(AREAS["area"]))

    def test_above_the_most_cells_a_cell_is_an_area_and_the_caption_says_so(self) -> None:
        with mock.patch.object(mapping, "MOST_CELLS", 2):
            self.assertEqual(self.classes(PAGES["map"]), ["k1 m3", "k1 m3"])
            for page in ("map", "map of turnout"):
                self.assertIn("One mark is one area of the lowest level", self.text(PAGES[page]))
            self.assertIn("Area S 1/2 75.00% Candidate 1 1", self.text(PAGES["map"]))

    def test_an_annulled_station_is_crossed_out_and_counts_for_nobody(self) -> None:
        protocol = self.world.contest.protocols.get(station__code="1/01")
        correction.annul(
            protocol=protocol, reason="box opened", decision="7", by=self.world.mariam, at=NOW
        )
        self.world.publication()
        self.assertEqual(self.classes(PAGES["map"]), ["annulled", "k1 m3", "waiting"])
        text = self.text(PAGES["map"])
        self.assertIn("Annulled: 1", text)
        self.assertIn("Area N 0/1 - annulled", text)
        turnout = self.text(PAGES["map of turnout"])
        self.assertIn("Area N 0/1 - - - - - - -", turnout)
        self.assertIn(
            "2 polling stations are not shown because they are not yet counted or are annulled.",
            self.text(PAGES["scatter"]),
        )

    def test_a_tie_leads_nowhere(self) -> None:
        self.world.corrected(self.world.stations[0], (100, 61, 1, 30, 30, None))
        self.world.publication()
        self.assertEqual(self.classes(PAGES["map"]), ["tied", "k1 m3", "waiting"])
        text = self.text(PAGES["map"])
        self.assertIn("Two or more lead with equal votes: 1", text)
        self.assertIn("Area N 1/1 61.00% equal 1", text)

    def test_a_station_where_nobody_voted_and_one_without_a_list(self) -> None:
        self.world.corrected(self.world.stations[0], (100, 0, 0, 0, 0, None))
        self.world.accepted(self.world.stations[2], (None, 150, 5, 100, 40, 5))
        self.world.publication()
        self.assertEqual(self.classes(PAGES["map"]), ["empty", "k1 m3"])
        self.assertEqual(self.classes(PAGES["map of turnout"]), ["t1", "t5", "unknown"])
        self.assertIn("Area N 1/1 0.00% no votes", self.text(PAGES["map"]))
        self.assertIn("2 counted polling stations are not shown", self.text(PAGES["scatter"]))

    def test_the_colours_are_those_of_the_whole_contest_on_the_page_of_an_area(self) -> None:
        self.world.corrected(self.world.stations[0], (100, 61, 1, 0, 60, None))
        self.world.accepted(self.world.stations[2], (200, 150, 5, 0, 0, 145))
        self.world.publication()
        # 1 has 100, 2 has 100, 41 has 150: the first two are 1 and 41.
        self.assertEqual(self.classes(PAGES["map"]), ["k3 m3", "k1 m3", "k2 m3"])
        self.assertEqual(self.classes(AREAS["area"]), ["k1 m3", "k2 m3"])


class NightPageTests(PicturesTestCase):
    def setUp(self) -> None:
        self.world = World()

    def publish(self, *figures: Any, minutes: int = 60) -> None:
        """A publication for each of ``figures``, of the next station."""
        for i, form in enumerate(figures):
            self.world.accepted(self.world.stations[i], form)
            at = NOW + timedelta(minutes=i * minutes)
            write(election=self.world.election, by=self.world.mariam, at=at)

    def test_publication_by_publication(self) -> None:
        self.publish(NORTH, SOUTH)
        text = self.text(PAGES["night"])
        self.assertIn("No. Time Stations counted Candidate 1 Candidate 2 Candidate 41", text)
        self.assertIn("2 19 Jul 2012, 21:00 2/3 68.29% 29.27% 2.44%", text)
        self.assertIn("1 19 Jul 2012, 20:00 1/3 66.67% 33.33% -", text)
        self.assertLess(text.index("2 19 Jul"), text.index("1 19 Jul"))
        self.assertIn("by its time", text)

    def test_a_share_that_is_not_there_is_no_line(self) -> None:
        self.publish(NORTH)
        body = self.body(PAGES["night"])
        self.assertEqual(len(re.findall(r'<path class="line k\d d\d" d="M[^"]+H292"', body)), 2)

    def test_a_night_of_moments_goes_by_number(self) -> None:
        self.publish(NORTH, SOUTH, minutes=1)
        self.assertIn("by its number", self.text(PAGES["night"]))

    def test_a_long_night_is_thinned_in_the_picture_and_cut_in_the_table(self) -> None:
        self.publish(NORTH, SOUTH, SOUTH)
        with (
            mock.patch.object(courses, "MOST_ROWS", 2),
            mock.patch.object(courses, "MOST_POINTS", 2),
        ):
            text = self.text(PAGES["night"])
            body = self.body(PAGES["night"])
        self.assertIn("The last 2 of 3 are shown.", text)
        self.assertNotIn("1 19 Jul 2012, 20:00", text)
        behind = re.search(r'class="behind" d="(M[^"]+)"', body)
        assert behind
        self.assertEqual(behind.group(1).count("V"), 2)  # from the first to the last, and down

    def test_nothing_counted_yet_is_said_and_nothing_is_0(self) -> None:
        self.world.publication()
        self.assertIn("0/3 - - -", self.text(PAGES["night"]))
        self.assertNotIn('class="line k', self.body(PAGES["night"]).split("</svg>")[0])
        self.assertIn("Nothing is counted here yet.", self.text(PAGES["scatter"]))
        self.assertEqual(self.classes(PAGES["map"]), ["waiting", "waiting"])
        self.assertIn("Area N 0/1 - not yet counted", self.text(PAGES["map"]))
        self.assertIn("Area N 0/1 - - - - - - -", self.text(PAGES["map of turnout"]))


class ScatterPageTests(PicturesTestCase):
    def test_each_station_by_turnout_and_share(self) -> None:
        world = World()
        world.accepted(world.stations[0], NORTH)
        world.accepted(world.stations[1], SOUTH)
        world.publication()
        text = self.text(PAGES["scatter"])
        self.assertIn("the share of Candidate 1", text)
        self.assertIn("≥ 60% 0 0 0 1 0", text)
        self.assertIn("≥ 70% 0 0 0 1 0", text)
        self.assertIn("2 stations are shown.", text)
        self.assertIn(
            "1 polling station is not shown because it is not yet counted or is annulled.", text
        )
        self.assertEqual(set(self.classes(PAGES["scatter"])) - {"rule"}, {"k1 dot"})

    def test_percents_of_an_axis_as_the_reader_s_language_writes_them(self) -> None:
        world = World()
        world.accepted(world.stations[0], NORTH)
        world.publication()
        for language, written in (("en", ">60%</text>"), ("ru", ">60\u00a0%</text>")):
            with self.subTest(language):
                body = self.body(PAGES["scatter"].replace("/en/", f"/{language}/"))
                self.assertEqual(body.count(written), 2)

    def test_of_very_many_stations_circles(self) -> None:
        world = World()
        world.accepted(world.stations[0], NORTH)
        world.publication()
        with mock.patch.object(courses, "MOST_CELLS", 2):
            self.assertIn("A larger circle means more stations", self.text(PAGES["scatter"]))
            self.assertIn("k1 n6", self.classes(PAGES["scatter"]))

    def test_more_than_100_percent_stand_at_100(self) -> None:
        world = World()
        world.accepted(world.stations[0], (50, 61, 1, 40, 20, None))
        world.publication()
        self.assertIn("≥ 90% 0 0 0 1 0", self.text(PAGES["scatter"]))


class CellTests(TestCase):
    """What the database reads from the figures is what a station's own page says."""

    #: Around the bounds of the steps: margins of 10 and 30 points, turnout of 30 and 90 percent.
    CASES = (
        [(100, 30, 0, 17, 13, None), (1000, 299, 0, 164, 135, 0), (100, 100, 0, 55, 45, 0)],
        [(200, 200, 0, 109, 91, None), (100, 90, 0, 65, 25, 0), (1000, 899, 0, 0, 0, 899)],
        [(100, 100, 100, 0, 0, None), (0, 7, 0, 7, 0, 0), (None, 20, 0, 13, 7, 0)],
        [(100, 20, 10, 5, 5, None), (100, 20, 0, 5, None, 15), (100, *[None] * 5)],
        [(100, 20, 0, 10, 10, None), (100, 21, 0, 7, 7, 7), (100, 0, 0, 0, None, None)],
        [(100, 100, 0, 65, 35, None), (1000, 1000, 300, 500, 200, 0), (1, 1, 0, None, None, 1)],
    )

    def test_steps_leaders_and_ties(self) -> None:
        for number, case in enumerate(self.CASES):
            with self.subTest(number):
                world = World(f"case-{number}")
                for station, figures in zip(world.stations, case, strict=True):
                    world.accepted(station, figures)
                assert_cells(self, world.publication())


def assert_cells(test: TestCase, published: Any) -> None:
    """Every cell of a publication against `Result`, which reads the same figures in Python."""
    contest, form = reading.published_contests(published)[0]
    for kind, base in product(("station", "area"), ("valid", "ballots_cast")):
        form = replace(form, base=base)
        units = list(reading.everything(published, contest, kind=kind))
        if kind == "station":
            cells = cells_of_stations(published, contest, form, STEPS)
        else:
            cells = list(cells_of_areas(published, contest, form, STEPS).values())
        test.assertEqual([cell.code for cell in cells], [unit.code for unit in units])
        for cell, unit in zip(cells, units, strict=True):
            expected = read_in_python(Result(unit, form))
            found = (
                cell.leader,
                cell.tied,
                cell.margin,
                cell.turnout,
                cell.voters,
                cell.registered,
            )
            test.assertEqual(found, expected, unit.code)


def read_in_python(result: Result) -> tuple[Any, ...]:
    votes = sorted((row.votes or 0 for row in result.choices), reverse=True)
    lead = share(votes[0] - votes[1], result.form.base_total(result.figures) or sum(votes))
    margin = 1 + sum(lead is not None and lead >= bound for bound in MARGIN_STEPS)
    turnout = result.turnout
    step = None if turnout is None else 1 + sum(turnout >= bound for bound in TURNOUT_STEPS)
    return (
        result.leader.number if result.leader else None,
        result.tied,
        margin if result.leader else 0,
        step,
        result.voters,
        result.registered,
    )


@slow
class GeorgiaCellTests(TestCase):
    def test_every_station_of_a_real_election(self) -> None:
        election = load_election(GEORGIA, by=None, at=NOW)
        load_protocols(election.contests.get(), GEORGIA / "protocols.csv", by=None, at=NOW)
        published = write(election=election, by=None, at=NOW)
        assert_cells(self, published)
        for path in ("map/", "map/turnout/", "scatter/"):
            with self.subTest(path):
                content = self.client.get(f"/en/georgia-2013/president/{path}").content
                self.assertLess(len(gzip.compress(content)), 15_000)
        body = self.client.get("/en/georgia-2013/president/map/").content.decode()
        rows = re.findall(r'<td class="number">(\d+)/(\d+)</td>', body)
        self.assertEqual(sum(int(counted) for counted, _all in rows), 3707)
        self.assertTrue(all(counted == expected for counted, expected in rows))


class SafetyTests(PicturesTestCase):
    def test_hostile_names_stay_text_and_each_picture_is_well_formed(self) -> None:
        world = World(prefix=HOSTILE)
        world.accepted(world.stations[0], NORTH)
        world.publication()
        for name, path in {**PAGES, **AREAS}.items():
            body = self.body(path)
            with self.subTest(name):
                self.assertIn("&lt;script&gt;", body)
                self.assertNotIn("<script>", body)
                self.assertNotRegex(body, r'\sstyle=|<style|\son\w+="')
                pictures = re.findall(r"<svg.*?</svg>", body, re.S)
                self.assertTrue(pictures)
                for picture in pictures:
                    ElementTree.fromstring(picture)

    def test_queries_do_not_grow_with_the_stations(self) -> None:
        expected = {"map": 9, "map of turnout": 9, "night": 6, "scatter": 7}
        worlds = [World(), World("larger")]
        make_stations(worlds[1], 300)
        for world in worlds:
            world.accepted(world.stations[0], NORTH)
            world.publication()
            for name, number in expected.items():
                path = PAGES[name].replace("artsakh", world.election.slug)
                with self.subTest(name, of=world.election.slug), self.assertNumQueries(number):
                    self.assertEqual(self.client.get(path).status_code, 200)

    def test_what_is_not_there_is_404(self) -> None:
        World().publication()
        World("silent")
        for path in PAGES.values():
            for wrong in (path.replace("artsakh", "silent"), path.replace("president", "mayor")):
                with self.subTest(wrong):
                    self.assertEqual(self.client.get(wrong).status_code, 404)

    def test_they_are_in_the_mirror_and_the_election_s_page_leads_to_them(self) -> None:
        World().publication()
        addresses = self.keys()
        body = self.body("/en/artsakh/")
        for path in PAGES.values():
            self.assertIn(path, addresses)
            self.assertIn(f'href="{path}"', body)

    def test_an_area_s_page_is_made_anew_when_the_colours_change(self) -> None:
        world = World()
        world.accepted(world.stations[0], NORTH)
        world.publication()
        before = self.keys()
        world.accepted(world.stations[1], (200, 150, 5, 0, 0, 145))
        world.publication()
        area = "/en/artsakh/president/area/N/"
        # Nothing changed in the north, but 41 is now among the first two.
        self.assertNotEqual(before[area], self.keys()[area])

    def keys(self) -> dict[str, str]:
        """What each document in the mirror depends on, by address."""
        found = wanted(editions(), (Turn.HOT, Turn.AREAS, Turn.LATER))
        return {address: one.key for one in found for _code, address in addresses_of(one)}
