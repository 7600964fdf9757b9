"""An election folder that each test may spoil."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.test import TestCase

from candidates.models import Contest, Election
from tabulation.importing.election import load_election
from tabulation.importing.problems import ImportRefused
from tabulation.importing.protocols import load_protocols
from tabulation.tests.support.small_folder import FOLDER
from tabulation.tests.support.world import NOW


class FolderTestCase(TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        for name, content in FOLDER.items():
            self.write(name, content)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def change(self, name: str, old: str, new: str) -> None:
        content = (self.folder / name).read_text()
        self.assertIn(old, content)
        self.write(name, content.replace(old, new))

    def load(self, **options: Any) -> Election:
        return load_election(self.folder, by=None, at=NOW, **options)

    def contest(self) -> Contest:
        return Contest.objects.select_related("election").get()

    def load_protocols(self, content: str | bytes, name: str = "protocols.csv") -> int:
        path = self.write(name, content)
        return load_protocols(self.contest(), path, by=None, at=NOW)

    def problems(self, load: Any, *args: Any) -> list[tuple[int, str, str]]:
        """What ``load`` refuses: line, column and value of each problem."""
        with self.assertRaises(ImportRefused) as refused:
            load(*args)
        for problem in refused.exception.problems:
            self.assertTrue(problem.advice)
        return [(p.line, p.column, p.value) for p in refused.exception.problems]
