"""What Django really serves, verified by both verifiers; and lies told in the database."""

import csv
import io
import tempfile
from pathlib import Path

from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from django.db import transaction
from django.test import TestCase

from tabulation.tests.support.provable_world import PREFIX, Provable, export, proofs_in
from tabulation.tests.support.tags import slow
from tabulation.tests.support.verifiers import findings, run, run_apart, run_shell
from tabulation.tests.support.world import CommittedTestCase


class ServedTests(TestCase):
    def setUp(self) -> None:
        self.world = Provable()
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.pages, self.bundles = folder / "pages", folder / "bundles"

    def assertVerified(self, mirror: Path, *words: object) -> str:
        status, output = run(mirror, *self.world.words, *words)
        self.assertEqual((status, findings(output)), (0, []), output)
        return output

    @slow
    def test_every_publication_as_it_was_when_it_was_the_latest(self) -> None:
        for number, step in enumerate([*self.world.steps, None], 1):
            with self.subTest(number):
                one = export(self.pages, whole=False)
                many = export(self.bundles, few=1, whole=False)
                keys = "".join(f"{key}\n" for key in self.world.keys)
                for mirror in (one, many):
                    proofs = proofs_in(mirror)
                    output = self.assertVerified(mirror, "--proof", *proofs, "--all")
                    self.assertEqual(output.count(": verified"), number)
                    self.assertIn("4 stations and 3 areas recomputed, 4 rows of CSV", output)
                    counted = output.count("proof: station") + output.count("bundle: all")
                    self.assertEqual(counted, len(proofs))
                    status, output = run_shell(mirror, keys=keys)
                    self.assertEqual((status, findings(output)), (0, []), output)
                self.assertEqual((len(proofs_in(one)), len(proofs_in(many))), (4, 2))
            if step:
                step()
        for number in (1, 2, 3):
            with self.subTest(number):
                self.assertVerified(one, "--publication", number, "--compare", many)
                self.assertEqual(run_shell(one, number, keys=keys)[0], 0)

    @slow
    def test_apart_as_everybody_runs_it(self) -> None:
        for step in self.world.steps:
            step()
        mirror = export(self.pages, whole=False)
        status, output = run_apart(mirror, *self.world.words, "--proof", *proofs_in(mirror))
        self.assertEqual(status, 0, output)
        self.assertIn("7 signatures checked", output)

    @slow
    def test_names_that_no_format_likes_are_read_back(self) -> None:
        self.world.count()
        self.world.correct()
        mirror = export(self.pages, whole=False)
        folder = mirror / "data" / "artsakh"
        for name in ("3/president.csv", "president.difference-2-3.csv"):
            body = (folder / name).read_bytes().decode()
            rows = list(csv.DictReader(io.StringIO(body, newline="")))
            corrected = next(row for row in rows if row["code"] == "1/01")
            self.assertEqual(corrected["name"], f"'{PREFIX}Station 1/01")
            self.assertEqual(corrected["reason"], "re\rcount\nof \\ all\t")
            self.assertEqual(corrected["decision"], "'=12-Ա")
            self.assertNotIn("\r\n", body)
            self.assertEqual(body[-1], "\n")


class ServerTests(StaticLiveServerTestCase, CommittedTestCase):
    @slow
    def test_the_same_from_the_server(self) -> None:
        with transaction.atomic():
            world = Provable()
            for step in world.steps:
                step()
        mirror = export(Path(self.enterContext(tempfile.TemporaryDirectory())), whole=False)
        base = self.live_server_url
        contest = f"{base}/data/artsakh/president"
        proofs = [
            f"{contest}/proof/1/01.json", f"{contest}/proof/2/02.json", f"{contest}/bundle/S.json",
            f"{contest}/bundle/AM.json", f"{base}/data/artsakh/2/president/proof/1/01.json",
        ]  # fmt: skip
        for address, other in ((base, mirror), (mirror, base)):
            proved = proofs if address == base else proofs[:4]
            status, output = run(address, *world.words, "--compare", other, "--proof", *proved)
            self.assertEqual((status, findings(output)), (0, []), output)
            self.assertIn("the same log up to publication 4", output)
        status, output = run(base, *world.words, "--all")
        self.assertEqual(status, 0, output)
        self.assertEqual(output.count(": verified"), 4)
