"""Follow the ledger: keep a host's pack as new as the newest publication, turn by turn."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from django.db import InterfaceError, OperationalError, connection

from tabulation.database.places import LauncherError
from tabulation.ledger import reading
from tabulation.public.packing.addresses import Wanted, what_is_said_of
from tabulation.public.packing.build import build
from tabulation.public.packing.building import Builder, DatabaseIsGone, Made
from tabulation.public.packing.pack import PackRefused

#: Seconds after which the areas' pages made so far are put out, and others are gone on with.
BATCH = 10.0
#: Seconds between two looks for a newer publication while pages are made.
LOOK_EVERY = 0.5

State = list[tuple[str, int]]


class Follower:
    """Keeps the pack at ``path``; ``say`` gets one line a pack, and one when something is wrong.

    A pack is confirmed by its file's time, as long as nothing newer can be had: it is the newest,
    or the database does not answer. One that cannot be replaced, such as on a full disk, is not,
    and the web processes turn to Django (`serving.LIFETIME`).
    """

    def __init__(self, path: Path, say: Callable[[str], object]) -> None:
        self._path, self._say = path, say
        self._builder = Builder(path, build())
        self._state: State | None = None
        self._missing: list[Wanted] = []
        #: What is wrong at the moment; empty: nothing.
        self.trouble = ""

    def turn(self) -> bool:
        """Look once, and do what is to be done; whether more is waiting to be done at once."""
        try:
            self._look()
        except (DatabaseIsGone, OperationalError, InterfaceError, LauncherError) as gone:
            connection.close()
            reason = (str(gone.__cause__ or gone).strip().splitlines() or ["no answer"])[0]
            self._complain(f"The database cannot be used ({reason}): the pack stays as it is.")
            self._confirm()
            return False
        except (OSError, PackRefused) as error:
            self._complain(f"No pack could be written: {error}")
            self._state = None
            return False
        self.trouble = ""
        self._confirm()
        return bool(self._missing)

    def _look(self) -> None:
        state = _ledger()
        if state != self._state or not self._path.exists():
            made = self._builder.hot()
            # What was read before: a publication during the build is seen at the next turn.
            self._state, self._missing = state, made.missing
            numbers = ", ".join(f"{name.split(' ')[0]} {number}" for name, number in state)
            self._told(f"Newest: {numbers or 'nothing'}", made)
        elif self._missing:
            made = self._builder.areas(self._missing, self._until(time.monotonic() + BATCH))
            self._missing = made.missing
            self._told("Areas", made)

    def _until(self, end: float) -> Callable[[], bool]:
        next_look = time.monotonic() + LOOK_EVERY

        def go_on() -> bool:
            nonlocal next_look
            now = time.monotonic()
            if now >= next_look:
                next_look = now + LOOK_EVERY
                if _ledger() != self._state:
                    return False
                self._confirm()
            return now < end

        return go_on

    def _told(self, what: str, made: Made) -> None:
        self._say(
            f"{what}. Pack of {made.answers} documents, {made.size / 1e6:.1f} MB, in"
            f" {made.seconds:.2f} s: {made.fresh} made, {made.kept} kept, {len(made.missing)} to"
            f" come." + "".join(f" Left out: {refused}." for refused in made.refused[:3])
        )

    def _complain(self, what: str) -> None:
        """Once, until it is over."""
        if what != self.trouble:
            self.trouble = what
            self._say(what)

    def _confirm(self) -> None:
        if self._path.exists():
            os.utime(self._path)


def _ledger() -> State:
    """What a pack depends on beside its build: what is said of each election, its last number."""
    return [
        (f"{election.slug} {what_is_said_of(election)}", number)
        for election, number in reading.newest_numbers()
    ]
