"""The founding members come from the folder; two administrators enrol them, by a decision."""

from typing import Any

from django.db import connection

from tabulation.models import Event, Membership, User
from tabulation.staff.accounts.confirming import waiting_for
from tabulation.staff.accounts.founding import enrol_commission
from tabulation.staff.accounts.records import AccountRefused
from tabulation.tests.support.roster_world import (
    FOUNDING,
    Real,
    founded,
    loaded,
    two_administrators,
)
from tabulation.tests.support.world import NOW, RefusalTestCase, altered, audit, enrolled


class EnrolmentTests(RefusalTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = Real()
        cls.administrators = two_administrators()

    def enrol(self, **more: Any) -> list[Any]:
        given = {"administrators": self.administrators, "decision": FOUNDING, "at": NOW, **more}
        slips = enrol_commission(election=self.world.election, **given)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        return slips

    def accounts(self) -> dict[str, bool]:
        rows = Membership.objects.filter(election=self.world.election).select_related("user")
        return {row.user.username: row.user.is_confirmed for row in rows}

    def test_all_at_once_while_nobody_could_confirm_them(self) -> None:
        loaded(self.world.election, "mariam", "narine", "tigran", "vahe")
        slips = self.enrol()
        self.assertEqual([slip.user.username for slip in slips], ["narine", "tigran", "vahe"])
        self.assertEqual(
            self.accounts(), dict.fromkeys(("mariam", "narine", "tigran", "vahe"), True)
        )
        vahe = User.objects.get(username="vahe")
        self.assertEqual((vahe.real_name, vahe.enrolled_by_decision), ("Vahe", FOUNDING))
        self.assertTrue(vahe.must_change_password)
        self.assertEqual(list(audit().examine()), [])

    def test_the_event_names_everybody(self) -> None:
        loaded(self.world.election, "mariam", "narine")
        self.enrol()
        event = Event.objects.get(act="commission enrolled")
        self.assertEqual((event.by_name, event.election), ("xenia", self.world.election))
        self.assertEqual(
            event.after,
            {"decision": FOUNDING, "administrators": ["xenia", "yana"],
             "members": ["mariam", "narine"]},
        )  # fmt: skip

    def test_where_two_members_stand_they_confirm_the_others(self) -> None:
        enrolled("narine", "member")
        loaded(self.world.election, "mariam", "narine", "tigran")
        self.enrol()
        self.assertEqual(self.accounts(), {"mariam": True, "narine": True, "tigran": False})
        waiting = waiting_for(User.objects.get(username="mariam"))
        self.assertEqual([one.username for one in waiting], ["tigran"])

    def test_what_is_refused(self) -> None:
        def refused(told: str, **more: Any) -> None:
            with self.subTest(told), self.assertRaisesMessage(AccountRefused, told):
                self.enrol(**more)

        xenia, yana = self.administrators
        refused("names no members of the commission")
        loaded(self.world.election, "mariam", "narine", "sona", "tigran")
        refused("The account sona belongs to no commission member")
        altered("sona", role="member")
        altered("mariam", real_name="Mariam Petrosyan")
        refused("The account mariam belongs to Mariam Petrosyan, and the folder names Mariam.")
        altered("mariam", real_name="MARIAM")
        refused("The number of the decision is missing.", decision=" ")
        two = "Two different administrators for the whole country are required."
        for people in ([xenia], [xenia, xenia], [xenia, self.world.mariam], [xenia, yana, yana]):
            refused(two, administrators=people)
        closed = altered("yana", is_active=False)
        refused(two, administrators=[xenia, closed])
        altered("yana", is_active=True, area=self.world.north)
        refused(two, administrators=[xenia, yana])
        altered("yana", area=None)
        self.assertFalse(Membership.objects.exists())
        self.enrol()
        refused("The commission of this election is enrolled.")


class OneStatementTests(RefusalTestCase):
    """The database lets those of one statement stand together, and nobody after two members."""

    def test_nobody_is_enrolled_after_two_members(self) -> None:
        enrolled("narine", "member")
        xenia = User.objects.get(username="xenia")
        row = {"password": "!", "enrolled_by_decision": "1-A", "role": "member"}
        with self.refused("account_is_enrolled_first"):
            User.objects.bulk_create([User(username="vahe", **row)])
        with self.refused("account_is_enrolled_first"):
            User.objects.bulk_create(
                [User(username="zara", password="!", role="member", changed_by=xenia),
                 User(username="vahe", **row)]
            )  # fmt: skip

    def test_the_founding_roster_is_enrolled_with_the_helper(self) -> None:
        real = Real("real")
        founded(real.election, "mariam", "narine", "tigran")
        self.assertEqual(Membership.objects.filter(election=real.election).count(), 3)
