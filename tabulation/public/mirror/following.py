"""Follow the ledger: keep a host's mirror as new as the newest publication, turn by turn."""

import time
from collections.abc import Callable, Iterable, Iterator, Sized

from django.conf import settings
from django.db import InterfaceError, OperationalError, ProgrammingError, connection
from psycopg.errors import UndefinedTable

from tabulation.database.places import LauncherError
from tabulation.database.snapshots import one_snapshot
from tabulation.ledger import publications
from tabulation.public.declaration import Turn
from tabulation.public.edition import editions, row_of
from tabulation.public.mirror.copying import write_elsewhere
from tabulation.public.mirror.folder import Entry, Folder, MirrorRefused, Ready
from tabulation.public.mirror.making import Answers, documents
from tabulation.public.mirror.wanted import FEW_STATIONS, Wanted, digest, wanted

#: Seconds after which others are asked whether there is something newer.
LOOK_EVERY = 0.5
#: Seconds of work between two turns, so that what is made is told.
BATCH = 5.0
#: Addresses that the mirror holds, each two files: enough for 25,000 areas in four languages and
#: all else of such a nation. What is over it is left to Django, the last turns first.
MOST = 120_000
HOT = (Turn.HOT, Turn.NUMBER)
FOLLOWED = (*HOT, Turn.AREAS, Turn.LATER)

#: The database cannot be asked: what was written for it stays as it is.
GONE = (OperationalError, InterfaceError, LauncherError)
State = list[tuple[str, int]]


class Follower:
    """Keeps the mirror in a folder; ``say`` gets one line a turn that did something, and one when
    something is wrong.

    The mirror is confirmed while nothing newer can be had. Without the database it stays as it is.
    """

    def __init__(
        self, folder: Folder, say: Callable[[str], object], few: int = FEW_STATIONS
    ) -> None:
        self._folder, self._say, self._few = folder, say, few
        self._state: State | None = None
        self._backlog: list[Wanted] = []
        self._over = 0
        #: Whether it was we who hid the mirror: without the database we show it again.
        self._hidden = False
        #: What is wrong at the moment; empty: nothing.
        self.trouble = ""

    def turn(self) -> bool:
        """Look once, and do what is to be done; whether more is waiting to be done at once."""
        try:
            self._look()
        except GONE as gone:
            connection.close()
            if self._hidden:
                self._show()
            reason = (str(gone).strip().splitlines() or ["no answer"])[0]
            self._complain(f"The database cannot be used ({reason}): the mirror stays as it is.")
            return False
        except (OSError, MirrorRefused) as error:
            self._complain(f"The mirror could not be written: {error}")
            self._state = None
            return False
        self.trouble = ""
        self._folder.confirm()
        return bool(self._backlog)

    def _look(self) -> None:
        self._folder.ask_permit()
        state = _ledger()
        if state != self._state:
            self._renew(state)
            self._state = state
            return
        self._folder.show()
        if self._backlog:
            self._go_on()

    def _renew(self, state: State) -> None:
        """Everything stale is gone, and what is asked for most is new.

        Django answers everything until it is done: where many pages change that takes a while.
        """
        start = time.perf_counter()
        self._hide()
        self._folder.turn_over("edition", digest(state, time.time_ns()))
        stale, gone, ready = self._read(state)
        if stale or gone or ready:
            self._clear(stale, gone)
            self._folder.put_all(ready)
            self._show()
            self._folder.settle(ready)
            if gone or not (self._folder.root / "purged").exists():
                self._folder.turn_over("purged", digest(gone, time.time_ns()))
            write_elsewhere(self._folder, editions() if state else [])
        self._show()
        numbers = ", ".join(f"{name.split(' ')[0]} {number}" for name, number in state)
        self._report(f"Newest: {numbers or 'nothing'}", start, ready, stale, gone)

    def _hide(self) -> None:
        self._hidden = True
        self._folder.hide()

    def _show(self) -> None:
        self._hidden = False
        self._folder.show()

    def _read(self, state: State) -> tuple[list[str], list[str], Ready]:
        """The names of what is stale and of what is gone, and what is asked for most, made."""
        index = self._folder.index
        with one_snapshot():
            found = {one.name: one for one in self._wanted(state)}
            stale = [
                name
                for name, entry in index.items()
                if name in found and _is_old(entry, found[name])
            ]
            gone = [name for name in index if name not in found]
            missing = [one for name, one in found.items() if _is_old(index.get(name), one)]
            hot = [one for one in missing if one.declared.turn in HOT]
            self._backlog = missing[len(hot) :]
            return stale, gone, self._ready(hot)

    def _wanted(self, state: State) -> Iterator[Wanted]:
        """What the mirror shall hold, in its turn: nothing where nothing is published, not even
        what is of no election.
        """
        found = wanted(editions(), FOLLOWED, self._few) if state else ()
        count = self._over = 0
        for one in sorted(found, key=lambda one: one.declared.turn):
            count += len(settings.LANGUAGES) if "language" in one.declared.parts else 1
            if count <= MOST:
                yield one
            else:
                self._over += 1

    def _clear(self, stale: list[str], gone: list[str]) -> None:
        index = self._folder.index
        for name in stale:
            self._folder.set_aside(index[name].addresses)
        for name in gone:
            self._folder.remove(index[name].addresses)
        self._folder.record(dict.fromkeys([*stale, *gone]))

    def _go_on(self) -> None:
        """Make what is missing, until a newer publication is there."""
        start = time.perf_counter()
        go_on = self._until(time.monotonic() + BATCH)
        ready: Ready = {}
        tried = 0
        for one, answers in documents(self._backlog, self._left_out):
            tried += 1
            ready |= self._staged(one, answers)
            if not go_on():
                break
        self._folder.put_all(ready)
        self._folder.settle(ready)
        self._backlog = self._backlog[tried:]
        self._report("More", start, ready)

    def _ready(self, missing: Iterable[Wanted]) -> Ready:
        """What could be made of it, written beside its place."""
        ready: Ready = {}
        for one, answers in documents(missing, self._left_out):
            ready |= self._staged(one, answers)
        return ready

    def _staged(self, one: Wanted, answers: Answers) -> Ready:
        if not answers:
            return {}
        return {one.name: (one.key, [self._folder.stage(*answer) for answer in answers])}

    def _left_out(self, one: Wanted, error: Exception) -> None:
        self._say(f"Left to Django: {one.name}: {type(error).__name__}: {error}")

    def _until(self, end: float) -> Callable[[], bool]:
        next_look = time.monotonic() + LOOK_EVERY

        def go_on() -> bool:
            nonlocal next_look
            now = time.monotonic()
            if now >= next_look:
                next_look = now + LOOK_EVERY
                if _ledger() != self._state:
                    self._hide()
                    return False
                self._folder.confirm()
            return now < end

        return go_on

    def _report(
        self, what: str, start: float, ready: Ready, stale: Sized = (), gone: Sized = ()
    ) -> None:
        """What a turn did since ``start``, in documents."""
        self._say(
            f"{what}. {len(ready)} made in {time.perf_counter() - start:.2f} s,"
            f" {len(stale)} set aside, {len(gone)} removed,"
            f" {len(self._folder.index)} in the mirror, {len(self._backlog)} to come"
            + (f", {self._over} over {MOST} left to Django." if self._over else ".")
        )

    def _complain(self, what: str) -> None:
        """Once, until it is over."""
        if what != self.trouble:
            self.trouble = what
            self._say(what)


def _is_old(entry: Entry | None, one: Wanted) -> bool:
    return entry is None or entry.key != one.key


def _ledger() -> State:
    """What the mirror depends on beside the build: each election's row, and its last number."""
    try:
        newest = publications.newest_numbers()
    except ProgrammingError as error:
        if not isinstance(error.__cause__, UndefinedTable):
            raise
        return []  # a rehearsal is wiped by dropping its tables: nothing of it stays
    return [(f"{election.slug} {row_of(election)}", number) for election, number in newest]
