"""Commands: each with its help, its output and its exit status."""

import json
import os
import subprocess
import sys
from io import StringIO
from unittest import mock

from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase

from tabulation.models import Event, FileList, User
from tabulation.tests.support.commands import run
from tabulation.tests.support.world import NORTH, CommittedTestCase, World

COMMANDS = (
    "benchmark",
    "demo",
    "demo_code",
    "generate_sample",
    "load_election",
    "load_protocols",
    "make_signing_key",
    "outcome",
    "publish",
    "publisher",
    "results",
    "seal_events",
    "sign_files",
    "verify_events",
    "create_accounts",
    "create_administrator",
    "migrate",
)


class HelpTests(SimpleTestCase):
    def test_each_command_explains_itself(self) -> None:
        for name in COMMANDS:
            with self.subTest(name), mock.patch("sys.stdout", new_callable=StringIO) as out:
                with self.assertRaises(SystemExit) as ended:
                    call_command(name, "--help")
                self.assertEqual(ended.exception.code, 0)
                self.assertGreater(len(out.getvalue()), 200)


#: What only pages, papers and passkeys need: half of what there is to import.
HEAVY = {"tabulation.urls", "tabulation.staff.views", "tabulation.public.views"} | {
    *("typst", "fontTools", "segno", "fido2", "gunicorn")
}
#: Those that make pages, papers or files, and the one that checks the whole installation first.
HEAVY_ONES = {
    *("paper", "export_site", "follow_ledger", "benchmark", "migrate"),
    *("publisher", "sign_files", "demo"),
}
START = """
import sys
from django.core.management import execute_from_command_line, load_command_class
try:
    execute_from_command_line(["manage.py", "sign_checkpoint", "/nowhere"])
except SystemExit:
    pass
commands = {name: load_command_class("tabulation", name) for name in sys.argv[1:]}
print("checks:", *(name for name, command in commands.items() if command.requires_system_checks))
print(*sys.modules)
"""


class StartTests(SimpleTestCase):
    def test_no_plain_command_imports_what_pages_need(self) -> None:
        folder = settings.BASE_DIR / "tabulation" / "management" / "commands"
        names = {path.stem for path in folder.glob("[a-z]*.py")} - HEAVY_ONES
        self.assertLessEqual(set(COMMANDS) - HEAVY_ONES, names)
        started = subprocess.run(
            [sys.executable, "-c", START, *sorted(names)],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tabulation.settings"},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        checking, imported = started.stdout.splitlines()
        self.assertEqual(checking, "checks:")
        self.assertIn("tabulation.models", imported.split())
        self.assertEqual(HEAVY & set(imported.split()), set())


class ExitStatusTests(SimpleTestCase):
    def test_a_refusal_ends_with_1_and_a_sentence(self) -> None:
        ended = run("load_election", "no/such/folder")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("no/such/folder is not a folder", ended.stderr)
        self.assertNotIn("Traceback", ended.stderr)

    def test_without_a_secret_key_a_deployment_does_not_start(self) -> None:
        ended = run("check", DATABASE_URL="postgresql://nobody@localhost/x", HASHVARK_SECRET_KEY="")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("HASHVARK_SECRET_KEY is not set", ended.stderr)

    def test_a_flag_is_0_or_1(self) -> None:
        ended = run("check", HASHVARK_DEBUG="yes")
        self.assertIn("HASHVARK_DEBUG must be 0 or 1, not 'yes'", ended.stderr)

    def test_the_demonstration_does_not_touch_another_database(self) -> None:
        ended = run("demo", DATABASE_URL="postgresql://nobody@localhost/x", HASHVARK_SECRET_KEY="x")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("Unset DATABASE_URL", ended.stderr)

    def test_an_unknown_election_folder(self) -> None:
        ended = run("demo", "--election", "atlantis", DATABASE_URL="")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("In elections/: georgia-2013", ended.stderr)


class WithoutDatabaseTests(SimpleTestCase):
    def test_an_unreachable_database_is_told(self) -> None:
        ended = run(
            "publish", "x", DATABASE_URL="postgresql://u@127.0.0.1:9/x", HASHVARK_SECRET_KEY="x"
        )
        self.assertEqual(ended.returncode, 1)
        self.assertIn("The database cannot be used", ended.stderr)
        self.assertIn("check DATABASE_URL.", ended.stderr)
        self.assertNotIn("Traceback", ended.stderr)


class AdministratorTests(TestCase):
    def create(self, *args: str, password: str = "a long and quiet river") -> str:
        out = StringIO()
        with mock.patch.dict(os.environ, {"HASHVARK_PASSWORD": password}):
            call_command("create_administrator", *args, stdout=out)
        return out.getvalue()

    def test_the_first_administrator(self) -> None:
        self.assertEqual(
            self.create("arev", "--decision", "7-A"), "Administrator arev is created.\n"
        )
        user = User.objects.get()
        self.assertEqual(user.role, "administrator")
        self.assertTrue(user.check_password("a long and quiet river"))
        self.assertFalse(user.may_publish or user.may_see_sums)
        self.assertFalse(user.must_change_password)
        signed = {"login": "arev", "password": "a long and quiet river"}
        self.assertEqual(self.client.post("/staff/sign-in/", signed).status_code, 302)
        self.assertRedirects(self.client.get("/staff/"), "/staff/account/app/")
        self.assertEqual(Event.objects.get().subject, "user arev")

    def test_without_a_decision_two_members_confirm_it(self) -> None:
        self.assertIn("Two members must confirm the account.", self.create("arev"))
        self.assertFalse(User.objects.get().is_confirmed)

    def test_two_by_a_decision(self) -> None:
        for name in ("arev", "lusin"):
            self.create(name, "--decision", "7-A")
        with self.assertRaisesMessage(CommandError, "At most 2 accounts of this role"):
            self.create("third", "--decision", "7-A")

    def test_refusals(self) -> None:
        self.create("arev")
        for args, password, message in (
            (["arev"], "a long and quiet river", "already exists"),
            (["AREV"], "a long and quiet river", "This user name is taken."),
            (["other"], "short", "at least 12 characters"),
            (["other"], "123456789012345", "entirely numeric"),
            (["<other>"], "a long and quiet river", "valid username"),
        ):
            with self.subTest(args), self.assertRaisesMessage(CommandError, message):
                self.create(*args, password=password)
        self.assertEqual(User.objects.count(), 1)

    def test_asked_twice(self) -> None:
        with (
            mock.patch("getpass.getpass", side_effect=["a long and quiet river", "another"]),
            self.assertRaisesMessage(CommandError, "The passwords differ"),
        ):
            call_command("create_administrator", "arev")


class PublishCommandTests(CommittedTestCase):
    def call(self, *args: str) -> str:
        out = StringIO()
        call_command(*args, stdout=out)
        return out.getvalue()

    def test_publish_and_results(self) -> None:
        world = World()
        world.accepted(world.stations[0], NORTH)
        said = self.call("publish", "artsakh", "--note", "first")
        self.assertEqual(
            said,
            "Publication 1 of artsakh (unofficial-partial).\n",
        )
        said = self.call("sign_files", "artsakh")
        self.assertEqual(said, "The files of publication 1 are signed.\n")
        self.assertEqual([found.issue for found in FileList.objects.all()], [1])
        self.assertEqual(self.call("sign_files", "artsakh"), "")
        with self.assertRaisesMessage(CommandError, "Nothing has changed since publication 1."):
            self.call("publish", "artsakh")
        world.corrected(world.stations[0], (100, 61, 2, 39, 20, None))
        self.call("publish", "artsakh")
        newest = json.loads(self.call("results", "artsakh"))
        first = json.loads(self.call("results", "artsakh", "--publication", "1"))
        self.assertEqual((first["votes"]["1"], newest["votes"]["1"]), (40, 39))
        self.assertEqual(newest["stations"], {"expected": 3, "reported": 1, "annulled": 0})
        station = self.call("results", "artsakh", "--station", "1/01", "--format", "csv")
        self.assertEqual(len(station.splitlines()), 2)
        for args, message in (
            (("--publication", "9"), "No publication 9 of artsakh"),
            (("--station", "9/99"), "There is no station '9/99' in president."),
            (("--area", "Q"), "There is no area 'Q' in president."),
            (("--contest", "mayor"), "has no contest 'mayor'"),
        ):
            with self.subTest(args), self.assertRaisesMessage(CommandError, message):
                self.call("results", "artsakh", *args)
