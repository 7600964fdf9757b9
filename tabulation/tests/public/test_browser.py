"""What a person meets: every page in a real browser, on a phone and at a desk."""

import csv
import re
from typing import Any

from django.urls import reverse

from tabulation.counting import intake
from tabulation.importing.election import load_election
from tabulation.ledger.writing import Terms, publish
from tabulation.models import Draft, Entry, Event, PollingStation
from tabulation.tests.support.browser import LONG, BrowserTestCase
from tabulation.tests.support.public_pages import PublicPagesTestCase
from tabulation.tests.support.tags import browser, slow
from tabulation.tests.support.world import (
    GEORGIA,
    NORTH,
    NOW,
    PASSWORD,
    SOUTH,
    World,
    cast,
    make_stations,
)


@browser
class PublicBrowserTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        world = World(prefix=LONG, notice="Figures are generated.")
        world.accepted(world.stations[0], NORTH)
        publish(election=world.election, by=None, at=NOW)
        world.accepted(world.stations[1], SOUTH)
        publish(
            election=world.election, by=None, at=NOW, terms=Terms(note="The second of the night")
        )
        world.corrected(world.stations[0], (100, 61, 2, 39, 20, None))
        world.accepted(world.stations[2], SOUTH)
        publish(election=world.election, by=None, at=NOW)

    #: What changed from one publication to the next, with a correction and without.
    DIFFERENCES = {
        f"difference {rest}": f"/en/artsakh/president/difference/{rest}/"
        for rest in ("1/2", "2/3", "1/3", "2/3/newly-counted")
    }

    @slow
    def test_every_page_fits_a_phone_and_a_desk_in_light_and_dark(self) -> None:
        for width in (320, 1280):
            for scheme in ("light", "dark"):
                page = self.page(width, color_scheme=scheme)
                for name, path in {**PublicPagesTestCase.PAGES, **self.DIFFERENCES}.items():
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
        page.get_by_role("navigation", name="Path to this page").get_by_role("link").first.click()
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
            self.sign_in_as(page, "mariam", factor=True)
            page.get_by_role("heading", name="Elections").wait_for()
            self.assert_fits(page)
            page.get_by_role("link", name="Live totals").click()
            self.assert_fits(page)
            page.get_by_role("link", name="Look at the next publication").click()
            page.get_by_label("Note shown with the publication").wait_for()
            self.assert_fits(page)
            page.get_by_label("Note shown with the publication").fill("First of the night")
            page.get_by_role("button", name="Publish publication").click()
            if width == 320:
                self.assertIn("published as publication 1.", page.inner_text("[role=status]"))
            else:
                self.assertIn("Nothing has changed", page.inner_text("[role=alert]"))
                # The browser reports the 409 itself; nothing else may be in its console.
                self.complaints = [c for c in self.complaints if "409" not in c]


@browser
class ClerkBrowserTests(BrowserTestCase):
    """A clerk at 3 a.m.: one Georgian protocol, by keyboard alone."""

    #: Station 01.001 as it stands in the real file.
    CODE = "01.001"

    def setUp(self) -> None:
        super().setUp()
        people = cast()
        self.election = load_election(GEORGIA, by=None, at=NOW)
        contest = self.election.contests.select_related("election").get()
        station = PollingStation.objects.get(code=self.CODE)
        intake.receive(contest=contest, station=station, by=people["ina"], at=NOW)
        with (GEORGIA / "protocols.csv").open(encoding="utf-8", newline="") as file:
            paper = next(row for row in csv.reader(file) if row[0] == self.CODE)
        self.first, self.rest = paper[1:20], paper[20:]

    def sign_in(self, page: Any, name: str) -> None:
        page.goto("/staff/georgia-2013/president/station/01.001/")
        page.locator("#id_login:focus").wait_for()
        page.keyboard.type(name)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Start typing").wait_for()

    def press_until(self, page: Any, text: str) -> None:
        """Tab to the button that says ``text``, and press it."""
        for _step in range(40):
            focused = page.evaluate("document.activeElement.matches('a, button, summary')")
            if focused and text in page.evaluate("document.activeElement.textContent"):
                page.keyboard.press("Enter")
                return
            page.keyboard.press("Tab")
        self.fail(f"no way to {text!r} by keyboard")

    def saved(self, page: Any) -> None:
        page.locator("#state", has_text=re.compile(r"^Saved$")).wait_for()

    def focused(self, page: Any) -> str:
        return str(page.evaluate("document.activeElement.name"))

    def test_a_protocol_by_keyboard_alone_with_a_reload_in_the_middle(self) -> None:
        page = self.page()
        self.sign_in(page, "alice")
        self.press_until(page, "Start typing")
        page.locator("input[name=registered]:focus").wait_for()
        self.assertEqual(self.focused(page), "registered")
        for figure in self.first:
            page.keyboard.type(figure)
            page.keyboard.press("Enter")
        self.assertEqual(self.focused(page), "votes_15")
        page.reload()  # in the middle of a pause: nothing was waited for
        kept = page.locator("input.figure").evaluate_all("all => all.map(one => one.value)")
        self.assertEqual(kept, [*self.first, *[""] * len(self.rest)])
        self.assertEqual(self.focused(page), "votes_15")
        self.saved(page)
        for figure in self.rest:
            page.keyboard.type(figure)
            page.keyboard.press("ArrowDown")
        self.assertEqual(self.focused(page), "action")
        page.keyboard.press("Enter")
        page.get_by_text("01.001 is finished.").wait_for()
        typed = Entry.objects.get()
        self.assertEqual(typed.figures, [int(figure) for figure in (*self.first, *self.rest)])
        self.assertEqual(Event.objects.get(act="entry submitted").by_name, "alice")

    @slow
    def test_the_field_s_manners(self) -> None:
        page = self.page()
        self.sign_in(page, "alice")
        self.press_until(page, "Start typing")
        page.locator("input[name=registered]:focus").wait_for()
        page.keyboard.type("14a53")
        self.assertEqual(page.locator("input[name=registered]").input_value(), "1453")
        self.assertEqual(page.inner_text("#said-registered").strip(), "Digits only.")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        page.keyboard.type("7")  # the content was selected: typed over, not added to
        self.assertEqual(page.locator("input[name=registered]").input_value(), "7")
        page.keyboard.press("ArrowUp")
        self.assertEqual(self.focused(page), "registered")
        self.saved(page)
        page.locator("input[name=voters_signed]").fill("9")
        page.locator("#said-voters_signed", has_text="paper").wait_for()

    @slow
    def test_an_older_tab_is_told(self) -> None:
        page = self.page()
        self.sign_in(page, "alice")
        self.press_until(page, "Start typing")
        page.locator("input[name=registered]:focus").wait_for()
        other = page.context.new_page()
        other.goto(page.url)
        other.keyboard.type("5")
        self.saved(other)
        page.bring_to_front()
        page.keyboard.type("6")
        page.locator("#state.problem", has_text="another tab").wait_for()
        self.assertEqual(Draft.objects.get().figures[0], 5)
        self.complaints = [c for c in self.complaints if "409" not in c]

    @slow
    def test_signing_out_takes_what_is_typed_along(self) -> None:
        page = self.page()
        self.sign_in(page, "alice")
        self.press_until(page, "Start typing")
        page.locator("input[name=registered]:focus").wait_for()
        page.keyboard.type("1453")
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("heading", name="Sign in").wait_for()
        self.assertEqual(Draft.objects.get().figures[0], 1453)

    @slow
    def test_a_server_that_does_not_answer_is_tried_again(self) -> None:
        page = self.page()
        self.sign_in(page, "alice")
        self.press_until(page, "Start typing")
        page.locator("input[name=registered]:focus").wait_for()
        lost = []

        def lose(route: Any) -> None:
            # The work is done, the answer never arrives.
            if not lost:
                lost.append(route.fetch())
                route.abort()
            else:
                route.continue_()

        page.route("**/draft/**", lose)
        page.keyboard.type("14")
        page.locator("#state", has_text="Not saved yet").wait_for()
        page.keyboard.type("53")
        self.saved(page)
        self.assertEqual(Draft.objects.get().figures[0], 1453)
        self.complaints = [c for c in self.complaints if "ERR_FAILED" not in c and "409" not in c]

    @slow
    def test_whose_session_ended_is_told_and_loses_nothing_saved(self) -> None:
        page = self.page()
        self.sign_in(page, "alice")
        self.press_until(page, "Start typing")
        page.locator("input[name=registered]:focus").wait_for()
        page.keyboard.type("1453")
        self.saved(page)
        page.context.clear_cookies()
        page.keyboard.press("Enter")
        page.keyboard.type("11")
        page.locator("#state.problem", has_text="You are signed out").wait_for()
        self.assertEqual(Draft.objects.get().figures[:2], [1453, None])
        self.complaints = [c for c in self.complaints if "403" not in c]

    @slow
    def test_every_staff_page_fits_a_phone_and_a_desk_in_light_and_dark(self) -> None:
        world = World(prefix=LONG)
        world.received(world.stations[1])
        station = reverse("staff-station", args=["artsakh", "president", "2/01"])
        entry = reverse("entry", args=["artsakh", "president", "2/01"])
        for width in (320, 1280):
            for scheme in ("light", "dark"):
                page = self.page(width, color_scheme=scheme)
                self.sign_in_as(page, "alice", station)
                page.get_by_role("heading", name="2/01").wait_for()
                if width == 320 and scheme == "light":
                    page.get_by_role("button", name="Start typing").click()
                for path in (station, entry, "/staff/", "/staff/artsakh/president/stations/"):
                    with self.subTest(path, width=width, scheme=scheme):
                        page.goto(path)
                        self.assertTrue(page.locator("h1").is_visible())
                        self.assert_fits(page)
        self.assertTrue(world)


@slow
@browser
class ManyRowsBrowserTests(BrowserTestCase):
    """Twenty thousand stations in one area: pages, not a page without end."""

    def test_twenty_thousand_rows(self) -> None:
        world = World(prefix=LONG)
        make_stations(world, 20_000)
        publish(election=world.election, by=None, at=NOW)
        for width in (320, 1280):
            for scheme in ("light", "dark"):
                page = self.page(width, color_scheme=scheme)
                page.goto("/en/artsakh/president/area/S/")
                self.assertEqual(page.locator("tbody th a").count(), 500)
                self.assert_fits(page)
                page.get_by_role("link", name="41", exact=True).click()
                self.assertIn("page 41 of 41", page.locator("caption").last.inner_text())
                self.assert_fits(page)
                self.sign_in_as(page, "alice", "/staff/artsakh/president/stations/")
                page.get_by_text("20,003 polling stations").wait_for()
                self.assertEqual(page.locator("tbody tr").count(), 50)
                self.assert_fits(page)
                for search, rows in (("x/19999", 1), ("nowhere", 0)):
                    page.get_by_label("Code or name").fill(search)
                    page.keyboard.press("Enter")
                    page.get_by_text(f"{rows} polling station").wait_for()
                    self.assertEqual(page.locator("tbody th a").count(), rows)
                    self.assert_fits(page)
