"""Sums of accepted protocols by area, live, for staff: one statement a contest at any size."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from candidates.models import Contest
from tabulation.models import Area, paper_of
from tabulation.paper import Paper
from tabulation.rules import relation_sql


@dataclass(frozen=True)
class AreaSums:
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
    contest: Contest, *, inside: Area | None = None, paper: Paper | None = None
) -> list[AreaSums]:
    """The sums of ``inside`` (the whole contest by default) and of the areas directly below it.

    One statement: stations are summed by their own area first, then up the lineage. ``inside``
    comes first, the others by code. An area where nobody votes is not in the list.
    """
    paper = paper or paper_of(contest)
    head = inside or contest.constituency.area
    below = "above.id = %(head)s OR above.parent_id = %(head)s"
    with connection.cursor() as cursor:
        cursor.execute(statement(paper, below), {"contest": contest.pk, "head": head.pk})
        return [_read(row, len(paper.lines)) for row in cursor.fetchall()]


def broken_relations(
    contest: Contest, *, inside: Area | None = None, paper: Paper | None = None
) -> list[tuple[int, int]]:
    """Per control relation, in how many counted stations of ``inside`` (the whole contest by
    default) it is broken, and could be evaluated. One statement.
    """
    paper = paper or paper_of(contest)
    if not paper.checks:
        return []
    head = inside or contest.constituency.area
    holds = [relation_sql(check.relation, "p.figures") for check in paper.checks]
    counts = ", ".join(f"count(*) FILTER (WHERE NOT {sql}), count({sql})" for sql in holds)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {counts} FROM tabulation_protocol p
            JOIN tabulation_pollingstation s ON s.id = p.station_id
            JOIN tabulation_area a ON a.id = s.area_id AND %(head)s = ANY (a.lineage)
            WHERE p.contest_id = %(contest)s AND p.status = 'accepted'""",  # noqa: S608  # positions of ours
            {"contest": contest.pk, "head": head.pk},
        )
        found = cursor.fetchone()
    return list(zip(found[::2], found[1::2], strict=True))


#: Every area from the head of the contest down.
EVERYWHERE = "%(head)s = ANY (above.lineage)"


def statement(paper: Paper, shown: str) -> str:
    """The sums of the areas ``above`` that are ``shown``, as SQL; parameters: contest, head.

    Sums are cheap and counting what is blank on each line is not: so the papers with a blank are
    gone through a second time, and the others, nearly all, are not.
    """
    lines = range(1, len(paper.lines) + 1)
    sums = ", ".join(f"sum(p.figures[{i}]) AS f{i}" for i in lines)
    blanks = ", ".join(f"count(*) FILTER (WHERE p.figures[{i}] IS NULL) AS b{i}" for i in lines)
    rolled_up = [
        *(f"sum(o.f{i}) AS f{i}" for i in lines),
        *(f"sum(o.counted) - coalesce(sum(b.b{i}), 0) AS n{i}" for i in lines),
    ]
    # Only positions and constants of our own are written into the text (see rules.py).
    return f"""
WITH own AS (
  SELECT s.area_id, count(*) AS stations, count(p.id) AS counted, sum(cs.registered) AS registered,
    sum(CASE WHEN p.id IS NOT NULL THEN cs.registered
             WHEN cs.registered IS NOT NULL THEN 0 END) AS registered_counted,
    max(p.accepted_at) AS latest, {sums}
  FROM tabulation_conteststation cs
  JOIN tabulation_pollingstation s ON s.id = cs.station_id
  JOIN tabulation_area inside ON inside.id = s.area_id AND %(head)s = ANY (inside.lineage)
  LEFT JOIN tabulation_protocol p ON p.contest_id = cs.contest_id
    AND p.station_id = cs.station_id AND p.status = 'accepted'
  WHERE cs.contest_id = %(contest)s
  GROUP BY s.area_id
), blank AS (
  SELECT s.area_id, {blanks} FROM tabulation_protocol p
  JOIN tabulation_pollingstation s ON s.id = p.station_id
  WHERE p.contest_id = %(contest)s AND p.status = 'accepted'
    AND array_position(p.figures, NULL) IS NOT NULL
  GROUP BY s.area_id
), annulled AS (
  SELECT s.area_id, count(*) AS stations FROM tabulation_protocol p
  JOIN tabulation_pollingstation s ON s.id = p.station_id
  WHERE p.contest_id = %(contest)s AND p.status = 'annulled'
  GROUP BY s.area_id
)
SELECT above.id, above.parent_id, above.code, above.name, above.names, above.level,
  sum(o.stations) AS stations, sum(o.counted) AS counted, coalesce(sum(x.stations), 0) AS annulled,
  sum(o.registered) AS registered, sum(o.registered_counted) AS registered_counted,
  max(o.latest) AS latest, {", ".join(rolled_up)}
FROM own o
LEFT JOIN blank b ON b.area_id = o.area_id
LEFT JOIN annulled x ON x.area_id = o.area_id
JOIN tabulation_area a ON a.id = o.area_id
CROSS JOIN LATERAL unnest(a.lineage) AS up(id)
JOIN tabulation_area above ON above.id = up.id
WHERE {shown}
GROUP BY above.id
ORDER BY cardinality(above.lineage), above.code COLLATE "C"
"""  # noqa: S608  # positions and names of ours


def _read(row: tuple[Any, ...], lines: int) -> AreaSums:
    fixed, rest = row[:12], row[12:]
    sums = [None if value is None else int(value) for value in rest]
    whole = [None if fixed[i] is None else int(fixed[i]) for i in (6, 7, 8, 9, 10)]
    return AreaSums(
        area=fixed[0],
        parent=fixed[1],
        code=fixed[2],
        name=fixed[3],
        names=json.loads(fixed[4]),
        level=fixed[5],
        stations=whole[0] or 0,
        counted=whole[1] or 0,
        annulled=whole[2] or 0,
        registered=whole[3],
        registered_counted=whole[4],
        latest=fixed[11],
        figures=tuple(sums[:lines]),
        filled=tuple(value or 0 for value in sums[lines:]),
    )
