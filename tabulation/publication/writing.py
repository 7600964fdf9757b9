"""Write the next publication: the stations that changed and the areas above them, nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from candidates.models import Contest, Election
from tabulation import sealing
from tabulation.models import Publication, PublishedForm, User, paper_of, record
from tabulation.paper import Paper
from tabulation.publication import manifests
from tabulation.publication.stations import replace_stations
from tabulation.publication.sums import replace_areas
from tabulation.signing import SigningRefused

#: First half of the advisory lock's key; the second is the election.
LOCK = 0x48_56_50_42


class PublicationRefused(Exception):
    """Nothing was published; the message says why."""


class NothingToPublish(PublicationRefused):
    """Nothing has changed since the last publication."""


def publish(
    *, election: Election, by: User | None, at: datetime, note: str = "", whole: bool = False
) -> Publication:
    """Publish what is accepted now as the next numbered publication of ``election``.

    One publisher at a time (advisory lock), then one snapshot of the whole database, in one
    transaction. A protocol accepted meanwhile stays in the queue for the next publication, an event
    for the next seal. With ``whole`` every station is compared with the ledger, not only those in
    the queue. Raises NothingToPublish, or PublicationRefused, also without a signing key. ``by`` is
    ``None`` at the server's command line.
    """
    with _alone(election), transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            # The first statement after BEGIN: the snapshot is taken after the lock is held.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return write(election=election, by=by, at=at, note=note, whole=whole)


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
    *, election: Election, by: User | None, at: datetime, note: str = "", whole: bool = False
) -> Publication:
    """Write the publication inside the caller's transaction, which alone publishes and has one
    snapshot: call `publish`.
    """
    last = election.publications.aggregate(last=Max("number"))["last"] or 0
    number = last + 1
    contests = list(election.contests.select_related("constituency__area"))
    if not contests:
        raise PublicationRefused(f"{election.slug} has no contest to publish.")
    written = [_write_contest(contest, number, whole=whole) for contest in contests]
    if not any(written):
        raise NothingToPublish(f"Nothing has changed since publication {last}.")
    publication = Publication(
        election=election,
        number=number,
        status=_status(election),
        note=note,
        published_at=at,
        by=by,
    )
    bound = [manifests.bound(contest) for contest in contests]
    record(
        act="published",
        subject=f"publication {number} of {election.slug}",
        by=by,
        at=at,
        election=election,
        after={
            "number": number,
            "status": publication.status,
            "note": note,
            "roots": {contest["contest"]: contest["root"] for contest in bound},
        },
    )
    try:
        seal = sealing.seal_waiting(at=at)
        manifests.bind(publication, bound, seal)
    except SigningRefused as refused:
        raise PublicationRefused(str(refused)) from refused
    publication.save(force_insert=True)
    return publication


def _write_contest(contest: Contest, number: int, *, whole: bool) -> bool:
    """Whether anything of the contest differs from the publication before."""
    if not contest.stations.exists():
        raise PublicationRefused(f"No station votes in {contest.code}: nothing to publish.")
    paper = paper_of(contest)
    first, form_changed = _write_form(contest, paper, number)
    with connection.cursor() as cursor:
        # Of a nation at once; what is sorted on disk takes four times as long.
        cursor.execute("SET LOCAL work_mem = '128MB'")
        stations = replace_stations(cursor, contest, paper, number, whole=first or whole)
        if stations:
            replace_areas(cursor, contest, paper, number)
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


def _status(election: Election) -> str:
    """The status word, from the heads of all contests as just written."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT sum(counted + annulled), sum(stations) FROM tabulation_publishedfigures
            WHERE contest_id = ANY (%s) AND parent_id IS NULL AND superseded_in IS NULL""",
            [list(election.contests.values_list("pk", flat=True))],
        )
        done, stations = cursor.fetchone()
    if not done:
        return Publication.Status.PRE_ELECTION
    return Publication.Status.COMPLETE if done == stations else Publication.Status.PARTIAL
