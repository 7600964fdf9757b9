"""Two administrators at the command line: founding members, factors that were lost, a new log."""

import json
import tempfile
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import check_password
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings

from tabulation.models import Event, Membership, User
from tabulation.staff.accounts.telling import untold
from tabulation.tests.support.roster_world import Real, founded, loaded, two_administrators
from tabulation.tests.support.world import (
    NORTH,
    PASSWORD,
    SOUTH,
    add_apps,
    altered,
    audit,
    enrolled,
    totp,
)


class AtTheCommandLineTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = Real()
        two_administrators()

    def setUp(self) -> None:
        cache.clear()
        self.asked: list[str] = []

    def call(self, *arguments: str, said: Any = None) -> tuple[str, str]:
        """What the command prints, where each administrator types what ``said`` has for them."""
        typed = iter(said or [PASSWORD, totp(), PASSWORD, totp()])

        def answer(prompt: str) -> str:
            self.asked.append(prompt)
            return next(typed)

        out, err = StringIO(), StringIO()
        with mock.patch("getpass.getpass", answer):
            call_command(
                *arguments, "--administrators", "xenia", "yana", "--decision", "12-B",
                stdout=out, stderr=err,
            )  # fmt: skip
        return out.getvalue(), err.getvalue()

    def refused(self, told: str, *arguments: str, said: Any = None) -> None:
        with self.subTest(told), self.assertRaisesMessage(CommandError, told):
            self.call(*arguments, said=said)


class EnrolTests(AtTheCommandLineTestCase):
    def test_the_folder_s_members(self) -> None:
        loaded(self.world.election, "mariam", "narine", "tigran")
        out, err = self.call("enrol_commission", "artsakh")
        slips = dict(line.split() for line in out.splitlines())
        self.assertEqual(set(slips), {"narine", "tigran"})
        for name, password in slips.items():
            kept = User.objects.get(username=name).password
            self.assertTrue(check_password(password, kept))
        self.assertIn("narine: Narine", err)
        self.assertIn("The commission of artsakh is enrolled.", err)
        self.assertEqual(Membership.objects.count(), 3)
        self.assertEqual(
            self.asked,
            ["Password of xenia: ", "Code of the app of xenia: ", "Password of yana: ",
             "Code of the app of yana: "],
        )  # fmt: skip

    def test_one_operator_enrols_no_member_of_a_real_election(self) -> None:
        with self.assertRaisesMessage(CommandError, "Let two administrators enrol its commission"):
            call_command(
                "create_accounts", "member-", "1", "--role", "member", "--decision", "1",
                stdout=StringIO(),
            )  # fmt: skip

    def test_accounts_that_wait_are_told(self) -> None:
        enrolled("narine", "member")
        loaded(self.world.election, "mariam", "narine", "tigran")
        _out, err = self.call("enrol_commission", "artsakh")
        self.assertIn("Two members must confirm 1 of the accounts.", err)

    def test_nobody_is_enrolled_without_both(self) -> None:
        loaded(self.world.election, "mariam", "narine", "tigran")
        code = totp()
        for said, who in (
            (["wrong", code, PASSWORD, code], "xenia"),
            ([PASSWORD, "000000", PASSWORD, code], "xenia"),
            ([PASSWORD, code, PASSWORD, ""], "yana"),
            ([PASSWORD, code, "wrong", code], "yana"),
        ):
            cache.clear()
            told = f"The password or the code of {who} is wrong."
            self.refused(told, "enrol_commission", "artsakh", said=said)
        self.assertFalse(Membership.objects.exists())

    def test_a_code_is_good_once(self) -> None:
        loaded(self.world.election, "mariam", "narine", "tigran")
        founded_elsewhere = Real("other")
        loaded(founded_elsewhere.election, "mariam", "narine")
        self.call("enrol_commission", "artsakh")
        told = "The password or the code of xenia is wrong."
        self.refused(told, "enrol_commission", "other")

    def test_who_cannot_prove_themself(self) -> None:
        loaded(self.world.election, "mariam", "narine", "tigran")
        Authenticator.objects.filter(user__username="yana").delete()
        self.refused("The account yana cannot be proved here.", "enrol_commission", "artsakh")
        altered("xenia", is_active=False)
        self.refused("The account xenia cannot be proved here.", "enrol_commission", "artsakh")
        self.assertFalse(Membership.objects.exists())

    def test_nobody_types_anything(self) -> None:
        loaded(self.world.election, "mariam", "narine", "tigran")
        arguments = ["--administrators", "xenia", "yana", "--decision", "12-B"]
        with (
            mock.patch("getpass.getpass", side_effect=EOFError),
            self.assertRaisesMessage(CommandError, "The identity was not proved."),
        ):
            call_command("enrol_commission", "artsakh", *arguments, stderr=StringIO())


class LostTests(AtTheCommandLineTestCase):
    """Only Mariam and Narine are members, and Narine lost her phone."""

    def setUp(self) -> None:
        super().setUp()
        self.narine = enrolled("narine", "member")
        founded(self.world.election, "mariam", "narine")
        self.factors = Authenticator.objects.filter(user=self.narine)

    def test_her_factors_are_gone_and_her_account_stands(self) -> None:
        before = User.objects.get(pk=self.narine.pk)
        out, err = self.call("remove_lost_factors", "narine")
        self.assertEqual(out, "")
        self.assertIn("narine sets up two-step verification at the next sign-in.", err)
        self.assertFalse(self.factors.exists())
        after = User.objects.get(pk=self.narine.pk)
        self.assertTrue(after.is_confirmed)
        self.assertEqual(after.password, before.password)
        self.assertEqual(list(audit().examine()), [])

    def test_she_is_led_to_add_another(self) -> None:
        self.call("remove_lost_factors", "narine")
        self.client.post("/staff/sign-in/", {"login": "narine", "password": PASSWORD})
        self.assertRedirects(self.client.get("/staff/"), "/staff/account/app/")

    def test_everybody_reads_of_it(self) -> None:
        self.call("remove_lost_factors", "narine")
        event = Event.objects.get(act="second factors removed by decision")
        self.assertEqual((event.subject, event.by_name), ("user narine", "xenia"))
        self.assertEqual(
            event.after,
            {"role": "member", "decision": "12-B", "administrators": ["xenia", "yana"]},
        )
        self.assertEqual(event.before, {"factors": ["webauthn"]})
        self.assertIn(event, untold(self.world.mariam))
        self.client.force_login(self.world.mariam)
        for page in ("/staff/", "/staff/artsakh/events/", f"/staff/people/{self.narine.pk}/"):
            self.assertContains(self.client.get(page), "second factors removed by decision")
        self.assertContains(self.client.get(f"/staff/people/{self.narine.pk}/"), "12-B")

    def test_with_a_new_password(self) -> None:
        self.client.force_login(self.narine)
        out, _err = self.call("remove_lost_factors", "narine", "--new-password")
        name, password = out.split()
        account = User.objects.get(username=name)
        self.assertTrue(account.check_password(password))
        self.assertTrue(account.must_change_password and account.is_confirmed)
        self.assertEqual(self.client.get("/staff/").status_code, 302)
        self.assertEqual(list(audit().examine()), [])

    def test_what_is_refused(self) -> None:
        def refused(told: str, name: str = "narine") -> None:
            cache.clear()
            self.refused(told, "remove_lost_factors", name)

        refused("There is no account 'nobody'.", "nobody")
        refused("This is the account of one of the two administrators.", "yana")
        refused("This account does not have two-step verification.", "alice")
        altered("narine", is_active=False)
        refused("This account is closed or waits for confirmation.")
        altered("narine", is_active=True)
        altered("yana", area=self.world.north)
        refused("Two different administrators for the whole country are required.")
        self.assertTrue(self.factors.exists())


class NewLogTests(AtTheCommandLineTestCase):
    """Publications are lost for good, and the next log begins by a decision."""

    def setUp(self) -> None:
        super().setUp()
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(override_settings(PUBLISHER_STATE=folder))
        members = [enrolled(name, "member") for name in ("narine", "nune")]
        add_apps(members)
        founded(self.world.election, "mariam", "narine", "nune")
        self.world.accepted(self.world.stations[0], NORTH)
        self.world.publication()
        # What the publisher signed after the backup that was restored.
        self.state = folder / "artsakh.json"
        known = json.loads(self.state.read_text())
        self.state.write_text(json.dumps({**known, "leaves": [*known["leaves"], "00" * 32]}))

    def test_two_begin_it(self) -> None:
        out, _err = self.call("begin_log", "artsakh", "--reason", "The server burned.")
        self.assertIn("Publications 2 to 2 are missing.", out)
        self.assertIn("A new log is begun.", out)
        event = Event.objects.get(act="new log begun")
        self.assertEqual(
            (event.by_name, event.after["administrators"], event.after["decision"]),
            ("xenia", ["xenia", "yana"], "12-B"),
        )
        self.world.accepted(self.world.stations[1], SOUTH)
        published = self.world.publication()
        self.assertEqual(published.note, "New log by decision 12-B: The server burned.")

    def test_one_begins_nothing(self) -> None:
        state = self.state.read_bytes()
        begin = ("begin_log", "artsakh", "--reason", "The server burned.")
        self.refused("Nothing was saved", *begin, said=[PASSWORD, totp(), "wrong", totp()])
        self.assertEqual(self.state.read_bytes(), state)
