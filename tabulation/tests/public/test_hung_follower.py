"""A follower that hangs: readers go on getting new figures, and the mirror is back afterwards."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import transaction

from tabulation.management.benchmarks.deployment import environment_of
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import NORTH, SOUTH, CommittedTestCase, World

PATIENCE = 2


@slow
class HungFollowerTests(CommittedTestCase):
    def setUp(self) -> None:
        scratch = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.environment = environment_of(scratch)
        self.public = scratch / "mirror" / "public"
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
            cwd=settings.BASE_DIR, env=self.environment, check=True,
        )  # fmt: skip
        self.world = World()
        self.world.accepted(self.world.stations[0], NORTH)
        self.publish()

    def publish(self) -> None:
        with transaction.atomic():
            self.world.publication()

    def started(self, *command: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR, env=self.environment, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not holds():
            self.assertLess(time.monotonic(), deadline, "it never came true")
            time.sleep(0.05)

    def number(self) -> str:
        return (self.public / "data/artsakh/latest.json").read_text()

    def test_the_mirror_is_taken_away_and_is_back_when_it_goes_on(self) -> None:
        follower = self.started("follow_ledger")
        self.wait_until(self.public.exists)
        self.started("watch_mirror", "--patience", str(PATIENCE))
        os.kill(follower.pid, signal.SIGSTOP)
        self.world.accepted(self.world.stations[1], SOUTH)
        self.publish()
        # What nginx does not find it asks Django for, which knows the second publication.
        self.wait_until(lambda: not self.public.exists())
        self.assertContains(self.client.get("/data/artsakh/latest.json"), '"publication": 2')
        os.kill(follower.pid, signal.SIGCONT)
        self.wait_until(self.public.exists)
        self.assertIn('"publication": 2', self.number())
