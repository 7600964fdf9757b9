"""Stations about which something is still open: not counted, or with a correction under way."""

from dataclasses import dataclass
from typing import Any

from candidates.models import Contest
from tabulation.arithmetic import lifecycle
from tabulation.database.statements import fetch

#: Stations and protocols are put together by grouping, which is linear whatever the planner
#: believes of either; only what is found is looked up, by its key.
OPEN = """
SELECT s.code, s.name, found.counts
FROM (
  SELECT station_id, bool_or(counts) AS counts
  FROM (
    SELECT station_id, false AS counts, false AS in_work
    FROM tabulation_conteststation WHERE contest_id = %(contest)s
    UNION ALL
    SELECT station_id, status = ANY (%(in_force)s), status = ANY (%(in_work)s)
    FROM tabulation_protocol WHERE contest_id = %(contest)s
  ) every
  GROUP BY station_id HAVING NOT bool_or(counts) OR bool_or(in_work)
) found
JOIN tabulation_pollingstation s ON s.id = found.station_id
ORDER BY s.code"""


@dataclass(frozen=True)
class OpenStation:
    """One that is not counted, or has a correction under way.

    ``counts``: an earlier version of its protocol counts, or was annulled.
    """

    code: str
    name: str
    counts: bool


def open_stations(contest: Contest) -> list[OpenStation]:
    """Those of ``contest`` by code, in one query."""
    values: dict[str, Any] = {
        "contest": contest.pk,
        "in_force": list(lifecycle.IN_FORCE),
        "in_work": list(lifecycle.IN_WORK),
    }
    return [OpenStation(*row) for row in fetch(OPEN, values)]
