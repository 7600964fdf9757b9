"""Write the rows of the stations whose published figures changed, with their hashes."""

from contextlib import nullcontext
from typing import Any

from django.db.backends.utils import CursorWrapper

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.arithmetic.rules import SHORT, evaluated_sql, relation_sql
from tabulation.database.plans import all_processors, no_nested_loops, sort_in_memory
from tabulation.database.snapshots import temporary
from tabulation.ledger.fixed import require_fixed_form
from tabulation.ledger.records import record_hash, station_record
from tabulation.ledger.replacing import MANY, REASONS, beside, keys_of, supersede, take
from tabulation.ledger.withholding import withhold

#: Which of a station's protocols is published.
IN_FORCE = "status IN ('accepted', 'annulled')"
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
EVERYWHERE = "SELECT station_id FROM tabulation_conteststation WHERE contest_id = %(contest)s"
STANDING = """SELECT * FROM tabulation_publishedfigures
  WHERE contest_id = %(contest)s AND superseded_in IS NULL"""
#: The columns of a protocol that are read, its figures unpacked once: of a long form every
#: subscript would unpack them anew.
PROTOCOL = (
    "id, station_id, status, version, reason, decision, ruling_reason, ruling_decision,"
    " figures[:] AS figures"
)


def find_changed(
    cursor: CursorWrapper, contest: Contest, form: ProtocolForm, number: int, *, whole: bool
) -> int:
    """Fill `fresh` with publication ``number``'s rows of the stations in the queue, which is
    emptied, as far as they differ from what stands; with ``whole`` of all stations. How many; the
    areas they lie in are in `changed_areas`. Raises PublicationRefused for another form.
    """
    require_fixed_form(contest, form, number)
    many = take(cursor, contest, "tabulation_publicationqueue", "touched") > MANY or whole
    cursor.execute("ANALYZE touched")
    keys = keys_of(contest, number)
    stations = EVERYWHERE if whole else "SELECT station_id FROM touched"
    with no_nested_loops() if many else nullcontext():
        withhold(cursor, contest, number, stations, many=many)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.fresh")
    if many:
        sort_in_memory(cursor)
    with (
        no_nested_loops() if many else nullcontext(),
        all_processors(cursor) if many else nullcontext(),
    ):
        # A table made by a query is what several processors work on; an inserted row is not.
        rows = _rows(form, stations, many=many)
        cursor.execute(f"CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS {rows}", keys)
        changed = int(cursor.rowcount)
    if changed:
        cursor.execute("ANALYZE fresh")
        temporary(cursor, "changed_areas", "area_id bigint")
        cursor.execute("INSERT INTO changed_areas SELECT DISTINCT area_id FROM fresh")
    return changed


def _rows(form: ProtocolForm, stations: str, *, many: bool) -> str:
    """The rows ``stations`` have now, as far as they differ from what stands, as SQL. One that is
    withheld keeps what stands, and is not counted where nothing does.
    """
    relations = [check.relation for check in form.checks]
    long = len(form.lines) > SHORT
    broken = ", ".join(
        f"coalesce((NOT {relation_sql(relation, 'p.figures')})::int, 0)" for relation in relations
    )
    evaluated = ", ".join(f"{evaluated_sql(relation, 'p.figures')}::int" for relation in relations)
    protocols = (
        f"SELECT {PROTOCOL if long else '*'} FROM tabulation_protocol"  # noqa: S608  # names of ours
        f" WHERE contest_id = %(contest)s AND {IN_FORCE}"
        " AND station_id NOT IN (SELECT station_id FROM withheld)"
        f" {'OFFSET 0' if long and many else ''}"
    )
    return f"""
        SELECT now.*, f.id AS replaces, {record_hash(station_record(form, "now", "s", "a"))}
          AS hash
        FROM ({stations}) t
        JOIN tabulation_pollingstation s ON s.id = t.station_id
        JOIN tabulation_area a ON a.id = s.area_id
        JOIN tabulation_conteststation cs
          ON cs.station_id = s.id AND cs.contest_id = %(contest)s
        {beside(protocols, "p", "s.id", many)}
        {beside(REASONS, "w", "p.id", many, by="protocol_id")}
        {beside(STANDING, "f", "s.id", many)}
        CROSS JOIN LATERAL (
          SELECT s.id AS station_id, s.area_id, s.code, cs.registered::bigint AS registered,
            {PUBLISHED},
            ARRAY[{broken}]::integer[] AS broken, ARRAY[{evaluated}]::integer[] AS evaluated,
            w.reasons, sha256(convert_to(w.reasons, 'UTF8')) AS explanations
          {"OFFSET 0" if long else ""}
        ) now
        WHERE f.id IS NULL OR t.station_id NOT IN (SELECT station_id FROM withheld)
          AND (f.status, f.figures, f.version, f.reason, f.decision)
          IS DISTINCT FROM (now.status, now.figures, now.version, now.reason, now.decision)"""  # noqa: S608  # positions and names of ours


def replace_stations(cursor: CursorWrapper, contest: Contest, number: int) -> None:
    """Write the rows that `find_changed` found."""
    keys: dict[str, Any] = keys_of(contest, number)
    supersede(cursor, LEDGER, "fresh", keys)
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
