"""The benchmark: its nation loads, its baselines do the work, its bounds bite."""

import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from random import Random
from unittest import mock

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError
from django.test import SimpleTestCase, TestCase

from candidates.models import Contest
from tabulation.importing.election import load_election
from tabulation.ledger.writing import publish
from tabulation.management.benchmarks import accept, deployment, pages, visible
from tabulation.management.benchmarks.measuring import (
    AtMost,
    Ratio,
    Sight,
    Timing,
    Waits,
    in_turns,
    make_nation,
    seen_from,
    timed,
)
from tabulation.management.commands.benchmark import bulk_create, copy, measure_load
from tabulation.models import Event, Protocol, Publication
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import NORTH, NOW, CommittedTestCase, World


class RatioTests(SimpleTestCase):
    def test_pair_by_pair_with_the_median_and_its_bound(self) -> None:
        slow, fast = Timing("slow", (2.0, 6.0, 4.0)), Timing("fast", (1.0, 1.0, 4.0))
        ratio = Ratio("fast against slow", fast, slow, least=2.0)
        self.assertEqual(ratio.pairs, (2.0, 6.0, 1.0))
        self.assertTrue(ratio.met)
        self.assertIn("median 2.000 (from 1.000 to 6.000), at least 2: met", str(ratio))
        self.assertFalse(Ratio("x", fast, slow, least=2.1).met)
        self.assertIn("NOT MET", str(Ratio("x", fast, slow, least=2.1)))

    def test_in_turns_after_one_to_warm_up(self) -> None:
        done: list[str] = []
        timings = in_turns(
            2, a=lambda: timed(lambda: done.append("a")), b=lambda: timed(lambda: done.append("b"))
        )
        self.assertEqual(done, ["a", "b"] * 3)
        self.assertEqual(len(timings["a"].seconds), 2)

    def test_a_limit_from_above(self) -> None:
        self.assertTrue(AtMost("x", "ms", (99.0, 1.0, 500.0), 100).met)
        self.assertFalse(AtMost("x", "", (1.0,), 0).met)
        told = str(AtMost("slow ones", "ms", (99.0, 1.0, 500.0), 100))
        self.assertEqual(told, "slow ones: median 99.0 ms (from 1.0 to 500.0), at most 100: met")
        self.assertIn("NOT MET", str(AtMost("x", "", (1.0,), 0)))


class WaitsTests(SimpleTestCase):
    def test_the_slowest_of_a_hundred_beyond_the_interval(self) -> None:
        few = Waits("x", (3.0, 1.0, 2.0), interval=2, most=1.5)
        told = "x: median 2.00 s, longest 3.00 s of 3; beyond the interval of 2 s 1.00 s, under 1.5"
        self.assertEqual(str(few), f"{told}: met")
        self.assertFalse(Waits("x", (3.0,), interval=2, most=1).met)
        self.assertIn("NOT MET", str(Waits("x", (3.0,), interval=2, most=1)))

    def test_one_of_a_hundred_may_be_slower_and_of_fewer_none(self) -> None:
        for number, late in ((1, 0), (50, 49), (99, 98), (100, 98), (101, 99), (320, 316)):
            with self.subTest(number):
                seconds = tuple(float(i) for i in reversed(range(number)))
                self.assertEqual(Waits("x", seconds, 2, 2).p99, late)
        self.assertIn("99th percentile 98.00 s of 100", str(Waits("x", seconds[-100:], 2, 2)))

    def test_seen_from_the_first_sight_after_the_last_older_one(self) -> None:
        for counts, expected in (
            ((), None),
            ((4, 4), None),
            ((4, 5, 5), 1),
            ((4, 5, 4, 6), 3),
            ((5, 5, 4), None),
            ((7, 7), 0),
        ):
            with self.subTest(counts):
                sights = [Sight(float(at), counted) for at, counted in enumerate(counts)]
                self.assertEqual(seen_from(sights, 5), expected)


class VisibleTests(SimpleTestCase):
    def test_from_each_acceptance_to_its_own_sight(self) -> None:
        sights = [Sight(1.0, 10), Sight(2.0, 11), Sight(5.0, 13)]
        accepted = [Sight(1.5, 11), Sight(1.75, 12), Sight(4.0, 13)]
        self.assertEqual(visible.waits(sights, accepted), (0.5, 3.25, 1.0))
        with self.assertRaisesMessage(CommandError, "never seen"):
            visible.waits(sights, [Sight(4.5, 14)])

    def test_a_newer_page_counts_when_latest_json_names_it(self) -> None:
        """Two workers, of which one is behind: every answer is looked at."""
        answers = iter([(1, (1, 10)), (1, (2, 11)), (2, (1, 10)), (2, (2, 11)), (3, (2, 11))])
        over = threading.Event()
        viewer = visible.Viewer(1, "x")
        shown = [(0, 0)]

        def newest(_viewer: visible.Viewer) -> int:
            number, shown[0] = next(answers)
            if number == 3:
                over.set()
            return number

        with (
            mock.patch.object(visible.Viewer, "_newest", newest),
            mock.patch.object(visible.Viewer, "_shown", lambda _viewer: shown[0]),
            mock.patch.object(visible, "LOOK_EVERY", 0),
        ):
            viewer.poll(over)
        self.assertEqual([sight.counted for sight in viewer.sights], [10, 10, 10, 11, 11])

    def test_a_browser_takes_what_is_newer_and_asks_again_for_what_is_not(self) -> None:
        answers = iter([(1, (1, 10)), (1, None), (2, (1, 10)), (2, (2, 11)), (2, None), (3, None)])
        over = threading.Event()
        viewer = visible.Viewer(1, "x")
        shown: list[tuple[int, int] | None] = [None]

        def newest(_viewer: visible.Viewer) -> int:
            number, shown[0] = next(answers)
            if number == 3:
                over.set()
                raise OSError
            return number

        with (
            mock.patch.object(visible.Viewer, "_newest", newest),
            mock.patch.object(visible.Viewer, "_shown", lambda _viewer: shown[0]),
            mock.patch.object(visible, "JITTER", (0, 0)),
        ):
            viewer.browse(over, Random(1))
        self.assertEqual([sight.counted for sight in viewer.sights], [10, 11])
        self.assertEqual(viewer.failed, 1)

    def test_a_process_that_ended_by_itself_is_told_and_one_that_lives_is_ended(self) -> None:
        command = (sys.executable, "-c", "import time; time.sleep(60)")
        with deployment.process(dict(os.environ), *command) as process:
            self.assertIsNone(process.poll())
        self.assertEqual(process.returncode, -signal.SIGTERM)
        with (
            self.assertRaisesMessage(CommandError, "ended unexpectedly"),
            deployment.process(dict(os.environ), sys.executable, "-c", "pass") as process,
        ):
            process.wait(20)


class CountryPageTests(CommittedTestCase):
    def test_the_publication_and_the_stations_are_read_off_the_page_as_it_is(self) -> None:
        world = World()
        for station in world.stations[:2]:
            world.accepted(station, NORTH)
        publish(election=world.election, by=None, at=NOW)
        page = self.client.get("/en/artsakh/").content.decode()
        self.assertEqual(visible.read_page(page), (1, 2))
        narrow = page.replace("<strong>2</strong>", "<strong>97,002</strong>")
        self.assertEqual(visible.read_page(narrow), (1, 97_002))
        with self.assertRaises(CommandError):
            visible.read_page(page.replace("data-publication", "data-x"))


class OptionTests(SimpleTestCase):
    def test_an_option_that_would_do_nothing_is_refused(self) -> None:
        here = Path(__file__).parent
        for what, option, value, told in (
            ("accept", "stations", 10, "--stations means nothing for benchmark accept"),
            ("accept", "folder", here, "--folder means nothing for benchmark accept"),
            ("visible", "folder", here, "--folder means nothing for benchmark visible"),
            ("visible", "repeat", 3, "--repeat means nothing for benchmark visible"),
            ("load", "repeat", 0, "are 1 or more"),
            ("load", "stations", 0, "are 1 or more"),
            ("visible", "candidates", -1, "are 1 or more"),
            ("load", "folder", here, "has no protocols.csv"),
        ):
            with self.subTest(what, option=option), self.assertRaisesMessage(CommandError, told):
                call_command("benchmark", what, **{option: value})
        with self.assertRaisesMessage(CommandError, "has its own stations"):
            call_command("benchmark", "load", folder=here, stations=10)


class PagesTests(SimpleTestCase):
    TOLD = """Running 4s test @ http://127.0.0.1:1/en/
  2 threads and 64 connections
  Latency Distribution
     50%    9.06ms
     99%   {slow}
  20310 requests in 4.00s, 78.61MB read
{errors}Requests/sec:   5077.02
Transfer/sec:     19.65MB
"""

    def test_what_wrk_tells(self) -> None:
        for late, errors, p99, count in (
            ("25.04ms", "", 25.04, 0),
            ("250.00us", "", 0.25, 0),
            (" 1.20s ", "", 1200, 0),
            ("25.04ms", "  Socket errors: connect 1, read 20, write 0, timeout 3\n", 25.04, 24),
            ("25.04ms", "  Non-2xx or 3xx responses: 7\n", 25.04, 7),
        ):
            with self.subTest(late, errors=errors):
                told = self.TOLD.format(slow=late.lstrip(), errors=errors)
                self.assertEqual(pages.read(told), pages.Run(5077.02, p99, count))

    def test_no_answers_are_no_measurement(self) -> None:
        silent = self.TOLD.format(slow="0.00us", errors="").replace("5077.02", "0.00")
        for told in ("", "unable to connect to 127.0.0.1:1 Connection refused\n", silent):
            with self.subTest(told), self.assertRaises(CommandError):
                pages.read(told)

    def test_the_bounds_bite(self) -> None:
        good = pages.Run(per_second=1000, p99=20, errors=0)
        names = ("static", "mirror", "cold", "gunicorn")

        def unmet(**other: pages.Run) -> list[str]:
            runs = {name: [other.get(name, good)] * 3 for name in names}
            verdicts = pages._verdicts(runs)
            return [verdict.name for verdict in verdicts if not verdict.met]

        self.assertEqual(unmet(), [])
        self.assertEqual(unmet(mirror=pages.Run(890, 20, 0)), ["the mirror of nginx from the disk"])
        self.assertEqual(unmet(gunicorn=pages.Run(1300, 20, 0)), ["cold pages of gunicorn alone"])
        self.assertEqual(unmet(mirror=pages.Run(1000, 101, 0)), ["the mirror, 99th percentile"])
        for name in names:
            self.assertEqual(
                unmet(**{name: pages.Run(1000, 20, 1)}), ["failed requests in any run"]
            )

    def test_without_nginx_or_wrk_it_says_what_to_install(self) -> None:
        for name in ("WRK", "NGINX"):
            with (
                mock.patch.object(pages, name, None),
                self.assertRaisesMessage(CommandError, "apt-get install nginx-light wrk"),
            ):
                pages.measure_pages("/en/", [], 1, Path())


class LoadTests(TestCase):
    def test_a_small_nation_through_every_baseline(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "nation"
            make_nation(folder, stations=130, candidates=3)
            load_election(folder, by=None, at=NOW)
            contest = Contest.objects.select_related("election").get()
            path = folder / "protocols.csv"
            ratios = measure_load(contest, path, repeat=1)
            self.assertEqual(len(ratios), 2)
            self.assertEqual(Protocol.objects.count(), 0)
            self.assertEqual(copy(path.read_bytes()), 130)
            self.assertEqual(bulk_create(contest, path.read_bytes()), 130)
            self.assertEqual(Protocol.objects.accepted().count(), 130)

    def test_the_same_seed_makes_the_same_nation(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            made = []
            for name in ("a", "b"):
                folder = Path(scratch) / name
                make_nation(folder, stations=50, candidates=2)
                made.append((folder / "protocols.csv").read_bytes())
            self.assertEqual(*made)


class AcceptTests(CommittedTestCase):
    @slow
    def test_few_and_many_writers_accept_what_two_typed(self) -> None:
        small = {"ROUND": 16, "WARM_UP": 1}
        with mock.patch.multiple(accept, **small):
            needed = accept.stations_needed(1)
            with tempfile.TemporaryDirectory() as scratch:
                make_nation(folder := Path(scratch) / "nation", stations=needed, candidates=2)
                load_election(folder, by=None, at=NOW)
            contest = Contest.objects.select_related("election").get()
            ratios, made = accept.measure_accept(contest, repeat=1)
        self.assertEqual(len(ratios), 3)
        self.assertGreaterEqual(Publication.objects.count(), 2 + made)
        self.assertEqual(Protocol.objects.accepted().count(), needed)
        hashed = Event.objects.filter(act="accepted").exclude(hash=bytes(32))
        self.assertEqual(hashed.count(), (16 * 3 + 4 + 16 * 2) * 2)
        with self.assertRaises(IntegrityError):
            # The check of the chain is back.
            Event.objects.create(
                subject="x", number=7, act="x", by_name="x", at=NOW, previous=bytes(32),
                hash=bytes(32),
            )  # fmt: skip
