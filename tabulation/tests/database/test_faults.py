"""What is said when the database does not do as asked: each cause by itself, and never a guess."""

from io import StringIO
from unittest import mock

import psycopg
from django import db
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import SimpleTestCase, TestCase
from psycopg import errors

from tabulation.database import faults
from tabulation.database.faults import fault_of, told
from tabulation.management.commands import publisher
from tabulation.tests.support.commands import run
from tabulation.tests.support.world import World

#: What PostgreSQL or psycopg raises, and what it is told as.
CAUSES = {
    errors.InvalidPassword: faults.LOGIN,
    errors.InvalidAuthorizationSpecification: faults.LOGIN,
    errors.InvalidCatalogName: faults.NO_DATABASE,
    errors.TooManyConnections: faults.FULL,
    errors.CannotConnectNow: faults.UNREACHED,
    errors.ConnectionTimeout: faults.UNREACHED,
    errors.AdminShutdown: faults.LOST,
    errors.CrashShutdown: faults.LOST,
    errors.IdleInTransactionSessionTimeout: faults.LOST,
    errors.ConnectionFailure: faults.LOST,
    errors.ConnectionDoesNotExist: faults.LOST,
    errors.QueryCanceled: faults.CANCELLED,
    errors.LockNotAvailable: faults.WAITED,
    errors.DeadlockDetected: faults.WAITED,
    errors.SerializationFailure: faults.WAITED,
    errors.ObjectInUse: faults.WAITED,
    errors.DiskFull: faults.DISK,
    errors.OutOfMemory: faults.MEMORY,
    errors.InsufficientResources: faults.MEMORY,
    errors.IoError: faults.DAMAGED,
    errors.DataCorrupted: faults.DAMAGED,
    errors.ReadOnlySqlTransaction: faults.READ_ONLY,
    errors.InsufficientPrivilege: faults.NOT_ALLOWED,
    errors.TooManyArguments: faults.REFUSED,
    errors.TooManyColumns: faults.REFUSED,
    errors.StatementTooComplex: faults.REFUSED,
    errors.ProgramLimitExceeded: faults.REFUSED,
    errors.UndefinedColumn: faults.REFUSED,
    errors.SyntaxError: faults.REFUSED,
    errors.DivisionByZero: faults.REFUSED,
    errors.CheckViolation: faults.REFUSED,
    errors.InternalError_: faults.REFUSED,
}
AT_THE_DOOR = {
    'port 5432 failed: FATAL:  password authentication failed for user "hv"': faults.LOGIN,
    "port 5432 failed: fe_sendauth: no password supplied": faults.UNREACHED,
    'port 5432 failed: FATAL:  no pg_hba.conf entry for host "::1"': faults.LOGIN,
    'port 5432 failed: FATAL:  role "hv" does not exist': faults.LOGIN,
    'port 5432 failed: FATAL:  permission denied for database "hv"': faults.LOGIN,
    'port 5432 failed: FATAL:  database "hv" does not exist': faults.NO_DATABASE,
    "port 5432 failed: FATAL:  sorry, too many clients already": faults.FULL,
    "port 5432 failed: FATAL:  remaining connection slots are reserved": faults.FULL,
    "port 5432 failed: FATAL:  the database system is starting up": faults.UNREACHED,
    "port 5432 failed: Connection refused\n\tIs the server running there?": faults.UNREACHED,
}
#: Without a code: psycopg's own.
OF_PSYCOPG = {
    "failed to resolve host 'nowhere'": faults.UNREACHED,
    "consuming input failed: server closed the connection unexpectedly": faults.LOST,
    "the connection is closed": faults.LOST,
}


def around(cause: psycopg.Error) -> db.Error:
    """As Django hands it on."""
    wrapped = next(
        getattr(db, kind.__name__)
        for kind in type(cause).__mro__
        if kind.__module__ == "psycopg" and hasattr(db, kind.__name__)
    )(str(cause))
    wrapped.__cause__ = cause
    return wrapped


class FaultTests(SimpleTestCase):
    def test_by_what_the_server_says(self) -> None:
        for kind, fault in CAUSES.items():
            with self.subTest(kind.__name__):
                cause = kind("its words.\nDETAIL: more")
                self.assertIs(fault_of(cause), fault)
                self.assertIs(fault_of(around(cause)), fault)
                self.assertIn("its words. ", told(around(cause)))
                self.assertNotIn("DETAIL", told(around(cause)))

    def test_while_connecting(self) -> None:
        for words, fault in AT_THE_DOOR.items():
            with self.subTest(words):
                cause = psycopg.OperationalError(f"connection failed: {words}", pgconn=mock.Mock())
                self.assertIs(fault_of(around(cause)), fault)

    def test_what_no_server_sent(self) -> None:
        for words, fault in OF_PSYCOPG.items():
            with self.subTest(words):
                self.assertIs(fault_of(around(psycopg.OperationalError(words))), fault)
        self.assertIs(fault_of(around(psycopg.InterfaceError("closed"))), faults.LOST)
        self.assertIs(fault_of(around(psycopg.ProgrammingError("no result"))), faults.REFUSED)

    def test_each_says_what_happened_what_was_kept_and_what_to_do(self) -> None:
        every = {fault for fault in vars(faults).values() if isinstance(fault, faults.Fault)}
        self.assertEqual(len({fault.happened for fault in every}), len(every))
        self.assertEqual(len({fault.advice for fault in every}), len(every))
        for fault in every:
            self.assertTrue(fault.happened.endswith(": {words}"))
            self.assertRegex(fault.kept + fault.advice, r"^[A-Z].*[.?]|migrate$")
        asks = [fault for fault in every if "Check that it runs," in fault.advice]
        self.assertEqual(asks, [faults.UNREACHED])


class PublisherTests(SimpleTestCase):
    def said(self, cause: psycopg.Error) -> str:
        command = publisher.Command(stdout=StringIO())
        command.sentences = {}
        with mock.patch.object(publisher, "connection"):
            command._lost(around(cause))
        return command.stdout.getvalue()

    def test_only_an_unreachable_server_is_told_as_one(self) -> None:
        self.assertEqual(
            self.said(errors.AdminShutdown("terminating connection")),
            "The database cannot be reached: terminating connection. Trying again.\n",
        )
        self.assertEqual(
            self.said(errors.DiskFull("could not extend file")),
            "The database's disk is full: could not extend file. Nothing of the unfinished work"
            " was kept. Make room on the server's disk, then try again. Trying again.\n",
        )


class RealServerTests(TestCase):
    """The same of statements that this server does refuse, through a command."""

    def command(self, *statements: str) -> str:
        def fail(*_args: object, **_options: object) -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

        World()
        with (
            mock.patch("tabulation.management.commands.publish.election_named", fail),
            self.assertRaises(CommandError) as refused,
        ):
            call_command("publish", "artsakh", stdout=StringIO())
        self.assertEqual(refused.exception.returncode, 1)
        return str(refused.exception)

    def test_too_many_arguments(self) -> None:
        said = self.command(f"SELECT concat({', '.join(['1'] * 101)})")
        self.assertTrue(
            said.startswith(
                "The database refused a statement: cannot pass more than 100 arguments to a"
                " function. Nothing of the unfinished work was kept. This is a fault of the program"
            ),
            said,
        )

    def test_too_long(self) -> None:
        said = self.command("SET LOCAL statement_timeout = 1", "SELECT pg_sleep(5)")
        self.assertIn("canceling statement due to statement timeout", said)
        self.assertIn("Raise that for this login", said)

    def test_read_only(self) -> None:
        said = self.command("SET TRANSACTION READ ONLY", "DELETE FROM tabulation_publicationqueue")
        self.assertIn("The database refuses to write now: ", said)

    def test_not_allowed(self) -> None:
        said = self.command("SET LOCAL ROLE hashvark_app", "TRUNCATE tabulation_publicationqueue")
        self.assertIn("This login may not do that in the database: permission denied", said)


class OutsideTests(SimpleTestCase):
    def test_exit_status_and_words_of_a_server_that_is_not_there(self) -> None:
        ended = run(
            "publish", "x", DATABASE_URL="postgresql://u@127.0.0.1:9/x", HASHVARK_SECRET_KEY="x"
        )
        self.assertEqual(ended.returncode, 1)
        self.assertIn(
            "Nothing was started. Check that it runs, and check DATABASE_URL.", ended.stderr
        )
