"""What was typed, and what the count stands on, altered in the database: it is not published."""

from typing import Any
from unittest import mock

from tabulation.counting import verification
from tabulation.counting.correction import annul, correct
from tabulation.ledger import stations
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.withholding import withheld_in
from tabulation.ledger.writing import publish
from tabulation.models import Entry, Protocol, WarningReason
from tabulation.tests.support.withheld_world import WithheldTestCase, nothing_is_withheld
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World, audit


class EntriesTests(WithheldTestCase):
    """What is accepted follows from the events of the entries."""

    MOVED = "figures[4] = figures[4] - 1, figures[5] = figures[5] + 1"
    NAMED = "has other figures or reasons than its event."

    def waiting(self, figures: Any = SOUTH) -> Protocol:
        """The last station's paper anew, typed and verified."""
        protocol = correct(
            contest=self.world.contest, station=self.world.stations[2], reason="recount",
            decision="12-A", by=self.world.mariam, at=NOW,
        )  # fmt: skip
        return self.world.type_in(protocol, figures)

    def entries(self, protocol: Protocol) -> list[int]:
        return list(Entry.objects.filter(seat__protocol=protocol).values_list("pk", flat=True))

    def accept(self, protocol: Protocol) -> None:
        verification.accept(
            protocol=Protocol.objects.get(pk=protocol.pk), by=self.world.sona, at=NOW
        )

    def test_both_entries_altered_before_they_are_accepted(self) -> None:
        protocol = self.waiting()
        keys = self.entries(protocol)
        self.lie(f"UPDATE tabulation_entry SET {self.MOVED} WHERE id = ANY (%s)", keys)
        self.accept(protocol)
        published = self.publish()
        self.assertEqual(self.withheld(published.number), [("2/02", "typed")])
        self.assertEqual(self.shown(2, published.number), ("not counted", None))
        self.lie(
            "UPDATE tabulation_entry SET figures[4] = figures[4] + 1, figures[5] = figures[5] - 1"
            " WHERE id = ANY (%s)",
            keys,
        )
        told = "was accepted with other figures than the events of its entries."
        self.assertEqual(list(audit().findings()), [f"The {protocol.subject} {told}"])

    def test_an_entry_altered_or_removed_is_named(self) -> None:
        protocol = self.protocols[0]
        first, _second = self.entries(protocol)
        self.lie(f"UPDATE tabulation_entry SET {self.MOVED} WHERE id = %s", first)
        self.assertEqual(
            list(audit().findings()), [f"Entry 1.1 of the {protocol.subject} {self.NAMED}"]
        )
        self.lie("DELETE FROM tabulation_entry WHERE id = %s", first)
        self.assertEqual(
            list(audit().findings()), [f"Entry 1.1 of the {protocol.subject} was removed."]
        )

    def test_a_reason_for_a_warning_altered_before_it_is_published(self) -> None:
        protocol = self.waiting((140, *SOUTH[1:]))
        self.accept(protocol)
        self.lie("UPDATE tabulation_warningreason SET reason = 'None.'")
        published = self.publish()
        self.assertEqual(self.withheld(published.number), [("2/02", "ruling")])
        self.assertEqual(
            list(audit().findings()),
            [f"Entry {slot}.1 of the {protocol.subject} {self.NAMED}" for slot in (1, 2)],
        )

    def test_a_reason_that_was_signed_and_put_back_is_named(self) -> None:
        """By a publisher that checked nothing."""
        protocol = self.waiting((140, *SOUTH[1:]))
        self.accept(protocol)
        was = WarningReason.objects.values_list("reason", flat=True)[0]
        self.lie("UPDATE tabulation_warningreason SET reason = 'None.'")
        with mock.patch.object(stations, "withhold", nothing_is_withheld):
            self.publish()
        self.lie("UPDATE tabulation_warningreason SET reason = %s", was)
        self.assertEqual(
            list(audit().findings()),
            [
                f"Publication 1 has other reasons for the {protocol.subject} than the events of"
                " its entries."
            ],
        )

    def test_received_again_after_it_was_set_aside(self) -> None:
        world = World("again")
        verification.set_aside(
            protocol=world.received(world.stations[0]), reason="?", by=world.sona, at=NOW
        )
        world.accepted(world.stations[0], NORTH)
        published = publish(election=world.election, by=world.mariam, at=NOW)
        self.assertEqual(withheld_in(world.election, published.number), [])
        self.assertEqual(list(audit().findings()), [])


class FixedTests(WithheldTestCase):
    """What no publication changes."""

    def setUp(self) -> None:
        super().setUp()
        self.publish()

    def test_the_number_of_voters_on_a_list(self) -> None:
        self.lie("UPDATE tabulation_conteststation SET registered = 99 WHERE registered = 100")
        for protocol in self.protocols[:2]:
            annul(protocol=protocol, reason="Why.", decision="4-A", by=self.world.mariam, at=NOW)
        told = (
            "Publication 1 has another number of registered voters for polling station 1/01 in"
            " president than the database."
        )
        self.assertIn(told, list(audit().findings()))
        self.publish()
        self.assertEqual(self.withheld(2), [("1/01", "version")])
        self.lie("UPDATE tabulation_conteststation SET registered = 100 WHERE registered = 99")
        self.assertEqual(list(audit().findings()), [])

    def test_the_form(self) -> None:
        swap = "UPDATE tabulation_protocolline SET number = %s WHERE key = 'votes_1'"
        self.lie(swap, "7")
        with self.assertRaisesMessage(PublicationRefused, "The form of contest president was"):
            self.publish()
        told = "The form of president is another than it was in publication 1."
        self.assertEqual(list(audit().findings()), [told])
        with mock.patch.object(stations, "require_fixed_form"):
            self.publish()
        self.lie(swap, "4")
        self.assertEqual(
            list(audit().findings()),
            [
                "The form of president in publication 2 is another than the one before.",
                "The form of president is another than it was in publication 2.",
            ],
        )

    def test_a_candidate_who_withdrew_changes_no_figure(self) -> None:
        self.lie(
            "UPDATE candidates_candidate SET status = 'withdrawn', withdrawn_on = '2012-07-10'"
            " WHERE number = 2"
        )
        self.assertEqual(self.publish().number, 2)
        self.assertEqual(list(audit().findings()), [])

    def test_the_path_of_an_area(self) -> None:
        self.lie("UPDATE tabulation_area SET lineage = lineage[2:] WHERE code = 'S'")
        self.assertIn(
            "The area S of artsakh has another path than the area above it.",
            list(audit().findings()),
        )
