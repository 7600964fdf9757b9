"""Who may stand for whom: every maker, every confirmer, every role; and how it begins."""

from io import StringIO
from itertools import product

from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import TestCase, override_settings
from django.utils import timezone

from tabulation.models import Event, NotYours, User
from tabulation.staff.accounts import confirming, managing
from tabulation.staff.accounts.records import AccountRefused
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import (
    NOW,
    PASSWORD,
    World,
    add_apps,
    altered,
    confirmed,
    enrolled,
)

ROLES = ("intake", "clerk", "supervisor", "member", "auditor", "administrator")
#: Who stands for an account of a role, and how many of them.
WHO = {
    "intake": ({"administrator", "member", "supervisor"}, 1),
    "clerk": ({"administrator", "member", "supervisor"}, 1),
    "auditor": ({"administrator", "member"}, 1),
    "supervisor": ({"member"}, 2),
    "member": ({"member"}, 2),
    "administrator": ({"member"}, 2),
}
#: With one Cyrillic letter, with three, in full width.
LOOKALIKES = ("\u0430nna.k", "\u0430nn\u0430.\u043a", "\uff41\uff4e\uff4e\uff41.k")


class EveryPairTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.makers = {role: enrolled(f"maker-{role}", role) for role in ROLES}
        cls.first = {role: enrolled(f"first-{role}", role) for role in ROLES}
        cls.second = {role: enrolled(f"second-{role}", role) for role in ROLES}

    def made(self, role: str, by: User | None) -> User:
        slip = managing.create_account(username="nare", role=role, area=None, by=by, at=NOW)
        return slip.user

    def confirms(self, by: User, account: User) -> bool:
        """Whether it was let; what is listed for them is what they may do."""
        listed = confirming.waiting_for(by).filter(pk=account.pk).exists()
        try:
            confirmed(account, by)
        except (NotYours, AccountRefused):
            self.assertFalse(listed)
            return False
        self.assertTrue(listed)
        return True

    def test_administrators_make_accounts(self) -> None:
        for maker, role in product(ROLES, ROLES):
            with self.subTest(maker=maker, role=role), transaction.atomic():
                if maker == "administrator":
                    self.assertFalse(self.made(role, self.makers[maker]).is_confirmed)
                else:
                    with self.assertRaises(NotYours):
                        self.made(role, self.makers[maker])
                transaction.set_rollback(True)

    @slow
    def test_who_confirms(self) -> None:
        for role, first, second in product(ROLES, ROLES, ROLES):
            who, needed = WHO[role]
            with self.subTest(role=role, first=first, second=second), transaction.atomic():
                account = self.made(role, self.makers["administrator"])
                done = 0
                for by in (self.first[first], self.second[second]):
                    let = self.confirms(by, account)
                    self.assertEqual(let, by.role in who and done < needed)
                    done += let
                account.refresh_from_db()
                self.assertEqual(account.is_confirmed, done == needed)
                transaction.set_rollback(True)

    @slow
    def test_for_what_the_command_line_made_two_stand(self) -> None:
        for role, first, second in product(ROLES, ROLES, ROLES):
            who, _needed = WHO[role]
            with self.subTest(role=role, first=first, second=second), transaction.atomic():
                account = self.made(role, None)
                done = [
                    self.confirms(by, account) for by in (self.first[first], self.second[second])
                ]
                self.assertEqual(done, [first in who, second in who])
                account.refresh_from_db()
                self.assertEqual(account.is_confirmed, all(done))
                transaction.set_rollback(True)

    def test_never_twice_nor_the_maker_nor_oneself(self) -> None:
        maker, member = self.makers["administrator"], self.first["member"]
        for role in ROLES:
            with self.subTest(role), transaction.atomic():
                account = self.made(role, maker)
                self.assertFalse(self.confirms(maker, account))
                self.assertFalse(self.confirms(account, account))
                self.assertTrue(self.confirms(member, account))
                self.assertFalse(self.confirms(member, account))
                self.assertEqual(User.objects.get(pk=account.pk).is_confirmed, WHO[role][1] == 1)
                transaction.set_rollback(True)

    def test_a_member_does_not_confirm_what_an_administrator_did_to_them(self) -> None:
        member = self.first["member"]
        managing.give_new_password(account=member, by=self.makers["administrator"], at=NOW)
        self.assertFalse(self.confirms(member, member))
        self.assertTrue(self.confirms(self.second["member"], member))
        self.assertTrue(self.confirms(self.makers["member"], member))

    def test_each_change_needs_them_anew(self) -> None:
        maker = self.makers["administrator"]
        account = self.made("clerk", maker)
        confirmed(account, self.first["supervisor"])
        managing.change_account(
            account=account, role="supervisor", area=None, is_active=True, by=maker, at=NOW
        )
        self.assertFalse(confirmed(account, self.first["member"]).is_confirmed)
        managing.give_new_password(account=account, by=maker, at=NOW)
        self.assertFalse(confirmed(account, self.second["member"]).is_confirmed)
        self.assertTrue(confirmed(account, self.first["member"]).is_confirmed)

    def test_one_wrong_confirmation_is_not_the_end(self) -> None:
        """Two administrators had been enough for a supervisor and a member."""
        a, b = self.makers["administrator"], self.first["administrator"]
        for role in ("supervisor", "member", "administrator"):
            slip = managing.create_account(
                username=f"their-{role}", role=role, area=None, by=a, at=NOW
            )
            self.assertFalse(self.confirms(b, slip.user))
            # Even with one member who does not look.
            self.assertTrue(self.confirms(self.first["member"], slip.user))
            self.assertFalse(User.objects.get(pk=slip.user.pk).is_confirmed)

    def test_two_members_are_left(self) -> None:
        by, members = self.makers["administrator"], [u["member"] for u in (self.first, self.second)]
        managing.change_account(
            account=self.makers["member"], role="member", area=None, is_active=False, by=by, at=NOW
        )
        acts = (
            lambda who: managing.give_new_password(account=who, by=by, at=NOW),
            lambda who: managing.change_account(
                account=who, role="member", area=None, is_active=False, by=by, at=NOW
            ),
            lambda who: managing.change_account(
                account=who, role="auditor", area=None, is_active=True, by=by, at=NOW
            ),
        )
        for act, member in product(acts, members):
            with self.assertRaisesMessage(AccountRefused, "Two other commission members must"):
                act(member)
        self.assertEqual(managing.members().count(), 2)


class BeginningTests(TestCase):
    """The first people, whom nobody can confirm."""

    def call(self, *args: str) -> str:
        out = StringIO()
        call_command("create_accounts", *args, stdout=out)
        return out.getvalue()

    def test_two_members_by_a_decision_and_then_no_more(self) -> None:
        self.call("member-", "2", "--role", "member", "--decision", "7-A")
        first = User.objects.get(username="member-001")
        self.assertTrue(first.is_confirmed and first.must_change_password)
        event = Event.objects.get(subject="user member-001")
        self.assertEqual(
            (event.act, event.by_name, event.after["decision"]),
            ("account enrolled", "command line", "7-A"),
        )
        for role in ("member", "administrator"):
            with self.assertRaisesMessage(CommandError, "There are two members who can confirm"):
                self.call("more-", "1", "--role", role, "--decision", "8-A")

    def test_at_most_two_of_a_role_and_of_two_roles(self) -> None:
        for args, told in (
            (("m-", "3", "--role", "member"), "At most 2 accounts"),
            (("m-", "1", "--role", "supervisor"), "Only members and administrators"),
            (("m-", "1", "--role", "clerk"), "Only members and administrators"),
        ):
            with self.subTest(args), self.assertRaisesMessage(CommandError, told):
                self.call(*args, "--decision", "7-A")
        self.call("a-", "2", "--role", "administrator", "--decision", "7-A")
        with self.assertRaisesMessage(CommandError, "At most 2 accounts"):
            self.call("b-", "1", "--role", "administrator", "--decision", "7-A")
        self.assertEqual(User.objects.count(), 2)

    def test_without_a_decision_they_wait(self) -> None:
        self.call("m-", "1", "--role", "member")
        self.assertFalse(User.objects.get().is_confirmed)


class TellingTests(TestCase):
    """Every member reads of every account that decides or manages."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.xenia = User.objects.get(username="xenia")

    def setUp(self) -> None:
        cache.clear()

    def home(self, user: User) -> str:
        self.client.force_login(user)
        return self.client.get("/staff/").content.decode()

    def test_told_until_it_is_read(self) -> None:
        mariam = self.world.mariam
        managing.create_account(
            username="nare", role="supervisor", area=self.world.south, by=self.xenia, at=NOW
        )
        managing.create_account(username="zara", role="clerk", area=None, by=self.xenia, at=NOW)
        page = self.home(mariam)
        for text in ("New and changed accounts", ">nare<", "account created", "xenia"):
            self.assertIn(text, page)
        self.assertNotIn(">zara<", page)
        newest = Event.objects.get(subject="user nare").pk
        self.assertRedirects(self.client.post("/staff/people/told/", {"event": newest}), "/staff/")
        self.assertNotIn("New and changed accounts", self.home(mariam))
        managing.change_account(
            account=self.world.sona, role="clerk", area=None, is_active=True,
            by=self.xenia, at=NOW,
        )  # fmt: skip
        page = self.home(mariam)
        self.assertIn(">sona<", page)
        self.assertNotIn(">nare<", page)
        for user in (self.xenia, self.world.alice, self.world.ina):
            self.assertNotIn("New and changed accounts", self.home(user))

    def test_a_member_of_a_territory_is_told_too(self) -> None:
        there = enrolled("gayane", "member", area=self.world.south)
        add_apps([there])
        self.assertIn(">xenia<", self.home(there))

    def test_odd_requests(self) -> None:
        self.client.force_login(self.world.mariam)
        for event in ("", "x", "0", "9" * 30):
            self.client.post("/staff/people/told/", {"event": event})
        self.assertEqual(User.objects.get(username="mariam").told_event, 0)

    def test_as_many_as_there_are_in_as_many_queries(self) -> None:
        self.client.force_login(self.world.mariam)
        # The session, the person, what waits, what is new, the contests, what is withheld.
        with self.assertNumQueries(7):
            self.client.get("/staff/")
        managing.create_accounts(
            prefix="s-", count=40, role="supervisor", area=None, by=self.xenia, at=timezone.now()
        )
        with self.assertNumQueries(7):
            page = self.client.get("/staff/")
        self.assertContains(page, "The activity log shows older changes.")

    def test_the_activity_log_has_them(self) -> None:
        self.client.force_login(self.world.mariam)
        page = self.client.get("/staff/artsakh/events/?subject=user")
        self.assertContains(page, "user xenia")
        rows = b"".join(self.client.get("/staff/artsakh/events.csv?subject=user")).decode()
        self.assertIn(",,user xenia,1,account enrolled,", rows)


class NamesTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.xenia = User.objects.get(username="xenia")

    def made(self, name: str, real_name: str = "") -> User:
        return managing.create_account(
            username=name, role="clerk", area=None, real_name=real_name, by=self.xenia, at=NOW
        ).user

    def test_two_user_names_that_look_alike_are_one(self) -> None:
        self.made("anna.k")
        for name in ("ANNA.K", "anna-k", "annak", "Anna_K", *LOOKALIKES):
            with self.subTest(name), self.assertRaises(AccountRefused):
                self.made(name)
        told = f"“{LOOKALIKES[0]}” looks like “anna.k”"
        with self.assertRaisesMessage(AccountRefused, told):
            self.made(LOOKALIKES[0])
        for name in ("anna.k2", "anne.k", "Աննա.Կ"):
            self.made(name)

    def test_the_same_real_name_is_told_where_it_is_confirmed(self) -> None:
        altered("carl", real_name="Anna-Maria  Grigoryan")
        made = self.made("anna", "ANNA MARIA GRIGORY\u0410N")
        cache.clear()
        self.client.force_login(self.world.mariam)
        told = "The same real name belongs to Anna-Maria  Grigoryan (carl)."
        self.assertContains(self.client.get("/staff/people/"), told)
        self.assertContains(self.client.get(f"/staff/people/{made.pk}/"), told)
        self.made("other", "Somebody Else")
        self.assertContains(self.client.get("/staff/people/"), "The same real name", 1)


class SecondFactorForAllTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()

    def test_clerks_too_where_the_installation_says_so(self) -> None:
        cache.clear()
        for name in ("alice", "ina"):
            signed = {"login": name, "password": PASSWORD}
            with self.subTest(name):
                self.client.post("/staff/sign-in/", signed)
                self.assertEqual(self.client.get("/staff/").status_code, 200)
                with override_settings(SECOND_FACTOR_FOR_ALL=True):
                    self.assertRedirects(self.client.get("/staff/"), "/staff/account/app/")
                    page = self.client.get("/staff/artsakh/president/desk/")
                    self.assertRedirects(page, "/staff/account/app/")
                self.client.logout()
