"""A database that hangs: pages answer in sentences, `/healthz` in a word, and commands go on."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test import SimpleTestCase, TestCase

from tabulation.database import faults, limits
from tabulation.ledger import publications
from tabulation.management.benchmarks.deployment import environment_of
from tabulation.public.mirror.folder import Folder
from tabulation.public.mirror.following import Follower
from tabulation.tests.support.served import SOON, THREADS, Served, served
from tabulation.tests.support.tags import slow
from tabulation.tests.support.world import NORTH, CommittedTestCase, World

HURRIED = limits.Patience(connect=2, probe=0.5, statement=1, lock=1, idle=1, pause=30)
PAGE = "/en/artsakh/"


@contextmanager
def silent_server() -> Iterator[int]:
    """The port of what takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield server.getsockname()[1]


@contextmanager
def swallowing_server() -> Iterator[int]:
    """The port of what takes no connection: its queue is full, so packets vanish, as in a hole."""
    with ExitStack() as all_of_them:
        server = all_of_them.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port = server.getsockname()[1]
        for _time in range(4):
            waiting = all_of_them.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        yield port


class SilentServerTests(SimpleTestCase):
    """What accepts and never answers, as a server that is stopped, or a firewall that swallows."""

    @slow
    def test_pages_and_health_answer(self) -> None:
        scratch = self.enterContext(tempfile.TemporaryDirectory())
        port = self.enterContext(silent_server())
        environment = {
            **os.environ,
            "DATABASE_URL": f"postgresql://hashvark_app@127.0.0.1:{port}/hashvark?sslmode=disable",
            "HASHVARK_SECRET_KEY": "x" * 50,
            "HASHVARK_HTTPS": "0",
            "HASHVARK_STATIC_ROOT": scratch,
        }
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
            cwd=settings.BASE_DIR, env=environment, check=True,
        )  # fmt: skip
        with served(environment) as web:
            for _again in range(2):
                status, body, took = web.ask("/healthz")
                self.assertEqual((status, body), (503, '{"status": "database"}'))
                self.assertLess(took, SOON)
            for path, title in (
                ("/en/", "The database does not answer"),
                ("/data/nkr-2012/latest.json", "The database does not answer"),
            ):
                with self.subTest(path):
                    status, body, took = web.ask(path)
                    self.assertEqual(status, 503)
                    self.assertIn(title, body)
                    self.assertLess(took, SOON)
            self.assertEqual(web.ask("/staff/sign-in/")[0], 200)
            # Every thread waits, more than once over; then nobody waits any more.
            self.flood(web)
            self.assertLess(web.ask("/healthz")[2], SOON)

    def flood(self, web: Served) -> None:
        threads = [threading.Thread(target=web.ask, args=("/en/",)) for _ in range(4 * THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SOON)
        self.assertFalse(any(thread.is_alive() for thread in threads))

    def test_packets_that_vanish_and_a_server_that_is_silent_are_given_up(self) -> None:
        with swallowing_server() as swallowed, silent_server() as silent:
            for port in (swallowed, silent):
                self.addCleanup(limits.silence.end)
                address = {"host": "127.0.0.1", "port": port, "user": "u", "dbname": "x"}
                params = {**limits.NETWORK, **address, "connect_timeout": HURRIED.connect}
                begun = time.monotonic()
                with self.subTest(port), self.assertRaises(psycopg.errors.ConnectionTimeout):
                    limits.connected(HURRIED, params)
                self.assertLess(time.monotonic() - begun, SOON)
                # Who asks next is told so at once.
                with (
                    mock.patch.object(limits.Bounded, "connect", side_effect=AssertionError),
                    self.assertRaises(psycopg.errors.ConnectionTimeout),
                ):
                    limits.connected(HURRIED, params)
                limits.silence.end()

    def test_a_command_says_so_and_ends(self) -> None:
        with silent_server() as port:
            url = f"postgresql://u@127.0.0.1:{port}/x?connect_timeout=2&sslmode=disable"
            ended = subprocess.run(
                [sys.executable, "manage.py", "publish", "x"],
                cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60, check=False,
                env={**os.environ, "DATABASE_URL": url, "HASHVARK_SECRET_KEY": "x"},
            )  # fmt: skip
        self.assertEqual(ended.returncode, 1)
        self.assertIn("The database cannot be used: ", ended.stderr)


@slow
class StoppedServerTests(CommittedTestCase):
    """The processes of the server that serve gunicorn are stopped (SIGSTOP), or what it reads is
    locked.
    """

    def setUp(self) -> None:
        world = World()
        world.accepted(world.stations[0], NORTH)
        with transaction.atomic():
            world.publication()
        scratch = Path(self.enterContext(tempfile.TemporaryDirectory()))
        environment = environment_of(scratch)
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
            cwd=settings.BASE_DIR, env=environment, check=True,
        )  # fmt: skip
        self.web = self.enterContext(served(environment))
        status, _body, _took = self.web.ask(PAGE)
        self.assertEqual(status, 200)

    def backends(self) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = %s",
                [f"hanging-{self.web.port}"],
            )
            return [pid for (pid,) in cursor.fetchall()]

    def test_a_server_that_is_stopped(self) -> None:
        stopped = self.backends()
        self.assertTrue(stopped)
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
            self.addCleanup(os.kill, pid, signal.SIGCONT)
        for _again in range(THREADS + 1):
            status, body, took = self.web.ask(PAGE)
            self.assertLess(took, SOON)
            if status == 503:
                self.assertIn("The database does not answer", body)
        # It is taken for silent for a moment, and then asked again.
        deadline = time.monotonic() + 60
        while self.web.ask(PAGE)[0] != 200:
            self.assertLess(time.monotonic(), deadline, "it was never asked again")
            time.sleep(0.2)

    def test_a_lock_that_is_held(self) -> None:
        with connection.as_owner(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE tabulation_publication IN ACCESS EXCLUSIVE MODE")
            for path, words in (
                (PAGE, "Other work holds what this page needs"),
                ("/hy/artsakh/", '<html lang="hy">'),
            ):
                with self.subTest(path):
                    status, body, took = self.web.ask(path)
                    self.assertEqual(status, 503)
                    self.assertIn(words, body)
                    self.assertLess(took, SOON)
            self.assertEqual(self.web.ask("/healthz")[:2], (503, '{"status": "database"}'))
        self.assertEqual(self.web.ask(PAGE)[0], 200)
        self.assertEqual(self.web.ask("/healthz")[:2], (200, '{"status": "ok"}'))


class LimitsTests(CommittedTestCase):
    """The same limits on a connection of this process."""

    def setUp(self) -> None:
        self.addCleanup(limits.silence.end)
        self.addCleanup(connection.close)
        connection.close()

    def asked(self, statement: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]

    def limits_of_the_session(self) -> list[str]:
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        return [self.asked(f"SHOW {name}") for name in names]

    def test_a_web_process_has_them_and_a_command_has_not(self) -> None:
        self.assertEqual(self.limits_of_the_session(), ["0", "0", "0"])
        connection.close()
        with connection.waiting(limits.web(7)):
            self.assertEqual(self.limits_of_the_session(), ["7s", "4s", "1min"])
            # Whatever a transaction sets, the next request has them again.
            with transaction.atomic():
                self.asked("SELECT set_config('statement_timeout', '0', true)")
            self.assertEqual(self.limits_of_the_session(), ["7s", "4s", "1min"])
            connection.close()
            # The owner migrates, and nothing a migration does is a page.
        with connection.as_owner():
            self.assertEqual(self.limits_of_the_session(), ["0", "0", "0"])

    def test_what_the_address_of_the_database_says_holds(self) -> None:
        with (
            mock.patch.dict(connection.settings_dict["OPTIONS"], connect_timeout="77"),
            connection.waiting(HURRIED),
        ):
            self.assertEqual(connection.get_connection_params()["connect_timeout"], "77")
        self.assertEqual(connection.get_connection_params()["connect_timeout"], 10)
        self.assertEqual(connection.get_connection_params()["tcp_user_timeout"], 25_000)

    def test_a_statement_that_takes_too_long_is_stopped_by_the_server(self) -> None:
        with connection.waiting(HURRIED), self.assertRaises(OperationalError) as stopped:
            self.asked("SELECT pg_sleep(30)")
        self.assertEqual(faults.of_page(stopped.exception), "long")
        self.assertFalse(limits.silence.lasts)

    def test_a_server_that_keeps_no_limit_is_left_and_nobody_asks_for_a_moment(self) -> None:
        with connection.waiting(HURRIED):
            self.asked("SELECT 1")
            connection.connection.patience = 0.5
            with self.assertRaises(OperationalError) as left:
                self.asked("SET statement_timeout = 0; SELECT pg_sleep(3)")
            self.assertEqual(faults.of_page(left.exception), "away")
            self.assertTrue(connection.connection.closed)
            connection.close()
            with self.assertRaises(OperationalError) as refused:
                self.asked("SELECT 1")
            self.assertIs(faults.fault_of(refused.exception), faults.UNREACHED)
            limits.silence.end()
            self.assertEqual(self.asked("SELECT 1"), 1)

    def test_an_open_transaction_of_it_is_rolled_back(self) -> None:
        World("kept")
        with (
            connection.waiting(HURRIED),
            self.assertRaises(OperationalError),
            transaction.atomic(),
        ):
            World("lost")
            connection.connection.patience = 0.5
            self.asked("SET LOCAL statement_timeout = 0; SELECT pg_sleep(3)")
        limits.silence.end()
        connection.close()
        slugs = self.asked("SELECT string_agg(slug, ',') FROM candidates_election")
        self.assertEqual(slugs, "kept")

    def test_a_kept_connection_that_hangs_is_found_by_its_probe(self) -> None:
        with connection.waiting(HURRIED):
            self.asked("SELECT 1")
            backend = self.asked("SELECT pg_backend_pid()")
            os.kill(backend, signal.SIGSTOP)
            self.addCleanup(os.kill, backend, signal.SIGCONT)
            self.assertFalse(connection.is_usable())
            self.assertTrue(limits.silence.lasts)


class HealthTests(CommittedTestCase):
    def test_no_answer_within_the_time_is_no_answer(self) -> None:
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        with mock.patch.object(publications, "elections_published", lambda: go_on.wait(SOON)):
            self.assertFalse(publications.database_answers(0.2))
            # One thread hangs, and nobody begins another.
            before = threading.active_count()
            self.assertFalse(publications.database_answers(0.2))
            self.assertEqual(threading.active_count(), before)
            go_on.set()

    def test_a_fault_of_the_program_is_not_taken_for_one_of_the_database(self) -> None:
        with (
            mock.patch.object(publications, "elections_published", side_effect=ZeroDivisionError),
            self.assertRaises(ZeroDivisionError),
        ):
            publications.database_answers(SOON)


class FollowerTests(CommittedTestCase):
    def test_it_gives_up_and_shows_the_mirror_as_it_was(self) -> None:
        world = World()
        world.accepted(world.stations[0], NORTH)
        with transaction.atomic():
            world.publication()
        folder = Folder(Path(self.enterContext(tempfile.TemporaryDirectory())))
        self.enterContext(folder.alone())
        self.enterContext(mock.patch("os.sync"))
        follower = Follower(folder, lambda _line: None)
        while follower.turn():
            pass
        self.assertTrue(folder.link.exists())
        connection.close()
        with connection.waiting(HURRIED), locked("tabulation_publication"):
            self.assertFalse(follower.turn())
        self.assertIn("The database cannot be used", follower.trouble)
        self.assertTrue(folder.link.exists())
        self.assertFalse(follower.turn())
        self.assertEqual(follower.trouble, "")


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Somebody else holds ``table``, as a migration would."""
    held, enough = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.as_owner(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            held.set()
            enough.wait(SOON)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(SOON), "the lock was not got"
        yield
    finally:
        enough.set()
        holder.join()


class PageTests(TestCase):
    """What the reader is told, by what failed."""

    def answered(self, error: Exception, path: str = PAGE) -> Any:
        self.client.raise_request_exception = False
        with mock.patch("tabulation.public.views.read", side_effect=error):
            return self.client.get(path)

    def test_each_cause_has_its_page(self) -> None:
        for cause, words in (
            (psycopg.errors.ConnectionTimeout("x"), "The database does not answer"),
            (psycopg.errors.AdminShutdown("x"), "The database does not answer"),
            (psycopg.errors.DiskFull("x"), "The database has a fault"),
            (psycopg.errors.QueryCanceled("x"), "This page took too long"),
            (psycopg.errors.LockNotAvailable("x"), "Other work holds what this page needs"),
        ):
            with self.subTest(type(cause).__name__):
                error = OperationalError("x")
                error.__cause__ = cause
                answer = self.answered(error)
                self.assertContains(answer, words, status_code=503)
                self.assertEqual(answer["Retry-After"], "10")
                self.assertEqual(answer["Cache-Control"], "no-store")
                self.assertNotIn("Set-Cookie", answer)

    def test_another_fault_is_ours(self) -> None:
        refused = OperationalError("x")
        refused.__cause__ = psycopg.errors.UndefinedColumn("x")
        for error in (ZeroDivisionError(), refused):
            self.assertEqual(self.answered(error).status_code, 500)

    def test_a_frame_may_show_it(self) -> None:
        error = OperationalError("x")
        error.__cause__ = psycopg.errors.ConnectionTimeout("x")
        answer = self.answered(error, "/embed/en/artsakh/president/results/")
        self.assertEqual(answer.status_code, 503)
        self.assertNotIn("X-Frame-Options", answer)
