"""Intake, first and second entry: who may type which protocol, and what was typed."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from candidates.models import Contest
from tabulation.models import Draft, Entry, PollingStation, Protocol, Seat, User, record


class EntryRefused(Exception):
    """A person may not do this to this protocol now; the message says why."""


class AlreadyReceived(EntryRefused):
    """The station's protocol is here already."""


class AlreadySeated(EntryRefused):
    """The person types, or has typed, this protocol: the other entry is somebody else's."""


class NotAClerk(EntryRefused):
    """Only entry clerks type; supervisors and members decide."""


class NoFreeSeat(EntryRefused):
    """As many people as the election asks for are typing the protocol already."""


class NotOpenForEntry(EntryRefused):
    """The protocol is past typing."""


class NotYourSeat(EntryRefused):
    """Somebody else sits there, or the seat was released."""


class StaleDraft(EntryRefused):
    """The draft was changed elsewhere since this page read it; ``current`` is what stands."""

    def __init__(self, current: Draft) -> None:
        super().__init__("This protocol was typed on in another tab or window since.")
        self.current = current


class NothingTyped(EntryRefused):
    """An entry with every line blank is no entry."""


OPEN = (Protocol.Status.RECEIVED, Protocol.Status.ENTERED)


@transaction.atomic
def receive(
    *, contest: Contest, station: PollingStation, by: User | None, at: datetime
) -> Protocol:
    """Log the arrival of a station's paper: version 1, waiting to be typed.

    Raises AlreadyReceived when the station has a protocol in this contest.
    """
    told = f"The protocol of {station.code} was received before."
    if Protocol.objects.filter(contest=contest, station=station).exists():
        raise AlreadyReceived(told)
    try:
        with transaction.atomic():
            protocol = Protocol.objects.create(contest=contest, station=station, received_at=at)
    except IntegrityError as error:
        # Somebody else logged it between the question and the row.
        raise AlreadyReceived(told) from error
    record(
        act="received",
        subject=protocol.subject,
        by=by,
        at=at,
        election=contest.election,
        after={"station": station.code, "version": protocol.version},
    )
    return protocol


@transaction.atomic
def take_seat(*, protocol: Protocol, by: User, at: datetime) -> Seat:
    """Sit down at a protocol: in the first seat when it is free, else in the second.

    Raises NotAClerk, NotOpenForEntry, AlreadySeated or NoFreeSeat.
    """
    if by.role != User.Role.CLERK or not by.is_active:
        raise NotAClerk("Only an entry clerk types protocols.")
    protocol = Protocol.objects.select_for_update().get(pk=protocol.pk)
    if protocol.status not in OPEN:
        raise NotOpenForEntry("This protocol is not waiting to be typed.")
    if protocol.seats.filter(person=by).exists():
        raise AlreadySeated("You type this protocol already. The other entry is somebody else's.")
    taken = set(protocol.seats.filter(released_at=None).values_list("slot", flat=True))
    slots = range(1, protocol.contest.election.entries_required + 1)
    free = [slot for slot in slots if slot not in taken]
    if not free:
        raise NoFreeSeat("Enough people are typing this protocol already.")
    seat = Seat.objects.create(protocol=protocol, slot=free[0], person=by, taken_at=at)
    record(act="seat taken", subject=protocol.subject, by=by, at=at, after={"slot": seat.slot})
    return seat


@transaction.atomic
def start(*, contest: Contest, station: PollingStation, by: User, at: datetime) -> Seat:
    """Sit down at the newest version of a station's protocol, or go on where ``by`` sits already.

    The paper is received with that, if it was not before. Raises what `take_seat` raises.
    """
    versions = Protocol.objects.filter(contest=contest, station=station).order_by("-version")
    try:
        newest = versions.first() or receive(contest=contest, station=station, by=by, at=at)
    except AlreadyReceived:
        newest = versions.get()
    return seat_of(newest, by) or take_seat(protocol=newest, by=by, at=at)


def seat_of(protocol: Protocol, person: User) -> Seat | None:
    """Where ``person`` sits at this version and has still to finish; ``None``: nowhere."""
    if protocol.status not in OPEN:
        return None
    return (
        protocol.seats.filter(person=person, released_at=None, entries=None)
        .select_related("draft")
        .first()
    )


@transaction.atomic
def save_draft(
    *, seat: Seat, figures: Sequence[int | None], revision: int, by: User, at: datetime
) -> Draft:
    """Keep what is typed so far; the page then holds the next ``revision`` (0: no draft yet).

    Raises NotYourSeat, NotOpenForEntry, or StaleDraft when the page is older than the draft.
    """
    _protocol, seat = _at_work(seat, by)
    draft = _draft_of(seat, revision, figures, at)
    if draft is not None and draft.figures == list(figures):
        return draft
    if draft is None:
        return Draft.objects.create(seat=seat, figures=list(figures), saved_at=at)
    draft.figures, draft.revision, draft.saved_at = list(figures), draft.revision + 1, at
    draft.save(update_fields=["figures", "revision", "saved_at"])
    return draft


@transaction.atomic
def submit(
    *,
    seat: Seat,
    figures: Sequence[int | None],
    by: User,
    at: datetime,
    revision: int | None = None,
) -> Entry:
    """Finish typing: the figures become an entry, for ever.

    ``revision`` is that of the draft the page showed. Raises NotYourSeat, NotOpenForEntry,
    NothingTyped or StaleDraft. Figures that do not fit the form are refused by the database
    (IntegrityError); the form has checked them before.
    """
    if all(figure is None for figure in figures):
        raise NothingTyped("Every line is blank: type the figures first.")
    protocol, seat = _at_work(seat, by)
    draft = Draft.objects.filter(seat=seat).first()
    if revision is not None:
        draft = _draft_of(seat, revision, figures, at)
    entry = Entry.objects.create(
        seat=seat, attempt=seat.entries.count() + 1, figures=list(figures), typed_at=at
    )
    if draft is not None:
        draft.delete()
    protocol.status = Protocol.Status.ENTERED
    protocol.save(update_fields=["status"])
    record(
        act="entry submitted",
        subject=protocol.subject,
        by=by,
        at=at,
        after={"slot": seat.slot, "attempt": entry.attempt, "figures": entry.figures},
    )
    return entry


def _draft_of(
    seat: Seat, revision: int, figures: Sequence[int | None], at: datetime
) -> Draft | None:
    """The draft, if the page has read it, or says the same: an answer that got lost on its way.

    Raises StaleDraft: an older tab is told, not obeyed.
    """
    draft = Draft.objects.filter(seat=seat).first()
    known = draft.revision if draft else 0
    if known != revision and (draft is None or draft.figures != list(figures)):
        raise StaleDraft(draft or Draft(seat=seat, figures=[], revision=0, saved_at=at))
    return draft


def _at_work(seat: Seat, by: User) -> tuple[Protocol, Seat]:
    """The locked protocol and the seat, if it is ``by``'s and typing goes on."""
    protocol = Protocol.objects.select_for_update().get(pk=seat.protocol_id)
    seat = Seat.objects.get(pk=seat.pk)
    if seat.person_id != by.pk or seat.released_at is not None:
        raise NotYourSeat("This seat is not yours to type in.")
    if protocol.status not in OPEN or seat.entries.exists():
        raise NotOpenForEntry("This protocol is not waiting to be typed.")
    return protocol, seat
