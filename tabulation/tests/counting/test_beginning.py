"""A real election begins when its commission can act, also after one of them lost something."""

from datetime import time
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.test import TestCase

from tabulation.counting.intake import IntakeRefused, receive
from tabulation.counting.turnout import TurnoutRefused, Typed, report_all
from tabulation.models import Protocol, TimedTurnout, TurnoutReport, User
from tabulation.outcomes.certification.roster import members_needed, members_ready
from tabulation.staff.accounts.managing import give_new_password
from tabulation.tests.support.roster_world import Real, founded
from tabulation.tests.support.world import NOW, World, add_apps, altered, enrolled

TOLD = "Too few commission members can act in this election. Nothing was saved."


class OnPollingDay(Real):
    RULE = {**Real.RULE, "turnout_hours": [time(11)]}


class BeginningTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = OnPollingDay()
        for name in ("narine", "tigran"):
            add_apps([enrolled(name, "member")])

    def receive(self, station: int = 0) -> Protocol:
        return self.world.received(self.world.stations[station])

    def report(self) -> int:
        typed = [Typed(self.world.stations[0], 9)]
        return report_all(
            contest=self.world.contest, hour=time(11), figures=typed, by=self.world.ina, at=NOW
        )

    def assert_waits(self, ready: int) -> None:
        self.assertEqual(members_ready(self.world.election), ready)
        with self.assertRaisesMessage(IntakeRefused, TOLD):
            self.receive()
        self.assertFalse(Protocol.objects.exists())

    def test_without_a_roster_nothing_begins(self) -> None:
        self.assertEqual(members_needed(self.world.election), 3)
        self.assert_waits(0)
        with self.assertRaisesMessage(TurnoutRefused, TOLD):
            self.report()
        self.assertFalse(TurnoutReport.objects.exists() or TimedTurnout.objects.exists())

    def test_with_two_more_members_than_confirm_it_begins(self) -> None:
        founded(self.world.election, "mariam", "narine", "tigran")
        self.receive()
        self.assertEqual(Protocol.objects.count(), 1)

    def test_with_a_report_of_turnout_it_begins_too(self) -> None:
        founded(self.world.election, "mariam", "narine", "tigran")
        self.assertEqual(self.report(), 1)

    def test_two_members_are_too_few(self) -> None:
        founded(self.world.election, "mariam", "narine")
        self.assert_waits(2)

    def test_each_of_them_has_two_second_factors(self) -> None:
        founded(self.world.election, "mariam", "narine", "tigran")
        for kind in ("totp", "webauthn"):
            point = Authenticator.objects.filter(user__username="tigran", type=kind)
            kept = list(point)
            point.delete()
            with self.subTest(kind):
                self.assert_waits(2)
            Authenticator.objects.bulk_create(kept)
        Authenticator.objects.create(
            user=User.objects.get(username="tigran"), type="recovery_codes", data={}
        )
        Authenticator.objects.filter(user__username="tigran", type="totp").delete()
        self.assert_waits(2)

    def test_an_account_that_waits_or_is_closed_does_not_count(self) -> None:
        founded(self.world.election, "mariam", "narine", "tigran")
        altered("tigran", is_active=False)
        self.assert_waits(2)
        tigran = altered("tigran", is_active=True)
        give_new_password(account=tigran, by=User.objects.get(username="xenia"), at=NOW)
        self.assert_waits(2)

    def test_what_has_begun_goes_on(self) -> None:
        founded(self.world.election, "mariam", "narine", "tigran")
        self.receive()
        Authenticator.objects.filter(user__username="tigran").delete()
        self.receive(1)
        self.assertEqual(self.report(), 1)

    def test_two_first_papers_in_one_statement(self) -> None:
        rows = [
            Protocol(contest=self.world.contest, station=station, received_at=NOW)
            for station in self.world.stations[:2]
        ]
        refused = "too few members of the commission can act"
        with self.assertRaisesMessage(IntegrityError, refused), transaction.atomic():
            Protocol.objects.bulk_create(rows)

    def test_an_exercise_begins_without_them(self) -> None:
        exercise = World("exercise")
        protocol: Any = receive(
            contest=exercise.contest, station=exercise.stations[0], by=None, at=NOW
        )
        self.assertEqual(protocol.version, 1)
