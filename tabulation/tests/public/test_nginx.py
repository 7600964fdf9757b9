"""docs/nginx.conf as it stands there, run by Debian's nginx in front of a server that counts."""

import gzip
import http.client
import os
import tempfile
import threading
import time
import unittest
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock
from urllib.parse import quote

from django.conf import settings
from django.test import SimpleTestCase, TestCase

from tabulation.management.commands._nginx import CONFIGURATION, NGINX, free_port, nginx
from tabulation.public.document import Document
from tabulation.public.mirror.folder import Folder
from tabulation.public.mirror.following import Follower
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import World

REQUIRED = os.environ.get("HASHVARK_NGINX_TESTS") == "required"
PAGE = "/en/artsakh/"
#: The only addresses that read a query string.
ASKED = tuple(f"/en/artsakh/president/{name}" for name in ("find/", "stations/", "stations.csv"))


class Counting(BaseHTTPRequestHandler):
    """Answers everything, as gunicorn would, and remembers what was asked."""

    protocol_version = "HTTP/1.1"
    asked: "Counter[str]" = Counter()
    seen: dict[str, dict[str, str]] = {}
    wait = 0.0
    away = False

    def do_GET(self) -> None:
        if self.away:  # a connection that outlived the server
            self.close_connection = True
            return
        self.asked[self.path] += 1
        self.seen[self.path] = {name.lower(): value for name, value in self.headers.items()}
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(self.wait)
        zipped = "gzip" in self.headers.get("Accept-Encoding", "")
        body = b"zipped" if zipped else b"plain " * 500
        self.send_response(404 if "nowhere" in self.path else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "public, max-age=10")
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("ETag", '"x-gzip"' if zipped else '"x"')
        self.send_header("X-Frame-Options", "DENY")
        if not self.path.startswith(("/en/artsakh/", "/data/")):
            self.send_header("Set-Cookie", "sessionid=1")
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_args: object) -> None:
        pass


@unittest.skipUnless(NGINX or REQUIRED, "no nginx here: only the tests of its configuration wait")
class NginxTests(SimpleTestCase):
    limited = False

    def setUp(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "static").mkdir()
        (folder / "static" / "a.css").write_text("a { }")
        Counting.asked, Counting.seen, Counting.wait = Counter(), {}, 0.0
        Counting.away = False
        self.upstream = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
        threading.Thread(target=self.upstream.serve_forever, daemon=True).start()
        self.addCleanup(self.upstream.server_close)
        self.addCleanup(self.upstream.shutdown)
        self.port = free_port()
        self.mirror = Folder(folder / "mirror")
        self.enterContext(self.mirror.alone())
        for name in ("edition", "purged"):
            self.mirror.turn_over(name, "1")
        self.mirror.show()
        self.enterContext(
            nginx(
                folder,
                port=self.port,
                upstream=self.upstream.server_port,
                static=folder / "static",
                mirror=self.mirror.root,
                limited=self.limited,
            )
        )

    def ask(
        self, path: str, method: str = "GET", host: str = "localhost", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as asked:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            asked.request(method, path, headers={"Host": host, **named})
            answer = asked.getresponse()
            lowered = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, lowered, answer.read()

    def hold(self, address: str, body: bytes) -> None:
        """Put a document into the mirror."""
        self.mirror.put(self.mirror.stage(address, Document([body], "", "")))

    def stop_upstream(self) -> None:
        self.upstream.shutdown()
        self.upstream.server_close()
        Counting.away = True

    def total(self) -> int:
        return sum(Counting.asked.values())


class CacheTests(NginxTests):
    def test_one_question_a_second_however_many_ask_and_whatever_behind_the_path(self) -> None:
        Counting.wait = 0.2
        with ThreadPoolExecutor(16) as many:
            paths = [f"{PAGE}?x={i}" if i % 2 else PAGE for i in range(100)]
            answers = list(many.map(self.ask, paths))
        self.assertEqual({(status, body) for status, _h, body in answers}, {(200, b"plain " * 500)})
        # A slow machine may begin another second meanwhile.
        self.assertLess(self.total(), 4)
        self.assertIn("HIT", {headers["x-cache"] for _s, headers, _b in answers})
        time.sleep(2.1)  # nginx counts whole seconds
        self.assertIn(self.ask(PAGE)[1]["x-cache"], ("EXPIRED", "MISS"))

    def test_what_is_asked_behind_a_search_or_a_list_makes_an_answer_of_its_own(self) -> None:
        for path in ASKED:
            with self.subTest(path):
                for question in ("?q=1", "?q=2", "?q=1", ""):
                    _status, headers, _body = self.ask(f"{path}{question}", Cookie="sessionid=2")
                    self.assertNotIn("cookie", Counting.seen[f"{path}{question}"])
                    self.assertNotIn("set-cookie", headers)
                    self.assertIn("Accept-Encoding", headers.get("vary", "Accept-Encoding"))
                asked = {p: n for p, n in Counting.asked.items() if p.startswith(path)}
                self.assertEqual(asked, {f"{path}?q=1": 1, f"{path}?q=2": 1, path: 1})
                self.assertEqual(self.ask(f"{path}?q=1")[1]["x-cache"], "HIT")

    def test_no_other_address_has_a_question(self) -> None:
        for path in (
            "/en/artsakh/find/", "/en/artsakh/president/find", "/en/artsakh/president/stationsXcsv",
            "/en/artsakh/president/area/find/", "/en/artsakh/president/stations/-/2/",
        ):  # fmt: skip
            with self.subTest(path):
                self.ask(f"{path}?q=1")
                self.ask(f"{path}?q=2")
                asked = [p for p in Counting.asked if p.partition("?")[0] == path]
                self.assertEqual(asked, [f"{path}?q=1"])

    def test_gzipped_and_plain_are_two_and_no_more(self) -> None:
        Counting.wait = 0.1
        for accept, zipped in (
            ("gzip", True),
            ("gzip, deflate, br", True),
            ("br;q=1, gzip;q=0.5", True),
            ("", False),
            ("br", False),
            ("gzip;q=0", False),
            ("identity", False),
        ):
            with self.subTest(accept):
                _status, headers, body = self.ask(PAGE, Accept_Encoding=accept)
                self.assertEqual(body == b"zipped", zipped)
                self.assertEqual(headers.get("content-encoding"), "gzip" if zipped else None)
                self.assertIn("Accept-Encoding", headers["vary"])
        self.assertLess(self.total(), 5)

    def test_what_the_pages_say_is_passed_on_and_cookies_are_not(self) -> None:
        for path in (PAGE, "/en/strange/"):
            _status, headers, _body = self.ask(path, Cookie="sessionid=2")
            self.assertNotIn("set-cookie", headers)
            self.assertNotIn("cookie", Counting.seen[path])
        self.assertEqual(headers["cache-control"], "public, max-age=10")
        self.assertEqual(headers["x-frame-options"], "DENY")
        self.assertEqual(Counting.seen[PAGE]["host"], "localhost")
        self.assertEqual(Counting.seen[PAGE]["x-forwarded-proto"], "http")

    def test_conditional_requests_and_head(self) -> None:
        self.assertEqual(self.ask(PAGE, If_None_Match='"x"')[0], 304)
        self.assertEqual(self.ask(PAGE, If_None_Match='"y"')[0], 200)
        status, headers, body = self.ask(PAGE, "HEAD")
        self.assertEqual((status, headers["content-length"], body), (200, "3000", b""))

    def test_another_way_to_write_an_address_is_another_address(self) -> None:
        """Or the answer to a wrong one would come to stand for that to the right one."""
        for path in ("/en//artsakh/", "/en/nowhere/../artsakh/", "/en/%61rtsakh/"):
            self.ask(path)
            self.assertEqual(Counting.asked[path], 1, path)
        self.ask(PAGE)
        self.assertEqual(Counting.asked[PAGE], 1)

    def test_the_staff_s_pages_are_never_kept(self) -> None:
        for path in ("/staff/", "/staff/artsakh/president/?x=1", "/healthz"):
            for _time in range(3):
                _status, headers, _body = self.ask(path, Cookie="sessionid=2")
                self.assertNotIn("x-cache", headers)
            self.assertEqual(Counting.asked[path], 3)
            self.assertEqual(Counting.seen[path]["cookie"], "sessionid=2")
            self.assertEqual(headers["set-cookie"], "sessionid=1")

    def test_the_address_of_the_client_is_nginx_s_to_say(self) -> None:
        for path in (PAGE, "/staff/"):
            self.ask(path, X_Forwarded_For="6.6.6.6", X_Forwarded_Proto="https")
            self.assertEqual(Counting.seen[path]["x-forwarded-for"], "127.0.0.1")
            self.assertEqual(Counting.seen[path]["x-forwarded-proto"], "http")

    def test_writing_goes_through(self) -> None:
        self.ask("/staff/x/", "POST")
        self.ask(PAGE, "POST")
        self.assertEqual((Counting.asked["/staff/x/"], Counting.asked[PAGE]), (1, 1))

    def test_static_files_come_from_the_disk_and_nothing_beside_them(self) -> None:
        status, headers, body = self.ask("/static/a.css")
        self.assertEqual((status, body), (200, b"a { }"))
        self.assertEqual(headers["x-content-type-options"], "nosniff")
        for path in ("/static/../main.conf", "/static../main.conf", "/static/..%2fmain.conf"):
            with self.subTest(path):
                self.assertNotIn(b"daemon off", self.ask(path)[2])

    def test_an_unknown_host_gets_nothing(self) -> None:
        with self.assertRaises(http.client.RemoteDisconnected):
            self.ask(PAGE, host="evil.example")
        self.assertEqual(self.total(), 0)

    def test_the_last_answer_stays_while_gunicorn_is_away(self) -> None:
        self.ask(PAGE)
        self.stop_upstream()
        time.sleep(2.1)  # nginx counts whole seconds
        status, headers, body = self.ask(PAGE)
        self.assertEqual((status, headers["x-cache"]), (200, "STALE"))
        self.assertEqual(body, b"plain " * 500)

    def test_after_a_publication_nothing_that_was_kept_is_handed_out(self) -> None:
        for path in (PAGE, f"{ASKED[0]}?q=1"):
            self.ask(path)
            self.mirror.turn_over("edition", str(self.total() + 1))
            self.ask(path)
            self.assertEqual(Counting.asked[path], 2)


class MirrorTests(NginxTests):
    """What is in the mirror never reaches gunicorn."""

    def test_pages_and_files_with_their_types(self) -> None:
        for path, kind in (
            (PAGE, "text/html; charset=utf-8"),
            ("/hy/artsakh/president/area/Ա 4/13/", "text/html; charset=utf-8"),
            ("/data/artsakh/latest.json", "application/json"),
            ("/data/artsakh/checkpoint", "text/plain; charset=utf-8"),
            ("/data/artsakh/key.txt", "text/plain; charset=utf-8"),
            ("/data/schema/results.json", "application/schema+json"),
            ("/data/catalog.jsonld", "application/ld+json"),
            ("/en/artsakh/feed.xml", "application/atom+xml; charset=utf-8"),
            ("/sitemap.xml", "application/xml"),
        ):
            with self.subTest(path):
                address = quote(path)
                self.hold(address, path.encode())
                status, headers, body = self.ask(f"{address}?x=1")
                self.assertEqual((status, body), (200, path.encode()))
                self.assertEqual(headers["content-type"], kind)
                _status, headers, packed = self.ask(address, Accept_Encoding="gzip")
                self.assertEqual(headers["content-encoding"], "gzip")
                self.assertEqual(gzip.decompress(packed), path.encode())
                self.assertIn("Accept-Encoding", headers["vary"])
        self.assertEqual(self.total(), 0)

    def test_a_document_has_one_address(self) -> None:
        self.hold(PAGE, b"page")
        for path in (f"{PAGE}index.html", f"{PAGE}index.html.gz", PAGE[:-1], "/404.html"):
            with self.subTest(path):
                self.ask(path)
                self.assertEqual(Counting.asked[path], 0 if path == "/404.html" else 1)

    def test_the_tag_changes_with_the_content_and_time_says_nothing(self) -> None:
        self.hold(PAGE, b"page 1")
        _status, first, _body = self.ask(PAGE)
        self.assertNotIn("last-modified", first)
        self.assertEqual(self.ask(PAGE, If_None_Match=first["etag"])[0], 304)
        self.hold(PAGE, b"page 2")
        status, second, _body = self.ask(PAGE, If_None_Match=first["etag"])
        self.assertEqual(status, 200)
        self.assertNotEqual(second["etag"], first["etag"])
        since = "Fri, 31 Dec 2100 00:00:00 GMT"
        self.assertEqual(self.ask(PAGE, If_Modified_Since=since)[0], 200)

    def test_without_the_link_everything_is_asked_of_django(self) -> None:
        self.hold(PAGE, b"page")
        self.mirror.hide()
        self.assertEqual(self.ask(PAGE)[2], b"plain " * 500)
        self.mirror.show()
        self.assertEqual(self.ask(PAGE)[2], b"page")

    def test_without_gunicorn_the_mirror_goes_on(self) -> None:
        self.hold("/404.html", b"areas")
        self.hold(PAGE, b"page")
        stale = f"{PAGE}president/area/N/"
        self.hold(stale, b"older")
        self.mirror.set_aside([stale])
        # While gunicorn answers nobody gets what is older.
        self.assertEqual(self.ask(stale)[2], b"plain " * 500)
        self.stop_upstream()
        self.mirror.turn_over("edition", "2")
        self.assertEqual(self.ask(PAGE)[2], b"page")
        status, _headers, body = self.ask(stale)
        self.assertEqual((status, body), (200, b"older"))
        status, headers, body = self.ask("/en/artsakh/president/area/S/")
        self.assertEqual((status, body), (503, b"areas"))
        self.assertEqual(headers["retry-after"], "10")

    def test_what_is_not_there_is_not_made_of_what_was(self) -> None:
        """`previous` is for when nothing can be had of gunicorn, and not for its answers."""
        path = "/en/nowhere/"
        self.hold(path, b"older")
        self.mirror.set_aside([path])
        self.assertEqual(self.ask(path)[0], 404)


@unittest.skipUnless(NGINX or REQUIRED, "no nginx here: only the tests of its configuration wait")
class HeaderTests(TestCase):
    def test_the_mirror_answers_with_the_headers_of_django(self) -> None:
        World().publication()
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        mirror = Folder(folder / "mirror")
        self.enterContext(mirror.alone())
        with mock.patch("os.sync"):
            follower = Follower(mirror, lambda _line: None)
            while follower.turn():
                pass
        port = free_port()
        self.enterContext(
            nginx(folder, port=port, upstream=free_port(), static=folder, mirror=mirror.root)
        )
        one_of_each = {name.split('"')[1]: entry for name, entry in mirror.index.items()}
        self.assertGreater(len(one_of_each), 15)
        for name, entry in one_of_each.items():
            address = entry.addresses[0]
            with self.subTest(name, address=address):
                with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as asked:
                    asked.request("GET", address, headers={"Host": "localhost"})
                    answer = asked.getresponse()
                    body = answer.read()
                said = self.client.get(address)
                self.assertEqual(body, said.getvalue())
                mine = {key.lower(): value for key, value in answer.getheaders()}
                for key, value in said.headers.items():
                    if key.lower() not in ("etag", "content-length", "vary"):
                        parts = [sorted(text.split("; ")) for text in (mine[key.lower()], value)]
                        self.assertEqual(*parts, key)
                self.assertIn("Accept-Encoding", mine["vary"])


class SlowTests(NginxTests):
    """What takes gunicorn long is made once, and never takes all of its threads."""

    FILES = (
        "/data/artsakh/1/all.zip", "/data/artsakh/1/president.csv",
        "/data/artsakh/1/president.long.csv", "/data/artsakh/1/president.nist.json",
        "/data/artsakh/1/president.nist.xml", "/data/artsakh/1/president.eml.xml",
        "/data/artsakh/1/president.ledger.tsv", "/data/artsakh/rehearsal.zip",
        "/data/artsakh/president.difference-1-2.csv",
    )  # fmt: skip

    @slow
    def test_a_file_is_made_once_for_all_whatever_they_accept(self) -> None:
        Counting.wait = 0.2
        with ThreadPoolExecutor(9) as many:
            asked = [path for path in self.FILES[:3] for _time in range(3)]
            answers = list(many.map(lambda path: self.ask(path, Accept_Encoding="gzip"), asked))
        self.assertEqual({status for status, _headers, _body in answers}, {200})
        time.sleep(2.1)  # longer than any page stays
        for path in self.FILES:
            for question in ("", "?x=1"):
                self.assertEqual(self.ask(path + question)[0], 200)
            self.assertEqual(Counting.asked[path], 1, path)

    def test_files_and_lists_leave_threads_to_the_pages(self) -> None:
        Counting.wait = 1.0
        slow = [f"/data/artsakh/{i}/all.zip" for i in range(1, 13)]
        lists = [f"{ASKED[1]}?page={i}" for i in range(12)]
        with ThreadPoolExecutor(25) as many:
            answers = list(many.map(self.ask, [*slow, *lists, PAGE]))
        for some in (answers[:12], answers[12:24]):
            statuses = Counter(status for status, _headers, _body in some)
            self.assertEqual(statuses, {200: 4, 503: 8})
        self.assertEqual({h["retry-after"] for s, h, _b in answers if s == 503}, {"10"})
        self.assertEqual(answers[24][0], 200)

    def test_what_is_small_is_asked_for_anew(self) -> None:
        path = "/data/artsakh/1/manifest.json"
        self.ask(path)
        time.sleep(2.1)  # nginx counts whole seconds
        self.ask(path)
        self.assertEqual(Counting.asked[path], 2)


class LimitTests(NginxTests):
    limited = True

    def test_a_flood_is_told_to_wait(self) -> None:
        statuses: Counter[int] = Counter()
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as asked:
            for _request in range(3000):
                asked.request("GET", PAGE, headers={"Host": "localhost"})
                answer = asked.getresponse()
                answer.read()
                statuses[answer.status] += 1
                if answer.status == 429:
                    self.assertEqual(answer.headers["Retry-After"], "1")
        self.assertEqual(set(statuses), {200, 429})
        self.assertGreaterEqual(statuses[200], 600)

    def statuses(self, paths: list[str]) -> Counter[int]:
        """Of asking for each, one after the other over one connection."""
        found: Counter[int] = Counter()
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as asked:
            for path in paths:
                asked.request("GET", path, headers={"Host": "localhost"})
                answer = asked.getresponse()
                answer.read()
                found[answer.status] += 1
        return found

    def test_a_flood_of_lists_takes_neither_the_mirror_nor_the_sign_in_along(self) -> None:
        self.hold(PAGE, b"page")
        flood = self.statuses([f"{ASKED[1]}?page={i % 3}" for i in range(300)])
        self.assertEqual(set(flood), {200, 429})
        self.assertGreaterEqual(flood[200], 40)
        self.assertLess(flood[200], 100)
        self.assertEqual(self.ask(PAGE)[2], b"page")
        for path in ("/staff/sign-in/", "/hy/staff/sign-in/", "/healthz", ASKED[0]):
            self.assertEqual(self.ask(path)[0], 200, path)

    def test_what_the_mirror_has_is_not_limited(self) -> None:
        self.hold(PAGE, b"page")
        self.assertEqual(self.statuses([PAGE] * 3000), {200: 3000})

    def test_a_newsroom_behind_one_address_gets_its_burst(self) -> None:
        paths = [f"{path}?newsroom" for path in (*ASKED[:2], "/data/artsakh/1/all.zip")]
        with ThreadPoolExecutor(30) as many:
            answers = list(many.map(self.ask, [paths[i % 3] for i in range(90)]))
        self.assertEqual({status for status, _headers, _body in answers}, {200})

    def test_each_kind_of_flood_is_told_to_wait(self) -> None:
        for path, least in (
            ("/healthz", 20),
            ("/data/artsakh/1/all.zip", 300),
            ("/data/artsakh/1/president.protocol.en.pdf", 1),
        ):
            with self.subTest(path):
                found = self.statuses([path] * 900)
                self.assertEqual(set(found), {200, 429})
                self.assertGreaterEqual(found[200], least)

    def test_the_staff_s_pages_are_limited_in_every_language(self) -> None:
        text = CONFIGURATION.read_text(encoding="utf-8")
        for code, _name in settings.LANGUAGES:
            prefix = "" if code == settings.LANGUAGE_CODE else f"/{code}"
            block = text.partition(f"location ^~ {prefix}/staff/ {{")[2].partition("}")[0]
            self.assertIn("limit_req zone=hashvark_staff burst=400 nodelay;", block, code)

    def test_who_has_to_wait_is_told_so_in_the_language_of_the_address(self) -> None:
        for language, words in (
            ("en", "Wait a second"), ("hy", "Սպասեք"), ("ru", "Подождите"), ("fil", "Maghintay"),
        ):  # fmt: skip
            path = f"/{language}/artsakh/president/stations/"
            with self.subTest(language):
                self.statuses([path] * 60)
                for _again in range(20):
                    status, headers, body = self.ask(path)
                    if status == 429:
                        break
                self.assertEqual(headers["content-type"], "text/plain; charset=utf-8")
                self.assertIn(words, body.decode())

    def test_health_is_answered_within_a_second_while_gunicorn_answers_nobody(self) -> None:
        Counting.wait = 4.0
        begun = time.monotonic()
        status, headers, body = self.ask("/healthz")
        self.assertLess(time.monotonic() - begun, 3)
        self.assertEqual((status, body), (503, b'{"status": "server"}'))
        self.assertEqual(headers["content-type"], "application/json")
        self.stop_upstream()
        self.assertEqual(self.ask("/healthz")[0], 503)

    def test_nobody_but_the_staff_sends_much(self) -> None:
        for path, size, status in (
            (PAGE, 70_000, 413),
            (ASKED[1], 70_000, 413),
            ("/staff/x/", 70_000, 200),
            ("/fil/staff/x/", 1_000_000, 200),
            ("/staff/x/", 4_000_000, 413),
        ):
            with (
                self.subTest(path, size=size),
                closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as asked,
            ):
                headers = {"Host": "localhost", "Content-Length": str(size)}
                asked.putrequest("POST", path, skip_host=True)
                for name, value in headers.items():
                    asked.putheader(name, value)
                asked.endheaders()
                if status == 200:
                    asked.send(b"x" * size)
                self.assertEqual(asked.getresponse().status, status)

    def test_searches_are_told_to_wait_sooner_and_pages_are_not(self) -> None:
        statuses: Counter[int] = Counter()
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as asked:
            for i in range(600):
                # The same ones again and again: from the cache they come faster than the limit.
                asked.request("GET", ASKED[i % 3], headers={"Host": "localhost"})
                answer = asked.getresponse()
                answer.read()
                statuses[answer.status] += 1
                if answer.status == 429:
                    self.assertEqual(answer.headers["Retry-After"], "1")
        self.assertEqual(set(statuses), {200, 429})
        self.assertGreaterEqual(statuses[200], 40)
        self.assertEqual(self.ask(PAGE)[0], 200)
