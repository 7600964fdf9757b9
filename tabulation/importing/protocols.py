"""A file of protocols straight into "accepted": archives, samples and rehearsals only."""

from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.importing.checks import NUMBER_ADVICE
from tabulation.importing.problems import ImportRefused, Problem, Problems
from tabulation.importing.tables import Staged, digest, expect_whole_sets, stage
from tabulation.models import User, form_of, record


def load_protocols(
    contest: Contest, path: Path, *, by: User | None, at: datetime, dry_run: bool = False
) -> int:
    """Load a CSV file (`station_code` and one column a line of the form) as accepted protocols.

    An empty cell is a blank; `-` says that the candidate is not on the ballot there. Returns how
    many protocols there are. Raises ImportRefused with every problem found, and for an election of
    kind "real"; then nothing is written.
    """
    if contest.election.kind == Election.Kind.REAL:
        advice = "protocols of a real election are typed by two people and never loaded as accepted"
        raise ImportRefused([Problem(path.name, 0, "", "", advice)])
    form = form_of(contest)
    keys = [line.key for line in form.lines]
    problems = Problems()
    with transaction.atomic(), connection.cursor() as cursor:
        expect_whole_sets(cursor)
        staged = stage(
            *(cursor, path, "staged_protocols", problems),
            required=["station_code", *keys],
            gathered=keys,
        )
        problems.stop_if_any()
        _check_stations(staged, contest)
        if not staged.rows:
            problems.add(path.name, advice="it has no rows; put a protocol on each")
        _check_figures(staged)
        _check_ballots(staged, contest, form)
        problems.stop_if_any()
        _insert(staged, contest, at)
        record(
            act="protocols imported as accepted",
            subject=f"election {contest.election.slug}",
            by=by,
            at=at,
            election=contest.election,
            after={
                "contest": contest.code,
                "file": path.name,
                "sha256": digest(path),
                "protocols": staged.rows,
            },
        )
        if dry_run:
            transaction.set_rollback(True)
    return staged.rows


def _check_stations(staged: Staged, contest: Contest) -> None:
    staged.check_required("station_code")
    staged.check_unique("station_code")
    keys = {"contest": contest.pk, "election": contest.election_id}
    staged.check(
        "station_code",
        "t.station_code IS NOT NULL AND cs.id IS NULL",
        "no station of this contest has this code; correct it (zeros and dots matter)",
        join="LEFT JOIN tabulation_pollingstation s"
        " ON s.election_id = %(election)s AND s.code = t.station_code"
        " LEFT JOIN tabulation_conteststation cs"
        " ON cs.contest_id = %(contest)s AND cs.station_id = s.id",
        params=keys,
    )
    staged.check(
        "station_code",
        "TRUE",
        "this station has a protocol already; take the row out",
        join="JOIN tabulation_pollingstation s"
        " ON s.election_id = %(election)s AND s.code = t.station_code"
        " JOIN tabulation_protocol p ON p.contest_id = %(contest)s AND p.station_id = s.id"
        " AND p.version = 1",
        params=keys,
    )


def _check_figures(staged: Staged) -> None:
    staged.check(
        "station_code",
        "t.cells = %(blank)s",
        "the row has no figures; leave it out while the station is not counted",
        params={"blank": f"{{{','.join(['NULL'] * len(staged.gathered))}}}"},
    )
    if staged.odd:
        staged.check_cells("cell !~ '^([0-9]{1,9}|-)$'", NUMBER_ADVICE)


#: By area, the lines that stand there and not everywhere.
BALLOTS = """
    JOIN tabulation_pollingstation s ON s.election_id = %(election)s AND s.code = t.station_code
    LEFT JOIN (
      SELECT a.id AS area_id, array_agg(l.position::bigint) AS places
      FROM tabulation_protocolline l
      JOIN tabulation_ballotscope b ON b.line_id = l.id
      JOIN (SELECT id, unnest(lineage) AS above FROM tabulation_area
            WHERE election_id = %(election)s) a ON a.above = b.area_id
      WHERE l.contest_id = %(contest)s GROUP BY a.id
    ) stands ON stands.area_id = s.area_id"""


def _check_ballots(staged: Staged, contest: Contest, form: ProtocolForm) -> None:
    """`-` exactly where the candidate does not stand."""
    scoped = [i for i, line in enumerate(form.lines, 1) if line.scope]
    keys = {"election": contest.election_id, "contest": contest.pk, "scoped": scoped}
    if scoped:
        staged.check_cells(
            "place = ANY (%(scoped)s) AND cell <> '-'"
            " AND (place = ANY (stands.places)) IS NOT TRUE",
            "this candidate is not on the ballot there; write - instead",
            join=BALLOTS,
            params=keys,
        )
        staged.check_cells(
            "place = ANY (%(scoped)s) AND cell = '-' AND place = ANY (stands.places)",
            "this candidate is on the ballot there; write the votes",
            join=BALLOTS,
            params=keys,
        )
    if staged.dashed:
        staged.check_cells(
            "place <> ALL (%(scoped)s::bigint[]) AND cell = '-'",
            "this line is on every paper; write its figure",
            params=keys,
        )


def _insert(staged: Staged, contest: Contest, at: datetime) -> None:
    cells = "array_replace(t.cells::text[], '-', NULL)" if staged.dashed else "t.cells"
    staged.cursor.execute(
        f"""
        INSERT INTO tabulation_protocol (contest_id, station_id, version, status, origin, figures,
          received_at, accepted_at, reason, decision)
        SELECT %(contest)s, s.id, 1, 'accepted', 'imported', {cells}::integer[], %(at)s, %(at)s,
          '', ''
        FROM staged_protocols t
        JOIN tabulation_pollingstation s ON s.election_id = %(election)s
          AND s.code = t.station_code
        ORDER BY s.id""",  # noqa: S608  # one of the two above
        {"contest": contest.pk, "election": contest.election_id, "at": at},
    )
