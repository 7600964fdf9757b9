"""A reader's open page while publications come out."""

from typing import Any

from django.utils import timezone

from tabulation.ledger.writing import publish
from tabulation.tests.support.browser import BrowserTestCase
from tabulation.tests.support.tags import browser, slow
from tabulation.tests.support.world import NORTH, SOUTH, World

OVERVIEW = "/en/artsakh/"
NEXT = "These figures are now those of publication 2."


@browser
class LatestTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.world = World()
        self.world.accepted(self.world.stations[0], NORTH)
        self.publish()

    def publish(self) -> None:
        publish(election=self.world.election, by=None, at=timezone.now())

    def count_the_south(self) -> None:
        self.world.accepted(self.world.stations[1], SOUTH)
        self.publish()

    def opened(self, path: str, **options: Any) -> Any:
        """The page, after it has asked for the newest number once."""
        page = self.page(**options)
        with page.expect_response("**/latest.json"):
            page.goto(path)
        return page

    def test_the_country_s_page_shows_the_new_figures_and_leaves_the_reader_in_peace(self) -> None:
        page = self.opened(OVERVIEW)
        page.set_viewport_size({"width": 600, "height": 300})
        page.locator("details summary").click()
        link = page.get_by_role("link", name="Area S")
        link.focus()
        before = page.evaluate("scrollY")
        self.assertGreater(before, 0)
        self.count_the_south()
        page.get_by_text(NEXT).wait_for()
        self.assertIn("2 of 3 polling stations counted", page.locator("main").inner_text())
        self.assertIn("Publication 2", page.locator("main").inner_text())
        self.assertEqual(page.evaluate("scrollY"), before)
        self.assertEqual(page.evaluate("document.activeElement.textContent"), "Area S")
        self.assertTrue(page.locator("details").evaluate("one => one.open"))

    @slow
    def test_whoever_stops_it_gets_a_link(self) -> None:
        page = self.opened(OVERVIEW)
        self.count_the_south()
        page.get_by_role("button", name="Refresh no more").click()
        self.world.accepted(self.world.stations[2], SOUTH)
        self.publish()
        link = page.get_by_role("link", name="Publication 3 is out: show it")
        link.wait_for()
        self.assertIn("2 of 3 polling stations", page.locator("main").inner_text())
        link.click()
        page.get_by_text("3 of 3 polling stations").wait_for()

    @slow
    def test_whoever_wants_less_motion_gets_a_link(self) -> None:
        page = self.opened(OVERVIEW, reduced_motion="reduce")
        self.count_the_south()
        page.get_by_role("link", name="Publication 2 is out: show it").wait_for()
        self.assertIn("1 of 3 polling stations", page.locator("main").inner_text())

    @slow
    def test_an_area_that_changed_gets_a_link_and_one_that_did_not_gets_none(self) -> None:
        south = self.opened("/en/artsakh/president/area/S/")
        north = self.opened("/en/artsakh/president/area/N/")
        self.count_the_south()
        link = south.get_by_role("link", name="Publication 2 is out: show it")
        link.wait_for()
        # It asks for its own page because of the publication, and finds it unchanged.
        with north.expect_response("**/area/N/"):
            pass
        self.assertEqual(north.locator("#latest").inner_text(), "")
        link.click()
        south.get_by_text("Unchanged since publication 2").wait_for()

    @slow
    def test_a_hidden_page_asks_for_nothing(self) -> None:
        page = self.opened(OVERVIEW)
        asked: list[str] = []
        page.evaluate(
            "Object.defineProperty(document, 'visibilityState',"
            " {get: () => window.seen || 'hidden'});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
        page.on("request", lambda request: asked.append(request.url))
        page.wait_for_timeout(3000)
        self.assertEqual(asked, [])
        with page.expect_response("**/latest.json"):
            page.evaluate(
                "window.seen = 'visible'; document.dispatchEvent(new Event('visibilitychange'))"
            )

    @slow
    def test_a_past_publication_stays_as_it_was(self) -> None:
        page = self.page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto("/en/artsakh/publications/1/")
        page.wait_for_timeout(3000)
        self.assertFalse([url for url in asked if "latest.json" in url])

    @slow
    def test_only_what_changed_is_marked_and_the_rest_is_the_same_element(self) -> None:
        page = self.opened(OVERVIEW)
        page.evaluate("document.querySelector('h1').kept = true")
        page.get_by_role("button", name="Turnout").click()
        self.count_the_south()
        page.get_by_text(NEXT).wait_for()
        self.assertTrue(page.evaluate("document.querySelector('h1').kept"))
        marked = page.locator(".changed").all_inner_texts()
        self.assertIn("211", marked)
        self.assertFalse([text for text in marked if "Election of" in text])
        # The reader's order stays, with the new figures in it.
        self.assertEqual(page.evaluate("location.hash.slice(0, 6)"), "#sort=")
        self.assertEqual(
            page.locator("th[aria-sort=descending]").inner_text().strip("\u00a0\u25bc"), "Turnout"
        )

    @slow
    def test_whoever_sorts_by_keyboard_stays_at_the_heading(self) -> None:
        page = self.opened(OVERVIEW)
        page.locator("table.choices").get_by_role("button", name="Votes").focus()
        page.keyboard.press("Enter")
        self.count_the_south()
        page.get_by_text(NEXT).wait_for()
        self.assertEqual(page.evaluate("document.activeElement.textContent"), "Votes")
        page.keyboard.press("Enter")
        self.assertEqual(
            page.locator("table.choices th[aria-sort]").get_attribute("aria-sort"), "ascending"
        )

    @slow
    def test_it_says_what_changed_since_the_reader_last_looked(self) -> None:
        page = self.opened(OVERVIEW)
        self.assertTrue(page.locator("#since-last").is_hidden())
        self.count_the_south()
        page.get_by_text(NEXT).wait_for()
        page.goto("about:blank")
        self.world.accepted(self.world.stations[2], (None, 90, 0, 0, 90, 0))
        self.publish()
        page.goto(OVERVIEW)
        # The page may come out of the browser's cache first, and learn the rest by itself.
        page.get_by_text("You last looked at publication 2.").wait_for()
        told = page.locator("#since-last").inner_text()
        self.assertIn("Polling stations counted since then: +1.", told)
        self.assertIn("The leader has changed.", told)


@slow
@browser
class SortingTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        world = World()
        for station, figures in zip(world.stations, (NORTH, SOUTH, SOUTH), strict=True):
            world.accepted(station, figures)
        publish(election=world.election, by=None, at=timezone.now())

    def first_words(self, page: Any) -> list[str]:
        return page.locator("table.choices tbody th").all_inner_texts()

    def test_a_table_is_sorted_by_keyboard_and_the_order_can_be_passed_on(self) -> None:
        page = self.page()
        page.goto(OVERVIEW)
        self.assertEqual(self.first_words(page)[0], "Candidate 1")
        header = page.locator("table.choices").get_by_role("button", name="No.")
        header.focus()
        page.keyboard.press("Enter")
        self.assertEqual(self.first_words(page)[0], "Candidate 41")
        self.assertEqual(
            page.locator("table.choices th[aria-sort]").get_attribute("aria-sort"), "descending"
        )
        other = self.page()
        other.goto(page.url)
        self.assertEqual(self.first_words(other)[0], "Candidate 41")
        page.keyboard.press("Enter")
        self.assertEqual(self.first_words(page), ["Candidate 1", "Candidate 2", "Candidate 41"])

    def test_who_is_not_on_the_ballot_comes_last_whichever_way(self) -> None:
        page = self.page()
        page.goto("/en/artsakh/president/area/N/")
        for name in ("Votes", "Share"):
            header = page.locator("table.choices").get_by_role("button", name=name)
            for _way in range(2):
                header.click()
                self.assertEqual(self.first_words(page)[2], "Candidate 41", name)

    def test_without_javascript_headers_are_words(self) -> None:
        page = self.page(java_script_enabled=False)
        page.goto(OVERVIEW)
        self.assertEqual(page.locator("table button").count(), 0)
        self.assertTrue(page.get_by_role("link", name="Reload for newer figures").is_visible())
