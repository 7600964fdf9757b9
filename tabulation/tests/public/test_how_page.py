"""How the results are made, as the election's own form says."""

import re

from django.test import TestCase

from candidates.models import Contest
from tabulation.models import ControlRelation, InaccuracyTerm
from tabulation.tests.support.world import NORTH, World


class StrictWorld(World):
    ELECTION = {"acceptor_differs": True}


class OtherWorld(World):
    """Relations that may be missed by something, and a formula of inaccuracies."""

    RULE = {"rule": "list", "base": "ballots_cast", "seats": 33}

    def make_contest(self) -> Contest:
        contest = super().make_contest()
        for ordinal, (tolerance, percent) in enumerate((("2", False), ("0.5", True)), 3):
            ControlRelation.objects.create(
                contest=contest, ordinal=ordinal, code=f"r{ordinal}", name="missed", left=[2],
                operator="==", right=[3], severity="warning", tolerance=tolerance, percent=percent,
            )  # fmt: skip
        for ordinal, kind in enumerate(("difference", "excess"), 1):
            InaccuracyTerm.objects.create(
                contest=contest, ordinal=ordinal, kind=kind, left=[2], right=[3, 4]
            )
        return contest


class HowPageTests(TestCase):
    def setUp(self) -> None:
        self.world = World()

    def text(self) -> str:
        self.world.publication()
        response = self.client.get(f"/en/{self.world.election.slug}/how/")
        self.assertEqual(response.status_code, 200)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))

    def test_lines_relations_bases_and_rule(self) -> None:
        text = self.text()
        self.assertIn("Two clerks enter the protocol", text)
        self.assertIn("A supervisor accepts the protocol.", text)
        self.assertIn("A candidate with more than half of the valid votes is elected.", text)
        self.assertIn("Turnout voters (2) ÷ registered (1)", text)
        self.assertIn("voters (2) = invalid (3) + votes of all candidates error", text)
        self.assertIn("registered (1) ≥ voters (2) warning: counts with a reason", text)
        self.assertIn("votes 41 votes_41", text)
        self.assertNotIn("Inaccuracies", text)

    def test_tolerance_inaccuracies_and_other_rules(self) -> None:
        self.world = OtherWorld("other", accepts_verified=True)
        text = self.text()
        self.assertIn("may be missed by 2 ", text)
        self.assertIn("may be missed by 0.5% of the right side", text)
        self.assertIn("voters (2) \u2212 ( invalid (3) + votes 1 (4) ) without its sign", text)
        self.assertIn("or 0, where that is negative", text)
        self.assertIn("33 seats are shared out in proportion", text)
        self.assertIn("votes ÷ ballots cast, that is valid votes and invalid ballots", text)
        self.assertNotIn("A supervisor accepts the protocol.", text)

    def test_where_another_person_accepts(self) -> None:
        told = "A supervisor who decided about the entries of a protocol cannot accept it."
        self.assertNotIn(told, self.text())
        self.world = StrictWorld("strict")
        self.assertIn(told, self.text())

    def test_it_is_the_form_of_the_publication(self) -> None:
        self.text()
        self.world.accepted(self.world.stations[0], NORTH)
        with self.assertNumQueries(3):
            self.client.get("/en/artsakh/how/")

    def test_unknown_elections_have_none(self) -> None:
        self.assertEqual(self.client.get("/en/nowhere/how/").status_code, 404)
