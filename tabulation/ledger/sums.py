"""Sum the areas above the changed stations, from the ledger rows below them, and hash the sums."""

from contextlib import nullcontext

from django.db.backends.utils import CursorWrapper

from candidates.models import Contest
from tabulation.arithmetic.commitments.sumtree import COUNTS, FAN_OUT, NODE
from tabulation.arithmetic.form import ProtocolForm
from tabulation.arithmetic.rules import SHORT
from tabulation.database.plans import all_processors
from tabulation.ledger.records import area_record, record_hash, sums_length, sums_of
from tabulation.ledger.replacing import areas_above, keys_of, supersede

LEDGER = "tabulation_publishedfigures"


def replace_areas(
    cursor: CursorWrapper, contest: Contest, form: ProtocolForm, number: int, *, whole: bool
) -> None:
    """Write publication ``number``'s rows of the areas above `changed_areas`, from the deepest up
    to the head of the contest. With ``whole`` all areas of the contest are among them.
    """
    for depth in areas_above(cursor, contest, "changed_areas", LEDGER, "touched_areas"):
        grow_trees(cursor, contest, form, depth, whole=whole)
        _replace(cursor, contest, form, number, depth)


def grow_trees(
    cursor: CursorWrapper, contest: Contest, form: ProtocolForm, depth: int, *, whole: bool
) -> None:
    """Fill `tree` with the nodes of the areas of one depth, level by level. Of each area the level
    with one node is the last: it has the area's root and all its sums.
    """
    keys = {"contest": contest.pk, "depth": depth, "head": contest.constituency.area_id}
    cursor.execute("DROP TABLE IF EXISTS pg_temp.tree")
    nodes = _first_level(form, ALL_AREAS if whole else TOUCHED_AREAS)
    with all_processors(cursor) if whole else nullcontext():
        cursor.execute(f"CREATE TEMPORARY TABLE tree ON COMMIT DROP AS {nodes}", keys)
    cursor.execute("CREATE INDEX ON tree (parent_id, level)")
    level = 1
    more = True
    while more:
        level += 1
        cursor.execute(_next_level(form, level))
        more = cursor.rowcount > 0


#: The areas of one depth that are summed; several processors read a table, but not a temporary one.
TOUCHED_AREAS = "SELECT area_id FROM touched_areas WHERE depth = %(depth)s"
ALL_AREAS = """SELECT id AS area_id FROM tabulation_area
        WHERE cardinality(lineage) = %(depth)s AND %(head)s = ANY (lineage)"""


def _first_level(form: ProtocolForm, areas: str) -> str:
    """Area by area, so that no more is sorted at once than the children of one."""
    lines, checks = range(1, len(form.lines) + 1), range(1, len(form.checks) + 1)
    counts = "FILTER (WHERE e.counted > 0)"
    others = [
        "count(*)",
        *(
            f"sum(coalesce(e.filled[{i}], (e.sums[{COUNTS + i}] IS NOT NULL)::int)) {counts}"
            for i in lines
        ),
        *(f"sum(e.broken[{i}]) {counts}" for i in checks),
        *(f"sum(e.evaluated[{i}]) {counts}" for i in checks),
    ]
    columns = "f.*"
    if len(form.lines) > SHORT:
        # Unpacked once a row, and not for every subscript.
        columns = "f.hash, f.counted, f.filled[:] AS filled, f.broken, f.evaluated"
    children = f"""
        SELECT {columns}, {sums_of(form, "f")} AS sums,
          row_number() OVER (ORDER BY f.code, f.station_id NULLS FIRST) - 1 AS position
        FROM tabulation_publishedfigures f
        WHERE f.parent_id = t.area_id AND f.contest_id = %(contest)s AND f.superseded_in IS NULL"""  # noqa: S608  # positions and names of ours
    nodes = _nodes(children, form, [f"coalesce({other}, 0)" for other in others])
    return f"""
        SELECT t.area_id AS parent_id, 1 AS level, n.*
        FROM ({areas}) t CROSS JOIN LATERAL ({nodes}) n"""  # noqa: S608  # names of ours


def _next_level(form: ProtocolForm, level: int) -> str:
    length = 1 + len(form.lines) + 2 * len(form.checks)
    below = f"""
        SELECT hash, sums, others, slot AS position FROM tree
        WHERE parent_id = t.parent_id AND level = {level - 1}"""  # noqa: S608  # a number of ours
    nodes = _nodes(below, form, [f"sum(e.others[{i}])" for i in range(1, length + 1)])
    return f"""
        INSERT INTO tree (parent_id, level, slot, nodes, hash, sums, others)
        SELECT t.parent_id, {level}, n.* FROM tree t CROSS JOIN LATERAL ({nodes}) n
        WHERE t.level = {level - 1} AND t.slot = 0 AND t.nodes > 1"""  # noqa: S608  # a number of ours


def _nodes(entries: str, form: ProtocolForm, others: list[str]) -> str:
    """The nodes of at most `FAN_OUT` of the ``entries`` of one area (hash, sums, position).

    They are counted a step above: there each sum would be a column, of which there are 1,664.
    """
    sums = ", ".join(f"sum(e.sums[{i}])" for i in range(1, sums_length(form) + 1))
    line = "concat(encode(e.hash, 'hex'), chr(9), array_to_string(e.sums, ',', ''), chr(10))"
    text = f"'{NODE.strip()}' || chr(10) || string_agg({line}, '' ORDER BY e.position)"
    return f"""
        SELECT slot, count(*) OVER () AS nodes, hash, sums, others FROM (
          SELECT position / {FAN_OUT} AS slot, {record_hash(text)} AS hash,
            ARRAY[{sums}]::bigint[] AS sums, ARRAY[{", ".join(others)}]::bigint[] AS others
          FROM ({entries}) e GROUP BY position / {FAN_OUT} OFFSET 0
        ) node OFFSET 0"""  # noqa: S608  # numbers and names of ours


def _replace(
    cursor: CursorWrapper, contest: Contest, form: ProtocolForm, number: int, depth: int
) -> None:
    """The rows of the areas of one depth, from the tops of their trees."""
    keys = {**keys_of(contest, number), "depth": depth}
    supersede(cursor, LEDGER, "touched_areas", keys, "depth = %(depth)s")
    cursor.execute(
        f"""
        INSERT INTO tabulation_publishedfigures (election_id, contest_id, area_id, parent_id, code,
          status, figures, filled, reason, decision, stations, counted, annulled, registered,
          registered_counted, broken, evaluated, children, root, hash, published_in)
        SELECT %(election)s, %(contest)s, n.area_id, above.id, a.code, n.status, n.figures,
          n.filled, '', '', n.stations, n.counted, n.annulled, n.registered, n.registered_counted,
          n.broken, n.evaluated, n.children, n.root,
          {record_hash(area_record(form, "n", "a", "above"))}, %(number)s
        FROM ({tops(form)}) n
        JOIN tabulation_area a ON a.id = n.area_id
        LEFT JOIN tabulation_area above ON above.id = a.parent_id AND a.id <> %(head)s
        ORDER BY n.area_id""",  # noqa: S608  # positions and names of ours
        keys,
    )


def tops(form: ProtocolForm) -> str:
    """The top of each tree, by the ledger's columns."""
    lines, checks = len(form.lines), len(form.checks)
    return f"""
        SELECT parent_id AS area_id, hash AS root, sums[1] AS stations, sums[2] AS counted,
          sums[3] AS annulled, sums[5] AS registered, sums[6] AS registered_counted,
          CASE WHEN sums[2] > 0 THEN sums[{COUNTS + 1}:] END AS figures,
          CASE WHEN sums[2] + sums[3] = 0 THEN 'not counted' WHEN sums[3] = sums[1] THEN 'annulled'
               WHEN sums[2] + sums[3] < sums[1] THEN 'partial' ELSE 'counted' END AS status,
          others[1] AS children, others[2:{1 + lines}]::integer[] AS filled,
          others[{2 + lines}:{1 + lines + checks}]::integer[] AS broken,
          others[{2 + lines + checks}:]::integer[] AS evaluated
        FROM tree WHERE nodes = 1"""  # noqa: S608  # numbers of ours
