"""A file of protocols straight into "accepted": archives, samples and rehearsals only."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.importing.checks import NUMBER_ADVICE
from tabulation.importing.problems import ImportRefused, Problem, Problems
from tabulation.importing.tables import Staged, digest, expect_whole_sets, stage
from tabulation.models import User, form_of, record


@dataclass(frozen=True)
class Loaded:
    """How many protocols were loaded into which contest."""

    contest: Contest
    protocols: int


def load_protocols(
    contest: Contest, path: Path, *, by: User | None, at: datetime, dry_run: bool = False
) -> Loaded:
    """Load a CSV file (`station_code` and one column a line of the form) as accepted protocols.

    An empty cell is a blank; `-` says that the candidate is not on the ballot there. Raises
    ImportRefused with every problem found, and for an election of kind "real"; then nothing is
    written.
    """
    if contest.election.kind == Election.Kind.REAL:
        advice = "protocols of a real election are typed by two people and never loaded as accepted"
        raise ImportRefused([Problem(path.name, 0, "", "", advice)])
    paper = form_of(contest)
    keys = [line.key for line in paper.lines]
    problems = Problems()
    with transaction.atomic(), connection.cursor() as cursor:
        expect_whole_sets(cursor)
        staged = stage(cursor, path, "staged_protocols", problems, required=["station_code", *keys])
        problems.stop_if_any()
        _check_stations(staged, contest)
        if not staged.rows:
            problems.add(path.name, advice="it has no rows; put a protocol on each")
        _check_figures(staged, keys)
        _check_ballots(staged, contest, paper)
        problems.stop_if_any()
        _insert(cursor, contest, keys, at)
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
    return Loaded(contest, staged.rows)


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


def _check_figures(staged: Staged, keys: list[str]) -> None:
    cells = ", ".join(f't."{key}"' for key in keys)
    staged.check(
        "station_code",
        f"num_nonnulls({cells}) = 0",
        "the row has no figures; leave it out while the station is not counted",
    )
    # One pattern over the whole row tells at once that all is well, which it nearly always is.
    # The commas are counted too: a cell that holds one ("1,100") would pass for two figures.
    row = f"concat_ws(',', {cells})"
    staged.cursor.execute(
        f"SELECT EXISTS (SELECT FROM {staged.table} t"  # noqa: S608  # keys of the form
        f" WHERE {row} !~ '^([0-9]{{1,9}}|-)(,([0-9]{{1,9}}|-))*$'"
        f" OR length({row}) - length(replace({row}, ',', '')) >= num_nonnulls({cells}))"
    )
    if staged.cursor.fetchone()[0]:
        for key in keys:
            staged.check(key, f"t.\"{key}\" !~ '^([0-9]{{1,9}}|-)$'", NUMBER_ADVICE)


def _check_ballots(staged: Staged, contest: Contest, paper: ProtocolForm) -> None:
    """`-` exactly where the candidate does not stand."""
    staged.cursor.execute(
        """
        SELECT l.key, array_agg(b.area_id) FROM tabulation_protocolline l
        JOIN tabulation_ballotscope b ON b.line_id = l.id WHERE l.contest_id = %s GROUP BY l.key""",
        [contest.pk],
    )
    scoped: dict[str, list[int]] = dict(staged.cursor.fetchall())
    place = (
        "JOIN tabulation_pollingstation s ON s.election_id = %(election)s"
        " AND s.code = t.station_code JOIN tabulation_area a ON a.id = s.area_id"
    )
    for line in paper.lines:
        key = line.key
        if key in scoped:
            keys = {"election": contest.election_id, "areas": scoped[key]}
            staged.check(
                key,
                f"t.\"{key}\" <> '-' AND NOT a.lineage && %(areas)s::bigint[]",
                "this candidate is not on the ballot there; write - instead",
                join=place,
                params=keys,
            )
            staged.check(
                key,
                f"t.\"{key}\" = '-' AND a.lineage && %(areas)s::bigint[]",
                "this candidate is on the ballot there; write the votes",
                join=place,
                params=keys,
            )
        else:
            staged.check(key, f"t.\"{key}\" = '-'", "this line is on every paper; write its figure")


def _insert(cursor: Any, contest: Contest, keys: list[str], at: datetime) -> None:
    figures = ", ".join(f"nullif(t.\"{key}\", '-')::integer" for key in keys)
    cursor.execute(
        f"""
        INSERT INTO tabulation_protocol (contest_id, station_id, version, status, origin, figures,
          received_at, accepted_at, reason, decision)
        SELECT %(contest)s, s.id, 1, 'accepted', 'imported', ARRAY[{figures}], %(at)s, %(at)s,
          '', ''
        FROM staged_protocols t
        JOIN tabulation_pollingstation s ON s.election_id = %(election)s
          AND s.code = t.station_code
        ORDER BY s.id""",  # noqa: S608  # keys of the form
        {"contest": contest.pk, "election": contest.election_id, "at": at},
    )
