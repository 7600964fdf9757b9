"""Pictures in a real browser: on a phone and at a desk, light and dark, and for everybody."""

import json
import tempfile
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tabulation.importing.election import load_election
from tabulation.importing.protocols import load_protocols
from tabulation.ledger.writing import publish
from tabulation.tests.support.browser import LONG, BrowserTestCase
from tabulation.tests.support.picture_pages import AREAS, PAGES
from tabulation.tests.support.small_folder import FOLDER, PROTOCOLS, collection, feature, square
from tabulation.tests.support.tags import browser, slow
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World

SHAPED = {
    "shapes": "/en/small/president/map/",
    "shapes of turnout": "/en/small/president/map/turnout/",
}
#: Letters smaller than this, in pixels as shown, nobody reads.
SMALLEST = 11
LETTERS = """all => all.map(text => {
  const svg = text.ownerSVGElement;
  return parseFloat(getComputedStyle(text).fontSize)
    * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
})"""


@browser
class PicturesBrowserTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        world = World(prefix=LONG)
        world.accepted(world.stations[0], NORTH)
        publish(election=world.election, by=None, at=NOW)
        world.accepted(world.stations[1], SOUTH)
        publish(election=world.election, by=None, at=NOW)
        self.make_map()

    def make_map(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            shapes = collection(feature("N", square(46, 41)), feature("S", square(46, 40)))
            files = {**FOLDER, "areas.geojson": json.dumps(shapes), "protocols.csv": PROTOCOLS}
            for file, content in files.items():
                (folder / file).write_text(content, encoding="utf-8")
            election = load_election(folder, by=None, at=NOW)
            load_protocols(election.contests.get(), folder / "protocols.csv", by=None, at=NOW)
            publish(election=election, by=None, at=NOW)

    @slow
    def test_every_picture_fits_and_keeps_nobody_out(self) -> None:
        axe = Axe()
        for width in (320, 1280):
            for scheme in ("light", "dark"):
                page = self.page(width, color_scheme=scheme)
                for name, path in {**PAGES, **AREAS, **SHAPED}.items():
                    with self.subTest(name, width=width, scheme=scheme):
                        page.goto(path)
                        self.assertTrue(page.locator("svg.plot").first.is_visible())
                        self.assert_fits(page)
                        self.assert_open(axe, page, ".picture-of" if name in AREAS else None)
                        letters = page.locator("svg.plot text").evaluate_all(LETTERS)
                        self.assertGreaterEqual(min(letters, default=SMALLEST), SMALLEST)

    def assert_open(self, axe: Axe, page: Any, part: str | None) -> None:
        """What axe-core calls a violation of WCAG 2.2 AA or of its own good practice."""
        found = axe.run(page, context=part)
        self.assertEqual(found.violations_count, 0, f"{page.url}\n{found.generate_report()}")

    @slow
    def test_a_block_leads_to_its_area_without_javascript(self) -> None:
        page = self.page(390, java_script_enabled=False)
        page.goto(PAGES["map"])
        page.locator("svg.mosaic a").first.locator("path").first.click()
        self.assertTrue(page.url.endswith("/area/N/"))
        page.go_back()
        page.get_by_role("link", name="Turnout by area").click()
        self.assertTrue(page.url.endswith("/map/turnout/"))
