"""Mirrors of the elections that ship, with their languages, notices and formulas, are all right."""

import tempfile
from pathlib import Path

from django.test import TestCase

from candidates.models import Contest
from tabulation.importing.election import load_election
from tabulation.importing.protocols import load_protocols
from tabulation.ledger.proving import public_keys
from tabulation.tests.support import nkr_world
from tabulation.tests.support.provable_world import export
from tabulation.tests.support.publishing import write
from tabulation.tests.support.tags import slow
from tabulation.tests.support.verifiers import findings, run
from tabulation.tests.support.world import GEORGIA, NOW


class RealCase(TestCase):
    def assertFine(self, contest: Contest) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        mirror = export(folder, whole=False, papers=False)
        keys = [word for key in public_keys(contest.election) for word in ("--key", key)]
        status, output = run(mirror, *keys)
        self.assertEqual((status, findings(output)), (0, []), output)
        self.assertNotIn("NOT", output)
        self.assertIn("files of its signed list are right", output)


@slow
class NkrTests(RealCase):
    def test_half_counted(self) -> None:
        self.assertFine(nkr_world.half_counted(write, listed=False))


@slow
class GeorgiaTests(RealCase):
    def test_counted(self) -> None:
        election = load_election(GEORGIA, by=None, at=NOW)
        contest = Contest.objects.select_related("election").get(election=election)
        write(election=election, by=None, at=NOW)
        load_protocols(contest, GEORGIA / "protocols.csv", by=None, at=NOW)
        write(election=election, by=None, at=NOW)
        self.assertFine(contest)
