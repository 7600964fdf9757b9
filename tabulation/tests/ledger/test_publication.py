"""The ledger: what a publication holds, whatever happened before and happens meanwhile."""

import threading
from typing import Any

from django.db import connection, transaction
from django.test import TestCase
from django.urls import reverse
from hypothesis import settings
from hypothesis.extra.django import TestCase as PropertyTestCase
from hypothesis.stateful import run_state_machine_as_test

from tabulation.arithmetic.commitments.canonical import NotCanonical
from tabulation.counting import correction, entry, verification
from tabulation.ledger.reading import (
    Unit,
    areas_below,
    everything,
    publications,
    published_contests,
    states_of_areas,
    stations_by_area,
    unit_of_area,
    unit_of_head,
    unit_of_station,
)
from tabulation.ledger.refusals import NothingToPublish
from tabulation.ledger.writing import publish
from tabulation.models import Event, Protocol, Publication, PublicationQueue, PublishedFigures, User
from tabulation.tests.support.any_order import AREAS, AnyOrder
from tabulation.tests.support.publishing import write
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import (
    NORTH,
    NOW,
    SOUTH,
    CommittedTestCase,
    World,
    make_stations,
)

#: Statements of a publication of one contest with areas of two depths.
FIRST_PUBLICATION = 90
NEXT_PUBLICATION = 95


class LedgerTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()

    def unit(self, number: int, code: str) -> Unit:
        published = Publication.objects.get(number=number)
        find = unit_of_area if code in AREAS else unit_of_station
        return find(published, self.world.contest, code)

    def test_before_the_count_there_are_no_figures_and_no_zeros(self) -> None:
        published = self.world.publication()
        self.assertEqual(published.status, "pre-election")
        for code in (*AREAS, "2/02"):
            unit = self.unit(1, code)
            self.assertEqual((unit.status, unit.figures), ("not counted", ()))
        self.assertEqual(self.unit(1, "AM").stations, 3)
        self.assertEqual(self.unit(1, "AM").registered, 300)

    def test_part_of_the_night(self) -> None:
        self.world.accepted(self.world.stations[1], SOUTH)
        self.assertEqual(self.world.publication().status, "unofficial-partial")
        south = self.unit(1, "S")
        self.assertEqual(south.figures, SOUTH)
        self.assertEqual((south.status, south.counted, south.stations), ("partial", 1, 2))
        self.assertEqual(self.unit(1, "N").status, "not counted")

    def test_a_line_nobody_filled_stays_blank_in_the_sum(self) -> None:
        self.world.accepted(self.world.stations[0], NORTH)
        self.world.publication()
        self.assertEqual(self.unit(1, "AM").figures, NORTH)
        row = PublishedFigures.objects.get(area=self.world.country)
        self.assertEqual(row.filled, [1, 1, 1, 1, 1, 0])

    def test_all_counted_is_complete(self) -> None:
        for station, figures in zip(self.world.stations, (NORTH, SOUTH, SOUTH), strict=True):
            self.world.accepted(station, figures)
        self.assertEqual(self.world.publication().status, "unofficial-complete")
        self.assertEqual(self.unit(1, "AM").figures, (500, 361, 11, 240, 100, 10))

    def test_only_what_changed_is_written(self) -> None:
        self.world.accepted(self.world.stations[0], NORTH)
        self.world.publication()
        self.world.accepted(self.world.stations[1], SOUTH)
        self.world.publication()
        written = PublishedFigures.objects.filter(published_in=2)
        self.assertEqual({(row.station or row.area).code for row in written}, {"2/01", "S", "AM"})
        self.assertEqual(self.unit(2, "1/01").since, 1)

    def test_a_correction_leaves_the_past_as_it_was(self) -> None:
        self.world.accepted(self.world.stations[0], NORTH)
        self.world.publication()
        self.world.corrected(self.world.stations[0], (100, 61, 2, 39, 20, None))
        self.world.publication()
        self.assertEqual(self.unit(1, "AM").figures[3], 40)
        self.assertEqual(self.unit(2, "AM").figures[3], 39)
        station = self.unit(2, "1/01")
        self.assertEqual((station.version, station.reason, station.since), (2, "recount", 2))
        self.assertEqual(self.unit(1, "1/01").until, 2)

    def test_an_annulled_station_stays_visible_and_leaves_the_sums(self) -> None:
        protocol = self.world.accepted(self.world.stations[1], SOUTH)
        self.world.accepted(self.world.stations[2], SOUTH)
        correction.annul(
            protocol=protocol, reason="box opened", decision="7", by=self.world.mariam, at=NOW
        )
        self.world.publication()
        station = self.unit(1, "2/01")
        self.assertEqual((station.status, station.figures), ("annulled", SOUTH))
        south = self.unit(1, "S")
        self.assertEqual((south.status, south.figures), ("counted", SOUTH))
        self.assertEqual((south.counted, south.annulled, south.missing), (1, 1, 0))

    def test_broken_relations_are_counted_where_they_are_evaluated(self) -> None:
        self.world.accepted(self.world.stations[0], (None, 61, 1, 40, 20, None))
        self.world.accepted(self.world.stations[1], (100, 150, 5, 100, 40, 5))
        self.world.publication()
        head = self.unit(1, "AM")
        self.assertEqual((head.broken, head.evaluated), ((0, 1), (2, 1)))

    def test_nothing_new_is_not_a_publication(self) -> None:
        self.world.publication()
        with self.assertRaisesMessage(NothingToPublish, "since publication 1"):
            self.world.publication()
        self.assertEqual(Publication.objects.count(), 1)

    def test_annulled_and_reinstated_between_publications(self) -> None:
        protocol = self.world.accepted(self.world.stations[0], NORTH)
        self.world.publication()
        correction.annul(protocol=protocol, reason="a", decision="1", by=None, at=NOW)
        correction.reinstate(protocol=protocol, reason="b", decision="2", by=None, at=NOW)
        # The reason is part of what is published, so this is news; the figures are the same.
        self.world.publication()
        self.assertEqual(self.unit(2, "AM").figures, self.unit(1, "AM").figures)

    def test_the_form_is_frozen_with_the_publication(self) -> None:
        self.world.publication()
        candidate = self.world.contest.candidates.get(number=2)
        candidate.status, candidate.withdrawn_on = "withdrawn", NOW.date()
        candidate.save(update_fields=["status", "withdrawn_on"])
        self.world.publication()
        papers = [
            published_contests(published)[0][1]
            for published in publications(self.world.election).order_by("number")
        ]
        self.assertEqual([paper.choices[1].status for paper in papers], ["registered", "withdrawn"])

    def test_publishing_is_an_event(self) -> None:
        self.world.publication("first of the night")
        event = Event.objects.get(act="published")
        self.assertEqual((event.by_name, event.after["number"]), ("mariam", 1))

    def test_stations_in_code_order_and_inside_an_area(self) -> None:
        published = self.world.publication()
        contest = self.world.contest
        self.assertEqual(
            [unit.code for unit in everything(published, contest)], ["1/01", "2/01", "2/02"]
        )
        self.assertEqual(
            [unit.code for unit in everything(published, contest, below="S")], ["2/01", "2/02"]
        )
        self.assertEqual([unit.code for unit in areas_below(published, contest, "AM")], ["N", "S"])

    def test_queries_do_not_grow_with_stations(self) -> None:
        self.world.accepted(self.world.stations[0], NORTH)
        with self.assertNumQueries(FIRST_PUBLICATION):
            self.world.publication()
        for station in self.world.stations[1:]:
            self.world.accepted(station, SOUTH)
        with self.assertNumQueries(NEXT_PUBLICATION):
            self.world.publication()


class AnyOrderTests(PropertyTestCase):
    @slow
    def test_any_order(self) -> None:
        run_state_machine_as_test(
            AnyOrder, settings=settings(max_examples=12, stateful_step_count=20, deadline=None)
        )


@slow
class RightAfterALoadTests(CommittedTestCase):
    """The planner knows nothing of rows that came a moment ago; publishing must not mind."""

    STATIONS = 20_000

    def tearDown(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")

    def test_publishing_looks_every_station_up_by_its_key(self) -> None:
        world = World()
        make_stations(world, self.STATIONS)
        publish(election=world.election, by=None, at=NOW)
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO tabulation_protocol (contest_id, station_id, version, status, origin,
                     figures, received_at, accepted_at, reason, decision)
                   SELECT contest_id, station_id, 1, 'accepted', 'imported',
                     '{9,5,1,2,2,NULL}', now(), now(), '', '' FROM tabulation_conteststation""",
            )
            # Ten times what it takes on a slow machine; a quadratic plan takes minutes.
            cursor.execute("SET statement_timeout = '20s'")
        published = publish(election=world.election, by=None, at=NOW)
        self.assertEqual(self.head(published, world).counted, self.STATIONS + 3)

    def test_nor_does_the_staff_s_list_mind_tables_that_are_taken_for_empty(self) -> None:
        with transaction.atomic():
            make_stations(World(), self.STATIONS)
            transaction.set_rollback(True)
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as it happens by itself after a load that was undone
        world = World()
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '20s'")
        make_stations(world, self.STATIONS)
        self.client.force_login(world.alice)
        page = self.client.get("/staff/artsakh/president/stations/")
        self.assertContains(page, "20,003 polling stations")

    def test_nor_do_the_public_s_pages_mind(self) -> None:
        with transaction.atomic():
            world = World()
            make_stations(world, self.STATIONS)
            write(election=world.election, by=None, at=NOW)
            analyse_elsewhere()
        with connection.cursor() as cursor:
            # Many times what any of them takes when the tables are known.
            cursor.execute("SET statement_timeout = '2s'")
        of = ("artsakh", "president")
        for path in (
            reverse("election", args=["en", "artsakh"]),
            reverse("area", args=["en", *of, "S"]),
            reverse("station", args=["en", *of, "x/19999"]),
            reverse("proof", args=[*of, "x/19999"]),
            reverse("bundle", args=[*of, "S"]),
            reverse("data-csv", args=["artsakh", 1, "president"]),
            reverse("data-json", args=["artsakh", 1, "president"]),
            reverse("ledger", args=["artsakh", 1, "president"]),
        ):
            with self.subTest(path):
                answer = self.client.get(path)
                self.assertEqual(answer.status_code, 200)
                self.assertTrue(answer.getvalue())
        newest = Publication.objects.get()
        found = stations_by_area(newest, world.contest, more_than=10_000)
        self.assertEqual(found, {"S": self.STATIONS + 2})
        self.assertEqual(len(states_of_areas(newest, world.contest)), 3)

    def head(self, published: Publication, world: World) -> Unit:
        return unit_of_head(published, world.contest)


def analyse_elsewhere() -> None:
    """What the server may do by itself at the worst moment: nothing uncommitted counts."""

    def analyse() -> None:
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        connection.close()

    thread = threading.Thread(target=analyse)
    thread.start()
    thread.join()


class InterleavingTests(CommittedTestCase):
    """Real transactions, in threads with connections of their own."""

    def setUp(self) -> None:
        self.world = World()
        self.ready = self.world.type_in(self.world.received(self.world.stations[0]), NORTH)

    def in_thread(self, work: Any) -> threading.Thread:
        def run() -> None:
            try:
                work()
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def publish(self) -> Publication:
        return publish(election=self.world.election, by=self.world.mariam, at=NOW)

    def head(self, published: Publication) -> Unit:
        return unit_of_head(published, self.world.contest)

    def test_what_was_open_before_a_publication_and_commits_after_it_is_in_the_next(self) -> None:
        changed, may_commit = threading.Event(), threading.Event()

        def accept_slowly() -> None:
            with transaction.atomic():
                verification.accept(protocol=self.ready, by=self.world.sona, at=NOW)
                changed.set()
                may_commit.wait(10)

        thread = self.in_thread(accept_slowly)
        self.assertTrue(changed.wait(10))
        first = self.publish()
        may_commit.set()
        thread.join(10)
        self.assertEqual(self.head(first).counted, 0)
        second = self.publish()
        self.assertEqual((second.number, self.head(second).figures), (2, NORTH))
        self.assertEqual(PublicationQueue.objects.count(), 0)

    def test_what_commits_while_a_publication_is_being_written_is_in_the_next(self) -> None:
        self.publish()
        other = self.world.type_in(self.world.received(self.world.stations[1]), SOUTH)
        verification.accept(protocol=self.ready, by=self.world.sona, at=NOW)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                cursor.execute("SELECT 1")  # the snapshot
            self.in_thread(
                lambda: verification.accept(protocol=other, by=self.world.sona, at=NOW)
            ).join(10)
            second = write(election=self.world.election, by=None, at=NOW)
        self.assertEqual(self.head(second).counted, 1)
        self.assertEqual(self.head(self.publish()).counted, 2)

    def test_two_clerks_who_start_at_the_same_moment_both_sit_down(self) -> None:
        station = self.world.stations[2]
        self.world.received(station)
        refused: list[Exception] = []
        together = threading.Barrier(2)

        def start(person: User) -> None:
            together.wait(10)
            try:
                entry.start(contest=self.world.contest, station=station, by=person, at=NOW)
            except Exception as error:
                refused.append(error)

        threads = [
            self.in_thread(lambda person=person: start(person))
            for person in (self.world.alice, self.world.bob)
        ]
        for thread in threads:
            thread.join(20)
        self.assertEqual(refused, [])
        seats = Protocol.objects.get(station=station).seats.order_by("slot")
        self.assertEqual([seat.slot for seat in seats], [1, 2])

    def test_publishers_wait_for_each_other(self) -> None:
        numbers: list[int] = []
        refused: list[str] = []
        verification.accept(protocol=self.ready, by=self.world.sona, at=NOW)

        def attempt() -> None:
            try:
                numbers.append(self.publish().number)
            except NothingToPublish as nothing:
                refused.append(str(nothing))

        for thread in [self.in_thread(attempt) for _ in range(4)]:
            thread.join(20)
        self.assertEqual((numbers, len(refused)), ([1], 3))

    def test_a_publisher_that_fails_leaves_nothing_and_the_lock_free(self) -> None:
        verification.accept(protocol=self.ready, by=self.world.sona, at=NOW)
        with self.assertRaises(NotCanonical):
            publish(election=self.world.election, by=None, at=NOW.replace(tzinfo=None))
        self.assertEqual(Publication.objects.count(), 0)
        self.assertEqual(PublicationQueue.objects.count(), 1)
        self.assertEqual(self.publish().number, 1)
