"""The demonstration's people: all roles, the same words each time, whatever was tried."""

import json
import tempfile
from pathlib import Path

from allauth.mfa.models import Authenticator
from django.test import TestCase

from tabulation.management.commands import _demo_staff
from tabulation.models import User
from tabulation.staff.accounts import managing, records
from tabulation.tests.support.world import NOW


class DemoStaffTests(TestCase):
    def setUp(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.path = Path(folder) / "demo-staff.json"

    def test_every_role_and_nobody_is_asked_for_a_password(self) -> None:
        _demo_staff.make(self.path)
        users = User.objects.all()
        self.assertEqual({user.role for user in users}, set(User.Role.values))
        self.assertFalse(any(user.must_change_password for user in users))
        for user in records.with_second_factor(users):
            self.assertEqual(user.has_second_factor, user.needs_second_factor)

    def test_a_file_of_before_gets_who_is_new(self) -> None:
        first = _demo_staff.make(self.path)
        kept = [a for a in json.loads(self.path.read_text()) if a["name"] != "intake"]
        self.path.write_text(json.dumps(kept))
        again = _demo_staff.make(self.path)
        self.assertEqual([a.name for a in again], [a.name for a in first])
        self.assertEqual(again[1:], first[1:])

    def test_what_was_tried_is_undone_and_a_passkey_stays(self) -> None:
        account = _demo_staff.make(self.path)[1]
        user = User.objects.get(username=account.name)
        managing.give_new_password(account=user, by=None, at=NOW)
        Authenticator.objects.create(user=user, type="webauthn", data={})
        _demo_staff.make(self.path)
        user.refresh_from_db()
        self.assertTrue(user.check_password(account.password))
        self.assertFalse(user.must_change_password)
        self.assertEqual(Authenticator.objects.get(user=user).type, "webauthn")
