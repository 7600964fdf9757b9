"""The way in: name, password, second factor, throttling; no way in for anybody else."""

from django.core.cache import cache
from django.test import TestCase
from django.urls import get_resolver

from tabulation.models import User
from tabulation.tests.world import PASSWORD, World, totp


class SignInTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        World()

    def setUp(self) -> None:
        cache.clear()

    def sign_in(self, name: str, password: str = PASSWORD, **more: object) -> object:
        data = {"login": name, "password": password, **more}
        return self.client.post("/staff/sign-in/", data)

    def test_name_and_password(self) -> None:
        self.assertRedirects(self.sign_in("alice"), "/staff/")
        self.assertContains(self.client.get("/staff/"), "alice, entry clerk")
        self.assertRedirects(self.client.post("/staff/sign-out/"), "/staff/sign-in/")
        self.assertEqual(self.client.get("/staff/").status_code, 302)

    def test_in_any_case(self) -> None:
        self.assertRedirects(self.sign_in("ALICE"), "/staff/")

    def test_back_to_where_one_was_going_and_nowhere_else(self) -> None:
        url = "/staff/artsakh/president/stations/"
        self.assertRedirects(self.client.get(url), f"/staff/sign-in/?next={url}")
        page = self.client.get(f"/staff/sign-in/?next={url}")
        self.assertContains(page, f'name="next" value="{url}"')
        self.assertRedirects(self.sign_in("alice", next=url), url)
        self.client.logout()
        self.assertRedirects(self.sign_in("alice", next="https://evil.example/"), "/staff/")

    def test_a_wrong_password_and_an_unknown_name_are_told_alike(self) -> None:
        answers = [self.sign_in(name, "wrong").content.decode() for name in ("alice", "nobody")]
        for answer in answers:
            self.assertIn("not correct", answer)
            self.assertIn('role="alert"', answer)

    def test_a_closed_account(self) -> None:
        User.objects.filter(username="alice").update(is_active=False)
        self.assertRedirects(self.sign_in("alice"), "/staff/sign-in/inactive/")
        self.assertEqual(self.client.get("/staff/").status_code, 302)

    def test_after_five_wrong_passwords_the_right_one_waits(self) -> None:
        for _attempt in range(5):
            self.sign_in("alice", "wrong")
        answer = self.sign_in("alice")
        self.assertContains(answer, "Too many failed login attempts")
        self.assertRedirects(self.sign_in("bob"), "/staff/")

    def test_neither_another_port_nor_a_full_cache_lets_one_try_on(self) -> None:
        for port in range(1000, 1005):
            self.client.post(
                "/staff/sign-in/",
                {"login": "alice", "password": "wrong"},
                headers={"host": f"localhost:{port}"},
            )
        for i in range(400):
            cache.set(f"other-{i}", i)
        self.assertContains(self.sign_in("ALICE"), "Too many failed login attempts")

    def test_odd_names_are_told(self) -> None:
        for name in ("", "x" * 9999, "a\0b"):
            with self.subTest(name[:5]):
                self.assertContains(self.sign_in(name), 'role="alert"')

    def test_nobody_opens_an_account_or_resets_a_password(self) -> None:
        for path in ("signup/", "sign-up/", "sign-in/code/request/", "email/"):
            self.assertEqual(self.client.get(f"/staff/{path}").status_code, 404)
        names = {pattern.name for pattern in get_resolver().url_patterns}
        kept = {
            "account_login",
            "account_logout",
            "account_inactive",
            "account_reauthenticate",
        }
        self.assertEqual({n for n in names if str(n).startswith("account_")}, kept)

    def test_the_second_factor_is_asked_for(self) -> None:
        self.assertRedirects(self.sign_in("sona"), "/staff/sign-in/code/")
        self.assertEqual(self.client.get("/staff/").status_code, 302)
        wrong = self.client.post("/staff/sign-in/code/", {"code": "000000"})
        self.assertContains(wrong, "Incorrect code")
        right = totp()
        self.assertRedirects(self.client.post("/staff/sign-in/code/", {"code": right}), "/staff/")
        self.client.logout()
        self.sign_in("sona")
        again = self.client.post("/staff/sign-in/code/", {"code": right})
        self.assertContains(again, "Incorrect code")

    def test_the_code_s_page_alone_is_no_way_in(self) -> None:
        self.assertRedirects(self.client.get("/staff/sign-in/code/"), "/staff/sign-in/")
