"""The count in a real browser: two clerks, a supervisor, and what goes wrong at night."""

import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler
from django.urls import reverse

from tabulation.counting import correction, verification
from tabulation.ledger.writing import publish
from tabulation.models import ContestStation, Draft, Entry, Protocol, WarningReason
from tabulation.tests.support.browser import LONG, BrowserTestCase
from tabulation.tests.support.tags import browser, slow
from tabulation.tests.support.world import NORTH, NOW, SOUTH, World

BASE = "/staff/artsakh/president/"
OTHER = (200, 150, 5, 99, 41, 5)
ERROR = (200, 151, 5, 100, 40, 5)
WARNING = (140, 150, 5, 100, 40, 5)


class OneAnswerHandler(QuietWSGIRequestHandler):
    """No connection outlives its answer: a server that is gone answers nobody any more."""

    def handle(self) -> None:
        self.close_connection = True
        self.handle_one_request()


class LastingPortThread(LiveServerThread):
    """A web server whose port the next one can have at once."""

    def _create_server(self, connections_override: Any = None) -> Any:
        return self.server_class(
            (self.host, self.port),
            OneAnswerHandler,
            allow_reuse_address=True,
            connections_override=connections_override,
        )


@slow
class NightBrowserTestCase(BrowserTestCase):
    """Everything by keyboard: no test of this class touches the mouse."""

    server_thread_class = LastingPortThread
    prefix = ""

    def setUp(self) -> None:
        super().setUp()
        self.world = World(prefix=self.prefix)

    def signed_in(self, name: str, path: str, factor: bool = False) -> Any:
        page = self.page()
        self.sign_in_as(page, name, f"{BASE}{path}", factor=factor)
        return page

    def press(self, page: Any, text: str) -> None:
        """Go by Tab to what says ``text``, and press Enter there."""
        for _step in range(60):
            said = page.evaluate(
                "(e => e.matches('a, button, summary') ? e.ariaLabel || e.textContent : '')"
                "(document.activeElement)"
            )
            if text in said:
                page.keyboard.press("Enter")
                return
            page.keyboard.press("Tab")
        self.fail(f"no way to {text!r} by keyboard")

    def log(self, code: str) -> None:
        """Intake, with a scanner that types the code and presses Enter."""
        page = self.signed_in("ina", "intake/")
        page.locator("#id_code:focus").wait_for()
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name=f"Station {code}").wait_for()
        page.locator("input[name=again]:focus").wait_for()
        page.keyboard.press("Enter")
        page.get_by_text(
            f"The protocol of polling station {code} (Station {code}) was received."
        ).wait_for()
        page.context.close()

    def type_figures(self, page: Any, figures: Any) -> None:
        page.locator("input.figure:focus").wait_for()
        for figure in figures:
            page.keyboard.type(str(figure))
            page.keyboard.press("Enter")

    def next_protocol(self, name: str) -> Any:
        page = self.signed_in(name, "desk/")
        page.locator("button:focus").wait_for()
        page.keyboard.press("Enter")
        return page

    def finish(self, page: Any, code: str) -> None:
        page.locator("button:focus", has_text="Finish").wait_for()
        page.keyboard.press("Enter")
        page.get_by_text(f"{code} is finished.").wait_for()

    def typed_by(self, name: str, figures: Any, code: str = "2/01") -> None:
        page = self.next_protocol(name)
        self.type_figures(page, figures)
        self.finish(page, code)
        page.context.close()

    def status(self, code: str = "2/01") -> str:
        return str(Protocol.objects.get(station__code=code).status)


@slow
@browser
class TwoClerksTests(NightBrowserTestCase):
    def test_two_who_agree_and_a_supervisor_who_accepts(self) -> None:
        self.log("2/01")
        self.typed_by("alice", SOUTH)
        self.typed_by("bob", SOUTH)
        self.assertEqual(self.status(), "verified")
        page = self.signed_in("sona", "stations/?status=verified", factor=True)
        self.press(page, "2/01")
        page.get_by_role("heading", name="Typed alike").wait_for()
        self.press(page, "Accept")
        page.get_by_text(
            "The protocol of polling station 2/01 is accepted and counts now."
        ).wait_for()
        self.assertEqual(self.status(), "accepted")

    def test_two_who_differ_on_one_line(self) -> None:
        misread = (200, 150, 5, 100, 40, 6)
        self.log("2/01")
        self.typed_by("alice", SOUTH)
        page = self.next_protocol("bob")
        self.type_figures(page, misread)
        # The sum does not hold: that is said, and it does not stop him.
        page.keyboard.press("Enter")
        page.locator("#question").wait_for()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        self.finish(page, "2/01")
        self.assertEqual(self.status(), "different")

        supervisor = self.signed_in("sona", "station/2/01/", factor=True)
        marked = supervisor.locator(".compare tbody tr.look th").all_inner_texts()
        self.assertEqual(marked, ["votes 41"])
        self.press(supervisor, "alice's entry matches the paper")
        supervisor.get_by_text("The other clerk will enter the differing lines again.").wait_for()

        page.goto(f"{BASE}desk/")
        page.get_by_text("given back to you").wait_for()
        page.keyboard.press("Enter")
        page.get_by_text("Enter the open lines again").wait_for()
        self.assertEqual(page.locator("input.figure").count(), 1)
        self.assertEqual(page.locator("input.figure").input_value(), "")
        self.type_figures(page, (5,))
        self.finish(page, "2/01")
        self.assertEqual(self.status(), "verified")
        self.assertEqual(Entry.objects.count(), 3)

    def test_an_error_goes_to_the_supervisor_and_comes_back(self) -> None:
        self.log("2/01")
        for name in ("alice", "bob"):
            page = self.next_protocol(name)
            self.type_figures(page, ERROR)
            page.keyboard.press("Enter")
            page.get_by_text("A supervisor will review the protocol.").wait_for()
            page.keyboard.press("Space")
            page.keyboard.press("Enter")
            self.finish(page, "2/01")
        self.assertEqual(self.status(), "errors")
        supervisor = self.signed_in("sona", "station/2/01/", factor=True)
        supervisor.get_by_text("Failed check, error: voters = votes + invalid").wait_for()
        self.press(supervisor, "Return to the clerks")
        supervisor.keyboard.press("Tab")
        supervisor.keyboard.type("The chair has corrected line 2.")
        supervisor.keyboard.press("Enter")
        supervisor.get_by_text("Their clerks will enter the returned lines again.").wait_for()
        self.assertEqual(self.status(), "received")
        self.assertEqual(Draft.objects.count(), 2)

    @slow
    def test_a_warning_and_its_reason(self) -> None:
        self.log("2/01")
        page = self.next_protocol("alice")
        self.type_figures(page, WARNING)
        page.keyboard.press("Enter")
        page.locator("#question input[type=text]:focus").wait_for()
        page.keyboard.press("Enter")  # without a reason one goes nowhere
        page.locator("button:focus", has_text="Finish").wait_for()
        page.keyboard.press("Enter")
        page.get_by_text(
            "Give a reason. Enter what the paper protocol or the station's documents say."
        ).wait_for()
        page.locator("#question input[type=text]:focus").wait_for()
        page.keyboard.type("<b>10 of the supplementary list</b>")
        page.keyboard.press("Enter")
        self.finish(page, "2/01")
        reason = WarningReason.objects.get().reason
        self.assertEqual(reason, "<b>10 of the supplementary list</b>")
        self.world.entered(Protocol.objects.get(), WARNING, self.world.bob)
        verification.compare(protocol=Protocol.objects.get(), at=NOW)
        supervisor = self.signed_in("sona", "station/2/01/", factor=True)
        supervisor.get_by_text("<b>10 of the supplementary list</b>").wait_for()

    @slow
    def test_a_draft_outlives_a_reload_and_a_restart_of_the_server(self) -> None:
        self.log("2/01")
        page = self.next_protocol("alice")
        self.type_figures(page, (200, 150))
        page.reload()
        page.locator("input[name=invalid]:focus").wait_for()
        self.restart_server(
            lambda: (
                page.keyboard.type("5"),
                page.locator("#state", has_text="Not saved").wait_for(),
            )
        )
        page.locator("#state", has_text=re.compile(r"^Saved$")).wait_for()
        page.reload()
        self.assertEqual(page.locator("input[name=invalid]").input_value(), "5")
        self.assertEqual(Draft.objects.get().figures[:3], [200, 150, 5])
        self.complaints = [c for c in self.complaints if "ERR_CONNECTION_REFUSED" not in c]

    def restart_server(self, meanwhile: Any) -> None:
        """The web server is gone, something happens, and another has its port."""
        cls = type(self)
        cls.server_thread.terminate()
        try:
            meanwhile()
        finally:
            self.start_another()

    def start_another(self) -> None:
        cls = type(self)
        thread = cls._create_server_thread(cls.server_thread.connections_override)
        thread.port = cls.server_thread.port
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        self.assertIsNone(thread.error)
        cls.server_thread = thread


@slow
@browser
class EveryPageTests(NightBrowserTestCase):
    """Every page of the count: axe-core finds nothing, and nothing sticks out of a phone."""

    prefix = LONG

    def setUp(self) -> None:
        super().setUp()
        world = self.world
        more = world.station("3/01", world.south)
        ContestStation.objects.create(contest=world.contest, station=more, registered=300)
        world.accepted(world.stations[0], NORTH)
        publish(election=world.election, by=None, at=NOW)
        correction.correct(
            contest=world.contest, station=world.stations[0], reason="recount", decision="1",
            by=world.sona, at=NOW,
        )  # fmt: skip
        protocol = world.received(world.stations[1])
        world.entered(protocol, SOUTH, world.alice)
        world.entered(protocol, OTHER, world.bob)
        verification.compare(protocol=protocol, at=NOW)
        world.type_in(world.received(world.stations[2]), WARNING)
        self.pages = {
            ("sona", True): (
                "/staff/", BASE, f"{BASE}progress/", f"{BASE}stations/", f"{BASE}station/2/01/",
                f"{BASE}station/2/02/", f"{BASE}station/1/01/", f"{BASE}history/2/01/",
                f"{BASE}intake/", f"{BASE}intake/?code=3/01", f"{BASE}intake/?code=2/01",
                "/staff/account/",
            ),
            ("mariam", True): (
                BASE, f"{BASE}station/1/01/", "/staff/artsakh/events/", "/staff/sign-out/",
                f"{BASE}publish/", "/staff/artsakh/autopublish/",
            ),
            ("xenia", True): (
                "/staff/people/", "/staff/people/new/", "/staff/people/many/",
                f"/staff/people/{world.alice.pk}/",
            ),
            ("carl", False): (
                f"{BASE}desk/", f"{BASE}station/1/01/", f"{BASE}desk/?code=nowhere",
                "/staff/account/app/", "/staff/account/passkey/",
            ),
        }  # fmt: skip

    def test_every_page_fits_a_phone_and_a_desk(self) -> None:
        for width in (320, 1280):
            for (name, factor), paths in self.pages.items():
                page = self.page(width)
                self.sign_in_as(page, name, factor=factor)
                for path in paths:
                    page.goto(path)
                    for summary in page.locator("summary").all():
                        summary.click()
                    with self.subTest(path, width=width):
                        self.assert_fits(page)
        self.complaints = [c for c in self.complaints if "404" not in c and "409" not in c]

    def test_no_violation_on_any_staff_page(self) -> None:
        axe = Axe()
        for scheme in ("light", "dark"):
            for (name, factor), paths in self.pages.items():
                page = self.page(color_scheme=scheme)
                page.goto("/staff/")
                self.assert_open(axe, page)
                self.sign_in_as(page, name, factor=factor)
                for path in paths:
                    page.goto(path)
                    self.assert_open(axe, page)
            self.assert_open_while_typing(axe, page)
        self.complaints = [c for c in self.complaints if "404" not in c and "409" not in c]

    def assert_open_while_typing(self, axe: Axe, page: Any) -> None:
        page.goto(reverse("staff-station", args=["artsakh", "president", "1/01"]))
        if page.get_by_role("button", name="Start typing").count():
            page.get_by_role("button", name="Start typing").click()
        else:
            page.get_by_role("link", name="Go on typing").click()
        page.locator("input.figure").first.wait_for()
        self.assert_open(axe, page)
        page.locator("input[name=registered]").fill("10")
        page.locator("input[name=voters]").fill("20")
        page.get_by_role("button", name="Finish").click()
        page.locator("#question").wait_for()
        self.assert_open(axe, page)

    def assert_open(self, axe: Axe, page: Any) -> None:
        for summary in page.locator("summary").all():
            summary.click()
        found = axe.run(page).response["violations"]
        told = [
            (rule["id"], node["target"], node.get("failureSummary", "")[:200])
            for rule in found
            for node in rule["nodes"]
        ]
        with self.subTest(page.url):
            self.assertEqual(told, [])
