"""The overview and the archive: who leads, by how much, what is out and whether it matters."""

import re
from datetime import date

from django.test import TestCase

from tabulation.counting import correction
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World

OVERVIEW = "/en/artsakh/"


class OverviewTests(TestCase):
    def setUp(self) -> None:
        self.world = World()

    def text(self, path: str = "") -> str:
        path = path or f"/en/{self.world.election.slug}/"
        response = self.client.get(path)
        self.assertEqual(response.status_code, 200, path)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))

    def published(self, *figures: tuple[int | None, ...]) -> None:
        for station, of in zip(self.world.stations, figures, strict=False):
            self.world.accepted(station, of)
        self.world.publication()

    def test_who_leads_and_by_how_much(self) -> None:
        self.published(NORTH, SOUTH)
        text = self.text()
        self.assertIn("Candidate 1 has the most votes, 68.29", text)
        self.assertIn("The margin over Candidate 2 is 80 votes.", text)

    def test_by_one_vote(self) -> None:
        self.published((100, 42, 1, 21, 20, None))
        self.assertIn("The margin over Candidate 2 is 1 vote.", self.text())

    def test_equal_votes_and_no_votes(self) -> None:
        self.published((100, 41, 1, 20, 20, None))
        self.assertIn("The first two have equally many votes.", self.text())
        nothing = World("nothing")
        nothing.publication()
        self.assertNotIn("the most votes", self.text("/en/nothing/"))

    def test_what_is_out_where_nobody_knows_how_many(self) -> None:
        self.published(NORTH, SOUTH)
        text = self.text()
        self.assertIn("1 polling station is not yet counted.", text)
        self.assertIn("Some of the missing polling stations have no voter list", text)

    def test_what_is_out_can_still_change_it(self) -> None:
        # 140 of 205 valid votes: with 75 more, all for others, exactly half is left.
        self.world = World("listed", registered=(100, 200, 75))
        self.published(NORTH, SOUTH)
        text = self.text()
        self.assertIn("1 polling station is not yet counted. Registered voters there: 75.", text)
        self.assertIn("The missing polling stations could still change the outcome.", text)

    def test_what_is_out_can_change_nothing(self) -> None:
        self.world = World("listed", registered=(100, 200, 74))
        self.published(NORTH, SOUTH)
        text = self.text()
        self.assertIn(
            "The missing polling stations cannot change this. The leader has enough votes.", text
        )
        self.assertIn(
            "This assumes that the counted results are correct and the voter lists are complete."
            " It is a calculation, not a forecast.",
            text,
        )

    def test_voters_of_annulled_stations_are_not_out(self) -> None:
        self.world = World("listed", registered=(100, 200, 19))
        self.world.accepted(self.world.stations[0], NORTH)
        protocol = self.world.accepted(self.world.stations[1], SOUTH)
        correction.annul(
            protocol=protocol, reason="fire", decision="7", by=self.world.mariam, at=NOW
        )
        self.world.publication()
        text = self.text()
        # 40 of 60 and 19 more: 40 of 79.
        self.assertIn("1 polling station is not yet counted. Registered voters there: 19.", text)
        self.assertIn(
            "The missing polling stations cannot change this. The leader has enough votes.", text
        )

    def test_nothing_is_foretold_where_who_withdrew_leads(self) -> None:
        self.world = World("listed", registered=(100, 200, 74))
        self.world.contest.candidates.filter(number=1).update(
            status="withdrawn", withdrawn_on=date(2012, 7, 18)
        )
        self.published(NORTH, SOUTH)
        text = self.text()
        self.assertIn("1 polling station is not yet counted. Registered voters there: 74.", text)
        for sentence in ("cannot change this", "could still change", "have no voter list"):
            self.assertNotIn(sentence, text)

    def test_nothing_is_foretold_of_half_of_a_line_with_blanks(self) -> None:
        class OfBallots(World):
            RULE = {"rule": "majority", "base": "ballots_cast"}

        for invalid, said in ((1, True), (None, False)):
            with self.subTest(invalid=invalid):
                self.world = OfBallots(f"blank-{said}".lower(), registered=(100, 200, 5))
                self.published((100, 60 + (invalid or 0), invalid, 40, 20, None), SOUTH)
                self.assertEqual("cannot change this" in self.text(), said)

    def test_a_second_round_is_certain(self) -> None:
        self.world = World("listed", registered=(100, 200, 2))
        self.published((100, 41, 1, 19, 21, None), (200, 91, 1, 47, 31, 12))
        # 66, 52 and 12 of 130, and 2 more: 68 of 132 would be more than half, 66 would not.
        self.assertIn("The missing polling stations could still change the outcome.", self.text())
        self.world = World("other", registered=(100, 200, 2))
        self.published((100, 41, 1, 19, 21, None), (200, 91, 1, 43, 35, 12))
        self.assertIn(
            "No candidate can reach more than half, and the first two will stay", self.text()
        )

    def test_nothing_is_out_and_past_publications_look_not_ahead(self) -> None:
        self.published(NORTH, SOUTH)
        past = self.text("/en/artsakh/publications/1/")
        self.assertIn("has the most votes", past)
        self.assertNotIn("not yet counted.", past)
        self.world.accepted(self.world.stations[2], SOUTH)
        self.world.publication()
        self.assertNotIn("not yet counted.", self.text())

    def test_queries_are_the_same_for_every_number_of_stations(self) -> None:
        self.published(NORTH)
        self.client.get(OVERVIEW)
        with self.assertNumQueries(13):
            self.client.get(OVERVIEW)
        with self.assertNumQueries(12):  # of the past nobody asks what is still out
            self.client.get("/en/artsakh/publications/1/")

    def test_the_archive_says_how_each_election_stands(self) -> None:
        self.published(NORTH)
        other = World("other")
        other.publication()
        with self.assertNumQueries(2):
            text = self.text("/en/")
        self.assertIn("Preliminary, partial no. 1", text)
        self.assertIn("Before the count no. 1", text)
        self.assertIn("19 July 2012", text)
