"""`manage.py results`: the same files as at the addresses, whole or not at all."""

import os
import tempfile
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

from django.core.management import CommandError, call_command
from django.test import TestCase

from tabulation.management.commands import _output
from tabulation.public.files.statement import ZEROS
from tabulation.tests.support import format_checks
from tabulation.tests.support.world import SOUTH, World

#: Formats, and the endings of the addresses with the same bytes.
SAME = {
    "csv": "csv",
    "csv-long": "long.csv",
    "nist-json": "nist.json",
    "nist-xml": "nist.xml",
    "eml": "eml.xml",
}


class ResultsTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.world.publication()
        cls.world.accepted(cls.world.stations[1], SOUTH)
        cls.world.publication()

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def printed(self, *options: str) -> str:
        out = StringIO()
        call_command("results", "artsakh", *options, stdout=out)
        return out.getvalue()

    def written(self, *options: str) -> bytes:
        path = self.folder / "file"
        call_command("results", "artsakh", *options, "-o", str(path))
        self.assertEqual([found.name for found in self.folder.iterdir()], ["file"])
        return path.read_bytes()

    def served(self, address: str) -> bytes:
        return b"".join(self.client.get(address))

    def test_every_format_is_the_same_as_at_its_address(self) -> None:
        for name, ending in SAME.items():
            with self.subTest(name):
                expected = self.served(f"/data/artsakh/2/president.{ending}")
                self.assertEqual(self.printed("--format", name), expected.decode())
                self.assertEqual(self.written("--format", name), expected)

    def test_a_zip_is_the_same_too(self) -> None:
        self.assertEqual(self.written("--format", "zip"), self.served("/data/artsakh/2/all.zip"))
        self.assertEqual(
            self.written("--format", "zip", "--publication", "1"),
            self.served("/data/artsakh/1/all.zip"),
        )
        self.assertEqual(
            self.written("--format", "zip", "--zeroed"), self.served("/data/artsakh/rehearsal.zip")
        )

    def test_an_area_or_a_station_alone(self) -> None:
        rows = format_checks.rows(self.printed("--format", "csv-long", "--area", "S").encode())
        self.assertEqual({row["code"] for row in rows}, {"2/01", "2/02"})
        self.assertEqual({row["area_code"] for row in rows}, {"S"})
        rows = format_checks.rows(
            self.printed("--format", "csv-long", "--station", "2/01").encode()
        )
        self.assertEqual([row["figure"] for row in rows], ["200", "150", "5", "100", "40", "5"])

    def test_zeros(self) -> None:
        for options in (["--format", "json"], ["--format", "json", "--station", "1/01"]):
            text = self.printed(*options, "--zeroed")
            self.assertIn(ZEROS, text)
            self.assertIn('"votes": {\n    "1": 0,\n    "2": 0,', text)
        for place in ([], ["--area", "N"], ["--station", "1/01"]):
            rows = format_checks.rows(self.printed("--format", "csv", "--zeroed", *place).encode())
            self.assertEqual({row["voters"] for row in rows}, {"0"})
            self.assertEqual(rows[0]["votes_41"], "-")
        self.assertIn("<TestType>zeros<", self.printed("--format", "nist-xml", "--zeroed"))

    def test_what_cannot_be_is_refused_in_a_sentence(self) -> None:
        cases: tuple[tuple[list[str], str], ...] = (
            (["--format", "nist-xml", "--area", "S"], "leave --area and --station out"),
            (["--format", "eml", "--station", "2/01"], "leave --area and --station out"),
            (["--format", "zip", "--area", "S"], "leave --area and --station out"),
            (["--format", "zip"], "name a file with -o"),
            (["--format", "zip", "--contest", "president"], "leave --contest out"),
            (["--format", "eml", "--publication", "1"], "Nothing is counted yet"),
            (["--format", "csv-long", "--area", "X"], "There is no area 'X'"),
            (["--format", "csv", "--publication", "3"], "No publication 3"),
            (["-o", str(self.folder / "no" / "file")], f"There is no folder {self.folder / 'no'}"),
            (["-o", str(self.folder)], "is a folder: name a file"),
        )
        for options, message in cases:
            with self.subTest(options=options), self.assertRaisesMessage(CommandError, message):
                self.printed(*options)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_file_is_replaced_whole_or_stays_as_it_was(self) -> None:
        path = self.folder / "file"
        path.write_text("before")
        with (
            mock.patch.object(_output.os, "fsync", side_effect=OSError(28, "No space left")),
            self.assertRaisesMessage(CommandError, "cannot be written: No space left"),
        ):
            self.written("--format", "csv")
        self.assertEqual(path.read_text(), "before")
        self.assertEqual([found.name for found in self.folder.iterdir()], ["file"])
        self.written("--format", "csv")
        self.assertTrue(path.read_text().startswith("unit,code"))
        mask = os.umask(0)
        os.umask(mask)
        self.assertEqual(path.stat().st_mode & 0o777, 0o666 & ~mask)

    def test_an_interrupted_one_leaves_nothing(self) -> None:
        def interrupted() -> Any:
            yield b"half"
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            _output.write_file(self.folder / "file", interrupted())
        self.assertEqual(list(self.folder.iterdir()), [])
