"""The commission ends a count in a browser: a lot, the sitting, the second round. By keyboard."""

import os
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import transaction

from tabulation.models import Sitting
from tabulation.tests.support.browser import BrowserTestCase
from tabulation.tests.support.commission_world import TIED
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import World

#: A folder where pictures are left, for whoever wants to look at them.
PICTURES = os.environ.get("HASHVARK_SCREENSHOTS")
PAGE = "/staff/artsakh/decision/"


@slow
class CommissionBrowserTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        cache.clear()
        self.world = World()
        for station, figures in zip(self.world.stations, TIED, strict=True):
            self.world.accepted(station, figures)
        with transaction.atomic():
            self.world.publication()

    def picture(self, page: Any, name: str) -> None:
        self.assert_fits(page)
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)

    def fill(self, page: Any, **said: str) -> None:
        for label, text in said.items():
            page.get_by_label(label.replace("_", " "), exact=True).fill(text)

    def decide_anew(self, page: Any) -> None:
        """The first round is invalid, and with it the second is called off."""
        page.goto(PAGE)
        page.get_by_text("Decide anew", exact=True).press("Enter")
        page.get_by_role("radio", name="the election is invalid").first.check()
        page.get_by_label("Why, or what").first.fill("The court set 5-Ա aside.")
        self.fill(
            page, When_the_sitting_was_held="2012-07-25T10:00",
            Members_present="Mariam\nNarine\nOtar", Votes_for="3", Votes_against="0",
        )  # fmt: skip
        sitting = page.get_by_role("region", name="Record another sitting")
        sitting.get_by_label("Number of the decision").fill("8-A")
        self.picture(page, "commission-anew")
        page.get_by_role("button", name="Record the sitting and certify").press("Enter")
        page.get_by_text("This round is called off.").wait_for()
        self.picture(page, "commission-called-off")
        page.goto("/en/artsakh/president-2/outcome/")
        page.reload()  # the browser has seen it a moment ago
        self.picture(page, "rounds-called-off")

    def test_from_a_tie_to_the_second_round(self) -> None:
        page = self.page(width=400)
        self.sign_in_as(page, "mariam", PAGE, factor=True)
        self.picture(page, "commission-tie")
        page.get_by_label("Candidate 41, 2 Candidate 2").check()
        self.fill(
            page, When_it_was_drawn="2012-07-20T12:00", Drawn_by="Mariam Petrosyan",
            Witnesses="Narine\nVahe", Number_of_the_minutes_or_the_decision="4-L",
        )  # fmt: skip
        page.get_by_role("button", name="Record the lot and publish it").press("Enter")
        page.get_by_text("The drawing of lots was recorded and published as publication").wait_for()
        self.fill(
            page, Number_of_the_decision="5-Ա", When_the_sitting_was_held="2012-07-21T10:00",
            Members_present="Mariam\nNarine\nOtar", Votes_for="2", Votes_against="2",
            Separate_opinions="Otar: The box of 2/01 was open.",
        )  # fmt: skip
        page.get_by_role("button", name="Record the sitting and certify").press("Enter")
        page.get_by_text("Members present: 3. Votes in total: 4.").wait_for()
        self.picture(page, "commission-refused")
        self.fill(page, Votes_against="1")
        page.get_by_role("button", name="Record the sitting and certify").press("Enter")
        page.get_by_text("The certified results were published").wait_for()
        self.assertEqual(Sitting.objects.get().decision, "5-Ա")
        self.picture(page, "commission-decided")
        page.get_by_label("41 Candidate 41, 1 Candidate 1").check()
        self.fill(
            page, When_it_was_drawn="2012-07-22T12:00", Drawn_by="Mariam", Witnesses="Narine",
            Number_of_the_minutes_or_the_decision="6-A",
            Polling_day_of_the_second_round="2012-08-02",
        )  # fmt: skip
        page.get_by_role("button", name="Create the second round").press("Enter")
        page.get_by_text("The second round was created and published").wait_for()
        self.picture(page, "commission-second-round")
        page.get_by_text("Hold this round on another day").press("Enter")
        page.get_by_label("Polling day of the second round").fill("2012-08-05")
        page.get_by_role("region", name="round 2").get_by_label("Number of the decision").fill(
            "7-A"
        )
        page.get_by_role("button", name="Move the polling day").press("Enter")
        page.get_by_text("The polling day was moved.").wait_for()
        for path, name in (
            ("", "rounds-overview"),
            ("president/outcome/", "rounds-first"),
            ("president-2/outcome/", "rounds-second"),
        ):
            page.goto(f"/en/artsakh/{path}")
            self.picture(page, name)
        self.decide_anew(page)
        wide = self.page(color_scheme="dark")
        self.sign_in_as(wide, "otar", PAGE, factor=True)
        self.picture(wide, "commission-auditor-dark")
        # What each refusal said is on the console of the browser, as it should be.
        self.complaints = [said for said in self.complaints if "409" not in said]
