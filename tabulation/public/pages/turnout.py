"""Timed turnout as pages and a file: how many had come by each hour, as the stations reported it.

A count apart from the protocols, which are shown beside it and never mixed with it.
"""

from dataclasses import dataclass
from datetime import time
from typing import Any

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import turnout as ledger_turnout
from tabulation.ledger.hours import Reading, Turnout, turnout_below, turnout_of_areas
from tabulation.ledger.reading import areas_below
from tabulation.public.charts.lines import Series, line_chart, time_ticks
from tabulation.public.document import Document, Page, UnknownAddress, encoded
from tabulation.public.edition import Edition
from tabulation.public.files.statement import CSV
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


def day_of(turnout: Turnout | None) -> dict[str, Any] | None:
    """The picture of a day: a line over the hours, from 0 up to 100 % of the reporting stations;
    ``across``: where each figure below the chart stands, and the hour it tells.

    ``None`` where there is no line: at fewer than two hours anybody on a list has come.
    """
    if turnout is None:
        return None
    points = [(_minutes(reading.hour), reading.turnout) for reading in turnout.readings]
    if sum(y is not None for _x, y in points) < LEAST_HOURS:
        return None
    ticks = [x for x, _y in points]
    if len(ticks) > MOST_TICKS:
        ticks = time_ticks(ticks[0], ticks[-1])
    chart = line_chart([Series("turnout", points, filled=True)], ticks, most=100)
    across = [(tick.at, time(*divmod(tick.value, 60))) for tick in chart.across]
    return {"chart": chart, "line": chart.lines[0], "across": across}


def _minutes(hour: time) -> int:
    """Since midnight."""
    return hour.hour * 60 + hour.minute


def turnout_page(
    edition: Edition, contest: Contest, form: ProtocolForm, code: str | None = None
) -> Page:
    """An area hour by hour, then the areas below it; without ``code`` the whole contest."""
    published = edition.published
    unit = edition.head(contest) if code is None else edition.area(contest, code)
    turnout = turnout_of_areas(published, contest, [unit.code]).get(unit.code)
    hours = [reading.hour for reading in turnout.readings] if turnout else []
    below = turnout_below(published, contest, unit.code)
    areas = [
        Row(Result(area, form), _readings(below.get(area.code), hours))
        for area in areas_below(published, contest, unit.code)
    ]
    since = turnout.since if turnout else unit.since
    return edition.page(
        "turnout",
        contest,
        form,
        result=Result(unit, form),
        path=edition.path_to(contest, unit),
        turnout=turnout,
        day=day_of(turnout),
        hours=hours,
        areas=areas,
        stands=max(since, unit.since),
        since=edition.publication(since),
    )


def _readings(turnout: Turnout | None, hours: list[time]) -> list[Reading | None]:
    return [turnout.at(hour) if turnout else None for hour in hours]


def turnout_file(edition: Edition, contest: Contest, _form: ProtocolForm) -> Document:
    """Every area and station by the hour, as its hash in the manifest has it.

    Raises UnknownAddress where nobody had reported.
    """
    digest = ledger_turnout.turnout_bound(edition.published, contest.code)
    if not digest:
        raise UnknownAddress
    lines = ledger_turnout.turnout_file(contest, edition.published.number)
    return Document(encoded(lines), CSV, digest)
