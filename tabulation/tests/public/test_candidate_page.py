"""A candidate's page: the whole, where strong and where weak."""

import re
from unittest import mock

from django.test import TestCase

from tabulation.models import Area, PollingStation
from tabulation.public.pages import candidates
from tabulation.tests.support.world import NORTH, SOUTH, World

HOSTILE = "<script>alert(1)</script>"


class DeepWorld(World):
    """Each station lies in an area of its own."""

    def station(self, code: str, area: Area) -> PollingStation:
        return super().station(code, self.area(f"of {code}", area))


class CandidatePageTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.accepted(cls.world.stations[1], SOUTH)
        cls.world.publication()

    def text(self, number: int, slug: str = "artsakh") -> str:
        response = self.client.get(f"/en/{slug}/president/candidate/{number}/")
        self.assertEqual(response.status_code, 200)
        text = re.sub(r"<[^>]+>", " ", response.content.decode())
        return re.sub(r"\s+", " ", text.replace("\u202f", ""))

    def test_the_whole_and_each_area_strongest_first(self) -> None:
        text = self.text(1)
        self.assertIn("President · No. 1 on the ballot", text)
        self.assertIn("Votes 140 Share of valid votes 68.29", text)
        # South 100 of 145, north 40 of 60.
        self.assertIn("Area S 100 68.97% +0.67 1 1 / 2", text.replace("/", " / "))
        self.assertIn("Area N 40 66.67% \u22121.63 1 1 / 1", text.replace("/", " / "))
        self.assertLess(text.index("Area S"), text.index("Area N"))

    def test_where_they_do_not_stand_or_nothing_counts_is_no_row(self) -> None:
        self.assertNotIn("Area N", self.text(41))
        empty = World("empty")
        empty.publication()
        text = self.text(1, "empty")
        self.assertIn("Nothing is counted here yet.", text)
        self.assertNotIn("0.00", text)

    def test_with_many_areas_the_ends_are_shown(self) -> None:
        world = DeepWorld("deep")
        for station, votes in zip(world.stations, (10, 20, 30), strict=True):
            world.accepted(station, (100, 41, 1, votes, 40 - votes, None))
        world.publication()
        with mock.patch.object(candidates, "ENDS", 1):
            text = self.text(2, "deep")
        strongest, weakest = text.split("Areas with the lowest share")
        self.assertIn("Area of 1/01 30 75.00%", strongest)
        self.assertNotIn("Area of 2/02 10", strongest)
        self.assertIn("Area of 2/02 10 25.00%", weakest)
        self.assertIn("among the 3 areas", weakest)

    def test_unknown_numbers_are_no_page(self) -> None:
        for path in ("3", "0", "99999999999999999999"):
            answer = self.client.get(f"/en/artsakh/president/candidate/{path}/")
            self.assertEqual(answer.status_code, 404, path)

    def test_hostile_names_stay_text(self) -> None:
        world = World("hostile", prefix=HOSTILE)
        world.accepted(world.stations[0], NORTH)
        world.publication()
        answer = self.client.get("/en/hostile/president/candidate/1/")
        self.assertContains(answer, "&lt;script&gt;")
        self.assertNotContains(answer, "<script>")

    def test_queries_do_not_grow(self) -> None:
        with self.assertNumQueries(7):
            self.client.get("/en/artsakh/president/candidate/1/")
