"""Every address has an access decision: one line a route says who may read it and who may post.

A new route needs a line here: in `PUBLIC`, or in `STAFF` with the roles that get in. Whoever is not
named gets 403; a method nobody is named for is answered 405.
"""

from dataclasses import replace
from unittest import mock
from urllib.parse import unquote

from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import TestCase

from tabulation.ledger.refusals import NothingToPublish
from tabulation.models import User
from tabulation.tests.support.staff_routes import PUBLIC, STAFF, Access, C, routes
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import World, add_apps, altered, enrolled


class AccessTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.people = {role: cls.person(role) for role in User.Role.values}
        cls.abroad = {role: cls.person(role, cls.world.north) for role in User.Role.values}
        add_apps([*cls.people.values(), *cls.abroad.values()])
        cls.account = cls.person("clerk", cls.world.south)

    @classmethod
    def person(cls, role: str, area: object = None) -> User:
        name = f"{role}-{User.objects.count()}"
        return enrolled(name, role, area=area)

    def ask(self, access: Access, method: str) -> HttpResponse:
        """One request of which nothing stays."""
        path = access.path.replace("PK", str(self.account.pk))
        point = transaction.savepoint()
        try:
            # Publishing wants a transaction of its own, which no test case of this kind has.
            with mock.patch(
                "tabulation.outcomes.certification.ordering.publishing",
                side_effect=NothingToPublish("as ever"),
            ):
                return getattr(self.client, method)(path)
        finally:
            transaction.savepoint_rollback(point)
            cache.clear()

    def assert_decided(self, person: User, access: Access, *, here: bool) -> None:
        self.client.force_login(person)
        for method, roles in (("get", access.get), ("post", access.post)):
            with self.subTest(path=access.path, method=method, role=person.role, here=here):
                answer = self.ask(access, method)
                status = answer.status_code
                if not roles:
                    self.assertEqual(status, 405)
                elif person.role not in roles or not (here or access.abroad):
                    self.assertEqual(status, 403)
                else:
                    self.assertNotIn(status, {401, 403, 405})
                    self.assertLess(status, 500)
                    self.assertNotIn("/staff/sign-in/", answer.get("Location", ""))

    def test_every_route_is_decided(self) -> None:
        self.assertEqual(set(routes()), PUBLIC | set(STAFF))

    def test_the_open_ones_are_these_and_no_others(self) -> None:
        open_ = {
            route
            for route, pattern in routes().items()
            if not getattr(pattern.callback, "login_required", True)
        }
        self.assertEqual(open_, PUBLIC)

    def test_every_role_at_every_route(self) -> None:
        for person in self.people.values():
            for access in STAFF.values():
                self.assert_decided(person, access, here=True)

    @slow
    def test_a_person_of_another_area_at_every_route(self) -> None:
        for person in self.abroad.values():
            for access in STAFF.values():
                self.assert_decided(person, access, here=False)

    def test_a_stranger_gets_no_further_than_the_sign_in(self) -> None:
        for access in STAFF.values():
            for method in ("get", "post"):
                with self.subTest(access.path, method=method):
                    answer = self.ask(access, method)
                    self.assertEqual(answer.status_code, 302)
                    self.assertTrue(answer["Location"].startswith("/staff/sign-in/"))

    def test_a_stranger_is_led_to_the_sign_in_in_the_language_of_the_page(self) -> None:
        for access in STAFF.values():
            for code in ("hy", "ru", "fil"):
                with self.subTest(access.path, code=code):
                    answer = self.ask(replace(access, path=f"/{code}{access.path}"), "get")
                    sign_in = f"/{code}/staff/sign-in/?next=/{code}/staff/"
                    self.assertTrue(answer["Location"].startswith(sign_in))
                    self.assertEqual(answer["Cache-Control"], "no-store")

    @slow
    def test_the_same_roles_get_in_whatever_the_language(self) -> None:
        for role in ("clerk", "supervisor"):
            self.client.force_login(self.people[role])
            for access in STAFF.values():
                with self.subTest(access.path, role=role):
                    english = self.ask(access, "get")
                    armenian = self.ask(replace(access, path=f"/hy{access.path}"), "get")
                    self.assertEqual(armenian.status_code, english.status_code)
                    if "Location" in english:
                        there = unquote(english["Location"]).replace("/staff/", "/hy/staff/")
                        self.assertEqual(unquote(armenian["Location"]), there)
                    self.assertEqual(armenian["Cache-Control"], "no-store")

    @slow
    def test_nobody_gets_past_the_first_steps(self) -> None:
        open_ = {"/staff/stay/"}
        for role, step, also in (
            ("clerk", "/staff/account/first/", set()),
            ("member", "/staff/account/app/", {"/staff/account/passkey/", "/staff/account/again/"}),
        ):
            new = self.person(role)
            new = altered(new, must_change_password=role == "clerk")
            self.client.force_login(new)
            for access in STAFF.values():
                for method in ("get", "post"):
                    if access.path in open_ | also | {step}:
                        continue
                    with self.subTest(access.path, method=method, role=role):
                        self.assertRedirects(
                            self.ask(access, method), step, fetch_redirect_response=False
                        )

    @slow
    def test_an_unconfirmed_account_opens_nothing(self) -> None:
        for role in User.Role.values:
            new = enrolled(f"new-{role}", role, changed_by=self.people["administrator"])
            add_apps([new])
            self.client.force_login(User.objects.get(pk=new.pk))
            for access in STAFF.values():
                for method in ("get", "post"):
                    with self.subTest(access.path, method=method, role=role):
                        answer = self.ask(access, method)
                        if access.path == "/staff/stay/":
                            self.assertEqual(answer.status_code, 200)
                            continue
                        home = access.path == "/staff/" and method == "get"
                        self.assertContains(
                            answer, "Waiting for a second", status_code=200 if home else 403
                        )

    def test_after_the_sign_in_comes_a_page_never_the_address_of_a_button(self) -> None:
        path = STAFF[f"{C}next/"].path
        for came_from, page in (
            ("http://testserver/staff/artsakh/president/", "/staff/artsakh/president/"),
            ("http://elsewhere.example/staff/x/", "/staff/"),
            ("", "/staff/"),
        ):
            with self.subTest(came_from):
                answer = self.client.post(path, headers={"Referer": came_from})
                self.assertRedirects(answer, f"/staff/sign-in/?next={page}")

    def test_the_address_of_a_button_has_a_page(self) -> None:
        self.client.force_login(self.world.mariam)
        answer = self.client.get(STAFF[f"{C}next/"].path)
        self.assertContains(answer, "This address has no page", status_code=405)
