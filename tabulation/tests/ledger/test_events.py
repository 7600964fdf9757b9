"""Events: one chain for each subject, whoever writes at once."""

import threading
from itertools import pairwise
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test import TestCase, override_settings
from django.urls import reverse

from tabulation.arithmetic.commitments.canonical import NotCanonical
from tabulation.models import Event, SealQueue, User, acting_from, record
from tabulation.tests.support.world import NOW, CommittedTestCase, RefusalTestCase, World


def written(subject: str = "s", **fields: Any) -> Event:
    return record(**{"act": "x", "subject": subject, "by": None, "at": NOW, **fields})


class ChainTests(TestCase):
    def test_each_subject_has_its_own(self) -> None:
        one, other, two = written("a"), written("b"), written("a")
        self.assertEqual([e.number for e in (one, other, two)], [1, 1, 2])
        self.assertEqual((one.previous, two.previous), (b"", one.hash))

    def test_the_hash_is_of_what_the_database_keeps(self) -> None:
        world = World()
        event = written(
            "protocol Ա/1", by=world.sona, election=world.election, before={"b": [1, None], "a": 0},
            after={"done": True, "word": "é", "big": 10**30},
        )  # fmt: skip
        kept = Event.objects.get(pk=event.pk)
        self.assertEqual(kept.digest(), bytes(kept.hash))
        self.assertEqual(kept.digest(), event.hash)

    def test_two_statements_an_event(self) -> None:
        world = World()
        for _time in range(2):
            with self.assertNumQueries(2):
                written(by=world.sona, election=world.election)

    def test_who_did_it(self) -> None:
        world = World()
        self.assertEqual(written().by_name, "command line")
        self.assertEqual(written(by_name="automatic acceptance").by_name, "automatic acceptance")
        self.assertEqual(written(by=world.sona, by_name="other").by_name, "sona")

    def test_a_float_is_refused_and_nothing_written(self) -> None:
        with self.assertRaisesMessage(NotCanonical, "is a float (0.5)"):
            written(after={"turnout": 0.5})
        self.assertFalse(Event.objects.exists())

    def test_a_long_subject(self) -> None:
        self.assertEqual(len(written("x" * 250).subject), 250)

    def test_each_waits_for_a_seal(self) -> None:
        pks = {written("a").pk, written("b").pk}
        self.assertEqual(set(SealQueue.objects.values_list("pk", flat=True)), pks)


class RefusedEventTests(RefusalTestCase):
    """The database refuses what does not follow, whoever sends it."""

    def insert(self, number: int, previous: bytes, digest: bytes = bytes(32)) -> None:
        Event.objects.create(
            subject="s", number=number, previous=previous, hash=digest, act="x", by_name="x", at=NOW
        )

    def test_what_does_not_follow_the_last(self) -> None:
        with self.refused("events_in_a_row"):
            self.insert(2, bytes(32))
        last = bytes(written().hash)
        for number, previous in ((1, b""), (3, last), (2, bytes(32)), (2, b"")):
            with self.subTest(number=number), self.refused("events_in_a_row"):
                self.insert(number, previous)
        self.insert(2, last)

    def test_a_hash_has_32_bytes(self) -> None:
        with self.refused("event_hash_is_32"):
            self.insert(1, b"", bytes(31))


class OutsideTests(CommittedTestCase):
    def test_outside_of_a_transaction_nothing_is_written(self) -> None:
        with self.assertRaises(TransactionManagementError):
            written()

    def test_writers_of_one_subject_wait_for_each_other(self) -> None:
        together, failed = threading.Barrier(4), []

        def write() -> None:
            try:
                together.wait(10)
                for _time in range(15):
                    with transaction.atomic():
                        written()
            except Exception as error:
                failed.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual(failed, [])
        events = list(Event.objects.order_by("number"))
        self.assertEqual([event.number for event in events], list(range(1, 61)))
        for before, event in pairwise(events):
            self.assertEqual(bytes(event.previous), bytes(before.hash))
        self.assertEqual(sorted(e.pk for e in events), [e.pk for e in events])

    def test_who_writes_another_subject_does_not_wait(self) -> None:
        with transaction.atomic():
            written("a")
            done: list[Event] = []

            def write() -> None:
                with transaction.atomic():
                    done.append(written("b"))
                connection.close()

            thread = threading.Thread(target=write)
            thread.start()
            thread.join(10)
            self.assertEqual(len(done), 1)

    def test_what_was_rolled_back_leaves_no_gap(self) -> None:
        with transaction.atomic():
            written()
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            written()
            raise ZeroDivisionError
        with transaction.atomic():
            self.assertEqual(written().number, 2)

    def test_the_owner_cannot_write_out_of_turn_either(self) -> None:
        with connection.as_owner(), self.assertRaises(IntegrityError):
            Event.objects.create(
                subject="s", number=2, previous=bytes(32), hash=bytes(32), act="x", by_name="x",
                at=NOW,
            )  # fmt: skip


class AddressTests(TestCase):
    def setUp(self) -> None:
        self.world = World()
        self.url = reverse("entry-start", args=["artsakh", "president", "1/01"])

    def addresses(self, **headers: str) -> set[str]:
        self.client.force_login(User.objects.get(username="alice"))
        self.world.received(self.world.stations[0])
        self.client.post(self.url, **headers)
        return set(Event.objects.filter(by_name="alice").values_list("address", flat=True))

    def test_an_act_carries_where_it_came_from(self) -> None:
        self.assertEqual(self.addresses(REMOTE_ADDR="192.0.2.7"), {"192.0.2.7"})
        self.assertEqual(acting_from.get(), "")
        self.assertEqual(written().address, "")

    def test_without_proxies_nobody_is_believed_who_says_otherwise(self) -> None:
        found = self.addresses(REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR="203.0.113.1")
        self.assertEqual(found, {"192.0.2.7"})

    @override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1)
    def test_behind_a_proxy_it_is_the_one_the_proxy_saw(self) -> None:
        seen = "198.51.100.9, 2001:db8::5"
        self.assertEqual(self.addresses(HTTP_X_FORWARDED_FOR=seen), {"2001:db8::5"})

    def test_public_pages_do_not_look_at_who_asks(self) -> None:
        self.assertEqual(self.client.get("/en/")["Vary"], "Accept-Encoding")
