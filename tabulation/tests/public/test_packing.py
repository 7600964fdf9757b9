"""Packs: what is in them, what is made anew, what is taken over, and who follows the ledger."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.test import SimpleTestCase, override_settings

from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import reading
from tabulation.ledger.writing import publish
from tabulation.public import document
from tabulation.public.packing import addresses, building, following
from tabulation.public.packing.addresses import Wanted, hot_addresses
from tabulation.public.packing.answering import NotForEverybody, maker
from tabulation.public.packing.build import _files
from tabulation.public.packing.following import Follower
from tabulation.public.packing.pack import Answer, Kind, Pack, PackRefused, PackWriter
from tabulation.tests.support.packs import PackTestCase
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import NORTH, NOW, SOUTH, CommittedTestCase, World

BUILD = b"b" * 32
KIND = Kind("200 OK", (("Content-Type", "text/plain"),))
OTHER = Kind("302 Found", (("Location", "/en/"),))
AREA = "/artsakh/president/area"
#: The root, the newest number and the newest checkpoint; and six pages in each language.
ALL = 3 + 6 * len(settings.LANGUAGES)


def in_every_language(*addresses: str) -> set[str]:
    return {f"/{code}{address}" for address in addresses for code, _name in settings.LANGUAGES}


def answer(number: int) -> Answer:
    address = f"/станция/{number}/".encode()
    body = bytes([number % 256]) * number
    return Answer(address, OTHER if number % 7 == 0 else KIND, b"tag", body, number % 2 == 0)


class PackTests(SimpleTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "pack"

    def write(self, *answers: Answer) -> None:
        with PackWriter(self.path, BUILD) as writer:
            for one in answers:
                writer.add(one)

    def test_what_is_written_is_found_and_nothing_else(self) -> None:
        for count in (0, 1, 2, 3, 500):
            with self.subTest(count):
                written = [answer(number) for number in range(count)]
                self.write(*written)
                pack = Pack(self.path)
                self.assertEqual((len(pack), pack.build), (count, BUILD))
                self.assertEqual(list(pack), written)
                for one in written:
                    self.assertEqual(pack.find(one.address), one)
                    self.assertIsNone(pack.find(one.address[:-1]))
                    self.assertIsNone(pack.find(one.address + b"/"))
                self.assertIsNone(pack.find(b""))

    def test_addresses_of_the_same_crc_are_told_apart(self) -> None:
        with mock.patch("tabulation.public.packing.pack.zlib.crc32", lambda _bytes: 7):
            written = [answer(number) for number in range(20)]
            self.write(*written)
            pack = Pack(self.path)
            self.assertEqual([pack.find(one.address) for one in written], written)
            self.assertIsNone(pack.find(b"/other/"))

    def test_any_changed_byte_is_found(self) -> None:
        self.write(*(answer(number) for number in range(8)))
        good = self.path.read_bytes()
        for at in range(len(good)):
            bad = bytearray(good)
            bad[at] ^= 0xFF
            self.path.write_bytes(bad)
            with self.assertRaises(PackRefused, msg=f"byte {at}"):
                list(Pack(self.path))

    def test_a_file_cut_off_anywhere_is_refused(self) -> None:
        self.write(answer(3), answer(4))
        good = self.path.read_bytes()
        for length in range(len(good)):
            self.path.write_bytes(good[:length])
            with self.assertRaises(PackRefused, msg=f"{length} bytes"):
                Pack(self.path)

    def test_an_exception_leaves_the_pack_and_no_rest(self) -> None:
        self.write(answer(1))
        before = self.path.read_bytes()
        with self.assertRaises(ZeroDivisionError), PackWriter(self.path, BUILD) as writer:
            writer.add(answer(2))
            raise ZeroDivisionError
        self.assertEqual(self.path.read_bytes(), before)
        self.assertEqual(list(self.path.parent.iterdir()), [self.path])

    def test_the_rest_of_a_killed_writer_is_no_hindrance(self) -> None:
        self.path.with_name("pack.new").write_bytes(b"half")
        self.write(answer(1))
        self.assertEqual(len(Pack(self.path)), 1)
        self.assertEqual(list(self.path.parent.iterdir()), [self.path])


class ContentTests(PackTestCase):
    def addresses(self) -> set[str]:
        return {one.address.decode() for one in Pack(self.path)}

    def test_every_document_that_is_kept_ready_and_no_station(self) -> None:
        World("silent")
        self.pack_all()
        self.assertEqual(
            self.addresses(),
            {
                *("/", "/data/artsakh/latest.json", "/data/artsakh/checkpoint"),
                *in_every_language("/", "/artsakh/", "/artsakh/publications/"),
                *in_every_language(*(f"{AREA}/{code}/" for code in ("AM", "N", "S"))),
            },
        )
        self.assertIn("artsakh 2", self.said[0])

    def test_each_page_of_an_area_with_many_stations(self) -> None:
        with (
            mock.patch.object(document, "STATIONS_PER_PAGE", 1),
            mock.patch.object(addresses, "STATIONS_PER_PAGE", 1),
        ):
            self.pack_all()
        area = "/en/artsakh/president/area"
        self.assertLess({f"{area}/S/", f"{area}/S/-/1/", f"{area}/S/-/2/"}, self.addresses())
        self.assertNotIn(f"{area}/S/-/3/", self.addresses())
        self.assertNotIn(f"{area}/N/-/1/", self.addresses())

    def test_the_newest_number_is_asked_for_before_the_pages(self) -> None:
        addresses = [wanted.address for wanted in hot_addresses(BUILD)]
        latest = addresses.index(b"/data/artsakh/latest.json")
        self.assertLess(latest, addresses.index(b"/en/artsakh/"))

    def test_what_differs_from_reader_to_reader_is_never_packed(self) -> None:
        make = maker()
        for address in (b"/staff/", b"/staff/sign-in/", b"/healthz", b"/en/nowhere/"):
            with self.subTest(address), self.assertRaises(NotForEverybody):
                if address == b"/healthz":
                    # A cache may keep it, but it says how this host is.
                    with mock.patch.object(reading, "database_answers", return_value=False):
                        make(Wanted(address))
                make(Wanted(address))

    def test_an_area_says_nothing_of_the_newest_publication(self) -> None:
        """What the whole saving rests on: the page is the same until its own row is replaced."""
        address = Wanted(b"/en/artsakh/president/area/N/")
        before = maker()(address)
        self.change_south()
        self.assertEqual(maker()(address), before)


class TakingOverTests(PackTestCase):
    def made(self) -> set[str]:
        """Addresses that were made, not taken over, until the pack is whole."""
        asked: set[str] = set()
        real = maker()

        def make(wanted: Wanted) -> Answer:
            asked.add(wanted.address.decode())
            return real(wanted)

        with mock.patch.object(building, "maker", lambda: make):
            self.pack_all()
        return asked

    #: Of no single election.
    ALWAYS = {"/", *in_every_language("/")}
    HOT = {
        *ALWAYS,
        *("/data/artsakh/latest.json", "/data/artsakh/checkpoint"),
        *in_every_language("/artsakh/", "/artsakh/publications/"),
    }
    AREA = f"/en{AREA}"

    def test_only_the_areas_that_changed_are_made_anew(self) -> None:
        self.made()
        self.assertEqual(self.made(), self.ALWAYS)
        self.change_south()
        changed = in_every_language(f"{AREA}/S/", f"{AREA}/AM/")
        self.assertEqual(self.made(), self.HOT | changed)
        page = Pack(self.path).find(f"{self.AREA}/S/".encode())
        self.assertEqual(page.etag, maker()(Wanted(page.address)).etag)

    def test_another_election_s_pages_are_not_made_anew(self) -> None:
        other = World("other")
        other.publication()
        self.made()
        self.change_south()
        self.assertEqual({page for page in self.made() if "other" in page}, set())
        other.accepted(other.stations[0], NORTH)
        other.publication()
        made = self.made()
        self.assertEqual({page for page in made if "artsakh" in page}, set())
        self.assertIn("/en/other/", made)

    @slow
    def test_what_makes_pages_anew(self) -> None:
        everything = self.made()
        areas = everything - self.HOT | self.ALWAYS
        for name, other, anew in (
            ("election", mock.patch.object(addresses, "what_is_said_of", repr), everything),
            ("build", mock.patch.object(following, "build", lambda: BUILD), everything),
            # A changed form comes with a publication, and so do the other pages.
            (
                "form",
                mock.patch.object(ProtocolForm, "as_json", lambda _paper: {"lines": []}),
                areas,
            ),
        ):
            with self.subTest(name):
                with other:
                    self.assertEqual(self.made(), anew)
                    self.assertEqual(self.made(), self.ALWAYS)
                self.assertEqual(self.made(), anew)

    def test_a_database_that_was_thrown_away_has_the_same_numbers_at_other_times(self) -> None:
        self.made()
        times = mock.Mock(values_list=lambda *_names: [(1, NOW.replace(day=1)), (2, NOW)])
        with mock.patch.object(reading, "publications", lambda _election: times):
            self.assertEqual(self.made(), self.ALWAYS | in_every_language(f"{AREA}/N/"))
        earlier = self.world.election.publications.get(number=2)
        earlier.published_at = NOW.replace(day=1)
        with mock.patch.object(reading, "latest", lambda _election: earlier):
            self.assertEqual(self.made() & self.HOT, self.HOT)

    def test_the_first_pack_leaves_out_what_changed(self) -> None:
        self.pack_all()
        self.change_south()
        follower = self.follower()
        self.assertTrue(follower.turn())
        pack = Pack(self.path)
        self.assertIn(b'"publication": 3', pack.find(b"/data/artsakh/latest.json").body)
        self.assertIsNone(pack.find(f"{self.AREA}/S/".encode()))
        self.assertIsNotNone(pack.find(f"{self.AREA}/N/".encode()))
        self.assertFalse(follower.turn())
        self.assertIsNotNone(Pack(self.path).find(f"{self.AREA}/S/".encode()))

    def test_a_damaged_page_is_made_anew(self) -> None:
        self.pack_all()
        content = bytearray(self.path.read_bytes())
        content[content.index(f"{self.AREA}/N/".encode()) + 100] ^= 1
        self.path.write_bytes(content)
        self.assertEqual(self.made(), self.ALWAYS | {f"{self.AREA}/N/"})

    def test_a_pack_that_is_none_is_replaced(self) -> None:
        self.path.write_bytes(b"nonsense")
        self.pack_all()
        self.assertEqual(len(Pack(self.path)), ALL)


class FollowerTests(PackTestCase):
    def test_nothing_is_done_while_nothing_is_published(self) -> None:
        follower = self.follower()
        while follower.turn():
            pass
        file = Pack(self.path).file
        lines = len(self.said)
        with self.assertNumQueries(1):
            self.assertFalse(follower.turn())
        self.assertEqual((Pack(self.path).file, len(self.said)), (file, lines))

    def test_a_pack_that_was_removed_is_written_again(self) -> None:
        follower = self.follower()
        while follower.turn():
            pass
        self.path.unlink()
        while follower.turn():
            pass
        self.assertEqual(len(Pack(self.path)), ALL)

    def test_a_publication_while_areas_are_made_is_not_kept_waiting(self) -> None:
        follower = self.follower()
        follower.turn()
        pages, real = [], building.Builder._add

        def add(*args: object) -> None:
            real(*args)
            if not pages:
                self.change_south()
            pages.append(args)

        with (
            mock.patch.object(building.Builder, "_add", add),
            mock.patch.object(following, "LOOK_EVERY", 0),
        ):
            self.assertTrue(follower.turn())
            self.assertEqual(len(pages), 1)
            self.assertTrue(follower.turn())
        self.assertIn(b'"publication": 3', Pack(self.path).find(b"/data/artsakh/latest.json").body)

    def test_a_page_that_fails_is_left_to_django_and_named(self) -> None:
        real = maker()

        def make(wanted: Wanted) -> Answer:
            if wanted.address.endswith(b"/area/S/"):
                raise NotForEverybody("500 Internal Server Error")
            return real(wanted)

        with mock.patch.object(building, "maker", lambda: make):
            self.pack_all()
        self.assertEqual(len(Pack(self.path)), ALL - len(settings.LANGUAGES))
        self.assertIn("area/S/: 500", self.said[1])

    def test_without_a_database_the_pack_stays_and_is_confirmed(self) -> None:
        self.pack_all()
        follower, lines = self.follower(), len(self.said)
        os.utime(self.path, (1, 1))
        broken = mock.patch.object(
            reading, "newest_numbers", side_effect=OperationalError("server closed")
        )
        with broken, mock.patch.object(connection, "close") as closed:
            for _turn in range(3):
                self.assertFalse(follower.turn())
            self.assertEqual(closed.call_count, 3)
        self.assertGreater(self.path.stat().st_mtime, 1)
        self.assertEqual(self.said[lines:], [follower.trouble])
        self.assertIn("server closed", follower.trouble)
        self.assertTrue(follower.turn() or Pack(self.path))
        self.assertEqual(follower.trouble, "")

    def test_a_database_that_goes_while_a_pack_is_made(self) -> None:
        self.pack_all()
        self.change_south()
        before, follower = self.path.read_bytes(), self.follower()

        def make(wanted: Wanted) -> Answer:
            raise NotForEverybody("500 Internal Server Error")

        follower._builder._make = make
        with (
            mock.patch.object(reading, "database_answers", return_value=False),
            mock.patch.object(connection, "close"),
        ):
            self.assertFalse(follower.turn())
        self.assertEqual(self.path.read_bytes(), before)
        self.assertIn("cannot be used", follower.trouble)

    def test_a_pack_that_cannot_be_replaced_is_not_confirmed(self) -> None:
        self.pack_all()
        self.change_south()
        follower = self.follower()
        os.utime(self.path, (1, 1))
        with mock.patch.object(os, "fsync", side_effect=OSError(28, "No space left on device")):
            self.assertFalse(follower.turn())
        self.assertEqual(self.path.stat().st_mtime, 1)
        self.assertIn("No space left", follower.trouble)
        follower.turn()
        self.assertEqual(follower.trouble, "")
        self.assertGreater(self.path.stat().st_mtime, 1)


class RestartTests(CommittedTestCase):
    """A real connection that ends: in a test's transaction there is only one."""

    def test_a_database_that_restarts_is_used_again(self) -> None:
        world = World()
        world.accepted(world.stations[0], NORTH)
        publish(election=world.election, by=None, at=NOW)
        said: list[str] = []
        with tempfile.TemporaryDirectory() as folder:
            follower = Follower(Path(folder) / "pack", said.append)
            while follower.turn():
                pass
            with self.assertRaises(OperationalError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            self.assertFalse(follower.turn())
            self.assertIn("cannot be used", follower.trouble)
            self.assertFalse(follower.turn())
            self.assertEqual(follower.trouble, "")
            world.accepted(world.stations[1], SOUTH)
            publish(election=world.election, by=None, at=NOW)
            follower.turn()
            newest = Pack(Path(folder) / "pack").find(b"/data/artsakh/latest.json")
        self.assertIn(b'"publication": 2', newest.body)


class CommandTests(PackTestCase):
    def run_command(self, *options: str, naps: Iterator[object] | None = None) -> str:
        def sleep(_seconds: float) -> None:
            if naps is None or next(naps, None) is None:
                raise KeyboardInterrupt

        out = StringIO()
        with override_settings(PACK=self.path), mock.patch("time.sleep", sleep):
            call_command("follow_ledger", *options, stdout=out)
        return out.getvalue()

    def test_once(self) -> None:
        lines = self.run_command("--once").splitlines()
        self.assertRegex(lines[0], r"^Newest: artsakh 2\. Pack of 15 documents, .* 12 to come\.$")
        self.assertRegex(
            lines[1], r"^Areas\. Pack of 27 documents, .* 12 made, 15 kept, 0 to come\.$"
        )
        self.assertEqual(len(Pack(self.path)), ALL)

    def test_until_ctrl_c(self) -> None:
        said = self.run_command(naps=iter([1, 1]))
        self.assertTrue(said.endswith("Stopped.\n"))
        self.assertEqual(len(said.splitlines()), 3)

    def test_one_a_pack(self) -> None:
        lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT)
        self.addCleanup(os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX)
        with self.assertRaisesMessage(CommandError, "one is enough"):
            self.run_command("--once")

    def test_a_folder_that_is_not_there_is_told(self) -> None:
        self.path = self.path.parent / "nowhere" / "pack"
        with self.assertRaisesMessage(CommandError, "HASHVARK_PACK"):
            self.run_command("--once")

    def test_once_without_a_database_is_an_error(self) -> None:
        broken = mock.patch.object(reading, "newest_numbers", side_effect=OperationalError("x"))
        with broken, mock.patch.object(connection, "close"), self.assertRaises(CommandError):
            self.run_command("--once")

    def test_an_interval_is_a_number_of_seconds(self) -> None:
        for text in ("0", "soon", "nan", "61"):
            with self.subTest(text), self.assertRaises(CommandError):
                self.run_command("--every", text)


class BuildTests(SimpleTestCase):
    def test_templates_code_and_scripts_count(self) -> None:
        names = {path.name for path in _files()}
        self.assertLess({"area.html", "document.py", "hashvark.css", "reading.py"}, names)
        self.assertNotIn("test_packing.py", names)
