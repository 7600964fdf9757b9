"""A real Chromium for tests: Debian's, headless, with no request of its own."""

import atexit
import functools
import os
import shutil
import unittest
from typing import Any

from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from django.core.cache import cache

from tabulation.tests.support.world import PASSWORD, CommittedTestCase, totp

CHROMIUM = os.environ.get("HASHVARK_CHROMIUM") or shutil.which("chromium")
REQUIRED = os.environ.get("HASHVARK_BROWSER_TESTS") == "required"
#: Before every name of a world: it must not make a page wider than the screen.
LONG = "Ստեփանակերտի թիվ 1 հիմնական դպրոցի մարզադահլիճ, Ազատամարտիկների պողոտա "
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@functools.cache
def chromium() -> Any:
    """The one browser of this process; what a test leaves in it goes with the test's contexts."""
    # Playwright runs an event loop in this thread; Django need not guard it from us.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    from playwright.sync_api import sync_playwright

    playwright = sync_playwright().start()
    atexit.register(playwright.stop)
    return playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)


@unittest.skipUnless(CHROMIUM or REQUIRED, "no Chromium here: only the browser tests are skipped")
class BrowserTestCase(StaticLiveServerTestCase, CommittedTestCase):
    """Pages in Chromium; what the console complains of, and any foreign request, fails the test."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.chromium = chromium()
        super().setUpClass()

    def setUp(self) -> None:
        self.complaints: list[str] = []

    def tearDown(self) -> None:
        self.assertEqual(self.complaints, [])

    def page(self, width: int = 1280, **options: Any) -> Any:
        context = self.chromium.new_context(
            viewport={"width": width, "height": 800}, base_url=self.live_server_url, **options
        )
        context.set_default_timeout(10_000)
        self.addCleanup(context.close)
        page = context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._own)
        return page

    def _own(self, request: Any) -> None:
        if not request.url.startswith((self.live_server_url, "data:")):
            self.complaints.append(f"asked {request.url}")

    def sign_in_as(self, page: Any, name: str, at: str = "/staff/", factor: bool = False) -> None:
        """From the sign-in on to the page ``at``; with ``factor`` by the app's code as well."""
        page.goto(at)
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        if factor:
            self.type_code(page)
        page.get_by_role("button", name="Sign out").wait_for()

    def type_code(self, page: Any) -> None:
        page.get_by_label("Code").wait_for()
        cache.clear()  # the same code again: a test does not wait for the next one
        page.get_by_label("Code").fill(totp())
        page.keyboard.press("Enter")

    def assert_fits(self, page: Any) -> None:
        """The page itself does not scroll sideways (a wide table may, inside its own box).

        Asked once the page has loaded: while one gives way to the next it has no element.
        """
        page.wait_for_load_state()
        width = "document.documentElement"
        page.wait_for_function(width)
        wider = page.evaluate(f"{width}.scrollWidth - {width}.clientWidth")
        self.assertLessEqual(wider, 0, page.url)
