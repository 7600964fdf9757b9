"""The signing key: made once, kept for one user, never overwritten."""

import stat
import tempfile
import threading
from io import StringIO
from pathlib import Path
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, override_settings

from tabulation.ledger import signing


class KeyTestCase(SimpleTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "keys" / "key.pem"
        settings = override_settings(SIGNING_KEY=self.path, EMBEDDED=False)
        settings.enable()
        self.addCleanup(settings.disable)

    def command(self) -> str:
        out = StringIO()
        call_command("make_signing_key", stdout=out, stderr=StringIO())
        return out.getvalue()


class MakingTests(KeyTestCase):
    def test_the_command_makes_it_and_prints_the_public_half(self) -> None:
        public = self.path.with_name("public.pem")
        said = self.command()
        public.write_text(said)
        signer = signing.signer()
        self.assertEqual(signing.public_key(public), signer.public)
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
        self.assertEqual({p.name for p in self.path.parent.iterdir()}, {"key.pem", public.name})
        self.assertTrue(signing.is_signed(b"x", signer.sign(b"x"), signer.public))
        self.assertFalse(signing.is_signed(b"y", signer.sign(b"x"), signer.public))

    def test_it_is_never_overwritten(self) -> None:
        self.command()
        kept = self.path.read_bytes()
        with self.assertRaisesMessage(CommandError, "it is not overwritten"):
            self.command()
        self.assertEqual(self.path.read_bytes(), kept)
        self.assertEqual(len(list(self.path.parent.iterdir())), 1)

    def test_a_folder_that_cannot_be_written(self) -> None:
        self.path.parent.write_text("a file")
        with self.assertRaisesMessage(CommandError, "No signing key can be kept"):
            self.command()

    @override_settings(EMBEDDED=True)
    def test_a_demonstration_makes_one_whoever_comes_first(self) -> None:
        together, publics = threading.Barrier(6), []

        def use() -> None:
            together.wait(10)
            publics.append(signing.signer().public)

        threads = [threading.Thread(target=use) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        self.assertEqual((len(publics), len(set(publics))), (6, 1))


class UnusableTests(KeyTestCase):
    def test_without_a_key_it_is_said_what_to_do(self) -> None:
        with self.assertRaisesMessage(signing.SigningKeyMissing, "manage.py make_signing_key"):
            signing.signer()

    def test_what_is_no_key(self) -> None:
        self.path.parent.mkdir()
        other = generate_private_key(SECP256R1())
        for content, told in (
            (b"", "cannot be used"),
            (b"-----BEGIN PRIVATE KEY-----\n", "cannot be used"),
            (
                other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
                "is not an Ed25519 key",
            ),
        ):
            self.path.write_bytes(content)
            with self.subTest(told), self.assertRaisesMessage(signing.SigningRefused, told):
                signing.signer()
        pem = other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        for content, told in ((b"x", "cannot be used"), (pem, "is not an Ed25519 key")):
            self.path.write_bytes(content)
            with self.assertRaisesMessage(signing.SigningRefused, told):
                signing.public_key(self.path)

    def test_only_its_owner_may_read_it(self) -> None:
        self.command()
        with (
            mock.patch.object(Path, "read_bytes", side_effect=PermissionError("no")),
            self.assertRaisesMessage(signing.SigningRefused, "cannot be used: no"),
        ):
            signing.signer()
