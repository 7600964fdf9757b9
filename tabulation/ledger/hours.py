"""Read the timed turnout of any publication, from the ledger: of a unit, and below an area.

A fact apart from the protocols: hours at which nobody reported are not there, and never 0.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from fractions import Fraction
from typing import Any

from django.db.models import Min, QuerySet

from candidates.models import Contest
from tabulation.arithmetic.form import share
from tabulation.ledger.reading import at_places, place_id, standing
from tabulation.models import Area, Publication, PublishedTurnout


@dataclass(frozen=True)
class Reading:
    """By ``hour`` (local time) ``voters`` had come to the ``reporting`` of ``expected`` stations,
    on whose lists ``registered`` stand (``None``: none of them keeps one). ``without_list`` of them
    keep no list: their voters count, and nobody is registered there.
    """

    hour: time
    voters: int
    reporting: int
    registered: int | None
    without_list: int
    expected: int

    @property
    def turnout(self) -> Fraction | None:
        """Of the reporting stations, in percent."""
        return share(self.voters, self.registered)


@dataclass(frozen=True)
class Turnout:
    """What a unit reported, hour by hour, and since which publication it says so."""

    code: str
    readings: tuple[Reading, ...]
    since: int

    @property
    def last(self) -> Reading:
        return self.readings[-1]

    def at(self, hour: time) -> Reading | None:
        """``None``: nobody reported at that hour."""
        return next((reading for reading in self.readings if reading.hour == hour), None)


def turnout_of_head(publication: Publication, contest: Contest) -> Turnout | None:
    """Of the whole contest; ``None``: nobody ever reported. So it is of the other units."""
    row = _rows(publication, contest).filter(area=contest.constituency.area_id).first()
    return _turnout(row) if row is not None else None


def turnout_of_areas(
    publication: Publication, contest: Contest, codes: Iterable[str]
) -> dict[str, Turnout]:
    """Of areas, by code; who never reported is not there."""
    return _by_code(_rows(publication, contest).filter(at_places("area", publication, codes)))


def turnout_of_stations(
    publication: Publication, contest: Contest, codes: Iterable[str]
) -> dict[str, Turnout]:
    """Of stations, by code; who never reported is not there."""
    return _by_code(_rows(publication, contest).filter(at_places("station", publication, codes)))


def turnout_below(publication: Publication, contest: Contest, code: str) -> dict[str, Turnout]:
    """Of the areas directly below the area ``code``, by code; who never reported is not there."""
    parent = place_id(Area, publication, code)
    rows = _rows(publication, contest).filter(parent=parent, area__isnull=False)
    return _by_code(rows)


def reported_since(contest: Contest) -> int | None:
    """The first publication with turnout of a contest; ``None``: nobody ever reported."""
    rows = PublishedTurnout.objects.filter(contest=contest)
    first: int | None = rows.aggregate(first=Min("published_in"))["first"]
    return first


def states_of_turnout(
    publication: Publication, contest: Contest, *, stations: bool = False
) -> dict[str, int]:
    """Since which publication the turnout of each area stands (or each station), by code."""
    rows = _rows(publication, contest).filter(station__isnull=not stations)
    return dict(rows.values_list("code", "published_in"))


def _rows(publication: Publication, contest: Contest) -> "QuerySet[PublishedTurnout]":
    return standing(PublishedTurnout.objects.filter(contest=contest), publication)


def _by_code(rows: "QuerySet[PublishedTurnout]") -> dict[str, Turnout]:
    return {row.code: _turnout(row) for row in rows}


def _turnout(row: PublishedTurnout) -> Turnout:
    figures: Any = (row.hours, row.voters, row.reporting, row.registered, row.without_list)
    arrays = (*figures, [row.expected] * len(row.hours))
    readings = tuple(Reading(*at) for at in zip(*arrays, strict=True))
    return Turnout(row.code, readings, row.published_in)
