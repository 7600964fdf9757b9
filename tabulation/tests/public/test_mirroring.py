"""The static site: what is public, as files; taken over, switched at once, whole without Django."""

import gzip
import os
import tempfile
from datetime import timedelta
from io import StringIO
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings

from tabulation.public.mirroring import writing
from tabulation.public.mirroring.writing import Exported, ExportRefused, export
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World

#: What the server makes of its database for each reader, and a copy cannot.
ASKED = ("/find/index.html", "/stations/index.html")
#: Of the first mirror, in whose place another kind of mirror is begun.
PAST = tuple(f"/{code}/artsakh/president/difference/1/2/" for code, _name in settings.LANGUAGES)
#: Enough of them but for the slow tests: each language is as many pages again.
TWO_LANGUAGES = settings.LANGUAGES[:2]


@override_settings(LANGUAGES=TWO_LANGUAGES)
class MirrorTestCase(TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory())) / "site"
        # It waits for whatever else the machine is writing.
        self.enterContext(mock.patch("os.sync"))
        self.world = World()
        self.world.accepted(self.world.stations[1], SOUTH)
        self.world.publication()
        self.times = 0

    def export(self, few: int = 10) -> Exported:
        self.times += 1
        at = NOW + timedelta(seconds=self.times)
        return export(self.folder, at=at, few=few, say=lambda _what: None)

    @property
    def current(self) -> Path:
        return self.folder / "current"

    def files(self) -> set[str]:
        """What is served, but for what compressed is beside it, and static files."""
        paths = (path.relative_to(self.current) for path in self.current.rglob("*"))
        files = [path for path in paths if (self.current / path).is_file()]
        return {str(p) for p in files if p.suffix != ".gz" and p.parts[0] != "static"}


class ExportTests(MirrorTestCase):
    @slow
    def test_every_file_says_what_the_server_answers(self) -> None:
        self.world.accepted(self.world.stations[0], NORTH)
        self.world.publication()
        self.export()
        files = self.files()
        self.assertIn("data/artsakh/2/president.ledger.tsv", files)
        for name in files:
            if name.endswith(ASKED):
                continue  # says in a copy that it cannot do it
            address = "/" + name.removesuffix("index.html")
            with self.subTest(address):
                answer = self.client.get(address)
                self.assertEqual(answer.status_code, 200)
                said = answer.getvalue() if answer.streaming else answer.content
                path = self.current / name
                self.assertEqual(path.read_bytes(), said)
                packed = path.with_name(f"{path.name}.gz").read_bytes()
                self.assertEqual(gzip.decompress(packed), said)

    @slow
    def test_every_link_of_a_page_leads_somewhere(self) -> None:
        for few, place, figures in ((10, 0, NORTH), (1, 2, SOUTH)):
            self.world.accepted(self.world.stations[place], figures)
            self.world.publication()
            self.export(few=few)
            files = self.files()
            for name in sorted(name for name in files if name.endswith(".html")):
                page = (self.current / name).read_text(encoding="utf-8")
                for href in page.split('href="')[1:]:
                    address = href.split('"')[0]
                    if address.startswith(("/data/artsakh/1/", *PAST)) or "#" in address:
                        continue  # a mirror that began late has nothing of earlier publications
                    address = address.partition("?")[0]  # files are found without it
                    target = address.lstrip("/") + ("index.html" if address.endswith("/") else "")
                    with self.subTest(few=few, page=name, address=address):
                        self.assertTrue((self.current / target).is_file())

    def test_what_others_show_of_it_is_there(self) -> None:
        self.export()
        files = self.files()
        for name in (
            "data/openapi.json",
            "data/catalog.jsonld",
            "en/artsakh/feed.xml",
            "en/artsakh/screen/index.html",
            "en/artsakh/president/embed/index.html",
            "embed/en/artsakh/president/results/index.html",
            "embed/en/artsakh/president/areas/index.html",
        ):
            with self.subTest(name):
                self.assertIn(name, files)

    def test_few_stations_have_pages_and_many_are_on_those_of_their_areas(self) -> None:
        self.export()
        files = self.files()
        self.assertIn("en/artsakh/president/station/2/01/index.html", files)
        self.assertIn("data/artsakh/president/proof/2/01.json", files)
        self.assertNotIn("data/artsakh/president/bundle/S.json", files)
        self.export(few=2)
        files = self.files()
        self.assertFalse([name for name in files if "/station/" in name or "/proof/" in name])
        bundles = {name for name in files if "/bundle/" in name}
        self.assertEqual(bundles, {f"data/artsakh/president/bundle/{code}.json" for code in "NS"})
        page = (self.current / "en/artsakh/president/area/S/index.html").read_text(encoding="utf-8")
        self.assertIn("/data/artsakh/president/bundle/S.json", page)

    def test_what_needs_the_database_says_so_and_leads_to_the_stations(self) -> None:
        for few, linked in ((10, True), (1, False)):
            self.export(few=few)
            find, stations = (
                (self.current / f"en/artsakh/president{name}").read_text(encoding="utf-8")
                for name in ASKED
            )
            with self.subTest(few=few):
                self.assertIn("it cannot search", find)
                self.assertIn('href="/en/artsakh/president/area/S/"', find)
                self.assertIn("it cannot filter", stations)
                self.assertIn('href="/data/artsakh/1/president.csv"', stations)
                self.assertIn("2/02", stations)
                self.assertEqual("/president/station/2/02/" in stations, linked)
                for page in (find, stations):
                    self.assertNotIn("<form", page)
                    self.assertNotIn("?sort", page)

    @slow
    def test_only_what_changed_is_made(self) -> None:
        first = self.export()
        self.assertEqual((first.kept, first.carried), (0, 0))
        again = self.export()
        self.assertEqual((again.made, again.kept), (0, first.made))
        north = "en/artsakh/president/station/1/01/index.html"
        south = "en/artsakh/president/station/2/02/index.html"
        before = {name: os.stat(self.current / name).st_ino for name in (north, south)}
        self.world.accepted(self.world.stations[0], NORTH)
        self.world.publication()
        after = self.export()
        self.assertNotEqual(os.stat(self.current / north).st_ino, before[north])
        self.assertEqual(os.stat(self.current / south).st_ino, before[south])
        self.assertGreater(after.kept, 5)
        # The files of the first publication are there still, though nobody makes them again.
        self.assertGreater(after.carried, 3)
        self.assertIn("data/artsakh/1/president.ledger.tsv", self.files())
        self.assertIn("data/artsakh/2/president.ledger.tsv", self.files())

    @slow
    def test_an_export_that_fails_switches_nothing(self) -> None:
        self.export()
        before = self.current.resolve()
        self.world.accepted(self.world.stations[0], NORTH)
        self.world.publication()
        with (
            mock.patch.object(writing, "_static_files", side_effect=OSError("disk full")),
            self.assertRaises(OSError),
        ):
            self.export()
        self.assertEqual(self.current.resolve(), before)
        self.assertIn('"publication": 1', (self.current / "data/artsakh/latest.json").read_text())
        self.export()
        self.assertIn('"publication": 2', (self.current / "data/artsakh/latest.json").read_text())

    def test_old_releases_go_and_the_last_stays(self) -> None:
        for _time in range(4):
            self.export()
        releases = sorted(path.name for path in (self.folder / "releases").iterdir())
        self.assertEqual(len(releases), 2 * writing.KEPT)
        self.assertTrue(self.current.resolve().is_dir())

    def test_two_at_once(self) -> None:
        self.folder.mkdir()
        with writing._alone(self.folder), self.assertRaisesMessage(ExportRefused, "Another export"):
            self.export()

    def test_the_verifier_and_the_styles_are_there(self) -> None:
        self.export()
        for name in ("css/hashvark.css", "js/check.js"):
            self.assertTrue((self.current / "static" / name).is_file(), name)


@slow
@override_settings(LANGUAGES=settings.LANGUAGES)
class EveryLanguageTests(ExportTests):
    """The same of the whole site, in every language."""


class CommandTests(TestCase):
    def test_it_says_what_it_did(self) -> None:
        world = World()
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesMessage(CommandError, "Nothing is published yet"):
                call_command("export_site", folder)
            self.assertFalse((Path(folder) / "current").exists())
            world.publication()
            out = StringIO()
            call_command("export_site", folder, stdout=out)
        self.assertRegex(out.getvalue(), r"current: \d+ documents made, 0 unchanged, 0 of the past")
