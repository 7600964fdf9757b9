"""The sitting that decides, and the certified publication of it."""

import json
from datetime import date, timedelta
from typing import Any
from unittest import mock

from django.db import IntegrityError, transaction

from tabulation.counting import correction
from tabulation.ledger.acts import decision_of
from tabulation.ledger.preview import preview_of
from tabulation.ledger.reading import publications
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.status_words import DECIDED
from tabulation.ledger.writing import Terms, publish
from tabulation.models import Decision, Event, NotYours, Publication, PublishedFile, Sitting, User
from tabulation.outcomes.certification import acts, lots, rounds, sittings
from tabulation.outcomes.certification.sittings import Choice, Vote
from tabulation.public.pages.dates import days_of
from tabulation.tests.support.commission_world import SPLIT, TIED, VOTE, Stage
from tabulation.tests.support.publishing import write
from tabulation.tests.support.world import NOW, CommittedTestCase, World, enrolled


class SittingTests(Stage):
    def test_what_the_rule_proposes_is_decided_and_certified(self) -> None:
        self.count()
        certified = self.certify()
        self.assertEqual((certified.number, certified.status, certified.decision),
                         (2, "certified", "5-A"))  # fmt: skip
        decision = decision_of(certified, self.world.contest)
        self.assertEqual((decision.kind, decision.elected, decision.as_proposed),
                         ("elected", [1], True))  # fmt: skip
        self.assertEqual(decision.sitting.present, ["Mariam", "Narine", "Otar"])
        self.assertIsNone(decision_of(publications(self.world.election).last(), self.world.contest))

    def test_the_manifest_binds_the_decision_with_its_steps(self) -> None:
        self.count()
        opinions = [("Otar", 'The "box" of 2/01 <was> open.\n')]
        vote = Vote(VOTE.present, 2, 1, opinions=opinions)
        certified = self.certify(vote=vote)
        file = PublishedFile.objects.get(published_in=2, name="decision.json")
        manifest = json.loads(certified.manifest)
        self.assertEqual(manifest["files"], {"decision.json": bytes(file.sha256).hex()})
        body = json.loads(bytes(file.body))
        self.assertEqual(body["vote"], {"abstained": 0, "against": 1, "for": 2})
        self.assertEqual(body["opinions"], [{"member": "Otar", "text": opinions[0][1]}])
        (contest,) = body["contests"]
        self.assertEqual(contest["root"], manifest["contests"][0]["root"])
        self.assertEqual(contest["proposal"]["proposal"]["elected"], [1])
        self.assertEqual(contest["proposal"]["steps"][0]["step"], "of_valid_votes")
        answer = self.client.get("/data/artsakh/2/files/decision.json")
        self.assertEqual(answer.content, bytes(file.body))

    def test_it_is_in_the_events_before_it_is_sealed(self) -> None:
        self.count()
        self.certify()
        event = Event.objects.get(act="decided")
        self.assertEqual(event.subject, "decision 5-A of artsakh")
        self.assertEqual(event.after["outcome"], {"president": "elected"})
        self.assertEqual(event.after["votes"], [2, 1, 0])
        published = Event.objects.filter(act="published").last()
        self.assertLess(event.pk, published.pk)

    def test_other_documents_come_out_beside_it(self) -> None:
        self.count()
        seen = []

        def papers(published: Publication) -> list[tuple[str, str, bytes]]:
            seen.append((published.number, published.pk, published.status))
            return [("president.protocol.hy.pdf", "application/pdf", b"%PDF")]

        manifest = json.loads(self.certify(papers=papers).manifest)
        self.assertEqual(sorted(manifest["files"]), ["decision.json", "president.protocol.hy.pdf"])
        self.assertEqual(seen, [(2, None, "certified")])

    def test_a_departure_from_the_rule_wants_words(self) -> None:
        self.count()
        with self.assertRaisesMessage(
            acts.ActRefused, "The decision differs from the calculated outcome."
        ):
            self.certify(choices={"president": Choice(kind="invalid", words=" ")})
        self.nothing_came_of_it(1)
        self.certify(choices={"president": Choice("invalid", "Inaccuracies are 12, the gap is 3.")})
        decision = Decision.objects.get()
        self.assertEqual((decision.kind, decision.elected, decision.as_proposed),
                         ("invalid", [], False))  # fmt: skip

    def test_who_and_what_is_refused(self) -> None:
        Refused, world = acts.ActRefused, self.world
        self.count()
        inside = enrolled("zara", "member", area=world.south)
        stranger = Vote(VOTE.present, 2, 1, opinions=[("Zara", "No.")])
        for name, said, error, told in (
            (
                "a supervisor",
                {"by": world.sona},
                NotYours,
                "Commission members for the whole country",
            ),
            (
                "an auditor",
                {"by": User.objects.get(username="otar")},
                NotYours,
                "Commission members for the whole country",
            ),
            ("a member of an area", {"by": inside}, NotYours, "whole country"),
            ("no number", {"decision": " "}, Refused, "number of the decision"),
            (
                "held later",
                {"held_at": NOW + timedelta(hours=1)},
                Refused,
                "The time of the meeting is in the future.",
            ),
            ("too few votes", {"vote": Vote(VOTE.present, 2, 0)}, Refused, "Votes in total: 2"),
            ("a tie", {"vote": Vote(("A", "B"), 1, 1)}, Refused, "The motion failed"),
            (
                "twice",
                {"vote": Vote(("A", "A", "B"), 3, 0)},
                Refused,
                "The list of members present names a member twice.",
            ),
            ("nobody", {"vote": Vote((), 0, 0)}, Refused, "The motion failed"),
            (
                "an opinion of a stranger",
                {"vote": stranger},
                Refused,
                "has a separate opinion but is not among the members present.",
            ),
            ("other figures", {"decided_on": 7}, Refused, "came out"),
        ):
            with self.subTest(name), self.assertRaisesMessage(error, told):
                self.certify(**said)
        self.assertFalse(Sitting.objects.exists())
        self.nothing_came_of_it(1)

    def test_nothing_is_decided_before_anything_is_published(self) -> None:
        with self.assertRaises(acts.NothingPublished):
            self.certify()

    def test_figures_that_nobody_saw_are_not_certified(self) -> None:
        self.count()
        self.world.corrected(self.world.stations[0], (100, 61, 1, 39, 21, None))
        with self.assertRaisesMessage(acts.ActRefused, "Publish the new figures first"):
            self.certify()
        self.nothing_came_of_it(1)
        self.world.publication()
        self.assertEqual(self.certify().number, 3)

    def test_open_stations_are_listed_one_by_one_with_a_reason(self) -> None:
        Open = acts.ActRefused
        self.count(stations=2)
        correction.correct(
            contest=self.world.contest, station=self.world.stations[0], reason="recount",
            decision="3-A", by=self.world.mariam, at=NOW,
        )  # fmt: skip

        def listed(*codes: str) -> dict[str, Any]:
            return {"choices": {"president": Choice(open_stations=codes)}}

        for name, said, told in (
            (
                "none",
                {},
                "2 polling stations are not finished and are not listed in the decision. Nothing"
                " was saved. Finish or list these stations: 1/01, 2/02.",
            ),
            ("one of two", listed("1/01"), "1 polling station is not finished and is not listed"),
            (
                "one too many",
                listed("1/01", "2/01", "2/02"),
                "These stations are finished. Remove them from the list. Stations: 2/01.",
            ),
            (
                "no reason",
                listed("1/01", "2/02"),
                "The decision includes polling stations that are not finished.",
            ),
        ):
            with self.subTest(name), self.assertRaisesMessage(Open, told):
                self.certify(**said)
        self.nothing_came_of_it(1)
        self.assertEqual(self.certify(open_reason="Both are small.", **listed("1/01", "2/02"))
                         .status, "certified")  # fmt: skip
        self.assertEqual(Sitting.objects.get().open_stations, {"president": ["1/01", "2/02"]})

    def test_its_number_is_the_same_with_spaces_about_it(self) -> None:
        self.count()
        self.assertEqual(self.certify(decision=" 5-A ").decision, "5-A")
        self.assertEqual(Sitting.objects.get().decision, "5-A")

    def test_a_decision_stands_until_figures_change(self) -> None:
        self.count()
        self.certify()
        with self.assertRaisesMessage(
            acts.ActRefused, "Every contest has a decision, and no figures have changed since."
        ):
            self.certify(decision="6-A")
        self.world.corrected(self.world.stations[0], (100, 61, 1, 39, 21, None))
        with (
            self.assertRaisesMessage(
                PublicationRefused, "needs the number of the commission's decision"
            ),
            transaction.atomic(),
        ):
            self.world.publication()
        self.assertEqual(preview_of(self.world.election).status, "correction")
        write(
            election=self.world.election, by=self.world.mariam, at=NOW, terms=Terms(decision="7-A")
        )
        with self.assertRaisesMessage(acts.ActRefused, "5-A is recorded already"):
            self.certify()
        self.assertEqual(self.certify(decision="8-A").number, 4)
        self.assertEqual(Decision.objects.count(), 2)


class CertifiedTests(CommittedTestCase):
    """Results that were certified, and change."""

    def test_what_changes_is_a_correction_still(self) -> None:
        world = World()
        for station, figures in zip(world.stations, SPLIT, strict=True):
            world.accepted(station, figures)
        with transaction.atomic():
            world.publication()
        with transaction.atomic():
            world.certified("3")
        page = self.client.get("/en/artsakh/president/outcome/")
        self.assertContains(page, "The commission decides.")
        self.assertNotContains(page, "No decision of the commission about the outcome")

        world.corrected(world.stations[0], (100, 61, 1, 40, 20, None))
        preview = preview_of(world.election)
        self.assertEqual((preview.status, preview.status in DECIDED), ("correction", True))
        with (
            self.assertRaisesMessage(
                PublicationRefused, "needs the number of the commission's decision"
            ),
            transaction.atomic(),
        ):
            world.publication()
        said = {"election": world.election, "by": world.mariam, "at": NOW}
        with (
            self.assertRaisesMessage(IntegrityError, "nothing is preliminary any more"),
            mock.patch(
                "tabulation.ledger.writing.status_words.word", lambda *_a, **_k: "pre-election"
            ),
            transaction.atomic(),
        ):
            write(**said)
        self.assertEqual(publish(**said, terms=Terms(decision="7-A")).status, "correction")
        certified = sittings.certify(
            **said, decided_on=3, decision="8-A", held_at=NOW, vote=VOTE, choices={}
        )
        self.assertEqual(certified.status, "certified")
        days = days_of(world.election, certified)
        what = [(day.publication, day.decision) for day in days if day.decision]
        self.assertEqual(what, [(2, "3"), (3, "7-A"), (4, "8-A")])


class CommittedTests(CommittedTestCase):
    """With the locks and the snapshot of a publisher."""

    def test_a_lot_a_sitting_and_a_second_round(self) -> None:
        world = World()
        for station, figures in zip(world.stations, TIED, strict=True):
            world.accepted(station, figures)
        with transaction.atomic():
            world.publication()
        lots.record_lot(
            contest=world.contest, asked_in=1, drawn=(2, 41), drawn_at=NOW, drawn_by="Mariam",
            witnesses=["Narine"], decision="4-L", by=world.mariam, at=NOW,
        )  # fmt: skip
        certified = sittings.certify(
            election=world.election, decided_on=2, decision="5-A", held_at=NOW, vote=VOTE,
            choices={}, by=world.mariam, at=NOW,
        )  # fmt: skip
        self.assertEqual((certified.number, certified.status), (3, "certified"))
        second = rounds.create_second_round(
            first=world.contest, asked_in=3, order=(2, 1), drawn_at=NOW,
            polling_day=date(2012, 8, 2),
            drawn_by="Mariam", witnesses=["Narine"], decision="6-A", by=world.mariam, at=NOW,
        )  # fmt: skip
        self.assertEqual((second.second.round, second.published_in), (2, 4))
        refused = {"decided_on": 2, "decision": "7-A"}
        with self.assertRaisesMessage(acts.ActRefused, "came out after you opened this page"):
            sittings.certify(
                election=world.election, held_at=NOW, vote=VOTE, choices={}, by=world.mariam,
                at=NOW, **refused,
            )  # fmt: skip
