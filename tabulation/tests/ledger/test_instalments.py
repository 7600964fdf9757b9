"""However it is published, and whenever the publisher is killed, the ledger is what it must be."""

import base64
import csv
import hashlib
import json
import os
import select
import signal
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from django.db import connection, transaction
from django.test import TestCase

from candidates.models import Contest
from tabulation.arithmetic.commitments.merkle import merkle_root
from tabulation.counting import correction
from tabulation.importing.election import load_election
from tabulation.importing.protocols import load_protocols
from tabulation.ledger.proving import every_record, log
from tabulation.ledger.reading import published_contests
from tabulation.ledger.refusals import NothingToPublish
from tabulation.ledger.writing import Terms, publish, release
from tabulation.management.benchmarks.measuring import make_nation
from tabulation.models import Protocol, Publication, PublicationQueue, PublishedFigures
from tabulation.tests.support.publishing import write
from tabulation.tests.support.real_elections import rows
from tabulation.tests.support.roots import root_of
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import GEORGIA, NOW, CommittedTestCase

INSTALMENTS = 37
KILLS = 200
#: After so many of them it is measured anew how long a publication takes.
MEASURED_EVERY = 10


def root_in(publication: Publication) -> str:
    (contest,) = json.loads(publication.manifest)["contests"]
    return str(contest["root"])


def recomputed(publication: Publication) -> str:
    """The root as the pure arithmetic has it, from every record of the publication."""
    ((contest, form),) = published_contests(publication)
    return root_of(every_record(publication, contest, form), len(form.lines))


@slow
class InstalmentTests(TestCase):
    def test_georgia_in_37_instalments_ends_with_the_root_of_publishing_it_once(self) -> None:
        election = load_election(GEORGIA, by=None, at=NOW)
        contest = Contest.objects.select_related("election", "constituency__area").get()
        with transaction.atomic():
            load_protocols(contest, GEORGIA / "protocols.csv", by=None, at=NOW)
            once = root_in(write(election=election, by=None, at=NOW))
            transaction.set_rollback(True)
        protocols = rows("protocols.csv")
        Random(37).shuffle(protocols)
        seen = set()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "protocols.csv"
            for part in range(INSTALMENTS):
                with path.open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, list(protocols[0]), lineterminator="\n")
                    writer.writeheader()
                    writer.writerows(protocols[part::INSTALMENTS])
                load_protocols(contest, path, by=None, at=NOW)
                published = write(election=election, by=None, at=NOW)
                seen.add(root_in(published))
        self.assertEqual((published.number, len(seen)), (INSTALMENTS, INSTALMENTS))
        self.assertEqual(root_in(published), once)
        self.assertEqual(recomputed(published), once)


@slow
class KilledPublisherTests(CommittedTestCase):
    """The publisher is a process of its own here, and dies at any moment without a word."""

    def setUp(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            make_nation(Path(folder), stations=800, candidates=3)
            self.election = load_election(Path(folder), by=None, at=NOW)
            self.contest = Contest.objects.select_related("election").get()
            load_protocols(self.contest, Path(folder) / "protocols.csv", by=None, at=NOW)

    def test_a_publication_is_whole_or_not_there(self) -> None:
        random = Random(9)
        publish(election=self.election, by=None, at=NOW)
        changed = iter(Protocol.objects.order_by("station__code")[: 2 * KILLS])
        killed = whole = 0
        for turn in range(KILLS):
            if turn % MEASURED_EVERY == 0:
                usual = self.usual_time(next(changed))
            before = Publication.objects.count()
            self.change(next(changed))
            died = self.publish_and_kill(random.uniform(0, 1.2 * usual))
            after = self.settled()
            self.assertIn(after, (before, before + 1))
            killed += died
            whole += after > before
            self.assert_whole()
        # Of both kinds there were many: the moments were neither all too early nor all too late.
        self.assertGreater(killed, KILLS // 2)
        self.assertGreater(whole, KILLS // 20)
        self.assertLess(whole, KILLS)
        if PublicationQueue.objects.exists():
            publish(election=self.election, by=None, at=NOW)
        with self.assertRaises(NothingToPublish):
            publish(election=self.election, by=None, at=NOW, terms=Terms(whole=True))
        annulled = Protocol.objects.filter(status="annulled").count()
        head = PublishedFigures.objects.get(parent=None, superseded_in=None)
        self.assertEqual((head.annulled, head.counted), (annulled, 800 - annulled))

    def change(self, protocol: Protocol) -> None:
        correction.annul(protocol=protocol, reason="a test", decision="1", by=None, at=NOW)

    def usual_time(self, protocol: Protocol) -> float:
        """Seconds that a publication takes now; others use the machine, so it is asked again."""
        self.change(protocol)
        start = time.perf_counter()
        self.publish_and_kill(None)
        return time.perf_counter() - start

    def publish_and_kill(self, after: float | None) -> bool:
        """Whether the publisher was killed, so many seconds after its start, before it was done."""
        connection.close()
        ready, tell = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                connection.ensure_connection()
                os.write(tell, b"x")
                publish(election=self.election, by=None, at=NOW)
            finally:
                os._exit(0)
        os.read(ready, 1)
        if after is not None:
            ended = os.pidfd_open(child)
            select.select([ended], [], [], after)
            os.close(ended)
            os.kill(child, signal.SIGKILL)
        _pid, status = os.waitpid(child, 0)
        os.close(ready)
        os.close(tell)
        return os.WIFSIGNALED(status)

    def settled(self) -> int:
        """How many publications there are, once the server has noticed that the publisher died."""
        others: Any = True
        while others:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
                (others,) = cursor.fetchone()
        # As the next publisher does first.
        release(self.election)
        return Publication.objects.count()

    def assert_whole(self) -> None:
        last = self.election.publications.order_by("number").last()
        self.assertEqual(last.number, self.election.publications.count())
        newest = PublishedFigures.objects.order_by("published_in").last()
        self.assertLessEqual(newest.published_in, last.number)
        self.assertEqual(recomputed(last), root_in(last))
        leaves = [manifest.encode() for manifest in log(self.election)]
        self.assertEqual(hashlib.sha256(b"\0" + leaves[-1]).digest(), bytes(last.leaf))
        self.assertIn(base64.b64encode(merkle_root(leaves)).decode(), last.checkpoint)
