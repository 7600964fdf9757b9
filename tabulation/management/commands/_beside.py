"""What the publisher does beside its work, each in one thread with a connection of its own."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from django.core.management import CommandError
from django.db import Error, connection
from django.utils import timezone
from psycopg import Connection

from tabulation.database.faults import words_of
from tabulation.database.places import LauncherError
from tabulation.ledger.auditing import Audit
from tabulation.ledger.filelists import unlisted_elections
from tabulation.ledger.signing import SigningRefused
from tabulation.printing.typesetting import TypesettingFailed
from tabulation.public.mirror.binding import Stopped, bind_files


class Beside(ABC):
    """One thread, while there is something to do; ``tell`` says what it did."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._tell = tell
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        #: Of the thread: what it waits for can be given up from outside.
        self._asks: Connection | None = None

    def look(self) -> None:
        """Begin where there is something to do and no thread is at work."""
        busy = self._thread is not None and self._thread.is_alive()
        if not busy and self._wanted():
            self._thread = threading.Thread(target=self._run)
            self._thread.start()

    def stop(self) -> None:
        """End it soon; what is not done waits for the next publisher."""
        self._stopped.set()
        if self._thread is not None:
            if (asks := self._asks) is not None and not self._finishes:
                asks.cancel_safe(timeout=5)
            self._thread.join()

    def _run(self) -> None:
        try:
            connection.ensure_connection()
            self._asks = connection.connection
            self._work()
        except Stopped:
            pass
        except (Error, LauncherError) as error:
            if not self._stopped.is_set():
                self._tell(f"{self._fails}. {words_of(error)}".rstrip("."))
        finally:
            self._asks = None
            connection.close()

    #: What is told where the database fails.
    _fails = ""
    #: Whether a statement under way is waited for at the end.
    _finishes = True

    @abstractmethod
    def _wanted(self) -> bool:
        """Whether there is something to do."""

    @abstractmethod
    def _work(self) -> None:
        """Do it, in the thread."""


class FileSigner(Beside):
    """Makes and signs the files of publications; stops between two files."""

    _fails = "The files of a publication are not signed"

    def _wanted(self) -> bool:
        return bool(unlisted_elections())

    def _work(self) -> None:
        try:
            for election in unlisted_elections():
                for number in bind_files(election, at=timezone.now(), stopped=self._stopped.is_set):
                    self._tell(f"The files of publication {number} of {election.slug} are signed")
        except (SigningRefused, TypesettingFailed) as refused:
            self._tell(f"{self._fails}. {refused}".rstrip("."))


class FirstAudit(Beside):
    """Compares everything once, as `verify_events` does; ``alarm`` names each thing that is wrong.

    Publishing goes on meanwhile: each publication looks at what it builds on by itself.
    """

    _fails = "The check of everything did not come to its end"
    _finishes = False

    def __init__(
        self,
        tell: Callable[[str], object],
        alarm: Callable[[str], object],
        keys: Callable[[], Mapping[str, bytes]],
    ) -> None:
        super().__init__(tell)
        self._alarm, self._keys = alarm, keys
        self._done = False

    def _wanted(self) -> bool:
        return not self._done

    def _work(self) -> None:
        try:
            audit = Audit(self._keys(), progress=self._step)
        except (SigningRefused, CommandError):
            return  # told where it publishes
        wrong = 0
        for finding in audit.findings():
            self._step(1)
            wrong += 1
            self._alarm(finding)
        self._done = True
        self._tell(f"Everything sealed and published was checked. Findings: {wrong}")

    def _step(self, _steps: int) -> None:
        if self._stopped.is_set():
            raise Stopped
