"""How far the count has come: by area, by clerk, what waits longest, and when it will be done.

A constant number of statements at any number of stations. No figure of any protocol is read.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from candidates.models import Contest
from tabulation.arithmetic import lifecycle
from tabulation.database.plans import no_nested_loops
from tabulation.database.statements import fetch
from tabulation.models import Area

#: Over how long the rate is taken.
RATE_OVER = timedelta(hours=1)
#: How old a shown count may be, and how old for who comes while another counts.
FRESH = timedelta(seconds=10)
KEPT = timedelta(minutes=10)
#: Of how many areas a process keeps what it counted.
MOST_KEPT = 200


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
    names: dict[str, str]
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
    """A protocol in work, with who is typing it."""

    code: str
    name: str
    names: dict[str, str]
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


@dataclass(frozen=True)
class Progress:
    """All of it for one area, as it was ``at`` a moment."""

    at: datetime
    stages: list[Stages]
    waiting: list[Waiting]
    clerks: list[ClerkWork]


STAGES = """
WITH typing AS (
  SELECT s.protocol_id FROM tabulation_seat s
  JOIN tabulation_protocol p ON p.id = s.protocol_id
  WHERE p.contest_id = %(contest)s AND p.status = 'entered' AND s.released_at IS NULL
  GROUP BY s.protocol_id HAVING count(*) > 1
), place AS (
  -- One version at most is in work, and one in force: the database sees to that.
  SELECT a.lineage[%(depth)s + 1] AS below, CASE
      WHEN f.id IS NOT NULL THEN 'accepted'
      WHEN w.id IS NULL THEN 'expected'
      WHEN w.status <> 'entered' THEN w.status
      WHEN t.protocol_id IS NULL THEN 'first' ELSE 'second' END AS stage,
    f.id IS NOT NULL AND w.id IS NOT NULL AS corrected,
    f.accepted_at >= %(since)s AS recent
  FROM tabulation_conteststation c
  JOIN tabulation_pollingstation s ON s.id = c.station_id
  JOIN tabulation_area a ON a.id = s.area_id
  LEFT JOIN tabulation_protocol w ON w.contest_id = c.contest_id AND w.station_id = c.station_id
    AND w.status IN ('received', 'entered', 'different', 'errors', 'verified')
  LEFT JOIN tabulation_protocol f ON f.contest_id = c.contest_id AND f.station_id = c.station_id
    AND f.status IN ('accepted', 'annulled')
  LEFT JOIN typing t ON t.protocol_id = w.id
  WHERE c.contest_id = %(contest)s AND %(head)s = ANY (a.lineage)
), counted AS (
  SELECT below, grouping(below) AS whole, count(*) AS n,
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
  FROM place GROUP BY GROUPING SETS ((), (below))
)
SELECT a.id, a.code, a.name, a.names, n, expected, received, first, second, different, errors,
  verified, accepted, corrections, recent
FROM counted
JOIN tabulation_area a ON a.id = CASE WHEN whole = 1 THEN %(head)s ELSE below END
ORDER BY whole DESC, a.code COLLATE "C"
"""

WAITING = """
SELECT s.code, s.name, s.names, p.status, p.received_at,
  coalesce(array_agg(
    coalesce(nullif(u.real_name, '') || ' (' || u.username || ')', u.username) ORDER BY seat.slot)
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
  AND NOT EXISTS (
    SELECT FROM tabulation_entry e LEFT JOIN tabulation_entryreturn r ON r.entry_id = e.id
    WHERE e.seat_id = seat.id AND r.entry_id IS NULL)
LEFT JOIN tabulation_user u ON u.id = seat.person_id
GROUP BY p.id, s.code, s.name, s.names, p.status, p.received_at ORDER BY p.received_at, p.id
"""

CLERKS = """
SELECT coalesce(nullif(u.real_name, '') || ' (' || u.username || ')', u.username), count(*),
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


@dataclass
class _Place:
    """What one area's count was here, in this process, and who counts it anew."""

    counted: Progress | None = None
    counting: threading.Lock = field(default_factory=threading.Lock)

    def within(self, age: timedelta, now: datetime) -> Progress | None:
        """What was counted, unless it is older than ``age``."""
        # Whoever waited may have looked at the clock before who counted.
        fits = self.counted is not None and abs(now - self.counted.at) < age
        return self.counted if fits else None


#: By contest and area. In memory: a count that the database kept for all could be written there.
_places: dict[tuple[int, int], _Place] = {}


def forget() -> None:
    """Count anew whatever is asked for next."""
    _places.clear()


def progress_of(contest: Contest, head: Area, now: datetime) -> Progress:
    """The progress of ``head``, at most `FRESH` old while anybody asks.

    Hundreds look at this page all night: in each process one of them has it counted anew, and the
    others read what was counted last.
    """
    if len(_places) > MOST_KEPT:
        forget()
    place = _places.setdefault((contest.pk, head.pk), _Place())
    if fresh := place.within(FRESH, now):
        return fresh
    kept = place.within(KEPT, now)
    if kept is None:
        place.counting.acquire()
    elif not place.counting.acquire(blocking=False):
        return kept
    try:
        counted = place.counted = place.within(FRESH, now) or _count(contest, head, now)
    finally:
        place.counting.release()
    return counted


def _count(contest: Contest, head: Area, now: datetime) -> Progress:
    return Progress(
        now,
        stages_by_area(contest, head, now),
        waiting_longest(contest, head),
        work_by_clerk(contest, head, now),
    )


def stages_by_area(contest: Contest, head: Area, now: datetime) -> list[Stages]:
    """``head`` first, then the areas directly below it by code; one where nobody votes is not in.

    Stations directly in ``head`` are only in its own row. One statement.
    """
    with no_nested_loops():
        rows = _rows(STAGES, contest, head, since=now - RATE_OVER, depth=len(head.lineage))
    return [
        Stages(area, code, name, json.loads(names), *row) for area, code, name, names, *row in rows
    ]


def waiting_longest(contest: Contest, head: Area, most: int = 10) -> list[Waiting]:
    """Protocols in work whose paper came in first. One statement."""
    rows = _rows(WAITING, contest, head, most=most)
    return [Waiting(code, name, json.loads(names), *row) for code, name, names, *row in rows]


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
    return fetch(statement, {**named, **values})
