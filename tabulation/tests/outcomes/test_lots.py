"""Lots: recorded where a rule stops at a tie, and nowhere else."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command

from tabulation.ledger.acts import decision_of
from tabulation.ledger.reading import latest, published_contests
from tabulation.models import Event, NotYours, PublishedFile
from tabulation.outcomes.certification import acts
from tabulation.outcomes.certification.sittings import Choice
from tabulation.outcomes.methods.terms import LotNeeded, OutcomeKind
from tabulation.outcomes.proposals import proposal
from tabulation.tests.support.commission_world import TIED, Stage
from tabulation.tests.support.world import NOW


class LotTests(Stage):
    def outcome(self) -> Any:
        published = latest(self.world.election)
        (pair,) = published_contests(published)
        return proposal.propose(published, *pair)

    def test_the_rule_stops_until_a_lot_is_recorded_and_then_goes_on(self) -> None:
        self.count(TIED)
        found = self.outcome().answer.outcome
        self.assertIsInstance(found, LotNeeded)
        self.assertEqual((sorted(found.among), found.places), ([2, 41], 1))
        with self.assertRaisesMessage(acts.ActRefused, "ends in a tie."):
            self.certify()
        drawn = self.draw(41, 2)
        self.assertEqual((drawn.number, drawn.status), (2, "unofficial-complete"))
        found = self.outcome()
        self.assertEqual((found.answer.outcome.kind, found.answer.outcome.advancing),
                         (OutcomeKind.SECOND_ROUND, (1, 41)))  # fmt: skip
        self.assertEqual([lot.decision for lot in found.lots], ["4-L"])
        self.assertIn("lot", [step.code for step in found.answer.outcome.steps])
        call_command("outcome", "artsakh", stdout=(out := StringIO()))
        self.assertIn("4-L, drawn by Mariam, 2012-07-19 20:00 UTC, before Narine: 41 Candidate 41,",
                      out.getvalue())  # fmt: skip
        self.assertEqual(decision_of(self.certify(), self.world.contest).advancing, [1, 41])

    def test_who_when_and_witnesses_are_bound(self) -> None:
        self.count(TIED)
        published = self.draw(41, 2, witnesses=["Narine", "Վահե <b>"])
        body = json.loads(bytes(PublishedFile.objects.get().body))
        self.assertEqual((body["drawn"], body["places"], body["asked_in"]), ([41, 2], 1, 1))
        self.assertEqual(body["witnesses"], ["Narine", "Վահե <b>"])
        self.assertEqual(list(json.loads(published.manifest)["files"]), ["lot.json"])
        self.assertEqual(Event.objects.get(act="lot recorded").after["drawn"], [41, 2])

    def test_a_lot_that_was_not_asked_for_is_refused(self) -> None:
        not_asked_for = (
            "The published figures do not require this drawing of lots. Nothing was saved."
            " Check the newest publication."
        )
        self.count(TIED)
        for name, drawn in (("others", (1, 2)), ("one more", (1, 2, 41)), ("nobody", ())):
            with self.subTest(name), self.assertRaisesMessage(acts.ActRefused, not_asked_for):
                self.draw(*drawn)
        for name, said, told in (
            ("no witness", {"witnesses": [" "]}, "before witnesses"),
            ("nobody drew", {"drawn_by": ""}, "The record of the drawing of lots is not complete."),
            ("no number", {"decision": " "}, "number of the minutes"),
            (
                "to come",
                {"drawn_at": NOW + timedelta(minutes=1)},
                "The time of the drawing of lots is in the future.",
            ),
            ("other figures", {"asked_in": 7}, "came out after you opened this page"),
        ):
            with (
                self.subTest(name),
                self.assertRaisesMessage(acts.ActRefused, told),
            ):
                self.draw(41, 2, **said)
        with self.assertRaises(NotYours):
            self.draw(41, 2, by=self.world.sona)
        self.nothing_came_of_it(1)
        self.draw(41, 2)
        with self.assertRaisesMessage(acts.ActRefused, not_asked_for):
            self.draw(2, 41)

    def test_not_while_stations_are_out(self) -> None:
        self.count(TIED, stations=2)
        with self.assertRaisesMessage(
            acts.ActRefused, "The published figures do not require this drawing of lots."
        ):
            self.draw(41, 2)

    def test_not_where_a_decision_stands(self) -> None:
        self.count(TIED)
        self.certify(choices={"president": Choice("invalid", "The boxes were open.")})
        with self.assertRaisesMessage(
            acts.ActRefused, "The published figures do not require this drawing of lots."
        ):
            self.draw(41, 2)

    def test_a_lot_for_other_sums_is_left_alone(self) -> None:
        self.count(TIED)
        self.draw(41, 2)
        self.world.corrected(self.world.stations[1], (200, 50, 0, 10, 11, 29))
        self.world.publication()
        found = self.outcome()
        self.assertEqual(found.answer.outcome.advancing, (1, 2))
        self.assertEqual(found.lots, ())
