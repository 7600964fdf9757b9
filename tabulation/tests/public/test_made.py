"""Files that take long are made once, whoever asks and however many do."""

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from django.test import SimpleTestCase

from tabulation.public import made
from tabulation.public.document import Document
from tabulation.tests.support.public_pages import PublicPagesTestCase
from tabulation.tests.support.threads import together


class KeptCase(SimpleTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory())) / "made"
        self.enterContext(mock.patch.object(made, "folder", self.folder))
        self.times = 0

    def document(self, content: bytes = b"content", etag: str = "x") -> Document:
        def chunks() -> Iterator[bytes]:
            self.times += 1
            yield content[:3]
            yield content[3:]

        return Document(chunks(), "text/csv", etag)

    def names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir() if not path.name.startswith("lock-")}


class KeptTests(KeptCase):
    def test_made_once_by_its_address_and_its_tag(self) -> None:
        first = made.kept("/data/a", self.document())
        self.assertEqual(first.read_bytes(), b"content")
        self.assertEqual(made.kept("/data/a", self.document()), first)
        self.assertEqual(self.times, 1)
        self.assertNotEqual(made.kept("/data/a", self.document(etag="y")), first)
        self.assertNotEqual(made.kept("/data/b", self.document()), first)
        self.assertEqual(self.times, 3)

    def test_who_ask_at_once_wait_for_one(self) -> None:
        found = []
        work = [lambda: found.append(made.kept("/data/a", self.document(b"long" * 10_000)))] * 8
        with mock.patch.object(made, "AT_ONCE", threading.BoundedSemaphore(8)):
            self.assertEqual(together(*work), [])
        self.assertEqual((self.times, len(set(found))), (1, 1))

    def test_threads_are_left_for_the_pages(self) -> None:
        with made.AT_ONCE, made.AT_ONCE, self.assertRaises(made.Busy):
            made.kept("/data/a", self.document())
        self.assertEqual(made.kept("/data/a", self.document()).read_bytes(), b"content")

    def test_what_could_not_be_finished_leaves_nothing(self) -> None:
        def broken() -> Iterator[bytes]:
            yield b"half"
            raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            made.kept("/data/a", Document(broken(), "text/csv", "x"))
        self.assertEqual(self.names(), set())
        self.assertEqual(made.kept("/data/a", self.document()).read_bytes(), b"content")

    def test_a_full_disk_is_told_as_busy(self) -> None:
        full = OSError(28, "No space left on device")
        with (
            mock.patch.object(made, "_make", side_effect=full),
            self.assertLogs("tabulation.public.made", "ERROR"),
            self.assertRaises(made.Busy),
        ):
            made.kept("/data/a", self.document())

    def test_where_nothing_can_be_kept_it_is_made_anew(self) -> None:
        self.folder.write_text("no folder")
        with self.assertLogs("tabulation.public.made", "WARNING"):
            self.assertIsNone(made.kept("/data/a", self.document()))
        with mock.patch.object(made, "folder", None):
            self.assertIsNone(made.kept("/data/a", self.document()))

    def test_what_nobody_asked_for_longest_goes(self) -> None:
        with mock.patch.object(made, "MOST", 20):
            first, second = (made.kept(f"/data/{i}", self.document()) for i in range(2))
            made.kept("/data/0", self.document())
            third = made.kept("/data/2", self.document())
        self.assertEqual(self.names(), {first.name, third.name})
        self.assertFalse(second.exists())

    def test_who_waits_too_long_is_told_so(self) -> None:
        go_on, begun = threading.Event(), threading.Event()

        def slow() -> Iterator[bytes]:
            begun.set()
            go_on.wait(20)
            yield b"x"

        one = threading.Thread(
            target=made.kept, args=("/data/a", Document(slow(), "text/csv", "x"))
        )
        one.start()
        self.addCleanup(one.join)
        self.addCleanup(go_on.set)
        self.assertTrue(begun.wait(20))
        with mock.patch.object(made, "PATIENCE", 0.1), self.assertRaises(made.Busy):
            made.kept("/data/a", self.document())


class AnsweredTests(PublicPagesTestCase):
    FILE = "/data/artsakh/1/all.zip"

    def setUp(self) -> None:
        super().setUp()
        self.anew = self.client.get(self.FILE).getvalue()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(mock.patch.object(made, "folder", self.folder))

    def test_what_is_kept_is_what_would_be_made(self) -> None:
        for _again in range(2):
            answer = self.client.get(self.FILE)
            self.assertEqual(answer.getvalue(), self.anew)
            self.assertEqual(answer["Content-Length"], str(len(self.anew)))
            self.assertEqual(answer["Content-Type"], "application/zip")
            self.assertNotIn("Content-Disposition", answer)
            self.assertEqual(answer["Cache-Control"], "public, max-age=3600")
        with mock.patch.object(made, "_make", side_effect=AssertionError("made twice")):
            self.assertEqual(self.client.get(f"{self.FILE}?x=1").getvalue(), self.anew)
            self.client.get(self.FILE, headers={"if-none-match": answer["ETag"]})
            self.client.head(self.FILE)

    def test_lists_are_not_kept_and_few_are_made_at_once(self) -> None:
        path = "/en/artsakh/president/stations.csv?status=counted"
        waiting = [self.client.get(path) for _time in range(2)]
        self.assertEqual(self.client.get(path).status_code, 503)
        first, second = (answer.getvalue() for answer in waiting)
        for _time in range(3):
            self.assertEqual(self.client.get(path).getvalue(), first)
        self.assertEqual(second, first)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_who_comes_while_others_are_at_it_is_told_so(self) -> None:
        with mock.patch.object(made, "kept", side_effect=made.Busy):
            answer = self.client.get(self.FILE)
        self.assertContains(answer, "This file cannot be made just now", status_code=503)
        self.assertEqual(answer["Retry-After"], "10")
