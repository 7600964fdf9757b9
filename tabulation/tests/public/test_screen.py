"""The wall screen: what it says, and that it fits and refreshes in a browser."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock

from axe_playwright_python.sync_playwright import Axe
from django.test import TestCase
from django.utils import timezone

from candidates.models import Candidate, Contest
from tabulation.counting import correction
from tabulation.languages.formatting import DASH
from tabulation.ledger.writing import publish
from tabulation.models import Constituency, ContestStation, ProtocolLine
from tabulation.public.pages import screen
from tabulation.tests.support.browser import BrowserTestCase
from tabulation.tests.support.embed_pages import CODE_PAGE, EMBEDS
from tabulation.tests.support.tags import browser, slow
from tabulation.tests.support.world import NOW, SOUTH, World

PATH = "/en/artsakh/screen/"
LONG = "Ստեփանակերտի Ազատամարտիկների պողոտայի "


def contests(world: World, more: int, candidates: int = 2) -> None:
    """``more`` contests beside the president's, each with so many candidates."""
    for number in range(more):
        contest = Contest.objects.create(
            election=world.election, code=f"mayor-{number}", office=f"Mayor {number}",
            rule="majority", base="valid",
        )  # fmt: skip
        Constituency.objects.create(contest=contest, area=world.country)
        for station in world.stations:
            ContestStation.objects.create(contest=contest, station=station, registered=100)
        for i in range(1, candidates + 1):
            person = Candidate.objects.create(
                contest=contest, number=i, name=f"{world.prefix}Candidate {i}"
            )
            ProtocolLine.objects.create(
                contest=contest, position=i, key=f"votes_{i}", number=str(i), name=f"votes {i}",
                role="votes", candidate=person,
            )  # fmt: skip


class ScreenTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()

    def text(self) -> str:
        answer = self.client.get(PATH)
        self.assertEqual(answer.status_code, 200)
        page = answer.content.decode().replace("\u202f", " ")
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))

    def count(self) -> None:
        self.world.accepted(self.world.stations[1], SOUTH)
        self.world.publication()

    def test_who_has_most_votes_turnout_and_progress(self) -> None:
        self.count()
        text = self.text()
        for words in (
            "Preliminary, partial Publication 1, 19 July 2012, 20:00",
            "Most votes Candidate 1 68.97%",
            "Candidate 2 40 27.59%",
            "Stations counted 1 / 3",
            "Turnout 75.00%",
            "Rehearsal: these are not the results of an election.",
        ):
            with self.subTest(words):
                self.assertIn(words, text)

    def test_before_the_count_nothing_is_0_and_nobody_is_first(self) -> None:
        self.world.publication()
        text = self.text()
        self.assertIn("Nothing is counted here yet.", text)
        self.assertIn(f"Turnout {DASH}", text)
        self.assertNotIn("Candidate 1", text)

    def test_equal_votes_none_and_annulled(self) -> None:
        protocol = self.world.accepted(self.world.stations[1], (200, 150, 5, 70, 70, 5))
        self.world.publication()
        self.assertIn("The first two have equally many votes.", self.text())
        north = self.world.accepted(self.world.stations[0], (100, 61, 1, 40, 20, None))
        other = self.world.accepted(self.world.stations[2], SOUTH)
        for one in (protocol, north, other):
            correction.annul(
                protocol=one, reason="fire", decision="7", by=self.world.mariam, at=NOW
            )
        self.world.publication()
        self.assertIn("all polling stations here are annulled", self.text())

    def test_it_says_what_it_leaves_out(self) -> None:
        self.count()
        with mock.patch.object(screen, "ROWS", {1: 2}):
            text = self.text()
        self.assertIn("1 more candidate is on the results page.", text)
        self.assertNotIn("Candidate 41", text)

    def test_more_contests_than_fit(self) -> None:
        contests(self.world, 5)
        self.count()
        text = self.text()
        self.assertIn("The results page shows 2 more contests.", text)
        self.assertNotIn("Mayor 4", text)

    def test_it_refreshes_with_a_script_and_without(self) -> None:
        self.count()
        page = self.client.get(PATH).content.decode()
        self.assertIn('<noscript><meta http-equiv="refresh" content="60"></noscript>', page)
        state = 'data-latest="/data/artsakh/latest.json" data-publication="1" data-refresh>'
        self.assertIn(state, page)

    def test_names_stay_text(self) -> None:
        world = World("hostile", prefix="<script>alert(1)</script>", notice="<script>")
        world.accepted(world.stations[1], SOUTH)
        world.publication()
        page = self.client.get("/en/hostile/screen/").content.decode()
        self.assertIn("&lt;script&gt;", page)
        self.assertNotIn("<script>", page)

    def test_queries_do_not_grow_with_stations(self) -> None:
        self.count()
        with self.assertNumQueries(5):
            self.client.get(PATH)

    def test_what_is_not_there(self) -> None:
        World("silent")
        for slug in ("silent", "nowhere"):
            self.assertEqual(self.client.get(f"/en/{slug}/screen/").status_code, 404)


@browser
class ScreenBrowserTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.world = World(prefix=LONG, notice="Figures are generated. " * 10)

    def publish(self, *stations: int) -> None:
        for place in stations:
            self.world.accepted(self.world.stations[place], SOUTH)
        publish(election=self.world.election, by=None, at=timezone.now())

    @slow
    def test_a_wall_shows_all_of_it_without_scrolling(self) -> None:
        for more in (0, 1, 2):
            contests(World(f"with-{more}", prefix=LONG, notice="Generated."), more, candidates=9)
        self.publish(1)
        for slug in ("artsakh", "with-0", "with-1", "with-2"):
            world = self.world if slug == "artsakh" else None
            if world is None:
                election = Contest.objects.filter(election__slug=slug)[0].election
                publish(election=election, by=None, at=timezone.now())
            for width, height in ((1920, 1080), (3840, 2160), (1024, 768)):
                page = self.page(width)
                page.set_viewport_size({"width": width, "height": height})
                page.goto(f"/en/{slug}/screen/")
                with self.subTest(slug, width=width):
                    self.assert_nothing_is_cut(page)

    def assert_nothing_is_cut(self, page: object) -> None:
        """Neither the window nor a part of it holds more than it shows."""
        cut = page.evaluate(
            """[...document.querySelectorAll("body, main, .contests, .contests section")]
               .filter(one => one.scrollHeight > one.clientHeight + 1
                           || one.scrollWidth > one.clientWidth + 1)
               .map(one => [one.tagName, one.className, one.scrollHeight, one.clientHeight])"""
        )
        self.assertEqual(cut, [])

    @slow
    def test_it_shows_the_next_publication(self) -> None:
        self.publish(1)
        page = self.page(1920)
        with page.expect_response("**/latest.json"):
            page.goto(PATH)
        self.publish(2)
        page.get_by_text("These figures are now those of publication 2.").wait_for()
        self.assertIn("2 / 3", page.locator(".figures").inner_text())

    def test_without_javascript_it_loads_itself_again(self) -> None:
        self.publish(1)
        page = self.page(java_script_enabled=False)
        page.goto(PATH)
        self.assertIn("1 / 3", page.locator(".figures").inner_text())
        self.assertEqual(page.locator('meta[http-equiv="refresh"]').count(), 1)

    @slow
    def test_everything_here_is_accessible_and_fits_a_phone(self) -> None:
        self.world = World("short", notice="Figures are generated.")
        self.publish(1)
        axe = Axe()
        named = {**EMBEDS, "code": CODE_PAGE, "screen": PATH, "missing": "/en/artsakh/x/y/"}
        pages = {name: path.replace("artsakh", "short") for name, path in named.items()}
        for width in (320, 1280):
            for scheme in ("light", "dark"):
                page = self.page(width, color_scheme=scheme)
                for name, path in pages.items():
                    with self.subTest(name, width=width, scheme=scheme):
                        page.goto(path)
                        self.assert_fits(page)
                        found = axe.run(page).response["violations"]
                        self.assertEqual(
                            [(one["id"], one["nodes"][0]["html"]) for one in found], []
                        )
        # The page that says "not there" is answered so on purpose, and Chromium notes it.
        self.complaints = [said for said in self.complaints if "404 (Not Found)" not in said]

    @slow
    def test_a_part_shows_in_a_page_of_another_site_and_a_whole_page_does_not(self) -> None:
        self.publish(1)
        for path, shown in ((EMBEDS["results"], True), ("/en/artsakh/", False)):
            page = self.page()
            page.goto(self.elsewhere(f"{self.live_server_url}{path}"))
            text = page.frame_locator("iframe").get_by_text("polling stations counted").first
            with self.subTest(path):
                if shown:
                    text.wait_for()
                else:
                    page.wait_for_timeout(1000)
                    self.assertEqual(text.count(), 0)
                refused = [said for said in self.complaints if "frame-ancestors" in said]
                self.assertEqual(bool(refused), not shown, self.complaints)
        # The other site was asked, too, and Chromium said what it refused.
        self.complaints = []

    def elsewhere(self, framed: str) -> str:
        """The address of a page of another site, with a frame around ``framed``."""

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(f'<!doctype html><iframe src="{framed}"></iframe>'.encode())

            def log_message(self, *_what: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}/"
