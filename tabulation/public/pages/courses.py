"""Results through the night, and turnout against share: their charts and tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from candidates.models import Contest
from tabulation.arithmetic.form import Choice, ProtocolForm, share
from tabulation.ledger import cells
from tabulation.public.charts.classes import Palette
from tabulation.public.charts.lines import (
    Chart,
    Series,
    line_chart,
    number_ticks,
    thinned,
    time_ticks,
)
from tabulation.public.charts.mosaic import MOST_CELLS
from tabulation.public.charts.scatter import COARSE, FINE, scatter, table_of
from tabulation.public.edition import Edition, numbered

#: Lines of the chart, points of a line, and rows of its table.
MOST_LINES, MOST_POINTS, MOST_ROWS = 5, 240, 200
#: A night's clock tells nothing of a night shorter or longer than this.
SHORTEST, LONGEST = timedelta(minutes=10), timedelta(hours=48)
#: Fields of the table beside the dots: columns of the share, and rows of turnout.
ACROSS, UP = 5, 10
COUNTED = "counted"


@dataclass(frozen=True)
class Step:
    """A publication with what it said of the whole contest. Shares in the order of the lines."""

    publication: Any
    stations: int
    counted: int
    annulled: int
    progress: Fraction | None
    shares: list[Fraction | None]


def night_of(
    edition: Edition, contest: Contest, form: ProtocolForm, zone: ZoneInfo
) -> dict[str, Any]:
    """Every publication up to this one, and how the contest stood in it; clocks are of ``zone``.

    ``rows`` are the newest first and at most `MOST_ROWS`; ``across`` are the figures below the
    chart: moments of the night, or else the numbers of publications.
    """
    course = list(cells.course(edition.published, contest))
    last = course[-1][1].figures or form.blank
    choices = _first(form, last)
    palette = edition.palette(contest, form)
    steps = [_step(one, head, form, choices) for one, head in course]
    first = steps[0].publication.published_at
    length = steps[-1].publication.published_at - first
    by_time = SHORTEST <= length <= LONGEST
    midnight = first.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    drawn = thinned(steps, MOST_POINTS)
    xs = [_x(step, midnight) if by_time else Fraction(step.publication.number) for step in drawn]
    across = time_ticks(xs[0], xs[-1]) if by_time else number_ticks(int(xs[0]), int(xs[-1]))
    series = [
        Series(COUNTED, list(zip(xs, [one.progress for one in drawn], strict=True)), filled=True),
        *(
            Series(str(i), list(zip(xs, [one.shares[i] for one in drawn], strict=True)))
            for i in range(len(choices))
        ),
    ]
    chart = line_chart(series, across, steps=True, most=100)
    return {
        "chart": chart,
        "curves": _curves(choices, palette, steps[-1], chart),
        "progress": chart.lines[0],
        "across": [
            {
                "at": tick.at,
                "time": midnight + timedelta(minutes=tick.value),
                "number": tick.value,
            }
            for tick in chart.across
        ],
        "rows": steps[: -MOST_ROWS - 1 : -1],
        "publications": len(steps),
        "by_time": by_time,
    }


def _curves(
    choices: Sequence[Choice], palette: Palette, last: Step, chart: Chart
) -> list[dict[str, Any]]:
    """Whose each line of the chart is, its class, and the candidate's share at last."""
    return [
        {
            "choice": choice,
            "name": f"k{palette.place(choice.number or 0)} d{i + 1}",
            "share": part,
            "line": chart.lines[i + 1],
        }
        for i, (choice, part) in enumerate(zip(choices, last.shares, strict=True))
    ]


def _first(form: ProtocolForm, figures: Sequence[int | None]) -> list[Choice]:
    """The candidates with most votes, or the first of the ballot while there are none."""
    votes = form.votes(figures)
    return sorted(numbered(form).values(), key=lambda one: -(votes.get(one.number or 0) or 0))[
        :MOST_LINES
    ]


def _step(published: Any, head: Any, form: ProtocolForm, choices: Sequence[Choice]) -> Step:
    figures = head.figures or form.blank
    votes, base = form.votes(figures), form.base_total(figures)
    return Step(
        published,
        head.stations,
        head.counted,
        head.annulled,
        share(head.counted + head.annulled, head.stations),
        [share(votes.get(one.number or 0), base) for one in choices],
    )


def _x(step: Step, midnight: datetime) -> Fraction:
    """Minutes from the midnight before the first publication."""
    passed = step.publication.published_at - midnight
    return Fraction(passed // timedelta(milliseconds=1), 60_000)


def dots_of(edition: Edition, contest: Contest, form: ProtocolForm) -> dict[str, Any] | None:
    """Turnout against the share of the candidate with most votes, and the same as a table; ``None``
    while nobody has a vote.

    ``coarse``: there are so many stations that a circle says how many. ``nowhere``: counted, but
    with no turnout or no share; ``waiting``: not counted, or annulled.
    """
    head = edition.head(contest)
    first = _first(form, head.figures or form.blank)
    if not head.counted or not first:
        return None
    number = first[0].number or 0
    coarse = head.stations > MOST_CELLS
    grid = COARSE if coarse else FINE
    counts, nowhere, waiting = cells.grid_of_stations(
        edition.published, contest, form, number, grid
    )
    table = table_of(counts, grid, ACROSS, UP)
    palette = edition.palette(contest, form)
    return {
        "choice": first[0],
        "name": f"k{palette.place(number)}",
        "picture": scatter(counts, grid),
        "table": [(100 * row // UP, table[row]) for row in range(UP)],
        "columns": [100 * column // ACROSS for column in range(ACROSS)],
        "coarse": coarse,
        "shown": sum(counts.values()),
        "nowhere": nowhere,
        "waiting": waiting,
    }
