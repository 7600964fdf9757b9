"""The signed list of the files made after a publication: what is signed, by whom, and once."""

from django.db import DatabaseError, transaction
from django.test import TestCase

from tabulation.arithmetic.commitments.notes import key_hint, read_signature_line, read_verifier_key
from tabulation.ledger import signing
from tabulation.ledger.auditing_ledger import findings
from tabulation.ledger.filelists import newest_list, sign_files, without_list
from tabulation.ledger.signing import is_signed
from tabulation.models import FileList
from tabulation.tests.support.mirrors import sha
from tabulation.tests.support.world import NORTH, NOW, World

HASHES = {"data/artsakh/1/b.zip": sha("b"), "data/artsakh/1/a.csv": sha("a")}


class FileListTests(TestCase):
    def setUp(self) -> None:
        self.world = World()
        self.first = self.world.publication()

    def test_what_is_signed(self) -> None:
        signed = sign_files(self.first, HASHES, at=NOW)
        assert signed
        text, _empty, line = signed.body.partition("\n\n")
        self.assertEqual(
            text.split("\n"),
            ["hashvark files v1", "localhost/artsakh", "1", "1", sha(self.first.manifest),
             f"{sha('a')}  data/artsakh/1/a.csv", f"{sha('b')}  data/artsakh/1/b.zip"],
        )  # fmt: skip
        name, hint, signature = read_signature_line(line)
        origin, public = read_verifier_key(self.first.key)
        self.assertEqual((name, hint), (f"{origin}/files", key_hint(f"{origin}/files", public)))
        self.assertNotEqual(hint, key_hint(origin, public), "it is no checkpoint's")
        self.assertTrue(is_signed(f"{text}\n".encode(), signature, public))

    def test_the_same_is_signed_once_and_another_is_a_new_issue(self) -> None:
        sign_files(self.first, HASHES, at=NOW)
        self.assertIsNone(sign_files(self.first, dict(reversed(HASHES.items())), at=NOW))
        other = {**HASHES, "data/artsakh/1/b.zip": sha("c")}
        for hashes, issue in ((other, 2), (HASHES, 3)):
            signed = sign_files(self.first, hashes, at=NOW)
            self.assertEqual(signed and signed.issue, issue)
            self.assertEqual(newest_list(self.first), signed)

    def test_who_waits_for_one_the_newest_first(self) -> None:
        election = self.world.election.pk
        self.world.accepted(self.world.stations[0], NORTH)
        second = self.world.publication()
        self.assertEqual(without_list(election), [second, self.first])
        sign_files(second, HASHES, at=NOW)
        self.assertEqual(without_list(election), [self.first])

    def test_it_is_served_once_it_is_signed(self) -> None:
        address = "/data/artsakh/1/filelist"
        self.assertEqual(self.client.get(address).status_code, 404)
        signed = sign_files(self.first, HASHES, at=NOW)
        self.assertEqual(self.client.get(address).content.decode(), signed and signed.body)

    def test_it_stays(self) -> None:
        sign_files(self.first, HASHES, at=NOW)
        for change in (
            lambda: FileList.objects.update(body="x"), lambda: FileList.objects.all().delete(),
            lambda: FileList.objects.create(
                publication=self.first, issue=1, body="x", at=NOW
            ),
            lambda: FileList.objects.create(
                publication=self.first, issue=0, body="x", at=NOW
            ),
        ):  # fmt: skip
            with self.assertRaises(DatabaseError), transaction.atomic():
                change()

    def test_the_audit_names_one_that_nobody_signed(self) -> None:
        sign_files(self.first, HASHES, at=NOW)
        body = FileList.objects.get().body
        for issue, text in enumerate((
            body, body.replace(sha("a"), sha("c")), "x", body.replace("/files ", " "),
            body.replace("v1", "v2"),
        ), 2):  # fmt: skip
            FileList.objects.create(publication=self.first, issue=issue, body=text, at=NOW)
        keys = {"ours": signing.signer().public}
        named = [one for one in findings(keys) if "list of files" in one]
        self.assertEqual(
            named,
            [
                f"Publication 1 of artsakh has a list of files, issue {issue}, without a valid"
                " signature."
                for issue in (2, 3, 4, 5, 6)
            ],
        )
