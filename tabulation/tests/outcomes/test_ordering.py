"""What pages ask of the publisher, and that it alone writes the ledger."""

from datetime import timedelta
from typing import Any
from unittest import mock

from django.conf import settings
from django.db import (
    DatabaseError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)
from django.urls import reverse
from django.utils import timezone, translation

from tabulation.ledger import writing
from tabulation.ledger.autopublishing import ALONE
from tabulation.ledger.preview import preview_of
from tabulation.ledger.signing import SigningRefused
from tabulation.ledger.writing import release_all
from tabulation.models import Motion, NotYours, Order, Publication, Seal
from tabulation.outcomes.certification import ordering
from tabulation.outcomes.certification.acts import ActRefused
from tabulation.staff.views import orders
from tabulation.tests.support import processes
from tabulation.tests.support.threads import held
from tabulation.tests.support.waiting import eventually
from tabulation.tests.support.world import (
    NORTH,
    SOUTH,
    CommittedTestCase,
    World,
    altered,
    enrolled,
)


def no_papers(_publication: Publication) -> list[tuple[str, str, bytes]]:
    return []


class OrderTestCase(CommittedTestCase):
    def setUp(self) -> None:
        self.world = World()
        self.world.accepted(self.world.stations[0], NORTH)

    def publication(self, **said: Any) -> Order:
        """What a member asks for on the page of the next publication."""
        seen = preview_of(self.world.election)
        taken_on = {"after": seen.after, "fingerprint": seen.fingerprint}
        given = {"by": self.world.mariam, "act": Motion.Act.PUBLISH, "taken_on": taken_on}
        return Order(election=self.world.election, **{**given, **said})

    def asked(self, **said: Any) -> Order:
        return ordering.ask(self.publication(**said), at=timezone.now())

    def carried_out(self) -> list[tuple[str, int | None, str]]:
        done = ordering.carry_out_waiting(papers=no_papers)
        return [(order.state, order.number, order.answer) for order in done]


class PublisherTests(OrderTestCase):
    def test_what_a_page_asks_for_is_published_once_in_its_name(self) -> None:
        with processes.publishing(False):
            self.asked(arguments={"note": "first"})
        self.assertEqual(self.carried_out(), [("done", 1, "")])
        self.assertEqual(self.carried_out(), [])
        published = Publication.objects.get()
        self.assertEqual((published.note, published.by), ("first", self.world.mariam))

    def test_figures_that_grew_meanwhile_are_published_and_told(self) -> None:
        self.asked()
        self.world.accepted(self.world.stations[1], SOUTH)
        ((state, number, answer),) = self.carried_out()
        self.assertEqual((state, number), ("done", 1))
        self.assertIn("includes the new figures", answer)

    def test_each_refusal_is_a_sentence_in_the_language_of_who_asked(self) -> None:
        self.asked()
        with translation.override("hy"):
            self.asked()
        _done, (state, number, answer) = self.carried_out()
        self.assertEqual((state, number), ("refused", None))
        self.assertRegex(answer, "[\\u0561-\\u0586]")
        late = timezone.now() - timedelta(minutes=11)
        ordering.ask(self.publication(), at=late)
        self.assertIn("not at work for too long", self.carried_out()[0][2])

    def test_who_is_no_member_any_more_gets_nothing(self) -> None:
        self.asked()
        altered("mariam", is_active=False)
        self.assertIn("Ask one of these members", self.carried_out()[0][2])
        with self.assertRaises(NotYours):
            self.asked(by=enrolled("vahe", "clerk"))
        self.assertFalse(Publication.objects.exists())

    def test_an_act_that_others_confirm_is_not_done_alone(self) -> None:
        altered_election(self.world, confirmations=1)
        self.asked(act=Motion.Act.CERTIFY, taken_on={"publication": 1})
        self.assertIn("Another member must confirm", self.carried_out()[0][2])

    def test_a_fault_of_ours_ends_one_order_and_an_unreachable_database_none(self) -> None:
        self.asked()
        with (
            mock.patch.object(ordering, "prepare", side_effect=ZeroDivisionError),
            self.assertLogs("tabulation.outcomes.certification.ordering", "ERROR"),
        ):
            self.assertEqual(self.carried_out()[0][0], "failed")
        self.asked()
        with (
            mock.patch.object(ordering, "prepare", side_effect=OperationalError("gone")),
            self.assertRaises(OperationalError),
        ):
            self.carried_out()
        self.assertEqual(self.carried_out()[0][:2], ("done", 1))

    def test_without_a_key_it_is_refused(self) -> None:
        self.asked()
        refusal = SigningRefused("no key")
        with mock.patch("tabulation.ledger.signing.signer", side_effect=refusal):
            self.assertEqual(self.carried_out()[0], ("refused", None, "no key"))

    def test_one_that_dies_before_the_release_has_done_it(self) -> None:
        self.asked()
        with (
            mock.patch.object(writing, "release_prepared", side_effect=[None, KeyboardInterrupt]),
            self.assertRaises(KeyboardInterrupt),
        ):
            self.carried_out()
        self.assertFalse(ordering.is_over(Order.objects.get()))
        release_all()
        self.assertTrue(ordering.is_over(Order.objects.get()))
        self.assertEqual((self.carried_out(), Publication.objects.count()), ([], 1))


def altered_election(world: World, **columns: Any) -> None:
    with connection.as_owner(), connection.cursor() as cursor:
        for name, value in columns.items():
            cursor.execute(f"UPDATE candidates_election SET {name} = %s", [value])
    world.election.refresh_from_db()


class WaitingTests(OrderTestCase):
    def test_a_page_waits_for_the_publisher_and_then_shows_the_order(self) -> None:
        self.client.force_login(self.world.mariam)
        seen = preview_of(self.world.election)
        said = {"after": seen.after, "seen": seen.fingerprint}
        with (
            mock.patch.object(ordering, "answered", lambda order, *, within: order),
            mock.patch.object(orders, "PATIENCE", 0.0),
        ):
            answer = self.client.post(
                reverse("publish", args=["artsakh", "president"]), said, follow=True
            )
        self.assertContains(answer, "No publisher is running")
        self.assertContains(answer, 'http-equiv="refresh"')
        with processes.publishing(True), held(ALONE):
            answer = self.client.get(answer.request["PATH_INFO"])
            self.assertContains(answer, "This page will reload automatically")
            self.carried_out()
        answer = self.client.get(answer.request["PATH_INFO"])
        self.assertContains(answer, "The results were published as publication 1.")
        self.assertNotContains(answer, 'http-equiv="refresh"')

    def test_whether_a_publisher_is_at_work(self) -> None:
        self.assertFalse(ordering.is_publisher_at_work())
        with held(ALONE):
            self.assertTrue(ordering.is_publisher_at_work())
        eventually(lambda: not ordering.is_publisher_at_work(), 5)


class RightsTests(OrderTestCase):
    """With the login of pages, in whose hands a web process may be."""

    def test_pages_cannot_write_the_ledger(self) -> None:
        self.carried_out()
        self.asked()
        self.carried_out()
        for statement in (
            "UPDATE tabulation_publication SET checkpoint = 'x'",
            "INSERT INTO tabulation_publication SELECT * FROM tabulation_publication",
            "INSERT INTO tabulation_publishedfigures SELECT * FROM tabulation_publishedfigures",
            "INSERT INTO tabulation_publishedfile SELECT * FROM tabulation_publishedfile",
            "INSERT INTO tabulation_seal SELECT * FROM tabulation_seal",
            "DELETE FROM tabulation_publicationqueue",
            "DELETE FROM tabulation_turnoutqueue",
            "DELETE FROM tabulation_sealqueue",
            "UPDATE tabulation_order SET state = 'refused'",
            # Where tests have a login of pages.
            *(["SET ROLE hashvark_publisher"] if settings.EMBEDDED else []),
        ):
            with (
                self.subTest(statement),
                processes.publishing(False),
                self.assertRaises(ProgrammingError) as raised,
            ):
                if statement.startswith("SET ROLE"):
                    self.as_page(statement)
                else:
                    self.run_one(statement)
            self.assertIn("permission denied", str(raised.exception))
        self.assertEqual(Seal.objects.count(), 1)

    def run_one(self, statement: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    def as_page(self, statement: str) -> None:
        """With a session of its own, which began with the login of pages."""
        connection.close()
        try:
            self.run_one(statement)
        finally:
            connection.close()

    def test_nobody_asks_in_nobody_s_name_and_no_order_changes(self) -> None:
        with processes.publishing(False), self.assertRaises(IntegrityError):
            self.asked(by=None)
        order = self.asked()
        for change in ({"by": None}, {"act": "certify"}, {"arguments": {"note": "x"}}):
            with (
                self.subTest(change),
                self.assertRaises(DatabaseError),
            ):
                Order.objects.filter(pk=order.pk).update(**change)
        self.carried_out()
        with self.assertRaises(IntegrityError):
            Order.objects.filter(pk=order.pk).update(state="waiting", ended_at=None, number=None)

    def test_a_page_is_told_what_the_publisher_refused(self) -> None:
        order = self.publication(arguments={"status": "recount"})
        with self.assertRaisesMessage(ActRefused, "needs the number of the commission's decision"):
            orders.done(order)
        self.assertEqual(Order.objects.get().state, "refused")
