"""Publish timed turnout: the stations that reported since, the areas above them, and their file.

Plans stay linear whatever the planner believes of the tables: see `replacing`.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from candidates.models import Contest
from tabulation.database.plans import no_nested_loops
from tabulation.database.statements import CHUNK, fetch
from tabulation.ledger.replacing import MANY, areas_above, beside, keys_of, supersede, take
from tabulation.models import Publication

LEDGER = "tabulation_publishedturnout"
REPORTERS = """SELECT DISTINCT station_id FROM tabulation_turnoutqueue
  WHERE contest_id = %(contest)s"""
#: Each station's readings, in order.
READINGS = """SELECT station_id, array_agg(hour ORDER BY hour) AS hours,
  array_agg(voters::bigint ORDER BY hour) AS voters
  FROM tabulation_timedturnout WHERE contest_id = %(contest)s GROUP BY station_id"""
STANDS = """SELECT id, station_id, hours, voters FROM tabulation_publishedturnout
  WHERE contest_id = %(contest)s AND station_id IS NOT NULL AND superseded_in IS NULL"""
PLACES = "SELECT id AS station_id, area_id, code FROM tabulation_pollingstation"
LISTS = """SELECT station_id, registered::bigint FROM tabulation_conteststation
  WHERE contest_id = %(contest)s"""


def replace_turnout(cursor: CursorWrapper, contest: Contest, number: int, *, whole: bool) -> bool:
    """Write publication ``number``'s turnout of the stations in the queue, which is emptied, and
    of the areas above them, whose figures are written; with ``whole`` of all that ever reported.
    Whether anything is another than what stands. One look at the queue when nobody reported.
    """
    reporters = _take(cursor, contest, whole=whole)
    if not reporters:
        return False
    keys = keys_of(contest, number)
    many = reporters > MANY
    cursor.execute("DROP TABLE IF EXISTS pg_temp.fresh_turnout")
    with no_nested_loops() if many else nullcontext():
        cursor.execute(
            f"CREATE TEMPORARY TABLE fresh_turnout ON COMMIT DROP AS {_rows(many)}", keys
        )
        written = int(cursor.rowcount)
    if written:
        cursor.execute("ANALYZE fresh_turnout")
        _replace_stations(cursor, keys)
        leaves = "(SELECT DISTINCT area_id FROM fresh_turnout)"
        for depth in areas_above(cursor, contest, leaves, LEDGER, "turnout_areas"):
            _replace_areas(cursor, {**keys, "depth": depth})
    return bool(written)


def waiting_turnout(contest: Contest) -> tuple[int, str]:
    """How many stations in the queue report something else than what stands, and a digest of it."""
    keys = {"contest": contest.pk}
    ((queued,),) = fetch(f"SELECT count(*) FROM ({REPORTERS}) r", keys)  # noqa: S608  # a constant
    if not queued:
        return 0, ""
    many = queued > MANY
    with no_nested_loops() if many else nullcontext():
        ((count, digest),) = fetch(
            f"""
            WITH reporters AS ({REPORTERS})
            SELECT count(*), coalesce(encode(sha256(string_agg(sha256(convert_to(
              row(station_id, hours, voters)::text, 'UTF8')), ''::bytea ORDER BY station_id)),
              'hex'), '') FROM ({_rows(many)}) changed""",  # noqa: S608  # constants of ours
            keys,
        )
    return count, digest


def _take(cursor: CursorWrapper, contest: Contest, *, whole: bool) -> int:
    """Fill `reporters` with the stations in the queue; how many."""
    source = "tabulation_timedturnout" if whole else "tabulation_turnoutqueue"
    cursor.execute(f"SELECT EXISTS (SELECT FROM {source} WHERE contest_id = %s)", [contest.pk])  # noqa: S608  # one of two constants
    if not cursor.fetchone()[0]:
        return 0
    count = take(cursor, contest, "tabulation_turnoutqueue", "reporters")
    if whole:
        cursor.execute(
            """
            INSERT INTO reporters
            SELECT station_id FROM tabulation_timedturnout WHERE contest_id = %s
            EXCEPT SELECT station_id FROM reporters""",
            [contest.pk],
        )
        count += int(cursor.rowcount)
    cursor.execute("ANALYZE reporters")
    return count


def _rows(many: bool) -> str:
    """What those stations report now, as far as it differs from what stands, as SQL."""
    return f"""
        SELECT s.station_id, s.area_id, s.code, cs.registered, t.hours, t.voters, f.id AS replaces
        FROM reporters r
        {beside(PLACES, "s", "r.station_id", many)}
        {beside(LISTS, "cs", "r.station_id", many)}
        {beside(READINGS, "t", "r.station_id", many)}
        {beside(STANDS, "f", "r.station_id", many)}
        WHERE t.hours IS NOT NULL AND (f.hours, f.voters) IS DISTINCT FROM (t.hours, t.voters)"""  # noqa: S608  # constants of ours


def _replace_stations(cursor: CursorWrapper, keys: dict[str, Any]) -> None:
    supersede(cursor, LEDGER, "fresh_turnout", keys)
    cursor.execute(
        """
        INSERT INTO tabulation_publishedturnout (election_id, contest_id, station_id, parent_id,
          code, hours, voters, reporting, registered, without_list, expected, published_in)
        SELECT %(election)s, %(contest)s, station_id, area_id, code, hours, voters,
          array_fill(1, ARRAY[cardinality(hours)]),
          array_fill(registered, ARRAY[cardinality(hours)]),
          array_fill((registered IS NULL)::int, ARRAY[cardinality(hours)]), 1, %(number)s
        FROM fresh_turnout""",
        keys,
    )


def _replace_areas(cursor: CursorWrapper, keys: dict[str, Any]) -> None:
    """The areas of one depth, each from the rows directly below it. Who has not reported by an hour
    is not in the sums of that hour.
    """
    supersede(cursor, LEDGER, "turnout_areas", keys, "depth = %(depth)s")
    cursor.execute(
        """
        INSERT INTO tabulation_publishedturnout (election_id, contest_id, area_id, parent_id, code,
          hours, voters, reporting, registered, without_list, expected, published_in)
        SELECT %(election)s, %(contest)s, a.id, CASE WHEN a.id <> %(head)s THEN a.parent_id END,
          a.code, sums.hours, sums.voters, sums.reporting, sums.registered, sums.without_list,
          figures.stations, %(number)s
        FROM (SELECT area_id FROM turnout_areas WHERE depth = %(depth)s) t
        JOIN tabulation_area a ON a.id = t.area_id
        CROSS JOIN LATERAL (
          SELECT array_agg(hour ORDER BY hour) AS hours, array_agg(voters ORDER BY hour) AS voters,
            array_agg(reporting ORDER BY hour) AS reporting,
            array_agg(registered ORDER BY hour) AS registered,
            array_agg(without_list ORDER BY hour) AS without_list
          FROM (
            SELECT r.hour, sum(r.voters)::bigint AS voters, sum(r.reporting)::integer AS reporting,
              sum(r.registered)::bigint AS registered, sum(r.without_list)::integer AS without_list
            FROM tabulation_publishedturnout f
            CROSS JOIN LATERAL unnest(f.hours, f.voters, f.reporting, f.registered, f.without_list)
              AS r(hour, voters, reporting, registered, without_list)
            WHERE f.contest_id = %(contest)s AND f.parent_id = t.area_id
              AND f.superseded_in IS NULL
            GROUP BY r.hour OFFSET 0
          ) by_hour
        ) sums
        CROSS JOIN LATERAL (
          SELECT stations FROM tabulation_publishedfigures
          WHERE contest_id = %(contest)s AND area_id = t.area_id AND superseded_in IS NULL OFFSET 0
        ) figures
        ORDER BY a.id""",
        keys,
    )


# --- The file --------------------------------------------------------------------------------

HEADER = ("unit", "code", "hour", "voters", "stations", "registered", "without_list", "expected")
#: The rows of one unit, each with ``rest`` at its end. Codes need no quotes; made in the database,
#: since a nation's hours are hashed anew whenever somebody reports.
ROWS = """
    SELECT (
      SELECT string_agg(concat(%(kind)s::text, ',', f.code, ',', to_char(r.hour, 'HH24:MI'), ',',
        r.voters, ',', r.reporting, ',', r.registered, ',', r.without_list, ',', f.expected,
        %(rest)s::text), '' ORDER BY r.hour)
      FROM unnest(f.hours, f.voters, f.reporting, f.registered, f.without_list)
        AS r(hour, voters, reporting, registered, without_list)
    )
    FROM tabulation_publishedturnout f
    WHERE f.contest_id = %(contest)s AND (f.area_id IS NOT NULL) = (%(kind)s = 'area')
      AND f.published_in <= %(number)s
      AND (f.superseded_in IS NULL OR f.superseded_in > %(number)s)
    ORDER BY f.code"""


def turnout_file(contest: Contest, number: int) -> Iterator[str]:
    """The turnout of a contest in publication ``number`` as its file, in parts.

    Its hash is in manifests, and carried on from one to the next while nobody reports: what is
    written here once stays as it is, byte for byte (docs/verification.md).
    """
    notice = contest.election.notice
    yield ",".join([*HEADER, *(["notice"] if notice else [])]) + "\n"
    rest = _line(["", notice]) if notice else "\n"
    for kind in ("area", "station"):
        keys = {"kind": kind, "rest": rest, "contest": contest.pk, "number": number}
        with connection.chunked_cursor() as cursor:
            cursor.execute(ROWS, keys)
            while units := cursor.fetchmany(CHUNK):
                yield "".join(rows for (rows,) in units)


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def file_hash(contest: Contest, number: int, last: Publication | None, *, changed: bool) -> str:
    """SHA-256 of that file, as the manifest of publication ``number`` has it; empty when nobody
    ever reported. ``changed``: something is another than in the ``last`` publication.
    """
    if changed:
        digest = hashlib.sha256()
        for part in turnout_file(contest, number):
            digest.update(part.encode())
        return digest.hexdigest()
    return turnout_bound(last, contest.code) if last else ""


def turnout_bound(publication: Publication, contest: str) -> str:
    """The hash of the turnout file in the manifest of ``publication``; empty: there is none."""
    bound = json.loads(publication.manifest)["contests"]
    return str(next((c.get("turnout", "") for c in bound if c["contest"] == contest), ""))
