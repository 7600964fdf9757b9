"""First and second entry: who may type which protocol, and what was typed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from candidates.models import Contest
from tabulation.arithmetic import lifecycle
from tabulation.models import (
    Draft,
    Entry,
    EntryReturn,
    Event,
    PollingStation,
    Protocol,
    Seat,
    User,
    WarningReason,
    form_in_use,
    locked,
    move,
    record,
    require_may_act,
)

CLERKS = lifecycle.roles_of("entry submitted")
#: As often as another clerk may take what was just found free, before we say that nothing is.
TRIES = 20


class EntryRefused(Exception):
    """A person may not do this to this protocol now; the message says why."""


class StaleDraft(EntryRefused):
    """The draft was changed elsewhere since this page read it; ``current`` is what stands."""

    def __init__(self, current: Draft) -> None:
        super().__init__(
            _(
                "Figures were entered in this protocol in another tab or window. This page was"
                " not saved. Reload it."
            )
        )
        self.current = current


class ReasonMissing(EntryRefused):
    """A warning is not explained; ``codes`` are the relations that lack a reason."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(
            _(
                "Each failed check needs its own reason. Nothing was saved. Enter the missing"
                " reasons."
            )
        )
        self.codes = codes


@transaction.atomic
def take_seat(*, protocol: Protocol, by: User, at: datetime) -> Seat:
    """Sit down at a protocol: in the first seat when it is free, else in the second.

    Raises NotYours or EntryRefused.
    """
    return _sit_down(locked(protocol.pk), by, at)


def _sit_down(protocol: Protocol, by: User, at: datetime) -> Seat:
    """As `take_seat`, at a protocol that is locked already."""
    require_may_act(
        by,
        CLERKS,
        protocol.station.area,
        _("Only entry clerks can enter protocols. Ask an entry clerk to do this."),
    )
    if protocol.status not in lifecycle.OPEN:
        raise EntryRefused(
            _(
                "This protocol is closed for entry. Nothing was saved. Take another protocol at"
                " your desk."
            )
        )
    seats = list(protocol.seats.values_list("person_id", "slot", "released_at"))
    if any(person == by.pk for person, _slot, _released in seats):
        raise EntryRefused(
            _("You have one entry of this protocol. Another clerk must make the other entry.")
        )
    decided = Event.objects.filter(subject=protocol.subject, by=by, act__in=lifecycle.DECISIONS)
    if decided.exists():
        raise EntryRefused(
            _(
                "You made a decision on this protocol. Another clerk must enter it. Take another"
                " protocol."
            )
        )
    taken = {slot for _person, slot, released in seats if released is None}
    slots = range(1, protocol.contest.election.entries_required + 1)
    free = [slot for slot in slots if slot not in taken]
    if not free:
        raise EntryRefused(_("Enough clerks are entering this protocol. Take another one."))
    seat = Seat.objects.create(protocol=protocol, slot=free[0], person=by, taken_at=at)
    record(
        act="seat taken",
        subject=protocol.subject,
        election=protocol.contest.election,
        by=by,
        at=at,
        after={"slot": seat.slot},
    )
    return seat


@transaction.atomic
def start(*, contest: Contest, station: PollingStation, by: User, at: datetime) -> Seat:
    """Sit down at the newest version of a station's protocol, or go on where ``by`` sits already.

    Raises EntryRefused, and what `take_seat` raises.
    """
    newest = Protocol.objects.filter(contest=contest, station=station).newest_first().first()
    if newest is None:
        message = _(
            "The protocol of polling station %(code)s has not been received. An intake clerk"
            " must register it first. Take another protocol."
        )
        raise EntryRefused(message % {"code": station.code})
    return seat_of(newest, by) or take_seat(protocol=newest, by=by, at=at)


def next_seat(*, contest: Contest, by: User, at: datetime) -> Seat:
    """What this clerk types next: what they have begun, else what waits longest in their area.

    Nobody gets what they have typed already, and no two clerks the same seat. Raises NotYours
    or EntryRefused.
    """
    require_may_act(
        by,
        CLERKS,
        by.area or contest.constituency.area,
        _("Only entry clerks can enter protocols. Ask an entry clerk to do this."),
    )
    passed: list[int] = []
    for _try in range(TRIES):
        with transaction.atomic():
            # Two of this clerk's windows at once sit down at one protocol, not at two.
            User.objects.select_for_update(no_key=True).only("pk").get(pk=by.pk)
            begun: Seat | None = seats_at_work(by, contest).first()
            if begun is not None:
                return begun
            waiting = _longest_waiting(contest, by, passed)
            if waiting is None:
                break
            try:
                return _sit_down(waiting, by, at)
            except EntryRefused:
                passed.append(waiting.pk)
    raise EntryRefused(_("No protocol is waiting for you now. Try again later."))


def _longest_waiting(contest: Contest, by: User, passed: Sequence[int]) -> Protocol | None:
    """The protocol with a free seat that came in first, locked; those others just take are skipped.

    Who typed it, or gave it back, does not get it again.
    """
    seats = Seat.objects.filter(protocol=OuterRef("pk"))
    taken = seats.filter(released_at=None).order_by().values("protocol")
    waiting = (
        Protocol.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("contest__election", "station__area")
        .annotate(taken=Coalesce(Subquery(taken.annotate(n=Count("*")).values("n")), 0))
        .filter(~Exists(seats.filter(person=by)), contest=contest, status__in=lifecycle.OPEN)
        .exclude(pk__in=passed)
        .filter(taken__lt=contest.election.entries_required)
    )
    if by.area_id is not None:
        waiting = waiting.filter(station__area__lineage__contains=[by.area_id])
    return waiting.order_by("received_at", "pk").first()


def seats_at_work(person: User, contest: Contest | None = None) -> "QuerySet[Any]":
    """Where ``person`` sits and has something to type, what has waited longest first.

    ``again`` of each: whether something was given back to it.
    """
    seats = _with_attempts(Seat.objects.all()).filter(
        person=person, released_at=None, done=False, protocol__status__in=lifecycle.OPEN
    )
    if contest is not None:
        seats = seats.filter(protocol__contest=contest)
    named = ("draft", "protocol__station__area", "protocol__contest__election")
    return seats.select_related(*named).order_by("taken_at", "pk")


def _with_attempts(seats: "QuerySet[Any]") -> "QuerySet[Any]":
    """Seats with ``done`` (an entry stands) and ``again`` (one was given back)."""
    entries = Entry.objects.filter(seat=OuterRef("pk"))
    scoped: QuerySet[Any] = seats.annotate(
        done=Exists(entries.filter(returned=None)),
        again=Exists(entries.filter(returned__isnull=False)),
    )
    return scoped


def seat_of(protocol: Protocol, person: User) -> Seat | None:
    """Where ``person`` sits at this version and has still to finish; ``None``: nowhere."""
    seat: Seat | None = seats_at_work(person).filter(protocol=protocol).first()
    return seat


def last_return(seat: Seat) -> EntryReturn | None:
    """What was given back to this seat last, with its entry; ``None``: nothing ever was."""
    return (
        EntryReturn.objects.filter(entry__seat=seat)
        .select_related("entry")
        .order_by("-entry__attempt")
        .first()
    )


@transaction.atomic
def save_draft(
    *, seat: Seat, figures: Sequence[int | None], revision: int, by: User, at: datetime
) -> Draft:
    """Keep what is typed so far; the page then holds the next ``revision`` (0: no draft yet).

    Raises NotYours, EntryRefused, and StaleDraft when the page is older than
    the draft.
    """
    _protocol, seat, _again = _at_work(seat, by)
    draft = _known_draft(seat, revision, figures, at)
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
    reasons: Mapping[str, str] | None = None,
    then: Callable[[Protocol, datetime], object] | None = None,
) -> Entry:
    """Finish typing: the figures become an entry, for ever.

    ``revision`` is that of the draft the page showed; ``reasons`` say, by the code of the relation,
    why figures that break a warning stand; ``then`` is called in the same transaction with the
    protocol, still locked. Errors do not stop typing; they stop what comes after.
    Raises NotYours, StaleDraft, ReasonMissing or another EntryRefused. Figures that do not fit the
    form are refused by the database (IntegrityError); the form has checked them before.
    """
    if all(figure is None for figure in figures):
        raise EntryRefused(
            _("Every line is blank. The entry is not finished. Enter the figures first.")
        )
    protocol, seat, again = _at_work(seat, by)
    draft = _draft(seat)
    if revision is not None:
        _known_draft(seat, revision, figures, at)
    last = last_return(seat) if again else None
    _keep_what_was_not_returned(last, figures)
    explained = _explained(protocol, figures, reasons or {})
    attempt = last.entry.attempt + 1 if last else 1
    entry = Entry.objects.create(seat=seat, attempt=attempt, figures=list(figures), typed_at=at)
    WarningReason.objects.bulk_create(
        WarningReason(entry=entry, relation_id=relation, reason=reason)
        for relation, (_code, reason) in explained.items()
    )
    if draft is not None:
        draft.delete()
    details = {"slot": seat.slot, "attempt": entry.attempt, "figures": entry.figures}
    if explained:
        details["reasons"] = dict(explained.values())
    move(protocol, Protocol.Status.ENTERED, act="entry submitted", by=by, at=at, details=details)
    if then is not None:
        then(protocol, at)
    return entry


def _keep_what_was_not_returned(last: EntryReturn | None, figures: Sequence[int | None]) -> None:
    if last is None:
        return
    pairs = enumerate(zip(last.entry.figures, figures, strict=True), 1)
    if any(old != new for position, (old, new) in pairs if position not in last.lines):
        raise EntryRefused(
            _(
                "You can change only the returned lines. Nothing was saved. Enter only those lines"
                " again."
            )
        )


def _explained(
    protocol: Protocol, figures: Sequence[int | None], reasons: Mapping[str, str]
) -> dict[int, tuple[str, str]]:
    """Code and reason of each broken warning, by the id of its relation; ReasonMissing."""
    warnings = form_in_use(protocol.contest).broken(figures, "warning")
    broken = {check.code for check in warnings}
    lacking = sorted(code for code in broken if not reasons.get(code, "").strip())
    if lacking:
        raise ReasonMissing(lacking)
    relations = protocol.contest.relations.filter(code__in=broken) if broken else ()
    return {r.pk: (r.code, reasons[r.code].strip()) for r in relations}


def _draft(seat: Seat) -> Draft | None:
    """The draft that was read with the seat."""
    draft: Draft | None = getattr(seat, "draft", None)
    return draft


def _known_draft(
    seat: Seat, revision: int, figures: Sequence[int | None], at: datetime
) -> Draft | None:
    """The draft, if the page has read it, or says the same: an answer that got lost on its way.

    Raises StaleDraft: an older tab is told, not obeyed.
    """
    draft = _draft(seat)
    known = draft.revision if draft else 0
    if known != revision and (draft is None or draft.figures != list(figures)):
        raise StaleDraft(draft or Draft(seat=seat, figures=[], revision=0, saved_at=at))
    return draft


def _at_work(seat: Seat, by: User) -> tuple[Protocol, Seat, bool]:
    """The locked protocol, the seat with its draft, and whether something was given back to it.

    If the seat is ``by``'s and typing goes on. Raises NotYours or EntryRefused.
    """
    protocol = locked(seat.protocol_id)
    require_may_act(
        by,
        CLERKS,
        protocol.station.area,
        _("Only entry clerks can enter protocols. Ask an entry clerk to do this."),
    )
    now = _with_attempts(Seat.objects.select_related("draft")).get(pk=seat.pk)
    if now.person_id != by.pk or now.released_at is not None:
        raise EntryRefused(
            _(
                "Another clerk has this entry. Nothing was saved. Take another protocol at your"
                " desk."
            )
        )
    if protocol.status not in lifecycle.OPEN or now.done:
        raise EntryRefused(
            _(
                "This protocol is closed for entry. Nothing was saved. Take another protocol at"
                " your desk."
            )
        )
    return protocol, now, now.again
