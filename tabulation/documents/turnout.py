"""Timed turnout as pages and a file: how many had come by each hour, as the stations reported it.

A count apart from the protocols, which are shown beside it and never mixed with it.
"""

from dataclasses import dataclass
from datetime import time
from typing import Any

from tabulation import publication
from tabulation.documents.common import (
    Document,
    UnknownAddress,
    contest_in,
    encoded,
    find,
    page_of,
    unit_in,
)
from tabulation.documents.results import Result
from tabulation.publication import Reading, Turnout


@dataclass(frozen=True)
class Row:
    """An area by its protocols, and what it reported at each hour of the page."""

    result: Result
    readings: list[Reading | None]

    @property
    def reported(self) -> bool:
        """Whether it ever reported, and so has a page."""
        return any(self.readings)


def turnout_page(language: str, slug: str, contest: str, code: str | None = None) -> Document:
    """An area hour by hour, then the areas below it; without ``code`` the whole contest."""
    election, published = find(slug)
    of, paper = contest_in(published, contest)
    if code is None:
        unit = publication.unit_of_head(published, of)
        turnout = publication.turnout_of_head(published, of)
    else:
        unit = unit_in(publication.unit_of_area, published, of, code)
        turnout = publication.turnout_of_area(published, of, code)
    hours = [reading.hour for reading in turnout.readings] if turnout else []
    below = publication.turnout_below(published, of, unit.code)
    areas = [
        Row(Result(area, paper), _readings(below.get(area.code), hours))
        for area in publication.areas_below(published, of, unit.code)
    ]
    since = turnout.since if turnout else unit.since
    context = {
        "contest": of,
        "paper": paper,
        "result": Result(unit, paper),
        "path": publication.path_to(of, unit),
        "turnout": turnout,
        "hours": hours,
        "areas": areas,
        "stands": max(since, unit.since),
        "since": publication.publication_or_none(election, since),
    }
    return page_of("public/turnout.html", language, election, context)


def _readings(turnout: Turnout | None, hours: list[time]) -> list[Reading | None]:
    return [turnout.at(hour) if turnout else None for hour in hours]


def turnout_file(slug: str, number: int, contest: str) -> Document:
    """Every area and station by the hour, as its hash in the manifest has it. Immutable, for ever.

    Raises UnknownAddress where nobody had reported.
    """
    _election, published = find(slug, number)
    of, _paper = contest_in(published, contest)
    digest = publication.turnout_bound(published, contest)
    if not digest:
        raise UnknownAddress
    chunks: Any = encoded(publication.turnout_file(of, number))
    return Document(chunks, "text/csv; charset=utf-8", digest, immutable=True)
