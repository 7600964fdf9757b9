"""Ready documents in front of Django: the same answers, for what is plain and packed alone."""

import gzip
import math
import os
import threading
import time
from collections import deque
from unittest import mock

from django.core.handlers.wsgi import WSGIHandler
from django.test import SimpleTestCase, override_settings

from tabulation.public import serving
from tabulation.public.packing.build import build
from tabulation.public.packing.pack import Pack, PackWriter
from tabulation.public.serving import Ready, Shelf, accepts_gzip
from tabulation.tests.support.packs import PackTestCase, Reply, ask

#: One of each kind of document that is kept ready.
DOCUMENTS = {
    "latest": "/data/artsakh/latest.json",
    "archive": "/en/",
    "election": "/en/artsakh/",
    "publications": "/en/artsakh/publications/",
    "area": "/en/artsakh/president/area/S/",
    "root": "/",
}
ELECTION = DOCUMENTS["election"]
#: What only the one who gzips says.
OF_CODING = {"content-encoding", "content-length", "etag"}


class ServingTestCase(PackTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.django = WSGIHandler()
        self.fell_through: list[str] = []

    def ready(self) -> Ready:
        def behind(environ, start_response):
            self.fell_through.append(environ["PATH_INFO"])
            return self.django(environ, start_response)

        return Ready(behind, self.path)

    def packed(self) -> Ready:
        self.pack_all()
        return self.ready()

    def served(self, ready: Ready, path: str, method: str = "GET", **environ: str) -> Reply:
        """From the pack, or the test fails."""
        reply = ask(ready, path, method, **environ)
        self.assertEqual(self.fell_through, [], path)
        return reply

    def assert_falls_through(self, ready: Ready, path: str, method: str = "GET", **environ):
        before = len(self.fell_through)
        reply = ask(ready, path, method, **environ)
        self.assertEqual(len(self.fell_through), before + 1, (path, method, environ))
        return reply


class SameAnswerTests(ServingTestCase):
    """Whoever asks cannot tell whether Django answered, but for the speed and the gzip."""

    def assert_same(self, **environ: str) -> None:
        ready = self.packed()
        for name, path in DOCUMENTS.items():
            for method in ("GET", "HEAD"):
                with self.subTest(name, method=method):
                    ours = self.served(ready, path, method, **environ)
                    theirs = ask(self.django, path, method, **environ)
                    self.assertEqual(ours, theirs)

    def test_plain(self) -> None:
        self.assert_same()

    def test_the_headers_that_protect_readers_are_among_them(self) -> None:
        headers = self.served(self.packed(), ELECTION).headers
        for name in (
            *("content-security-policy", "x-content-type-options", "referrer-policy"),
            *("x-frame-options", "cross-origin-opener-policy", "cache-control", "etag"),
        ):
            self.assertIn(name, headers)
        self.assertEqual(headers["access-control-allow-origin"], "*")
        self.assertNotIn("set-cookie", headers)

    def test_gzipped(self) -> None:
        ready = self.packed()
        for name, path in DOCUMENTS.items():
            with self.subTest(name):
                ours = self.served(ready, path, HTTP_ACCEPT_ENCODING="gzip, deflate, br")
                theirs = ask(self.django, path)
                self.assertEqual(ours.status, theirs.status)
                self.assertEqual(ours.headers["content-length"], str(len(ours.body)))
                if name in ("latest", "root"):  # too short to gain by it
                    self.assertEqual(ours, theirs)
                    continue
                self.assertEqual(ours.headers["content-encoding"], "gzip")
                self.assertEqual(ours.headers["vary"], "Accept-Encoding")
                self.assertEqual(gzip.decompress(ours.body), theirs.body)
                self.assertNotEqual(ours.headers["etag"], theirs.headers["etag"])
                for header in OF_CODING:
                    ours.headers.pop(header)
                    theirs.headers.pop(header, None)
                self.assertEqual(ours.headers, theirs.headers)

    @override_settings(SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=3600)
    @override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))
    def test_where_https_is_demanded(self) -> None:
        build.cache_clear()
        self.addCleanup(build.cache_clear)
        self.django = WSGIHandler()
        self.assert_same(HTTP_X_FORWARDED_PROTO="https")
        ready = self.ready()
        secure = self.served(ready, ELECTION, HTTP_X_FORWARDED_PROTO="https")
        self.assertEqual(secure.headers["strict-transport-security"], "max-age=3600")
        for insecure in ({}, {"HTTP_X_FORWARDED_PROTO": "http"}):
            reply = self.assert_falls_through(ready, ELECTION, **insecure)
            self.assertEqual(reply.status, "301 Moved Permanently")

    def test_nothing_changed(self) -> None:
        ready = self.packed()
        for name, path in DOCUMENTS.items():
            if name == "root":
                continue
            with self.subTest(name):
                etag = ask(self.django, path).headers["etag"]
                ours = self.served(ready, path, HTTP_IF_NONE_MATCH=etag)
                theirs = ask(self.django, path, HTTP_IF_NONE_MATCH=etag)
                # Django says how long no text is.
                self.assertEqual(theirs.headers.pop("content-length"), "0")
                self.assertEqual(ours, theirs)


class ConditionalTests(ServingTestCase):
    def test_who_has_it_gets_304_and_who_has_not_gets_it(self) -> None:
        ready = self.packed()
        plain = self.served(ready, ELECTION).headers["etag"]
        zipped = self.served(ready, ELECTION, HTTP_ACCEPT_ENCODING="gzip").headers["etag"]
        self.assertEqual(zipped, plain[:-1] + '-gzip"')
        for theirs, told in (
            (plain, plain),
            (zipped, zipped),
            (f"W/{plain}", plain),
            (f'"other", {zipped}', zipped),
            (f'"a,b",W/"c" , {plain}', plain),
            ("*", plain),
            (f"{zipped}, {plain}", plain),
            ('"other"', None),
            (plain.strip('"'), None),
            ("", None),
            ("nonsense, *", None),
        ):
            with self.subTest(theirs):
                reply = self.served(ready, ELECTION, HTTP_IF_NONE_MATCH=theirs)
                if told is None:
                    self.assertEqual(reply.status, "200 OK")
                    self.assertTrue(reply.body)
                else:
                    self.assertEqual(reply.status, "304 Not Modified")
                    self.assertEqual((reply.headers["etag"], reply.body), (told, b""))
                    self.assertNotIn("content-encoding", reply.headers)
                    self.assertIn("cache-control", reply.headers)

    def test_the_encoding_is_chosen_by_the_rules(self) -> None:
        for header, zipped in (
            ("gzip", True),
            ("gzip, deflate, br, zstd", True),
            ("br;q=1.0, GZIP;q=0.8, *;q=0.1", True),
            ("x-gzip", True),
            ("*", True),
            ("gzip ; q=0.001", True),
            ("", False),
            ("identity", False),
            ("br", False),
            ("gzip;q=0", False),
            ("gzip;q=0.000, *", False),
            ("*;q=0", False),
            ("gzip;q=nonsense", False),
            ("ungzip", False),
        ):
            with self.subTest(header):
                self.assertEqual(accepts_gzip(header), zipped)


class FallingThroughTests(ServingTestCase):
    def test_whatever_is_not_plain_is_django_s(self) -> None:
        ready = self.packed()
        for name, path, method, environ, status in (
            ("post", ELECTION, "POST", {}, "405"),
            ("options", ELECTION, "OPTIONS", {}, "405"),
            ("foreign host", ELECTION, "GET", {"HTTP_HOST": "evil.example"}, "400"),
            ("no host", ELECTION, "GET", {"HTTP_HOST": ""}, "400"),
            ("hostile host", ELECTION, "GET", {"HTTP_HOST": "localhost\r\nX: y"}, "400"),
            ("https, not demanded", ELECTION, "GET", {"wsgi.url_scheme": "https"}, "200"),
            ("below a prefix", ELECTION, "GET", {"SCRIPT_NAME": "/app"}, "200"),
            ("if-match", ELECTION, "GET", {"HTTP_IF_MATCH": '"x"'}, "412"),
            ("nothing there", "/en/nowhere/", "GET", {}, "404"),
            ("no slash", "/en/artsakh", "GET", {}, "301"),
            ("two slashes", "/en//artsakh/", "GET", {}, "404"),
            ("a file's path", "/../../etc/passwd", "GET", {}, "404"),
            ("the pack's path", str(self.path), "GET", {}, "404"),
            ("quoted", "/en/artsakh%2F", "GET", {}, "404"),
            ("no path", "", "GET", {}, "302"),
            ("a zero byte", "/en/artsakh/\0", "GET", {}, "404"),
            ("a station", "/en/artsakh/president/station/1/01/", "GET", {}, "200"),
            ("the staff's", "/staff/", "GET", {}, "302"),
        ):
            with self.subTest(name):
                if name == "foreign host":
                    with self.assertLogs("django.security.DisallowedHost"):
                        reply = self.assert_falls_through(ready, path, method, **environ)
                else:
                    reply = self.assert_falls_through(ready, path, method, **environ)
                self.assertEqual(reply.status[:3], status)

    def test_a_port_beside_the_host_is_as_good(self) -> None:
        self.served(self.packed(), ELECTION, HTTP_HOST="localhost:8000")

    def test_a_query_string_changes_nothing(self) -> None:
        ready = self.packed()
        plain = self.served(ready, ELECTION)
        for query in ("?x=1", "?../../etc/passwd", "?" + "x" * 5000):
            self.assertEqual(self.served(ready, ELECTION + query), plain)

    def test_a_range_is_answered_whole(self) -> None:
        reply = self.served(self.packed(), ELECTION, HTTP_RANGE="bytes=0-9")
        self.assertEqual(reply.status, "200 OK")
        self.assertGreater(len(reply.body), 10)

    def test_no_request_opens_a_file(self) -> None:
        ready = self.packed()
        with (
            mock.patch("builtins.open", side_effect=AssertionError),
            mock.patch("os.stat", side_effect=AssertionError),
        ):
            self.served(ready, ELECTION)
            self.assertIsNone(ready._shelf.find({"PATH_INFO": "/../documents.pack"}))

    def test_without_a_pack_django_answers(self) -> None:
        reply = self.assert_falls_through(self.ready(), ELECTION)
        self.assertEqual(reply.status, "200 OK")


class ReplacingTests(ServingTestCase):
    def later(self, ready: Ready) -> None:
        """The quarter of a second until the next look is over."""
        ready._shelf._look_again = 0

    def test_a_new_pack_is_noticed_at_the_next_look(self) -> None:
        ready = self.packed()
        before = self.served(ready, DOCUMENTS["latest"])
        self.change_south()
        self.pack_all()
        ready._shelf._look_again = math.inf
        self.assertEqual(self.served(ready, DOCUMENTS["latest"]), before)
        self.later(ready)
        self.assertIn(b'"publication": 3', self.served(ready, DOCUMENTS["latest"]).body)

    def test_it_looks_four_times_a_second_however_many_ask(self) -> None:
        ready = self.packed()
        with mock.patch.object(serving.time, "monotonic", lambda: self.now):
            self.now = ready._shelf._look_again + 1
            with mock.patch.object(serving.os, "stat", wraps=os.stat) as looked:
                for _quarter in range(4):
                    for _request in range(50):
                        self.served(ready, ELECTION)
                    self.now += serving.LOOK_EVERY
            self.assertEqual(looked.call_count, 4)
        self.assertLess(serving.LOOK_EVERY, 0.5)

    def test_a_request_under_way_keeps_the_pack_it_began_with(self) -> None:
        ready = self.packed()
        old = ready._shelf._pack
        self.change_south()
        self.pack_all()
        self.later(ready)
        self.served(ready, ELECTION)
        self.assertIsNot(ready._shelf._pack, old)
        self.assertIn(b'"publication": 2', old.find(DOCUMENTS["latest"].encode()).body)
        with open("/proc/self/maps") as maps:
            self.assertEqual(maps.read().count("documents.pack (deleted)"), 1)
        del old
        with open("/proc/self/maps") as maps:
            self.assertNotIn("documents.pack (deleted)", maps.read())

    def test_a_bad_pack_is_refused_and_the_old_one_goes_on(self) -> None:
        ready = self.packed()
        good = self.path.read_bytes()
        head = bytearray(good)
        head[25] ^= 1
        table = bytearray(good)
        table[-3] ^= 1
        for name, bad in {
            "empty": b"",
            "short": good[:50],
            "cut off": good[:-1],
            "longer": good + b"x",
            "not a pack": b"<html>" * 100,
            "head": bytes(head),
            "table": bytes(table),
        }.items():
            with self.subTest(name):
                new = self.path.with_name("bad")
                new.write_bytes(bad)
                new.replace(self.path)
                self.later(ready)
                with self.assertLogs("tabulation.public.serving", "WARNING") as logged:
                    self.served(ready, ELECTION)
                self.assertEqual(len(logged.output), 1)
                self.later(ready)
                with self.assertNoLogs("tabulation.public.serving"):
                    self.served(ready, ELECTION)
                with self.assertLogs("tabulation.public.serving", "WARNING"):
                    fresh = self.ready()
                self.assert_falls_through(fresh, ELECTION)
                self.fell_through.clear()

    def test_a_damaged_record_is_left_to_django(self) -> None:
        self.pack_all()
        content = bytearray(self.path.read_bytes())
        content[content.index(b"/en/artsakh/publications/") + 100] ^= 1
        self.path.write_bytes(content)
        ready = self.ready()
        with self.assertLogs("tabulation.public.serving", "WARNING") as logged:
            self.assert_falls_through(ready, DOCUMENTS["publications"])
            self.assert_falls_through(ready, DOCUMENTS["publications"])
        self.assertEqual(len(logged.output), 1)
        self.fell_through.clear()
        self.served(ready, ELECTION)

    def test_a_pack_of_another_build_is_refused(self) -> None:
        self.pack_all()
        with (
            mock.patch.object(serving, "build", lambda: b"x" * 32),
            self.assertLogs("tabulation.public.serving", "WARNING") as logged,
        ):
            ready = self.ready()
            for _confirmation in range(3):
                os.utime(self.path)
                self.later(ready)
                self.assert_falls_through(ready, ELECTION)
        self.assertEqual(len(logged.output), 1)
        self.assertIn("another version", logged.output[0])

    def test_a_pack_that_nobody_keeps_up_is_not_served(self) -> None:
        ready = self.packed()
        long_ago = time.time() - serving.LIFETIME - 1
        os.utime(self.path, (long_ago, long_ago))
        self.later(ready)
        with self.assertLogs("tabulation.public.serving", "WARNING") as logged:
            self.assert_falls_through(ready, ELECTION)
        self.assertIn("follow_ledger", logged.output[0])
        os.utime(self.path)
        self.later(ready)
        self.fell_through.clear()
        self.served(ready, ELECTION)

    def test_a_pack_that_was_removed_is_not_served(self) -> None:
        ready = self.packed()
        self.path.unlink()
        self.later(ready)
        self.assert_falls_through(ready, ELECTION)

    def test_many_threads_while_the_pack_is_replaced(self) -> None:
        self.pack_all()
        pack, paths = Pack(self.path), [*DOCUMENTS.values()]
        shelf, wrong, done = Shelf(self.path), [], threading.Event()

        def read() -> None:
            while not done.is_set():
                found = [shelf.find({"PATH_INFO": path}) for path in paths]
                if [answer and answer.address.decode() for answer in found] != paths:
                    wrong.append(found)

        readers = [threading.Thread(target=read) for _reader in range(4)]
        for reader in readers:
            reader.start()
        for _time in range(50):
            with PackWriter(self.path, build()) as writer:
                deque(map(writer.add, pack), maxlen=0)
            shelf._look_again = 0
        done.set()
        for reader in readers:
            reader.join(10)
        self.assertEqual(wrong, [])


class WsgiTests(SimpleTestCase):
    def test_the_layer_stands_in_front_of_what_gunicorn_serves(self) -> None:
        from tabulation.wsgi import application

        self.assertIsInstance(application, Ready)
