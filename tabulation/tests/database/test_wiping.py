"""A rehearsal is wiped by dropping its database; a real election is not wiped at all."""

from io import StringIO
from unittest import mock

from django.core.management import CommandError, call_command
from django.db import OperationalError, ProgrammingError, connections
from django.test import TestCase
from psycopg.errors import ObjectInUse

from candidates.models import Election
from tabulation.tests.support.world import World

CURSOR = "django.db.backends.postgresql.base.DatabaseWrapper._nodb_cursor"


class WipingTests(TestCase):
    def setUp(self) -> None:
        # The test's own connection stays open, and its database stays where it is.
        self.enterContext(mock.patch.object(connections["default"], "close"))
        self.cursor = self.enterContext(mock.patch(CURSOR)).return_value.__enter__.return_value

    def statements(self) -> list[str]:
        return [call.args[0].split('"')[0].strip() for call in self.cursor.execute.call_args_list]

    def test_a_rehearsal_is_dropped_whole(self) -> None:
        World()
        out = StringIO()
        call_command("drop_rehearsal", "--yes", stdout=out)
        self.assertEqual(self.statements(), ["DROP DATABASE IF EXISTS", "CREATE DATABASE"])
        self.assertIn("manage.py migrate", out.getvalue())

    def test_only_when_it_is_meant(self) -> None:
        with self.assertRaisesMessage(CommandError, "Say --yes if so."):
            call_command("drop_rehearsal")
        self.assertEqual(self.statements(), [])

    def test_a_real_election_is_never_wiped(self) -> None:
        World()
        World("real-2012", kind="real")
        with self.assertRaisesMessage(CommandError, "a real election (real-2012)"):
            call_command("drop_rehearsal", "--yes")
        self.assertEqual(self.statements(), [])
        self.assertEqual(Election.objects.count(), 2)

    def test_whoever_may_not_is_told_who_does(self) -> None:
        in_use = OperationalError("in use")
        in_use.__cause__ = ObjectInUse("in use")
        for error, told in (
            (in_use, "The data is in use"),
            (OperationalError("gone"), "The database cannot be used: gone"),
            (ProgrammingError("permission denied"), "its owner does, with DROP DATABASE"),
        ):
            self.cursor.execute.side_effect = error
            with self.subTest(told), self.assertRaisesMessage(CommandError, told):
                call_command("drop_rehearsal", "--yes")

    def test_tables_are_never_emptied(self) -> None:
        World()
        with self.assertRaisesMessage(CommandError, "drop_rehearsal"):
            call_command("flush", "--noinput")
        self.assertEqual(Election.objects.count(), 1)
