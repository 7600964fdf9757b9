"""Build the pack of a host: first what everybody asks for, then the areas that changed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tabulation.ledger import reading
from tabulation.public.packing.addresses import ManyStations, Wanted, area_addresses, hot_addresses
from tabulation.public.packing.answering import NotForEverybody, maker
from tabulation.public.packing.pack import NO_KEY, Answer, Pack, PackRefused, PackWriter


class DatabaseIsGone(Exception):
    """Nothing can be made ready now; the pack is as it was."""


@dataclass
class Made:
    """A pack that is out, and what is not in it: pages to come, and pages left to Django."""

    answers: int
    size: int
    seconds: float
    fresh: int = 0
    kept: int = 0
    missing: list[Wanted] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class Builder:
    """Keeps the pack at ``path``. One builder a path at a time."""

    def __init__(self, path: Path, build: bytes) -> None:
        self.path, self._build = path, build
        self._make = maker()
        self._many: ManyStations = {}

    def hot(self) -> Made:
        """A pack of what is asked for most, and of the areas' pages that are still as they were.

        Any other page is left out, for Django to answer, and ``missing`` names it. Raises
        DatabaseIsGone.
        """
        start, previous = time.perf_counter(), self._previous()
        made = Made(0, 0, 0)
        with PackWriter(self.path, self._build) as writer:
            for wanted in hot_addresses(self._build):
                answer = _kept(previous, wanted)
                if answer is None:
                    self._add(writer, wanted, made)
                else:
                    writer.add(answer)
                    made.kept += 1
            for wanted in area_addresses(self._build, self._many):
                answer = _kept(previous, wanted)
                if answer is None:
                    made.missing.append(wanted)
                else:
                    writer.add(answer)
                    made.kept += 1
        return self._out(made, writer, start)

    def areas(self, missing: list[Wanted], go_on: Callable[[], bool]) -> Made:
        """The pack as it is and as many of the ``missing`` pages as can be made while ``go_on()``.

        Raises DatabaseIsGone, or PackRefused when the pack that is there is damaged.
        """
        start, previous = time.perf_counter(), Pack(self.path)
        made = Made(0, 0, 0)
        with PackWriter(self.path, self._build) as writer:
            for number, wanted in enumerate(missing):
                if not go_on():
                    made.missing = missing[number:]
                    break
                self._add(writer, wanted, made)
            for answer in previous:
                writer.add(answer)
                made.kept += 1
        return self._out(made, writer, start)

    def _previous(self) -> Pack | None:
        try:
            pack = Pack(self.path)
        except (FileNotFoundError, PackRefused):
            return None
        return pack if pack.build == self._build else None

    def _add(self, writer: PackWriter, wanted: Wanted, made: Made) -> None:
        try:
            writer.add(self._make(wanted))
            made.fresh += 1
        except NotForEverybody as reason:
            if not reading.database_answers():
                raise DatabaseIsGone from reason
            made.refused.append(f"{wanted.address.decode()}: {reason}")

    def _out(self, made: Made, writer: PackWriter, start: float) -> Made:
        made.answers, made.size = len(writer), self.path.stat().st_size
        made.seconds = time.perf_counter() - start
        return made


def _kept(previous: Pack | None, wanted: Wanted) -> Answer | None:
    """The page as it is in the pack before, if nothing that it depends on has changed."""
    if previous is None or wanted.key == NO_KEY:
        return None
    try:
        answer = previous.find(wanted.address)
    except PackRefused:  # a damaged record is made anew
        return None
    return answer if answer is not None and answer.key == wanted.key else None
