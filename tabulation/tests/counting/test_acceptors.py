"""Who decided about a protocol's figures does not accept it, where the election says so."""

from django.db import transaction
from django.test import TestCase
from django.urls import reverse

from tabulation.arithmetic import lifecycle
from tabulation.counting import correction, verification
from tabulation.database import rules
from tabulation.models import Entry, Event, Protocol, ProtocolRefused, User
from tabulation.tests.support.acceptors_world import (
    ERROR,
    OTHER,
    AutomaticWorld,
    StrictTestCase,
    person,
)
from tabulation.tests.support.shown import shown
from tabulation.tests.support.world import NOW, SOUTH, World, altered, enrolled

MAY_NOT = "You decided about the entries of this protocol, so you cannot accept it."


class AcceptorsTestCase(StrictTestCase):
    def assert_may_not(self, protocol: Protocol, by: User | None, who: str) -> None:
        self.assertEqual(protocol.status, "verified")
        with self.assertRaises(ProtocolRefused) as raised, transaction.atomic():
            self.accept(protocol, by)
        self.assertEqual(str(raised.exception), f"{MAY_NOT} Nothing was saved. {who}")
        protocol.refresh_from_db()
        self.assertEqual(protocol.status, "verified")


class DecidersTests(AcceptorsTestCase):
    MEMBER = (
        "No other supervisor works in this area. A commission member must accept the protocol."
        " Ask mariam."
    )

    def test_who_chose_an_entry(self) -> None:
        protocol = self.chosen()
        self.assert_may_not(protocol, self.world.sona, self.MEMBER)
        self.assertEqual(self.accept(protocol, self.world.mariam).status, "accepted")

    def test_who_returned_the_entries(self) -> None:
        for first in (SOUTH, ERROR):
            with self.subTest(first), transaction.atomic():
                protocol = self.returned(first=first)
                self.assert_may_not(protocol, self.world.sona, self.MEMBER)
                transaction.set_rollback(True)

    def test_who_took_a_finished_entry_out(self) -> None:
        self.assert_may_not(self.released(finished=True), self.world.sona, self.MEMBER)

    def test_who_only_freed_the_seat_of_a_clerk_who_went_home_may(self) -> None:
        protocol = self.released(finished=False)
        self.assertEqual(self.accept(protocol, self.world.sona).status, "accepted")

    def test_who_decided_nothing_may(self) -> None:
        self.assertEqual(self.accept(self.typed(), self.world.sona).status, "accepted")

    def test_every_decider_and_nobody_at_the_command_line(self) -> None:
        sergey = person("sergey", "supervisor")
        protocol = self.chosen()
        verification.return_entries(protocol=protocol, reason="?", by=sergey, at=NOW)
        self.again(protocol, self.world.alice, self.world.bob)
        for by in (self.world.sona, sergey, None):
            self.assert_may_not(protocol, by, self.MEMBER)

    def test_in_another_role_too(self) -> None:
        protocol = self.chosen()
        altered("sona", role="member")
        self.assert_may_not(protocol, User.objects.get(username="sona"), self.MEMBER)

    def test_of_this_version_alone(self) -> None:
        """What one decided about the version before binds nobody in the next."""
        self.accept(self.chosen(), self.world.mariam)
        second = correction.correct(
            contest=self.world.contest, station=self.station, reason="recount", decision="1",
            by=self.world.sona, at=NOW,
        )  # fmt: skip
        second = self.world.type_in(second, OTHER)
        self.assertEqual(self.accept(second, self.world.sona).status, "accepted")

    def test_a_correction_is_a_protocol_like_any(self) -> None:
        self.accept(self.typed(), self.world.sona)
        second = correction.correct(
            contest=self.world.contest, station=self.station, reason="recount", decision="1",
            by=self.world.mariam, at=NOW,
        )  # fmt: skip
        second = self.world.type_in(second, ERROR)
        verification.return_entries(
            protocol=second, reason="?", by=self.world.sona, at=NOW, whole=True
        )
        second = self.again(second, self.world.alice, self.world.bob)
        self.assert_may_not(second, self.world.sona, self.MEMBER)
        # Not who opened it: that is no decision about its figures.
        self.assertEqual(self.accept(second, self.world.mariam).status, "accepted")

    def test_where_the_election_does_not_say_so_they_may(self) -> None:
        self.world = World("lenient", prefix="Lenient ")
        self.station = self.world.stations[1]
        self.assertEqual(self.accept(self.chosen(), self.world.sona).status, "accepted")


class WhoAcceptsTests(AcceptorsTestCase):
    def setUp(self) -> None:
        self.south = person("sirin", "supervisor", self.world.south)

    def test_another_supervisor_of_the_area(self) -> None:
        person("samvel", "supervisor", self.world.south)
        person("silva", "supervisor", self.world.north)
        told = "Another supervisor must accept the protocol. Ask samvel."
        self.assert_may_not(self.chosen(self.south), self.south, told)

    def test_a_supervisor_of_the_area_above(self) -> None:
        told = (
            "No other supervisor works in this area. A supervisor of the area above must accept"
            " the protocol. Ask sona."
        )
        protocol = self.chosen(self.south)
        self.assert_may_not(protocol, self.south, told)
        self.assertEqual(self.accept(protocol, self.world.sona).status, "accepted")

    def test_not_who_is_closed_unconfirmed_or_decided_or_typed_too(self) -> None:
        closed = person("samvel", "supervisor", self.world.south)
        altered(closed, is_active=False)
        xenia = User.objects.get(username="xenia")
        enrolled("silva", "supervisor", changed_by=xenia, area=self.world.south)
        decided = person("sos", "supervisor", self.world.south)
        protocol = self.chosen(self.south)
        verification.return_entries(protocol=protocol, reason="?", by=decided, at=NOW)
        self.again(protocol, self.world.alice, self.world.bob)
        altered("alice", role="supervisor", area=self.world.south)
        told = (
            "No other supervisor works in this area. A supervisor of the area above must accept"
            " the protocol. Ask sona."
        )
        self.assert_may_not(protocol, self.south, told)
        self.assert_may_not(protocol, decided, told)

    def test_a_member_of_the_area_before_one_of_the_country(self) -> None:
        altered("sona", is_active=False)
        person("mher", "member", self.world.south)
        told = (
            "No other supervisor works in this area. A commission member must accept the"
            " protocol. Ask mher."
        )
        self.assert_may_not(self.chosen(self.south), self.south, told)

    def test_nobody(self) -> None:
        for name in ("sona", "mariam"):
            altered(name, is_active=False)
        told = (
            "No other supervisor works in this area. Ask an administrator to add one, who can"
            " then accept the protocol."
        )
        self.assert_may_not(self.chosen(self.south), self.south, told)

    def test_three_names_at_most(self) -> None:
        for i in range(5):
            person(f"s{i}", "supervisor", self.world.south)
        told = "Another supervisor must accept the protocol. Ask s0, s1, s2."
        self.assert_may_not(self.chosen(self.south), self.south, told)


class AutomaticTests(AcceptorsTestCase):
    make = AutomaticWorld

    def test_what_nobody_decided_about_counts_by_itself(self) -> None:
        self.assertEqual(self.typed().status, "accepted")

    def test_what_somebody_decided_about_waits_for_another(self) -> None:
        protocol = self.chosen()
        self.assertEqual(protocol.status, "verified")
        self.assert_may_not(protocol, self.world.sona, DecidersTests.MEMBER)
        self.assertEqual(self.accept(protocol, self.world.mariam).status, "accepted")


class PageTests(AcceptorsTestCase):
    def url(self, name: str) -> str:
        return reverse(name, args=["artsakh", "president", "2/01"])

    def test_the_button_is_not_offered_and_the_page_says_who_accepts(self) -> None:
        protocol = self.chosen()
        self.client.force_login(self.world.sona)
        page = self.client.get(self.url("staff-station"))
        self.assertContains(page, f"{MAY_NOT} {DecidersTests.MEMBER}")
        self.assertNotContains(page, self.url("accept"))
        self.assertContains(page, self.url("return"))
        answer = self.client.post(self.url("accept"), {"seen": shown(protocol)})
        told = f"{MAY_NOT} Nothing was saved. {DecidersTests.MEMBER}"
        self.assertContains(answer, told, status_code=409)

    def test_to_another_it_is_offered(self) -> None:
        protocol = self.chosen()
        self.client.force_login(self.world.mariam)
        page = self.client.get(self.url("staff-station"))
        self.assertNotContains(page, MAY_NOT)
        self.assertContains(page, self.url("accept"))
        self.client.post(self.url("accept"), {"seen": shown(protocol)})
        protocol.refresh_from_db()
        self.assertEqual(protocol.status, "accepted")

    def test_before_anything_was_decided_it_is_offered(self) -> None:
        self.typed()
        self.client.force_login(self.world.sona)
        self.assertContains(self.client.get(self.url("staff-station")), self.url("accept"))


class TypistTests(AcceptorsTestCase):
    """Who typed it accepts it in no role and on no way."""

    def test_a_clerk_who_became_a_supervisor_or_a_member(self) -> None:
        protocol = self.typed()
        for role in ("supervisor", "member"):
            self.world.alice.role = role
            with self.subTest(role), self.assertRaisesMessage(ProtocolRefused, "an entry task"):
                self.accept(protocol, self.world.alice)

    def test_also_one_whose_seat_was_released(self) -> None:
        protocol = self.released(finished=False)
        self.world.bob.role = "supervisor"
        with self.assertRaisesMessage(ProtocolRefused, "You had an entry task"):
            self.accept(protocol, self.world.bob)

    def test_also_of_a_correction(self) -> None:
        self.accept(self.typed(), self.world.sona)
        second = correction.correct(
            contest=self.world.contest, station=self.station, reason="recount", decision="1",
            by=self.world.sona, at=NOW,
        )  # fmt: skip
        second = self.world.type_in(second, OTHER, self.world.alice, self.world.carl)
        self.world.carl.role = "member"
        with self.assertRaisesMessage(ProtocolRefused, "You had an entry task"):
            self.accept(second, self.world.carl)
        self.assertEqual(Entry.objects.filter(seat__protocol=second).count(), 2)
        self.assertFalse(Event.objects.filter(act="corrected").exists())


class DocumentedTests(TestCase):
    def test_the_database_knows_the_same_acts(self) -> None:
        acts = ", ".join(f"'{act}'" for act in lifecycle.DECISIONS)
        self.assertIn(f"act IN ({acts})", rules.read("acceptor_differs"))
