"""Write the next publication: the stations that changed and the areas above them, nothing else."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from candidates.models import Contest, Election
from tabulation.arithmetic.commitments.merkle import leaf_hash
from tabulation.arithmetic.form import ProtocolForm
from tabulation.database.plans import COMPILE_NOTHING
from tabulation.database.statements import fetch, run
from tabulation.ledger import manifests, rechecking, remembered, sealing, status_words
from tabulation.ledger.acts import decided_contests
from tabulation.ledger.preview import Seen, check_seen
from tabulation.ledger.reading import latest
from tabulation.ledger.refusals import NothingToPublish, PublicationRefused
from tabulation.ledger.releasing import release_prepared
from tabulation.ledger.signing import SigningRefused
from tabulation.ledger.stations import find_changed, replace_stations
from tabulation.ledger.sums import replace_areas
from tabulation.ledger.turnout import file_hash, replace_turnout
from tabulation.ledger.withholding import NAMED, refuse_to_certify, withheld_in
from tabulation.models import (
    NotYours,
    Publication,
    PublishedFile,
    PublishedForm,
    Sitting,
    User,
    WithheldStation,
    form_of,
    is_being_carried_out,
    record,
)

#: First half of the advisory lock's key; the second is the election.
LOCK = 0x48_56_50_42
#: The documents that come out with a publication: name, media type and bytes of each.
Papers = Callable[[Publication], Iterable[tuple[str, str, bytes]]]
#: Characters of the note of a publication.
NOTE = 500
#: Who is named in the event of a publication that no person made.
AUTOPUBLISH = "autopublish"
#: Acts of the commission that publish, as `Motion.Act` names them.
ACTS_THAT_PUBLISH = ("certify", "publish", "lot", "second round")
#: What may come out without a person: part of a count and, while stations still vote, turnout.
AUTOMATIC = (Publication.Status.PRE_ELECTION, Publication.Status.PARTIAL)


@dataclass(frozen=True)
class Terms:
    """How a publication comes out, where that is not as usual.

    ``whole``: every station is compared with the ledger, not only those in the queue. ``status`` is
    a word of the commission's (certified, correction, recount), empty for the one that follows from
    the count; ``decision`` the number of its decision. ``seen``: what the person was shown, which
    has to be it still. ``automatic``: no person publishes, so only part of a count. ``papers``:
    makes the documents that come out with it. ``act``: the commission's act that it carries is news
    enough.
    """

    note: str = ""
    whole: bool = False
    status: str = ""
    decision: str = ""
    seen: Seen | None = None
    automatic: bool = False
    papers: Papers | None = None
    act: bool = False


AS_USUAL = Terms()


def publish(
    *, election: Election, by: User | None, at: datetime, terms: Terms = AS_USUAL
) -> Publication:
    """Publish what is accepted now as the next numbered publication of ``election``.

    One publisher at a time (advisory lock), then one snapshot of the whole database, in one
    transaction. A protocol accepted meanwhile stays in the queue for the next publication, an event
    for the next seal. ``by`` is ``None`` at the server's command line. Raises PublicationRefused
    (`refusals` says which), also without a signing key.
    """
    with publishing(election):
        published = prepare(election=election, by=by, at=at, terms=terms)
    published.refresh_from_db(fields=["checkpoint", "key"])
    return published


@contextmanager
def publishing(election: Election) -> Iterator[None]:
    """Nobody else publishes ``election`` during the block, which is one transaction and sees one
    moment: in it, `prepare`. What was prepared is released after it, also when an earlier publisher
    died before it could. Raises PublicationRefused, also without a signing key.
    """
    # The election first: a publisher that waits for another does not keep the sealer waiting.
    with one_publisher(election), _locked(sealing.LOCK):
        release(election)
        remembered.check_log(election, manifests.leaves_of(election))
        with transaction.atomic(durable=True):
            # The first statement after BEGIN: the snapshot is taken after the lock is held.
            run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            # Whatever a publication reads is planned once; what its triggers ask, too.
            run(COMPILE_NOTHING)
            yield
        release(election)


def release(election: Election) -> None:
    """Release what is prepared, where nobody else publishes. Raises PublicationRefused."""
    with _key_wanted():
        release_prepared(election)


@contextmanager
def _key_wanted() -> Iterator[None]:
    """In the block SigningRefused is why nothing is published."""
    try:
        yield
    except SigningRefused as refused:
        raise PublicationRefused(str(refused)) from refused


def release_all() -> None:
    """Release whatever a publisher that died has prepared. Raises PublicationRefused."""
    prepared = Publication.prepared.select_related("election")
    for election in [one.election for one in prepared]:
        with one_publisher(election):
            release(election)


def one_publisher(election: Election) -> AbstractContextManager[None]:
    """Nobody else publishes ``election`` during the block, which may: outside a transaction."""
    return _locked((LOCK, election.pk))


@contextmanager
def _locked(key: tuple[int, int]) -> Iterator[None]:
    run("SELECT pg_advisory_lock(%s, %s)", key)
    try:
        yield
    finally:
        # A connection that broke has lost its locks, and must not hide the error that broke it.
        if connection.is_usable():
            run("SELECT pg_advisory_unlock(%s, %s)", key)


def prepare(
    *, election: Election, by: User | None, at: datetime, terms: Terms = AS_USUAL
) -> Publication:
    """Write the publication, not released yet, inside the caller's transaction, which alone
    publishes and has one snapshot: call `publish`, or be in `publishing`.
    """
    require_publisher(by)
    last = latest(election)
    _check_clock(last, at)
    number = last.number + 1 if last else 1
    decision = terms.decision.strip()
    check_seen(terms.seen, election, requested=terms.status)
    if last is not None:
        rechecking.require_signed(last)
    contests = list(election.contests.select_related("constituency__area"))
    if not contests:
        message = _(
            "The election %(election)s has no contest. Nothing was published. Tell your"
            " administrator."
        )
        raise PublicationRefused(message % {"election": election.slug})
    # What is certified is compared anew: every station of it, and all that was published of it.
    certifies = terms.status == Publication.Status.CERTIFIED
    whole = terms.whole or certifies
    if certifies:
        rechecking.require_all(election)
    with _key_wanted():  # stations are compared with sealed events
        written = [_write_contest(contest, last, whole=whole) for contest in contests]
    withheld = withheld_in(election, number)
    if certifies:
        refuse_to_certify(withheld)
    is_news = terms.act or status_words.is_news(terms.status, decision, last)
    if not any(map(any, written)) and not is_news:
        message = _(
            "Nothing has changed since publication %(number)s. Nothing was published. Publish"
            " again when the figures change."
        )
        raise NothingToPublish(message % {"number": number - 1})
    changed = [contest for contest, parts in zip(contests, written, strict=True) if parts[0]]
    word = _status(election, number, changed, requested=terms.status, decision=decision)
    _require_confirmed(election, word, decision)
    if terms.automatic and word not in AUTOMATIC:
        raise PublicationRefused(f"The next publication is {word}: a person publishes it.")
    publication = Publication(
        election=election,
        number=number,
        status=word,
        decision=decision,
        note=_note(election, terms),
        published_at=at,
        by=by,
    )
    bound = [
        manifests.bound(contest, number, turnout=file_hash(contest, number, last, changed=reported))
        for contest, (_changed, reported) in zip(contests, written, strict=True)
    ]
    record(
        act="published",
        subject=f"publication {number} of {election.slug}",
        by=by,
        at=at,
        election=election,
        after={
            "number": number,
            "status": word,
            "note": publication.note,
            "decision": decision,
            "roots": {contest["contest"]: contest["root"] for contest in bound},
            **({"withheld": _named(withheld)} if withheld else {}),
        },
        by_name=AUTOPUBLISH if terms.automatic else "",
    )
    with _key_wanted():
        seal = sealing.seal_waiting(at=at)
        files = _write_files(publication, terms.papers(publication) if terms.papers else ())
    body = manifests.body(publication, bound, seal, files)
    publication.manifest, publication.leaf = body.decode(), leaf_hash(body)
    publication.save(force_insert=True)
    return publication


def require_publisher(by: User | None) -> None:
    """Raise NotYours unless a member for the whole country publishes, or a command."""
    if by is not None and not (by.may_publish and by.is_active):
        raise NotYours(
            _(
                "Commission members for the whole country publish the results. Nothing was"
                " published. Ask one of these members."
            )
        )


def _check_clock(last: Publication | None, at: datetime) -> None:
    """Raise PublicationRefused for a publication that would be dated before the ``last`` one."""
    if last is not None and at < last.published_at:
        message = _(
            "The clock of this server is behind the time of publication %(number)s. Nothing was"
            " published. Set the clock, then publish again."
        )
        raise PublicationRefused(message % {"number": last.number})


def _note(election: Election, terms: Terms) -> str:
    """What is said beside the figures; a log that begins says so first."""
    note = f"{remembered.opening_of_next(election)} {terms.note}".strip()
    if len(note) > NOTE:
        raise PublicationRefused(
            "The note and the words about the new log are too long. Nothing was published. Write a"
            " shorter note."
        )
    return note


def _named(withheld: list[WithheldStation]) -> list[str]:
    return [f"{one.contest.code} {one.station.code}: {one.why}" for one in withheld[:NAMED]]


def _require_confirmed(election: Election, word: str, decision: str) -> None:
    """Raise PublicationRefused for the commission's word where other members have to confirm it,
    and this transaction does not carry out what they confirmed.
    """
    if word not in status_words.DECIDED or not election.confirmations:
        return
    if not is_being_carried_out(election, ACTS_THAT_PUBLISH, decision):
        message = _(
            "The commission publishes results with the status “%(status)s”. Nothing was published."
            " One member must propose this publication, and another must confirm it."
        )
        raise PublicationRefused(message % {"status": Publication.Status(word).label})


def _write_contest(contest: Contest, last: Publication | None, *, whole: bool) -> tuple[bool, bool]:
    """Whether anything of the contest's count or form, and of its timed turnout, differs from the
    publication before.
    """
    if not contest.stations.exists():
        message = _(
            "Contest %(contest)s has no polling stations. Nothing was published. Tell your"
            " administrator."
        )
        raise PublicationRefused(message % {"contest": contest.code})
    form, number = form_of(contest), last.number + 1 if last else 1
    was, form_changed = _write_form(contest, form, number)
    first = was is None
    with connection.cursor() as cursor:
        changed = find_changed(cursor, contest, form, number, whole=first or whole)
        if changed:
            if was is not None:
                rechecking.require_areas(cursor, contest, was)
            replace_stations(cursor, contest, number)
            replace_areas(cursor, contest, form, number, whole=first)
        reported = replace_turnout(cursor, contest, number, whole=whole)
    if reported and last is not None:
        rechecking.require_turnout(contest, last)
    return bool(changed) or form_changed, reported


def _write_form(
    contest: Contest, form: ProtocolForm, number: int
) -> tuple[ProtocolForm | None, bool]:
    """The form that the contest was published with before, if it was, and whether it changed."""
    body = form.as_json()
    current = PublishedForm.objects.filter(contest=contest, superseded_in=None).first()
    was = _form_in(current) if current is not None else None
    if current is not None:
        if was == form:
            return was, False
        current.superseded_in = number
        current.save(update_fields=["superseded_in"])
    PublishedForm.objects.create(
        election_id=contest.election_id, contest=contest, body=body, published_in=number
    )
    return was, True


def _form_in(published: PublishedForm) -> ProtocolForm:
    try:
        return ProtocolForm.from_json(published.body)
    except (KeyError, TypeError, ValueError) as error:
        message = _(
            "Publication %(number)s differs from what was signed. Nothing was published. Have the"
            " database checked."
        )
        raise PublicationRefused(message % {"number": published.published_in}) from error


def _write_files(
    publication: Publication, papers: Iterable[tuple[str, str, bytes]]
) -> dict[str, str]:
    """Keep what comes out with the publication; hashes by name."""
    hashes = {}
    for name, media_type, body in papers:
        digest = hashlib.sha256(body)
        PublishedFile.objects.create(
            election=publication.election,
            published_in=publication.number,
            name=name,
            media_type=media_type,
            body=body,
            sha256=digest.digest(),
        )
        hashes[name] = digest.hexdigest()
    return hashes


def _status(
    election: Election, number: int, changed: list[Contest], *, requested: str, decision: str
) -> str:
    """The status word, from the heads as just written of the contests that the sitting is about, or
    else of those that are not decided yet; when all are, or a decided one ``changed``, there is
    something to correct.
    """
    sitting = Sitting.objects.filter(election=election, published_in=number).first()
    if requested == Publication.Status.CERTIFIED and sitting is None:
        raise PublicationRefused(
            _(
                "A meeting of the commission certifies the results. Nothing was published. Record"
                " the meeting first."
            )
        )
    decided = decided_contests(election, before=number)
    if sitting is not None:
        about = set(sitting.decisions.values_list("contest_id", flat=True))
    else:
        about = set(election.contests.values_list("pk", flat=True)) - decided
    ((done, stations),) = fetch(
        """
        SELECT coalesce(sum(counted + annulled), 0), coalesce(sum(stations), 0)
        FROM tabulation_publishedfigures
        WHERE contest_id = ANY (%s) AND parent_id IS NULL AND superseded_in IS NULL""",
        [list(about)],
    )
    return status_words.word(
        requested,
        decision,
        done=done,
        stations=stations,
        certified=bool(decided) and (not about or any(c.pk in decided for c in changed)),
        listed=sum(map(len, sitting.open_stations.values())) if sitting else 0,
    )
