"""From a slip to work: one's own password and name, a second factor, one's account, sessions."""

import base64
import time
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, TestCase, override_settings
from django.utils import timezone

from tabulation.models import Event, NotYours, User
from tabulation.staff.accounts import managing, own
from tabulation.tests.support.world import (
    NOW,
    PASSWORD,
    SECRET,
    World,
    altered,
    confirmed,
    enrolled,
    totp,
)

OWN = "a long and quiet river"


class StepsTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.xenia = User.objects.get(username="xenia")

    def setUp(self) -> None:
        cache.clear()

    def new(self, role: str, real_name: str = "") -> managing.Slip:
        """Somebody's slip, confirmed by two."""
        slip = self.waiting(role, real_name)
        gayane = enrolled("gayane", "member")
        confirmed(slip.user, *[gayane, self.world.mariam][-slip.user.confirmations_needed :])
        return slip

    def waiting(self, role: str, real_name: str = "", at: datetime | None = None) -> managing.Slip:
        return managing.create_account(
            username="nare", real_name=real_name, role=role, area=None, by=self.xenia,
            at=at or timezone.now(),
        )  # fmt: skip

    def sign_in(self, name: str, password: str = PASSWORD) -> HttpResponse:
        return self.client.post("/staff/sign-in/", {"login": name, "password": password})

    def sign_in_with_code(self, name: str) -> HttpResponse:
        self.sign_in(name)
        cache.clear()
        return self.client.post("/staff/sign-in/code/", {"code": totp()})


class FirstSignInTests(StepsTestCase):
    def first(self, password: str = OWN, again: str | None = None, **more: str) -> HttpResponse:
        data = {"password": password, "again": password if again is None else again, **more}
        return self.client.post("/staff/account/first/", data)

    def test_a_clerk_chooses_a_password_and_tells_a_name(self) -> None:
        slip = self.new("clerk")
        self.sign_in("nare", slip.password)
        self.assertRedirects(self.client.get("/staff/"), "/staff/account/first/")
        for answer, message in (
            (self.first(real_name=""), "This field is required"),
            (self.first(slip.password, real_name="Nare"), "This is your current password."),
            (self.first("short", real_name="Nare"), "at least 12 characters"),
            (self.first(again="another", real_name="Nare"), "The two passwords differ"),
        ):
            self.assertContains(answer, message, status_code=400)
        self.assertRedirects(self.first(real_name="Nare Petrosyan"), "/staff/")
        self.assertContains(self.client.get("/staff/"), "Nare Petrosyan (nare), entry clerk")
        self.assertRedirects(self.client.get("/staff/account/first/"), "/staff/account/")
        event = Event.objects.get(act="password changed")
        self.assertEqual((event.subject, event.by_name), ("user nare", "nare"))
        self.assertNotIn(OWN, str(event.after))
        self.client.post("/staff/sign-out/")
        self.assertContains(self.sign_in("nare", slip.password), "not correct")
        self.assertRedirects(self.sign_in("nare", OWN), "/staff/")

    def test_before_a_second_person_nothing_opens(self) -> None:
        slip = self.waiting("clerk")
        self.assertRedirects(self.sign_in("nare", slip.password), "/staff/")
        self.assertContains(self.client.get("/staff/"), "Waiting for a second person to confirm")
        for path in ("/staff/account/", "/staff/account/first/", "/staff/people/"):
            with self.subTest(path):
                page = self.client.get(path)
                self.assertContains(page, "Waiting for a second person", status_code=403)
        self.assertContains(self.first(real_name="Nare"), "Waiting", status_code=403)
        self.assertEqual(self.client.post("/staff/stay/").status_code, 200)
        with self.assertRaisesMessage(
            NotYours, "A second person has not confirmed your account yet"
        ):
            own.choose_password(by=slip.user, password=OWN, real_name="Nare", at=NOW)
        confirmed(slip.user, self.world.sona)
        self.assertRedirects(self.client.get("/staff/"), "/staff/account/first/")
        self.assertRedirects(self.client.post("/staff/sign-out/"), "/staff/sign-in/")

    def test_a_one_time_password_is_good_for_seven_days(self) -> None:
        days = timedelta(days=7)
        slip = self.waiting("clerk", at=timezone.now() - days - timedelta(minutes=1))
        confirmed(slip.user, self.world.mariam)
        self.sign_in("nare", slip.password)
        for answer in (self.client.get("/staff/"), self.first(real_name="Nare")):
            self.assertIn("Ask your administrator for a new one.", answer.content.decode())
        self.assertTrue(User.objects.get(username="nare").must_change_password)
        until = timezone.now() + timedelta(minutes=1)
        altered("nare", one_time_until=until)
        self.assertRedirects(self.client.get("/staff/"), "/staff/account/first/")

    def test_a_known_name_is_not_asked_for(self) -> None:
        slip = self.new("clerk", "Nare Petrosyan")
        self.sign_in("nare", slip.password)
        self.assertNotContains(self.client.get("/staff/account/first/"), "Your real name")
        self.assertRedirects(self.first(real_name="Somebody Else"), "/staff/")
        self.assertEqual(User.objects.get(username="nare").real_name, "Nare Petrosyan")

    def test_a_supervisor_adds_an_app_before_anything_else(self) -> None:
        slip = self.new("supervisor")
        self.sign_in("nare", slip.password)
        self.first(real_name="Nare")
        self.assertRedirects(self.client.get("/staff/"), "/staff/account/app/")
        page = self.client.get("/staff/account/app/")
        self.assertContains(page, "data:image/svg+xml;base64,")
        secret = page.context["form"].secret
        self.assertContains(page, secret)
        wrong = self.client.post("/staff/account/app/", {"code": "000000"})
        self.assertContains(wrong, "Incorrect code")
        self.assertContains(wrong, secret)
        done = self.client.post("/staff/account/app/", {"code": totp(secret)})
        self.assertRedirects(done, "/staff/")
        self.assertEqual(Event.objects.get(act="second factor added").after, {"factors": ["totp"]})
        self.client.post("/staff/sign-out/")
        self.assertRedirects(self.sign_in("nare", OWN), "/staff/sign-in/code/")

    def test_every_role_that_needs_a_factor(self) -> None:
        needing = {role for role in User.Role.values if User(role=role).needs_second_factor}
        self.assertEqual(needing, {"supervisor", "member", "auditor", "administrator"})

    def test_a_one_time_password_is_throttled_like_any(self) -> None:
        slip = self.new("clerk")
        for _attempt in range(5):
            self.sign_in("nare", "wrong")
        self.assertContains(self.sign_in("nare", slip.password), "Too many failed login attempts")

    def test_five_wrong_codes_lock_the_name_for_a_while(self) -> None:
        self.sign_in("sona")
        cache.clear()
        for _attempt in range(5):
            self.client.post("/staff/sign-in/code/", {"code": "000000"})
        answer = self.client.post("/staff/sign-in/code/", {"code": totp()})
        self.assertContains(answer, "Too many failed login attempts")
        self.assertEqual(self.client.get("/staff/").status_code, 302)
        another = Client()
        another.post("/staff/sign-in/", {"login": "sona", "password": PASSWORD})
        answer = another.post("/staff/sign-in/code/", {"code": totp()})
        self.assertContains(answer, "Too many failed login attempts")


class PasskeyFormTests(StepsTestCase):
    ODD = (
        "",
        "x",
        "[]",
        "1",
        "{}",
        '"a"',
        '{"response": {}}',
        '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": "AA",'
        ' "clientDataJSON": "AA", "authenticatorData": "AA", "signature": "AA"}}',
        '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30",'
        ' "authenticatorData": "AA", "signature": "AA"}}',
    )

    def test_odd_credentials_sign_nobody_in(self) -> None:
        ask = self.client.get("/staff/sign-in/passkey/", headers={"Accept": "application/json"})
        self.assertIn("challenge", ask.json()["request_options"]["publicKey"])
        for odd in self.ODD:
            with self.subTest(odd):
                answer = self.client.post("/staff/sign-in/passkey/", {"credential": odd})
                self.assertRedirects(answer, "/staff/sign-in/")
                self.assertEqual(self.client.get("/staff/").status_code, 302)

    def test_odd_credentials_are_no_second_factor(self) -> None:
        self.sign_in("alice")
        self.client.get("/staff/account/passkey/")
        for odd in self.ODD:
            with self.subTest(odd):
                data = {"credential": odd, "name": "x", "passwordless": "on"}
                answer = self.client.post("/staff/account/passkey/", data)
                self.assertContains(answer, 'role="alert"')
        self.assertFalse(Authenticator.objects.filter(user=self.world.alice).exists())


class OwnAccountTests(StepsTestCase):
    def change(self, current: str = PASSWORD) -> HttpResponse:
        data = {"current": current, "password": OWN, "again": OWN}
        return self.client.post("/staff/account/password/", data)

    def test_another_password_wants_the_current_one(self) -> None:
        self.client.force_login(self.world.alice)
        other = Client()
        other.force_login(self.world.alice)
        self.assertContains(self.change("wrong"), "not your current password", status_code=400)
        self.assertRedirects(self.change(), "/staff/account/")
        self.assertEqual(other.get("/staff/").status_code, 302)
        self.assertTrue(User.objects.get(username="alice").check_password(OWN))

    def test_guessing_it_is_throttled(self) -> None:
        self.client.force_login(self.world.alice)
        for _attempt in range(5):
            self.change("wrong")
        self.assertContains(self.change(), "Too many failed login attempts", status_code=400)

    def test_a_clerk_may_have_a_factor_and_give_it_up(self) -> None:
        self.sign_in("alice")
        page = self.client.get("/staff/account/app/")
        self.client.post("/staff/account/app/", {"code": totp(page.context["form"].secret)})
        factor = Authenticator.objects.get(user=self.world.alice)
        self.assertContains(self.client.get("/staff/account/"), "Authenticator app")
        self.assertRedirects(self.client.get("/staff/account/app/"), "/staff/account/")
        remove = f"/staff/account/factor/{factor.pk}/remove/"
        self.assertContains(self.client.get(remove), "not be accepted any more")
        self.assertRedirects(self.client.post(remove), "/staff/account/")
        self.assertFalse(Authenticator.objects.filter(user=self.world.alice).exists())
        self.assertTrue(Event.objects.filter(act="second factor removed").exists())

    def test_the_last_one_of_a_role_that_needs_one_stays(self) -> None:
        self.sign_in_with_code("sona")
        factor = Authenticator.objects.get(user=self.world.sona)
        answer = self.client.post(f"/staff/account/factor/{factor.pk}/remove/")
        self.assertContains(answer, "Your role requires two-step verification", status_code=409)
        self.assertTrue(Authenticator.objects.filter(user=self.world.sona).exists())

    def test_nobody_removes_somebody_else_s(self) -> None:
        self.sign_in("alice")
        factor = Authenticator.objects.get(user=self.world.sona)
        answer = self.client.post(f"/staff/account/factor/{factor.pk}/remove/")
        self.assertEqual(answer.status_code, 404)

    def test_who_signed_in_long_ago_is_asked_again(self) -> None:
        self.sign_in("alice")
        self.assertEqual(self.client.get("/staff/account/app/").status_code, 200)
        session = self.client.session
        session["account_authentication_methods"][0]["at"] -= 301
        session.save()
        again = "/staff/account/again/?next=%2Fstaff%2Faccount%2Fapp%2F"
        self.assertRedirects(self.client.get("/staff/account/app/"), again)
        self.assertContains(self.client.get(again), "Confirm that it is you")
        wrong = self.client.post(again, {"password": "wrong"})
        self.assertContains(wrong, 'role="alert"')
        self.assertRedirects(self.client.post(again, {"password": PASSWORD}), "/staff/account/app/")
        self.client.force_login(self.world.sona)
        page = self.client.get("/staff/account/again/code/?next=/staff/account/passkey/")
        self.assertContains(page, "Code of your authenticator app")

    def test_a_secret_fits_an_app(self) -> None:
        self.assertEqual(len(base64.b32decode(SECRET)), 20)


@override_settings(IDLE_MINUTES=30)
class SessionTests(StepsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sign_in("alice")

    def age(self, **seconds: float) -> None:
        """Let the session's ``since`` or ``active`` lie further back."""
        session = self.client.session
        for name, ago in seconds.items():
            session[name] = time.time() - ago
        session.save()

    def signed_in(self, path: str = "/staff/", **headers: str) -> bool:
        return self.client.get(path, headers=headers).status_code == 200

    def left(self, method: str = "get", **headers: str) -> int:
        return getattr(self.client, method)("/staff/stay/", headers=headers).json()["seconds"]

    def test_idle_for_half_an_hour(self) -> None:
        self.age(since=2000, active=1790)
        self.assertTrue(self.signed_in())
        self.age(active=1801)
        answer = self.client.get("/staff/account/")
        self.assertRedirects(answer, "/staff/sign-in/?next=/staff/account/")

    def test_every_act_lengthens_it_and_is_saved_once_a_minute(self) -> None:
        self.age(since=1000, active=30)
        before = self.client.session["active"]
        self.signed_in()
        self.assertEqual(self.client.session["active"], before)
        self.age(active=1000)
        self.signed_in()
        self.assertGreater(self.client.session["active"], time.time() - 5)

    def test_what_a_page_asks_by_itself_does_not_lengthen_it(self) -> None:
        self.age(since=1700, active=1700)
        self.assertLessEqual(self.left(**{"X-Background": "1"}), 100)
        self.assertTrue(self.signed_in(**{"X-Background": "1"}))
        self.assertLessEqual(self.left(**{"X-Background": "1"}), 100)
        self.assertGreater(self.left("post"), 1790)

    def test_no_longer_than_a_shift(self) -> None:
        self.age(since=12 * 3600 - 100, active=0)
        self.assertLessEqual(self.left("post"), 100)
        self.age(since=12 * 3600 + 1, active=0)
        self.assertFalse(self.signed_in())

    def test_a_session_without_times_began_with_the_last_sign_in(self) -> None:
        self.client.force_login(self.world.bob)
        self.assertTrue(self.signed_in())
        User.objects.filter(username="bob").update(last_login=NOW)
        self.assertFalse(self.signed_in())
        self.client.force_login(self.world.bob)
        User.objects.filter(username="bob").update(last_login=None)
        self.assertFalse(self.signed_in())

    def test_who_one_is_for_the_count_ends_with_every_change(self) -> None:
        for change in (
            {"role": "intake"},
            {"area": self.world.south},
            {"is_active": False},
            {"password": "!"},
        ):
            with self.subTest(change):
                bob = User.objects.get(username="bob")
                self.client.force_login(bob)
                self.assertTrue(self.signed_in())
                altered(bob, **change)
                self.assertFalse(self.signed_in())
                altered(bob, **{name: getattr(bob, name) for name in change})

    def test_the_page_knows_when_to_warn(self) -> None:
        page = self.client.get("/staff/")
        self.assertContains(page, 'data-warning="180"')
        self.assertRegex(page.content.decode(), r'data-seconds="1[78]\d\d"')
        with override_settings(IDLE_MINUTES=3):
            self.assertContains(self.client.get("/staff/"), 'data-warning="60"')
