"""What a person meets: every page in a real browser, on a phone and at a desk."""

from tabulation.publication import publish
from tabulation.tests.browser import BrowserTestCase
from tabulation.tests.marks import browser
from tabulation.tests.test_public_pages import PublicPagesTestCase
from tabulation.tests.world import NORTH, NOW, PASSWORD, SOUTH, World

LONG = "Ստեփանակերտի թիվ 1 հիմնական դպրոցի մարզադահլիճ, Ազատամարտիկների պողոտա "


@browser
class PublicBrowserTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        world = World(prefix=LONG, notice="Figures are generated.")
        world.accepted(world.stations[0], NORTH)
        publish(election=world.election, by=None, at=NOW)
        world.accepted(world.stations[1], SOUTH)
        publish(election=world.election, by=None, at=NOW, note="The second of the night")

    def test_every_page_fits_a_phone_and_a_desk_in_light_and_dark(self) -> None:
        for width in (320, 1280):
            for scheme in ("light", "dark"):
                page = self.page(width, color_scheme=scheme)
                for name, path in PublicPagesTestCase.PAGES.items():
                    with self.subTest(name, width=width, scheme=scheme):
                        page.goto(path)
                        self.assertTrue(page.locator("h1").is_visible())
                        self.assert_fits(page)

    def test_from_the_root_to_a_station_without_javascript(self) -> None:
        page = self.page(390, java_script_enabled=False)
        page.goto("/")
        page.get_by_role("link", name="Election of the small world").click()
        page.get_by_role("link", name=f"{LONG}Area S").click()
        page.get_by_role("link", name="2/01").click()
        self.assertIn("150", page.locator("main").inner_text())
        page.get_by_role("navigation", name="Where you are").get_by_role("link").first.click()
        self.assertTrue(page.url.endswith("/en/artsakh/"))

    def test_the_keyboard_reaches_the_content_first(self) -> None:
        page = self.page()
        page.goto("/en/artsakh/")
        page.keyboard.press("Tab")
        self.assertEqual(page.evaluate("document.activeElement.className"), "skip")
        page.keyboard.press("Enter")
        self.assertEqual(page.evaluate("document.activeElement.id"), "content")


@browser
class StaffBrowserTests(BrowserTestCase):
    def test_a_member_signs_in_and_publishes(self) -> None:
        world = World(prefix=LONG)
        world.accepted(world.stations[0], NORTH)
        for width in (320, 1280):
            page = self.page(width)
            page.goto("/staff/")
            self.assert_fits(page)
            page.get_by_label("User name").fill("mariam")
            page.get_by_label("Password").fill(PASSWORD)
            page.keyboard.press("Enter")
            page.get_by_role("heading", name="Elections").wait_for()
            self.assert_fits(page)
            page.get_by_role("link", name="President").click()
            page.get_by_label("Note shown with the publication").wait_for()
            self.assert_fits(page)
            page.get_by_label("Note shown with the publication").fill("First of the night")
            page.get_by_role("button", name="Publish the next publication").click()
            if width == 320:
                self.assertIn("Publication 1 is out.", page.inner_text("[role=status]"))
            else:
                self.assertIn("Nothing has changed", page.inner_text("[role=alert]"))
                # The browser reports the 409 itself; nothing else may be in its console.
                self.complaints = [c for c in self.complaints if "409" not in c]
