"""How far the count has come: by area, by clerk, what waits longest, and when it will be done.

A constant number of statements at any number of stations. No figure of any protocol is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from candidates.models import Contest
from tabulation import lifecycle
from tabulation.models import Area

#: Over how long the rate is taken.
RATE_OVER = timedelta(hours=1)


@dataclass(frozen=True)
class Stages:
    """How many stations of an area are where; the eight from ``expected`` on add up to all.

    ``first``: one entry stands and nobody types the second. ``second``: one stands, another is
    being typed. ``accepted``: a version is in force, annulled ones too; of these ``corrections``
    have a newer version in work. ``recent``: accepted within `RATE_OVER`.
    """

    area: int
    code: str
    name: str
    stations: int
    expected: int
    received: int
    first: int
    second: int
    different: int
    errors: int
    verified: int
    accepted: int
    corrections: int
    recent: int

    @property
    def in_work(self) -> int:
        return self.stations - self.expected - self.accepted

    def done_at(self, now: datetime) -> datetime | None:
        """When the last station is accepted if it goes on like this; ``None``: no telling."""
        left = self.stations - self.accepted
        if not left or not self.recent:
            return None
        return now + RATE_OVER * left / self.recent


@dataclass(frozen=True)
class Waiting:
    """A protocol in work, with who sits at it."""

    code: str
    name: str
    status: str
    since: datetime
    people: list[str]


@dataclass(frozen=True)
class ClerkWork:
    """What one clerk has typed. ``wrong``: entries a supervisor found to differ from the paper.

    ``wrong_lines``: lines of those. ``recent``: entries within `RATE_OVER`.
    """

    name: str
    entries: int
    recent: int
    wrong: int
    wrong_lines: int
    last: datetime


STAGES = """
WITH newest AS (
  SELECT DISTINCT ON (p.station_id) p.station_id, p.id, p.status
  FROM tabulation_protocol p
  WHERE p.contest_id = %(contest)s AND p.status <> 'set_aside'
  ORDER BY p.station_id, p.version DESC
), standing AS (
  SELECT p.station_id, p.accepted_at FROM tabulation_protocol p
  WHERE p.contest_id = %(contest)s AND p.status IN ('accepted', 'annulled')
), typing AS (
  SELECT s.protocol_id FROM tabulation_seat s
  JOIN tabulation_protocol p ON p.id = s.protocol_id
  WHERE p.contest_id = %(contest)s AND p.status = 'entered' AND s.released_at IS NULL
  GROUP BY s.protocol_id HAVING count(*) > 1
), place AS (
  SELECT a.lineage, CASE
      WHEN f.station_id IS NOT NULL THEN 'accepted'
      WHEN n.id IS NULL THEN 'expected'
      WHEN n.status <> 'entered' THEN n.status
      WHEN t.protocol_id IS NULL THEN 'first' ELSE 'second' END AS stage,
    f.station_id IS NOT NULL AND n.status = ANY (%(in_work)s) AS corrected,
    f.accepted_at >= %(since)s AS recent
  FROM tabulation_conteststation c
  JOIN tabulation_pollingstation s ON s.id = c.station_id
  JOIN tabulation_area a ON a.id = s.area_id
  LEFT JOIN newest n ON n.station_id = c.station_id
  LEFT JOIN standing f ON f.station_id = c.station_id
  LEFT JOIN typing t ON t.protocol_id = n.id
  WHERE c.contest_id = %(contest)s AND %(head)s = ANY (a.lineage)
), counted AS (
  SELECT lineage[%(depth)s + 1] AS below, grouping(lineage[%(depth)s + 1]) AS whole, count(*) AS n,
    count(*) FILTER (WHERE stage = 'expected') AS expected,
    count(*) FILTER (WHERE stage = 'received') AS received,
    count(*) FILTER (WHERE stage = 'first') AS first,
    count(*) FILTER (WHERE stage = 'second') AS second,
    count(*) FILTER (WHERE stage = 'different') AS different,
    count(*) FILTER (WHERE stage = 'errors') AS errors,
    count(*) FILTER (WHERE stage = 'verified') AS verified,
    count(*) FILTER (WHERE stage = 'accepted') AS accepted,
    count(*) FILTER (WHERE corrected) AS corrections,
    count(*) FILTER (WHERE recent) AS recent
  FROM place GROUP BY GROUPING SETS ((), (lineage[%(depth)s + 1]))
)
SELECT a.id, a.code, a.name, n, expected, received, first, second, different, errors, verified,
  accepted, corrections, recent
FROM counted
JOIN tabulation_area a ON a.id = CASE WHEN whole = 1 THEN %(head)s ELSE below END
ORDER BY whole DESC, a.code COLLATE "C"
"""

WAITING = """
SELECT s.code, s.name, p.status, p.received_at,
  coalesce(array_agg(coalesce(nullif(u.real_name, ''), u.username) ORDER BY seat.slot)
    FILTER (WHERE u.id IS NOT NULL), '{}')
FROM (
  SELECT w.id, w.station_id, w.status, w.received_at FROM tabulation_protocol w
  JOIN tabulation_pollingstation ws ON ws.id = w.station_id
  JOIN tabulation_area wa ON wa.id = ws.area_id
  WHERE w.contest_id = %(contest)s AND w.status = ANY (%(in_work)s) AND %(head)s = ANY (wa.lineage)
  ORDER BY w.received_at, w.id LIMIT %(most)s
) p
JOIN tabulation_pollingstation s ON s.id = p.station_id
LEFT JOIN tabulation_seat seat ON seat.protocol_id = p.id AND seat.released_at IS NULL
LEFT JOIN tabulation_user u ON u.id = seat.person_id
GROUP BY p.id, s.code, s.name, p.status, p.received_at ORDER BY p.received_at, p.id
"""

CLERKS = """
SELECT coalesce(nullif(u.real_name, ''), u.username), count(*),
  count(*) FILTER (WHERE e.typed_at >= %(since)s),
  count(r.entry_id) FILTER (WHERE r.cause = 'difference'),
  coalesce(sum(cardinality(r.lines)) FILTER (WHERE r.cause = 'difference'), 0), max(e.typed_at)
FROM tabulation_entry e
JOIN tabulation_seat seat ON seat.id = e.seat_id
JOIN tabulation_user u ON u.id = seat.person_id
JOIN tabulation_protocol p ON p.id = seat.protocol_id
JOIN tabulation_pollingstation s ON s.id = p.station_id
JOIN tabulation_area a ON a.id = s.area_id
LEFT JOIN tabulation_entryreturn r ON r.entry_id = e.id
WHERE p.contest_id = %(contest)s AND %(head)s = ANY (a.lineage)
GROUP BY u.id ORDER BY 1
"""


def stages_by_area(contest: Contest, head: Area, now: datetime) -> list[Stages]:
    """``head`` first, then the areas directly below it by code; one where nobody votes is not in.

    Stations directly in ``head`` are only in its own row. One statement.
    """
    rows = _rows(STAGES, contest, head, since=now - RATE_OVER, depth=len(head.lineage))
    return [Stages(*row) for row in rows]


def waiting_longest(contest: Contest, head: Area, most: int = 10) -> list[Waiting]:
    """Protocols in work whose paper came in first. One statement."""
    rows = _rows(WAITING, contest, head, most=most)
    return [Waiting(*row) for row in rows]


def work_by_clerk(contest: Contest, head: Area, now: datetime) -> list[ClerkWork]:
    """What each clerk has typed of the stations of ``head``. One statement."""
    rows = _rows(CLERKS, contest, head, since=now - RATE_OVER)
    return [ClerkWork(*row) for row in rows]


def _rows(statement: str, contest: Contest, head: Area, **values: Any) -> Sequence[tuple[Any, ...]]:
    named: dict[str, Any] = {
        "contest": contest.pk,
        "head": head.pk,
        "in_work": list(lifecycle.IN_WORK),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, {**named, **values})
        return list(cursor.fetchall())
