"""What replaces rows of the ledger, as SQL that stations, areas and timed turnout share.

Right after a large load the planner knows nothing of the new rows yet, and what it would choose may
be quadratic. So a few stations are looked up by their keys (LATERAL, OFFSET 0), and many are joined
without nested loops, which is linear whatever the planner believes.
"""

from typing import Any

from django.db.backends.utils import CursorWrapper

from candidates.models import Contest
from tabulation.database.snapshots import temporary

#: From how many stations on they are joined all at once.
MANY = 2_000
#: Per protocol, the reasons in its standing entries as docs/verification.md hashes them.
REASONS = """
    SELECT seat.protocol_id, string_agg(
      r.code || chr(9) || record_text(w.reason) || chr(10), '' ORDER BY seat.slot, r.ordinal
    ) AS reasons
    FROM tabulation_warningreason w
    JOIN tabulation_controlrelation r ON r.id = w.relation_id
    JOIN tabulation_entry e ON e.id = w.entry_id
    JOIN tabulation_seat seat ON seat.id = e.seat_id AND seat.released_at IS NULL
    WHERE r.contest_id = %(contest)s
      AND NOT EXISTS (SELECT FROM tabulation_entryreturn back WHERE back.entry_id = e.id)
    GROUP BY seat.protocol_id"""


def keys_of(contest: Contest, number: int) -> dict[str, Any]:
    """The parameters of statements that write publication ``number`` of a contest."""
    return {
        "contest": contest.pk,
        "code": contest.code,
        "election": contest.election_id,
        "head": contest.constituency.area_id,
        "number": number,
    }


def take(cursor: CursorWrapper, contest: Contest, queue: str, into: str) -> int:
    """Fill the temporary table ``into`` with the stations in the ``queue``; how many."""
    temporary(cursor, into, "station_id bigint")
    cursor.execute(
        f"""
        WITH taken AS (DELETE FROM {queue} WHERE contest_id = %s RETURNING station_id)
        INSERT INTO {into} SELECT DISTINCT station_id FROM taken""",  # noqa: S608  # tables of ours
        [contest.pk],
    )
    return int(cursor.rowcount)


def beside(select: str, alias: str, key: str, many: bool, by: str = "station_id") -> str:
    """The join of the row of ``select`` whose ``by`` is ``key``: all at once, or looked up."""
    if many:
        return f"LEFT JOIN ({select}) {alias} ON {alias}.{by} = {key}"
    return (
        f"LEFT JOIN LATERAL (SELECT * FROM ({select}) q WHERE q.{by} = {key} OFFSET 0)"  # noqa: S608  # literals of the callers
        f" {alias} ON true"
    )


def areas_above(
    cursor: CursorWrapper, contest: Contest, leaves: str, ledger: str, into: str
) -> list[int]:
    """Fill the temporary table ``into`` with the areas of ``leaves`` and all above them, each with
    its row of the ``ledger``; their depths, deepest first.

    Nothing above the head of the contest: a regional contest has no national sum.
    """
    temporary(cursor, into, "area_id bigint PRIMARY KEY, depth integer, replaces bigint")
    cursor.execute(
        f"""
        INSERT INTO {into}
        SELECT above.id, cardinality(above.lineage), f.id
        FROM (
          SELECT DISTINCT unnest(a.lineage) AS id
          FROM {leaves} leaf
          JOIN tabulation_area a ON a.id = leaf.area_id
        ) t
        JOIN tabulation_area above ON above.id = t.id AND %(head)s = ANY (above.lineage)
        LEFT JOIN LATERAL (
          SELECT id FROM {ledger}
          WHERE contest_id = %(contest)s AND area_id = t.id AND superseded_in IS NULL OFFSET 0
        ) f ON true""",  # noqa: S608  # tables of ours
        {"contest": contest.pk, "head": contest.constituency.area_id},
    )
    cursor.execute(f"ANALYZE {into}")
    cursor.execute(f"SELECT DISTINCT depth FROM {into} ORDER BY depth DESC")  # noqa: S608  # a table of ours
    return [depth for (depth,) in cursor.fetchall()]


def supersede(
    cursor: CursorWrapper, ledger: str, replaced: str, keys: dict[str, Any], which: str = "true"
) -> None:
    """End the rows of the ``ledger`` that those of ``replaced`` replace, as of ``number``."""
    cursor.execute(
        f"""
        UPDATE {ledger} SET superseded_in = %(number)s WHERE id = ANY (
          ARRAY (SELECT replaces FROM {replaced} WHERE {which} AND replaces IS NOT NULL))""",  # noqa: S608  # names of ours
        keys,
    )
