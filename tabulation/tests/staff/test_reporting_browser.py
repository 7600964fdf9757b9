"""Reporting turnout in a real browser: by keyboard, without script, on a phone, in the dark."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tabulation.tests.support.browser import LONG, BrowserTestCase
from tabulation.tests.support.tags import browser, slow
from tabulation.tests.support.turnout_world import AT_FIVE, ELEVEN, TWO, HourWorld

HERE = "/staff/artsakh/president/turnout/"
#: Links, buttons and fields that a finger misses, with their heights.
SMALL = """[...document.querySelectorAll(
  "main .targets a, main button, main .check, main input.figure, main .said input")]
  .map((one) => [one.className, Math.round(one.getBoundingClientRect().height)])
  .filter(([_name, height]) => height < 32)"""


@slow
@browser
class ReportingBrowserTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.world = HourWorld()

    def list_of(self, path: str = "?hour=14:00", **options: Any) -> Any:
        page = self.page(**options)
        self.sign_in_as(page, "ina", f"{HERE}{path}")
        page.locator("input.figure:focus").wait_for()
        return page

    def save(self, page: Any) -> None:
        page.locator("button:focus", has_text="Save this page").wait_for()
        page.keyboard.press("Enter")

    def test_a_page_by_keyboard_with_a_reason_where_one_is_wanted(self) -> None:
        self.world.report(0, ELEVEN, 50, at=AT_FIVE)
        page = self.list_of()
        for text in ("20", "", "7"):
            page.keyboard.type(text)
            page.keyboard.press("Enter")
        self.save(page)
        page.get_by_text(
            "Nothing on this page was saved. Check 1 marked row, then save the page again."
        ).wait_for()
        field = page.locator("input.figure:focus")
        field.wait_for()
        self.assertEqual((field.input_value(), field.get_attribute("aria-invalid")), ("20", "true"))
        page.keyboard.press("Enter")
        page.keyboard.type("by telephone")
        for _field in range(3):
            page.keyboard.press("Enter")
        self.save(page)
        page.get_by_text("2 figures are saved.").wait_for()
        self.assertEqual(
            self.world.standing(),
            [("1/01", "11:00", 50), ("1/01", "14:00", 20), ("2/02", "14:00", 7)],
        )
        self.complaints = [told for told in self.complaints if "400" not in told]
        # And on with the one that is missing.
        page.locator("input.figure:focus").wait_for()
        self.assertEqual(page.locator("input.figure:focus").input_value(), "")
        page.keyboard.press("ArrowUp")
        self.assertEqual(page.locator("input.figure:focus").input_value(), "20")

    def test_without_script_enter_saves(self) -> None:
        page = self.list_of("?hour=14:00&missing=on", java_script_enabled=False)
        page.keyboard.type("20")
        page.keyboard.press("Tab")
        page.keyboard.type("30")
        page.keyboard.press("Enter")
        page.get_by_text("2 figures are saved.").wait_for()
        page.locator("input.figure:focus").wait_for()
        page.keyboard.type("5")
        page.keyboard.press("Enter")
        page.get_by_text("Every polling station here has reported by 14:00.").wait_for()
        self.assertEqual([voters for *_of, voters in self.world.standing()], [20, 30, 5])


@slow
@browser
class OpenToAllTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.world = HourWorld(prefix=LONG)
        self.world.report(0, ELEVEN, 50)
        self.world.report(0, TWO, 20, reason="W" * 300)

    def test_nothing_sticks_out_and_axe_finds_nothing(self) -> None:
        axe = Axe()
        for language in ("", "/hy"):
            for width, scheme in ((320, "light"), (320, "dark"), (1280, "light"), (1280, "dark")):
                page = self.page(width, color_scheme=scheme, reduced_motion="reduce")
                self.sign_in_as(page, "ina", HERE)
                for path in ("", "S/?hour=17:00&missing=on", "?hour=14:00"):
                    with self.subTest(path, language=language, width=width, scheme=scheme):
                        page.goto(f"{language}{HERE}{path}")
                        self.assert_open(axe, page)
                with self.subTest("refused", language=language, width=width, scheme=scheme):
                    page.locator("input.figure").nth(1).fill("201")
                    page.locator("form.by-hour button").click()
                    page.locator("tr.look").wait_for()
                    self.complaints.clear()  # the console tells of the 400
                    self.assert_open(axe, page)
                page.context.close()

    def assert_open(self, axe: Axe, page: Any) -> None:
        self.assert_fits(page)
        self.assertEqual(page.evaluate(SMALL), [])
        found = axe.run(page).response["violations"]
        self.assertEqual(
            [(rule["id"], str(node["target"])) for rule in found for node in rule["nodes"]], []
        )
