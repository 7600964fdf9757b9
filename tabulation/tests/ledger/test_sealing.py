"""Seals: each event in one, in order, signed; sealer and publisher never in each other's way."""

import tempfile
import threading
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from unittest import mock

from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings

from tabulation.arithmetic.commitments.events import seal_hash
from tabulation.arithmetic.commitments.merkle import merkle_root
from tabulation.ledger import sealing, signing
from tabulation.ledger.refusals import PublicationRefused
from tabulation.ledger.writing import Terms, publish
from tabulation.models import Event, Publication, Seal, SealQueue, record
from tabulation.tests.support.world import (
    NORTH,
    NOW,
    SOUTH,
    CommittedTestCase,
    RefusalTestCase,
    World,
)


def written(*subjects: str) -> list[int]:
    with transaction.atomic():
        return [record(act="x", subject=s, by=None, at=NOW).pk for s in subjects]


class SealTests(CommittedTestCase):
    def test_what_waits_is_sealed_once(self) -> None:
        first, second = written("a", "b", "a"), []
        one = sealing.seal(at=NOW)
        self.assertEqual((one.number, one.count, one.event_ids), (1, 3, first))
        self.assertIsNone(sealing.seal(at=NOW))
        second = written("a")
        two = sealing.seal(at=NOW)
        self.assertEqual((two.number, two.event_ids), (2, second))
        self.assertEqual((one.previous, two.previous), (b"", one.hash))
        self.assertFalse(SealQueue.objects.exists())

    def test_the_seal_is_of_the_events_and_signed(self) -> None:
        written("a", "b")
        sealing.seal(at=NOW)
        seal = Seal.objects.get()
        hashes = [bytes(e.hash) for e in Event.objects.order_by("id")]
        self.assertEqual(bytes(seal.root), merkle_root(hashes))
        self.assertEqual(bytes(seal.hash), seal_hash(seal.message()))
        signer = signing.signer()
        self.assertEqual(seal.key_id, signer.key_id)
        self.assertTrue(signing.is_signed(seal.message(), bytes(seal.signature), signer.public))

    def test_a_long_backlog_is_several_seals(self) -> None:
        pks = written(*"abcde")
        with mock.patch.object(sealing, "MOST", 2):
            last = sealing.seal(at=NOW)
        self.assertEqual(last.number, 3)
        lists = Seal.objects.values_list("event_ids", flat=True)
        self.assertEqual([pk for ids in lists for pk in ids], pks)

    def test_a_publication_seals_with_its_own_event(self) -> None:
        world = World()
        world.accepted(world.stations[0], NORTH)
        publish(election=world.election, by=world.mariam, at=NOW)
        self.assertIn(Event.objects.get(act="published").pk, Seal.objects.get().event_ids)
        self.assertEqual(Seal.objects.get().count, Event.objects.count())

    def test_a_fixed_number_of_statements(self) -> None:
        for events in ("ab", "abcdefghij"):
            written(*events)
            with self.assertNumQueries(6):  # BEGIN, lock, take, last, insert, COMMIT
                sealing.seal(at=NOW)

    def test_an_id_without_its_event_goes_on_waiting(self) -> None:
        pks = written("a", "b")
        SealQueue.objects.create(event_id=pks[-1] + 100)
        self.assertEqual(sealing.seal(at=NOW).event_ids, pks)
        self.assertEqual(SealQueue.objects.count(), 1)


class WithoutKeyTests(CommittedTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        settings = override_settings(EMBEDDED=False, SIGNING_KEY=Path(folder.name) / "none.pem")
        settings.enable()
        self.addCleanup(settings.disable)
        self.world = World()
        self.world.accepted(self.world.stations[0], NORTH)

    def test_nothing_is_published(self) -> None:
        with self.assertRaisesMessage(PublicationRefused, "make_signing_key"):
            publish(election=self.world.election, by=self.world.mariam, at=NOW)
        self.assertFalse(Publication.objects.exists() or Seal.objects.exists())

    def test_nothing_is_sealed_and_nothing_lost(self) -> None:
        waiting = SealQueue.objects.count()
        with self.assertRaisesMessage(CommandError, "make_signing_key"):
            call_command("seal_events")
        self.assertEqual(SealQueue.objects.count(), waiting)


class RefusedSealTests(RefusalTestCase):
    def insert(self, number: int, previous: bytes, ids: tuple[int, ...] = (1,)) -> None:
        Seal.objects.create(
            number=number, at=NOW, event_ids=list(ids), count=1, root=bytes(32), previous=previous,
            hash=bytes(32), signature=bytes(64), key_id="0" * 16,
        )  # fmt: skip

    def test_what_does_not_follow_the_last(self) -> None:
        for number, previous in ((2, bytes(32)), (1, bytes(32)), (0, b"")):
            with self.subTest(number), self.refused("seals_in_a_row"):
                self.insert(number, previous)
        self.insert(1, b"")
        with self.refused("seals_in_a_row"):
            self.insert(3, bytes(32))

    def test_a_seal_counts_its_events(self) -> None:
        for ids in ((), (1, 2)):
            with self.subTest(ids), self.refused("seal_counts_its_events"):
                self.insert(1, b"", ids)


class InterleavingTests(CommittedTestCase):
    """Real transactions, in threads with connections of their own."""

    def in_thread(self, work: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def test_an_event_that_commits_late_is_in_the_next_seal(self) -> None:
        wrote, may_commit = threading.Event(), threading.Event()

        def write_slowly() -> None:
            with transaction.atomic():
                written("slow")
                wrote.set()
                may_commit.wait(10)

        thread = self.in_thread(write_slowly)
        self.assertTrue(wrote.wait(10))
        later = written("quick")  # with a higher id
        self.assertEqual(sealing.seal(at=NOW).event_ids, later)
        may_commit.set()
        thread.join(10)
        late = sealing.seal(at=NOW)
        self.assertLess(late.event_ids[0], later[0])

    def test_sealers_and_publishers_of_two_elections_together(self) -> None:
        worlds = [World(), World("other")]
        failed: list[Exception] = []

        def attempt(work: Callable[[], object]) -> None:
            try:
                for _time in range(4):
                    work()
            except Exception as error:
                failed.append(error)

        def publish_next(world: World) -> None:
            publish(election=world.election, by=None, at=NOW, terms=Terms(whole=True))

        def count(world: World) -> None:
            station = world.stations[1]
            if world.contest.protocols.filter(station=station).exists():
                world.corrected(station, SOUTH)
            else:
                world.accepted(station, SOUTH)
            publish_next(world)

        work: list[Callable[[], object]] = [lambda w=world: count(w) for world in worlds]
        work += [lambda: sealing.seal(at=NOW)] * 3
        for thread in [self.in_thread(lambda w=one: attempt(w)) for one in work]:
            thread.join(60)
        self.assertEqual(failed, [])
        sealing.seal(at=NOW)
        sealed = [pk for ids in Seal.objects.values_list("event_ids", flat=True) for pk in ids]
        self.assertEqual(sorted(sealed), list(Event.objects.values_list("pk", flat=True)))
        self.assertEqual(Publication.objects.count(), 8)


class CommandTests(CommittedTestCase):
    def test_once(self) -> None:
        out = StringIO()
        call_command("seal_events", stdout=out)
        self.assertEqual(out.getvalue(), "Nothing to seal.\n")
        written("a", "b")
        call_command("seal_events", stdout=out)
        self.assertIn("Seal 1 of 2 events: ", out.getvalue())
