"""Every address has an access decision: one line a route says who may read it and who may post.

A new route needs a line here: in `PUBLIC`, or in `STAFF` with the roles that get in. Whoever is not
named gets 403; a method nobody is named for is answered 405.
"""

from dataclasses import dataclass, replace
from unittest import mock
from urllib.parse import unquote

from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import TestCase
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import LocalePrefixPattern

from tabulation.ledger.refusals import NothingToPublish
from tabulation.models import User
from tabulation.public.site import DOCUMENTS
from tabulation.tests.support.world import HASH, World, add_apps

#: What is declared as public, and the way in.
PUBLIC = {
    *(declared.path for declared in DOCUMENTS),
    "staff/sign-in/",
    "staff/sign-in/code/",
    "staff/sign-in/passkey/",
    "staff/sign-in/inactive/",
    "staff/sign-out/",
}

ALL = frozenset(User.Role.values)
CLERK = {"clerk"}
SUPERVISOR = {"supervisor"}
INTAKE = {"intake", "supervisor"}
PRINT = {"intake", "supervisor", "member"}
DECIDE = {"supervisor", "member"}
EVENTS = {"member", "auditor"}
HOURS = {"intake", "supervisor", "member"}
SUMS = DECIDE | {"auditor"}
PEOPLE = {"administrator", "auditor"}
CONFIRM = {"administrator", "member", "supervisor"}
MANAGE = {"administrator"}
NOBODY: set[str] = set()


@dataclass(frozen=True)
class Access:
    """Who gets in at ``path``. ``abroad``: also who works for another area than the path's."""

    path: str
    get: set[str] | frozenset[str] = ALL
    post: set[str] | frozenset[str] = frozenset()
    abroad: bool = True


C, P = "staff/<slug:slug>/<slug:contest>/", "/staff/artsakh/president/"
#: The staff's routes. PK is put in: the account of somebody in area S.
STAFF = {
    "staff/": Access("/staff/"),
    "staff/stay/": Access("/staff/stay/", ALL, ALL),
    # one's own account
    "staff/account/": Access("/staff/account/"),
    "staff/account/first/": Access("/staff/account/first/", ALL, ALL),
    "staff/account/password/": Access("/staff/account/password/", NOBODY, ALL),
    "staff/account/app/": Access("/staff/account/app/", ALL, ALL),
    "staff/account/passkey/": Access("/staff/account/passkey/", ALL, ALL),
    "staff/account/factor/<int:pk>/remove/": Access("/staff/account/factor/1/remove/", ALL, ALL),
    "staff/account/again/": Access("/staff/account/again/", ALL, ALL),
    "staff/account/again/code/": Access("/staff/account/again/code/", ALL, ALL),
    "staff/account/again/passkey/": Access("/staff/account/again/passkey/", ALL, ALL),
    # other people's
    "staff/people/": Access("/staff/people/", PEOPLE | CONFIRM),
    "staff/people/confirm/": Access("/staff/people/confirm/", NOBODY, CONFIRM),
    "staff/people/new/": Access("/staff/people/new/", MANAGE, MANAGE),
    "staff/people/many/": Access("/staff/people/many/", MANAGE, MANAGE),
    "staff/people/<int:pk>/": Access("/staff/people/PK/", PEOPLE, abroad=False),
    "staff/people/<int:pk>/change/": Access("/staff/people/PK/change/", NOBODY, MANAGE, False),
    "staff/people/<int:pk>/password/": Access("/staff/people/PK/password/", NOBODY, MANAGE, False),
    "staff/people/<int:pk>/factor/": Access("/staff/people/PK/factor/", NOBODY, MANAGE, False),
    # the count
    f"{C}": Access(P, SUMS),
    f"{C}publish/": Access(f"{P}publish/", {"member"}, {"member"}, False),
    f"{C}stations/": Access(f"{P}stations/"),
    f"{C}area/<code:code>/": Access(f"{P}area/S/", SUMS, abroad=False),
    f"{C}station/<code:code>/": Access(f"{P}station/2/01/", abroad=False),
    f"{C}start/<code:code>/": Access(f"{P}start/2/01/", NOBODY, CLERK, False),
    f"{C}entry/<code:code>/": Access(f"{P}entry/2/01/", CLERK, CLERK, False),
    f"{C}draft/<code:code>/": Access(f"{P}draft/2/01/", NOBODY, CLERK, False),
    f"{C}accept/<code:code>/": Access(f"{P}accept/2/01/", NOBODY, DECIDE, False),
    f"{C}history/<code:code>/": Access(f"{P}history/2/01/", SUMS, abroad=False),
    f"{C}progress/": Access(f"{P}progress/"),
    f"{C}progress/<code:code>/": Access(f"{P}progress/S/", abroad=False),
    f"{C}intake/": Access(f"{P}intake/", INTAKE, INTAKE),
    f"{C}turnout/": Access(f"{P}turnout/", HOURS | {"auditor"}, HOURS),
    f"{C}turnout/<code:code>/": Access(f"{P}turnout/S/", HOURS | {"auditor"}, HOURS, False),
    f"{C}paper/": Access(f"{P}paper/", PRINT),
    f"{C}desk/": Access(f"{P}desk/", CLERK),
    f"{C}next/": Access(f"{P}next/", NOBODY, CLERK),
    f"{C}choose/<code:code>/": Access(f"{P}choose/2/01/", NOBODY, SUPERVISOR, False),
    f"{C}return/<code:code>/": Access(f"{P}return/2/01/", NOBODY, SUPERVISOR, False),
    f"{C}release/<code:code>/": Access(f"{P}release/2/01/", NOBODY, SUPERVISOR, False),
    f"{C}set-aside/<code:code>/": Access(f"{P}set-aside/2/01/", NOBODY, SUPERVISOR, False),
    f"{C}correct/<code:code>/": Access(f"{P}correct/2/01/", NOBODY, DECIDE, False),
    f"{C}annul/<code:code>/": Access(f"{P}annul/2/01/", NOBODY, {"member"}, False),
    f"{C}reinstate/<code:code>/": Access(f"{P}reinstate/2/01/", NOBODY, {"member"}, False),
    "staff/<slug:slug>/autopublish/": Access(
        "/staff/artsakh/autopublish/", {"member"}, {"member"}, False
    ),
    "staff/<slug:slug>/autopublish/end/": Access(
        "/staff/artsakh/autopublish/end/", NOBODY, {"member"}, False
    ),
    "staff/<slug:slug>/decision/": Access(
        "/staff/artsakh/decision/", {"member", "auditor"}, set(), False
    ),
    "staff/<slug:slug>/decision/sitting/": Access(
        "/staff/artsakh/decision/sitting/", NOBODY, {"member"}, False
    ),
    f"{C}lot/": Access(f"{P}lot/", NOBODY, {"member"}, False),
    f"{C}second-round/": Access(f"{P}second-round/", NOBODY, {"member"}, False),
    f"{C}polling-day/": Access(f"{P}polling-day/", NOBODY, {"member"}, False),
    # who did what
    "staff/<slug:slug>/events/": Access("/staff/artsakh/events/", EVENTS, abroad=False),
    "staff/<slug:slug>/events.csv": Access("/staff/artsakh/events.csv", EVENTS, abroad=False),
}


def routes() -> dict[str, URLPattern]:
    """Every route, the staff's without the language before them: English has none."""
    found = {}
    for entry in get_resolver().url_patterns:
        translated = isinstance(getattr(entry, "pattern", None), LocalePrefixPattern)
        for pattern in entry.url_patterns if translated else [entry]:
            assert isinstance(pattern, URLPattern), "an include: list its routes here too"
            found[str(pattern.pattern)] = pattern
    return found


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
        return User.objects.create(username=name, role=role, area=area, password=HASH)

    def ask(self, access: Access, method: str) -> HttpResponse:
        """One request of which nothing stays."""
        path = access.path.replace("PK", str(self.account.pk))
        point = transaction.savepoint()
        try:
            # Publishing wants a transaction of its own, which no test case of this kind has.
            with mock.patch(
                "tabulation.staff.views.publishing.publish", side_effect=NothingToPublish
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

    def test_nobody_gets_past_the_first_steps(self) -> None:
        open_ = {"/staff/stay/"}
        for role, step, also in (
            ("clerk", "/staff/account/first/", set()),
            ("member", "/staff/account/app/", {"/staff/account/passkey/", "/staff/account/again/"}),
        ):
            new = self.person(role)
            User.objects.filter(pk=new.pk).update(must_change_password=role == "clerk")
            new.refresh_from_db()
            self.client.force_login(new)
            for access in STAFF.values():
                for method in ("get", "post"):
                    if access.path in open_ | also | {step}:
                        continue
                    with self.subTest(access.path, method=method, role=role):
                        self.assertRedirects(
                            self.ask(access, method), step, fetch_redirect_response=False
                        )

    def test_an_unconfirmed_account_opens_nothing(self) -> None:
        for role in User.Role.values:
            new = self.person(role)
            User.objects.filter(pk=new.pk).update(changed_by=self.people["administrator"])
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
        self.assertContains(answer, "Nothing to read here", status_code=405)
