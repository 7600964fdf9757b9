"""Throttling: rows of times, of which the worst can make somebody wait."""

import threading
import time
from datetime import timedelta

from django.core.cache import cache
from django.db import DataError, IntegrityError, connection
from django.db.transaction import atomic
from django.test import TestCase
from django.utils import timezone

from tabulation.models import Throttle
from tabulation.tests.support.threads import together
from tabulation.tests.support.world import CommittedTestCase


class ThrottleTests(TestCase):
    def test_times_come_back_exactly(self) -> None:
        times = [time.time(), time.time() - 0.1, 1.0]
        cache.set("a", times, 60)
        self.assertEqual(cache.get("a"), times)
        cache.set("a", [], 60)
        self.assertEqual(cache.get("a", "nothing"), [])
        self.assertTrue(cache.delete("a"))
        self.assertFalse(cache.delete("a"))
        self.assertEqual(cache.get("a", "nothing"), "nothing")

    def test_a_mark_is_made_once_until_it_is_forgotten(self) -> None:
        self.assertTrue(cache.add("mark", True, 60))
        self.assertFalse(cache.add("mark", True, 60))
        self.assertEqual(cache.get("mark"), [])
        Throttle.objects.update(until=timezone.now() - timedelta(seconds=1))
        self.assertIsNone(cache.get("mark"))
        self.assertTrue(cache.add("mark", "y", 60))
        self.assertEqual(Throttle.objects.count(), 1)

    def test_nothing_but_times_and_marks(self) -> None:
        for value in ("x", 1, 0, None, {}, [1], ["1"], [[1.0]], (1.0,), object()):
            with self.subTest(repr(value)), self.assertRaises(TypeError):
                cache.set("a", value, 60)
        with self.assertRaisesMessage(ValueError, "Give a timeout"):
            cache.set("a", [1.0], None)
        self.assertFalse(Throttle.objects.exists())

    def test_a_row_tells_nobody_what_is_limited(self) -> None:
        cache.add("allauth.mfa.totp.used?user=7&code=123456", "y", 60)
        with connection.cursor() as cursor:
            cursor.execute("SELECT t::text, encode(key, 'escape') FROM tabulation_throttle t")
            told = str(cursor.fetchall())
        self.assertNotIn("123456", told)
        key = bytes(Throttle.objects.get().key)
        with self.settings(SECRET_KEY="another"):
            self.assertTrue(cache.add("allauth.mfa.totp.used?user=7&code=123456", "y", 60))
        self.assertEqual(Throttle.objects.exclude(key=key).count(), 1)

    def test_what_is_forgotten_is_swept_by_who_comes(self) -> None:
        past = timezone.now() - timedelta(seconds=1)
        Throttle.objects.bulk_create(
            Throttle(key=i.to_bytes(32, "big"), times=[], until=past) for i in range(50)
        )
        left = []
        for i in range(4):
            cache.add(f"new-{i}", True, 60)
            left.append(Throttle.objects.filter(until=past).count())
        self.assertEqual(left, [30, 10, 0, 0])

    def test_what_the_database_refuses(self) -> None:
        cache.set("a", [1.0], 60)
        for column, value in (
            ("times", "ARRAY[1, NULL]"),
            ("times", "ARRAY['NaN']"),
            ("times", "ARRAY['Infinity']"),
            ("times", "ARRAY['-Infinity']"),
            ("times", "ARRAY[-1]"),
            ("times", "ARRAY[[1, 2], [3, 4]]"),
            ("times", "array_fill(1, ARRAY[1001])"),
            ("times", "NULL"),
            ("until", "'infinity'"),
            ("until", "'-infinity'"),
            ("until", "NULL"),
        ):
            cast = "::float8[]" if column == "times" else "::timestamptz"
            with (
                self.subTest(value),
                self.assertRaises((IntegrityError, DataError)),
                atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(f"UPDATE tabulation_throttle SET {column} = {value}{cast}")
        with self.assertRaises(IntegrityError), atomic():
            Throttle.objects.create(key=b"short", times=[], until=timezone.now())
        self.assertEqual(cache.get("a"), [1.0])

    def test_statements(self) -> None:
        for expected, work in (
            (2, lambda: cache.add("a", True, 60)),
            (1, lambda: cache.get("a")),
            (1, lambda: cache.set("a", [1.0], 60)),
            (1, lambda: cache.delete("a")),
        ):
            with self.assertNumQueries(expected):
                work()


class AtOnceTests(CommittedTestCase):
    def test_of_many_one_makes_the_mark(self) -> None:
        made: list[bool] = []
        past = timezone.now() - timedelta(seconds=1)
        Throttle.objects.bulk_create(
            Throttle(key=i.to_bytes(32, "big"), times=[], until=past) for i in range(100)
        )
        lock = threading.Lock()

        def add() -> None:
            one = cache.add("mark", True, 60)
            with lock:
                made.append(one)

        self.assertEqual(together(*[add] * 8), [])
        self.assertEqual(sorted(made), [False] * 7 + [True])
