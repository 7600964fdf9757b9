"""Write the next publication: the stations that changed and the areas above them, nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from candidates.models import Contest, Election
from tabulation import sealing
from tabulation.database.plans import no_nested_loops
from tabulation.models import Publication, PublishedForm, User, paper_of, record
from tabulation.paper import Paper
from tabulation.publication import words
from tabulation.publication.preview import Seen, check_seen
from tabulation.publication.reading import latest
from tabulation.publication.refusals import NotAutomatic, NothingToPublish, PublicationRefused
from tabulation.rules import relation_sql
from tabulation.signing import SigningRefused

#: From how many changed stations on they are joined all at once.
MANY = 2_000
#: Which of a station's protocols is published.
IN_FORCE = "status IN ('accepted', 'annulled')"
#: First half of the advisory lock's key; the second is the election.
LOCK = 0x48_56_50_42
#: Who is named in the event of a publication that no person made.
AUTOPUBLISH = "autopublish"


def publish(
    *,
    election: Election,
    by: User | None,
    at: datetime,
    note: str = "",
    whole: bool = False,
    status: str = "",
    decision: str = "",
    seen: Seen | None = None,
    automatic: bool = False,
) -> Publication:
    """Publish what is accepted now as the next numbered publication of ``election``.

    One publisher at a time (advisory lock), then one snapshot of the whole database, in one
    transaction. A protocol accepted meanwhile stays in the queue for the next publication, an event
    for the next seal. With ``whole`` every station is compared with the ledger, not only those in
    the queue. ``by`` is ``None`` at the server's command line.

    ``status`` is a word of the commission's (certified, correction, recount), empty for the one
    that follows from the count; ``decision`` the number of its decision. ``seen``: what the person
    was shown, which has to be it still. ``automatic``: no person publishes, so only part of a
    count. Raises PublicationRefused (`refusals` says which), also without a signing key.
    """
    with _alone(election), transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            # The first statement after BEGIN: the snapshot is taken after the lock is held.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return write(
            election=election,
            by=by,
            at=at,
            note=note,
            whole=whole,
            status=status,
            decision=decision,
            seen=seen,
            automatic=automatic,
        )


@contextmanager
def one_publisher(election: Election) -> Iterator[None]:
    """Nobody else publishes ``election`` during the block, which may: outside a transaction."""
    with _locked((LOCK, election.pk)):
        yield


@contextmanager
def _alone(election: Election) -> Iterator[None]:
    # The election first: a publisher that waits for another does not keep the sealer waiting.
    with _locked((LOCK, election.pk)), _locked(sealing.LOCK):
        yield


@contextmanager
def _locked(key: tuple[int, int]) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", key)
    try:
        yield
    finally:
        # A connection that broke has lost its locks, and must not hide the error that broke it.
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def write(
    *,
    election: Election,
    by: User | None,
    at: datetime,
    note: str = "",
    whole: bool = False,
    status: str = "",
    decision: str = "",
    seen: Seen | None = None,
    automatic: bool = False,
) -> Publication:
    """Write the publication inside the caller's transaction, which alone publishes and has one
    snapshot: call `publish`.
    """
    last = latest(election)
    number = last.number + 1 if last else 1
    decision = decision.strip()
    check_seen(seen, election, asked=status)
    contests = list(election.contests.select_related("constituency__area"))
    if not contests:
        raise PublicationRefused(f"{election.slug} has no contest to publish.")
    written = [_write_contest(contest, number, whole=whole) for contest in contests]
    if not any(written) and not words.is_news(status, decision, last):
        raise NothingToPublish(f"Nothing has changed since publication {number - 1}.")
    word = _status(election, asked=status, decision=decision)
    if automatic and word != Publication.Status.PARTIAL:
        raise NotAutomatic(f"The next publication is {word}: a person publishes it.")
    publication = Publication.objects.create(
        election=election,
        number=number,
        status=word,
        decision=decision,
        note=note,
        published_at=at,
        by=by,
    )
    record(
        act="published",
        subject=f"publication {number} of {election.slug}",
        by=by,
        at=at,
        election=election,
        after={"number": number, "status": word, "note": note, "decision": decision},
        by_name=AUTOPUBLISH if automatic else "",
    )
    try:
        sealing.seal_waiting(at=at)
    except SigningRefused as refused:
        raise PublicationRefused(str(refused)) from refused
    return publication


def _write_contest(contest: Contest, number: int, *, whole: bool) -> bool:
    """Whether anything of the contest differs from the publication before."""
    paper = paper_of(contest)
    first, form_changed = _write_form(contest, paper, number)
    with connection.cursor() as cursor:
        _collect(cursor, contest, whole=first or whole)
        _compute(cursor, contest, paper)
        cursor.execute("SELECT count(*) FROM fresh")
        stations = cursor.fetchone()[0]
        if stations:
            _replace_stations(cursor, contest, number)
            for depth in _depths(cursor, contest):
                _replace_areas(cursor, contest, paper, number, depth)
    return bool(stations) or form_changed


def _write_form(contest: Contest, paper: Paper, number: int) -> tuple[bool, bool]:
    """Whether the contest was never published before, and whether its form changed."""
    body = paper.as_json()
    current = PublishedForm.objects.filter(contest=contest, superseded_in=None).first()
    if current is not None:
        if Paper.from_json(current.body) == paper:
            return False, False
        current.superseded_in = number
        current.save(update_fields=["superseded_in"])
    PublishedForm.objects.create(
        election_id=contest.election_id, contest=contest, body=body, published_in=number
    )
    return current is None, True


def _collect(cursor: Any, contest: Contest, *, whole: bool) -> None:
    """The stations to look at: those in the queue, which is emptied, or all of them.

    Raises PublicationRefused for a contest in which no station votes.
    """
    _temporary(cursor, "touched", "station_id bigint PRIMARY KEY")
    taken = """
        WITH taken AS (
          DELETE FROM tabulation_publicationqueue WHERE contest_id = %s RETURNING station_id
        )
        INSERT INTO touched SELECT DISTINCT station_id FROM taken"""
    cursor.execute(taken, [contest.pk])
    if whole:
        cursor.execute(
            "INSERT INTO touched SELECT station_id FROM tabulation_conteststation"
            " WHERE contest_id = %s ON CONFLICT DO NOTHING",
            [contest.pk],
        )
        cursor.execute("SELECT EXISTS (SELECT FROM touched)")
        if not cursor.fetchone()[0]:
            raise PublicationRefused(f"No station votes in {contest.code}: nothing to publish.")
    cursor.execute("ANALYZE touched")


def _temporary(cursor: Any, table: str, columns: str) -> None:
    cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({columns}) ON COMMIT DROP")
    cursor.execute(f"DELETE FROM {table}")  # noqa: S608  # a name of ours


def _compute(cursor: Any, contest: Contest, paper: Paper) -> None:
    """The rows those stations have now, as far as they differ from what is published.

    Right after a large load the planner knows nothing of the new rows yet, and what it would choose
    may be quadratic. So a few stations are looked up by their keys (LATERAL, OFFSET 0), and many
    are joined without nested loops, which is linear whatever the planner believes.
    """
    cursor.execute("SELECT count(*) FROM touched")
    many = cursor.fetchone()[0] > MANY
    _temporary(
        cursor,
        "fresh",
        "station_id bigint PRIMARY KEY, area_id bigint, registered bigint, status text,"
        " figures bigint[], version smallint, reason text, decision text, broken integer[],"
        " evaluated integer[], replaces bigint",
    )
    holds = [relation_sql(check.relation, "p.figures") for check in paper.checks]
    broken = ", ".join(f"coalesce((NOT {sql})::int, 0)" for sql in holds)
    evaluated = ", ".join(f"(({sql}) IS NOT NULL)::int" for sql in holds)
    with no_nested_loops() if many else nullcontext():
        cursor.execute(
            f"""
            INSERT INTO fresh
            SELECT now.*, f.id FROM (
              SELECT s.id, s.area_id, cs.registered::bigint,
                CASE p.status WHEN 'accepted' THEN 'counted' WHEN 'annulled' THEN 'annulled'
                              ELSE 'not counted' END AS status,
                p.figures::bigint[] AS figures, p.version,
                -- The last ruling about the version, else why there is a version.
                coalesce(nullif(p.ruling_reason, ''), p.reason, '') AS reason,
                CASE WHEN p.ruling_reason <> '' THEN p.ruling_decision
                     ELSE coalesce(p.decision, '') END AS decision,
                ARRAY[{broken}]::integer[], ARRAY[{evaluated}]::integer[]
              FROM touched t
              JOIN tabulation_pollingstation s ON s.id = t.station_id
              JOIN tabulation_conteststation cs
                ON cs.station_id = s.id AND cs.contest_id = %(contest)s
              {_beside("tabulation_protocol", "p", "s.id", IN_FORCE, many)}
            ) now
            {_beside("tabulation_publishedfigures", "f", "now.id", "superseded_in IS NULL", many)}
            WHERE f.id IS NULL OR (f.status, f.figures, f.version, f.reason, f.decision)
              IS DISTINCT FROM (now.status, now.figures, now.version, now.reason, now.decision)""",  # noqa: S608  # positions and names of ours
            {"contest": contest.pk},
        )
    cursor.execute("ANALYZE fresh")


def _beside(table: str, alias: str, station: str, which: str, many: bool) -> str:
    """The join of the one row of a station in ``table``: by its key, or all at once."""
    if many:
        return (
            f"LEFT JOIN (SELECT * FROM {table} WHERE contest_id = %(contest)s AND {which}) {alias}"  # noqa: S608  # table, station and condition are literals of the callers above
            f" ON {alias}.station_id = {station}"
        )
    return (
        f"LEFT JOIN LATERAL (SELECT * FROM {table} WHERE contest_id = %(contest)s"  # noqa: S608  # table, station and condition are literals of the callers above
        f" AND station_id = {station} AND {which} OFFSET 0) {alias} ON true"
    )


def _replace_stations(cursor: Any, contest: Contest, number: int) -> None:
    keys = {"contest": contest.pk, "election": contest.election_id, "number": number}
    cursor.execute(
        """
        UPDATE tabulation_publishedfigures f SET superseded_in = %(number)s FROM fresh n
        WHERE f.id = n.replaces""",
        keys,
    )
    cursor.execute(
        """
        INSERT INTO tabulation_publishedfigures (election_id, contest_id, station_id, parent_id,
          status, figures, version, reason, decision, stations, counted, annulled, registered,
          registered_counted, broken, evaluated, published_in)
        SELECT %(election)s, %(contest)s, station_id, area_id, status, figures, version, reason,
          decision, 1, (status = 'counted')::int, (status = 'annulled')::int, registered,
          CASE WHEN status = 'counted' THEN registered WHEN registered IS NOT NULL THEN 0 END,
          broken, evaluated, %(number)s
        FROM fresh ORDER BY area_id, station_id""",
        keys,
    )


def _depths(cursor: Any, contest: Contest) -> list[int]:
    """Fill `touched_areas` with the areas above the changed stations; their depths, deepest first.

    Nothing above the head of the contest: a regional contest has no national sum.
    """
    _temporary(
        cursor, "touched_areas", "area_id bigint PRIMARY KEY, depth integer, replaces bigint"
    )
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


def _replace_areas(cursor: Any, contest: Contest, paper: Paper, number: int, depth: int) -> None:
    """Sum the areas of one depth from the ledger rows directly below each of them."""
    lines, checks = range(1, len(paper.lines) + 1), range(1, len(paper.checks) + 1)
    counts = "FILTER (WHERE c.status <> 'annulled')"
    figures = ", ".join(f"sum(c.figures[{i}]) {counts}" for i in lines)
    filled = ", ".join(
        f"coalesce(sum(coalesce(c.filled[{i}], (c.figures[{i}] IS NOT NULL)::int)) {counts}, 0)"
        for i in lines
    )
    broken = ", ".join(f"coalesce(sum(c.broken[{i}]) {counts}, 0)" for i in checks)
    evaluated = ", ".join(f"coalesce(sum(c.evaluated[{i}]) {counts}, 0)" for i in checks)
    keys = {
        "contest": contest.pk,
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
          registered_counted, broken, evaluated, published_in)
        SELECT %(election)s, %(contest)s, s.area_id,
          CASE WHEN s.area_id = %(head)s THEN NULL ELSE a.parent_id END,
          CASE WHEN s.counted + s.annulled = 0 THEN 'not counted'
               WHEN s.annulled = s.stations THEN 'annulled'
               WHEN s.counted + s.annulled < s.stations THEN 'partial' ELSE 'counted' END,
          CASE WHEN s.counted > 0 THEN s.figures END, s.filled, '', '', s.stations, s.counted,
          s.annulled, s.registered, s.registered_counted, s.broken, s.evaluated, %(number)s
        FROM (
          SELECT t.area_id, sum(c.stations) AS stations, sum(c.counted) AS counted,
            sum(c.annulled) AS annulled, sum(c.registered) AS registered,
            sum(c.registered_counted) AS registered_counted,
            ARRAY[{figures}]::bigint[] AS figures, ARRAY[{filled}]::integer[] AS filled,
            ARRAY[{broken}]::integer[] AS broken, ARRAY[{evaluated}]::integer[] AS evaluated
          FROM touched_areas t
          CROSS JOIN LATERAL (
            SELECT * FROM tabulation_publishedfigures
            WHERE contest_id = %(contest)s AND parent_id = t.area_id AND superseded_in IS NULL
            OFFSET 0
          ) c
          WHERE t.depth = %(depth)s
          GROUP BY t.area_id
        ) s JOIN tabulation_area a ON a.id = s.area_id
        ORDER BY s.area_id""",  # noqa: S608  # positions and names of ours
        keys,
    )


def _status(election: Election, *, asked: str, decision: str) -> str:
    """The status word, from the heads of all contests as just written."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(sum(counted + annulled), 0), coalesce(sum(stations), 0), EXISTS (
              SELECT FROM tabulation_publication WHERE election_id = %(election)s
                AND status = 'certified')
            FROM tabulation_publishedfigures
            WHERE election_id = %(election)s AND area_id IS NOT NULL AND parent_id IS NULL
              AND superseded_in IS NULL""",
            {"election": election.pk},
        )
        done, stations, certified = cursor.fetchone()
    return words.word(asked, decision, done=done, stations=stations, certified=certified)
