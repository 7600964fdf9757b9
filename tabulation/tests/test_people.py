"""Accounts by an administrator: one, many, changed, closed, with slips that are seen once."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase

from tabulation import accounts
from tabulation.models import Area, Event, User
from tabulation.tests.world import NOW, PASSWORD, CommittedTestCase, World, add_apps

ONE_TIME = re.compile(r"\b[a-hjkmnp-z2-9]{4}(?:-[a-hjkmnp-z2-9]{4}){3}\b")


class PeopleTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.xenia = User.objects.get(username="xenia")
        cls.otar = User.objects.get(username="otar")

    def setUp(self) -> None:
        cache.clear()
        self.client.force_login(self.xenia)

    def administrator_of(self, area: Area) -> User:
        user = User.objects.create(username="gor", role="administrator", area=area)
        add_apps([user])
        return user


class StageTests(PeopleTestCase):
    def many(self, count: int = 2, **more: object) -> list[accounts.Slip]:
        given = {"prefix": "clerk-", "role": "clerk", "area": None, "by": self.xenia, "at": NOW}
        return accounts.create_accounts(count=count, **{**given, **more})

    def test_numbers_go_on_after_the_highest(self) -> None:
        User.objects.create(username="Clerk-007", role="clerk")
        User.objects.create(username="clerk-extra", role="clerk")
        names = [slip.user.username for slip in self.many()]
        self.assertEqual(names, ["clerk-008", "clerk-009"])

    def test_one_time_passwords(self) -> None:
        slips = self.many(50)
        self.assertEqual(len({slip.password for slip in slips}), 50)
        self.assertGreaterEqual(len(accounts.LETTERS) ** 16, 2**60)
        for slip in slips[:3]:
            self.assertTrue(ONE_TIME.fullmatch(slip.password))
            stored = User.objects.get(pk=slip.user.pk)
            self.assertTrue(stored.must_change_password)
            self.assertTrue(stored.check_password(slip.password))

    def test_each_act_is_an_event_without_a_password(self) -> None:
        slip = self.many(1, area=self.world.south)[0]
        user = slip.user
        new = accounts.give_new_password(account=user, by=self.xenia, at=NOW)
        accounts.change_account(
            account=user, role="auditor", area=None, is_active=True, by=self.xenia, at=NOW
        )
        add_apps([User.objects.get(pk=user.pk)])
        accounts.forget_second_factor(account=user, by=self.xenia, at=NOW)
        events = list(Event.objects.filter(subject="user clerk-001"))
        self.assertEqual(
            [event.act for event in events],
            [
                "account created",
                "one-time password given",
                "account changed",
                "second factor forgotten",
            ],
        )
        here = {"role": "clerk", "area": "artsakh S", "active": True}
        self.assertEqual(events[0].after, here)
        self.assertEqual(events[2].before, here)
        self.assertEqual(events[2].after, {"role": "auditor", "area": None, "active": True})
        for event in events:
            self.assertEqual(event.by_name, "xenia")
            for secret in (slip.password, new.password, "pbkdf2"):
                self.assertNotIn(secret, str((event.before, event.after)))

    def test_nothing_changed_is_no_event(self) -> None:
        bob = self.world.bob
        accounts.change_account(
            account=bob, role="clerk", area=None, is_active=True, by=self.xenia, at=NOW
        )
        self.assertFalse(Event.objects.filter(subject="user bob").exists())

    def test_only_an_active_administrator(self) -> None:
        User.objects.filter(pk=self.xenia.pk).update(is_active=False)
        for by in (self.world.mariam, self.otar, self.xenia):
            with self.subTest(by.username), self.assertRaises(accounts.NotAnAdministrator):
                self.many(by=by)

    def test_refusals_of_names(self) -> None:
        with self.assertRaises(accounts.NameTaken):
            accounts.create_account(
                username="ALICE", role="clerk", area=None, by=self.xenia, at=NOW
            )
        for prefix in ("<script>", "x" * 149):
            with self.assertRaises(ValidationError):
                self.many(prefix=prefix)
        for count in (0, accounts.BULK_LIMIT + 1):
            with self.assertRaises(accounts.AccountRefused):
                self.many(count)

    def test_nobody_changes_oneself(self) -> None:
        for role, area, is_active in (
            ("member", None, True),
            ("administrator", self.world.south, True),
            ("administrator", None, False),
        ):
            with self.subTest(role), self.assertRaises(accounts.OwnAccount):
                accounts.change_account(
                    account=self.xenia, role=role, area=area, is_active=is_active,
                    by=self.xenia, at=NOW,
                )  # fmt: skip
        self.xenia.refresh_from_db()
        self.assertEqual((self.xenia.role, self.xenia.is_active), ("administrator", True))

    def test_the_last_administrator_stays(self) -> None:
        self.administrator_of(self.world.south)
        for role, is_active in (("clerk", True), ("administrator", False)):
            with self.subTest(role), self.assertRaises(accounts.LastAdministrator):
                accounts.change_account(
                    account=self.xenia, role=role, area=None, is_active=is_active, by=None, at=NOW
                )
        self.assertTrue(User.objects.filter(username="xenia", role="administrator").exists())
        second = User.objects.create(username="zara", role="administrator")
        accounts.change_account(
            account=self.xenia, role="clerk", area=None, is_active=True, by=second, at=NOW
        )

    def test_an_administrator_of_an_area_stays_inside_it(self) -> None:
        gor = self.administrator_of(self.world.south)
        here = self.many(1, area=self.world.south, by=gor)[0].user
        for area in (None, self.world.north):
            with self.subTest(area), self.assertRaises(accounts.NotYourArea):
                self.many(1, area=area, by=gor)
            with self.subTest(area), self.assertRaises(accounts.NotYourArea):
                accounts.change_account(
                    account=here, role="clerk", area=area, is_active=True, by=gor, at=NOW
                )
        with self.assertRaises(accounts.NotYourArea):
            accounts.give_new_password(account=self.xenia, by=gor, at=NOW)


class AtOnceTests(CommittedTestCase):
    def test_two_administrators_who_close_each_other_come_one_after_the_other(self) -> None:
        pair = [User.objects.create(username=name, role="administrator") for name in ("gor", "ani")]
        began = threading.Barrier(2)

        def close(by: User, account: User) -> str:
            try:
                began.wait(10)
                accounts.change_account(
                    account=account, role=account.role, area=None, is_active=False, by=by, at=NOW
                )
                return "closed"
            except accounts.NotAnAdministrator:
                return "refused"
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(close, pair, reversed(pair)))
        self.assertEqual(sorted(done), ["closed", "refused"])
        self.assertEqual(User.objects.filter(is_active=True).count(), 1)


class ListTests(PeopleTestCase):
    def listed(self, query: str = "") -> list[str]:
        page = self.client.get(f"/staff/people/{query}")
        self.assertEqual(page.status_code, 200)
        return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page.content.decode())

    def test_search_filters_and_sorting(self) -> None:
        User.objects.filter(username="bob").update(
            area=self.world.south, is_active=False, real_name="Robert"
        )
        everybody = ["alice", "bob", "carl", "ina", "mariam", "otar", "sona", "xenia"]
        self.assertEqual(self.listed(), everybody)
        self.assertEqual(self.listed("?sort=-username"), everybody[::-1])
        for query, names in (
            ("?q=ROB", ["bob"]),
            ("?role=clerk", ["alice", "bob", "carl"]),
            ("?area=S", ["bob"]),
            ("?area=AM", ["bob"]),
            ("?area=N", []),
            ("?active=closed", ["bob"]),
            ("?active=open&role=clerk", ["alice", "carl"]),
        ):
            with self.subTest(query):
                self.assertEqual(self.listed(query), names)
        self.assertEqual(self.client.get("/staff/people/?role=king").status_code, 400)

    def test_pages_and_queries(self) -> None:
        people = [User(username=f"c{i}", role="clerk") for i in range(120)]
        User.objects.bulk_create(people)
        with self.assertNumQueries(4):
            self.assertEqual(len(self.listed()), 50)
        self.assertEqual(len(self.listed("?page=3")), 28)

    def test_an_auditor_reads_and_changes_nothing(self) -> None:
        self.client.force_login(self.otar)
        self.assertIn("alice", self.listed())
        self.assertNotContains(self.client.get("/staff/people/"), "Make one account")
        page = self.client.get(f"/staff/people/{self.world.alice.pk}/")
        self.assertNotContains(page, "one-time password</button>")

    def test_an_area_s_administrator_sees_its_people(self) -> None:
        User.objects.filter(username="bob").update(area=self.world.south)
        self.client.force_login(self.administrator_of(self.world.south))
        self.assertEqual(self.listed(), ["bob", "gor"])


class NewAccountTests(PeopleTestCase):
    def test_a_slip_is_shown_once_and_signs_in(self) -> None:
        answer = self.client.post(
            "/staff/people/new/",
            {"username": "nare", "role": "clerk", "election": "artsakh", "area": "S"},
        )
        self.assertEqual(answer.status_code, 200)
        self.assertIn("no-store", answer["Cache-Control"])
        text = answer.content.decode()
        password = ONE_TIME.search(text)[0]
        for part in ("http://testserver/staff/", "nare", "entry clerk", "Area S"):
            self.assertIn(part, text)
        self.assertTrue(User.objects.get(username="nare").check_password(password))
        self.assertNotIn(password, self.client.get("/staff/people/").content.decode())

    def test_what_is_wrong_is_told(self) -> None:
        for data, message, status in (
            ({"username": "", "role": "clerk"}, "This field is required", 400),
            ({"username": "a b", "role": "clerk"}, "Enter a valid username", 400),
            ({"username": "nare", "role": "king"}, "Select a valid choice", 400),
            ({"username": "nare", "role": "clerk", "area": "S"}, "go together", 400),
            ({"username": "nare", "role": "clerk", "election": "artsakh"}, "go together", 400),
            (
                {"username": "nare", "role": "clerk", "election": "artsakh", "area": "Q"},
                "no area of this code",
                400,
            ),
            ({"username": "nare", "role": "clerk", "election": "x"}, "no such election", 400),
            ({"username": "Alice", "role": "clerk"}, "already", 409),
        ):
            with self.subTest(data):
                answer = self.client.post("/staff/people/new/", data)
                self.assertContains(answer, message, status_code=status)
        self.assertFalse(User.objects.filter(username="nare").exists())

    def test_many_at_once_and_the_same_form_once(self) -> None:
        data = {"name_prefix": "clerk-", "count": 3, "role": "clerk", "ticket": "t" * 32}
        answer = self.client.post("/staff/people/many/", data)
        self.assertEqual(len(ONE_TIME.findall(answer.content.decode())), 3)
        again = self.client.post("/staff/people/many/", data)
        self.assertContains(again, "sent already", status_code=409)
        self.assertEqual(User.objects.filter(username__startswith="clerk-").count(), 3)
        for count in ("0", "501", "x"):
            answer = self.client.post("/staff/people/many/", {**data, "count": count})
            self.assertEqual(answer.status_code, 400)


class OneAccountTests(PeopleTestCase):
    def url(self, name: str, what: str = "") -> str:
        return f"/staff/people/{User.objects.get(username=name).pk}/{what}"

    def test_another_role_and_area(self) -> None:
        data = {"role": "supervisor", "election": "artsakh", "area": "N", "is_active": "on"}
        self.assertRedirects(self.client.post(self.url("bob", "change/"), data), self.url("bob"))
        page = self.client.get(self.url("bob"))
        self.assertContains(page, "supervisor · Area N")
        self.assertContains(page, "account changed")

    def test_refused_with_409(self) -> None:
        answer = self.client.post(self.url("xenia", "change/"), {"role": "clerk"})
        self.assertContains(answer, "This is your own account", status_code=409)
        answer = self.client.post(self.url("bob", "factor/"))
        self.assertContains(answer, "no second factor", status_code=409)
        answer = self.client.post(self.url("bob", "change/"), {"role": "king"})
        self.assertContains(answer, "Select a valid choice", status_code=400)

    def test_a_new_password_ends_the_old_one_and_its_sessions(self) -> None:
        other = self.client_class()
        other.force_login(self.world.bob)
        answer = self.client.post(self.url("bob", "password/"))
        self.assertIn("no-store", answer["Cache-Control"])
        password = ONE_TIME.search(answer.content.decode())[0]
        self.assertEqual(other.get("/staff/").status_code, 302)
        bob = User.objects.get(username="bob")
        self.assertFalse(bob.check_password(PASSWORD))
        self.assertTrue(bob.check_password(password))

    def test_a_lost_phone(self) -> None:
        other = self.client_class()
        other.force_login(self.world.sona)
        self.assertEqual(other.get("/staff/").status_code, 200)
        self.client.post(self.url("sona", "factor/"))
        self.assertFalse(Authenticator.objects.filter(user=self.world.sona).exists())
        self.assertRedirects(
            other.get("/staff/"), "/staff/account/app/", fetch_redirect_response=False
        )


class CommandTests(PeopleTestCase):
    def call(self, *args: str) -> str:
        out = StringIO()
        call_command("create_accounts", *args, stdout=out)
        return out.getvalue()

    def test_lines_of_name_and_password(self) -> None:
        said = self.call("c-", "2", "--role", "clerk", "--election", "artsakh", "--area", "S")
        name, password = said.splitlines()[1].split()
        self.assertEqual(name, "c-002")
        user = User.objects.select_related("area").get(username=name)
        self.assertTrue(user.check_password(password) and user.must_change_password)
        self.assertEqual(user.area.code, "S")
        event = Event.objects.get(subject="user c-002")
        self.assertEqual((event.by, event.by_name), (None, "command line"))

    def test_refusals(self) -> None:
        for args, message in (
            (("c-", "0", "--role", "clerk"), "Between 1 and 500"),
            (("c c", "1", "--role", "clerk"), "valid username"),
            (("c-", "1", "--role", "clerk", "--area", "S"), "go together"),
            (("c-", "1", "--role", "clerk", "--area", "Q", "--election", "artsakh"), "no area 'Q'"),
            (("c-", "1", "--role", "clerk", "--area", "S", "--election", "x"), "no election 'x'"),
        ):
            with self.subTest(args), self.assertRaisesMessage(CommandError, message):
                self.call(*args)
