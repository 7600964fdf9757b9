"""What does not follow from its events is not published: it is withheld, named, and tried again."""

import json
from io import StringIO
from unittest import mock

from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from tabulation.counting.correction import annul
from tabulation.ledger import sealing, stations
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.writing import publish
from tabulation.models import Event, WithheldStation
from tabulation.tests.support.roster_world import founded
from tabulation.tests.support.withheld_world import WithheldTestCase, nothing_is_withheld
from tabulation.tests.support.world import NOW, audit


class FirstPublicationTests(WithheldTestCase):
    """Nothing was published of the station: it is not counted."""

    FIGURES = "UPDATE tabulation_protocol SET figures[4] = 39, figures[5] = 21 WHERE id = %s"

    def check(self, why: str, station: str = "1/01") -> None:
        published = self.publish()
        self.assertEqual(self.withheld(published.number), [(station, why)])
        index = [one.code for one in self.world.stations].index(station)
        self.assertEqual(self.shown(index, published.number), ("not counted", None))
        self.assertEqual(self.shown(2, published.number)[0], "counted")
        event = Event.objects.get(act="published")
        self.assertEqual(event.after["withheld"], [f"president {station}: {why}"])

    def test_altered_figures(self) -> None:
        self.lie(self.FIGURES, self.protocols[0].pk)
        self.check("figures")

    def test_figures_and_their_event_altered(self) -> None:
        self.lie(self.FIGURES, self.protocols[0].pk)
        self.lie(
            "UPDATE tabulation_event SET after = jsonb_set(jsonb_set(after, '{figures,3}', '39'),"
            " '{figures,4}', '21') WHERE subject = %s AND act = 'accepted'",
            self.protocols[0].subject,
        )
        self.check("event")

    def test_figures_and_their_sealed_event_with_a_new_hash(self) -> None:
        sealing.seal(at=NOW)
        self.lie(self.FIGURES, self.protocols[0].pk)
        event = Event.objects.get(subject=self.protocols[0].subject, act="accepted")
        event.after["figures"][3:5] = [39, 21]
        self.lie(
            "UPDATE tabulation_event SET after = %s::jsonb, hash = %s WHERE id = %s",
            *(json.dumps(event.after), event.digest(), event.pk),
        )
        published = self.publish()
        # The seal holds the events of all three: none of them can be believed.
        self.assertIn(("1/01", "event"), self.withheld(published.number))

    def test_an_event_slipped_in_past_the_queue_of_seals(self) -> None:
        event = Event.objects.get(subject=self.protocols[0].subject, act="accepted")
        self.lie("DELETE FROM tabulation_sealqueue WHERE event_id = %s", event.pk)
        self.check("event")

    def test_another_status(self) -> None:
        self.lie(
            "UPDATE tabulation_protocol SET status = 'annulled', closed_at = now(),"
            " ruling_reason = 'Lost.', ruling_decision = '9' WHERE id = %s",
            self.protocols[1].pk,
        )
        self.check("status", "2/01")

    def test_another_reason(self) -> None:
        annul(
            protocol=self.protocols[1],
            reason="A box was open.",
            decision="4-A",
            by=self.world.mariam,
            at=NOW,
        )
        self.lie(
            "UPDATE tabulation_protocol SET ruling_reason = 'Nothing.' WHERE id = %s",
            self.protocols[1].pk,
        )
        self.check("ruling", "2/01")

    def test_counted_without_an_acceptance(self) -> None:
        self.lie("DELETE FROM tabulation_event WHERE subject = %s", self.protocols[1].subject)
        self.check("status", "2/01")

    def test_loaded_from_a_file_in_a_real_election(self) -> None:
        founded(self.world.election, "mariam")
        self.lie("UPDATE candidates_election SET kind = 'real', confirmations = 1")
        self.world.election.refresh_from_db()
        self.lie(
            "UPDATE tabulation_protocol SET origin = 'imported' WHERE id = %s", self.protocols[0].pk
        )
        self.check("origin")


class LaterPublicationTests(WithheldTestCase):
    """What was published stands, and the station is tried again with each publication."""

    def setUp(self) -> None:
        super().setUp()
        self.publish()
        self.was = self.shown(0, 1)

    def queue(self) -> None:
        self.lie(
            "INSERT INTO tabulation_publicationqueue (contest_id, station_id) VALUES (%s, %s)",
            *(self.world.contest.pk, self.world.stations[0].pk),
        )

    def check(self, why: str) -> None:
        annul(
            protocol=self.protocols[2], reason="Why.", decision="4-A", by=self.world.mariam, at=NOW
        )
        self.assertEqual(self.publish().number, 2)
        self.assertEqual(self.withheld(2), [("1/01", why)])
        self.assertEqual(self.shown(0, 2), self.was)
        self.assertEqual(self.shown(2, 2)[0], "annulled")

    def test_figures_altered_and_put_back_are_never_signed(self) -> None:
        self.lie(
            "UPDATE tabulation_protocol SET figures[4] = 39 WHERE id = %s", self.protocols[0].pk
        )
        self.queue()
        self.check("version")
        self.lie(
            "UPDATE tabulation_protocol SET figures[4] = 40 WHERE id = %s", self.protocols[0].pk
        )
        annul(
            protocol=self.protocols[1], reason="Why.", decision="4-B", by=self.world.mariam, at=NOW
        )
        self.assertEqual(self.publish().number, 3)
        self.assertEqual(self.withheld(3), [])
        self.assertEqual(self.shown(0, 3), self.was)

    def test_a_protocol_that_is_gone(self) -> None:
        self.lie(
            "UPDATE tabulation_protocol SET status = 'corrected', closed_at = now() WHERE id = %s",
            self.protocols[0].pk,
        )
        self.queue()
        self.check("gone")

    def test_nothing_else_is_no_publication(self) -> None:
        self.lie(
            "UPDATE tabulation_protocol SET figures[4] = 39 WHERE id = %s", self.protocols[0].pk
        )
        self.queue()
        with self.assertRaisesMessage(PublicationRefused, "Nothing has changed"):
            self.publish()
        self.assertEqual(WithheldStation.objects.count(), 0)

    def test_nobody_certifies_over_it(self) -> None:
        self.lie(
            "UPDATE tabulation_protocol SET figures[4] = 39 WHERE id = %s", self.protocols[0].pk
        )
        with self.assertRaisesMessage(PublicationRefused, "Stations: 1/01."):
            self.publish(status="certified", decision="5-A")

    def test_the_clock_never_goes_back(self) -> None:
        annul(
            protocol=self.protocols[2], reason="Why.", decision="4-A", by=self.world.mariam, at=NOW
        )
        earlier = NOW.replace(hour=NOW.hour - 1)
        with self.assertRaisesMessage(PublicationRefused, "The clock of this server is behind"):
            publish(election=self.world.election, by=self.world.mariam, at=earlier)


class QueueTests(WithheldTestCase):
    """What waits for its publication is not lost on the way."""

    def setUp(self) -> None:
        super().setUp()
        self.publish()
        annul(
            protocol=self.protocols[2], reason="Why.", decision="4-A", by=self.world.mariam, at=NOW
        )

    def test_nobody_takes_a_station_out_without_a_publication(self) -> None:
        with (
            self.assertRaisesMessage(IntegrityError, "ledger_part_is_published"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("DELETE FROM tabulation_publicationqueue")

    def test_the_audit_names_what_the_owner_took_out(self) -> None:
        self.assertEqual(list(audit().findings()), [])
        self.lie("DELETE FROM tabulation_publicationqueue")
        self.assertEqual(
            list(audit().findings()),
            [
                f"The {self.protocols[2].subject} is annulled, is not published and waits for no"
                " publication."
            ],
        )

    def test_the_commission_publishes_whole(self) -> None:
        self.lie("DELETE FROM tabulation_publicationqueue")
        self.assertEqual(self.publish(whole=True).number, 2)
        self.assertEqual(self.shown(2, 2)[0], "annulled")


class ToldTests(WithheldTestCase):
    """Who publishes is told which stations are withheld, on pages and at the command line."""

    def setUp(self) -> None:
        super().setUp()
        self.lie(
            "UPDATE tabulation_protocol SET figures[4] = 39 WHERE id = %s", self.protocols[0].pk
        )

    def test_on_the_pages_of_members(self) -> None:
        self.publish()
        self.client.force_login(self.world.mariam)
        self.assertContains(self.client.get("/staff/"), "withhold 1 polling station.")
        page = self.client.get("/staff/artsakh/president/publish/")
        self.assertContains(page, "Withheld polling stations, by code")
        self.assertContains(page, "the figures differ from the event of the acceptance")
        self.client.force_login(self.world.sona)
        self.assertNotContains(self.client.get("/staff/"), "withhold")

    def test_by_the_commands(self) -> None:
        errors = StringIO()
        call_command("publish", "artsakh", stdout=StringIO(), stderr=errors)
        self.assertIn("This publication withholds", errors.getvalue())
        self.assertIn("1/01", errors.getvalue())

    def test_by_the_audit(self) -> None:
        self.publish()
        found = list(audit().findings())
        self.assertEqual(
            found,
            [
                f"The {self.protocols[0].subject} has other figures than the event of its"
                " acceptance."
            ],
        )

    def test_what_was_signed_before_it_was_put_back_is_named(self) -> None:
        """By a publisher that checked nothing."""
        with mock.patch.object(stations, "withhold", nothing_is_withheld):
            self.publish()
        self.lie(
            "UPDATE tabulation_protocol SET figures[4] = 40 WHERE id = %s", self.protocols[0].pk
        )
        self.assertEqual(
            list(audit().findings()),
            [
                f"Publication 1 has other figures of the {self.protocols[0].subject} than the"
                " event of its acceptance."
            ],
        )
