"""What becomes of two entries: the supervisor's decisions, and what nobody may do."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import TestCase

from tabulation.counting import correction, entry, intake, verification
from tabulation.models import (
    ControlRelation,
    Draft,
    Entry,
    EntryReturn,
    Event,
    NotYours,
    Protocol,
    ProtocolRefused,
    User,
    WarningReason,
)
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World, altered

#: Bob read line 4 as 99 and line 5 as 41; the sum is the same.
OTHER = (200, 150, 5, 99, 41, 5)
WRONG = (200, 151, 5, 100, 40, 5)


class VerificationTestCase(TestCase):
    accepts_verified = False

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World(accepts_verified=cls.accepts_verified)
        cls.station = cls.world.stations[1]

    def typed(self, first: Sequence[int | None], second: Sequence[int | None]) -> Protocol:
        protocol = self.world.received(self.station)
        self.world.entered(protocol, first, self.world.alice)
        self.world.entered(protocol, second, self.world.bob)
        return verification.compare(protocol=protocol, at=NOW)

    def entry_of(self, protocol: Protocol, person: User) -> Entry:
        return next(e for e in verification.last_entries(protocol) if e.seat.person == person)

    def again(self, protocol: Protocol, person: User, figures: Sequence[int | None]) -> Protocol:
        """Who got something back types it again; compared when it was the last."""
        self.world.entered(protocol, figures, person, verification.compare_if_complete)
        protocol.refresh_from_db()
        return protocol

    def accept(self, protocol: Protocol, by: User | None = None) -> Protocol:
        return verification.accept(protocol=protocol, by=by or self.world.sona, at=NOW)


class DifferenceTests(VerificationTestCase):
    def setUp(self) -> None:
        self.protocol = self.typed(SOUTH, OTHER)
        self.assertEqual(self.protocol.status, "different")

    def choose(self, person: User, by: User | None = None) -> Protocol:
        chosen = self.entry_of(self.protocol, person)
        return verification.choose(entry=chosen, by=by or self.world.sona, at=NOW)

    def test_the_other_gets_only_the_differing_lines_blank(self) -> None:
        self.protocol = self.choose(self.world.alice)
        self.assertEqual(self.protocol.status, "entered")
        draft = Draft.objects.get()
        self.assertEqual(draft.seat.person, self.world.bob)
        self.assertEqual(draft.figures, [200, 150, 5, None, None, 5])
        self.assertEqual(entry.last_return(draft.seat).lines, [4, 5])
        self.assertIsNone(entry.seat_of(self.protocol, self.world.alice))

    def test_typed_again_alike_it_is_verified_and_every_entry_stays(self) -> None:
        self.choose(self.world.alice)
        self.again(self.protocol, self.world.bob, SOUTH)
        self.assertEqual(self.protocol.status, "verified")
        self.assertEqual(self.accept(self.protocol).figures, list(SOUTH))
        typed = Entry.objects.filter(seat__protocol=self.protocol).order_by("typed_at", "pk")
        self.assertEqual(
            [(e.seat.person.username, e.attempt, e.figures[3]) for e in typed],
            [("alice", 1, 100), ("bob", 1, 99), ("bob", 2, 100)],
        )
        self.assertEqual(EntryReturn.objects.get().cause, "difference")

    def test_typed_again_otherwise_it_differs_again(self) -> None:
        self.choose(self.world.alice)
        self.again(self.protocol, self.world.bob, OTHER)
        self.assertEqual(self.protocol.status, "different")
        self.choose(self.world.bob)
        self.again(self.protocol, self.world.alice, OTHER)
        self.assertEqual(self.protocol.status, "verified")

    def test_the_lines_that_were_not_given_back_stay(self) -> None:
        self.choose(self.world.alice)
        sneaky = (200, 151, 5, 100, 40, 5)
        with self.assertRaisesMessage(
            entry.EntryRefused, "You can change only the returned lines."
        ):
            self.world.entered(self.protocol, sneaky, self.world.bob)
        seat = entry.seat_of(self.protocol, self.world.bob)
        with self.assertRaises(IntegrityError), transaction.atomic():
            Entry.objects.create(seat=seat, attempt=2, figures=list(sneaky), typed_at=NOW)

    def test_both_go_back(self) -> None:
        protocol = self.return_both()
        self.assertEqual(protocol.status, "received")
        figures = [draft.figures for draft in Draft.objects.order_by("pk")]
        self.assertEqual(figures, [[200, 150, 5, None, None, 5]] * 2)
        self.again(protocol, self.world.bob, SOUTH)
        self.assertEqual(protocol.status, "entered")
        self.again(protocol, self.world.alice, SOUTH)
        self.assertEqual(protocol.status, "verified")

    def return_both(self, **more: Any) -> Protocol:
        return verification.return_entries(
            protocol=self.protocol, reason="neither", by=self.world.sona, at=NOW, **more
        )

    def test_both_go_back_whole(self) -> None:
        self.return_both(whole=True)
        self.assertEqual([d.figures for d in Draft.objects.all()], [[None] * 6] * 2)

    def test_a_third_clerk_takes_a_released_seat(self) -> None:
        seat = self.protocol.seats.get(person=self.world.bob)
        protocol = verification.release(seat=seat, reason="went home", by=self.world.sona, at=NOW)
        self.assertEqual(protocol.status, "entered")
        with self.assertRaisesMessage(entry.EntryRefused, "You have one entry of this protocol"):
            entry.take_seat(protocol=protocol, by=self.world.bob, at=NOW)
        self.world.entered(protocol, SOUTH, self.world.carl)
        self.assertEqual(verification.compare(protocol=protocol, at=NOW).status, "verified")
        self.assertEqual(Entry.objects.count(), 3)

    def test_both_seats_released_it_begins_anew(self) -> None:
        for seat in self.protocol.seats.all():
            protocol = verification.release(seat=seat, reason="?", by=self.world.sona, at=NOW)
        self.assertEqual(protocol.status, "received")
        with self.assertRaisesMessage(
            ProtocolRefused,
            "This task is already released. Nothing was saved. Another clerk can take the task.",
        ):
            verification.release(seat=seat, reason="?", by=self.world.sona, at=NOW)

    def test_who_may_decide(self) -> None:
        for person in (self.world.alice, self.world.ina, self.world.mariam):
            with self.subTest(person.username), self.assertRaises(NotYours):
                self.choose(self.world.alice, by=person)

    def test_a_supervisor_of_another_area_may_not(self) -> None:
        self.world.sona.area = self.world.north
        with self.assertRaisesMessage(NotYours, "not in your area"):
            self.choose(self.world.alice)

    def test_who_typed_it_decides_nothing_about_it_in_another_role_either(self) -> None:
        self.world.alice.role = User.Role.SUPERVISOR
        with self.assertRaisesMessage(ProtocolRefused, "You had an entry task for this protocol"):
            self.choose(self.world.alice, by=self.world.alice)
        with self.assertRaisesMessage(ProtocolRefused, "You had an entry task for this protocol"):
            verification.return_entries(
                protocol=self.protocol, reason="?", by=self.world.alice, at=NOW
            )

    def test_an_entry_that_was_given_back_is_not_chosen(self) -> None:
        chosen = self.entry_of(self.protocol, self.world.bob)
        self.choose(self.world.alice)
        self.again(self.protocol, self.world.bob, OTHER)
        with self.assertRaisesMessage(ProtocolRefused, "This entry is no longer valid"):
            verification.choose(entry=chosen, by=self.world.sona, at=NOW)

    def test_a_reason_is_wanted(self) -> None:
        with self.assertRaisesMessage(
            ProtocolRefused,
            "The reason is missing. Nothing was saved. Give a reason for returning the entries.",
        ):
            verification.return_entries(
                protocol=self.protocol, reason="  ", by=self.world.sona, at=NOW
            )
        with self.assertRaisesMessage(
            ProtocolRefused,
            "The reason is missing. Nothing was saved. Give a reason for releasing the task.",
        ):
            verification.release(
                seat=self.protocol.seats.first(), reason="", by=self.world.sona, at=NOW
            )


class ErrorTests(VerificationTestCase):
    def setUp(self) -> None:
        self.protocol = self.typed(WRONG, WRONG)

    def test_equal_entries_with_an_open_error_wait_for_a_supervisor(self) -> None:
        self.assertEqual(self.protocol.status, "errors")
        with self.assertRaisesMessage(ProtocolRefused, "You can accept only a verified protocol."):
            self.accept(self.protocol)

    def test_the_lines_of_the_error_are_typed_again(self) -> None:
        protocol = verification.return_entries(
            protocol=self.protocol, reason="corrected by the chair", by=self.world.sona, at=NOW
        )
        self.assertEqual(Draft.objects.first().figures, [200, None, None, None, None, None])
        self.again(protocol, self.world.alice, SOUTH)
        self.again(protocol, self.world.bob, SOUTH)
        self.assertEqual(protocol.status, "verified")


class VerifiedTests(VerificationTestCase):
    def test_what_both_misread_goes_back_whole(self) -> None:
        protocol = verification.return_entries(
            protocol=self.typed(SOUTH, SOUTH), reason="paper says 101", by=self.world.sona, at=NOW
        )
        self.assertEqual(Draft.objects.first().figures, [None] * 6)
        self.assertEqual(EntryReturn.objects.first().cause, "doubt")
        self.again(protocol, self.world.alice, SOUTH)
        with self.assertRaisesMessage(ProtocolRefused, "You can accept only a verified protocol."):
            self.accept(protocol)

    def test_the_database_counts_only_entries_that_stand(self) -> None:
        protocol = self.typed(SOUTH, SOUTH)
        verification.return_entries(protocol=protocol, reason="?", by=self.world.sona, at=NOW)
        self.again(protocol, self.world.alice, SOUTH)
        with self.assertRaisesMessage(IntegrityError, "2 people"), transaction.atomic():
            Protocol.objects.filter(pk=protocol.pk).update(status="verified")
            Protocol.objects.filter(pk=protocol.pk).update(
                status="accepted", figures=list(SOUTH), accepted_at=NOW
            )

    def test_only_lines_on_the_ballot_go_back(self) -> None:
        station = self.world.stations[0]
        protocol = self.world.type_in(self.world.received(station), NORTH)
        verification.return_entries(protocol=protocol, reason="?", by=self.world.sona, at=NOW)
        self.assertEqual(EntryReturn.objects.first().lines, [1, 2, 3, 4, 5])

    def test_set_aside_it_never_counts_and_the_station_is_expected_again(self) -> None:
        protocol = verification.set_aside(
            protocol=self.typed(SOUTH, SOUTH), reason="paper of 2/02", by=self.world.sona, at=NOW
        )
        self.assertEqual((protocol.status, protocol.ruling_reason), ("set_aside", "paper of 2/02"))
        second = self.world.received(self.station)
        self.assertEqual((second.version, second.status), (2, "received"))
        self.assertEqual(self.accept(self.world.type_in(second, SOUTH)).figures, list(SOUTH))
        with self.assertRaisesMessage(
            ProtocolRefused, "You can set aside a protocol only before it is accepted."
        ):
            verification.set_aside(protocol=second, reason="?", by=self.world.sona, at=NOW)

    def test_a_correction_set_aside_leaves_the_version_in_force(self) -> None:
        first = self.accept(self.typed(SOUTH, SOUTH))
        second = correction.correct(
            contest=self.world.contest, station=self.station, reason="recount", decision="1",
            by=self.world.sona, at=NOW,
        )  # fmt: skip
        verification.set_aside(protocol=second, reason="opened twice", by=self.world.sona, at=NOW)
        annulled = correction.annul(
            protocol=first, reason="fire", decision="2", by=self.world.mariam, at=NOW
        )
        self.assertEqual(annulled.status, "annulled")
        with self.assertRaisesMessage(intake.IntakeRefused, "was received on"):
            self.world.received(self.station)


class AutomaticTests(VerificationTestCase):
    accepts_verified = True

    def test_where_the_election_says_so_what_is_verified_counts_at_once(self) -> None:
        protocol = self.typed(SOUTH, SOUTH)
        self.assertEqual((protocol.status, protocol.figures), ("accepted", list(SOUTH)))
        acts = list(Event.objects.values_list("act", flat=True))
        self.assertEqual(acts[-2:], ["compared", "accepted"])

    def test_but_never_a_difference_or_an_error(self) -> None:
        self.assertEqual(self.typed(SOUTH, OTHER).status, "different")

    def test_never_an_error(self) -> None:
        self.assertEqual(self.typed(WRONG, WRONG).status, "errors")


class ReasonTests(VerificationTestCase):
    #: More voters than registered: a warning.
    MORE = (140, 150, 5, 100, 40, 5)

    def submit(self, **reasons: str) -> Entry:
        protocol = self.world.received(self.station)
        seat = entry.take_seat(protocol=protocol, by=self.world.alice, at=NOW)
        return entry.submit(
            seat=seat, figures=self.MORE, by=self.world.alice, at=NOW, reasons=reasons
        )

    def test_a_warning_needs_its_own_reason(self) -> None:
        for reasons in ({}, {"list": "  "}, {"balance": "no"}):
            refused = self.assertRaises(entry.ReasonMissing)
            with self.subTest(reasons), refused, transaction.atomic():
                self.submit(**reasons)
            self.assertEqual(refused.exception.codes, ["list"])
        self.assertEqual(Entry.objects.count(), 0)

    def test_and_keeps_it_with_the_entry_and_the_event(self) -> None:
        self.submit(list="10 voters of the supplementary list")
        kept = WarningReason.objects.get()
        self.assertEqual(kept.relation, ControlRelation.objects.get(code="list"))
        event = Event.objects.get(act="entry submitted")
        self.assertEqual(event.after["reasons"], {"list": "10 voters of the supplementary list"})

    def test_a_reason_is_for_a_warning_of_this_contest(self) -> None:
        typed = self.submit(list="so it is")
        other = World("other").contest.relations.get(code="list")
        for relation in (
            other,
            ControlRelation.objects.get(code="balance", contest=self.world.contest),
        ):
            with (
                self.subTest(relation.code),
                self.assertRaises(IntegrityError),
                transaction.atomic(),
            ):
                WarningReason.objects.create(entry=typed, relation=relation, reason="x")


class CorrectionTests(VerificationTestCase):
    def test_who_may_correct_annul_and_reinstate(self) -> None:
        protocol = self.accept(self.typed(SOUTH, SOUTH))
        decided = {"reason": "fire", "decision": "7", "at": NOW}
        for person in (self.world.alice, self.world.sona, self.world.ina):
            with self.subTest(person.username), self.assertRaises(PermissionDenied):
                correction.annul(protocol=protocol, by=person, **decided)
        with self.assertRaises(PermissionDenied):
            correction.correct(
                contest=self.world.contest, station=self.station, by=self.world.alice, **decided
            )
        annulled = correction.annul(protocol=protocol, by=self.world.mariam, **decided)
        with self.assertRaises(PermissionDenied):
            correction.reinstate(protocol=annulled, by=self.world.sona, **decided)

    def test_a_reason_and_a_decision_are_wanted(self) -> None:
        protocol = self.accept(self.typed(SOUTH, SOUTH))
        for reason, decision, told in (
            ("", "7", "Give a reason."),
            ("fire", " ", "Enter the number of the decision."),
        ):
            with self.subTest(reason), self.assertRaisesMessage(ProtocolRefused, told):
                correction.annul(
                    protocol=protocol, reason=reason, decision=decision,
                    by=self.world.mariam, at=NOW,
                )  # fmt: skip

    def test_an_annulment_is_undone_by_members_alone(self) -> None:
        protocol = self.accept(self.typed(SOUTH, SOUTH))
        decided = {"reason": "fire", "decision": "7", "at": NOW}
        correction.annul(protocol=protocol, by=self.world.mariam, **decided)
        opened = {"contest": self.world.contest, "station": self.station, **decided}
        with self.assertRaises(NotYours):
            correction.correct(by=self.world.sona, **opened)
        self.assertEqual(correction.correct(by=self.world.mariam, **opened).version, 2)

    def test_who_typed_it_neither_corrects_nor_annuls_it_in_another_role(self) -> None:
        protocol = self.accept(self.typed(SOUTH, SOUTH))
        decided = {"reason": "fire", "decision": "7", "at": NOW, "by": self.world.alice}
        self.world.alice.role = User.Role.MEMBER
        with self.assertRaisesMessage(ProtocolRefused, "You had an entry task for this protocol"):
            correction.annul(protocol=protocol, **decided)
        with self.assertRaisesMessage(ProtocolRefused, "You had an entry task for this protocol"):
            correction.correct(contest=self.world.contest, station=self.station, **decided)

    def test_a_ruling_leaves_the_reason_of_the_version(self) -> None:
        self.accept(self.typed(SOUTH, SOUTH))
        second = self.world.corrected(self.station, SOUTH)
        correction.annul(
            protocol=second, reason="court", decision="9", by=self.world.mariam, at=NOW
        )
        second.refresh_from_db()
        self.assertEqual((second.reason, second.decision), ("recount", "12-A"))
        self.assertEqual((second.ruling_reason, second.ruling_decision), ("court", "9"))


class QueueTests(VerificationTestCase):
    """The next protocol: what waits longest, to nobody twice."""

    def next(self, person: User) -> str:
        seat = entry.next_seat(contest=self.world.contest, by=person, at=NOW)
        return str(seat.protocol.station.code)

    def test_first_come_first_typed_by_two(self) -> None:
        for i in (2, 0, 1):
            self.world.received(self.world.stations[i])
        self.assertEqual(self.next(self.world.alice), "2/02")
        self.assertEqual(self.next(self.world.bob), "2/02")
        self.assertEqual(self.next(self.world.carl), "1/01")
        # What is begun comes first, however often one asks.
        self.assertEqual(self.next(self.world.carl), "1/01")

    def test_what_one_has_typed_comes_to_another(self) -> None:
        protocol = self.world.received(self.station)
        self.world.entered(protocol, SOUTH, self.world.alice)
        with self.assertRaisesMessage(entry.EntryRefused, "No protocol is waiting for you now."):
            self.next(self.world.alice)
        self.assertEqual(self.next(self.world.bob), "2/01")

    def test_only_in_ones_own_area_and_only_for_clerks(self) -> None:
        self.world.received(self.station)
        self.world.alice.area = self.world.north
        with self.assertRaisesMessage(entry.EntryRefused, "No protocol is waiting for you now."):
            self.next(self.world.alice)
        with self.assertRaises(NotYours):
            self.next(self.world.sona)

    def test_who_has_decided_about_it_does_not_type_it(self) -> None:
        protocol = self.typed(SOUTH, OTHER)
        verification.release(
            seat=protocol.seats.get(slot=2), reason="?", by=self.world.sona, at=NOW
        )
        sona = altered(self.world.sona, role=User.Role.CLERK)
        with self.assertRaisesMessage(entry.EntryRefused, "You made a decision on this protocol"):
            entry.take_seat(protocol=protocol, by=sona, at=NOW)
        self.world.received(self.world.stations[0])
        self.assertEqual(self.next(sona), "1/01")

    def test_what_was_given_back_comes_before_new_work(self) -> None:
        protocol = self.typed(SOUTH, OTHER)
        self.world.received(self.world.stations[0])
        chosen = self.entry_of(protocol, self.world.alice)
        verification.choose(entry=chosen, by=self.world.sona, at=NOW)
        self.assertEqual(self.next(self.world.bob), "2/01")
        self.assertEqual(self.next(self.world.alice), "1/01")
