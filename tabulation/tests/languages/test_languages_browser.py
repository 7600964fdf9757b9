"""From one language to another in a browser, as readers and as staff."""

import re

from django.conf import settings
from django.utils import timezone

from tabulation.ledger.writing import publish
from tabulation.tests.support.browser import BrowserTestCase
from tabulation.tests.support.tags import browser, slow
from tabulation.tests.support.world import NORTH, PASSWORD, World


@slow
@browser
class SwitchingTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.world = World()
        self.world.accepted(self.world.stations[0], NORTH)
        publish(election=self.world.election, by=None, at=timezone.now())

    @slow
    def test_a_reader_goes_from_language_to_language_and_stays_on_the_page(self) -> None:
        page = self.page()
        page.goto("/en/artsakh/president/area/N/")
        for code, name in (("hy", "Հայերեն"), ("ru", "Русский"), ("fil", "Filipino")):
            page.get_by_role("link", name=name).click()
            page.wait_for_url(f"**/{code}/artsakh/president/area/N/")
            self.assertEqual(page.locator("html").get_attribute("lang"), code)
            self.assertEqual(page.locator("[aria-current=true]").inner_text(), name)

    @slow
    def test_every_language_fits_a_small_screen(self) -> None:
        page = self.page(width=320)
        for code, _name in settings.LANGUAGES:
            for path in (
                "",
                "artsakh/",
                "artsakh/publications/",
                "artsakh/president/station/1/01/",
            ):
                with self.subTest(code, path=path):
                    page.goto(f"/{code}/{path}")
                    self.assert_fits(page)
            with self.subTest(code, path="staff"):
                page.goto(f"/{'' if code == 'en' else f'{code}/'}staff/sign-in/")
                self.assert_fits(page)

    def test_a_clerk_signs_in_in_armenian_and_stays_there(self) -> None:
        page = self.page()
        page.goto("/hy/staff/artsakh/president/desk/")
        self.assertIn("/hy/staff/sign-in/?next=/hy/staff/artsakh", page.url)
        page.locator("#id_login").fill("alice")
        page.locator("#id_password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"//[^/]+/hy/staff/artsakh/president/desk/$"))
        page.get_by_role("link", name="Русский").click()
        page.wait_for_url("**/ru/staff/artsakh/president/desk/")
        page.locator(".who button").click()
        page.wait_for_url("**/ru/staff/sign-in/")
