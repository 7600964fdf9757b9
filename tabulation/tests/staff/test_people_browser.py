"""Accounts in a real browser: passkeys with a virtual key, the end of a session, every page."""

import time
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from tabulation.models import Event, User
from tabulation.staff.accounts import managing
from tabulation.staff.session_store import SessionStore
from tabulation.tests.support.browser import BrowserTestCase
from tabulation.tests.support.tags import browser, slow
from tabulation.tests.support.world import NOW, PASSWORD, World, confirmed, enrolled, totp

LONG = "Ստեփանակերտի թիվ 1 հիմնական դպրոցի մարզադահլիճ, Ազատամարտիկների պողոտա "


def session_of(page: Any) -> SessionStore:
    """By the browser's cookie: no row says whose session it is."""
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    return SessionStore(cookies[settings.SESSION_COOKIE_NAME])


def age(page: Any, **seconds: float) -> None:
    """Let the times of the session lie further back."""
    session = session_of(page)
    for name, ago in seconds.items():
        session[name] = time.time() - ago
    session.save()


@slow
@browser
class PasskeyTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        cache.clear()
        World()

    def with_authenticator(self, page: Any) -> Any:
        """A page whose browser has a key with a finger that is always there."""
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return page

    def test_a_supervisor_adds_a_passkey_and_signs_in_with_it_alone(self) -> None:
        slip = managing.create_account(
            username="nare", role="supervisor", area=None, by=None, at=timezone.now()
        )
        members = [enrolled("gayane", "member"), User.objects.get(username="mariam")]
        confirmed(slip.user, *members)
        page = self.with_authenticator(self.page())
        page.goto("/staff/")
        page.get_by_label("User name").fill("nare")
        page.get_by_label("Password").fill(slip.password)
        page.keyboard.press("Enter")
        page.get_by_label("Your real name").fill("Nare Petrosyan")
        page.get_by_label("New password", exact=True).fill("a long and quiet river")
        page.get_by_label("New password, again").fill("a long and quiet river")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Add a passkey instead").click()
        page.get_by_role("button", name="Make the passkey").click()
        page.get_by_role("heading", name="Elections").wait_for()
        self.assertEqual(Authenticator.objects.get(user__username="nare").type, "webauthn")
        self.assertEqual(Event.objects.last().after, {"factors": ["webauthn"]})
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.get_by_text("Nare Petrosyan (nare), supervisor").wait_for()
        page.get_by_role("button", name="Sign out").click()
        # And as the second factor, after the password.
        page.get_by_label("User name").fill("nare")
        page.get_by_label("Password").fill("a long and quiet river")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Use your passkey").click()
        page.get_by_text("Nare Petrosyan (nare), supervisor").wait_for()

    def test_a_browser_without_a_key_is_told(self) -> None:
        page = self.page()
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        page.goto("/staff/sign-in/")
        page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error()); }")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.get_by_text("The browser gave no passkey").wait_for()

    def test_without_javascript_the_password_and_the_code_do(self) -> None:
        page = self.page(390, java_script_enabled=False)
        self.sign_in_as(page, "sona", factor=True)
        page.get_by_role("heading", name="Elections").wait_for()


@slow
@browser
class SessionTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        cache.clear()
        World()

    def look_at(self, page: Any) -> None:
        """As who comes back to the tab does: a reload would be an act."""
        page.wait_for_load_state()
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    def test_a_warning_and_staying(self) -> None:
        page = self.page()
        self.sign_in_as(page, "alice")
        age(page, since=1700, active=1700)
        self.look_at(page)
        page.get_by_role("heading", name="Are you still there?").wait_for()
        self.assertRegex(page.inner_text("[data-countdown]"), r"^1:\d\d$")
        page.get_by_role("button", name="Stay signed in").click()
        page.get_by_role("heading", name="Are you still there?").wait_for(state="hidden")
        self.assertGreater(session_of(page)["active"], time.time() - 10)

    def test_another_tab_keeps_it_open(self) -> None:
        page = self.page()
        self.sign_in_as(page, "alice")
        age(page, since=1700, active=1700)
        self.look_at(page)
        dialog = page.get_by_role("heading", name="Are you still there?")
        dialog.wait_for()
        page.context.new_page().goto(f"{self.live_server_url}/staff/account/")
        self.look_at(page)
        dialog.wait_for(state="hidden")

    def test_the_end_is_told(self) -> None:
        page = self.page()
        self.sign_in_as(page, "alice", "/staff/artsakh/president/stations/")
        age(page, since=1799, active=1799)
        self.look_at(page)
        page.get_by_role("heading", name="You are signed out").wait_for()
        page.get_by_text("What was saved is kept.").last.wait_for()
        page.get_by_role("link", name="Sign in again").click()
        page.get_by_label("User name").fill("alice")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Polling stations").wait_for()


@slow
@browser
class PeoplePagesTests(BrowserTestCase):
    def test_an_administrator_makes_many_accounts_and_prints_their_slips(self) -> None:
        World(prefix=LONG)
        page = self.page()
        self.sign_in_as(page, "xenia", factor=True)
        page.get_by_role("link", name="People").click()
        page.get_by_role("link", name="Make many accounts").click()
        page.get_by_label("How many").fill("12")
        page.get_by_label("Role").select_option("clerk")
        page.get_by_label("Area: election").select_option("artsakh")
        page.get_by_label("Area: code").fill("S")
        page.get_by_role("button", name="Make the accounts").click()
        page.get_by_role("heading", name="Sign-in slips").wait_for()
        self.assertEqual(page.locator(".slips li").count(), 12)
        page.emulate_media(media="print")
        self.assertFalse(page.get_by_role("button", name="Sign out").is_visible())
        self.assertFalse(page.get_by_role("heading", name="Sign-in slips").is_visible())
        self.assertEqual(User.objects.filter(must_change_password=True).count(), 12)
        for width, scheme in ((320, "light"), (1280, "dark")):
            second = self.page(width, color_scheme=scheme)
            self.sign_in_as(second, "sona", factor=True)
            second.get_by_role("link", name="accounts wait for you").click()
            second.get_by_role("heading", name="To be confirmed").wait_for()
            self.assert_fits(second)
            if width == 320:
                second.get_by_role("button", name="Confirm clerk-001").click()
                second.get_by_text("1 account was confirmed.").wait_for()
        second.get_by_role("button", name="Confirm all shown").click()
        second.get_by_text("11 accounts were confirmed.").wait_for()

    def test_every_page_fits_a_phone_and_a_desk_in_light_and_dark(self) -> None:
        world = World(prefix=LONG)
        cache.clear()
        alice = world.alice
        managing.change_account(
            account=alice, role="clerk", area=world.south, is_active=True, by=None, at=NOW
        )
        enrolled("gayane", "member")
        factor = Authenticator.objects.get(user__username="xenia")
        paths = (
            "/staff/people/",
            "/staff/people/new/",
            "/staff/people/many/",
            f"/staff/people/{alice.pk}/",
            "/staff/account/",
            "/staff/account/passkey/",
            f"/staff/account/factor/{factor.pk}/remove/",
            "/staff/account/again/",
            "/staff/account/again/code/",
        )
        for width in (320, 1280):
            for scheme in ("light", "dark"):
                page = self.page(width, color_scheme=scheme)
                self.sign_in_as(page, "xenia", factor=True)
                for path in paths:
                    with self.subTest(path, width=width, scheme=scheme):
                        page.goto(path)
                        self.assertTrue(page.locator("h1").is_visible())
                        self.assert_fits(page)
                self.first_steps(self.page(width, color_scheme=scheme))
                self.told(self.page(width, color_scheme=scheme), alice)

    def told(self, page: Any, account: User) -> None:
        """A member's pages: what is new, what is to be confirmed, an account."""
        self.sign_in_as(page, "mariam", factor=True)
        page.get_by_role("heading", name="New and changed accounts").wait_for()
        for path in ("/staff/", "/staff/people/", f"/staff/people/{account.pk}/"):
            with self.subTest(path):
                page.goto(path)
                self.assert_fits(page)

    def first_steps(self, page: Any) -> None:
        """The pages of a first sign-in, of somebody new at each call."""
        name = f"m-{User.objects.count()}"
        slip = managing.create_account(
            username=name, role="member", area=None, by=None, at=timezone.now()
        )
        confirmed(slip.user, *User.objects.filter(username__in=["gayane", "mariam"]))
        page.goto("/staff/")
        self.assert_fits(page)
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(slip.password)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Your first sign-in").wait_for()
        self.assert_fits(page)
        page.get_by_label("Your real name").fill("Nare Petrosyan")
        page.get_by_label("New password", exact=True).fill("a long and quiet river")
        page.get_by_label("New password, again").fill("a long and quiet river")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Add an authenticator app").wait_for()
        self.assert_fits(page)
        page.get_by_label("Code").fill(totp(page.inner_text(".secret")))
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Elections").wait_for()
