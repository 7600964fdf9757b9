"""Every public page as people meet it: on a phone, in the dark, without script or style."""

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings

from tabulation.tests.support.browser import BrowserTestCase
from tabulation.tests.support.nkr_world import half_counted
from tabulation.tests.support.public_addresses import pages
from tabulation.tests.support.tags import browser, slow

#: Where pictures of the pages are put, if anywhere: for whoever wants to look at all of them.
PICTURES = os.environ.get("HASHVARK_SCREENSHOTS")
#: Pages without anything to skip.
BARE = ("screen", "embed", "embed-area", "embed-station")


class EveryPageTestCase(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        half_counted()

    def look_at_every_page(self, language: str, width: int, *schemes: str) -> None:
        """Axe finds nothing, and nothing sticks out; in one scheme of colours after the other."""
        axe = Axe()
        page = self.page(width, reduced_motion="reduce")
        for number, (name, path) in enumerate(pages(language)):
            page.goto(path)
            for scheme in schemes:
                with self.subTest(name, path=path, width=width, scheme=scheme):
                    page.emulate_media(color_scheme=scheme)
                    self.picture(page, f"{number:02}-{name}-{language}-{width}-{scheme}")
                    closed = page.locator("details:not([open]) > summary:visible")
                    for _each in range(closed.count()):
                        closed.first.click()
                    self.assert_fits(page)
                    self.assertEqual(self.violations(axe, page), [])
        page.context.close()

    def violations(self, axe: Axe, page: Any) -> list[tuple[str, str, str]]:
        return [
            (rule["id"], str(node["target"]), node.get("failureSummary", "")[:200])
            for rule in axe.run(page).response["violations"]
            for node in rule["nodes"]
        ]

    def picture(self, page: Any, name: str) -> None:
        if PICTURES:
            folder = Path(PICTURES)
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / f"{name}.png", full_page=True)


@slow
@browser
class EnglishTests(EveryPageTestCase):
    def test_on_both_widths_in_light_and_dark(self) -> None:
        for width in (320, 1280):
            self.look_at_every_page("en", width, "light", "dark")


@slow
@browser
class OtherLanguagesTests(EveryPageTestCase):
    """A language is looked at with all that it has on one width."""

    def test_on_a_phone(self) -> None:
        for language, _name in settings.LANGUAGES:
            if language != "en":
                self.look_at_every_page(language, 320, "light")


@slow
@browser
class ReadingTests(EveryPageTestCase):
    def test_everything_reads_without_javascript(self) -> None:
        """What a reader with it can see, one without it sees as well, but for what only moves."""
        with_it, without = self.page(), self.page(java_script_enabled=False)
        for name, path in pages():
            with self.subTest(name, path=path):
                texts = []
                for page in (with_it, without):
                    page.goto(path)
                    texts.append(page.locator("main").inner_text())
                lines = [set(text.splitlines()) for text in texts]
                only_with = {line for line in lines[0] - lines[1] if line.strip()}
                self.assertLessEqual(only_with, {"Check it now"})
                self.assertTrue(without.locator("h1").is_visible())

    def test_without_styles_it_reads_in_the_order_of_the_page(self) -> None:
        """Headings descend one by one, and what comes first is what matters most."""
        page = self.page()
        page.route("**/*.css", lambda route: route.abort())
        for name, path in pages():
            with self.subTest(name, path=path):
                page.goto(path)
                levels = page.eval_on_selector_all(
                    "h1, h2, h3, h4", "all => all.map((one) => Number(one.tagName[1]))"
                )
                self.assertEqual((levels[0], levels.count(1)), (1, 1))
                steps = [b - a for a, b in pairwise(levels)]
                self.assertLessEqual(max(steps, default=0), 1)
                text = page.locator("body").inner_text()
                first = page.locator("h1").inner_text().splitlines()[0]
                self.assertIn(first, text)
                if name not in BARE:
                    self.assertLess(text.index("Skip to the content"), text.index(first))
        self.complaints = [c for c in self.complaints if "ERR_FAILED" not in c]
