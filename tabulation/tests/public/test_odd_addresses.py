"""Any address with anything in it: the right status, and a page that helps."""

import re
from typing import Any
from unittest import mock
from urllib.parse import quote

from django.db import OperationalError
from django.http import HttpResponse
from django.utils.http import MAX_URL_REDIRECT_LENGTH
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tabulation.ledger import reading
from tabulation.public.pages import missing
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import NORTH, SOUTH, World

NOTHING = "There is nothing at this address"
HUGE = 10**30

LANGUAGES = ["en", "xx", "EN", "en-US", "հայ", "embed", "data", "staff", ""]
SLUGS = ["artsakh", "silent", "nowhere", "Արցախ", "x" * 300, "-", "a b", "%00", "%FF", ".."]
CONTESTS = ["president", "mayor", "area", "publications", "difference", "%0A", "'", "embed"]
CODES = [
    *("S", "AM", "1/01", "2/02", "9/99", "4/13", "01.009", "Ստեփանակերտ 4", "a b", "a  b"),
    *("..", "../..", "%2e%2e/%2e%2e", "%00", "1/01%00", "%ED%A0%80", "%C0%AF", "x" * 3000, "/"),
    *("%F0%9F%97%B3", "%5Cx", "<script>", '"', "1/01/", "//", "-", "٣", "²"),
]
NUMBERS = [0, 1, 2, 3, 2**31 - 1, 2**31, 2**63 - 1, 2**63, HUGE, "9" * 5000, "-1", "1.0", "٣", ""]
WHAT = ["results", "areas", "progress", "RESULTS", "x" * 200, "%00"]
SHAPES = [
    "/{language}/",
    "/{language}",
    "/{language}/{slug}/",
    "/{language}/{slug}",
    "/{language}/{slug}/feed.xml",
    "/{language}/{slug}/screen/",
    "/{language}/{slug}/publications/",
    "/{language}/{slug}/publications/{number}/",
    "/{language}/{slug}/{contest}/area/{code}/",
    "/{language}/{slug}/{contest}/area/{code}/-/{number}/",
    "/{language}/{slug}/{contest}/station/{code}/",
    "/{language}/{slug}/{contest}/embed/",
    "/{language}/{slug}/{contest}/difference/{number}/{other}/",
    "/{language}/{slug}/{contest}/difference/{number}/{other}/-/{number}/",
    "/{language}/{slug}/{contest}/difference/1/2/newly-counted/-/{number}/",
    "/{language}/{slug}/{contest}/candidate/{number}/",
    "/{language}/{slug}/{contest}/turnout/{code}/",
    "/{language}/{slug}/{contest}/map/",
    "/{language}/{slug}/{contest}/find/",
    "/{language}/{slug}/{contest}/stations/",
    "/{language}/{slug}/{contest}/stations.csv",
    "/embed/{language}/{slug}/{contest}/{what}/",
    "/embed/{language}/{slug}/{contest}/area/{code}/results/",
    "/embed/{language}/{slug}/{contest}/station/{code}/",
    "/data/{slug}/latest.json",
    "/data/{slug}/{number}/{contest}.csv",
    "/data/{slug}/{number}/{contest}.json",
    "/data/{slug}/{number}/manifest.json",
    "/data/{slug}/{number}/{contest}/proof/{code}.json",
    "/data/{slug}/{contest}/proof/{code}.json",
    "/data/{slug}/{contest}/bundle/{code}.json",
    "/data/{slug}/{contest}.difference-{number}-{other}.csv",
    "/{slug}/{contest}/{code}",
    "/static/{code}",
    "/{code}",
]
#: What there is beside what there is not: half of all addresses have only good parts.
GOOD = {
    "language": ["en"],
    "slug": ["artsakh"],
    "contest": ["president"],
    "code": ["S", "1/01", "2/02"],
    "number": [1, 2],
    "other": [2],
    "what": ["results", "areas"],
}
ANY = {
    "language": LANGUAGES,
    "slug": SLUGS,
    "contest": CONTESTS,
    "code": CODES,
    "number": NUMBERS,
    "other": NUMBERS,
    "what": WHAT,
}
QUERIES = ["", "x=1", "?", "&&&", "=%00", "page=2&page=-1", "next=//evil", "%", "q=" + "x" * 20_000]
QUERIES += ["a=1&" * 50, f"page={HUGE}", "sort=--x&area=%00&turnout_from=1e999&breaks=%27"]
HEADERS: list[dict[str, str]] = [
    {},
    {"Accept-Language": ";;;q=,hy;q=9,*"},
    {"Accept-Language": "x" * 5000},
    {"If-None-Match": "*"},
    {"If-None-Match": 'W/"x", "'},
    {"If-Match": '"x"'},
    {"If-Modified-Since": "yesterday"},
    {"If-Unmodified-Since": "Thu, 99 Xyz 0000"},
    {"Range": "bytes=9-1"},
    {"Accept": "application/nothing"},
    {"Cookie": "sessionid=%00; csrftoken=x"},
    {"X-Forwarded-For": "nobody"},
    {"Content-Type": "multipart/form-data"},
]
METHODS = ["GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "PUT", "TRACE", "PROPFIND"]
RIGHT = {200, 301, 302, 304, 404, 405, 412}


@st.composite
def addresses(draw: st.DrawFn) -> str:
    parts = {
        name: draw(st.sampled_from(GOOD[name] if draw(st.booleans()) else values))
        for name, values in ANY.items()
    }
    return draw(st.sampled_from(SHAPES)).format(**parts)


class OddAddressesTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        World("silent")
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.publication()
        cls.world.accepted(cls.world.stations[1], SOUTH)
        cls.world.publication()

    def ask(self, path: str, query: str = "", method: str = "GET", **headers: str) -> Any:
        """The answer as a server gives it: an error inside is a 500, not an exception here."""
        self.client.raise_request_exception = False
        # As it stands on the wire, so that what is broken there stays so.
        sent = quote(path, safe="/%")
        return self.client.generic(method, sent, headers=headers, QUERY_STRING=query)

    def assert_helpful(self, answer: HttpResponse, path: str) -> None:
        page = answer.content.decode()
        self.assertIn("text/html", answer["Content-Type"])
        self.assertIn(NOTHING, page)
        self.assertRegex(page, r'href="/(en|staff)/|href="/"', path)
        self.assertNotIn("<script>", page)


class AnythingTests(OddAddressesTestCase):
    @settings(
        max_examples=400,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(
        path=addresses(),
        query=st.sampled_from(QUERIES) | st.text(max_size=30).map(quote),
        method=st.sampled_from(METHODS),
        headers=st.sampled_from(HEADERS),
    )
    @slow
    def test_the_status_is_right_and_404_helps(
        self, path: str, query: str, method: str, headers: dict[str, str]
    ) -> None:
        answer = self.ask(path, query, method, **headers)
        status = answer.status_code
        # A list looks at what is asked, and refuses to look at that much; and Django, which adds a
        # last slash where it is missing, refuses to lead on to an address that is too long.
        leads_too_far = len(f"{quote(path, safe='/%')}/?{query}") > MAX_URL_REDIRECT_LENGTH
        refused = query.count("&") >= 40 or (leads_too_far and not path.endswith("/"))
        self.assertIn(status, RIGHT | {400} if refused else RIGHT, path)
        if status == 404 and method == "GET":
            self.assert_helpful(answer, path)
        elif status in (301, 302):
            self.assertRegex(answer["Location"], r"^/(?![/\\])")
        if status == 405:
            self.assertNotIn(method, ("GET", "HEAD"))

    @settings(max_examples=100, derandomize=True, database=None, deadline=None)
    @given(path=st.text(max_size=40))
    def test_any_text_is_an_address(self, path: str) -> None:
        self.assertIn(self.ask(f"/{path}").status_code, RIGHT)

    @slow
    def test_no_part_of_an_address_alone_makes_an_error(self) -> None:
        """Each shape with each odd part, all others being good."""
        for shape in SHAPES:
            good = {name: values[0] for name, values in GOOD.items()}
            for name in re.findall(r"{(\w+)}", shape):
                for value in ANY[name]:
                    path = shape.format(**{**good, name: value})
                    with self.subTest(path[:80]):
                        self.assertIn(self.ask(path).status_code, RIGHT)

    def test_numbers_beyond_those_of_the_database(self) -> None:
        for number in (2**31, 2**63, HUGE):
            for path in (
                f"/en/artsakh/publications/{number}/",
                f"/en/artsakh/president/area/S/-/{number}/",
                f"/en/artsakh/president/difference/1/{number}/",
                f"/en/artsakh/president/difference/1/2/-/{number}/",
                f"/data/artsakh/{number}/president.csv",
                f"/data/artsakh/{number}/checkpoint",
            ):
                with self.subTest(path):
                    self.assertEqual(self.ask(path).status_code, 404)

    def test_a_slash_in_a_code_stands_there_plain_or_quoted(self) -> None:
        for code in ("1/01", "1%2F01"):
            answer = self.ask(f"/en/artsakh/president/station/{code}/")
            self.assertContains(answer, "Station 1/01")


class MissingPageTests(OddAddressesTestCase):
    def test_it_says_what_is_missing(self) -> None:
        for path, said in {
            "/en/nowhere/": "This site has no election “nowhere”",
            "/en/silent/": "This site has no election “silent”",
            "/en/artsakh/publications/9/": "no publication 9. The newest is publication 2.",
            f"/en/artsakh/publications/{HUGE}/": "no publication 1000000",
            "/en/artsakh/mayor/area/S/": "This election has no contest “mayor”",
            "/en/artsakh/president/area/Q/": "station with the code “Q”",
            "/en/artsakh/president/station/4/13/": "station with the code “4/13”",
            "/en/artsakh/president/station/Ք/": "station with the code “Ք”",
            "/en/artsakh/president/difference/1/7/": "no publication 7",
            "/embed/en/artsakh/president/nothing/": "This site has no part “nothing”",
            "/en/artsakh/president/area/S/-/7/": "The address may contain a mistake",
            "/no/such/thing": "This site has no page or file with an address like this one.",
            "/data/artsakh/7/president.csv": "no publication 7",
        }.items():
            with self.subTest(path):
                answer = self.ask(path)
                self.assertContains(answer, said, status_code=404)
                self.assert_helpful(answer, path)

    def test_it_leads_on(self) -> None:
        answer = self.ask("/en/artsakh/president/station/4/13/")
        for link in ("/en/", "/en/artsakh/", "/en/artsakh/publications/", "/data/openapi.json"):
            self.assertContains(answer, f'href="{link}"', status_code=404)
        self.assertContains(answer, "Looking for a polling station?", status_code=404)
        self.assertContains(answer, "Rehearsal: these are not", status_code=404)
        self.assertNotContains(self.ask("/en/silent/"), 'href="/en/silent/', status_code=404)

    def test_whoever_forgot_the_language_is_led_to_the_election(self) -> None:
        for path in ("/artsakh/", "/xx/artsakh/president/"):
            with self.subTest(path):
                answer = self.ask(path)
                self.assertContains(answer, 'href="/en/artsakh/"', status_code=404)
                self.assertContains(answer, "An address begins with a language", status_code=404)

    def test_what_was_asked_for_stays_text_and_short(self) -> None:
        answer = self.ask(f"/en/artsakh/president/station/{'x' * 3000}/")
        self.assertLess(len(answer.content), 10_000)
        world = World("hostile", prefix="<script>alert(1)</script>")
        world.publication()
        for path, shown in (("/en/hostile/x/area/S/", 3), ("/embed/en/hostile/x/results/", 0)):
            page = self.ask(path).content.decode()
            self.assertGreaterEqual(page.count("&lt;script&gt;"), shown)
            self.assertNotIn("<script>", page)

    def test_programs_of_other_sites_are_told(self) -> None:
        answer = self.ask("/data/artsakh/7/president.csv")
        self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
        self.assertFalse(answer.cookies)
        self.assertNotIn("Cookie", answer.get("Vary", ""))

    def test_the_staff_s_addresses_keep_their_own_page(self) -> None:
        answer = self.ask("/staff/artsakh/no/such/thing/")
        self.assertContains(answer, NOTHING, status_code=404)
        self.assertNotContains(answer, "Looking for a polling station?", status_code=404)

    def test_it_is_there_while_the_database_is_not(self) -> None:
        with mock.patch.object(reading, "election_or_none", side_effect=OperationalError):
            answer = self.ask("/no/such/thing")
        self.assertContains(answer, NOTHING, status_code=404)

    def test_it_asks_a_fixed_number_of_queries(self) -> None:
        for path, number in {
            "/no/such/thing": 2,
            "/en/artsakh/president/station/4/13/": 9,
            "/en/artsakh/mayor/area/S/": 6,
        }.items():
            with self.subTest(path), self.assertNumQueries(number):
                self.ask(path)

    def test_any_place_of_its_sentence_is_reached_without_a_request(self) -> None:
        page = missing.missing_page("/en/artsakh/", {"slug": "artsakh"})
        self.assertIn(b"The address may contain a mistake", b"".join(page.chunks))
