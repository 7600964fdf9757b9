"""Live sums for staff, and the button that publishes."""

import re

from django.test import TestCase
from django.urls import reverse

from tabulation.models import User
from tabulation.tests.support.world import NORTH, SOUTH, World, altered

#: Statements of the page: session, user, contest, form (6), sums, latest, waiting.
PAGE = 22


def plain(body: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


class LiveSumsTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.accepted(cls.world.stations[1], SOUTH)
        cls.url = reverse("aggregation", args=["artsakh", "president"])
        cls.south = reverse("aggregation-area", args=["artsakh", "president", "S"])

    def sign_in(self, name: str) -> None:
        self.client.force_login(User.objects.get(username=name))

    def text(self, url: str) -> str:
        answer = self.client.get(url)
        self.assertEqual(answer.status_code, 200)
        return plain(answer.content.decode())

    def test_sums_and_what_is_missing(self) -> None:
        self.sign_in("sona")
        text = self.text(self.url)
        self.assertIn("Stations accepted 2 / 3 Stations missing 1", text)
        self.assertIn("Took part 211 Turnout 70.33%", text)
        self.assertIn("4 votes 1 140 2", text)
        self.assertIn("S Area S 2 1 1", text)
        self.assertIn("voters = votes + invalid error 0 2", text)

    def test_an_area_below(self) -> None:
        self.sign_in("otar")
        text = self.text(self.south)
        self.assertIn("Stations accepted 1 / 2", text)
        self.assertIn("This area contains no smaller areas.", text)

    def test_sorted_by_address(self) -> None:
        self.sign_in("sona")
        text = self.text(f"{self.url}?sort=-code")
        self.assertLess(text.index("Area S"), text.index("Area N"))

    def test_live_sums_are_not_published_ones(self) -> None:
        self.sign_in("mariam")
        self.assertIn("2 stations have changed since.", self.text(self.url))
        self.world.publication()
        self.assertIn("0 stations have changed since.", self.text(self.url))

    def test_queries_do_not_grow_with_stations(self) -> None:
        self.sign_in("mariam")
        with self.assertNumQueries(PAGE):
            self.client.get(self.url)
        self.world.accepted(self.world.stations[2], SOUTH)
        with self.assertNumQueries(PAGE):
            self.client.get(self.url)

    def test_who_may_see_them(self) -> None:
        for name, status in (("sona", 200), ("mariam", 200), ("otar", 200)):
            self.sign_in(name)
            self.assertEqual(self.client.get(self.url).status_code, status, name)
        for name in ("alice", "xenia"):
            self.sign_in(name)
            answer = self.client.get(self.url)
            self.assertContains(answer, "can see the live totals", status_code=403)

    def test_a_person_of_one_area_sees_that_area(self) -> None:
        altered("sona", area=self.world.south)
        self.sign_in("sona")
        self.assertIn("Stations accepted 1 / 2", self.text(self.url))
        for code, status in (("S", 200), ("N", 403), ("AM", 403), ("Q", 404)):
            url = reverse("aggregation-area", args=["artsakh", "president", code])
            self.assertEqual(self.client.get(url).status_code, status, code)

    def test_a_stranger_is_asked_to_sign_in(self) -> None:
        self.assertRedirects(self.client.get(self.url), f"/staff/sign-in/?next={self.url}")

    def test_wrong_method_and_missing(self) -> None:
        self.sign_in("mariam")
        self.assertEqual(self.client.post(self.url).status_code, 405)
        for slug, contest in (("artsakh", "mayor"), ("other", "president")):
            url = reverse("aggregation", args=[slug, contest])
            self.assertEqual(self.client.get(url).status_code, 404)
