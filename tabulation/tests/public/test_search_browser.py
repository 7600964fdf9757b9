"""Search and the list of stations as a person meets them: on a phone, by keyboard, in the dark."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tabulation.ledger.writing import publish
from tabulation.tests.support.browser import LONG, BrowserTestCase
from tabulation.tests.support.tags import browser, slow
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World

FIND = "/en/artsakh/president/find/"
STATIONS = "/en/artsakh/president/stations/"
PAGES = (
    FIND,
    f"{FIND}?q=2/0",
    f"{FIND}?q=nowhere",
    f"{FIND}?q=" + "x" * 201,
    STATIONS,
    f"{STATIONS}?area=S&status=counted&turnout_from=10&sort=-turnout",
    f"{STATIONS}?area=Q&share_from=x&share_to=9&turnout_from=60&turnout_to=50",
    f"{STATIONS}?leader=41",
)


@slow
@browser
class SearchBrowserTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        world = World(prefix=LONG)
        world.accepted(world.stations[0], NORTH)
        world.accepted(world.stations[1], SOUTH)
        publish(election=world.election, by=None, at=NOW)

    def tab_to(self, page: Any, selector: str) -> None:
        for _step in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("at => document.activeElement.matches(at)", selector):
                return
        self.fail(f"no way to {selector} by keyboard")

    def test_a_voter_finds_the_station_on_a_phone_by_keyboard_alone(self) -> None:
        page = self.page(320, java_script_enabled=True)
        page.goto("/en/artsakh/")
        self.tab_to(page, "a[href$='/find/']")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Find my polling station").wait_for()
        self.tab_to(page, "#q")
        page.keyboard.type("2-01")
        page.keyboard.press("Enter")
        page.get_by_text("1 polling station fits").wait_for()
        self.assertTrue(page.url.endswith("/find/?q=2-01"))
        self.assertEqual(page.locator("#q").input_value(), "2-01")
        self.tab_to(page, "tbody a")
        page.keyboard.press("Enter")
        page.wait_for_url("**/station/2/01/")
        self.assertIn("150", page.locator("main").inner_text())

    def test_a_journalist_filters_sorts_and_removes_a_filter_by_keyboard_alone(self) -> None:
        page = self.page(320)
        page.goto(STATIONS)
        self.assertFalse(page.locator("#id_area").is_visible())
        self.tab_to(page, "summary")
        page.keyboard.press("Enter")
        self.tab_to(page, "#id_area")
        page.keyboard.type("S")
        self.tab_to(page, "#id_turnout_from")
        page.keyboard.type("50,5")
        page.keyboard.press("Enter")
        page.get_by_text("1 of 3 polling stations matches.").wait_for()
        self.assertIn("area=S", page.url)
        self.tab_to(page, ".active a:not([href*='area=S'])")
        page.keyboard.press("Enter")
        page.get_by_text("2 of 3 polling stations match.").wait_for()
        self.tab_to(page, "th a[href*='sort=-turnout'], th a[href*='sort=turnout']")
        page.keyboard.press("Enter")
        page.wait_for_url("**sort=turnout*")
        self.assertEqual(page.locator("tbody th").all_inner_texts(), ["1/01", "2/01"])

    @slow
    def test_all_of_it_without_javascript(self) -> None:
        page = self.page(1280, java_script_enabled=False)
        page.goto(STATIONS)
        page.get_by_label("Most votes for").select_option(label=f"{LONG}Candidate 1")
        page.get_by_label("Status", exact=True).select_option("counted")
        page.get_by_role("button", name="Show these polling stations").click()
        page.get_by_text("2 of 3 polling stations match.").wait_for()
        page.get_by_role("link", name="Registered").click()
        page.get_by_role("link", name="Registered").click()
        self.assertEqual(page.locator("tbody th").all_inner_texts(), ["2/01", "1/01"])
        self.assertIn("leader=1", page.url)
        page.get_by_role("link", name="Find my polling station").click()
        page.get_by_label("Code, place or address").fill("station 1")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="1/01").click()
        page.wait_for_url("**/station/1/01/")

    @slow
    def test_every_page_fits_and_nothing_keeps_anybody_out(self) -> None:
        axe = Axe()
        for width in (320, 1280):
            for scheme in ("light", "dark"):
                page = self.page(width, color_scheme=scheme)
                for path in PAGES:
                    page.goto(path)
                    for summary in page.locator("summary:visible").all():
                        if not summary.evaluate("one => one.parentElement.open"):
                            summary.click()
                    with self.subTest(path[:60], width=width, scheme=scheme):
                        self.assert_fits(page)
                        found = axe.run(page).response["violations"]
                        told = [(rule["id"], n["target"]) for rule in found for n in rule["nodes"]]
                        self.assertEqual(told, [])
