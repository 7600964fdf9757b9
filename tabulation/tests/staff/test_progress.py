"""The dashboard: where the stations are, who waits, who typed what, and when it will be done."""

from datetime import timedelta

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from tabulation.counting import correction, entry, progress, verification
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World, altered, make_stations

OTHER = (200, 150, 5, 99, 41, 5)
ADDRESS = "/staff/artsakh/president/progress/"


class ProgressTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()

    def stages(self, head: object = None) -> dict[str, tuple[int, ...]]:
        rows = progress.stages_by_area(self.world.contest, head or self.world.country, NOW)
        return {
            row.code: (
                row.expected, row.received, row.first, row.second,
                row.different, row.errors, row.verified, row.accepted,
            )
            for row in rows
        }  # fmt: skip

    def test_every_station_is_in_one_place(self) -> None:
        world = self.world
        self.assertEqual(self.stages()["AM"], (3, 0, 0, 0, 0, 0, 0, 0))
        world.accepted(world.stations[0], NORTH)
        protocol = world.received(world.stations[1])
        self.assertEqual(self.stages()["S"], (1, 1, 0, 0, 0, 0, 0, 0))
        world.entered(protocol, SOUTH, world.alice)
        self.assertEqual(self.stages()["S"], (1, 0, 1, 0, 0, 0, 0, 0))
        entry.take_seat(protocol=protocol, by=world.bob, at=NOW)
        self.assertEqual(self.stages()["S"], (1, 0, 0, 1, 0, 0, 0, 0))
        world.entered(protocol, OTHER, world.bob)
        verification.compare(protocol=protocol, at=NOW)
        self.assertEqual(self.stages()["S"], (1, 0, 0, 0, 1, 0, 0, 0))
        self.assertEqual(self.stages()["AM"], (1, 0, 0, 0, 1, 0, 0, 1))
        self.assertEqual(set(self.stages(world.south)), {"S"})

    def test_a_station_set_aside_is_expected(self) -> None:
        protocol = self.world.received(self.world.stations[1])
        verification.set_aside(protocol=protocol, reason="?", by=self.world.sona, at=NOW)
        self.assertEqual(self.stages()["S"], (2, 0, 0, 0, 0, 0, 0, 0))

    def test_a_correction_leaves_its_station_accepted(self) -> None:
        self.world.accepted(self.world.stations[1], SOUTH)
        correction.correct(
            contest=self.world.contest, station=self.world.stations[1], reason="recount",
            decision="1", by=self.world.sona, at=NOW,
        )  # fmt: skip
        rows = progress.stages_by_area(self.world.contest, self.world.south, NOW)
        self.assertEqual((rows[0].accepted, rows[0].corrections), (1, 1))

    def test_when_it_will_be_done(self) -> None:
        self.world.accepted(self.world.stations[0], NORTH)
        here = progress.stages_by_area(self.world.contest, self.world.country, NOW)[0]
        self.assertEqual(here.recent, 1)
        self.assertEqual(here.done_at(NOW), NOW + timedelta(hours=2))
        later = NOW + timedelta(hours=3)
        here = progress.stages_by_area(self.world.contest, self.world.country, later)[0]
        self.assertIsNone(here.done_at(later))

    def test_who_waits_longest(self) -> None:
        protocol = self.world.received(self.world.stations[1])
        entry.take_seat(protocol=protocol, by=self.world.alice, at=NOW)
        self.world.received(self.world.stations[0])
        waiting = progress.waiting_longest(self.world.contest, self.world.country)
        self.assertEqual([(w.code, w.people) for w in waiting], [("2/01", ["alice"]), ("1/01", [])])
        south = progress.waiting_longest(self.world.contest, self.world.south, most=1)
        self.assertEqual([w.code for w in south], ["2/01"])

    def test_who_was_wrong(self) -> None:
        world = self.world
        protocol = world.received(world.stations[1])
        world.entered(protocol, SOUTH, world.alice)
        world.entered(protocol, OTHER, world.bob)
        verification.compare(protocol=protocol, at=NOW)
        chosen = verification.last_entries(protocol)[0]
        verification.choose(entry=chosen, by=world.sona, at=NOW)
        world.entered(protocol, SOUTH, world.bob, verification.compare_if_complete)
        work = progress.work_by_clerk(world.contest, world.country, NOW)
        self.assertEqual(
            [(w.name, w.entries, w.recent, w.wrong, w.wrong_lines) for w in work],
            [("alice", 1, 1, 0, 0), ("bob", 2, 2, 1, 2)],
        )


class PageTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()

    def setUp(self) -> None:
        progress.forget()

    def test_everybody_sees_how_far_it_is_and_supervisors_see_who(self) -> None:
        protocol = self.world.received(self.world.stations[1])
        self.world.entered(protocol, SOUTH, self.world.alice)
        for user, sees in (
            (self.world.bob, False),
            (self.world.ina, False),
            (self.world.sona, True),
        ):
            with self.subTest(user.username):
                self.client.force_login(user)
                page = self.client.get(ADDRESS)
                self.assertContains(page, "Waiting longest")
                self.assertEqual("Entries by clerk" in page.content.decode(), sees)
                self.assertNotContains(page, "150")
                # Who types the other entry is not for the second clerk to know.
                self.assertEqual("Typing it" in page.content.decode(), sees)

    def test_it_is_counted_once_for_all_who_look(self) -> None:
        progress.forget()
        country, contest = self.world.country, self.world.contest
        first = progress.progress_of(contest, country, NOW)
        self.world.received(self.world.stations[0])
        soon = NOW + progress.FRESH / 2
        self.assertEqual(progress.progress_of(contest, country, soon), first)
        later = NOW + progress.FRESH
        with progress._places[contest.pk, country.pk].counting:
            # Another counts at this moment: what was counted last is better than waiting.
            self.assertEqual(progress.progress_of(contest, country, later), first)
        self.assertEqual(progress.progress_of(contest, country, later).stages[0].received, 1)

    def test_an_area_of_ones_own(self) -> None:
        self.client.force_login(altered("sona", area=self.world.south))
        self.assertContains(self.client.get(ADDRESS), "Progress · Area S")
        self.assertEqual(self.client.get(f"{ADDRESS}N/").status_code, 403)

    def test_statements_do_not_grow_with_stations(self) -> None:
        self.client.force_login(self.world.sona)
        few = self.statements()
        for figures, station in ((NORTH, 0), (SOUTH, 1)):
            self.world.accepted(self.world.stations[station], figures)
        make_stations(self.world, 300)
        self.assertEqual(self.statements(), few)

    def statements(self) -> int:
        progress.forget()
        with CaptureQueriesContext(connection) as queries:
            self.client.get(ADDRESS)
        return len(queries)
