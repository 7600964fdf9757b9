"""Accounts by an administrator: one, many, changed, closed, with slips that are seen once."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client, TestCase
from django.utils import timezone

from tabulation.counting import correction, entry, verification
from tabulation.models import Area, Event, NotYours, User
from tabulation.staff.accounts import confirming, managing
from tabulation.staff.accounts.records import AccountRefused
from tabulation.tests.support.world import (
    NORTH,
    NOW,
    PASSWORD,
    CommittedTestCase,
    World,
    add_apps,
    altered,
    confirmed,
    enrolled,
)

ONE_TIME = re.compile(r"\b[a-hjkmnp-z2-9]{4}(?:-[a-hjkmnp-z2-9]{4}){3}\b")


class PeopleTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()
        cls.xenia = User.objects.get(username="xenia")
        cls.otar = User.objects.get(username="otar")
        # So that two members are left whatever happens to a third.
        cls.gayane, cls.hrant = enrolled("gayane", "member"), enrolled("hrant", "member")
        add_apps([cls.gayane, cls.hrant])

    def setUp(self) -> None:
        cache.clear()
        self.client.force_login(self.xenia)

    def administrator_of(self, area: Area) -> User:
        user = enrolled("gor", "administrator", area=area)
        add_apps([user])
        return user


class StageTests(PeopleTestCase):
    def many(self, count: int = 2, **more: object) -> list[managing.Slip]:
        given = {"prefix": "clerk-", "role": "clerk", "area": None, "by": self.xenia, "at": NOW}
        return managing.create_accounts(count=count, **{**given, **more})

    def test_numbers_go_on_after_the_highest(self) -> None:
        enrolled("Clerk-007", "clerk")
        enrolled("clerk-extra", "clerk")
        names = [slip.user.username for slip in self.many()]
        self.assertEqual(names, ["clerk-008", "clerk-009"])

    def test_one_time_passwords(self) -> None:
        slips = self.many(50)
        self.assertEqual(len({slip.password for slip in slips}), 50)
        self.assertGreaterEqual(len(managing.LETTERS) ** 16, 2**60)
        for slip in slips[:3]:
            self.assertTrue(ONE_TIME.fullmatch(slip.password))
            stored = User.objects.get(pk=slip.user.pk)
            self.assertTrue(stored.must_change_password)
            self.assertTrue(stored.check_password(slip.password))
            self.assertEqual(stored.one_time_until, NOW + timedelta(days=7))

    def test_each_act_is_an_event_without_a_password(self) -> None:
        slip = self.many(1, area=self.world.south)[0]
        user = slip.user
        new = managing.give_new_password(account=user, by=self.xenia, at=NOW)
        managing.change_account(
            account=user, role="auditor", area=None, is_active=True, by=self.xenia, at=NOW
        )
        add_apps([User.objects.get(pk=user.pk)])
        managing.forget_second_factor(account=user, by=self.xenia, at=NOW)
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
        here = {
            **{"name": "", "role": "clerk", "area": "artsakh S", "active": True},
            **{"changed by": "xenia", "first confirmed by": None, "confirmed by": None},
            "decision": "",
        }
        self.assertEqual(events[0].after, here)
        self.assertEqual(events[2].before, here)
        self.assertEqual(events[2].after, {**here, "role": "auditor", "area": None})
        for event in events:
            self.assertEqual(event.by_name, "xenia")
            for secret in (slip.password, new.password, "pbkdf2"):
                self.assertNotIn(secret, str((event.before, event.after)))

    def test_nothing_changed_is_no_event(self) -> None:
        bob = self.world.bob
        managing.change_account(
            account=bob, role="clerk", area=None, is_active=True, by=self.xenia, at=NOW
        )
        self.assertEqual(Event.objects.get(subject="user bob").act, "account enrolled")

    def test_only_an_active_administrator(self) -> None:
        altered(self.xenia, is_active=False)
        for by in (self.world.mariam, self.otar, self.xenia):
            with (
                self.subTest(by.username),
                self.assertRaisesMessage(NotYours, "Administrators manage accounts"),
            ):
                self.many(by=by)

    def test_refusals_of_names(self) -> None:
        with self.assertRaisesMessage(AccountRefused, "The user name “ALICE” is taken."):
            managing.create_account(
                username="ALICE", role="clerk", area=None, by=self.xenia, at=NOW
            )
        for prefix in ("<script>", "x" * 149):
            with self.assertRaises(ValidationError):
                self.many(prefix=prefix)
        for count in (0, managing.BULK_LIMIT + 1):
            with self.assertRaises(AccountRefused):
                self.many(count)

    def test_nobody_changes_oneself(self) -> None:
        for role, area, is_active in (
            ("member", None, True),
            ("administrator", self.world.south, True),
            ("administrator", None, False),
        ):
            with (
                self.subTest(role),
                self.assertRaisesMessage(AccountRefused, "This is your own account"),
            ):
                managing.change_account(
                    account=self.xenia, role=role, area=area, is_active=is_active,
                    by=self.xenia, at=NOW,
                )  # fmt: skip
        self.xenia.refresh_from_db()
        self.assertEqual((self.xenia.role, self.xenia.is_active), ("administrator", True))

    def test_the_last_administrator_stays(self) -> None:
        self.administrator_of(self.world.south)
        for role, is_active in (("clerk", True), ("administrator", False)):
            with (
                self.subTest(role),
                self.assertRaisesMessage(AccountRefused, "This is the last administrator"),
            ):
                managing.change_account(
                    account=self.xenia, role=role, area=None, is_active=is_active, by=None, at=NOW
                )
        self.assertTrue(User.objects.filter(username="xenia", role="administrator").exists())
        second = enrolled("zara", "administrator")
        managing.change_account(
            account=self.xenia, role="clerk", area=None, is_active=True, by=second, at=NOW
        )

    def test_an_administrator_of_an_area_stays_inside_it(self) -> None:
        gor = self.administrator_of(self.world.south)
        here = self.many(1, area=self.world.south, by=gor)[0].user
        for area in (None, self.world.north):
            with (
                self.subTest(area),
                self.assertRaisesMessage(
                    NotYours, "You can manage the accounts of your own area only."
                ),
            ):
                self.many(1, area=area, by=gor)
            with (
                self.subTest(area),
                self.assertRaisesMessage(
                    NotYours, "You can manage the accounts of your own area only."
                ),
            ):
                managing.change_account(
                    account=here, role="clerk", area=area, is_active=True, by=gor, at=NOW
                )
        with self.assertRaisesMessage(
            NotYours, "You can manage the accounts of your own area only."
        ):
            managing.give_new_password(account=self.xenia, by=gor, at=NOW)

    def test_the_area_that_counts_is_the_one_it_is_in_now(self) -> None:
        gor = self.administrator_of(self.world.south)
        here = managing.create_account(
            username="sup", role="supervisor", area=self.world.south, by=None, at=NOW
        ).user
        stale = User.objects.select_related("area").get(pk=here.pk)
        altered(here, area=None)
        add_apps([here])
        for act in (managing.give_new_password, managing.forget_second_factor):
            with (
                self.subTest(act.__name__),
                self.assertRaisesMessage(
                    NotYours, "You can manage the accounts of your own area only."
                ),
            ):
                act(account=stale, by=gor, at=NOW)
        with self.assertRaisesMessage(
            NotYours, "You can manage the accounts of your own area only."
        ):
            managing.change_account(
                account=stale, role="clerk", area=self.world.south, is_active=True, by=gor, at=NOW
            )


class ConfirmStageTests(PeopleTestCase):
    """No single person can make a figure count, nor the people who would."""

    def made(self, role: str = "clerk", area: Area | None = None, name: str = "nare") -> User:
        slip = managing.create_account(username=name, role=role, area=area, by=self.xenia, at=NOW)
        return slip.user

    def person(self, name: str, role: str, area: Area | None = None) -> User:
        return enrolled(name, role, area=area)

    def change(self, account: User, by: User | None = None, **more: object) -> User:
        now = {"role": account.role, "area": account.area, "is_active": account.is_active}
        return managing.change_account(
            account=account, by=by or self.xenia, at=NOW + timedelta(hours=1), **{**now, **more}
        )

    def test_what_waits_and_what_does_not(self) -> None:
        bob, sona, carl = self.world.bob, self.world.sona, self.world.carl
        managing.give_new_password(account=bob, by=self.xenia, at=NOW)
        managing.forget_second_factor(account=sona, by=self.xenia, at=NOW)
        self.change(carl, is_active=False)
        for user, is_confirmed in ((self.made(), False), (bob, False), (sona, False), (carl, True)):
            with self.subTest(user.username):
                user.refresh_from_db()
                self.assertEqual(user.is_confirmed, is_confirmed)
                self.assertEqual(user.changed_by, None if is_confirmed else self.xenia)
        for again in ({"is_active": True}, {"role": "intake"}, {"area": self.world.south}):
            with self.subTest(again):
                self.assertFalse(self.change(carl, **again).is_confirmed)
                self.assertTrue(confirmed(carl, self.world.mariam).is_confirmed)
                carl.refresh_from_db()

    def test_what_the_command_line_changes_two_people_confirm(self) -> None:
        carl = managing.give_new_password(account=self.world.carl, by=None, at=NOW).user
        self.assertFalse(carl.is_confirmed)
        self.assertFalse(confirmed(carl, self.world.sona).is_confirmed)
        self.assertTrue(confirmed(carl, self.xenia).is_confirmed)

    def test_an_administrator_alone_makes_no_figure_count(self) -> None:
        protocol = self.world.received(self.world.stations[0])
        clerks = [self.made(name=name) for name in ("one", "two")]
        supervisor = self.made("supervisor", name="three")
        member = self.made("member", name="four")
        for clerk in clerks:
            with self.assertRaises(NotYours):
                entry.take_seat(protocol=protocol, by=clerk, at=NOW)
        self.world.type_in(protocol, NORTH)
        with self.assertRaises(NotYours):
            verification.accept(protocol=protocol, by=supervisor, at=NOW)
        protocol = verification.accept(protocol=protocol, by=self.world.sona, at=NOW)
        with self.assertRaises(NotYours):
            correction.annul(protocol=protocol, reason="x", decision="1", by=member, at=NOW)
        self.assertFalse(member.may_publish)

    def test_the_second_person_is_an_event(self) -> None:
        nare = self.made(area=self.world.south)
        done = confirming.confirm(account=nare, by=self.world.mariam, at=NOW)
        self.assertTrue(done.is_confirmed)
        event = Event.objects.get(act="account confirmed", subject="user nare")
        self.assertEqual((event.subject, event.by_name), ("user nare", "mariam"))
        self.assertEqual(event.after["area"], "artsakh S")

    def test_who_confirms_whom(self) -> None:
        south, north = self.world.south, self.world.north
        people = {
            "administrator": self.person("a", "administrator"),
            "member": self.world.mariam,
            "supervisor": self.world.sona,
            "auditor": self.otar,
            "clerk": self.world.bob,
            "intake": self.world.ina,
            "supervisor S": self.person("s", "supervisor", south),
            "member S": self.person("ms", "member", south),
            "member N": self.person("mn", "member", north),
        }
        anybody = {"administrator", "member"}
        for role, area, who in (
            ("clerk", None, {*anybody, "supervisor"}),
            ("intake", south, {*anybody, "supervisor", "supervisor S", "member S"}),
            ("supervisor", south, {"member", "member S"}),
            ("auditor", north, {*anybody, "member N"}),
            ("member", None, {"member"}),
            ("administrator", None, {"member"}),
        ):
            account = self.made(role, area, name=f"new-{role}")
            for name, by in people.items():
                with self.subTest(role=role, area=area, by=name):
                    listed = confirming.waiting_for(by).filter(pk=account.pk).exists()
                    self.assertEqual(listed, name in who)
                    with transaction.atomic():
                        if name in who:
                            confirmed(account, by)
                        else:
                            with self.assertRaisesRegex(
                                NotYours, "does not allow you to confirm|and supervisors confirm"
                            ):
                                confirmed(account, by)
                        transaction.set_rollback(True)

    def test_never_who_made_the_change_nor_oneself_nor_an_unconfirmed_account(self) -> None:
        second = self.made("administrator", name="second")
        nare = self.made()
        with self.assertRaisesMessage(NotYours, "Ask a second person to confirm it."):
            confirmed(nare, self.xenia)
        with self.assertRaisesMessage(
            NotYours, "A second person has not confirmed your account yet"
        ):
            confirmed(nare, second)
        with self.assertRaisesMessage(
            NotYours, "A second person has not confirmed your account yet"
        ):
            confirmed(second, second)
        altered(second, changed_by=self.xenia)
        with self.assertRaisesMessage(
            NotYours, "A second person has not confirmed your account yet"
        ):
            self.change(self.world.bob, by=second, role="intake")
        self.assertFalse(confirming.waiting_for(second).exists())
        self.assertFalse(confirming.waiting_for(self.xenia).exists())
        second = confirmed(second, self.world.mariam, self.gayane)
        self.assertTrue(confirmed(nare, second).is_confirmed)
        altered(second, is_active=False)
        with self.assertRaisesMessage(NotYours, "and supervisors confirm accounts"):
            confirmed(self.made(name="other"), second)

    def test_two_who_change_one_account_do_not_stand_for_each_other(self) -> None:
        second = self.person("second", "administrator")
        nare = self.made()
        for refused in (
            lambda: self.change(nare, by=second, role="intake"),
            lambda: managing.give_new_password(account=nare, by=second, at=NOW),
        ):
            with self.assertRaisesMessage(
                AccountRefused, "This account has a change that is not confirmed."
            ):
                refused()
        self.change(nare, by=second, is_active=False)
        nare.refresh_from_db()
        with self.assertRaisesMessage(
            AccountRefused, "This account is confirmed already, or it is closed."
        ):
            confirmed(nare, self.world.mariam)
        self.assertEqual(self.change(nare, by=second, is_active=True).changed_by, second)
        with self.assertRaisesMessage(NotYours, "Ask a second person to confirm it."):
            confirmed(nare, second)

    def test_only_what_was_seen_is_confirmed(self) -> None:
        nare = self.made()
        self.change(nare, role="supervisor")
        with self.assertRaisesMessage(AccountRefused, "changed after you opened the page"):
            confirming.confirm(account=nare, by=self.world.mariam, at=NOW)
        confirmed(nare, self.world.mariam)
        with self.assertRaisesMessage(AccountRefused, "You have confirmed this account."):
            confirmed(nare, self.world.mariam)
        confirmed(nare, self.gayane)
        with self.assertRaisesMessage(
            AccountRefused, "This account is confirmed already, or it is closed."
        ):
            confirmed(nare, self.hrant)

    def test_nobody_gives_oneself_a_password_or_forgets_one_s_own_factor(self) -> None:
        for act in (managing.give_new_password, managing.forget_second_factor):
            with (
                self.subTest(act.__name__),
                self.assertRaisesMessage(AccountRefused, "This is your own account"),
            ):
                act(account=self.xenia, by=self.xenia, at=NOW)

    def test_an_unconfirmed_administrator_is_not_the_one_who_is_left(self) -> None:
        self.made("administrator", name="second")
        with self.assertRaisesMessage(AccountRefused, "This is the last administrator"):
            managing.change_account(
                account=self.xenia, role="clerk", area=None, is_active=True, by=None, at=NOW
            )

    def test_the_database_knows_it_too(self) -> None:
        mariam, gayane = self.world.mariam, self.gayane
        waits = {"changed_by": self.xenia, "enrolled_by_decision": ""}
        for odd in (
            {"changed_by": self.xenia},
            {**waits, "confirmed_by": self.xenia},
            {**waits, "confirmed_by": self.world.bob},
            {**waits, "confirmed_by": self.world.sona, "role": "supervisor"},
            {**waits, "confirmed_by": mariam, "role": "supervisor"},
            {**waits, "changed_by": None, "confirmed_by": mariam},
            {**waits, "changed_by": mariam, "confirmed_by": mariam},
            {"confirmed_by": mariam},
            {"changed_by": self.world.bob},
            {
                **waits,
                "confirmed_by": gayane,
                "first_confirmed_by": self.world.sona,
                "role": "member",
            },
        ):
            for first in (None, mariam):
                both = {"first_confirmed_by": first, **odd}
                with self.subTest(both), transaction.atomic():
                    if first and odd.get("confirmed_by") is None:
                        continue
                    with self.assertRaisesRegex(IntegrityError, "user_is_|theirs to confirm"):
                        altered("bob", **both)
                    transaction.set_rollback(True)
        two = {"first_confirmed_by": mariam, "confirmed_by": gayane}
        altered("bob", **waits, **two, role="supervisor")


class ConfirmPageTests(PeopleTestCase):
    URL = "/staff/people/confirm/"

    def made(self, count: int = 3, **more: object) -> list[User]:
        given = {"prefix": "clerk-", "role": "clerk", "area": None, **more}
        slips = managing.create_accounts(count=count, by=self.xenia, at=timezone.now(), **given)
        return [slip.user for slip in slips]

    def shown(self) -> list[str]:
        page = self.client.get("/staff/people/").content.decode()
        form = page.rpartition('action="/staff/people/confirm/"')[2]
        return re.findall(r'name="shown" value="([^"]+)"', form)

    def waiting(self) -> int:
        return User.objects.filter(changed_by__isnull=False, confirmed_by=None).count()

    def test_a_supervisor_confirms_one_and_then_all(self) -> None:
        self.made()
        self.made(1, prefix="sup-", role="supervisor")
        self.client.force_login(self.world.sona)
        self.assertContains(self.client.get("/staff/"), "3 accounts wait for you")
        page = self.client.get("/staff/people/")
        for text in ("To be confirmed", "account created", "xenia", "Confirm clerk-001"):
            self.assertContains(page, text)
        for text in ("sup-001", "Make one account", 'role="search"', "alice"):
            self.assertNotContains(page, text)
        shown = self.shown()
        self.assertEqual(len(shown), 3)
        answer = self.client.post(self.URL, {"shown": shown[:1]}, follow=True)
        self.assertContains(answer, "1 account was confirmed.")
        answer = self.client.post(self.URL, {"shown": self.shown()}, follow=True)
        self.assertContains(answer, "2 accounts were confirmed.")
        self.assertContains(answer, "No account waits for you.")
        by_sona = Event.objects.filter(act="account confirmed", by=self.world.sona)
        self.assertEqual(by_sona.count(), 3)

    def test_two_members_confirm_many_in_one_step_each(self) -> None:
        made = self.made(30, prefix="sup-", role="supervisor")
        for member, confirmed_now, left in ((self.gayane, 0, 30), (self.hrant, 30, 0)):
            self.client.force_login(member)
            shown = self.shown()
            self.assertEqual(len(shown), 30)
            answer = self.client.post(self.URL, {"shown": shown}, follow=True)
            self.assertContains(answer, "30 accounts were confirmed.")
            self.assertContains(answer, "No account waits for you.")
            people = User.objects.filter(pk__in=[user.pk for user in made])
            self.assertEqual(sum(user.is_confirmed for user in people), confirmed_now)
            self.assertEqual(self.waiting(), left)
            # What was shown before does not confirm it twice.
            again = self.client.post(self.URL, {"shown": shown})
            self.assertContains(again, "30 accounts were not confirmed.", status_code=409)

    def test_what_was_done_is_told(self) -> None:
        managing.change_account(
            account=self.world.bob, role="supervisor", area=self.world.south, is_active=True,
            by=self.xenia, at=NOW,
        )  # fmt: skip
        confirmed(self.world.bob, self.gayane)
        self.client.force_login(self.world.mariam)
        page = self.client.get("/staff/people/")
        self.assertContains(page, "<td>gayane</td>")
        self.assertContains(page, "account changed (before: entry clerk, the whole country)")
        self.assertContains(page, "supervisor · Area S")

    def test_who_made_them_sees_that_they_wait_but_not_to_confirm(self) -> None:
        self.made(1)
        page = self.client.get("/staff/people/")
        self.assertContains(page, "waits for a second person")
        self.assertContains(page, "No account waits for you.")
        self.client.force_login(self.otar)
        self.assertNotContains(self.client.get("/staff/people/"), "To be confirmed")

    def test_not_theirs(self) -> None:
        self.made(1)
        self.client.force_login(self.world.sona)
        shown = self.shown()
        user = User.objects.get(username="clerk-001")
        for change in (
            {"role": "member"},
            {"changed_by": self.world.sona},
            {"changed_by": self.xenia, "role": "supervisor"},
        ):
            altered(user, **change)
            self.assertEqual(self.client.post(self.URL, {"shown": shown}).status_code, 403)
        self.assertEqual(self.waiting(), 1)

    def test_what_changed_meanwhile_stays(self) -> None:
        first = self.made()[0]
        self.client.force_login(self.world.sona)
        shown = self.shown()
        managing.change_account(
            account=first, role="intake", area=None, is_active=True,
            by=self.xenia, at=timezone.now(),
        )  # fmt: skip
        answer = self.client.post(self.URL, {"shown": shown})
        self.assertContains(answer, "1 account was not confirmed.", status_code=409)
        self.assertEqual(self.waiting(), 1)

    def test_odd_requests(self) -> None:
        self.client.force_login(self.world.sona)
        for shown in ("", "x", "1", "1~", "1~x", "~", "x~2012-07-19", "1~0001-01-01T00:00+14:00"):
            with self.subTest(shown):
                answer = self.client.post(self.URL, {"shown": shown})
                self.assertContains(answer, "The page sent incomplete data.", status_code=400)
        answer = self.client.post(self.URL, {"shown": f"{'9' * 99}~{NOW.isoformat()}"})
        self.assertEqual(answer.status_code, 409)

    def test_as_many_as_there_are_in_as_many_queries(self) -> None:
        self.made(40)
        self.client.force_login(self.world.sona)
        # The session, the person, what waits, its events, and who has the same real name.
        with self.assertNumQueries(5):
            self.client.get("/staff/people/")

    def test_taking_over_a_member_over_http(self) -> None:
        """The way of the review: forget the factor, give a password, sign in, annul."""
        mariam, password = self.world.mariam, "another horse battery 9"
        protocol = self.world.accepted(self.world.stations[0], NORTH)
        self.client.post(f"/staff/people/{mariam.pk}/factor/")
        slip = self.client.post(f"/staff/people/{mariam.pk}/password/").content.decode()
        thief = Client()
        one_time = ONE_TIME.search(slip)[0]
        thief.post("/staff/sign-in/", {"login": "mariam", "password": one_time})
        for method, path in (
            ("post", "account/first/"),
            ("get", "account/app/"),
            ("post", "artsakh/president/annul/1/01/"),
            ("post", "people/confirm/"),
        ):
            data = {"password": password, "again": password}
            answer = getattr(thief, method)(f"/staff/{path}", data)
            self.assertContains(answer, "Waiting for a second person", status_code=403)
        protocol.refresh_from_db()
        self.assertEqual(protocol.status, "accepted")


class AtOnceTests(CommittedTestCase):
    def test_two_administrators_who_close_each_other_come_one_after_the_other(self) -> None:
        pair = [enrolled(name, "administrator") for name in ("gor", "ani")]
        began = threading.Barrier(2)

        def close(by: User, account: User) -> str:
            try:
                began.wait(10)
                managing.change_account(
                    account=account, role=account.role, area=None, is_active=False, by=by, at=NOW
                )
                return "closed"
            except NotYours:
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
        altered("bob", area=self.world.south, is_active=False, real_name="Robert")
        everybody = ["alice", "bob", "carl", "gayane", "hrant", "ina", "mariam", "otar", "sona"]
        everybody.append("xenia")
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
        people = [User(username=f"c{i}", role="supervisor", password="x") for i in range(120)]
        managing.add(people, by=None, at=NOW)
        with self.assertNumQueries(5):
            self.assertEqual(len(self.listed()), 50)
        self.assertEqual(len(self.listed("?page=3")), 30)

    def test_an_auditor_reads_and_changes_nothing(self) -> None:
        self.client.force_login(self.otar)
        self.assertIn("alice", self.listed())
        self.assertNotContains(self.client.get("/staff/people/"), "Make one account")
        page = self.client.get(f"/staff/people/{self.world.alice.pk}/")
        self.assertNotContains(page, "one-time password</button>")

    def test_an_area_s_administrator_sees_its_people(self) -> None:
        altered("bob", area=self.world.south)
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
            (
                {"username": "nare", "role": "clerk", "area": "S"},
                "Choose an election and enter the code of an area, or leave both empty.",
                400,
            ),
            (
                {"username": "nare", "role": "clerk", "election": "artsakh"},
                "Choose an election and enter the code of an area, or leave both empty.",
                400,
            ),
            (
                {"username": "nare", "role": "clerk", "election": "artsakh", "area": "Q"},
                "This election has no area with this code.",
                400,
            ),
            (
                {"username": "nare", "role": "clerk", "election": "x"},
                "This election does not exist.",
                400,
            ),
            ({"username": "Alice", "role": "clerk"}, "is taken", 409),
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
        self.assertContains(again, "You sent this form before.", status_code=409)
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
        self.assertContains(
            answer, "This account does not have two-step verification.", status_code=409
        )
        for what in ("password/", "factor/"):
            answer = self.client.post(self.url("xenia", what))
            self.assertContains(answer, "This is your own account", status_code=409)
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
        self.assertContains(other.get("/staff/"), "Waiting for a second person")
        app = "/staff/account/app/"
        self.assertContains(other.get(app), "Waiting for a second", status_code=403)
        confirmed(self.world.sona, self.world.mariam, self.gayane)
        self.assertRedirects(other.get("/staff/"), app, fetch_redirect_response=False)


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
            (("c-", "0", "--role", "clerk"), "1 to 500 accounts"),
            (("c c", "1", "--role", "clerk"), "valid username"),
            (
                ("c-", "1", "--role", "clerk", "--area", "S"),
                "go together",
            ),
            (("c-", "1", "--role", "clerk", "--area", "Q", "--election", "artsakh"), "no area 'Q'"),
            (("c-", "1", "--role", "clerk", "--area", "S", "--election", "x"), "no election 'x'"),
        ):
            with self.subTest(args), self.assertRaisesMessage(CommandError, message):
                self.call(*args)
