"""Why the database did not do as asked: what happened, what was kept, what to do."""

from dataclasses import dataclass

import psycopg
from django.db import DatabaseError, InterfaceError
from psycopg import errors

from tabulation.database.places import LauncherError


@dataclass(frozen=True)
class Fault:
    """A cause in three sentences. In ``happened`` stands ``{words}``: what the server said."""

    happened: str
    kept: str
    advice: str
    #: The server was not there, or went: the same may be tried again.
    unreachable: bool = False

    def told(self, words: str) -> str:
        return f"{self.happened.format(words=words)}. {self.kept} {self.advice}"


NOTHING_BEGUN = "Nothing was started."
NOTHING_KEPT = "Nothing of the unfinished work was kept."

UNREACHED = Fault(
    "The database cannot be used: {words}",
    NOTHING_BEGUN,
    "Check that it runs, and check DATABASE_URL.",
    unreachable=True,
)
LOGIN = Fault(
    "The database refuses the login: {words}",
    NOTHING_BEGUN,
    "Check the name and the password in DATABASE_URL, and whether this name may log in.",
    unreachable=True,
)
NO_DATABASE = Fault(
    "The server has no such database: {words}",
    NOTHING_BEGUN,
    "Check the database's name in DATABASE_URL. If it is new, create it and run manage.py migrate.",
    unreachable=True,
)
FULL = Fault(
    "The database refuses more connections: {words}",
    NOTHING_BEGUN,
    "Try again in a moment. If it happens again, run fewer processes or raise max_connections.",
    unreachable=True,
)
LOST = Fault(
    "The connection to the database was lost: {words}",
    "The unfinished work was not kept, unless it had just ended. Look before you repeat it.",
    "Check that the database runs. Its log says why it ended the connection.",
    unreachable=True,
)
CANCELLED = Fault(
    "The database was told to stop this statement: {words}",
    NOTHING_KEPT,
    "Someone cancelled it, or it took longer than statement_timeout. Raise that for this login,"
    " or set it to 0.",
)
WAITED = Fault(
    "Another command or page locks what this needs: {words}",
    NOTHING_KEPT,
    "Wait until the other one is done, then try again.",
)
DISK = Fault(
    "The database's disk is full: {words}",
    NOTHING_KEPT,
    "Make room on the server's disk, then try again.",
)
MEMORY = Fault(
    "The database ran out of memory or of another limit set for it: {words}",
    NOTHING_KEPT,
    "Free some, or raise the limit it names, then try again.",
)
DAMAGED = Fault(
    "The database cannot read or write its files: {words}",
    NOTHING_KEPT,
    "Look at the server's disk and log before anything else is written.",
)
READ_ONLY = Fault(
    "The database refuses to write now: {words}",
    NOTHING_KEPT,
    "It is a standby, or it was set to read only. Set DATABASE_URL to the server that writes.",
)
NOT_ALLOWED = Fault(
    "This login may not do that in the database: {words}",
    NOTHING_KEPT,
    "Run manage.py migrate, and check that DATABASE_URL has the application's login.",
)
REFUSED = Fault(
    "The database refused a statement: {words}",
    NOTHING_KEPT,
    "This is a fault of the program, not of yours or of the server. Run the same command with"
    " --traceback and report its output.",
)

#: By the class of psycopg's error, the first that fits.
BY_CLASS: tuple[tuple[tuple[type[psycopg.Error], ...], Fault], ...] = (
    ((errors.InvalidPassword, errors.InvalidAuthorizationSpecification), LOGIN),
    ((errors.InvalidCatalogName,), NO_DATABASE),
    ((errors.TooManyConnections,), FULL),
    ((errors.CannotConnectNow, errors.ConnectionTimeout), UNREACHED),
    ((errors.AdminShutdown, errors.CrashShutdown, errors.DatabaseDropped), LOST),
    ((errors.IdleSessionTimeout, errors.IdleInTransactionSessionTimeout), LOST),
    ((errors.QueryCanceled,), CANCELLED),
    ((errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure), WAITED),
    ((errors.ObjectInUse,), WAITED),
    ((errors.DiskFull,), DISK),
    ((errors.OutOfMemory, errors.InsufficientResources, errors.ConfigurationLimitExceeded), MEMORY),
    ((errors.IoError, errors.DataCorrupted, errors.IndexCorrupted), DAMAGED),
    ((errors.ReadOnlySqlTransaction,), READ_ONLY),
    ((errors.InsufficientPrivilege,), NOT_ALLOWED),
)
#: What a server that speaks English says to who wants to connect; there is no code with it.
AT_THE_DOOR = (
    ("password", LOGIN),
    ("authentication", LOGIN),
    ("pg_hba.conf", LOGIN),
    ("permission denied", LOGIN),
    ('role "', LOGIN),
    ("too many", FULL),
    ("remaining connection slots", FULL),
    ('database "', NO_DATABASE),
)


def fault_of(error: Exception) -> Fault:
    """The cause of an error of psycopg, or of Django's around one."""
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    if not isinstance(cause, psycopg.Error):
        return UNREACHED
    for classes, fault in BY_CLASS:
        if isinstance(cause, classes):
            return fault
    if cause.sqlstate is not None:
        return LOST if cause.sqlstate.startswith("08") else REFUSED
    if cause.pgconn is not None:
        return _at_the_door(str(cause))
    return _of_psycopg(cause)


def _at_the_door(words: str) -> Fault:
    """Why no connection was made; of several addresses the last one's reason is read."""
    fatal = words.rpartition("FATAL:")[2] if "FATAL:" in words else ""
    return next((fault for word, fault in AT_THE_DOOR if word in fatal), UNREACHED)


def _of_psycopg(cause: psycopg.Error) -> Fault:
    """Of an error that the server did not send: the connection's, else a fault of ours."""
    if str(cause).startswith(("failed to resolve", "connection failed", "could not")):
        return UNREACHED
    gone = isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)
    return LOST if gone else REFUSED


def of_page(error: BaseException | None) -> str:
    """Of an error for which a page is answered, what the page has to tell: that something is
    `locked`, that it took too `long`, that the database is `away`, or is `ill` (its disk, its
    memory). Empty: it is a fault of ours.
    """
    if isinstance(error, LauncherError):
        return "away"
    if not isinstance(error, DatabaseError | InterfaceError):
        return ""
    fault = fault_of(error)
    known = {WAITED: "locked", CANCELLED: "long", REFUSED: "", NOT_ALLOWED: ""}
    return known.get(fault, "away" if fault.unreachable else "ill")


def words_of(error: Exception) -> str:
    """The first line of what the server, or whoever else, said; without its full stop."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")


def told(error: Exception) -> str:
    """What to say of an error of the database, in full."""
    return fault_of(error).told(words_of(error))
