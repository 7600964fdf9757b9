"""Mirrors of one election as the program writes them, for tests of what a verifier reaches."""

import gzip
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.test import Client, TestCase

from tabulation.tests.support.mirror_mutations import packed
from tabulation.tests.support.mirrors import ELECTION
from tabulation.tests.support.provable_world import Provable, export
from tabulation.tests.support.verifiers import findings, run


class MirroredTestCase(TestCase):
    """``fresh``: a copy made after the last publication; ``kept``: one that has them all."""

    @classmethod
    def setUpTestData(cls) -> None:
        world = Provable()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        for step in (*world.steps, None):
            kept = export(cls.folder / "kept", whole=False, papers=False)
            if step:
                step()
        fresh = export(cls.folder / "fresh", whole=False, papers=False)
        cls.fresh, cls.kept = fresh.resolve(), kept.resolve()
        cls.feeds = {
            language: Client().get(f"/{language}/{ELECTION}/feed.xml").content
            for language, _name in settings.LANGUAGES
        }
        cls.words = [word for key in world.keys for word in ("--key", key)]

    def copy(self, mirror: Path) -> Path:
        copy = Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copytree(mirror / "data", copy / "data")
        self.addCleanup(shutil.rmtree, copy)
        return copy

    def verify(self, mirror: Path, *words: object) -> tuple[int, str]:
        return run(mirror, *self.words, *words)

    def assertFine(self, mirror: Path, *words: object) -> str:
        status, output = self.verify(mirror, *words)
        self.assertEqual((status, findings(output)), (0, []), output)
        return output

    def assertWrong(self, mirror: Path, name: str, *words: str) -> str:
        """A finding names the file, and says the words."""
        status, output = self.verify(mirror)
        self.assertEqual(status, 1, output)
        self.assertNotIn("cannot be verified", output)
        named = [line for line in findings(output) if name in line]
        self.assertTrue([x for x in named if all(word in x for word in words)], output)
        return output


def put(path: Path, body: bytes, *, twin: bool = True) -> None:
    """A file with its packed twin, or without one."""
    path.write_bytes(body)
    packed(path).unlink(missing_ok=True)
    if twin:
        packed(path).write_bytes(gzip.compress(body, mtime=0))
