"""A member proposes a certification in a browser, and a second one confirms it. By keyboard."""

from typing import Any

from django.core.cache import cache
from django.db import transaction

from tabulation.models import Motion, Sitting
from tabulation.tests.support.browser import BrowserTestCase
from tabulation.tests.support.motion_world import Several
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import NORTH, SOUTH, add_apps, enrolled, totp

PAGE = "/staff/artsakh/decision/"


@slow
class MotionBrowserTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        cache.clear()
        world = Several()
        add_apps([enrolled("narine", "member")])
        for station, figures in zip(world.stations, (NORTH, SOUTH, SOUTH), strict=True):
            world.accepted(station, figures)
        with transaction.atomic():
            world.publication()

    def press(self, page: Any, button: str) -> None:
        page.get_by_role("button", name=button).press("Enter")

    def prove(self, page: Any, button: str) -> None:
        """The code, typed, and Enter on the button."""
        cache.clear()  # the same code again: a test does not wait for the next one
        page.get_by_label("Code of your authenticator app").press_sequentially(totp())
        page.keyboard.press("Tab")
        self.assertEqual(page.evaluate("document.activeElement.textContent"), button)
        page.keyboard.press("Enter")

    def test_one_proposes_and_another_confirms(self) -> None:
        page = self.page(width=400)
        self.sign_in_as(page, "mariam", PAGE, factor=True)
        for label, said in (
            ("Number of the decision", "5-Ա"),
            ("When the sitting was held", "2012-07-19T10:00"),
            ("Members present", "Mariam\nNarine"),
            ("Votes for", "2"),
            ("Votes against", "0"),
        ):
            page.get_by_label(label, exact=True).fill(said)
        self.press(page, "Record the sitting and certify")
        page.get_by_text("Candidate 1 is elected in the first round.").wait_for()
        self.assert_fits(page)
        self.prove(page, "Propose this act")
        page.get_by_text("You proposed the act.").wait_for()
        self.assertFalse(Sitting.objects.exists())
        other = self.page(width=400)
        self.sign_in_as(other, "narine", factor=True)
        other.get_by_role("link", name="Certification of the results").press("Enter")
        other.get_by_text("Candidate 1 is elected in the first round.").wait_for()
        self.assert_fits(other)
        self.prove(other, "Confirm this act")
        other.get_by_text("You confirmed the act. It was carried out.").wait_for()
        self.assertEqual(Sitting.objects.get().decision, "5-Ա")
        self.assertEqual(Motion.objects.get().state, "confirmed")
        page.reload()
        page.get_by_text("Confirmed by narine").wait_for()
        page.goto("/en/artsakh/")
        page.get_by_text("5-Ա").first.wait_for()
