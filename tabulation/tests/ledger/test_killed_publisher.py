"""The publisher is killed at any moment; the next one finishes the same publication, once.

`HASHVARK_KILLS` says how often, such as 200.
"""

import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from django.db import connection
from django.test import override_settings
from django.utils import timezone

from tabulation.ledger import manifests
from tabulation.ledger.remembered import check_log
from tabulation.ledger.writing import release_all
from tabulation.models import Motion, Order, Publication
from tabulation.outcomes.certification import ordering
from tabulation.tests.support.roster_world import Real, founded
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import (
    NORTH,
    SOUTH,
    CommittedTestCase,
    add_apps,
    audit,
    enrolled,
)

CORRECTED = (100, 61, 2, 39, 20, None)
KILLS = int(os.environ.get("HASHVARK_KILLS", "8"))


def carry_out() -> None:
    """What a publisher does that begins: it finishes what is prepared, then what is asked."""
    release_all()
    ordering.carry_out_waiting(papers=lambda _publication: ())


class KilledTests(CommittedTestCase):
    def setUp(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(override_settings(PUBLISHER_STATE=folder))
        self.world = Real()
        members = [enrolled(name, "member") for name in ("narine", "nune")]
        add_apps(members)
        founded(self.world.election, "mariam", "narine", "nune")
        for station, figures in zip(self.world.stations, (NORTH, SOUTH, SOUTH), strict=True):
            self.world.accepted(station, figures)
        #: Every checkpoint that any reader could have seen, by its number.
        self.seen: dict[int, str] = {}

    def ask(self) -> Order:
        act = Motion.Act.PUBLISH
        order = Order(election=self.world.election, by=self.world.mariam, act=act)
        return ordering.ask(order, at=timezone.now())

    def killed(self, after: float) -> None:
        """Another process is the publisher for so many seconds."""
        child = os.fork()
        if child == 0:
            try:
                connection.connection = None  # the parent's session is not ours
                carry_out()
            finally:
                os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

    def look(self) -> None:
        for number, checkpoint in Publication.objects.values_list("number", "checkpoint"):
            self.assertEqual(self.seen.setdefault(number, checkpoint), checkpoint)

    @slow
    def test_one_publication_and_one_signature_a_number(self) -> None:
        chosen = random.Random(2012)  # moments, no secrets
        began = time.monotonic()
        self.ask()
        carry_out()
        whole = time.monotonic() - began
        left = 0
        for kill in range(KILLS):
            self.world.corrected(self.world.stations[0], (CORRECTED, NORTH)[kill % 2])
            order = self.ask()
            before = Publication.objects.count()
            self.killed(chosen.uniform(0, whole * 1.2))
            self.look()
            left += Publication.prepared.count()
            carry_out()
            self.look()
            order.refresh_from_db()
            self.assertEqual((order.state, order.number), ("done", before + 1), order.answer)
            self.assertEqual(Publication.objects.count(), before + 1)
            self.assertFalse(Publication.prepared.exists())
            check_log(self.world.election, manifests.leaves_of(self.world.election))
        self.assertEqual(list(audit().findings()), [])
        sys.stdout.write(f"{KILLS} kills, {left} of them between preparing and releasing.\n")
