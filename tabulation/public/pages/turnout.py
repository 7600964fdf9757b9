"""Timed turnout as pages and a file: how many had come by each hour, as the stations reported it.

A count apart from the protocols, which are shown beside it and never mixed with it.
"""

from dataclasses import dataclass
from datetime import time
from typing import Any

from tabulation.ledger import turnout as ledger_turnout
from tabulation.ledger.hours import (
    Reading,
    Turnout,
    turnout_below,
    turnout_of_area,
    turnout_of_head,
)
from tabulation.ledger.reading import (
    areas_below,
    path_to,
    publication_or_none,
    unit_of_area,
    unit_of_head,
)
from tabulation.public.charts.lines import Chart, Series, line_chart, time_ticks
from tabulation.public.document import (
    Document,
    UnknownAddress,
    contest_in,
    encoded,
    find,
    page_of,
    unit_in,
)
from tabulation.public.pages.results import Result

#: Fewer make no line; more hours than these cannot all be told below the chart.
LEAST_HOURS, MOST_TICKS = 2, 6


@dataclass(frozen=True)
class Row:
    """An area by its protocols, and what it reported at each hour of the page."""

    result: Result
    readings: list[Reading | None]

    @property
    def reported(self) -> bool:
        """Whether it ever reported, and so has a page."""
        return any(self.readings)


@dataclass(frozen=True)
class Day:
    """The picture of a day: a line over the hours, from 0 up to 100 % of the reporting stations."""

    chart: Chart
    line: Any
    #: Figures below the chart: where each stands, and the hour it tells.
    across: list[tuple[str, time]]


def day_of(turnout: Turnout) -> Day | None:
    """``None`` where there is no line: at fewer than two hours anybody on a list has come."""
    points = [(_minutes(reading.hour), reading.turnout) for reading in turnout.readings]
    if sum(y is not None for _x, y in points) < LEAST_HOURS:
        return None
    told = [x for x, _y in points]
    if len(told) > MOST_TICKS:
        told = time_ticks(told[0], told[-1])
    chart = line_chart([Series("turnout", points, filled=True)], told, most=100)
    across = [(tick.at, time(*divmod(tick.value, 60))) for tick in chart.across]
    return Day(chart, chart.lines[0], across)


def _minutes(hour: time) -> int:
    """Since midnight."""
    return hour.hour * 60 + hour.minute


def turnout_page(language: str, slug: str, contest: str, code: str | None = None) -> Document:
    """An area hour by hour, then the areas below it; without ``code`` the whole contest."""
    election, published = find(slug)
    of, paper = contest_in(published, contest)
    if code is None:
        unit = unit_of_head(published, of)
        turnout = turnout_of_head(published, of)
    else:
        unit = unit_in(unit_of_area, published, of, code)
        turnout = turnout_of_area(published, of, code)
    hours = [reading.hour for reading in turnout.readings] if turnout else []
    below = turnout_below(published, of, unit.code)
    areas = [
        Row(Result(area, paper), _readings(below.get(area.code), hours))
        for area in areas_below(published, of, unit.code)
    ]
    since = turnout.since if turnout else unit.since
    context = {
        "contest": of,
        "paper": paper,
        "result": Result(unit, paper),
        "path": path_to(of, unit),
        "turnout": turnout,
        "day": day_of(turnout) if turnout else None,
        "hours": hours,
        "areas": areas,
        "stands": max(since, unit.since),
        "since": publication_or_none(election, since),
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
    digest = ledger_turnout.turnout_bound(published, contest)
    if not digest:
        raise UnknownAddress
    chunks: Any = encoded(ledger_turnout.turnout_file(of, number))
    return Document(chunks, "text/csv; charset=utf-8", digest, immutable=True)
