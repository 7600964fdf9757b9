"""What the database refuses, asked as the application's role."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, transaction

from candidates.models import Candidate, Election
from tabulation.counting import correction, entry
from tabulation.database.grants import GRANTS
from tabulation.ledger.writing import publish
from tabulation.models import (
    Area,
    BallotScope,
    ContestStation,
    ControlRelation,
    Draft,
    Entry,
    EntryReturn,
    Event,
    Protocol,
    ProtocolLine,
    ProtocolRefused,
    Publication,
    PublicationQueue,
    PublishedFigures,
    PublishedForm,
    PublishedTurnout,
    Seat,
)
from tabulation.tests.support import processes
from tabulation.tests.support.turnout_world import EVENING, NOON, report
from tabulation.tests.support.world import (
    LATER,
    NORTH,
    NOW,
    SOUTH,
    CommittedTestCase,
    RefusalTestCase,
    World,
)


class RoleTests(RefusalTestCase):
    def test_pages_run_as_the_application_and_the_rest_as_the_publisher(self) -> None:
        for role in ("hashvark_publisher", "hashvark_app"):
            with processes.publishing(role == "hashvark_publisher"), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT current_user, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles"
                    " WHERE rolname = current_user"
                )
                self.assertEqual(cursor.fetchone(), (role, False, False, False))

    def test_every_table_has_its_grants(self) -> None:
        tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
        self.assertEqual(tables - set(GRANTS), set())

    def test_the_application_cannot_drop_or_alter(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'tabulation_event'")
            owner = cursor.fetchone()[0]
        for statement in (
            f"SET ROLE {owner}",
            "DROP TABLE tabulation_event",
            "ALTER TABLE tabulation_event DISABLE TRIGGER ALL",
            "CREATE TABLE mine (id integer)",
            "SET session_replication_role = replica",
        ):
            with (
                self.subTest(statement),
                self.assertRaises(ProgrammingError),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)


class EvidenceTests(RefusalTestCase):
    """Rows are added and stay, whatever the application tries."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.world.accepted(cls.world.stations[0], NORTH)
        report(cls.world, (0, NOON, 20))
        cls.world.publication()

    TABLES = (
        "tabulation_entry",
        "tabulation_event",
        "tabulation_seal",
        "tabulation_publication",
        "tabulation_publishedfigures",
        "tabulation_publishedform",
        "tabulation_publishedturnout",
        "tabulation_timedturnout",
        "tabulation_turnoutreport",
        "tabulation_autopublishperiod",
        "tabulation_protocol",
        "tabulation_seat",
    )

    def execute(self, statement: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_no_delete(self) -> None:
        for table in self.TABLES:
            with (
                self.subTest(table),
                self.assertRaisesMessage(ProgrammingError, "permission denied"),
            ):
                self.execute(f"DELETE FROM {table}")

    def test_no_truncate(self) -> None:
        for table in self.TABLES:
            with (
                self.subTest(table),
                self.assertRaisesMessage(ProgrammingError, "permission denied"),
            ):
                self.execute(f"TRUNCATE {table} CASCADE")

    def test_no_update(self) -> None:
        for table, column in (
            ("tabulation_entry", "figures"),
            ("tabulation_entry", "seat_id"),
            ("tabulation_event", "after"),
            ("tabulation_event", "by_name"),
            ("tabulation_event", "hash"),
            ("tabulation_seal", "root"),
            ("tabulation_publication", "published_at"),
            ("tabulation_publication", "status"),
            ("tabulation_publication", "decision"),
            ("tabulation_autopublishperiod", "until_at"),
            ("tabulation_autopublishperiod", "decision"),
            ("tabulation_publishedfigures", "figures"),
            ("tabulation_publishedfigures", "published_in"),
            ("tabulation_publishedfigures", "reasons"),
            ("tabulation_publishedfigures", "explanations"),
            ("tabulation_publishedform", "body"),
            ("tabulation_publishedturnout", "voters"),
            ("tabulation_publishedturnout", "published_in"),
            ("tabulation_timedturnout", "hour"),
            ("tabulation_timedturnout", "station_id"),
            ("tabulation_turnoutreport", "voters"),
            ("tabulation_turnoutreport", "reason"),
            ("tabulation_protocol", "origin"),
            ("tabulation_seat", "person_id"),
            ("tabulation_protocolline", "position"),
            ("candidates_election", "kind"),
            ("candidates_election", "entries_required"),
        ):
            with (
                self.subTest(f"{table}.{column}"),
                self.assertRaisesMessage(ProgrammingError, "permission denied"),
            ):
                self.execute(f"UPDATE {table} SET {column} = {column}")

    def test_a_published_figure_is_superseded_once_and_by_a_publication_that_exists(self) -> None:
        first = PublishedFigures.objects.filter(superseded_in=None)
        with self.refused("ledger_part_is_published"):
            first.update(superseded_in=99)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.world.accepted(self.world.stations[1], SOUTH)
        self.world.publication()
        closed = PublishedFigures.objects.exclude(superseded_in=None)
        self.assertTrue(closed.exists())
        with self.refused("interval_closes_once"):
            closed.update(superseded_in=None)
        with self.refused("interval_closes_once"):
            closed.update(superseded_in=2)


class TurnoutTests(RefusalTestCase):
    """What is written of turnout and reasons is what was reported, and what was hashed."""

    def row(self, **changed: Any) -> PublishedTurnout:
        world = self.world
        right: dict[str, Any] = {
            "election": world.election, "contest": world.contest, "station": world.stations[0],
            "parent": world.north, "code": "1/01", "hours": [NOON], "voters": [20],
            "reporting": [1], "registered": [100], "without_list": [0], "expected": 1,
            "published_in": 2,
        }  # fmt: skip
        return PublishedTurnout.objects.create(**{**right, **changed})

    def setUp(self) -> None:
        self.world.publication()
        report(self.world, (0, NOON, 20))

    def test_what_was_reported_is_published(self) -> None:
        with transaction.atomic():
            self.assertEqual(self.row().voters, [20])
            transaction.set_rollback(True)

    def test_anything_else_is_refused(self) -> None:
        named = "published_turnout_is_reported"
        for constraint, changed in (
            (named, {"voters": [21]}),
            (named, {"hours": [EVENING]}),
            (named, {"registered": [99]}),
            (named, {"registered": [None], "without_list": [1]}),
            (named, {"reporting": [2]}),
            (named, {"code": "1/02"}),
            (named, {"parent": self.world.south}),
            (named, {"station": self.world.stations[1]}),
            (named, {"station": None, "area": self.world.north, "parent": self.world.south}),
            (named, {"station": None, "area": self.world.north, "code": "S"}),
            ("turnout_of_a_station_or_an_area", {"area": self.world.north}),
            ("turnout_of_a_station_or_an_area", {"expected": 2}),
            ("turnout_arrays_run_over_the_hours", {"voters": [20, 21]}),
            ("turnout_arrays_run_over_the_hours", {"registered": []}),
            ("turnout_superseded_later", {"superseded_in": 2}),
            ("past_is_closed", {"published_in": 1}),
        ):
            with self.subTest(str(changed)), self.refused(constraint):
                self.row(**changed)

    def test_one_row_stands_and_its_publication_must_come(self) -> None:
        with self.refused("ledger_part_is_published"):
            self.row()
            with self.refused("turnout_current_once_a_station"):
                self.row()
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_reasons_are_those_of_the_hash(self) -> None:
        self.world.accepted(self.world.stations[1], (140, 150, 5, 100, 40, 5))
        columns = [f.column for f in PublishedFigures._meta.concrete_fields if f.column != "id"]
        standing = "superseded_in IS NULL AND station_id IS NOT NULL"
        self.world.publication()
        for constraint, changed in (
            ("figures_reasons_are_hashed", {"reasons": "'list\tother'"}),
            ("figures_reasons_are_hashed", {"explanations": "NULL"}),
            ("figures_reasons_are_hashed", {"explanations": "sha256('x')"}),
            ("figures_reasons_are_hashed", {"reasons": "NULL"}),
        ):
            values = {column: column for column in columns} | {"published_in": "3"} | changed
            with (
                self.subTest(str(changed)),
                self.refused(constraint),
                connection.cursor() as cursor,
            ):
                cursor.execute(
                    f"INSERT INTO tabulation_publishedfigures ({', '.join(values)})"
                    f" SELECT {', '.join(values.values())} FROM tabulation_publishedfigures"
                    f" WHERE {standing} AND reasons IS NOT NULL"
                )


class TriggerTests(CommittedTestCase):
    """The triggers hold even the owner, whom no missing grant stops."""

    def test_evidence_stays(self) -> None:
        world = World()
        world.accepted(world.stations[0], NORTH)
        world.accepted(world.stations[1], (140, 150, 5, 100, 40, 5))
        report(world, (0, NOON, 20))
        publish(election=world.election, by=world.mariam, at=NOW)
        for statement in (
            "DELETE FROM tabulation_entry",
            "UPDATE tabulation_entry SET attempt = 2",
            "DELETE FROM tabulation_event",
            "UPDATE tabulation_event SET by_name = 'nobody'",
            "DELETE FROM tabulation_seal",
            "UPDATE tabulation_seal SET event_ids = '{1}', count = 1",
            "DELETE FROM tabulation_publication",
            "UPDATE tabulation_publication SET note = 'other'",
            "UPDATE tabulation_publication SET status = 'certified', decision = '1'",
            "DELETE FROM tabulation_publishedfigures",
            "UPDATE tabulation_publishedfigures SET counted = counted + 1",
            "UPDATE tabulation_publishedfigures SET superseded_in = 1, counted = 7",
            "UPDATE tabulation_publishedfigures SET reasons = NULL WHERE reasons IS NOT NULL",
            "UPDATE tabulation_publishedform SET body = '{}'",
            "DELETE FROM tabulation_publishedturnout",
            "UPDATE tabulation_publishedturnout SET voters = '{21}'",
            "UPDATE tabulation_publishedturnout SET superseded_in = 2, reporting = '{7}'",
            "UPDATE tabulation_publishedturnout SET superseded_in = 1",
            "UPDATE tabulation_protocol SET origin = 'imported'",
            "DELETE FROM tabulation_conteststation",
            "UPDATE tabulation_conteststation SET registered = 1",
            "UPDATE tabulation_protocol SET figures = '{1,2,3,4,5,6}' WHERE figures IS NOT NULL",
        ):
            with (
                self.subTest(statement),
                self.assertRaises(IntegrityError),
                connection.as_owner(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)

    def test_the_number_of_entries_is_fixed_once_one_exists(self) -> None:
        world = World()
        with connection.as_owner():
            elections = Election.objects.filter(pk=world.election.pk)
            elections.update(entries_required=1)
            elections.update(entries_required=2)
        world.accepted(world.stations[0], NORTH)
        with connection.as_owner(), self.assertRaises(IntegrityError):
            elections.update(entries_required=1)


class PastTests(RefusalTestCase):
    """A publication that is out is closed, also to somebody with the application's rights."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.publication()
        cls.world.accepted(cls.world.stations[1], SOUTH)
        cls.world.publication()

    def row(self, station: int, **changes: Any) -> PublishedFigures:
        row = PublishedFigures.objects.filter(station=self.world.stations[station]).latest("pk")
        for name, value in {"pk": None, "published_in": 3, **changes}.items():
            setattr(row, name, value)
        return row

    def test_nothing_is_written_into_it(self) -> None:
        for number in (1, 2):
            with self.refused("past_is_closed"):
                self.row(2, published_in=number, superseded_in=9).save(force_insert=True)

    def test_nothing_is_taken_out_of_it(self) -> None:
        rows = PublishedFigures.objects.filter(published_in=1, superseded_in=None)
        with self.refused("past_is_closed"):
            rows.update(superseded_in=2)

    def test_nor_is_its_form_changed(self) -> None:
        forms = PublishedForm.objects.filter(superseded_in=None)
        with self.refused("past_is_closed"):
            forms.update(superseded_in=2)

    def test_publications_follow_each_other(self) -> None:
        for number in (2, 4, 9):
            with self.refused("publications_in_a_row"):
                Publication.objects.create(
                    election=self.world.election, number=number, status="unofficial-partial",
                    published_at=NOW, leaf=bytes(32),
                )  # fmt: skip

    def test_published_figures_fit_the_form(self) -> None:
        for figures in ([-5, 7, 0, 0, 0, None], [1], [1] * 6):
            with self.refused("figures"):
                PublishedFigures.objects.filter(
                    station=self.world.stations[0], superseded_in=None
                ).update(superseded_in=3)
                self.row(0, figures=figures).save(force_insert=True)

    def test_stations_and_candidates_are_fixed(self) -> None:
        station = self.world.station("9/99", self.world.south)
        with self.refused("stations_are_fixed"):
            ContestStation.objects.create(contest=self.world.contest, station=station)
        with self.refused("form_is_fixed"):
            Candidate.objects.create(contest=self.world.contest, number=7, name="Late")


class LifeTests(RefusalTestCase):
    """The database knows the life of a protocol, too."""

    def update(self, protocol: Protocol, **changes: Any) -> None:
        Protocol.objects.filter(pk=protocol.pk).update(**changes)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_no_step_is_left_out_and_none_goes_back(self) -> None:
        protocol = self.world.received(self.world.stations[0])
        for status in ("verified", "different", "errors"):
            with self.subTest(status), self.refused("protocol_moves"):
                self.update(protocol, status=status)
        protocol = self.world.accepted(self.world.stations[1], SOUTH)
        self.world.corrected(self.world.stations[1], SOUTH)
        with self.refused("protocol_moves"):
            self.update(protocol, status="annulled", ruling_reason="x")

    def test_nothing_leaves_the_sums_as_corrected_without_a_successor(self) -> None:
        protocol = self.world.accepted(self.world.stations[1], SOUTH)
        with self.refused("corrected_has_a_successor"):
            self.update(protocol, status="corrected", closed_at=NOW)

    def test_reasons_and_times_stay(self) -> None:
        protocol = self.world.accepted(self.world.stations[1], SOUTH)
        for changes in (
            {"ruling_reason": "other"},
            {"ruling_decision": "9"},
            {"accepted_at": LATER},
        ):
            with self.subTest(changes), self.refused("protocol_stays"):
                self.update(protocol, **changes)

    def test_nobody_types_what_is_past_typing(self) -> None:
        protocol = self.world.accepted(self.world.stations[1], SOUTH)
        seat = protocol.seats.first()
        with self.refused("open_for_typing"):
            Entry.objects.create(seat=seat, figures=list(SOUTH), attempt=2, typed_at=NOW)
        with self.refused("open_for_typing"):
            Seat.objects.filter(pk=seat.pk).update(released_at=NOW)
        with self.refused("open_for_typing"):
            Seat.objects.create(protocol=protocol, slot=2, person=self.world.sona, taken_at=NOW)

    def test_a_released_seat_stays_released_and_silent(self) -> None:
        protocol = self.world.received(self.world.stations[1])
        seat = entry.take_seat(protocol=protocol, by=self.world.alice, at=NOW)
        Seat.objects.filter(pk=seat.pk).update(released_at=NOW)
        with self.refused("seat_is_released_once"):
            Seat.objects.filter(pk=seat.pk).update(released_at=None)
        with self.refused("open_for_typing"):
            Entry.objects.create(seat=seat, figures=list(SOUTH), typed_at=NOW)

    def test_an_entry_before_its_protocol_fits_nothing(self) -> None:
        with self.refused("open_for_typing"):
            Entry.objects.create(seat_id=99_999_999, figures=[-1, 2], typed_at=NOW)

    def test_annulled_while_a_correction_is_typed(self) -> None:
        station = self.world.stations[1]
        protocol = self.world.accepted(station, SOUTH)
        correction.correct(
            contest=self.world.contest, station=station, reason="x", decision="1", by=None, at=NOW
        )
        with self.refused("protocol_moves"):
            self.update(protocol, status="annulled", ruling_reason="fire", closed_at=NOW)
        with self.assertRaisesMessage(
            ProtocolRefused, "A correction of this protocol is not finished"
        ):
            correction.annul(protocol=protocol, reason="fire", decision="2", by=None, at=NOW)


class FigureTests(RefusalTestCase):
    """Arrays of figures: length, sign, ballot."""

    def holders(self) -> dict[str, Callable[[list[int | None]], object]]:
        """Every way a figure gets into the database."""
        world = self.world
        protocol = world.received(world.stations[0])
        seat = entry.take_seat(protocol=protocol, by=world.alice, at=NOW)
        draft = Draft.objects.create(seat=seat, figures=[None] * 6, saved_at=NOW)

        def imported(figures: list[int | None]) -> object:
            return Protocol.objects.create(
                contest=world.contest, station=world.stations[1], status="accepted",
                origin="imported", figures=figures, received_at=NOW, accepted_at=NOW,
            )  # fmt: skip

        def drafted(figures: list[int | None]) -> object:
            return Draft.objects.filter(pk=draft.pk).update(figures=figures)

        def entered(figures: list[int | None]) -> object:
            return Entry.objects.create(seat=seat, figures=figures, typed_at=NOW)

        return {"protocol": imported, "draft": drafted, "entry": entered}

    def test_wrong_length(self) -> None:
        for name, store in self.holders().items():
            for figures in ([], [1] * 5, [1] * 7):
                with self.subTest(name, figures=figures), self.refused("figures_fit_the_form"):
                    store(figures)

    def test_negative(self) -> None:
        for name, store in self.holders().items():
            with self.subTest(name), self.refused("figures_fit_the_form"):
                store([100, -1, 0, 0, 0, None])

    def test_not_on_the_ballot_there(self) -> None:
        holders = self.holders()
        for name in ("draft", "entry"):  # both of the north, where candidate 41 does not stand
            with self.subTest(name), self.refused("figures_on_the_ballot"):
                holders[name]([100, 60, 0, 30, 30, 0])
        self.assertTrue(holders["protocol"]([100, 60, 0, 30, 30, 0]))

    def test_blank_is_kept_as_blank(self) -> None:
        holders = self.holders()
        holders["draft"]([None, 0, None, None, None, None])
        self.assertEqual(Draft.objects.get().figures, [None, 0, None, None, None, None])


class TwoPeopleTests(RefusalTestCase):
    def setUp(self) -> None:
        self.protocol = self.world.received(self.world.stations[0])

    def seat(self, slot: int, person: Any, **fields: Any) -> Seat:
        return Seat.objects.create(
            protocol=self.protocol, slot=slot, person=person, taken_at=NOW, **fields
        )

    def typed(self, seat: Seat, figures: tuple[int | None, ...] = NORTH, attempt: int = 1) -> Entry:
        return Entry.objects.create(seat=seat, figures=list(figures), attempt=attempt, typed_at=NOW)

    def accept(self, figures: tuple[int | None, ...] = NORTH) -> None:
        """Straight in the database, past the stage functions."""
        protocols = Protocol.objects.filter(pk=self.protocol.pk)
        protocols.filter(status="received").update(status="entered")
        protocols.filter(status="entered").update(status="verified")
        protocols.update(status="accepted", figures=list(figures), accepted_at=NOW)

    def test_one_person_in_both_seats(self) -> None:
        self.seat(1, self.world.alice)
        with self.refused("seat_person_once"):
            self.seat(2, self.world.alice)

    def test_nor_after_the_first_was_released(self) -> None:
        self.seat(1, self.world.alice, released_at=NOW)
        with self.refused("seat_person_once"):
            self.seat(2, self.world.alice)

    def test_two_people_in_one_seat(self) -> None:
        self.seat(1, self.world.alice)
        with self.refused("seat_slot_once"):
            self.seat(1, self.world.bob)

    def test_accepting_what_one_person_typed(self) -> None:
        self.typed(self.seat(1, self.world.alice))
        with self.refused("protocol_agrees"):
            self.accept()

    def test_accepting_what_two_typed_differently(self) -> None:
        self.typed(self.seat(1, self.world.alice))
        self.typed(self.seat(2, self.world.bob), (100, 60, 1, 39, 20, None))
        with self.refused("protocol_agrees"):
            self.accept()

    def test_accepting_figures_nobody_typed(self) -> None:
        self.typed(self.seat(1, self.world.alice))
        self.typed(self.seat(2, self.world.bob))
        with self.refused("protocol_agrees"):
            self.accept((100, 60, 0, 40, 20, None))

    def test_an_earlier_attempt_and_a_released_seat_do_not_agree(self) -> None:
        first = self.seat(1, self.world.alice)
        entry = self.typed(first)
        EntryReturn.objects.create(
            entry=entry, lines=[2, 4], cause="difference", by=self.world.sona, at=NOW
        )
        self.typed(first, (100, 60, 1, 39, 20, None), attempt=2)
        gone = self.seat(2, self.world.bob)
        self.typed(gone)
        Seat.objects.filter(pk=gone.pk).update(released_at=NOW)
        self.typed(self.seat(2, self.world.carl))
        with self.refused("protocol_agrees"):
            self.accept()

    def test_inserting_it_as_accepted_or_annulled(self) -> None:
        for status, closed in (("accepted", None), ("annulled", NOW), ("corrected", NOW)):
            with self.subTest(status), self.refused("protocol_agrees"):
                Protocol.objects.create(
                    contest=self.world.contest, station=self.world.stations[1], status=status,
                    figures=list(SOUTH), received_at=NOW, accepted_at=NOW, closed_at=closed,
                    ruling_reason="none",
                )  # fmt: skip

    def test_two_who_agree_are_enough(self) -> None:
        self.typed(self.seat(1, self.world.alice))
        self.typed(self.seat(2, self.world.bob))
        self.accept()
        self.assertEqual(Protocol.objects.accepted().count(), 1)

    def test_a_real_election_takes_no_imported_protocol(self) -> None:
        real = World("real", kind="real")
        with self.refused("real_is_typed"):
            Protocol.objects.create(
                contest=real.contest, station=real.stations[1], status="accepted",
                origin="imported", figures=list(SOUTH), received_at=NOW, accepted_at=NOW,
            )  # fmt: skip


class FormTests(RefusalTestCase):
    def line(self, position: int) -> ProtocolLine:
        return ProtocolLine.objects.create(
            contest=self.world.contest, position=position, key=f"line_{position}", number="x"
        )

    def test_positions_have_no_gap(self) -> None:
        self.line(7)
        with self.refused("lines_in_a_row"):
            self.line(9)

    def test_a_relation_names_lines_that_are_there(self) -> None:
        with self.refused("sums_name_lines"):
            ControlRelation.objects.create(
                contest=self.world.contest, ordinal=9, code="x", name="x", left=[1],
                operator="==", right=[7], severity="error",
            )  # fmt: skip

    def test_nothing_is_added_once_a_protocol_is_here(self) -> None:
        self.world.received(self.world.stations[0])
        with self.refused("form_is_fixed"):
            self.line(7)
        with self.refused("form_is_fixed"):
            BallotScope.objects.create(line=self.world.contest.lines.first(), area=self.world.north)
        with self.refused("form_is_fixed"):
            ControlRelation.objects.create(
                contest=self.world.contest, ordinal=9, code="x", name="x", left=[1],
                operator="==", right=[2], severity="error",
            )  # fmt: skip


class PlaceTests(RefusalTestCase):
    def test_a_station_that_does_not_vote_in_the_contest_has_no_protocol(self) -> None:
        other = World("other")
        with self.refused("protocol_station_votes_in_contest"):
            Protocol.objects.create(
                contest=self.world.contest, station=other.stations[0], received_at=NOW
            )
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_two_elections_do_not_mix(self) -> None:
        other = World("other")
        with self.refused("area_in_one_election"):
            Area.objects.create(
                election=other.election, code="X", name="X", parent=self.world.north
            )
        with self.refused("conteststation_in_one_election"):
            ContestStation.objects.create(contest=other.contest, station=self.world.stations[0])

    def test_one_root(self) -> None:
        with self.refused("area_one_root"):
            Area.objects.create(election=self.world.election, code="X", name="X")

    def test_the_lineage_is_the_databases_own(self) -> None:
        self.assertEqual(self.world.north.lineage, [self.world.country.pk, self.world.north.pk])

    def test_a_code_fits_an_address(self) -> None:
        for code in ("", ".", "..", "a//b", "/a", "a/", "a/-/b", "a?b", "a b  c", "<b>"):
            with self.subTest(code), self.refused("area_code_fits_an_address"):
                Area.objects.create(
                    election=self.world.election, code=code, name="X", parent=self.world.north
                )
        for code in ("4/13", "01.009", "1-2", "Արցախ 3"):
            self.world.area(code, self.world.north)


class QueueTests(RefusalTestCase):
    """Whatever changes the sums stands in the queue, though nobody put it there."""

    last = 0

    def queued(self) -> list[str]:
        """Those queued since it was asked last."""
        rows = PublicationQueue.objects.filter(pk__gt=self.last).order_by("pk")
        found = list(rows.values_list("pk", "station__code"))
        self.last = max((pk for pk, _code in found), default=self.last)
        return [code for _pk, code in found]

    def test_each_change_of_what_counts(self) -> None:
        world, station = self.world, self.world.stations[1]
        protocol = world.accepted(station, SOUTH)
        self.assertEqual(self.queued(), ["2/01"])
        correction.annul(protocol=protocol, reason="fire", decision="3", by=world.mariam, at=NOW)
        self.assertEqual(self.queued(), ["2/01"])
        correction.reinstate(
            protocol=protocol, reason="court", decision="4", by=world.mariam, at=NOW
        )
        self.assertEqual(self.queued(), ["2/01"])
        world.corrected(station, (200, 150, 5, 101, 39, 5))
        self.assertEqual(set(self.queued()), {"2/01"})

    def test_nothing_else(self) -> None:
        self.world.type_in(self.world.received(self.world.stations[0]), NORTH)
        self.assertEqual(self.queued(), [])


class EventTests(RefusalTestCase):
    def test_every_act_leaves_an_event_with_the_person(self) -> None:
        protocol = self.world.accepted(self.world.stations[0], NORTH)
        acts = Event.objects.filter(subject=protocol.subject).values_list("act", "by_name")
        self.assertEqual(
            list(acts),
            [
                ("received", "ina"),
                ("seat taken", "alice"),
                ("entry submitted", "alice"),
                ("seat taken", "bob"),
                ("entry submitted", "bob"),
                ("compared", "Hashvark"),
                ("accepted", "sona"),
            ],
        )
        last = Event.objects.filter(subject=protocol.subject).last()
        self.assertEqual(last.before["status"], "verified")
        self.assertEqual(last.after["figures"], list(NORTH))
