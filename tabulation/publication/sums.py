"""Sum the areas above the changed stations, from the ledger rows below them, and hash the sums."""

from typing import Any

from candidates.models import Contest
from tabulation.commitments.sumtree import COUNTS, FAN_OUT, NODE
from tabulation.paper import Paper
from tabulation.publication.records import area_record, record_hash, sums_length, sums_of
from tabulation.publication.scratch import temporary


def replace_areas(cursor: Any, contest: Contest, paper: Paper, number: int) -> None:
    """Write publication ``number``'s rows of the areas above the stations in `fresh`, from the
    deepest up to the head of the contest.
    """
    for depth in _depths(cursor, contest):
        _grow_trees(cursor, contest, paper, depth)
        _replace(cursor, contest, paper, number, depth)


def _depths(cursor: Any, contest: Contest) -> list[int]:
    """Fill `touched_areas` with the areas above the changed stations; their depths, deepest first.

    Nothing above the head of the contest: a regional contest has no national sum.
    """
    temporary(cursor, "touched_areas", "area_id bigint PRIMARY KEY, depth integer, replaces bigint")
    cursor.execute(
        """
        INSERT INTO touched_areas
        SELECT above.id, cardinality(above.lineage), f.id
        FROM (
          SELECT DISTINCT unnest(a.lineage) AS id
          FROM (SELECT DISTINCT area_id FROM fresh) leaf
          JOIN tabulation_area a ON a.id = leaf.area_id
        ) t
        JOIN tabulation_area above ON above.id = t.id AND %(head)s = ANY (above.lineage)
        LEFT JOIN LATERAL (
          SELECT * FROM tabulation_publishedfigures
          WHERE contest_id = %(contest)s AND area_id = t.id AND superseded_in IS NULL OFFSET 0
        ) f ON true""",
        {"contest": contest.pk, "head": contest.constituency.area_id},
    )
    cursor.execute("ANALYZE touched_areas")
    cursor.execute("SELECT DISTINCT depth FROM touched_areas ORDER BY depth DESC")
    return [depth for (depth,) in cursor.fetchall()]


def _grow_trees(cursor: Any, contest: Contest, paper: Paper, depth: int) -> None:
    """Fill `tree` with the nodes of the areas of one depth, level by level. Of each area the level
    with one node is the last: it has the area's root and all its sums.
    """
    temporary(
        cursor,
        "tree",
        "parent_id bigint, level integer, slot bigint, nodes bigint, hash bytea, sums bigint[],"
        " others bigint[]",
    )
    keys = {"contest": contest.pk, "depth": depth}
    cursor.execute(_first_level(paper), keys)
    level = 1
    while cursor.rowcount:
        level += 1
        cursor.execute(_next_level(paper, level))


#: The ledger's rows directly below the areas of one depth.
CHILDREN = """
    SELECT f.* FROM touched_areas t
    CROSS JOIN LATERAL (
      SELECT * FROM tabulation_publishedfigures
      WHERE contest_id = %(contest)s AND parent_id = t.area_id AND superseded_in IS NULL
      OFFSET 0
    ) f
    WHERE t.depth = %(depth)s"""


def _first_level(paper: Paper) -> str:
    lines, checks = range(1, len(paper.lines) + 1), range(1, len(paper.checks) + 1)
    counts = "FILTER (WHERE e.counted > 0)"
    others = [
        "count(*)",
        *(
            f"sum(coalesce(e.filled[{i}], (e.figures[{i}] IS NOT NULL)::int)) {counts}"
            for i in lines
        ),
        *(f"sum(e.broken[{i}]) {counts}" for i in checks),
        *(f"sum(e.evaluated[{i}]) {counts}" for i in checks),
    ]
    entries = f"""
        SELECT c.*, {sums_of(paper, "c")} AS sums, row_number() OVER (
            PARTITION BY c.parent_id
            ORDER BY coalesce(a.code, s.code) COLLATE "C", c.station_id NULLS FIRST
          ) - 1 AS position
        FROM ({CHILDREN}) c
        LEFT JOIN tabulation_pollingstation s ON s.id = c.station_id
        LEFT JOIN tabulation_area a ON a.id = c.area_id"""  # noqa: S608  # positions and names of ours
    return _nodes(entries, paper, 1, [f"coalesce({other}, 0)" for other in others])


def _next_level(paper: Paper, level: int) -> str:
    entries = f"""
        SELECT parent_id, hash, sums, others, slot AS position FROM tree
        WHERE level = {level - 1} AND nodes > 1"""  # noqa: S608  # a number of ours
    length = 1 + len(paper.lines) + 2 * len(paper.checks)
    return _nodes(entries, paper, level, [f"sum(e.others[{i}])" for i in range(1, length + 1)])


def _nodes(entries: str, paper: Paper, level: int, others: list[str]) -> str:
    """Nodes of at most `FAN_OUT` of ``entries`` (parent_id, hash, sums, position), into `tree`."""
    sums = ", ".join(f"sum(e.sums[{i}])" for i in range(1, sums_length(paper) + 1))
    line = "concat(encode(e.hash, 'hex'), chr(9), array_to_string(e.sums, ',', ''), chr(10))"
    text = f"'{NODE.strip()}' || chr(10) || string_agg({line}, '' ORDER BY e.position)"
    return f"""
        INSERT INTO tree (parent_id, level, slot, nodes, hash, sums, others)
        SELECT parent_id, {level}, position / {FAN_OUT}, count(*) OVER (PARTITION BY parent_id),
          {record_hash(text)}, ARRAY[{sums}]::bigint[], ARRAY[{", ".join(others)}]::bigint[]
        FROM ({entries}) e GROUP BY parent_id, position / {FAN_OUT}"""  # noqa: S608  # numbers and names of ours


def _replace(cursor: Any, contest: Contest, paper: Paper, number: int, depth: int) -> None:
    """The rows of the areas of one depth, from the tops of their trees."""
    keys = {
        "contest": contest.pk,
        "code": contest.code,
        "election": contest.election_id,
        "head": contest.constituency.area_id,
        "number": number,
        "depth": depth,
    }
    cursor.execute(
        """
        UPDATE tabulation_publishedfigures f SET superseded_in = %(number)s FROM touched_areas t
        WHERE t.depth = %(depth)s AND f.id = t.replaces""",
        keys,
    )
    cursor.execute(
        f"""
        INSERT INTO tabulation_publishedfigures (election_id, contest_id, area_id, parent_id,
          status, figures, filled, reason, decision, stations, counted, annulled, registered,
          registered_counted, broken, evaluated, children, root, hash, published_in)
        SELECT %(election)s, %(contest)s, n.area_id, above.id, n.status, n.figures, n.filled,
          '', '', n.stations, n.counted, n.annulled, n.registered, n.registered_counted,
          n.broken, n.evaluated, n.children, n.root,
          {record_hash(area_record(paper, "n", "a", "above"))}, %(number)s
        FROM ({_tops(paper)}) n
        JOIN tabulation_area a ON a.id = n.area_id
        LEFT JOIN tabulation_area above ON above.id = a.parent_id AND a.id <> %(head)s
        ORDER BY n.area_id""",  # noqa: S608  # positions and names of ours
        keys,
    )


def _tops(paper: Paper) -> str:
    """The top of each tree, by the ledger's columns."""
    lines, checks = len(paper.lines), len(paper.checks)
    return f"""
        SELECT parent_id AS area_id, hash AS root, sums[1] AS stations, sums[2] AS counted,
          sums[3] AS annulled, sums[4] AS registered, sums[5] AS registered_counted,
          CASE WHEN sums[2] > 0 THEN sums[{COUNTS + 1}:] END AS figures,
          CASE WHEN sums[2] + sums[3] = 0 THEN 'not counted' WHEN sums[3] = sums[1] THEN 'annulled'
               WHEN sums[2] + sums[3] < sums[1] THEN 'partial' ELSE 'counted' END AS status,
          others[1] AS children, others[2:{1 + lines}]::integer[] AS filled,
          others[{2 + lines}:{1 + lines + checks}]::integer[] AS broken,
          others[{2 + lines + checks}:]::integer[] AS evaluated
        FROM tree WHERE nodes = 1"""  # noqa: S608  # numbers of ours
