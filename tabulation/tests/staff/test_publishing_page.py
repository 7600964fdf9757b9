"""The page before the button: what would be published, and what happens if it changed meanwhile."""

import re
from typing import Any

from django.db import IntegrityError, transaction
from django.test import TestCase
from django.urls import reverse

from candidates.models import Contest
from tabulation.counting import correction
from tabulation.ledger.preview import preview_of
from tabulation.ledger.reading import latest, unit_of_station
from tabulation.ledger.refusals import NothingToPublish, PublicationRefused
from tabulation.ledger.status_words import DECIDED
from tabulation.ledger.writing import Terms
from tabulation.models import Constituency, Event, ProtocolLine, Publication, User
from tabulation.tests.support.publishing import write
from tabulation.tests.support.world import (
    NORTH,
    NOW,
    SOUTH,
    CommittedTestCase,
    RefusalTestCase,
    World,
    altered,
)

CORRECTED = (100, 61, 2, 39, 20, None)


def accept_all(world: World) -> None:
    for station, figures in zip(world.stations, (NORTH, SOUTH, SOUTH), strict=True):
        world.accepted(station, figures)


class WordTests(RefusalTestCase):
    """What a publication may be called, and when."""

    def publish(self, status: str = "", decision: str = "", **more: Any) -> Publication:
        with transaction.atomic():
            if status == "certified":
                return self.world.certified(decision)
            return write(
                election=self.world.election, by=self.world.mariam, at=NOW,
                terms=Terms(status=status, decision=decision, **more),
            )  # fmt: skip

    def test_certified_wants_every_station_and_a_decision(self) -> None:
        self.world.accepted(self.world.stations[0], NORTH)
        with self.assertRaisesMessage(PublicationRefused, "Only 1 of 3 polling stations"):
            self.publish("certified", "1")
        for station in self.world.stations[1:]:
            self.world.accepted(station, SOUTH)
        for decision in ("", "  "):
            with self.refused("sitting_voted_for_it"):
                self.publish("certified", decision)
        self.assertEqual(self.publish("certified", "5-A").decision, "5-A")
        event = Event.objects.filter(act="published").last()
        self.assertEqual((event.after["status"], event.after["decision"]), ("certified", "5-A"))

    def test_an_annulled_station_does_not_keep_results_from_being_certified(self) -> None:
        accept_all(self.world)
        protocol = self.world.contest.protocols.get(station__code="2/02")
        correction.annul(protocol=protocol, reason="fire", decision="1", by=None, at=NOW)
        self.assertEqual(self.publish("certified", "5-A").status, "certified")

    def test_complete_results_are_certified_without_any_change(self) -> None:
        accept_all(self.world)
        self.assertEqual(self.publish().status, "unofficial-complete")
        with self.assertRaises(NothingToPublish):
            self.publish()
        self.assertEqual(self.publish("certified", "5-A").number, 2)
        for again in (("correction", "6-A"), ("", "")):
            with self.subTest(again), self.assertRaises(NothingToPublish):
                self.publish(*again)

    def test_what_changes_after_certified_is_a_correction_with_a_decision(self) -> None:
        accept_all(self.world)
        self.publish("certified", "5-A")
        self.world.corrected(self.world.stations[0], CORRECTED)
        self.assertEqual(preview_of(self.world.election).status, "correction")
        self.assertIn(preview_of(self.world.election).status, DECIDED)
        with self.assertRaisesMessage(PublicationRefused, "The results are certified"):
            self.publish()
        made = self.publish(decision="6-A")
        self.assertEqual((made.status, made.decision), ("correction", "6-A"))

    def test_a_recount_is_asked_for_and_may_confirm_every_figure(self) -> None:
        accept_all(self.world)
        self.publish()
        with self.assertRaisesMessage(
            PublicationRefused, "needs the number of the commission's decision"
        ):
            self.publish("recount")
        self.assertEqual(self.publish("recount", "7-A").status, "recount")
        with self.assertRaises(NothingToPublish):
            self.publish("recount", "7-A")

    def test_nobody_asks_for_what_the_count_says(self) -> None:
        accept_all(self.world)
        for status in ("pre-election", "unofficial-partial", "unofficial-complete", "final"):
            with self.subTest(status), self.assertRaises(PublicationRefused):
                self.publish(status, "1")

    def test_the_database_refuses_such_a_word_without_a_decision(self) -> None:
        for status in ("correction", "recount"):
            for decision in ("", " "):
                with (
                    self.subTest(status, decision=decision),
                    self.refused("publication_has_its_decision", IntegrityError),
                ):
                    Publication.objects.create(
                        election=self.world.election, number=1, status=status,
                        decision=decision, published_at=NOW,
                    )  # fmt: skip

    def test_the_database_refuses_a_word_that_does_not_fit(self) -> None:
        self.world.accepted(self.world.stations[0], NORTH)
        self.publish()
        row = {"election": self.world.election, "published_at": NOW, "decision": "1"}
        with self.refused("certified_by_a_sitting"):
            Publication.objects.create(number=2, status="certified", **row)
        for station in self.world.stations[1:]:
            self.world.accepted(station, SOUTH)
        self.publish("certified", "5-A")
        for status in ("pre-election", "unofficial-partial", "unofficial-complete"):
            with self.subTest(status), self.refused("preliminary_before_certified"):
                Publication.objects.create(number=3, status=status, **row)

    def test_the_number_of_the_decision_stands_with_the_publication(self) -> None:
        accept_all(self.world)
        self.publish("certified", "<b>5-A</b>")
        for path in ("/en/artsakh/", "/en/artsakh/publications/", "/en/artsakh/publications/2/"):
            with self.subTest(path):
                self.assertContains(self.client.get(path), "decision &lt;b&gt;5-A&lt;/b&gt;")


class PreviewTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.url = reverse("publish", args=["artsakh", "president"])

    def text(self) -> str:
        self.client.force_login(User.objects.get(username="mariam"))
        answer = self.client.get(self.url)
        self.assertEqual(answer.status_code, 200)
        text = re.sub(r"<[^>]+>", " ", answer.content.decode())
        return re.sub(r"\s+", " ", text)

    def test_before_the_first(self) -> None:
        text = self.text()
        for sentence in (
            "Publication 1, before it is out",
            "Status Preliminary, partial",
            "Stations counted or annulled 1 / 3",
            "1 newly counted",
            "voters \u2013 61 \u2013",
        ):
            with self.subTest(sentence):
                self.assertIn(sentence, text)
        self.assertEqual(Publication.objects.count(), 0)

    def test_a_correction_is_listed_with_was_is_and_why(self) -> None:
        self.world.publication()
        self.world.corrected(self.world.stations[0], CORRECTED)
        self.world.accepted(self.world.stations[1], SOUTH)
        text = self.text()
        for sentence in (
            "1 newly counted 1 corrected",
            "1/01 Station 1/01 Corrected: recount (decision 12-A) version 2 of the protocol",
            "invalid: 1 2 votes 1: 40 39",
            "votes 1 40 139 +99",
        ):
            with self.subTest(sentence):
                self.assertIn(sentence, text)
        self.assertNotIn("2/01 Station", text)

    def test_nothing_new_is_told(self) -> None:
        self.world.publication()
        self.assertIn("Nothing has changed since publication 1", self.text())

    def test_a_contest_nobody_votes_in_has_no_preview(self) -> None:
        empty = Contest.objects.create(
            election=self.world.election, code="mayor", office="Mayor", rule="majority",
            base="valid",
        )  # fmt: skip
        Constituency.objects.create(contest=empty, area=self.world.south)
        ProtocolLine.objects.create(
            contest=empty, position=1, key="voters", number="1", name="Voters", role="voters"
        )
        self.client.force_login(User.objects.get(username="mariam"))
        self.assertEqual(self.client.get(self.url).status_code, 404)

    def test_it_reads_as_much_whatever_changed(self) -> None:
        self.client.force_login(User.objects.get(username="mariam"))
        self.client.get(self.url)  # the session
        self.world.publication()
        with self.assertNumQueries(29):
            self.client.get(self.url)
        accept_these = zip(self.world.stations[1:], (SOUTH, SOUTH), strict=True)
        for station, figures in accept_these:
            self.world.accepted(station, figures)
        self.world.corrected(self.world.stations[0], CORRECTED)
        with self.assertNumQueries(29):
            self.client.get(self.url)


class PublishTests(CommittedTestCase):
    """The button, in transactions of its own."""

    def setUp(self) -> None:
        self.world = World()
        self.world.accepted(self.world.stations[0], NORTH)
        self.url = reverse("publish", args=["artsakh", "president"])
        self.sign_in("mariam")

    def sign_in(self, name: str) -> None:
        self.client.force_login(User.objects.get(username=name))

    def shown(self, **said: Any) -> dict[str, Any]:
        """What the form of the page now sends."""
        return {**self.client.get(self.url).context["form"].initial, **said}

    def post(self, data: dict[str, Any], told: str, status: int = 200) -> Any:
        answer = self.client.post(self.url, data, follow=True)
        self.assertContains(answer, told, status_code=status)
        return answer

    def test_the_next_numbered_publication_with_its_note(self) -> None:
        self.post(self.shown(note=" first of the night "), "published as publication 1.")
        made = Publication.objects.get()
        self.assertEqual((made.number, made.note), (1, "first of the night"))
        self.assertEqual(made.by.username, "mariam")
        self.assertEqual(Event.objects.get(act="published").by_name, "mariam")
        self.assertContains(self.client.get("/en/artsakh/"), "first of the night")

    def test_nothing_new_is_told(self) -> None:
        self.post(self.shown(), "published as publication 1.")
        answer = self.post(self.shown(note="again"), "Nothing has changed since", 409)
        self.assertContains(answer, 'value="again"', status_code=409)
        self.assertEqual(Publication.objects.count(), 1)

    def test_sent_twice_it_is_published_once(self) -> None:
        data = self.shown(note="once")
        self.post(data, "published as publication 1.")
        self.world.accepted(self.world.stations[1], SOUTH)
        self.post(data, "came out after you opened this page", 409)
        self.assertEqual(Publication.objects.count(), 1)

    def test_partial_results_that_grew_meanwhile_are_published_and_that_is_said(self) -> None:
        data = self.shown()
        self.world.accepted(self.world.stations[1], SOUTH)
        answer = self.post(data, "published as publication 1.")
        self.assertContains(answer, "includes the new figures")
        unit = unit_of_station(latest(self.world.election), self.world.contest, "2/01")
        self.assertEqual(unit.status, "counted")

    def test_as_seen_nothing_more_is_said(self) -> None:
        answer = self.post(self.shown(), "published as publication 1.")
        self.assertNotContains(answer, "includes the new figures")

    def test_what_the_commission_decided_is_published_as_seen_or_not_at_all(self) -> None:
        for station in self.world.stations[1:]:
            self.world.accepted(station, SOUTH)
        data = self.shown(status="recount", decision="5-A", note="kept")
        self.world.corrected(self.world.stations[0], CORRECTED)
        answer = self.post(data, "nothing is published", 409)
        self.assertEqual(Publication.objects.count(), 0)
        self.assertContains(answer, 'value="5-A"', status_code=409)
        # The page that was answered shows the new state, and its own form publishes that.
        again = {name: answer.context["form"][name].value() for name in data}
        self.post(again, "published as publication 1.")
        self.assertEqual(Publication.objects.get().status, "recount")

    def test_a_correction_after_certified_is_published_as_seen_or_not_at_all(self) -> None:
        for station in self.world.stations[1:]:
            self.world.accepted(station, SOUTH)
        with transaction.atomic():
            self.world.certified()
        self.world.corrected(self.world.stations[0], CORRECTED)
        self.post(self.shown(), "needs the number of the commission", 409)
        data = self.shown(decision="6-A")
        self.world.corrected(self.world.stations[1], SOUTH)
        self.post(data, "nothing is published", 409)
        self.post(self.shown(decision="6-A"), "published as publication 3.")
        self.assertEqual(latest(self.world.election).status, "correction")

    def test_bad_input(self) -> None:
        good = self.shown()
        for change, status, told in (
            ({"note": "x" * 501}, 400, "at most 500 characters"),
            ({"decision": "x" * 101}, 400, "at most 100 characters"),
            ({"status": "final"}, 400, "Select a valid choice"),
            ({"status": "unofficial-complete"}, 400, "Select a valid choice"),
            ({"status": "certified", "decision": "1"}, 400, "Select a valid choice"),
            ({"status": "recount"}, 400, "Enter the number of the decision."),
            ({"status": "recount", "decision": " "}, 400, "Enter the number of the decision."),
            ({"seen": ""}, 400, "This page is outdated."),
            ({"seen": "<script>alert(1)</script>"}, 400, "This page is outdated."),
            ({"after": "x"}, 400, "This page is outdated."),
            ({"after": str(2**70)}, 400, "This page is outdated."),
            ({"after": "7"}, 409, "came out after you opened this page"),
            ({"note": "a\0b"}, 400, "Null characters"),
        ):
            with self.subTest(change):
                answer = self.post({**good, **change}, told, status)
                self.assertNotContains(answer, "<script>alert", status_code=status)
        self.assertEqual(Publication.objects.count(), 0)

    def test_only_a_member_for_the_whole_country(self) -> None:
        data = self.shown()
        for name in ("alice", "sona", "otar", "xenia"):
            self.sign_in(name)
            for method in (self.client.get, self.client.post):
                self.assertEqual(method(self.url, data).status_code, 403, name)
            self.assertNotContains(self.client.get("/staff/"), self.url, msg_prefix=name)
        altered("mariam", area=self.world.south)
        self.sign_in("mariam")
        self.assertEqual(self.client.post(self.url, data).status_code, 403)
        self.assertEqual(Publication.objects.count(), 0)

    def test_never_by_get_nor_by_a_stranger_nor_from_another_site(self) -> None:
        data = self.shown()
        self.assertEqual(self.client.get(self.url, data).status_code, 200)
        strict = self.client_class(enforce_csrf_checks=True)
        strict.force_login(User.objects.get(username="mariam"))
        self.assertEqual(strict.post(self.url, data).status_code, 403)
        self.client.logout()
        self.assertEqual(self.client.post(self.url, data).status_code, 302)
        self.assertEqual(Publication.objects.count(), 0)
