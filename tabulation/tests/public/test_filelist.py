"""Every file that is declared as bound is in the signed list, with the hash of what is answered."""

import hashlib
from typing import Any
from unittest import mock

from django.test import TestCase

from tabulation.printing.typesetting import TypesettingFailed
from tabulation.public.mirror.binding import bind_files, hashes_of, renew_files
from tabulation.public.papers import binding
from tabulation.public.site import DOCUMENTS
from tabulation.tests.support.provable_world import Provable
from tabulation.tests.support.world import NOW


class BoundFilesTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = Provable()
        cls.world.count()
        cls.newest = cls.world.correct()

    def answered(self, path: str) -> bytes:
        answer: Any = self.client.get(f"/{path}")
        self.assertEqual(answer.status_code, 200, path)
        return answer.getvalue() if answer.streaming else answer.content

    def test_what_is_in_it(self) -> None:
        hashes = hashes_of(self.newest)
        kinds = ("csv", "long.csv", "json", "nist.json", "nist.xml", "eml.xml", "outcome.json")
        papers = (f"protocol.{language}.pdf" for language in ("en", "hy", "ru", "fil"))
        names = [
            *(f"3/president.{kind}" for kind in (*kinds, *papers)), "3/all.zip",
            "3/datapackage.json", "rehearsal.zip", "president.difference-2-3.csv",
        ]  # fmt: skip
        self.assertEqual(sorted(hashes), sorted(f"data/artsakh/{name}" for name in names))
        self.assertEqual(len([one for one in DOCUMENTS if one.bound]), 12)
        for path, digest in hashes.items():
            with self.subTest(path):
                self.assertEqual(hashlib.sha256(self.answered(path)).hexdigest(), digest)

    def test_the_same_bytes_each_time_and_later(self) -> None:
        hashes = hashes_of(self.newest)
        self.assertEqual(hashes_of(self.newest), hashes)
        self.world.certify()
        self.assertEqual(hashes_of(self.newest), hashes)

    def test_a_paper_that_cannot_be_printed_is_left_out_and_told(self) -> None:
        failed = TypesettingFailed("no such letter")
        with (
            mock.patch.object(binding, "protocol", side_effect=failed),
            self.assertLogs("tabulation.public.mirror.binding", "ERROR") as told,
        ):
            hashes = hashes_of(self.newest)
        self.assertIn("is not in the signed list: no such letter", told.output[0])
        self.assertNotIn("data/artsakh/3/president.protocol.en.pdf", hashes)
        self.assertIn("data/artsakh/3/all.zip", hashes)
        with (
            mock.patch.object(binding, "protocol", side_effect=ValueError("a fault of ours")),
            self.assertRaises(ValueError),
        ):
            hashes_of(self.newest)

    def test_after_an_update_the_newest_has_a_list_of_a_higher_issue(self) -> None:
        election = self.world.election
        self.assertEqual(bind_files(election, at=NOW), [3])
        self.assertIsNone(renew_files(election, at=NOW))
        self.assertEqual(self.newest.file_lists.count(), 1)
        with mock.patch.object(binding, "protocol", return_value=b"%PDF of another program"):
            self.assertEqual(renew_files(election, at=NOW), 3)
        self.assertEqual([one.issue for one in self.newest.file_lists.all()], [1, 2])

    def test_the_newest_is_signed_first(self) -> None:
        election = self.world.election
        self.assertEqual(bind_files(election, at=NOW), [3])
        self.assertEqual(bind_files(election, at=NOW, most=5), [2, 1])
        self.assertEqual(bind_files(election, at=NOW), [])
