"""How long a process waits for its database. Who waits for ever takes every page with him.

Commands wait as long as their work takes: a publication, a load, a migration, an export, an audit.
Web processes do not (`wsgi.py` sets `WEB`), nor do those that have to notice that the database is
silent. For all a network that is gone is noticed (`NETWORK`).
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from django.db import DatabaseError, InterfaceError, connection
from psycopg import errors

from tabulation.database.places import LauncherError

T = TypeVar("T")

#: What libpq is told of every connection; it leaves out what a unix socket has not. A host that is
#: gone, or a firewall that forgot the connection, is noticed within half a minute.
NETWORK = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
#: Seconds that we wait beyond the server's own limit: it has more to say than that it is silent.
BEYOND = 5


@dataclass(frozen=True)
class Patience:
    """Limits of a connection, in seconds; 0: none."""

    connect: int
    #: Until a connection that was kept shows that it is alive.
    probe: float
    statement: int
    lock: int
    #: Between two statements of one transaction.
    idle: int
    #: For so long nobody asks again, after no answer came: each would hold a thread as long.
    pause: float = 0

    @property
    def options(self) -> str:
        """What the server is told as the session begins, so that no statement has to say it."""
        limits = {
            "statement_timeout": self.statement,
            "lock_timeout": self.lock,
            "idle_in_transaction_session_timeout": self.idle,
        }
        return " ".join(f"-c {name}={seconds}s" for name, seconds in limits.items())

    @property
    def answer(self) -> float:
        """Until an answer comes, or none: a server that is stopped keeps no limit of its own."""
        return self.statement + BEYOND


def web(statement: int) -> Patience:
    """Of what serves pages: ``statement`` seconds for each statement."""
    return Patience(connect=3, probe=3, statement=statement, lock=4, idle=60, pause=2)


#: Of the follower of the ledger: without the database it shows the mirror as it stands.
FOLLOWING = Patience(connect=5, probe=5, statement=120, lock=30, idle=0)
#: Of who asks only whether the database answers.
ASKING = Patience(connect=2, probe=1, statement=2, lock=1, idle=5)


class Silence:
    """How long nobody in this process asks, after the database gave no answer."""

    def __init__(self) -> None:
        self._until = 0.0

    def begin(self, pause: float) -> None:
        self._until = max(self._until, time.monotonic() + pause)

    def end(self) -> None:
        self._until = 0.0

    @property
    def lasts(self) -> bool:
        return time.monotonic() < self._until


silence = Silence()


class Bounded(psycopg.Connection[Any]):
    """A connection that nobody waits for longer than ``patience`` seconds; `None`: for ever.

    What ran out of time is closed: its answer would come to whoever asks next.
    """

    patience: float | None = None
    pause = 0.0

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg's. Raises OperationalError where no answer came."""
        if timeout is not None or self.patience is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.patience)
        except errors._WaitTimeout:
            self.close()
            silence.begin(self.pause)
            message = f"the database gave no answer for {self.patience:g} seconds"
            raise psycopg.OperationalError(message) from None


def connected(patience: Patience | None, params: dict[str, Any]) -> Bounded:
    """A new connection. Raises ConnectionTimeout at once while the database is taken for silent."""
    if patience is None:
        return Bounded.connect(**params)
    if patience.pause and silence.lasts:
        raise errors.ConnectionTimeout("the database gave no answer a moment ago")
    try:
        made = Bounded.connect(**params)
    except errors.ConnectionTimeout:
        silence.begin(patience.pause)
        raise
    made.patience, made.pause = patience.answer, patience.pause
    return made


# Whether the database answers

_mutex = threading.Lock()
_asked: "Future[bool] | None" = None


def answers(question: Callable[[], object], seconds: float) -> bool:
    """Whether the database answers a question within so many seconds, whatever it does.

    Asked by a thread and over a connection of its own: name servers and sockets hang, too. Who
    asks meanwhile waits for the same answer, so no more than one thread of a process ever hangs.
    """
    global _asked
    with _mutex:
        if _asked is None or _asked.done():
            _asked = Future()
            threading.Thread(target=_ask, args=(question, _asked), daemon=True).start()
        asked = _asked
    try:
        return asked.result(seconds)
    except TimeoutError:
        return False


def _ask(question: Callable[[], object], asked: "Future[bool]") -> None:
    try:
        with connection.waiting(ASKING):  # type: ignore[attr-defined]  # our wrapper, in base.py
            question()
        asked.set_result(True)
    except (DatabaseError, InterfaceError, LauncherError):
        asked.set_result(False)
    except BaseException as error:  # told to who asked
        asked.set_exception(error)
    finally:
        connection.close()
