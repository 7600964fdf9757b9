"""The mirror: what the server answers, as files; only what changed is made, nothing stale stays."""

import gzip
import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import TestCase, override_settings

from tabulation.ledger import publications
from tabulation.public.document import Document
from tabulation.public.edition import editions
from tabulation.public.mirror import copying, following, watching
from tabulation.public.mirror.copying import Copied, copy_site
from tabulation.public.mirror.folder import Entry, Folder, MirrorRefused, Staged, take_away
from tabulation.public.mirror.following import Follower
from tabulation.public.mirror.watching import Watchdog
from tabulation.public.site import DOCUMENTS
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import NORTH, SOUTH, World

#: Enough of them but for the slow tests: each language is as many pages again.
TWO_LANGUAGES = settings.LANGUAGES[:2]
#: Links that lead to Django: searches and lists, and what is made where somebody asks.
ASKED = ("/find/", "/stations/", "/stations.csv")


@override_settings(LANGUAGES=TWO_LANGUAGES)
class MirrorTestCase(TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory())) / "site"
        # It waits for whatever else the machine is writing.
        self.enterContext(mock.patch("os.sync"))
        self.world = World()
        self.world.accepted(self.world.stations[1], SOUTH)
        self.world.publication()

    @property
    def public(self) -> Path:
        return self.folder / "public"

    def files(self) -> set[str]:
        """What is served, but for what compressed is beside it, and static files."""
        paths = (path.relative_to(self.public) for path in self.public.rglob("*"))
        files = [path for path in paths if (self.public / path).is_file()]
        return {str(p) for p in files if p.suffix != ".gz" and p.parts[0] != "static"} - {
            "404.html"
        }

    def assertAnsweredAlike(self) -> None:
        """Each file is what the server answers at its address, and so is its compressed twin."""
        for name in self.files():
            address = "/" + name.removesuffix("index.html")
            with self.subTest(address):
                answer = self.client.get(address)
                self.assertEqual(answer.status_code, 200)
                body = answer.getvalue()
                path = self.public / name
                self.assertEqual(path.read_bytes(), body)
                packed = path.with_name(f"{path.name}.gz")
                self.assertEqual(gzip.decompress(packed.read_bytes()), body)

    def count_north(self) -> None:
        self.world.accepted(self.world.stations[0], NORTH)
        self.world.publication()


class CopyTests(MirrorTestCase):
    def copy(self, few: int = 10, *slugs: str) -> Copied:
        return copy_site(self.folder, slugs or ["artsakh"], few=few)

    @slow
    def test_every_file_says_what_the_server_answers(self) -> None:
        self.count_north()
        self.copy()
        self.assertIn("data/artsakh/2/president.ledger.tsv", self.files())
        self.assertAnsweredAlike()

    @slow
    def test_every_link_of_a_page_leads_somewhere(self) -> None:
        """Into the mirror, or to what the server alone has."""
        self.count_north()
        self.copy()
        files = self.files()
        for name in sorted(name for name in files if name.endswith(".html")):
            page = (self.public / name).read_text(encoding="utf-8")
            for href in page.split('href="')[1:]:
                address = href.split('"')[0].partition("?")[0]
                if address.endswith(ASKED) or "#" in address:
                    continue
                target = address.lstrip("/") + ("index.html" if address.endswith("/") else "")
                if not (self.public / target).is_file():
                    with self.subTest(page=name, address=address):
                        self.assertEqual(self.client.get(address).status_code, 200)

    def test_what_others_show_of_it_is_there(self) -> None:
        self.copy()
        for name in (
            "sitemap.xml",
            "en/artsakh/sitemap.xml",
            "data/openapi.json",
            "data/catalog.jsonld",
            "en/artsakh/feed.xml",
            "en/artsakh/screen/index.html",
            "en/artsakh/president/embed/index.html",
            "embed/en/artsakh/president/results/index.html",
            "static/css/hashvark.css",
            "static/js/check.js",
        ):
            with self.subTest(name):
                self.assertTrue((self.public / name).is_file())

    def test_few_stations_have_pages_and_of_many_the_areas_have_the_proofs(self) -> None:
        self.copy()
        files = self.files()
        self.assertIn("en/artsakh/president/station/2/01/index.html", files)
        self.assertIn("data/artsakh/president/proof/2/01.json", files)
        self.assertNotIn("data/artsakh/president/bundle/S.json", files)
        self.copy(2)
        files = self.files()
        self.assertFalse([name for name in files if "/station/" in name or "/proof/" in name])
        bundles = {name for name in files if "/bundle/" in name}
        self.assertEqual(bundles, {f"data/artsakh/president/bundle/{code}.json" for code in "NS"})

    def test_where_a_copy_has_nothing_it_leads_to_the_areas(self) -> None:
        self.copy(1)
        page = (self.public / "404.html").read_text(encoding="utf-8")
        self.assertIn("it cannot search", page)
        for code, _name in TWO_LANGUAGES:
            self.assertIn(f'href="/{code}/artsakh/president/area/S/"', page)

    @slow
    def test_only_what_changed_is_made(self) -> None:
        first = self.copy()
        self.assertEqual((first.kept, first.removed), (0, 0))
        self.assertEqual(self.copy(), Copied(0, first.made, 0))
        north = "en/artsakh/president/station/1/01/index.html"
        south = "en/artsakh/president/station/2/02/index.html"
        before = {name: os.stat(self.public / name).st_ino for name in (north, south)}
        self.count_north()
        after = self.copy()
        self.assertNotEqual(os.stat(self.public / north).st_ino, before[north])
        self.assertEqual(os.stat(self.public / south).st_ino, before[south])
        self.assertGreater(after.kept, 5)
        # The files of the first publication are there still, though nobody makes them again.
        self.assertIn("data/artsakh/1/president.ledger.tsv", self.files())
        self.assertIn("data/artsakh/2/president.ledger.tsv", self.files())

    def test_a_copy_that_fails_leaves_the_one_before(self) -> None:
        self.copy()
        self.count_north()
        with (
            mock.patch.object(copying, "_put", side_effect=OSError("disk full")),
            self.assertRaises(OSError),
        ):
            self.copy()
        self.assertIn('"publication": 1', (self.public / "data/artsakh/latest.json").read_text())
        self.copy()
        self.assertIn('"publication": 2', (self.public / "data/artsakh/latest.json").read_text())

    def test_whoever_learns_the_newest_number_finds_pages_as_new(self) -> None:
        order = []
        put = Folder.put

        def watched(folder: Folder, staged: Staged) -> None:
            order.append(staged.address)
            put(folder, staged)

        with mock.patch.object(Folder, "put", watched):
            self.copy()
        number = order.index("/data/artsakh/latest.json")
        for page in ("/en/artsakh/", "/en/artsakh/president/area/S/", "/en/artsakh/screen/"):
            self.assertLess(order.index(page), number)

    def test_of_several_elections_those_that_are_named(self) -> None:
        World("other", kind="sample").publication()
        copy_site(self.folder, [])
        self.assertTrue((self.public / "en/other").exists())
        # A rehearsal only where it is named.
        self.assertFalse((self.public / "en/artsakh").exists())
        self.copy(10, "artsakh", "other")
        self.assertTrue((self.public / "en/other/index.html").is_file())
        self.copy(10, "other")
        self.assertFalse((self.public / "en/artsakh").exists())
        self.assertFalse((self.public / "data/artsakh").exists())

    def test_two_at_once(self) -> None:
        with (
            Folder(self.folder).alone(),
            self.assertRaisesMessage(MirrorRefused, "one is enough"),
        ):
            self.copy()


@slow
@override_settings(LANGUAGES=settings.LANGUAGES)
class EveryLanguageTests(CopyTests):
    """The same of the whole site, in every language."""


class TagTests(TestCase):
    """What a server makes a tag of: the time of a file, and its length."""

    def test_it_changes_with_the_content_and_with_nothing_else(self) -> None:
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            tags = []
            for folder, body in ((first, b"a 1"), (first, b"a 2"), (second, b"a 1")):
                mirror = Folder(Path(folder))
                with mirror.alone():
                    mirror.put(mirror.stage("/a/", Document([body], "", "")))
                    paths = (mirror.path("/a/"), mirror.path("/a/").with_name("index.html.gz"))
                    found = [path.stat() for path in paths]
                tags.append([(one.st_mtime, one.st_size) for one in found])
        self.assertNotEqual(tags[0], tags[1])
        self.assertEqual(tags[0], tags[2])

    def test_no_address_leads_out_of_the_folder(self) -> None:
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(MirrorRefused):
            Folder(Path(folder)).path("/en/../../x/")


class FollowerTests(MirrorTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.mirror = Folder(self.folder)
        self.enterContext(self.mirror.alone())
        self.said: list[str] = []
        self.follower = Follower(self.mirror, self.said.append, few=10)

    def follow(self) -> None:
        for _turn in range(50):
            if not self.follower.turn():
                return
        self.fail("There is no end to it.")

    def number(self) -> str:
        return (self.public / "data/artsakh/latest.json").read_text()

    def test_the_hot_pages_come_first_and_all_are_what_the_server_answers(self) -> None:
        self.assertTrue(self.follower.turn())
        files = self.files()
        self.assertIn("en/artsakh/index.html", files)
        self.assertIn("data/artsakh/latest.json", files)
        self.assertNotIn("en/artsakh/president/area/S/index.html", files)
        self.follow()
        self.assertIn("en/artsakh/president/area/S/index.html", self.files())
        self.assertIn("en/artsakh/president/station/2/01/index.html", self.files())
        self.assertAnsweredAlike()

    def test_after_a_publication_nothing_older_is_there(self) -> None:
        self.follow()
        area, other = (f"en/artsakh/president/area/{code}/index.html" for code in "NS")
        self.count_north()
        self.follower.turn()
        self.assertIn('"publication": 2', self.number())
        # What changed is not there until it is made anew; what did not change is.
        self.assertFalse((self.public / area).exists())
        self.assertTrue((self.folder / "previous" / area).is_file())
        self.assertTrue((self.public / other).is_file())
        self.assertAnsweredAlike()
        self.follow()
        self.assertTrue((self.public / area).is_file())
        self.assertFalse((self.folder / "previous" / area).exists())
        self.assertAnsweredAlike()

    def test_the_change_is_hidden_while_it_is_made(self) -> None:
        """Whoever reads meanwhile asks Django: an older page is never beside a newer one."""
        self.follow()
        seen = []
        set_aside, put, stage = Folder.set_aside, Folder.put, Folder.stage

        def watched_stage(folder: Folder, *answer: object) -> object:
            if answer[0] != copying.ELSEWHERE:
                seen.append(folder.link.exists())
            return stage(folder, *answer)  # type: ignore[arg-type]  # as it was called

        def watched_set_aside(folder: Folder, addresses: list[str]) -> None:
            seen.append(folder.link.exists())
            set_aside(folder, addresses)

        def watched_put(folder: Folder, staged: object) -> None:
            if staged.address != copying.ELSEWHERE:  # type: ignore[attr-defined]
                seen.append(folder.link.exists())
            put(folder, staged)  # type: ignore[arg-type]

        self.count_north()
        with (
            mock.patch.object(Folder, "set_aside", watched_set_aside),
            mock.patch.object(Folder, "put", watched_put),
            mock.patch.object(Folder, "stage", watched_stage),
        ):
            self.follower.turn()
        self.assertGreater(len(seen), 5)
        self.assertFalse(any(seen))
        self.assertTrue(self.public.exists())

    def test_a_newer_publication_seen_in_the_middle_hides_what_is_older(self) -> None:
        self.follower.turn()
        made = following.documents

        def documents(*wanted: object) -> Iterator[object]:
            for number, one in enumerate(made(*wanted)):  # type: ignore[arg-type]  # as it was called
                if number == 1:
                    self.count_north()
                yield one

        with (
            mock.patch.object(following, "documents", documents),
            mock.patch.object(following, "LOOK_EVERY", 0),
        ):
            self.assertTrue(self.follower.turn())
        self.assertFalse(self.public.exists())
        # Without the database the older pages are better than none.
        self.without_the_database("newest_numbers", following.publications)
        self.assertTrue(self.public.exists())
        self.follow()
        self.assertAnsweredAlike()

    def test_the_database_that_goes_in_the_middle_leaves_every_page(self) -> None:
        self.follow()
        self.count_north()
        self.without_the_database("_ready", following.Follower)
        self.assertTrue((self.public / "en/artsakh/index.html").is_file())
        self.follow()
        self.assertAnsweredAlike()

    def test_what_a_watchdog_took_away_is_not_shown_without_the_database(self) -> None:
        self.follow()
        take_away(self.folder)
        self.without_the_database("newest_numbers", following.publications)
        self.assertFalse(self.public.exists())

    def without_the_database(self, asked: str, of: object) -> None:
        """A turn in which the database is gone when ``asked`` of ``of`` wants it."""
        with (
            mock.patch.object(of, asked, side_effect=OperationalError("gone")),
            mock.patch.object(following.connection, "close"),
        ):
            self.assertFalse(self.follower.turn())
        self.assertIn("gone", self.follower.trouble)

    def test_what_nginx_kept_of_django_is_asked_for_anew(self) -> None:
        self.follow()
        before = {name: os.readlink(self.folder / name) for name in ("edition", "purged")}
        self.count_north()
        self.follower.turn()
        self.assertNotEqual(os.readlink(self.folder / "edition"), before["edition"])
        self.assertEqual(os.readlink(self.folder / "purged"), before["purged"])
        for name in ("edition", "purged"):
            self.assertTrue((self.folder / name).is_dir())

    def test_nothing_stays_of_what_is_no_longer_declared(self) -> None:
        World("other").publication()
        self.follow()
        self.assertTrue((self.public / "en/other/index.html").is_file())
        purged = os.readlink(self.folder / "purged")
        artsakh = [one for one in publications.newest_numbers() if one[0].slug == "artsakh"]
        with (
            mock.patch.object(following.publications, "newest_numbers", lambda: artsakh),
            mock.patch.object(
                following, "editions", lambda: editions(lambda election: election.slug != "other")
            ),
        ):
            self.follower.turn()
        left = [path for path in self.folder.rglob("*") if "other" in path.parts]
        self.assertEqual(left, [])
        self.assertNotEqual(os.readlink(self.folder / "purged"), purged)

    def test_another_follower_takes_over_what_is_there(self) -> None:
        self.follow()
        inode = os.stat(self.public / "en/artsakh/index.html").st_ino
        other = Folder(self.folder)
        other._prepare()
        again = Follower(other, self.said.append, few=10)
        self.assertFalse(again.turn())
        self.assertEqual(os.stat(self.public / "en/artsakh/index.html").st_ino, inode)

    def test_what_was_on_its_way_when_it_ended_is_made_again(self) -> None:
        self.follow()
        name = next(name for name in self.mirror.index if name.startswith('["area", '))
        self.mirror.record({name: Entry("", self.mirror.index[name].addresses)})
        other = Folder(self.folder)
        other._prepare()
        again = Follower(other, self.said.append, few=10)
        while again.turn():
            pass
        self.assertNotEqual(other.index[name].key, "")
        self.assertAnsweredAlike()

    def test_without_the_database_the_mirror_stays_and_is_not_confirmed(self) -> None:
        self.follow()
        confirmed = self.folder / "confirmed"
        os.utime(confirmed, (1, 1))
        lines = len(self.said)
        with (
            mock.patch.object(
                following.publications, "newest_numbers", side_effect=OperationalError("gone")
            ),
            mock.patch.object(following.connection, "close"),
        ):
            for _turn in range(3):
                self.assertFalse(self.follower.turn())
        self.assertEqual(len(self.said), lines + 1)
        self.assertEqual(confirmed.stat().st_mtime, 1)
        self.assertTrue(self.public.exists())
        self.follower.turn()
        self.assertGreater(confirmed.stat().st_mtime, 1)

    def test_a_mirror_that_was_taken_away_is_back_after_a_turn(self) -> None:
        self.follow()
        take_away(self.folder)
        self.assertFalse(self.public.exists())
        self.follower.turn()
        self.assertTrue((self.public / "en/artsakh/index.html").is_file())

    def test_a_page_that_cannot_be_made_is_left_to_django(self) -> None:
        broken = mock.Mock(side_effect=ZeroDivisionError("a fault of ours"))
        documents = [
            replace(one, make=broken) if one.name == "screen" else one for one in DOCUMENTS
        ]
        with mock.patch("tabulation.public.mirror.wanted.DOCUMENTS", documents):
            self.follow()
        self.assertFalse((self.public / "en/artsakh/screen/index.html").exists())
        self.assertTrue((self.public / "en/artsakh/index.html").is_file())
        self.assertTrue(any("Left to Django" in line for line in self.said))

    def test_what_is_over_the_bound_is_left_to_django_and_told(self) -> None:
        with mock.patch.object(following, "MOST", 12):
            self.follow()
        self.assertIn("en/artsakh/index.html", self.files())
        self.assertLessEqual(len(self.files()), 12)
        self.assertIn("over 12 left to Django", self.said[0])

    def test_a_full_disk_is_told_and_tried_again(self) -> None:
        with mock.patch.object(Folder, "stage", side_effect=OSError(28, "No space left")):
            self.assertFalse(self.follower.turn())
        self.assertIn("No space left", self.said[-1])
        self.follow()
        self.assertIn('"publication": 1', self.number())


class WatchdogTests(TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.mirror = Folder(self.folder)
        self.enterContext(self.mirror.alone())
        self.mirror.show()
        self.now = 1_000_000.0
        self.said: list[str] = []
        self.watchdog = Watchdog(self.folder, 30, self.said.append, lambda: self.now)
        self.answers = True
        self.enterContext(
            mock.patch.object(watching, "database_answers", lambda _within: self.answers)
        )

    def look(self, after: float, *, confirmed: bool = False) -> bool:
        """Whether the mirror is there so many seconds later."""
        self.now += after
        if confirmed:
            self.mirror.confirm()
            os.utime(self.folder / "confirmed", (self.now, self.now))
        self.watchdog.look()
        return self.mirror.link.exists()

    def test_a_follower_that_is_silent_while_the_database_answers(self) -> None:
        self.assertTrue(self.look(0, confirmed=True))
        self.assertTrue(self.look(29))
        self.assertFalse(self.look(2))
        self.assertEqual(len(self.said), 1)
        self.look(10)
        self.assertEqual(len(self.said), 1)

    def test_without_the_database_it_stays_and_afterwards_the_follower_has_time(self) -> None:
        self.look(0, confirmed=True)
        self.answers = False
        self.assertTrue(self.look(3600))
        self.answers = True
        self.assertTrue(self.look(1))
        self.assertTrue(self.look(29))
        self.assertFalse(self.look(3))

    def test_a_follower_that_hung_after_it_read_what_is_newest_shows_nothing(self) -> None:
        self.look(0, confirmed=True)
        self.assertFalse(self.look(31))
        self.mirror.show()
        self.assertFalse(self.mirror.link.exists())
        self.mirror.ask_permit()
        self.mirror.show()
        self.assertTrue((self.mirror.link / ".").samefile(self.mirror.site))

    def test_one_that_confirms_is_left_alone(self) -> None:
        for _time in range(10):
            self.assertTrue(self.look(20, confirmed=True))


class CommandTests(TestCase):
    def test_it_says_what_it_did(self) -> None:
        world = World()
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesMessage(CommandError, "Nothing is published yet"):
                call_command("export_site", folder)
            self.assertFalse((Path(folder) / "public").exists())
            world.publication()
            out = StringIO()
            call_command("export_site", folder, election=["artsakh"], stdout=out)
            with self.assertRaisesMessage(CommandError, "There is no election 'x'"):
                call_command("export_site", folder, election=["x"])
        self.assertRegex(out.getvalue(), r"public: \d+ documents made, 0 unchanged, 0 removed")
