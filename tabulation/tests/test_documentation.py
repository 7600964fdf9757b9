"""Documentation that is tested: its commands, files, columns and examples are real."""

import ast
import re
import tempfile
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import call_command, get_commands, load_command_class
from django.test import SimpleTestCase, TestCase

from tabulation.arithmetic.form import ROLES
from tabulation.importing.election import TABLES
from tabulation.models import Protocol
from tabulation.outcomes.methods.rules import METHODS, SETTINGS
from tabulation.public.files import long, wide
from tabulation.public.files.kinds import KINDS
from tabulation.public.files.schemas import NAMES

ROOT = Path(settings.BASE_DIR)
PAGES = [
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG", "SECURITY")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
FOLDER = (ROOT / "docs" / "election-folder.md").read_text(encoding="utf-8")


def blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.S | re.M)


class ReadmeTests(SimpleTestCase):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    def test_the_first_two_sh_blocks_run_it_and_test_it(self) -> None:
        run, test = blocks(self.readme, "sh")[:2]
        for block in (run, test):
            self.assertEqual(len(block.splitlines()), 1)
            self.assertTrue(block.startswith("python3 -m venv .venv && .venv/bin/pip install"))
        self.assertTrue(run.endswith(".venv/bin/python manage.py demo\n"))
        self.assertTrue(test.endswith(".venv/bin/python -m pytest -n auto --dist loadscope\n"))

    def test_ci_runs_the_second_as_it_stands_there(self) -> None:
        script = (ROOT / ".ci" / "run").read_text()
        self.assertIn(".ci/readme-block 2 | bash", script)


class LinkTests(SimpleTestCase):
    def test_every_file_that_is_linked_is_there(self) -> None:
        for page in PAGES:
            for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
                if not target.startswith("http"):
                    with self.subTest(page.name, target=target):
                        self.assertTrue((page.parent / target).exists())


class OrientationTests(SimpleTestCase):
    """The pages that say where things are, say it of what is there."""

    def test_every_path_that_is_named_exists(self) -> None:
        """`LANGUAGE` in a path stands for the code of a language."""
        tops = "tabulation|candidates|templates|static|elections|docs"
        named = [
            (page, path.replace("LANGUAGE", "hy"))
            for page in PAGES
            for path in re.findall(rf"`((?:{tops})(?:/[\w./-]+)?)`", page.read_text())
        ]
        self.assertLessEqual(
            {"README.md", "CONTRIBUTING.md", "architecture.md"}, {page.name for page, _ in named}
        )
        for page, path in named:
            with self.subTest(page.name, path=path):
                self.assertTrue((ROOT / path).exists())

    def test_every_folder_of_the_app_is_explained(self) -> None:
        text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
        folders = {path.name for path in (ROOT / "tabulation").iterdir() if path.is_dir()}
        for folder in folders - {"__pycache__"}:
            with self.subTest(folder):
                self.assertIn(f"`tabulation/{folder}`", text)

    def test_a_newcomer_reads_the_readme_to_its_end(self) -> None:
        lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        self.assertLessEqual(len(lines), 110)


class CommandTests(SimpleTestCase):
    def test_every_command_and_option_exists(self) -> None:
        known = get_commands()
        for page in PAGES:
            for line in re.findall(r"manage\.py ([^`\n]+)", page.read_text(encoding="utf-8")):
                name, *words = line.split()
                with self.subTest(page.name, command=line):
                    if name == "test":
                        continue
                    self.assertIn(name, known)
                    parser = load_command_class(known[name], name).create_parser("", name)
                    options = set(parser._option_string_actions)
                    used = {w for w in words if w.startswith("--")}
                    self.assertEqual(used - options, set())

    def test_every_setting_of_the_environment_is_documented(self) -> None:
        code = (ROOT / "tabulation" / "settings.py").read_text()
        code += "".join(p.read_text() for p in (ROOT / "tabulation" / "database").glob("*.py"))
        used = set(re.findall(r"\b(HASHVARK_[A-Z_]+|DATABASE_(?:OWNER_)?URL)\b", code))
        deploy = (ROOT / "docs" / "deploy.md").read_text()
        self.assertEqual({name for name in used if name not in deploy}, set())


class ThreatModelTests(SimpleTestCase):
    page = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")

    def test_every_claim_names_a_test_that_exists(self) -> None:
        rows = [
            line for part in blocks_of_tables(self.page) if "test" in part[0] for line in part[2:]
        ]
        self.assertGreater(len(rows), 25)
        for row in rows:
            named = re.findall(r"`(tabulation/tests/[\w/.]+)::(\w+)::(\w+)`", row)
            with self.subTest(row):
                self.assertTrue(named)
                for path, case, test in named:
                    self.assertIn(test, named_in(ROOT / path, case))

    def test_it_is_linked_from_where_people_begin(self) -> None:
        for page in ("README.md", "SECURITY.md", "docs/deploy.md"):
            self.assertIn("threat-model.md", (ROOT / page).read_text(encoding="utf-8"), page)
        self.assertIn("](SECURITY.md)", (ROOT / "README.md").read_text(encoding="utf-8"))


def blocks_of_tables(text: str) -> list[list[str]]:
    """The lines of each table, its head first."""
    return [table.splitlines() for table in re.findall(r"(?:^\|.*\n)+", text, re.M)]


def named_in(path: Path, case: str) -> set[str]:
    """The names of the tests in a class of a file; its bases are not looked at."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = [one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == case]
    return {one.name for found in classes for one in found.body if hasattr(one, "name")}


class OpenDataTests(SimpleTestCase):
    page = (ROOT / "docs" / "open-data.md").read_text(encoding="utf-8")

    def test_every_column_and_file_is_documented(self) -> None:
        for name, _kind, _what in (*wide.COLUMNS, *long.COLUMNS, wide.NOTICE):
            with self.subTest(column=name):
                self.assertIn(f"`{name}`", self.page)
        for ending in KINDS:
            with self.subTest(file=ending):
                self.assertIn(f"`/data/E/N/C.{ending}`", self.page)
        for name in NAMES:
            self.assertIn(f"`{name}`", self.page)


class ElectionFolderTests(TestCase):
    def test_every_column_and_role_is_documented(self) -> None:
        for name, table in TABLES.items():
            for column in (*table.required, *table.optional):
                with self.subTest(name, column=column):
                    self.assertIn(f"`{column}`", FOLDER)
        for role in (*ROLES, *SETTINGS, *METHODS):
            self.assertIn(f"`{role}`", FOLDER)

    def test_the_example_loads_as_it_stands_there(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "election.toml").write_text(blocks(FOLDER, "toml")[0], encoding="utf-8")
            files = re.findall(r"^## (\w+\.csv)$", FOLDER, re.M)
            tables = blocks(FOLDER, "csv")
            self.assertEqual(len(files), len(tables))
            for file, content in zip(files, tables, strict=True):
                (folder / file).write_text(content, encoding="utf-8")
            call_command("load_election", name, stdout=StringIO())
            protocols = str(folder / "protocols.csv")
            call_command(
                "load_protocols", "my-election", protocols, as_accepted=True, stdout=StringIO()
            )
        self.assertEqual(Protocol.objects.accepted().count(), 2)
