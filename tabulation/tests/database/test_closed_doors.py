"""What somebody with the application's own database rights could do past its code, and cannot."""

import threading
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, ProgrammingError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as PropertyTestCase

from candidates.models import Election
from tabulation.arithmetic.rules import Relation, holds
from tabulation.counting import correction, entry, verification
from tabulation.ledger import signing
from tabulation.ledger.auditing import Audit
from tabulation.models import (
    ControlRelation,
    Entry,
    EntryReturn,
    Protocol,
    Publication,
    PublishedFigures,
    Seat,
    WarningReason,
)
from tabulation.tests.support.rule_strategies import figures_, relations
from tabulation.tests.support.threads import together
from tabulation.tests.support.world import (
    LATER,
    NORTH,
    NOW,
    SOUTH,
    CommittedTestCase,
    RefusalTestCase,
    World,
    altered,
    make_stations,
)

#: `balance`, an error, does not hold; `list`, a warning, does not hold.
ERROR = (100, 61, 1, 40, 21, None)
WARNING = (60, 61, 1, 40, 20, None)
OTHER = (100, 61, 1, 39, 21, None)


def execute(statement: str, params: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def update(protocol: Protocol, **changes: Any) -> None:
    Protocol.objects.filter(pk=protocol.pk).update(**changes)


def at_commit() -> None:
    """What is asked at the end of a transaction is asked now."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("SET CONSTRAINTS ALL DEFERRED")


def accept(protocol: Protocol, figures: tuple[int | None, ...]) -> None:
    """In one transaction, past the stage functions, from whatever status."""
    for status in ("entered", "verified"):
        if Protocol.objects.get(pk=protocol.pk).status != status:
            update(protocol, status=status)
    update(protocol, status="accepted", figures=list(figures), accepted_at=NOW)


class RelationTests(PropertyTestCase):
    """The rule of the database is the rule of the pages."""

    @given(st.lists(st.tuples(figures_, relations), min_size=1, max_size=20))
    @settings(max_examples=100, deadline=None)
    def test_same_as_in_python(self, cases: list[tuple[list[int | None], Relation]]) -> None:
        self.assertEqual(self.evaluate(cases), [holds(rule, row) for row, rule in cases])

    def test_tolerances_are_exact_at_any_size(self) -> None:
        most = 2**31 - 1
        cases = [
            ([most, most, most, 0], Relation((1, 2, 3), "==", (4,), Decimal(3 * most))),
            ([most, most, most, 0], Relation((1, 2, 3), "==", (4,), Decimal(3 * most - 1))),
            ([1_001, 1_000], Relation((1,), "==", (2,), Decimal("0.1"), percent=True)),
            ([1_001, 1_000], Relation((1,), "==", (2,), Decimal("0.099"), percent=True)),
            ([3, 0], Relation((1,), "<=", (), Decimal(3))),
            ([3, 0], Relation((), "<=", (1,), Decimal("2.5"), percent=True)),
        ]
        self.assertEqual(self.evaluate(cases), [holds(rule, row) for row, rule in cases])

    def evaluate(self, cases: list[tuple[list[int | None], Relation]]) -> list[object]:
        asked = "(%s, relation_holds(%s::integer[], %s::smallint[], %s, %s::smallint[], %s, %s))"
        values = ", ".join([asked] * len(cases))
        params: list[object] = []
        for i, (row, rule) in enumerate(cases):
            sides = list(rule.left), rule.operator, list(rule.right)
            params += [i, row, *sides, rule.tolerance, rule.percent]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT r FROM (VALUES {values}) v (i, r) ORDER BY i", params)
            return [value for (value,) in cursor.fetchall()]


class ErrorTests(RefusalTestCase):
    """Figures with an open error do not count, and a broken warning is explained by both."""

    def typed(self, figures: tuple[int | None, ...]) -> Protocol:
        return self.world.type_in(self.world.received(self.world.stations[0]), figures)

    def test_an_open_error(self) -> None:
        protocol = self.typed(ERROR)
        self.assertEqual(protocol.status, "errors")
        with self.refused("no_error_is_open"):
            accept(protocol, ERROR)

    def test_inserted_beside_its_entries(self) -> None:
        """No entry can stand before its protocol, so nothing is inserted as accepted."""
        with self.refused("protocol_agrees"):
            Protocol.objects.create(
                contest=self.world.contest, station=self.world.stations[0], status="accepted",
                figures=list(ERROR), received_at=NOW, accepted_at=NOW,
            )  # fmt: skip

    def seats(self, protocol: Protocol) -> list[Seat]:
        people = (self.world.alice, self.world.bob)
        return [entry.take_seat(protocol=protocol, by=person, at=NOW) for person in people]

    def test_a_warning_that_one_of_the_two_explained(self) -> None:
        protocol = self.world.received(self.world.stations[0])
        relation = ControlRelation.objects.get(contest=self.world.contest, code="list")
        for seat in self.seats(protocol):
            with self.refused("warnings_are_explained" if seat.slot == 2 else "protocol_agrees"):
                Entry.objects.create(seat=seat, figures=list(WARNING), typed_at=NOW)
                accept(protocol, WARNING)
            typed = Entry.objects.create(seat=seat, figures=list(WARNING), typed_at=NOW)
            WarningReason.objects.create(entry=typed, relation=relation, reason="minutes")
        accept(protocol, WARNING)
        self.assertEqual(Protocol.objects.get(pk=protocol.pk).status, "accepted")

    def test_explained_it_counts(self) -> None:
        accepted = verification.accept(protocol=self.typed(WARNING), by=self.world.sona, at=NOW)
        self.assertEqual(accepted.figures, list(WARNING))

    def test_an_archive_keeps_its_errors(self) -> None:
        archived = Protocol.objects.create(
            contest=self.world.contest, station=self.world.stations[0], status="accepted",
            origin="imported", figures=list(ERROR), received_at=NOW, accepted_at=NOW,
        )  # fmt: skip
        correction.annul(protocol=archived, reason="x", decision="1", by=None, at=NOW)
        correction.reinstate(protocol=archived, reason="x", decision="2", by=None, at=NOW)


class StatusTests(RefusalTestCase):
    """A status is what the entries that stand come to, at the end of every transaction."""

    def typed(self, *readings: tuple[int | None, ...]) -> Protocol:
        protocol = self.world.received(self.world.stations[0])
        for person, figures in zip((self.world.alice, self.world.bob), readings, strict=False):
            self.world.entered(protocol, figures, person)
        at_commit()
        return protocol

    def test_what_the_entries_do_not_make_it(self) -> None:
        for readings, before, statuses in (
            ((NORTH,), (), ("different", "errors", "verified", "received")),
            ((NORTH, NORTH), (), ("different", "errors", "received")),
            ((NORTH, OTHER), (), ("errors", "verified", "received")),
            ((ERROR, ERROR), (), ("different", "verified", "received")),
            ((NORTH, NORTH), ("verified",), ("entered", "received")),
            ((NORTH, OTHER), ("different",), ("entered", "received")),
            ((ERROR, ERROR), ("errors",), ("entered", "received")),
        ):
            for status in statuses:
                with self.subTest(readings=readings, status=status), transaction.atomic():
                    protocol = self.typed(*readings)
                    for first in before:
                        update(protocol, status=first)
                    at_commit()
                    with self.refused("status_fits_the_entries"):
                        update(protocol, status=status)
                        at_commit()
                    transaction.set_rollback(True)

    def test_nor_is_it_inserted_so(self) -> None:
        for status in ("entered", "different", "errors", "verified"):
            with self.subTest(status), self.refused("status_fits_the_entries"):
                Protocol.objects.create(
                    contest=self.world.contest, station=self.world.stations[0], status=status,
                    received_at=NOW,
                )  # fmt: skip
                at_commit()

    def test_what_the_stages_do_fits(self) -> None:
        world, station = self.world, self.world.stations[0]
        protocol = world.type_in(world.received(station), NORTH)
        at_commit()
        verification.return_entries(protocol=protocol, reason="x", by=world.sona, at=NOW)
        at_commit()
        world.type_in(protocol, NORTH)
        at_commit()
        seat = protocol.seats.get(slot=1)
        verification.release(seat=seat, reason="x", by=world.sona, at=NOW)
        at_commit()
        world.type_in(protocol, OTHER, world.carl)
        at_commit()
        right = Entry.objects.standing().get(seat__person=world.bob)
        verification.choose(entry=right, by=world.sona, at=NOW)
        at_commit()
        world.type_in(protocol, NORTH, world.carl)
        verification.accept(protocol=protocol, by=world.sona, at=NOW)
        at_commit()
        second = correction.correct(
            contest=world.contest, station=station, reason="x", decision="1", by=None, at=NOW
        )
        at_commit()
        verification.set_aside(protocol=second, reason="x", by=world.sona, at=NOW)
        at_commit()


class LedgerTests(RefusalTestCase):
    """A station's published row says what its protocol in force says."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.publication()

    def row(self, station: int, **changes: Any) -> None:
        """The station's row once more, in the next publication, with ``changes``."""
        rows = PublishedFigures.objects.filter(station=self.world.stations[station])
        rows.filter(superseded_in=None).update(superseded_in=2)
        row = rows.latest("pk")
        row.pk, row.published_in, row.superseded_in = None, 2, None
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(force_insert=True)

    def test_forged_rows(self) -> None:
        for changes in (
            {"figures": list(OTHER)},
            {"figures": None},
            {"version": 2},
            {"status": "annulled"},
            {"status": "partial"},
            {"status": "not counted", "figures": None, "version": None},
            {"reason": "recount"},
            {"decision": "1"},
            {"counted": 0},
            {"annulled": 1},
            {"stations": 2},
            {"registered": 1_000},
            {"registered_counted": 0},
            {"filled": [1] * 6},
            {"parent": self.world.south},
            {"parent": None},
            {"election": World("other").election},
        ):
            with self.subTest(changes), self.refused("published_is_in_force"):
                self.row(0, **changes)

    def test_figures_for_a_station_that_has_none(self) -> None:
        for changes in (
            {"status": "counted", "figures": list(SOUTH), "version": 1, "counted": 1},
            {"registered_counted": 200},
            {"version": 1},
        ):
            with self.subTest(changes), self.refused("published_is_in_force"):
                self.row(1, **changes)

    def test_the_row_itself_may_be_written_again(self) -> None:
        self.row(0)
        self.row(1)
        Publication.objects.create(
            election=self.world.election, number=2, status="unofficial-partial", published_at=NOW,
            leaf=bytes(32),
        )  # fmt: skip


class LargeLedgerTests(CommittedTestCase):
    """All rows of a statement are asked about at once, whatever the planner knew of the last."""

    def test_right_after_a_load_in_a_session_that_published_before(self) -> None:
        world = World()
        make_stations(world, 3_000)
        with transaction.atomic():
            world.publication()
        with transaction.atomic():
            execute(
                """INSERT INTO tabulation_protocol (contest_id, station_id, version, status,
                     origin, figures, received_at, accepted_at, reason, decision)
                   SELECT contest_id, station_id, 1, 'accepted', 'imported',
                     '{9,5,1,2,2,NULL}', now(), now(), '', '' FROM tabulation_conteststation"""
            )
            # A plan that compares every row with every row takes minutes.
            execute("SET LOCAL statement_timeout = '10s'")
            world.publication()
        self.assertEqual(PublishedFigures.objects.filter(version=1).count(), 3_003)


class TimeTests(RefusalTestCase):
    def test_when_it_came_and_was_accepted_stays(self) -> None:
        protocol = self.world.accepted(self.world.stations[0], NORTH)
        with self.refused("protocol_stays"):
            update(protocol, status="annulled", ruling_reason="x", closed_at=NOW, accepted_at=LATER)

    def test_when_it_came_is_not_even_granted(self) -> None:
        self.world.received(self.world.stations[0])
        with self.assertRaisesMessage(ProgrammingError, "denied"), transaction.atomic():
            execute("UPDATE tabulation_protocol SET received_at = now()")


class OwnerTimeTests(CommittedTestCase):
    def test_nor_does_the_owner_change_when_it_came(self) -> None:
        world = World()
        world.received(world.stations[0])
        with connection.as_owner(), self.assertRaises(IntegrityError):
            execute("UPDATE tabulation_protocol SET received_at = now()")


class EventTests(RefusalTestCase):
    """A protocol changed without an event, or against it, is named by `verify_events`."""

    def findings(self) -> list[str]:
        signer = signing.signer()
        return list(Audit({signer.key_id: signer.public}).examine())

    def test_no_false_alarm(self) -> None:
        world = self.world
        protocol = world.accepted(world.stations[0], NORTH)
        correction.annul(protocol=protocol, reason="x", decision="1", by=world.mariam, at=NOW)
        world.accepted(world.stations[1], SOUTH)
        world.corrected(world.stations[1], SOUTH)
        world.entered(world.received(world.stations[2]), SOUTH, world.alice)
        other = World("other")
        Protocol.objects.create(
            contest=other.contest, station=other.stations[1], status="accepted",
            origin="imported", figures=list(SOUTH), received_at=NOW, accepted_at=NOW,
        )  # fmt: skip
        self.assertEqual(self.findings(), [])

    def test_each(self) -> None:
        protocol = self.world.accepted(self.world.stations[0], NORTH)
        update(protocol, status="annulled", ruling_reason="x", closed_at=NOW)
        verified = self.world.type_in(self.world.received(self.world.stations[1]), SOUTH)
        accept(verified, SOUTH)
        Protocol.objects.create(
            contest=self.world.contest, station=self.world.stations[2], received_at=NOW
        )
        self.assertEqual(
            self.findings(),
            [
                "The protocol artsakh/president/1/01/v1 is annulled; its events leave it accepted.",
                "The protocol artsakh/president/2/01/v1 is accepted; its events leave it verified.",
                "The protocol artsakh/president/2/01/v1 has other figures than the event of its"
                " acceptance.",
                "The protocol artsakh/president/2/02/v1 is received; its events leave it unknown.",
            ],
        )


class PersonTests(RefusalTestCase):
    def test_who_somebody_is_stays(self) -> None:
        for column in ("id", "username"):
            with (
                self.subTest(column),
                self.assertRaisesMessage(ProgrammingError, "denied"),
                transaction.atomic(),
            ):
                execute(f"UPDATE tabulation_user SET {column} = {column}")

    def test_an_entry_of_somebody_who_is_no_clerk_any_more(self) -> None:
        protocol = self.world.received(self.world.stations[0])
        seat = entry.take_seat(protocol=protocol, by=self.world.alice, at=NOW)
        for changes in ({"role": "supervisor"}, {"is_active": False}):
            with self.subTest(changes), self.refused("seat_is_a_clerks"):
                altered(self.world.alice, **changes)
                Entry.objects.create(seat=seat, figures=list(NORTH), typed_at=NOW)

    def test_a_seat_and_an_entry_in_another_area(self) -> None:
        protocol = self.world.received(self.world.stations[0])
        seat = entry.take_seat(protocol=protocol, by=self.world.alice, at=NOW)
        altered("alice", area=self.world.south)
        altered("bob", area=self.world.south)
        with self.refused("seat_is_in_the_area"):
            Entry.objects.create(seat=seat, figures=list(NORTH), typed_at=NOW)
        with self.refused("seat_is_in_the_area"):
            Seat.objects.create(protocol=protocol, slot=2, person=self.world.bob, taken_at=NOW)
        for area in (self.world.north, self.world.country, None):
            altered("alice", area=area)
            altered("bob", area=area)
            with self.subTest(area), transaction.atomic():
                Entry.objects.create(seat=seat, figures=list(NORTH), typed_at=NOW)
                Seat.objects.create(protocol=protocol, slot=2, person=self.world.bob, taken_at=NOW)
                transaction.set_rollback(True)

    def test_a_reason_after_the_entries_were_compared(self) -> None:
        protocol = self.world.type_in(self.world.received(self.world.stations[0]), NORTH)
        relation = ControlRelation.objects.get(contest=self.world.contest, code="list")
        with self.refused("reason_comes_with_the_entry"):
            WarningReason.objects.create(
                entry=Entry.objects.filter(seat__protocol=protocol).first(),
                relation=relation,
                reason="so it is",
            )


class MeanwhileTests(CommittedTestCase):
    """What is written of a protocol and its acceptance wait for each other, whoever comes first."""

    def setUp(self) -> None:
        self.world = World()
        self.protocol = self.world.type_in(self.world.received(self.world.stations[0]), NORTH)
        self.entry = Entry.objects.order_by("pk").first()

    def give_back(self) -> None:
        EntryReturn.objects.create(entry=self.entry, lines=[1], cause="doubt", at=NOW)
        update(self.protocol, status="entered")

    def accept(self) -> None:
        update(self.protocol, status="accepted", figures=list(NORTH), accepted_at=NOW)

    def one_while_the_other(self, first: Any, second: Any) -> list[BaseException]:
        """``second`` begins when ``first`` has written, and before it commits."""
        written = threading.Event()

        def slowly() -> None:
            with transaction.atomic():
                first()
                written.set()
                # Time for the second to come and wait; were it not to wait, it would be done.
                done.wait(0.5)

        def meanwhile() -> None:
            written.wait(10)
            with transaction.atomic():
                second()
            done.set()

        done = threading.Event()
        return together(slowly, meanwhile)

    def test_a_return_while_it_is_accepted(self) -> None:
        (refused,) = self.one_while_the_other(self.accept, self.give_back)
        self.assertIn("a protocol in work, is given back", str(refused))
        self.assertEqual(EntryReturn.objects.count(), 0)

    def test_an_acceptance_while_something_is_given_back(self) -> None:
        (refused,) = self.one_while_the_other(self.give_back, self.accept)
        self.assertIsInstance(refused, IntegrityError)
        self.assertEqual(Protocol.objects.get().status, "entered")

    def test_an_acceptance_while_something_is_given_back_and_not_more(self) -> None:
        def only_returned() -> None:
            EntryReturn.objects.create(entry=self.entry, lines=[1], cause="doubt", at=NOW)

        (refused,) = self.one_while_the_other(only_returned, self.accept)
        self.assertIn("2 people", str(refused))


class OwnTablesTests(RefusalTestCase):
    """A temporary table does not come between a trigger and the table it asks."""

    def test_every_function_that_names_a_table_says_where_it_is(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT proname FROM pg_proc
                   WHERE pronamespace = 'public'::regnamespace
                     AND prosrc ~ '(tabulation|candidates)_' AND NOT coalesce(
                       'search_path=public, pg_temp' = ANY (proconfig), false)"""
            )
            self.assertEqual(cursor.fetchall(), [])

    def test_people_of_ones_own(self) -> None:
        protocol = self.world.received(self.world.stations[0])
        execute(
            "CREATE TEMPORARY TABLE tabulation_user ON COMMIT DROP AS"
            " SELECT id, 'clerk' AS role, true AS is_active, NULL::bigint AS area_id"
            " FROM public.tabulation_user"
        )
        with self.refused("seat_is_a_clerks"):
            Seat.objects.create(protocol=protocol, slot=1, person=self.world.sona, taken_at=NOW)


class RealElectionTests(RefusalTestCase):
    def test_is_typed_twice(self) -> None:
        with self.refused("election_real_is_typed_twice"):
            Election.objects.create(
                slug="real", name="x", kind="real", polling_days=[NOW.date()], entries_required=1
            )
        World("real", kind="real")
        World("once", entries=1)
