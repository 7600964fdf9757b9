"""Write the rows of the stations whose published figures changed, with their hashes.

Right after a large load the planner knows nothing of the new rows yet, and what it would choose may
be quadratic. So a few stations are looked up by their keys (LATERAL, OFFSET 0), and many are joined
without nested loops, which is linear whatever the planner believes.
"""

from contextlib import nullcontext

from django.db.backends.utils import CursorWrapper

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.arithmetic.rules import SHORT, evaluated_sql, relation_sql
from tabulation.database.plans import all_processors, no_nested_loops, sort_in_memory
from tabulation.database.snapshots import temporary
from tabulation.ledger.records import record_hash, station_record

#: From how many changed stations on they are joined all at once.
MANY = 2_000
#: Which of a station's protocols is published.
IN_FORCE = "status IN ('accepted', 'annulled')"
STANDS = "superseded_in IS NULL"
#: What is published of a station with the protocol p in force, which may be none.
PUBLISHED = """
                CASE p.status WHEN 'accepted' THEN 'counted' WHEN 'annulled' THEN 'annulled'
                              ELSE 'not counted' END AS status,
                p.figures::bigint[] AS figures, p.version,
                -- The last ruling about the version, else why there is a version.
                coalesce(nullif(p.ruling_reason, ''), p.reason, '') AS reason,
                CASE WHEN p.ruling_reason <> '' THEN p.ruling_decision
                     ELSE coalesce(p.decision, '') END AS decision"""
LEDGER = "tabulation_publishedfigures"
#: The columns of a protocol that are read, its figures unpacked once: of a long form every
#: subscript would unpack them anew.
PROTOCOL = (
    "id, station_id, status, version, reason, decision, ruling_reason, ruling_decision,"
    " figures[:] AS figures"
)


def replace_stations(
    cursor: CursorWrapper, contest: Contest, form: ProtocolForm, number: int, *, whole: bool
) -> int:
    """Write publication ``number``'s rows of the stations in the queue, which is emptied, as far
    as they differ from what stands; with ``whole`` of all stations. How many were written; the
    areas they lie in are in `changed_areas`.
    """
    many = _take(cursor, contest) > MANY or whole
    keys: dict[str, int | str] = {
        "contest": contest.pk,
        "code": contest.code,
        "election": contest.election_id,
        "number": number,
    }
    cursor.execute("DROP TABLE IF EXISTS pg_temp.fresh")
    if many:
        sort_in_memory(cursor)
    with (
        no_nested_loops() if many else nullcontext(),
        all_processors(cursor) if many else nullcontext(),
    ):
        # A table made by a query is what several processors work on; an inserted row is not.
        rows = _rows(form, many=many, whole=whole)
        cursor.execute(f"CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS {rows}", keys)
        written = int(cursor.rowcount)
    if written:
        cursor.execute("ANALYZE fresh")
        _replace(cursor, keys)
        temporary(cursor, "changed_areas", "area_id bigint")
        cursor.execute("INSERT INTO changed_areas SELECT DISTINCT area_id FROM fresh")
    return written


def _take(cursor: CursorWrapper, contest: Contest) -> int:
    """Fill `touched` with the stations in the queue; how many."""
    temporary(cursor, "touched", "station_id bigint")
    cursor.execute(
        """
        WITH taken AS (
          DELETE FROM tabulation_publicationqueue WHERE contest_id = %s RETURNING station_id
        )
        INSERT INTO touched SELECT DISTINCT station_id FROM taken""",
        [contest.pk],
    )
    touched = int(cursor.rowcount)
    cursor.execute("ANALYZE touched")
    return touched


def _rows(form: ProtocolForm, *, many: bool, whole: bool) -> str:
    """The rows those stations have now, as far as they differ from what stands, as SQL."""
    everywhere = "(SELECT station_id FROM tabulation_conteststation WHERE contest_id = %(contest)s)"
    relations = [check.relation for check in form.checks]
    long = len(form.lines) > SHORT
    broken = ", ".join(
        f"coalesce((NOT {relation_sql(relation, 'p.figures')})::int, 0)" for relation in relations
    )
    evaluated = ", ".join(f"{evaluated_sql(relation, 'p.figures')}::int" for relation in relations)
    return f"""
        SELECT now.*, f.id AS replaces, {record_hash(station_record(form, "now", "s", "a"))}
          AS hash
        FROM {everywhere if whole else "touched"} t
        JOIN tabulation_pollingstation s ON s.id = t.station_id
        JOIN tabulation_area a ON a.id = s.area_id
        JOIN tabulation_conteststation cs
          ON cs.station_id = s.id AND cs.contest_id = %(contest)s
        {_beside("tabulation_protocol", "p", IN_FORCE, many, PROTOCOL if long else "*")}
        {_reasons(many)}
        {_beside(LEDGER, "f", STANDS, many)}
        CROSS JOIN LATERAL (
          SELECT s.id AS station_id, s.area_id, s.code, cs.registered::bigint AS registered,
            {PUBLISHED},
            ARRAY[{broken}]::integer[] AS broken, ARRAY[{evaluated}]::integer[] AS evaluated,
            w.reasons, sha256(convert_to(w.reasons, 'UTF8')) AS explanations
          {"OFFSET 0" if long else ""}
        ) now
        WHERE f.id IS NULL OR (f.status, f.figures, f.version, f.reason, f.decision)
          IS DISTINCT FROM (now.status, now.figures, now.version, now.reason, now.decision)"""  # noqa: S608  # positions and names of ours


def _beside(table: str, alias: str, which: str, many: bool, columns: str = "*") -> str:
    """The join of the one row of station s in ``table``: by its key, or all at once."""
    if many:
        return (
            f"LEFT JOIN (SELECT {columns} FROM {table}"  # noqa: S608  # table and condition are literals of the callers above
            f" WHERE contest_id = %(contest)s AND {which} {'' if columns == '*' else 'OFFSET 0'})"
            f" {alias}"
            f" ON {alias}.station_id = s.id"
        )
    return (
        f"LEFT JOIN LATERAL (SELECT {columns} FROM {table} WHERE contest_id = %(contest)s"  # noqa: S608  # table and condition are literals of the callers above
        f" AND station_id = s.id AND {which} OFFSET 0) {alias} ON true"
    )


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
      AND NOT EXISTS (SELECT FROM tabulation_entryreturn back WHERE back.entry_id = e.id)"""


def _reasons(many: bool) -> str:
    """The join of the reasons of protocol p: by its key, or all at once."""
    if many:
        return f"LEFT JOIN ({REASONS} GROUP BY seat.protocol_id) w ON w.protocol_id = p.id"
    return (
        f"LEFT JOIN LATERAL ({REASONS} AND seat.protocol_id = p.id"
        " GROUP BY seat.protocol_id OFFSET 0) w ON true"
    )


def _replace(cursor: CursorWrapper, keys: dict[str, int | str]) -> None:
    cursor.execute(
        """
        UPDATE tabulation_publishedfigures SET superseded_in = %(number)s WHERE id = ANY (
          ARRAY (SELECT replaces FROM fresh WHERE replaces IS NOT NULL))""",
        keys,
    )
    cursor.execute(
        """
        INSERT INTO tabulation_publishedfigures (election_id, contest_id, station_id, parent_id,
          code, status, figures, version, reason, decision, stations, counted, annulled, registered,
          registered_counted, broken, evaluated, reasons, explanations, hash, published_in)
        SELECT %(election)s, %(contest)s, station_id, area_id, code, status, figures, version,
          reason, decision, 1, (status = 'counted')::int, (status = 'annulled')::int, registered,
          CASE WHEN status = 'counted' THEN registered WHEN registered IS NOT NULL THEN 0 END,
          broken, evaluated, reasons, explanations, hash, %(number)s
        FROM fresh""",
        keys,
    )
