"""Watch over the follower: one that hangs must not freeze the results."""

import time
from collections.abc import Callable
from pathlib import Path

from tabulation.ledger.publications import database_answers
from tabulation.public.mirror.folder import take_away

#: Seconds for which a follower may be silent.
PATIENCE = 30.0
#: Seconds within which the database answers, or does not.
ANSWER = 5.0


class Watchdog:
    """Takes the link to the mirror in ``root`` away where it is not confirmed for ``patience``
    seconds in which the database answers. The follower puts it back when it goes on.
    """

    def __init__(
        self,
        root: Path,
        patience: float,
        say: Callable[[str], object],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._root, self._patience, self._say, self._clock = root, patience, say, clock
        #: Since when the database answers without a break, in seconds since 1970.
        self._answers_since: float | None = None

    def look(self) -> None:
        now = self._clock()
        if not database_answers(ANSWER):
            self._answers_since = None
            return
        if self._answers_since is None:
            self._answers_since = now
        silent = now - max(self._answers_since, self._confirmed())
        if silent > self._patience and take_away(self._root):
            self._say(
                f"The follower has not confirmed the mirror for {silent:.0f} s while the database"
                " answers. The mirror is taken away: Django answers everything. Look after"
                " follow_ledger; when it goes on, the mirror is back by itself."
            )

    def _confirmed(self) -> float:
        try:
            return (self._root / "confirmed").stat().st_mtime
        except FileNotFoundError:
            return 0.0
