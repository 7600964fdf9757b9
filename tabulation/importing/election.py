"""An election folder into the database: read, check as whole sets, insert; one transaction."""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from candidates.models import Candidate, Contest, Election
from tabulation.database.snapshots import temporary
from tabulation.importing import checks
from tabulation.importing.configuration import ContestSpec, ElectionSpec, read_configuration
from tabulation.importing.contests import insert_contest_stations, insert_parties
from tabulation.importing.form import insert_form
from tabulation.importing.problems import Problems
from tabulation.importing.sections import FILE
from tabulation.importing.shapes import Shape, check_shapes, insert_shapes, read_shapes
from tabulation.importing.tables import Staged, digest, expect_whole_sets, find, stage
from tabulation.models import Area, Constituency, User, record
from tabulation.outcomes.certification.roster import members_needed


@dataclass(frozen=True)
class Table:
    """A file of the folder: its columns, and what must be true of it."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    check: Any
    #: Rows say which contest they belong to; with one contest the column may be left out.
    of_contest: bool = False
    must_exist: bool = True
    #: Columns that may come again with a language behind them: `name_hy`.
    translated: tuple[str, ...] = ()


TABLES = {
    "areas": Table(
        ("code", "parent_code", "name"),
        ("level",),
        checks.check_areas,
        translated=("name", "level"),
    ),
    "stations": Table(
        ("code", "name", "area_code"),
        ("address", "registered"),
        checks.check_stations,
        translated=("name",),
    ),
    "candidates": Table(
        ("number", "name"),
        ("occupation", "nominator", "party_code", "party", "status", "withdrawn_on"),
        checks.check_candidates,
        of_contest=True,
        translated=("name", "occupation", "nominator", "party"),
    ),
    "scope": Table(
        ("number", "area_code"), (), checks.check_scope, of_contest=True, must_exist=False
    ),
    "turnout": Table(
        ("station_code", "time", "voters"),
        (),
        checks.check_turnout,
        of_contest=True,
        must_exist=False,
    ),
    # the founding members of the commission, who are enrolled afterwards
    "commission": Table(("username", "name"), (), checks.check_commission, must_exist=False),
}


def load_election(
    folder: Path,
    *,
    by: User | None,
    at: datetime,
    dry_run: bool = False,
    rehearsal: bool = False,
) -> Election:
    """Load ``folder`` as a new election. With ``dry_run`` everything is checked and rolled back.

    With ``rehearsal`` it is loaded as one beside the election itself, "-rehearsal" behind the slug;
    where hours of turnout are named they are still to be reported there.

    Raises ImportRefused with every problem found; then nothing is written. Protocols are loaded
    apart (`load_protocols`).
    """
    problems = Problems()
    spec = read_configuration(folder, problems)
    if spec is not None and rehearsal:
        _make_rehearsal(spec.election)
    with transaction.atomic(), connection.cursor() as cursor:
        expect_whole_sets(cursor)
        staged = _stage(cursor, folder, spec, problems)
        shapes = read_shapes(folder, problems)
        if spec is None or problems.count:
            raise problems.refusal()
        election = spec.election
        if election.acceptor_differs is None:
            election.acceptor_differs = election.kind == Election.Kind.REAL
        if Election.objects.filter(slug=election.slug).exists():
            problems.add(FILE, 0, "slug", election.slug, advice="this election is loaded already")
        for name, table in staged.items():
            TABLES[name].check(table)
        check_shapes(shapes, staged["areas"], problems)
        _check_size_of_commission(election, staged, problems)
        problems.stop_if_any()
        _insert(cursor, spec, staged, shapes, problems, rehearsal=rehearsal)
        record(
            act="election loaded",
            subject=f"election {election.slug}",
            by=by,
            at=at,
            election=election,
            after=_loaded(cursor, folder, staged),
        )
        if dry_run:
            transaction.set_rollback(True)
    return election


def _check_size_of_commission(
    election: Election, staged: dict[str, Staged], problems: Problems
) -> None:
    """A real election names as many members as it needs to begin, and to decide."""
    if election.kind != Election.Kind.REAL:
        return
    if "commission" not in staged:
        message = "this file is missing. Add it with the members of the commission"
        problems.add("commission.csv", advice=message)
        return
    needed = max(members_needed(election), election.quorum)
    if staged["commission"].rows < needed:
        message = f"this election needs {needed} commission members or more. Add the others"
        problems.add(staged["commission"].file, advice=message)


def _loaded(cursor: Any, folder: Path, staged: dict[str, Staged]) -> dict[str, object]:
    """What the event says was loaded: the files, and whom they name as founding members."""
    files = {f.name: digest(f) for f in sorted(folder.iterdir()) if f.is_file()}
    if "commission" not in staged:
        return {"files": files}
    cursor.execute("SELECT username, name FROM staged_commission ORDER BY line")
    return {"files": files, "commission": [list(row) for row in cursor.fetchall()]}


def _make_rehearsal(election: Election) -> None:
    """Name it one, in each language, in English where we have none."""
    election.slug = f"{election.slug[:50]}-rehearsal"
    election.name = f"{election.name[:180]} (rehearsal)"
    election.kind = Election.Kind.REHEARSAL
    for code, name in election.names.items():
        with translation.override(code):
            election.names[code] = f"{name[:180]} ({_('rehearsal')})"


def _stage(
    cursor: Any, folder: Path, spec: ElectionSpec | None, problems: Problems
) -> dict[str, Staged]:
    """Read all files at once, so that one run tells what is wrong in each of them."""
    contests = [part.contest for part in spec.contests] if spec else []
    temporary(cursor, "staged_contests", "code text, hours text[]")
    for contest in contests:
        hours = [f"{hour:%H:%M}" for hour in contest.turnout_hours]
        cursor.execute("INSERT INTO staged_contests VALUES (%s, %s)", [contest.code, hours])
    staged = {}
    for name, table in TABLES.items():
        path = find(folder, name)
        if path is None:
            if table.must_exist:
                problems.add(f"{name}.csv", advice="this file is missing; add it")
            continue
        column = ("contest",) if table.of_contest else ()
        several = len(contests) > 1
        staged[name] = stage(
            cursor,
            path,
            f"staged_{name}",
            problems,
            required=(*(column if several else ()), *table.required),
            optional=(*(() if several else column), *table.optional),
            translated=table.translated,
        )
        if column and several and staged[name].columns:
            # Each contest reads its own rows.
            cursor.execute(f"CREATE INDEX ON staged_{name} (contest)")
        if column and staged[name].columns and "contest" not in staged[name].columns:
            cursor.execute(
                f"UPDATE staged_{name} SET contest = %s",  # noqa: S608  # one of TABLES
                [contests[0].code if contests else None],
            )
    return staged


def _insert(
    cursor: Any,
    spec: ElectionSpec,
    staged: dict[str, Staged],
    shapes: list[Shape],
    problems: Problems,
    *,
    rehearsal: bool,
) -> None:
    election = spec.election
    election.save(force_insert=True)
    _insert_places(cursor, election, staged)
    insert_shapes(election, shapes)
    for part in spec.contests:
        _insert_contest(election, part, problems)
    problems.stop_if_any()
    insert_contest_stations(cursor, election, problems)
    for part in spec.contests:
        contest = part.contest
        candidates = _insert_candidates(cursor, election, contest, staged["candidates"])
        insert_form(part, candidates, problems)
        problems.stop_if_any()
        if "scope" in staged:
            _insert_scope(cursor, contest, staged["scope"])
        if "turnout" in staged and not (rehearsal and contest.turnout_hours):
            _insert_turnout(cursor, contest, staged["turnout"])
        problems.stop_if_any()


def _translations(staged: Staged, name: str = "name") -> str:
    """SQL of the translations of a row: the filled `name_xx` columns as one object."""
    # The header's check leaves a language two or three letters, nothing else.
    columns = [column for column in staged.columns if re.fullmatch(rf"{name}_[a-z]{{2,3}}", column)]
    keys = ", ".join(f"'{column.removeprefix(f'{name}_')}'" for column in columns)
    values = ", ".join(f't."{column}"' for column in columns)
    return f"jsonb_strip_nulls(jsonb_object(ARRAY[{keys}]::text[], ARRAY[{values}]::text[]))"


def _insert_places(cursor: Any, election: Election, staged: dict[str, Staged]) -> None:
    """Areas level by level, each after its parent, then the stations."""
    parents = "t.parent_code IS NULL"
    inserted = 1
    while inserted:
        cursor.execute(
            f"""
            INSERT INTO tabulation_area (election_id, parent_id, code, name, names, level,
              levels, lineage)
            SELECT %(election)s, p.id, t.code, t.name, {_translations(staged["areas"])},
              coalesce(t.level, ''), {_translations(staged["areas"], "level")}, ARRAY[]::bigint[]
            FROM staged_areas t LEFT JOIN tabulation_area p
              ON p.election_id = %(election)s AND p.code = t.parent_code
            WHERE {parents}
              AND NOT EXISTS (SELECT FROM tabulation_area a
                              WHERE a.election_id = %(election)s AND a.code = t.code)
            ORDER BY t.line""",  # noqa: S608  # column names of a checked header
            {"election": election.pk},
        )
        inserted = cursor.rowcount
        parents = "p.id IS NOT NULL"
    cursor.execute(
        f"""
        INSERT INTO tabulation_pollingstation (election_id, area_id, code, name, names, address)
        SELECT %(election)s, a.id, t.code, t.name, {_translations(staged["stations"])},
          coalesce(t.address, '')
        FROM staged_stations t JOIN tabulation_area a
          ON a.election_id = %(election)s AND a.code = t.area_code
        ORDER BY t.line""",  # noqa: S608  # column names of a checked header
        {"election": election.pk},
    )


def _insert_contest(election: Election, spec: ContestSpec, problems: Problems) -> None:
    """The contest, and the area it covers."""
    spec.contest.election = election
    spec.contest.save(force_insert=True)
    areas = Area.objects.filter(election=election)
    head = areas.filter(**{"code": spec.area} if spec.area else {"parent": None}).first()
    if head is None:
        problems.add(FILE, 0, "area", spec.area, advice="no area has this code; correct it")
    else:
        Constituency.objects.create(contest=spec.contest, area=head)


def _insert_candidates(
    cursor: Any, election: Election, contest: Contest, staged: Staged
) -> list[Candidate]:
    """The candidates of one contest in the order of the file, and their parties."""
    cursor.execute(
        f"""
        SELECT t.number, t.name, {_translations(staged)}::text AS names,
          t.occupation, {_translations(staged, "occupation")}::text AS occupations,
          t.nominator, {_translations(staged, "nominator")}::text AS nominators,
          t.party_code, t.party, {_translations(staged, "party")}::text AS parties,
          t.status, t.withdrawn_on
        FROM staged_candidates t WHERE t.contest = %s ORDER BY t.line""",  # noqa: S608
        [contest.code],
    )
    columns = [column.name for column in cursor.description]
    rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    parties = insert_parties(election, rows)
    return Candidate.objects.bulk_create(
        Candidate(
            contest=contest,
            number=int(row["number"]) if row["number"] else None,
            name=row["name"],
            names=json.loads(row["names"]),
            occupation=row["occupation"] or "",
            occupations=json.loads(row["occupations"]),
            nominator=row["nominator"] or "",
            nominators=json.loads(row["nominators"]),
            party=parties.get(row["party_code"]),
            status=row["status"] or Candidate.Status.REGISTERED,
            withdrawn_on=date.fromisoformat(row["withdrawn_on"]) if row["withdrawn_on"] else None,
        )
        for row in rows
    )


def _insert_scope(cursor: Any, contest: Contest, scope: Staged) -> None:
    keys = {"contest": contest.pk, "election": contest.election_id, "code": contest.code}
    scope.check(
        "area_code",
        "t.contest = %(code)s",
        "nobody votes in the contest in this area; correct it, or remove the row",
        join="JOIN tabulation_area a ON a.election_id = %(election)s AND a.code = t.area_code"
        " AND NOT EXISTS (SELECT FROM tabulation_conteststation cs"
        " JOIN tabulation_pollingstation s ON s.id = cs.station_id"
        " JOIN tabulation_area below ON below.id = s.area_id"
        " WHERE cs.contest_id = %(contest)s AND a.id = ANY (below.lineage))",
        params=keys,
    )
    cursor.execute(
        """
        INSERT INTO tabulation_ballotscope (line_id, area_id)
        SELECT l.id, a.id FROM staged_scope t
        JOIN candidates_candidate c ON c.contest_id = %(contest)s AND c.number = t.number::integer
        JOIN tabulation_protocolline l ON l.candidate_id = c.id
        JOIN tabulation_area a ON a.election_id = %(election)s AND a.code = t.area_code
        WHERE t.contest = %(code)s""",
        keys,
    )


def _insert_turnout(cursor: Any, contest: Contest, turnout: Staged) -> None:
    """The station of every row votes in the contest."""
    keys = {"contest": contest.pk, "election": contest.election_id, "code": contest.code}
    place = (
        "JOIN tabulation_pollingstation s"
        " ON s.election_id = %(election)s AND s.code = t.station_code"
        " LEFT JOIN tabulation_conteststation cs"
        " ON cs.contest_id = %(contest)s AND cs.station_id = s.id"
    )
    turnout.check(
        "station_code",
        "t.contest = %(code)s AND cs.id IS NULL",
        "this station does not vote in the contest; correct it, or remove the row",
        join=place,
        params=keys,
    )
    cursor.execute(
        f"""
        INSERT INTO tabulation_timedturnout (contest_id, station_id, hour, voters)
        SELECT %(contest)s, s.id, t.time::time, t.voters::integer FROM staged_turnout t
        {place} WHERE t.contest = %(code)s AND cs.id IS NOT NULL""",  # noqa: S608  # ours
        keys,
    )
