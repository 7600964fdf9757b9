"""A whole stock PostgreSQL that is stopped (SIGSTOP) under gunicorn, and goes on."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import psycopg
from django.conf import settings
from django.test import SimpleTestCase

from tabulation.management.commands._nginx import free_port
from tabulation.tests.support.served import SOON, served
from tabulation.tests.support.tags import slow

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
OWNER, APPLICATION = "hashvark_owner", "hashvark_app"


@slow
@unittest.skipUnless(PROGRAMS.is_dir(), "there is no stock PostgreSQL 15 here")
class StoppedStockServerTests(SimpleTestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="stopped-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.port = free_port()
        # PostgreSQL does not run as root.
        self.user = pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else os.geteuid()
        os.chown(self.folder, self.user, -1)
        data = self.folder / "data"
        subprocess.run(
            [PROGRAMS / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync"],
            user=self.user, cwd="/", check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self.server = subprocess.Popen(
            [PROGRAMS / "postgres", "-D", data, "-p", str(self.port), "-k", self.folder,
             "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
            user=self.user, cwd="/", stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self.addCleanup(self.server.wait, 30)
        self.addCleanup(self.server.send_signal, signal.SIGQUIT)
        self.addCleanup(self.each, signal.SIGCONT)
        self.make_database()

    def make_database(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                made = psycopg.connect(self.address("postgres", "postgres"), autocommit=True)
                break
            except psycopg.OperationalError:
                self.assertLess(time.monotonic(), deadline, "the server did not start")
                time.sleep(0.1)
        with made:
            made.execute(f"CREATE ROLE {OWNER} LOGIN")
            made.execute(f"CREATE ROLE {APPLICATION} LOGIN")
            made.execute("CREATE ROLE hashvark_publisher LOGIN")
            made.execute(f"CREATE DATABASE hashvark OWNER {OWNER}")
        self.environment = {
            **os.environ,
            "DATABASE_URL": self.address(APPLICATION, "hashvark"),
            "HASHVARK_SECRET_KEY": "x" * 50,
            "HASHVARK_HTTPS": "0",
            "HASHVARK_STATIC_ROOT": str(self.folder / "static"),
        }
        for command, more in (
            (("migrate",), {"DATABASE_OWNER_URL": self.address(OWNER, "hashvark")}),
            (("collectstatic", "--no-input"), {}),
        ):
            subprocess.run(
                [sys.executable, "manage.py", *command, "--verbosity", "0"],
                cwd=settings.BASE_DIR, env=self.environment | more, check=True,
            )  # fmt: skip
        self.environment["DATABASE_OWNER_URL"] = self.address(OWNER, "hashvark")

    def address(self, user: str, name: str) -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{name}"

    def each(self, number: signal.Signals) -> None:
        """To the server's own group: itself and every process that serves a connection."""
        found = subprocess.run(
            ["ps", "-o", "pid=", "--sid", str(self.server.pid), "--ppid", str(self.server.pid)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        for pid in found.stdout.split():
            os.kill(int(pid), number)

    def test_pages_and_health_answer_and_are_back(self) -> None:
        with served(self.environment) as web:
            self.assertEqual(web.ask("/en/")[0], 200)
            self.assertEqual(web.ask("/healthz")[0], 200)
            self.each(signal.SIGSTOP)
            for _again in range(8):
                status, body, took = web.ask("/en/")
                self.assertEqual(status, 503)
                self.assertIn("The database does not answer", body)
                self.assertLess(took, SOON)
            status, body, took = web.ask("/healthz")
            self.assertEqual((status, body), (503, '{"status": "database"}'))
            self.assertLess(took, SOON)
            self.each(signal.SIGCONT)
            deadline = time.monotonic() + 60
            while (web.ask("/en/")[0], web.ask("/healthz")[0]) != (200, 200):
                self.assertLess(time.monotonic(), deadline, "it was never asked again")
                time.sleep(0.2)
