"""Every lie that can be told in the database is found by both verifiers, and named."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.test import TestCase

from tabulation.tests.support.database_lies import (
    LIES,
    PAST,
    REMOVED,
    REWOUND,
    UNREAD,
    UNSIGNED,
    Lie,
)
from tabulation.tests.support.provable_world import Provable, export, proofs_in
from tabulation.tests.support.tags import slow
from tabulation.tests.support.verifiers import findings, named, run, run_shell

TABLES = (
    "tabulation_publishedfigures", "tabulation_publishedform", "tabulation_publication",
    "tabulation_ledgerpart", "tabulation_countersignature", "tabulation_filelist",
    "tabulation_area", "tabulation_pollingstation", "tabulation_publishedturnout",
    "tabulation_publishedfile",
)  # fmt: skip

EVERY = (*LIES, REWOUND, REMOVED)


def files_in(mirror: Path) -> dict[str, bytes]:
    paths = [path for path in mirror.rglob("*") if path.is_file()]
    return {str(path.relative_to(mirror)): path.read_bytes() for path in paths}


class LieTestCase(TestCase):
    """As the owner of the tables, whose triggers he has disabled."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.enterClassContext(connection.as_owner())
        super().setUpClass()

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = Provable()
        cls.world.count()
        cls.world.correct()
        cls.allow_everything()

    @classmethod
    def allow_everything(cls) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.saved = self.folder / "saved"
        true = export(self.folder / "true", whole=False)
        shutil.copy(true / "data/artsakh/checkpoint", self.saved)
        self.note_the_keys()

    def note_the_keys(self) -> None:
        """Before anything is altered: those from elsewhere are not the database's to change."""
        self.words = self.world.words
        self.minutes = "".join(f"{key}\n" for key in self.world.keys)

    @contextmanager
    def told(self, lie: Lie) -> Iterator[Path]:
        """A mirror made anew from a database with the lie in it, which is undone."""
        with self.subTest(lie.name), transaction.atomic():
            lie.tell()
            yield export(Path(tempfile.mkdtemp(dir=self.folder)), whole=False)
            transaction.set_rollback(True)

    def assertFound(self, lie: Lie) -> None:
        """By both verifiers, in one mirror."""
        words = lie.words if lie.shell is None else lie.shell
        with self.told(lie) as mirror:
            proofs = proofs_in(mirror)
            self.assertNamed(
                lie.words,
                *run(mirror, *self.words, "--checkpoint", self.saved, "--proof", *proofs),
            )
            if words:
                self.assertNamed(words, *run_shell(mirror, keys=self.minutes, saved=self.saved))

    def assertNamed(self, words: tuple[str, ...], status: int, output: str) -> None:
        with self.subTest(words):
            self.assertEqual(status, 1, output)
            self.assertTrue(named(output, words), f"no finding with {words} in:\n{output}")


#: Files of publication 3 that say something of publication 2, too.
SAY_OF_THE_PAST = {
    "/data/artsakh/president.difference-2-3.csv",
    "/data/artsakh/3/president.csv",
    "/data/artsakh/3/all.zip",
}


class LieTests(LieTestCase):
    def test_the_truth_is_none(self) -> None:
        mirror = self.folder / "true" / "public"
        words = (*self.words, "--checkpoint", self.saved)
        status, output = run(mirror, *words, "--proof", *proofs_in(mirror))
        self.assertEqual((status, findings(output)), (0, []), output)

    def test_what_alone_nobody_reads(self) -> None:
        true = files_in(self.folder / "true" / "public")
        self.assertGreater(len(true), 10)
        for lie in UNREAD:
            with self.told(lie) as mirror:
                lied = files_in(mirror)
                self.assertEqual(lied.keys(), true.keys())
                self.assertEqual([name for name in true if lied[name] != true[name]], [])

    @slow
    def test_lies_about_the_past(self) -> None:
        for lie in PAST:
            with self.told(lie) as mirror:
                for kind in ("form.json", "ledger.tsv", "csv", "json"):
                    answer: Any = self.client.get(f"/data/artsakh/2/president.{kind}")
                    said = answer.getvalue() if answer.streaming else answer.content
                    (mirror / f"data/artsakh/2/president.{kind}").write_bytes(said)
                _status, output = run(mirror, *self.words, "--publication", 3)
                wrong = set(re.findall(r"^WRONG  (\S+): ", output, re.M))
                self.assertLessEqual(wrong, SAY_OF_THE_PAST, output)
                for asked in ((), ("--publication", 2)):
                    status, output = run(mirror, *self.words, *asked)
                    self.assertEqual(status, 1, output)
                    self.assertTrue(named(output, lie.words), output)
                status, output = run_shell(mirror, 2, keys=self.minutes)
                self.assertEqual(status, 1, output)
                self.assertTrue(named(output, lie.words), output)

    @slow
    def test_a_second_signature_taken_away(self) -> None:
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        self.world.certify()
        self.note_the_keys()
        self.allow_everything()
        self.assertFound(UNSIGNED)

    @slow
    def test_by_both_verifiers(self) -> None:
        for lie in LIES:
            if lie.name in ("a figure", "a stored hash alone", "a leaf of the log"):
                self.assertFound(lie)


@slow
class EveryLieTests(LieTestCase):
    LIES = EVERY[::2]

    def test_it_is_found_where_it_is(self) -> None:
        for lie in self.LIES:
            self.assertFound(lie)


@slow
class EveryOtherLieTests(EveryLieTests):
    """In a class of their own, so that two processes share the work."""

    LIES = EVERY[1::2]
