"""Make and sign the files of publications, beside what the publisher does meanwhile."""

import threading
from collections.abc import Callable

from django.db import connection
from django.utils import timezone

from tabulation.ledger.filelists import unlisted_elections
from tabulation.ledger.signing import SigningRefused
from tabulation.printing.typesetting import TypesettingFailed
from tabulation.public.mirror.binding import Stopped, bind_files


class FileSigner:
    """One thread, while there is something to sign; ``tell`` says what it did."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._tell = tell
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Begin where a newest publication has no list and no thread is at work."""
        busy = self._thread is not None and self._thread.is_alive()
        if not busy and unlisted_elections():
            self._thread = threading.Thread(target=self._work)
            self._thread.start()

    def stop(self) -> None:
        """End it between two files; what is not signed waits for the next publisher."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        try:
            for election in unlisted_elections():
                for number in bind_files(election, at=timezone.now(), stopped=self._stopped.is_set):
                    self._tell(f"The files of publication {number} of {election.slug} are signed")
        except (SigningRefused, TypesettingFailed) as refused:
            self._tell(f"The files of a publication are not signed. {refused}".rstrip("."))
        except Stopped:
            pass
        finally:
            connection.close()
