"""What formats are made of: names for XML, what is gathered on disk, zips; others' schemas."""

import hashlib
import io
import zipfile
from datetime import UTC, datetime
from typing import Any

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from tabulation.public.files import xml_
from tabulation.public.files.bulk import zipped
from tabulation.public.files.spool import Spool
from tabulation.public.files.statement import CHUNK
from tabulation.tests.support import format_checks
from tabulation.tests.support.world import NOW

#: SHA-256 of what NIST publishes.
SHIPPED = {
    "NIST_V2_election_results_reporting.xsd": (
        "4520a63c6b233a200cba2027bb851b24ae298fae51ff09863e71858b3d7a38a6"
    ),
    "NIST_V2_election_results_reporting.json": (
        "55c1c6382bf5ba369ae05d58c3f4bab6b487a2e8c01720ee87209b9a85e5d3db"
    ),
    "LICENSE.md": ("2f5fb7d6ef06462896505a462120187f21a4b3c10e12ad31acc1b9e92ae00618"),
}


class OthersSchemasTests(SimpleTestCase):
    def test_they_ship_as_they_are_beside_their_licence(self) -> None:
        for name, digest in SHIPPED.items():
            with self.subTest(name):
                content = (format_checks.NIST / name).read_bytes()
                self.assertEqual(hashlib.sha256(content).hexdigest(), digest)


class NamesInXmlTests(SimpleTestCase):
    def test_codes_become_names_of_xml(self) -> None:
        for code, name in (
            ("4/13", "station-4_2f_13"),
            ("01.009", "station-01.009"),
            ("a_b", "station-a_5f_b"),
            ("Ա 1", "station-_531__20_1"),
        ):
            with self.subTest(code):
                self.assertEqual(xml_.identifier("station", code), name)

    @given(st.text(max_size=12), st.text(max_size=12))
    def test_two_codes_never_have_one_name(self, one: str, other: str) -> None:
        names = [xml_.identifier("station", code) for code in (one, other)]
        self.assertEqual(one == other, names[0] == names[1])
        self.assertRegex(names[0], r"^[A-Za-z][A-Za-z0-9._-]*$")

    @given(st.text("_0123456789abf/. ", max_size=8), st.text("_0123456789abf/. ", max_size=8))
    def test_nor_do_those_that_look_like_escapes(self, one: str, other: str) -> None:
        names = {xml_.identifier("area", code) for code in (one, other)}
        self.assertEqual(len(names), len({one, other}))

    @given(st.text())
    def test_any_text_is_read_back_but_for_what_xml_forbids(self, text: str) -> None:
        source = f"{xml_.comment(text)}<a b={xml_.attribute(text)}>{xml_.text(text)}</a>"
        tree = format_checks.parsed(source.encode())
        expected = xml_.FORBIDDEN.sub("\ufffd", text)
        self.assertEqual((tree.text or "", tree.get("b")), (expected, expected))


class BoundedTests(SimpleTestCase):
    def test_what_is_gathered_comes_back_in_its_order(self) -> None:
        size = CHUNK // 3
        with Spool() as spool:
            for i in range(10):
                spool.add("a", f"{i}" * size)
                spool.add("b", f"{i}é")
            self.assertTrue(spool.holds("a"))
            self.assertFalse(spool.holds("c"))
            self.assertEqual("".join(spool.read("a")), "".join(f"{i}" * size for i in range(10)))
            self.assertEqual("".join(spool.read("b")), "0é1é2é3é4é5é6é7é8é9é")
            self.assertEqual(list(spool.read("c")), [])

    def test_a_zip_is_sent_while_it_is_made(self) -> None:
        read: list[int] = []

        def content() -> Any:
            for i in range(100):
                read.append(i)
                yield bytes(j * i % 251 for j in range(10_000))

        pieces = zipped([("a", content()), ("b", content())], NOW)
        first = next(pieces)
        self.assertTrue(first)
        self.assertLess(len(read), 30)
        whole = first + b"".join(pieces)
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            self.assertEqual(archive.namelist(), ["a", "b"])
            self.assertEqual(archive.read("a"), archive.read("b"))
            self.assertEqual(archive.infolist()[0].date_time, (2012, 7, 19, 20, 0, 0))

    def test_its_bytes_depend_on_files_and_time_alone(self) -> None:
        early = datetime(1970, 1, 1, tzinfo=UTC)
        for at, large in ((NOW, False), (NOW, True), (early, False)):
            with self.subTest(at=at.isoformat(), large=large):
                made = [b"".join(zipped([("a", [b"x"])], at, large=large)) for _time in range(2)]
                self.assertEqual(made[0], made[1])
                with zipfile.ZipFile(io.BytesIO(made[0])) as archive:
                    self.assertEqual(archive.read("a"), b"x")
