"""What tests share stands in `support`: no module of tests is another one's library."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.test import SimpleTestCase


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, and what it imports from them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


class SharedTests(SimpleTestCase):
    def test_no_test_module_is_imported(self) -> None:
        files = [
            path
            for app in ("candidates", "tabulation")
            for path in (settings.BASE_DIR / app).rglob("*.py")
        ]
        self.assertGreater(len(files), 300)
        found = []
        for path in files:
            module = ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)
            for name in imported(path):
                owners = name.split(".")[:-1]
                if any(part.startswith("test_") for part in owners):
                    found.append(f"{module} imports {name}")
        self.assertEqual(found, [])
