"""The benchmark: its nation loads, its baselines do the work, its bounds bite."""

import tempfile
from pathlib import Path
from unittest import mock

from django.db import IntegrityError
from django.test import SimpleTestCase, TestCase

from candidates.models import Contest
from tabulation.benchmarking import Ratio, Timing, in_turns, make_nation
from tabulation.importing import load_election
from tabulation.management.commands import _benchmark_accept
from tabulation.management.commands.benchmark import bulk_create, copy, measure_load
from tabulation.models import Event, Protocol
from tabulation.tests.world import NOW, CommittedTestCase


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
        timings = in_turns(2, a=lambda: done.append("a"), b=lambda: done.append("b"))
        self.assertEqual(done, ["a", "b"] * 3)
        self.assertEqual(len(timings["a"].seconds), 2)


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
    def test_few_and_many_writers_accept_what_two_typed(self) -> None:
        small = {"ROUND": 16, "WARM_UP": 1}
        with mock.patch.multiple(_benchmark_accept, **small):
            needed = _benchmark_accept.stations_needed(1)
            with tempfile.TemporaryDirectory() as scratch:
                make_nation(folder := Path(scratch) / "nation", stations=needed, candidates=2)
                load_election(folder, by=None, at=NOW)
            contest = Contest.objects.select_related("election").get()
            ratios = _benchmark_accept.measure_accept(contest, repeat=1)
        self.assertEqual(len(ratios), 2)
        self.assertEqual(Protocol.objects.accepted().count(), needed)
        hashed = Event.objects.filter(act="accepted").exclude(hash=bytes(32))
        self.assertEqual(hashed.count(), (16 * 2 + 4 + 16) * 2)
        with self.assertRaises(IntegrityError):
            # The check of the chain is back.
            Event.objects.create(
                subject="x", number=7, act="x", by_name="x", at=NOW, previous=bytes(32),
                hash=bytes(32),
            )  # fmt: skip
