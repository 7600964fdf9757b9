"""The second signature of a certified publication: offline, checked, once; and the public keys."""

import tempfile
from io import StringIO
from pathlib import Path
from unittest import mock

from django.core.management import CommandError, call_command
from django.test import TestCase

from tabulation.arithmetic.commitments.notes import NotANote, read_signature_line, read_verifier_key
from tabulation.ledger import signing
from tabulation.ledger.countersigning import CountersignRefused, countersign, sign_offline
from tabulation.models import Event, Publication
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World


class CountersigningTests(TestCase):
    def setUp(self) -> None:
        world = World()
        self.partial = world.publication()
        for station, figures in zip(world.stations, (NORTH, SOUTH, SOUTH), strict=True):
            world.accepted(station, figures)
        self.certified = world.certified("7-N")
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.settings_ = self.settings(SIGNING_KEY=folder / "offline.pem")
        self.file = folder / "checkpoint"
        self.file.write_text(self.certified.checkpoint, encoding="utf-8")
        with self.settings_:
            self.line, self.key = sign_offline(self.certified.checkpoint, signing.make_key())

    def add(self, publication: Publication, line: str, key: str) -> None:
        countersign(publication=publication, line=line, key=key, by=None, at=NOW)

    def test_it_is_one_more_line_of_the_checkpoint(self) -> None:
        self.add(self.certified, self.line, self.key)
        served = self.client.get("/data/artsakh/2/checkpoint").content.decode()
        self.assertEqual(served, self.certified.checkpoint + self.line)
        keys = self.client.get("/data/artsakh/key.txt").content.decode().splitlines()
        self.assertEqual(keys[1:], [self.key])
        self.assertTrue(self.key.startswith("localhost/artsakh/certified+"))
        self.assertEqual(Event.objects.filter(act="countersigned").count(), 1)
        self.assertEqual(self.client.get("/data/artsakh/1/checkpoint").content.decode(),
                         self.partial.checkpoint)  # fmt: skip

    def test_what_is_not_a_second_signature_is_refused(self) -> None:
        ours = self.certified.checkpoint.splitlines()[-1]
        with self.settings_:
            other, _key = sign_offline(self.partial.checkpoint, signing.signer())
        for name, publication, line, key, told in (
            ("not certified", self.partial, self.line, self.key, "Only a certified"),
            ("another text", self.certified, other, self.key, "not a signature of this"),
            ("the first key", self.certified, ours, self.certified.key, "must both be of"),
            ("no line", self.certified, "x", self.key, "A signature is one line"),
            ("no key", self.certified, self.line, "x+y+z", "A key is"),
            ("cut", self.certified, self.line[:-10], self.key, "A signature is one line"),
        ):
            with self.subTest(name), self.assertRaisesMessage(CountersignRefused, told):
                self.add(publication, line, key)
        self.add(self.certified, self.line, self.key)
        with self.assertRaisesMessage(CountersignRefused, "there already"):
            self.add(self.certified, f" {self.line}", self.key)

    def test_by_the_commands(self) -> None:
        out = StringIO()
        with self.settings_:
            call_command("sign_checkpoint", str(self.file), stdout=out, stderr=StringIO())
        with mock.patch("sys.stdin", StringIO(out.getvalue())):
            call_command("countersign", "artsakh", "2", stdout=out)
        self.assertIn("Publication 2 of artsakh has a second signature.", out.getvalue())
        self.assertEqual(self.certified.countersignatures.count(), 1)
        for given, number, told in (
            ("", "2", "Two lines"),
            (out.getvalue(), "9", "no publication 9"),
            ("a\nb\n", "2", "one line"),
        ):
            with (
                self.subTest(told), mock.patch("sys.stdin", StringIO(given)),
                self.assertRaisesMessage(CommandError, told),
            ):  # fmt: skip
                call_command("countersign", "artsakh", number)

    def test_only_a_checkpoint_is_signed(self) -> None:
        self.file.write_text("a\nb\n", encoding="utf-8")
        with self.settings_, self.assertRaisesMessage(CommandError, "no checkpoint"):
            call_command("sign_checkpoint", str(self.file))
        with self.assertRaisesMessage(CommandError, "cannot be read"):
            call_command("sign_checkpoint", str(self.file.with_name("missing")))

    def test_public_keys_are_known_before_the_first_publication(self) -> None:
        World("other")
        out = StringIO()
        call_command("public_key", "other", stdout=out)
        name, public = read_verifier_key(out.getvalue())
        self.assertEqual((name, public), ("localhost/other", signing.signer().public))
        out = StringIO()
        call_command("public_key", "artsakh", stdout=out)
        self.assertEqual(out.getvalue().split(), [self.certified.key])

    def test_a_new_key_is_told_beside_the_old(self) -> None:
        with self.settings_:
            out = StringIO()
            call_command("public_key", "artsakh", stdout=out)
            self.assertEqual(len(out.getvalue().split()), 2)


class NoteTests(TestCase):
    def test_hostile_lines(self) -> None:
        for line in ("", "—", "— a", "— a !", "- a AAAA", "— a " + "A" * 91, "\0"):
            with self.subTest(line), self.assertRaises(NotANote):
                read_signature_line(line)
        for key in ("", "a", "a+b", "a+0000+AA", "a+00000000+" + "A" * 44, "+++"):
            with self.subTest(key), self.assertRaises(NotANote):
                read_verifier_key(key)
