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
    ``broken`` and ``evaluated``: stations a control relation.
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
    broken: tuple[int, ...]
    evaluated: tuple[int, ...]

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
    head = inside or contest.constituency.area
    below = "above.id = %(head)s OR above.parent_id = %(head)s"
    return _summed(contest, head, paper or paper_of(contest), below)


def sums_everywhere(contest: Contest) -> list[AreaSums]:
    """The sums of every area of the contest, the whole first, then by depth and code."""
    head = contest.constituency.area
    return _summed(contest, head, paper_of(contest), "%(head)s = ANY (above.lineage)")


def _summed(contest: Contest, head: Area, paper: Paper, shown: str) -> list[AreaSums]:
    with connection.cursor() as cursor:
        cursor.execute(_statement(paper, shown), {"contest": contest.pk, "head": head.pk})
        return [_read(row, len(paper.lines), len(paper.checks)) for row in cursor.fetchall()]


def _statement(paper: Paper, shown: str) -> str:
    lines, checks = range(1, len(paper.lines) + 1), range(1, len(paper.checks) + 1)
    holds = [relation_sql(check.relation, "p.figures") for check in paper.checks]
    per_area = [
        *(f"sum(p.figures[{i}]) FILTER (WHERE p.status = 'accepted') AS f{i}" for i in lines),
        *(f"count(p.figures[{i}]) FILTER (WHERE p.status = 'accepted') AS n{i}" for i in lines),
        *(
            f"count(*) FILTER (WHERE p.status = 'accepted' AND NOT {sql}) AS b{i},"
            f" count({sql}) FILTER (WHERE p.status = 'accepted') AS e{i}"
            for i, sql in zip(checks, holds, strict=True)
        ),
    ]
    rolled_up = [
        *(f"sum(o.f{i})" for i in lines),
        *(f"sum(o.n{i})" for i in lines),
        *(f"sum(o.b{i})" for i in checks),
        *(f"sum(o.e{i})" for i in checks),
    ]
    # Only positions and constants of our own are written into the text (see rules.py).
    return f"""
WITH own AS (
  SELECT s.area_id,
    count(*) AS stations,
    count(*) FILTER (WHERE p.status = 'accepted') AS counted,
    count(*) FILTER (WHERE p.status = 'annulled') AS annulled,
    sum(cs.registered) AS registered,
    sum(CASE WHEN p.status = 'accepted' THEN cs.registered
             WHEN cs.registered IS NOT NULL THEN 0 END) AS registered_counted,
    max(p.accepted_at) AS latest,
    {", ".join(per_area)}
  FROM tabulation_conteststation cs
  JOIN tabulation_pollingstation s ON s.id = cs.station_id
  JOIN tabulation_area inside ON inside.id = s.area_id AND %(head)s = ANY (inside.lineage)
  LEFT JOIN tabulation_protocol p ON p.contest_id = cs.contest_id
    AND p.station_id = cs.station_id AND p.status IN ('accepted', 'annulled')
  WHERE cs.contest_id = %(contest)s
  GROUP BY s.area_id
)
SELECT above.id, above.parent_id, above.code, above.name, above.names, above.level,
  sum(o.stations), sum(o.counted), sum(o.annulled), sum(o.registered),
  sum(o.registered_counted), max(o.latest), {", ".join(rolled_up)}
FROM own o
JOIN tabulation_area a ON a.id = o.area_id
CROSS JOIN LATERAL unnest(a.lineage) AS up(id)
JOIN tabulation_area above ON above.id = up.id
WHERE {shown}
GROUP BY above.id
ORDER BY cardinality(above.lineage), above.code COLLATE "C"
"""  # noqa: S608  # positions and names of ours


def _read(row: tuple[Any, ...], lines: int, checks: int) -> AreaSums:
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
        filled=tuple(value or 0 for value in sums[lines : 2 * lines]),
        broken=tuple(value or 0 for value in sums[2 * lines : 2 * lines + checks]),
        evaluated=tuple(value or 0 for value in sums[2 * lines + checks :]),
    )
