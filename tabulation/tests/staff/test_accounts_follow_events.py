"""An account changes only with its event; who changes it otherwise is refused, or found."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, connection, transaction
from django.test import TestCase

from tabulation.counting import correction
from tabulation.ledger import auditing_accounts
from tabulation.models import User, record
from tabulation.staff.accounts import managing
from tabulation.tests.support.world import (
    HASH,
    NORTH,
    NOW,
    CommittedTestCase,
    World,
    altered,
    audit,
    confirmed,
    enrolled,
)

RULE = "changes only with an event that says the same"
MADE = (
    "INSERT INTO tabulation_user (username, password, real_name, role, is_active,"
    " must_change_password, enrolled_by_decision, event_number, told_event)"
    " VALUES ('thief', 'x', '', 'member', true, false, '', 0, 0)"
)
#: What must not change by itself, as SQL says it of Bob.
CHANGES = (
    "role = 'member'",
    "area_id = (SELECT min(id) FROM tabulation_area)",
    "is_active = false",
    "password = 'x'",
    "real_name = 'Robert'",
    "must_change_password = true",
    "one_time_until = now()",
    "changed_by_id = (SELECT id FROM tabulation_user WHERE username = 'xenia'),"
    " enrolled_by_decision = ''",
    "changed_at = now()",
    "enrolled_by_decision = '9-Z'",
    "enrolled_by_decision = ''",
    "role = 'member', event_number = event_number + 1",
    "role = 'member', event_number = 0",
    "role = 'member', event_number = 1",
)


def of_bob(change: str) -> str:
    return f"UPDATE tabulation_user SET {change} WHERE username = 'bob'"


def at_commit(*statements: str) -> None:
    """Carry them out, and what the database asks at the end of the transaction."""
    with connection.cursor() as cursor:
        for statement in (*statements, "SET CONSTRAINTS ALL IMMEDIATE"):
            cursor.execute(statement)


class ByTheApplicationTests(TestCase):
    """Whoever has taken the application's login."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = World()

    @contextmanager
    def refused(self) -> Iterator[None]:
        with self.assertRaisesMessage(IntegrityError, RULE), transaction.atomic():
            yield

    def test_no_column_by_itself(self) -> None:
        for change in CHANGES:
            with self.subTest(change), self.refused():
                at_commit(of_bob(change))

    def test_nobody_is_made_by_itself(self) -> None:
        for statement in (
            MADE,
            MADE.replace("'', 0, 0", "'1-A', 0, 0"),
            MADE.replace("0, 0", "1, 0"),
        ):
            with self.subTest(statement), self.refused():
                at_commit(statement)
        self.assertFalse(User(username="x", role="clerk").is_confirmed)

    def test_put_back_in_the_same_transaction(self) -> None:
        with self.refused():
            at_commit(of_bob("role = 'member'"), of_bob("role = 'clerk'"))

    def test_an_event_that_says_something_else(self) -> None:
        bob = self.world.bob
        for after in ({"role": "member"}, {}, None):
            with self.subTest(after), self.refused():
                event = record(
                    act="account changed", subject="user bob", by=None, at=NOW, after=after
                )
                at_commit(of_bob(f"role = 'member', event_number = {event.number}"))
        bob.refresh_from_db()
        self.assertEqual(bob.role, "clerk")

    def test_nobody_is_enrolled_once_two_members_stand(self) -> None:
        enrolled("gayane", "member")
        thief = User(username="thief", role="auditor", password=HASH)
        for act in (
            lambda: managing.add([thief], by=None, at=NOW, decision="9-Z"),
            lambda: altered("bob", role="member"),
        ):
            with (
                self.assertRaisesMessage(IntegrityError, "is for two members to confirm"),
                transaction.atomic(),
            ):
                act()

    def test_an_event_of_before(self) -> None:
        altered("bob", role="member")
        altered("bob", role="clerk")
        at_commit()
        for number in (2, 3):
            with self.subTest(number), self.refused():
                at_commit(of_bob(f"role = 'member', event_number = {number}"))

    def test_no_column_gives_power_beside_the_role(self) -> None:
        names = {column.name for column in User._meta.get_fields()}
        self.assertFalse(names & {"is_superuser", "is_staff", "groups", "user_permissions"})
        self.assertFalse(hasattr(User, "has_perm"))

    def test_what_is_not_asked_about(self) -> None:
        at_commit(of_bob("last_login = now(), told_event = 7"))

    def test_a_sign_in_rewrites_no_password(self) -> None:
        """Another number of rounds would make Django store the hash anew, without an event."""
        slip = managing.create_account(username="nare", role="clerk", area=None, by=None, at=NOW)
        stored = slip.user.password
        self.assertTrue(slip.user.check_password(slip.password))
        self.assertEqual(User.objects.get(username="nare").password, stored)


class ByTheOwnerTests(CommittedTestCase):
    """Whoever has the owner's login; then the same with the triggers off."""

    def setUp(self) -> None:
        self.world = World()
        self.protocol = self.world.accepted(self.world.stations[0], NORTH)

    def found(self, *statements: str) -> list[str]:
        """What the audit says after these statements without the triggers."""
        with connection.as_owner(), transaction.atomic():
            at_commit(
                "ALTER TABLE tabulation_user DISABLE TRIGGER USER",
                *statements,
                "SET CONSTRAINTS ALL IMMEDIATE",
                "ALTER TABLE tabulation_user ENABLE TRIGGER USER",
            )
        return list(audit().findings())

    def test_refused_with_the_triggers_on(self) -> None:
        with connection.as_owner():
            for statement in (
                *map(of_bob, CHANGES), MADE, of_bob("username = 'robert'"),
            ):  # fmt: skip
                with (
                    self.subTest(statement),
                    self.assertRaisesMessage(IntegrityError, RULE),
                    transaction.atomic(),
                ):
                    at_commit(statement)
            with self.assertRaisesMessage(IntegrityError, "is evidence"), transaction.atomic():
                at_commit("DELETE FROM tabulation_user WHERE username = 'carl'")
        self.assertEqual(list(audit().findings()), [])

    def test_what_stays_changed_is_named(self) -> None:
        for change, back, told in (
            ("role = 'member'", "role = 'clerk'", "role (member) than its events (clerk)."),
            (
                "area_id = (SELECT id FROM tabulation_area WHERE code = 'S')", "area_id = NULL",
                "area (artsakh S) than its events (nothing).",
            ),
            ("is_active = false", "is_active = true", "active (False) than its events (True)."),
            ("real_name = 'R'", "real_name = ''", "name (R) than its events (nothing)."),
            (
                "enrolled_by_decision = '9-Z'", "enrolled_by_decision = '1-A'",
                "decision (9-Z) than its events (1-A).",
            ),
        ):  # fmt: skip
            with self.subTest(change):
                found = self.found(of_bob(change))
                self.assertEqual(found, [f"The account bob has another {told}"])
                self.assertEqual(self.found(of_bob(back)), [])

    def test_who_was_slipped_in_or_removed_is_named(self) -> None:
        self.assertEqual(self.found(MADE), ["No event made the account thief."])
        self.assertEqual(
            self.found(
                "DELETE FROM tabulation_user WHERE username = 'thief'",
                of_bob("username = 'robert'"),
            ),
            [
                "The account bob was removed, or renamed.",
                "No event made the account robert.",
            ],
        )

    def test_a_role_for_one_act_and_back_is_named_by_the_act(self) -> None:
        self.assertEqual(self.found(of_bob("role = 'member'")), [
            "The account bob has another role (member) than its events (clerk)."
        ])  # fmt: skip
        bob = User.objects.get(username="carl")  # has typed nothing
        self.found("UPDATE tabulation_user SET role = 'member' WHERE username = 'carl'")
        bob.refresh_from_db()
        correction.annul(protocol=self.protocol, reason="x", decision="1", by=bob, at=NOW)
        found = self.found(
            of_bob("role = 'clerk'"),
            "UPDATE tabulation_user SET role = 'clerk' WHERE username = 'carl'",
        )
        self.assertEqual(len(found), 1)
        self.assertRegex(
            found[0],
            r"^Event \d+ \(protocol artsakh/president/1/01/v1, annulled\) is by carl, who was clerk"
            r" of the whole country by their events then\.$",
        )

    def test_acts_of_the_commission_are_their_members(self) -> None:
        for act in ("act proposed", "act confirmed", "act taken back", "act refused"):
            with transaction.atomic():
                record(act=act, subject="act 1 of artsakh", by=self.world.sona, at=NOW)
        found = list(audit().findings())
        self.assertEqual(len(found), 4)
        self.assertIn("is by sona, who was supervisor of", found[0])

    def test_a_confirmation_by_who_may_not_is_named(self) -> None:
        xenia = User.objects.get(username="xenia")
        gayane = enrolled("gayane", "member")
        nare = managing.create_account(
            username="nare", role="supervisor", area=None, by=xenia, at=NOW
        ).user
        self.assertEqual(list(audit().findings()), [])
        self.found("UPDATE tabulation_user SET role = 'member' WHERE username = 'bob'")
        confirmed(nare, User.objects.get(username="bob"), gayane)
        found = self.found(of_bob("role = 'clerk'"))
        self.assertEqual(len(found), 1)
        self.assertRegex(found[0], r"\(user nare, account confirmed\) says what this act does not")

    def test_an_enrolment_beside_two_members_is_named(self) -> None:
        enrolled("gayane", "member")
        with connection.as_owner():
            with transaction.atomic():
                at_commit("ALTER TABLE tabulation_user DISABLE TRIGGER USER")
            thief = User(username="thief", role="member", password=HASH)
            managing.add([thief], by=None, at=NOW, decision="9-Z")
            with transaction.atomic():
                at_commit("ALTER TABLE tabulation_user ENABLE TRIGGER USER")
        found = list(audit().findings())
        self.assertEqual(len(found), 1)
        self.assertRegex(found[0], r"\(user thief, account enrolled\) says what this act does not")

    def test_odd_events_are_survived(self) -> None:
        state = dict.fromkeys(auditing_accounts.STATE, "x")
        for after in ([], "x", {**state, "role": ["member"]}, {**state, "active": {}}, state):
            with transaction.atomic():
                record(act="account changed", subject="user odd", by=None, at=NOW, after=after)
        self.assertIn("The account odd was removed, or renamed.", list(audit().findings()))

    def test_all_that_people_do_follows(self) -> None:
        xenia = User.objects.get(username="xenia")
        gayane, hrant = enrolled("gayane", "member"), enrolled("hrant", "member")
        nare = managing.create_account(
            username="nare", role="supervisor", area=self.world.south, by=xenia, at=NOW
        ).user
        nare = confirmed(nare, gayane, self.world.mariam)
        self.world.corrected(self.world.stations[0], NORTH)
        managing.change_account(
            account=nare, role="auditor", area=None, is_active=True, by=xenia, at=NOW
        )
        managing.give_new_password(account=hrant, by=xenia, at=NOW)
        confirmed(hrant, gayane, self.world.mariam)
        managing.change_account(
            account=nare, role="auditor", area=None, is_active=False, by=xenia, at=NOW
        )
        self.assertEqual(list(audit().findings()), [])
        self.assertNotEqual(User.objects.get(username="hrant").password, HASH)
