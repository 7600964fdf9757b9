"""Sums of accepted protocols by area, live, for staff: few statements a contest at any size."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.arithmetic.rules import relation_sql, unpacked
from tabulation.database.plans import no_nested_loops
from tabulation.database.statements import fetch
from tabulation.models import Area, form_of


@dataclass(frozen=True)
class LiveSums:
    """What is accepted under one area at this moment, and what is missing there.

    ``figures``: a sum a line, ``None`` where no counted station filled it; ``filled``: how many
    did. Registered voters are those of the stations' lists; ``None``: no list is kept there.
    """

    area: int
    parent: int | None
    code: str
    name: str
    names: dict[str, str]
    level: str
    stations: int
    counted: int
    annulled: int
    registered: int | None
    registered_counted: int | None
    latest: datetime | None
    figures: tuple[int | None, ...]
    filled: tuple[int, ...]

    @property
    def missing(self) -> int:
        """Stations whose protocol is still expected or in work."""
        return self.stations - self.counted - self.annulled


def sums_by_area(
    contest: Contest, *, inside: Area | None = None, form: ProtocolForm | None = None
) -> list[LiveSums]:
    """The sums of ``inside`` (the whole contest by default) and of the areas directly below it.

    Two statements: what is counted, and what was to be. Stations are summed by their own area
    first, then up the lineage. ``inside`` comes first, the others by code. An area where nobody
    votes is not in the list.
    """
    form = form or form_of(contest)
    head = inside or contest.constituency.area
    below = "above.id = %(head)s OR above.parent_id = %(head)s"
    whole = head.pk == contest.constituency.area_id
    keys = {"contest": contest.pk, "head": head.pk}
    with no_nested_loops():
        counted = {row[0]: row[1:] for row in fetch(statement(form, below, whole=whole), keys)}
        expected = fetch(_expected(below, whole=whole), keys)
    nothing = (0, None, [None] * len(form.lines), [0] * len(form.lines))
    return [_read(row, counted.get(row[0], nothing)) for row in expected]


def broken_relations(
    contest: Contest, *, inside: Area | None = None, form: ProtocolForm | None = None
) -> list[tuple[int, int]]:
    """Per control relation, in how many counted stations of ``inside`` (the whole contest by
    default) it is broken, and could be evaluated. One statement.
    """
    form = form or form_of(contest)
    if not form.checks:
        return []
    head = inside or contest.constituency.area
    holds = [relation_sql(check.relation, "p.figures") for check in form.checks]
    counts = ", ".join(f"count(*) FILTER (WHERE NOT {sql}), count({sql})" for sql in holds)
    with no_nested_loops():
        ((found,),) = fetch(
            f"""
            SELECT ARRAY[{counts}] FROM {_accepted(form)} p
            JOIN tabulation_pollingstation s ON s.id = p.station_id
            JOIN tabulation_area a ON a.id = s.area_id AND %(head)s = ANY (a.lineage)
            WHERE p.contest_id = %(contest)s AND p.status = 'accepted'""",  # noqa: S608  # positions of ours
            {"contest": contest.pk, "head": head.pk},
        )
    return list(zip(found[::2], found[1::2], strict=True))


#: Every area from the head of the contest down.
EVERYWHERE = "%(head)s = ANY (above.lineage)"


def statement(form: ProtocolForm, shown: str, *, whole: bool) -> str:
    """What is counted in the areas ``above`` that are ``shown``, as SQL; parameters: contest, head.

    By area: how many stations, when the last was accepted, the sum of each line, and how many
    stations filled it; two arrays, since a result has 1,664 columns at most. With ``whole`` no
    station is asked whether it lies under the head: all of the contest's do. Blanks are counted
    line by line only where there are any: that costs as much as the sums.
    """
    lines = range(1, len(form.lines) + 1)
    sums = ", ".join(f"sum(p.figures[{i}])" for i in lines)
    blanks = ", ".join(f"count(*) FILTER (WHERE p.figures[{i}] IS NULL)" for i in lines)
    figures = ", ".join(f"sum(o.sums[{i}])" for i in lines)
    filled = ", ".join(f"sum(o.counted) - coalesce(sum(b.blanks[{i}]), 0)" for i in lines)
    # Only positions and constants of our own are written into the text (see rules.py).
    accepted = f"""FROM {_accepted(form)} p
  JOIN tabulation_pollingstation s ON s.id = p.station_id
  WHERE p.contest_id = %(contest)s AND p.status = 'accepted' {_inside(whole)}"""  # constants
    return f"""
WITH own AS (
  SELECT s.area_id, count(*) AS counted, max(p.accepted_at) AS latest,
    count(*) FILTER (WHERE array_position(p.figures, NULL) IS NOT NULL) AS gaps,
    ARRAY[{sums}] AS sums
  {accepted} GROUP BY s.area_id
), blank AS (
  SELECT s.area_id, ARRAY[{blanks}] AS blanks {accepted}
    AND (SELECT sum(gaps) FROM own) > 0 AND array_position(p.figures, NULL) IS NOT NULL
  GROUP BY s.area_id
)
SELECT above.id, sum(o.counted) AS counted, max(o.latest) AS latest,
  ARRAY[{figures}] AS figures, ARRAY[{filled}] AS filled
FROM own o LEFT JOIN blank b ON b.area_id = o.area_id
{_up(shown)}"""  # noqa: S608  # positions and names of ours


def _accepted(form: ProtocolForm) -> str:
    return unpacked(
        "tabulation_protocol",
        "f.contest_id, f.station_id, f.status, f.accepted_at",
        "f.contest_id = %(contest)s AND f.status = 'accepted'",
        len(form.lines),
    )


def _expected(shown: str, *, whole: bool) -> str:
    """The areas shown, with stations and registered voters: expected, annulled, counted."""
    return f"""
WITH own AS (
  SELECT s.area_id, count(*) AS stations,
    count(*) FILTER (WHERE p.status = 'annulled') AS annulled, sum(cs.registered) AS registered,
    sum(CASE WHEN p.status = 'accepted' THEN cs.registered
             WHEN cs.registered IS NOT NULL THEN 0 END) AS registered_counted
  FROM tabulation_conteststation cs
  JOIN tabulation_pollingstation s ON s.id = cs.station_id
  LEFT JOIN tabulation_protocol p ON p.contest_id = cs.contest_id
    AND p.station_id = cs.station_id AND p.status IN ('accepted', 'annulled')
  WHERE cs.contest_id = %(contest)s {_inside(whole)}
  GROUP BY s.area_id
)
SELECT above.id, above.parent_id, above.code, above.name, above.names, above.level,
  sum(o.stations), sum(o.annulled), sum(o.registered), sum(o.registered_counted)
FROM own o
{_up(shown)}
ORDER BY cardinality(above.lineage), above.code COLLATE "C"
"""  # noqa: S608  # names of ours


def _inside(whole: bool) -> str:
    if whole:
        return ""
    return """AND s.area_id = ANY (
    ARRAY (SELECT id FROM tabulation_area WHERE %(head)s = ANY (lineage)))"""


def _up(shown: str) -> str:
    """From each area's own rows to those of the areas above it: joined by key, nothing LATERAL."""
    return f"""JOIN (
  SELECT id AS area_id, unnest(lineage) AS id FROM tabulation_area WHERE %(head)s = ANY (lineage)
) up ON up.area_id = o.area_id
JOIN tabulation_area above ON above.id = up.id
WHERE {shown}
GROUP BY above.id"""  # noqa: S608  # names of ours


def _read(place: tuple[Any, ...], counted: tuple[Any, ...]) -> LiveSums:
    stations, annulled, registered, registered_counted = (
        None if number is None else int(number) for number in place[6:]
    )
    number, latest, figures, filled = counted
    return LiveSums(
        area=place[0],
        parent=place[1],
        code=place[2],
        name=place[3],
        names=json.loads(place[4]),
        level=place[5],
        stations=stations or 0,
        counted=int(number),
        annulled=annulled or 0,
        registered=registered,
        registered_counted=registered_counted,
        latest=latest,
        figures=tuple(None if value is None else int(value) for value in figures),
        filled=tuple(int(value) for value in filled),
    )
