"""Long texts on a phone: no page is wider than 320 pixels when every text grows by two fifths."""

from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from tabulation.counting import progress
from tabulation.ledger.writing import publish
from tabulation.models import User
from tabulation.tests.support.browser import BrowserTestCase
from tabulation.tests.support.nkr_world import half_counted
from tabulation.tests.support.pseudo import pseudo_language
from tabulation.tests.support.public_addresses import pages
from tabulation.tests.support.staff_routes import STAFF
from tabulation.tests.support.tags import browser, slow
from tabulation.tests.support.world import NORTH, World, add_apps, enrolled


@slow
@browser
class LongTextsTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(pseudo_language())

    def assert_all_fit(self, page: Any, addresses: list[str]) -> None:
        for address in addresses:
            with self.subTest(address):
                page.goto(address)
                closed = page.locator("details:not([open]) > summary:visible")
                for _each in range(closed.count()):
                    closed.first.click()
                self.assert_fits(page)

    def test_the_public_pages(self) -> None:
        half_counted()
        self.assert_all_fit(self.page(320), [address for _name, address in pages()])

    def test_the_staff_pages(self) -> None:
        world = World()
        world.accepted(world.stations[0], NORTH)
        publish(election=world.election, by=None, at=timezone.now())
        new = enrolled("new", "clerk", area=world.south)
        for role in User.Role.values:
            person = enrolled(f"{role}-1", role)
            add_apps([person])
            self.assert_all_fit(self.signed_in(person), read_by(person, new))

    def signed_in(self, person: User) -> Any:
        page = self.page(320)
        client = Client()
        client.force_login(person)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": value}
        page.context.add_cookies([{**cookie, "url": self.live_server_url}])
        return page


def read_by(person: User, account: User) -> list[str]:
    """The pages of the staff that somebody may read."""
    client = Client()
    client.force_login(person)
    found = []
    for access in STAFF.values():
        address = access.path.replace("PK", str(account.pk))
        if person.role in access.get:
            answer = client.get(address)
            progress.forget()
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                found.append(address)
    return found
