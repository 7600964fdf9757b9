"""`manage.py outcome`: the proposal as text and as JSON."""

import json
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command
from django.test import TestCase

from candidates.models import Contest
from tabulation.counting import correction
from tabulation.models import InaccuracyTerm
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World


class Inaccurate(World):
    """With a formula, and a notice that must be everywhere."""

    def __init__(self, slug: str = "artsakh") -> None:
        super().__init__(slug, notice="Generated for tests")

    def make_contest(self) -> Contest:
        contest = super().make_contest()
        InaccuracyTerm.objects.create(
            contest=contest, ordinal=1, kind="difference", left=[2], right=[3, 4, 5, 6]
        )
        return contest


class Plurality(Inaccurate):
    RULE = {"rule": "plurality", "base": "valid"}


class Lists(Inaccurate):
    RULE = {
        "rule": "list", "base": "valid", "seats": 3,
        "outcome": {"method": "sainte_lague", "threshold": "5 %", "independents": [41]},
    }  # fmt: skip


class OutcomeTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = Inaccurate()
        cls.world.publication()
        cls.world.accepted(cls.world.stations[1], SOUTH)
        cls.world.publication()
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.accepted(cls.world.stations[2], (None, 30, 0, 0, 30, 0))
        correction.annul(
            protocol=cls.world.contest.protocols.get(station=cls.world.stations[2]),
            reason="The box was opened.", decision="7-A", by=cls.world.mariam, at=NOW,
        )  # fmt: skip
        cls.world.publication()

    def printed(self, *options: str, election: str = "artsakh") -> str:
        out = StringIO()
        call_command("outcome", election, *options, stdout=out)
        return out.getvalue()

    def contest(self, *options: str, election: str = "artsakh") -> dict[str, Any]:
        body = json.loads(self.printed("--format", "json", *options, election=election))
        self.assertEqual(body["notice"], "Generated for tests")
        (contest,) = body["contests"]
        return contest

    def test_text(self) -> None:
        text = self.printed()
        for line in (
            "President (president), publication 3",
            "Rule: majority, of valid votes, round 1, seats 1.",
            "  elected: 1 Candidate 1",
            "  1 Candidate 1 has 140 votes, that is 68.29%.",
            "  To be elected, a candidate needs more than half of the base."
            " Half of the base: 102.50.",
            "  nothing: every station is counted or annulled",
            "  0, added up over 2 stations",
            "  what decides is the leader's distance from half of the base: 37.50",
            "  they could not change the outcome",
            "  2/02: The box was opened. (decision 7-A)",
            "  with them back in the sums the proposal is the same",
            "Generated for tests",
        ):
            with self.subTest(line):
                self.assertIn(line, text.splitlines())

    def test_what_is_out(self) -> None:
        text = self.printed("--publication", "2")
        self.assertIn("  stations: 2, with an unknown number of registered voters", text)
        self.assertIn("nobody can say whether what is out can change it", text)
        self.assertIn("none. Nothing is counted yet.", self.printed("--publication", "1"))

    def test_json_has_exact_numbers(self) -> None:
        found = self.contest()
        self.assertEqual(
            found["proposal"],
            {"kind": "elected", "elected": [1], "advancing": [], "seats": {}, "vacant": 0},
        )
        steps = {step["step"]: step for step in reversed(found["steps"])}
        self.assertEqual(steps["half"]["half"], "205/2")
        self.assertEqual((steps["votes"]["candidate"], steps["votes"]["share"]), (1, "28/41"))
        self.assertEqual(found["can_still_change"], "elected")
        self.assertEqual(
            found["stations"], {"expected": 3, "reported": 2, "annulled": 1, "outstanding": 0}
        )
        self.assertEqual(found["registered_outstanding"], 0)
        self.assertEqual(
            found["inaccuracies"],
            {"total": 0, "stations": 2, "decides": "half", "candidates": [1],
             "difference": "75/2", "could_change": False},
        )  # fmt: skip
        self.assertIs(found["annulled"]["would_change_it"], False)
        self.assertEqual(found["annulled"]["proposal_with_them"]["elected"], [1])
        (station,) = found["annulled"]["stations"]
        self.assertEqual((station["code"], station["registered"]), ("2/02", None))

    def test_what_is_not_known_is_null_and_never_0(self) -> None:
        found = self.contest("--publication", "1")
        self.assertEqual(found["proposal"]["kind"], "none")
        self.assertIsNone(found["registered_outstanding"])
        self.assertIsNone(found["inaccuracies"]["could_change"])
        self.assertIsNone(found["annulled"]["would_change_it"])
        self.assertEqual(found["can_still_change"], "unknown")

    def test_a_tie_says_that_a_lot_is_needed(self) -> None:
        self.world.corrected(self.world.stations[0], (100, 61, 1, 0, 60, None))
        self.world.publication()
        self.assertEqual(self.contest()["proposal"]["advancing"], [1, 2])
        self.assertIn("  a second round", self.printed().splitlines())
        world = Plurality("plurality")
        world.accepted(world.stations[0], (100, 61, 1, 30, 30, None))
        world.publication()
        found = self.contest(election="plurality")
        self.assertEqual(found["proposal"], {"kind": "lot needed", "among": [1, 2], "places": 1})
        self.assertIn(
            "a lot is needed: 1 of 1 Candidate 1, 2 Candidate 2", self.printed(election="plurality")
        )

    def test_seats_of_lists(self) -> None:
        world = Lists("lists")
        world.accepted(world.stations[1], SOUTH)
        world.publication()
        found = self.contest(election="lists")
        self.assertEqual(found["proposal"]["seats"], {"1": 2, "2": 1})
        # 17 votes of list 2 for list 1 would move the third seat.
        self.assertEqual(found["inaccuracies"]["decides"], "seat")
        self.assertEqual(found["inaccuracies"]["candidates"], [2, 1])
        self.assertEqual(found["inaccuracies"]["difference"], "50/3")
        text = self.printed(election="lists")
        self.assertIn("seats: 2 1 Candidate 1", text)
        self.assertIn(
            "what decides is how few votes for another list would move a seat: 16.67", text
        )

    def test_what_cannot_be_is_refused_in_a_sentence(self) -> None:
        for options, message in (
            (["--publication", "9"], "No publication 9 of artsakh is published yet."),
            (["--contest", "mayor"], "has no contest 'mayor'"),
        ):
            with self.subTest(options=options), self.assertRaisesMessage(CommandError, message):
                self.printed(*options)
        World("empty")
        with self.assertRaisesMessage(CommandError, "Nothing of empty is published yet."):
            call_command("outcome", "empty", stdout=StringIO())
