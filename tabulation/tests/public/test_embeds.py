"""Parts of pages for others' frames: what they show, and that nothing else may be framed."""

import html
import re
from typing import Any
from unittest import mock

from django.test import TestCase, override_settings

from tabulation.public import views
from tabulation.public.edition import Edition
from tabulation.public.pages import embeds
from tabulation.staff import urls
from tabulation.tests.support.embed_pages import CODE_PAGE, EMBEDS
from tabulation.tests.support.public_routes import routes
from tabulation.tests.support.world import NORTH, SOUTH, World

HOSTILE = "<script>alert(1)</script>\"'"


class EmbedsTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World(notice="Figures are generated.")
        cls.world.accepted(cls.world.stations[0], NORTH)
        cls.world.publication()
        cls.world.accepted(cls.world.stations[1], SOUTH)
        cls.world.publication()

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        self.assertEqual(answer.status_code, 200, path)
        return str(answer.content.decode()).replace("\u202f", " ")

    def text(self, path: str) -> str:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.page(path)))


class PartTests(EmbedsTestCase):
    def test_what_each_shows(self) -> None:
        for name, shown in {
            "results": ("2 of 3 polling stations counted. Turnout: 70.33%", "Candidate 1", "140"),
            "progress": ("2 of 3 polling stations counted", "Took part 211"),
            "areas": ("Area N", "Area S 1/2", "Candidate 1, 68.97%"),
            "area": ("1 of 2 polling stations counted", "100", "Unchanged since publication 2"),
            "station": ("2/01", "68.97%", "Unchanged since publication 2"),
            "uncounted": ("This polling station is not yet counted.",),
        }.items():
            text = self.text(EMBEDS[name])
            for words in (*shown, "Figures are generated.", "Source: Election of the small"):
                with self.subTest(name, words=words):
                    self.assertIn(words, text)

    def test_the_source_opens_beside_the_page_that_frames_it(self) -> None:
        for name, full in {
            "results": "/en/artsakh/",
            "area": "/en/artsakh/president/area/S/",
            "station": "/en/artsakh/president/station/2/01/",
        }.items():
            with self.subTest(name):
                link = f'<a href="{full}" target="_blank" rel="noopener">'
                self.assertIn(link, self.page(EMBEDS[name]))
        for name, path in EMBEDS.items():
            with self.subTest(name):
                links = re.findall(r"<a [^>]*>", self.page(path))
                self.assertTrue(links)
                self.assertTrue(all('target="_blank"' in link for link in links), links)

    def test_the_next_publication_comes_by_itself_or_as_a_link(self) -> None:
        latest = 'data-latest="/data/artsakh/latest.json"'
        for name, state in {
            "results": f'{latest} data-publication="2" data-refresh>',
            "areas": f'{latest} data-publication="2" data-refresh>',
            "area": f'{latest} data-since="2">',
            "uncounted": f'{latest} data-since="1">',
        }.items():
            with self.subTest(name):
                self.assertIn(state, self.page(EMBEDS[name]))

    def test_it_is_kept_and_known_like_a_page(self) -> None:
        for name, path in EMBEDS.items():
            with self.subTest(name):
                first = self.client.get(path)
                self.assertIn("max-age=10,", first["Cache-Control"])
                self.assertFalse(first.cookies)
                again = self.client.get(path, headers={"if-none-match": first["ETag"]})
                self.assertEqual(again.status_code, 304)
                self.assertIn("frame-ancestors *", again["Content-Security-Policy"])

    def test_names_stay_text(self) -> None:
        world = World("hostile", prefix=HOSTILE, notice=HOSTILE)
        world.accepted(world.stations[1], SOUTH)
        world.publication()
        for name, path in {**EMBEDS, "code": CODE_PAGE}.items():
            with self.subTest(name):
                page = self.page(path.replace("artsakh", "hostile"))
                self.assertIn("&lt;script&gt;", page)
                self.assertNotIn("<script>", page)

    def test_annulled_stations_say_so(self) -> None:
        with mock.patch.object(Edition, "station") as found:
            unit = mock.Mock(status="annulled", is_station=True, figures=(), names={}, lineage=())
            unit.configure_mock(kind="station")
            unit.configure_mock(code="2/01", since=1, counted=0, annulled=1, stations=1)
            unit.name = "Station 2/01"
            found.return_value = unit
            self.assertIn("Annulled.", self.text(EMBEDS["station"]))

    def test_what_is_not_there_says_so_in_the_frame(self) -> None:
        World("silent")
        for path in (
            "/embed/en/silent/president/results/",
            "/embed/en/artsakh/president/nothing/",
            "/embed/en/artsakh/president/station/9/99/",
        ):
            with self.subTest(path):
                answer = self.client.get(path)
                self.assertContains(answer, "There is nothing at this address", status_code=404)
                self.assertIn("frame-ancestors *", answer["Content-Security-Policy"])
                self.assertNotIn("X-Frame-Options", answer)
                self.assertNotContains(answer, "<nav", status_code=404)

    def test_queries_do_not_grow_with_what_is_shown(self) -> None:
        for name, number in {
            "results": 5,
            "progress": 5,
            "areas": 7,
            "area": 5,
            "station": 6,
            "uncounted": 7,
        }.items():
            with self.subTest(name), self.assertNumQueries(number):
                self.client.get(EMBEDS[name])


class FrameRuleTests(EmbedsTestCase):
    def address(self, route: str) -> str:
        """An address of a route in the small world."""
        good = {"language": "en", "slug": "artsakh", "contest": "president", "code": "S",
                "number": "1", "candidate": "2",
                "page": "1", "earlier": "1", "later": "2", "what": "results",
                "pk": "1", "name": "results", "file": "note.txt"}  # fmt: skip
        code = "2/01" if "station/" in route or "/proof/" in route else "S"
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda m: {**good, "code": code}[m[1]], route)

    def test_only_parts_may_be_framed(self) -> None:
        framed = set()
        for route in (*views.urlpatterns, *urls.urlpatterns):
            path = self.address(str(route.pattern))
            with self.subTest(path):
                answer: Any = self.client.get(path)
                policy = answer["Content-Security-Policy"]
                if "frame-ancestors *" in policy:
                    framed.add(route.name)
                    self.assertNotIn("X-Frame-Options", answer)
                    self.assertIn("default-src 'self'", policy)
                else:
                    self.assertIn("frame-ancestors 'none'", policy)
                    self.assertEqual(answer["X-Frame-Options"], "DENY")
                # In the small world no turnout by the hour is known, no document came out, and no
                # list of files is signed.
                if route.name in routes().keys() - {"turnout-csv", "published-file", "file-list"}:
                    self.assertIn(answer.status_code, (200, 302), path)
        self.assertEqual(framed, {"embed", "embed-area", "embed-station"})

    def test_neither_may_pages_that_are_not_there(self) -> None:
        for path in ("/no/such/thing", "/en/nowhere/", "/embedded/", "/staff/nothing/here/at/all/"):
            with self.subTest(path):
                answer = self.client.get(path)
                self.assertEqual(answer.status_code, 404)
                self.assertEqual(answer["X-Frame-Options"], "DENY")
                self.assertIn("frame-ancestors 'none'", answer["Content-Security-Policy"])


class CodeTests(EmbedsTestCase):
    def codes(self, path: str = CODE_PAGE) -> list[str]:
        found = re.findall(r"<textarea[^>]*>(.*?)</textarea>", self.page(path), flags=re.S)
        return [html.unescape(code) for code in found]

    @override_settings(SITE="https://results.example.org")
    def test_the_code_names_the_site_and_works(self) -> None:
        codes = self.codes()
        self.assertEqual(len(codes), len(embeds.PARTS) + 1)
        for code in codes:
            with self.subTest(code):
                self.assertRegex(code, r'^<iframe src="https://results\.example\.org/embed/en/')
                self.assertRegex(code, r'title="[^"]+ · Election of the small world" width="100%"')
                path = code.split('src="https://results.example.org')[1].split('"')[0]
                self.page(path)

    def test_without_a_site_a_place_is_left_for_it(self) -> None:
        self.assertIn("https://ADDRESS OF THIS SITE/embed/en/artsakh/", self.codes()[0])

    def test_a_name_does_not_break_out_of_the_code(self) -> None:
        World("hostile", prefix=HOSTILE).publication()
        for code in self.codes(CODE_PAGE.replace("artsakh", "hostile")):
            self.assertEqual(code.count("<"), 2, code)
            self.assertEqual(code.count('"'), 10, code)
            self.assertIn("&lt;script&gt;", code)

    def test_each_part_has_a_preview_and_a_name(self) -> None:
        page = self.page(CODE_PAGE)
        for what in embeds.PARTS:
            self.assertIn(f'<iframe src="/embed/en/artsakh/president/{what}/" title="', page)

    def test_the_election_s_page_leads_there(self) -> None:
        self.assertIn(f'href="{CODE_PAGE}"', self.page("/en/artsakh/"))

    def test_a_long_table_asks_for_a_higher_frame_up_to_a_limit(self) -> None:
        for rows, height in ((0, 400), (5, 550), (10_000, embeds.HIGHEST)):
            part = embeds.Part("", "", 400, rows=lambda *_contest, rows=rows: rows)
            with self.subTest(rows):
                self.assertEqual(part.height_of(None, None, None), height)

    def test_what_is_not_there(self) -> None:
        for path in ("/en/nowhere/president/embed/", "/en/artsakh/mayor/embed/"):
            self.assertEqual(self.client.get(path).status_code, 404)
