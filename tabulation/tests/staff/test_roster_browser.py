"""A member proposes a new member in a browser, and a second one confirms it. By keyboard."""

from typing import Any

from django.core.cache import cache
from django.db import transaction

from tabulation.models import Motion
from tabulation.outcomes.certification.roster import sitting_now
from tabulation.tests.support.browser import BrowserTestCase
from tabulation.tests.support.motion_world import Several
from tabulation.tests.support.roster_world import enrol_alone
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import add_apps, enrolled, totp

ROSTER = "/staff/artsakh/roster/"


@slow
class RosterBrowserTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        cache.clear()
        self.world = Several()
        add_apps([enrolled("narine", "member")])
        enrolled("zara", "member")
        with transaction.atomic():
            enrol_alone(self.world.election, "mariam", "narine")

    def prove(self, page: Any, button: str) -> None:
        cache.clear()  # the same code again: a test does not wait for the next one
        page.get_by_label("Code of your authenticator app").press_sequentially(totp())
        page.get_by_role("button", name=button).press("Enter")

    def test_one_proposes_and_another_confirms(self) -> None:
        page = self.page(width=400)
        self.sign_in_as(page, "mariam", ROSTER, factor=True)
        self.assert_fits(page)
        form = page.get_by_role("form", name="Add a member to the roster")
        form.get_by_label("Member").select_option("zara")
        form.get_by_label("Number of the decision").fill("8-A")
        page.get_by_role("button", name="Add this member").press("Enter")
        page.get_by_text("Adds to the roster").wait_for()
        self.assert_fits(page)
        self.prove(page, "Propose this act")
        page.get_by_text("You proposed the act.").wait_for()
        other = self.page(width=400)
        self.sign_in_as(other, "narine", factor=True)
        other.get_by_role("link", name="Change of the roster").press("Enter")
        self.prove(other, "Confirm this act")
        other.get_by_text("You confirmed the act. It was carried out.").wait_for()
        self.assertEqual(Motion.objects.get().state, "confirmed")
        self.assertEqual(sitting_now(self.world.election), ["mariam", "narine", "zara"])
