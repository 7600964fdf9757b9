"""Compare the entries, resolve what differs, accept what two people typed alike.

A supervisor never types: they say which entry matches the paper, and whose is typed again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tabulation.arithmetic import lifecycle
from tabulation.counting.acceptors import must_leave_it, require_another
from tabulation.counting.seen import require_seen
from tabulation.models import (
    Draft,
    Entry,
    EntryReturn,
    Protocol,
    ProtocolRefused,
    Seat,
    User,
    acceptance_is_closed,
    form_in_use,
    locked,
    move,
    require_may_rule,
    require_reason,
    while_acceptance_is_open,
)


def last_entries(protocol: Protocol) -> list[Entry]:
    """The entries that stand, first seat first: one a seat, none that was given back."""
    return list(
        Entry.objects.standing()
        .filter(seat__protocol=protocol)
        .select_related("seat__person")
        .order_by("seat__slot")
    )


@transaction.atomic
def compare(*, protocol: Protocol, at: datetime) -> Protocol:
    """Lay the entries side by side: verified, different, or equal but with errors.

    What is verified is accepted at once where the election's configuration says so, unless
    somebody decided about its figures and another person is to accept it. Raises
    ProtocolRefused while somebody has still to type.
    """
    protocol = locked(protocol.pk)
    if not compare_if_complete(protocol, at):
        raise ProtocolRefused(
            _(
                "The entries of this protocol are not all finished. Nothing was saved. Another"
                " clerk must enter it first."
            )
        )
    return protocol


def compare_if_complete(protocol: Protocol, at: datetime) -> bool:
    """`compare`, unless somebody has still to type; whether it was done.

    Every entry is submitted with this as what comes ``then``: in one transaction with it, on the
    protocol that is locked already. So no two entries ever wait to be compared.
    """
    entries = last_entries(protocol)
    election = protocol.contest.election
    if protocol.status != Protocol.Status.ENTERED or len(entries) < election.entries_required:
        return False
    figures = [entry.figures for entry in entries]
    errors = form_in_use(protocol.contest).broken(figures[0], "error")
    status = lifecycle.compared(figures, errors=bool(errors))
    move(protocol, status, act="compared", by=None, at=at)
    by_itself = status == lifecycle.VERIFIED and election.accepts_verified
    if by_itself and acceptance_is_closed(protocol.contest, at):
        return True  # it waits, as a verified one, for a supervisor
    if by_itself and not must_leave_it(protocol, None):
        _accept(protocol, entries, by=None, at=at)
    return True


@while_acceptance_is_open
@transaction.atomic
def accept(
    *, protocol: Protocol, by: User | None, at: datetime, seen: str | None = None
) -> Protocol:
    """Let a verified protocol count; an earlier version leaves the sums in the same moment.

    ``seen``, here and in every decision: what the page showed (`seen_of`), or nothing is done.
    Raises NotYours or ProtocolRefused. The database asks once more that enough people typed
    these figures, and who accepts them.
    """
    protocol = locked(protocol.pk)
    require_may_rule(
        protocol,
        by,
        "accepted",
        _(
            "Only supervisors and commission members can accept protocols. Nothing was saved. Ask"
            " one of them."
        ),
    )
    require_seen(protocol, seen)
    if protocol.status != Protocol.Status.VERIFIED:
        raise ProtocolRefused(
            _(
                "You can accept only a verified protocol. Nothing was saved. Check the status of"
                " this protocol."
            )
        )
    require_another(protocol, by)
    return _accept(protocol, last_entries(protocol), by=by, at=at)


def _accept(
    protocol: Protocol, entries: Sequence[Entry], *, by: User | None, at: datetime
) -> Protocol:
    for earlier in _in_force(protocol) if protocol.version > 1 else ():
        move(earlier, Protocol.Status.CORRECTED, act="corrected", by=by, at=at, closed_at=at)
    return move(
        protocol,
        Protocol.Status.ACCEPTED,
        act="accepted",
        by=by,
        at=at,
        figures=entries[0].figures,
        accepted_at=at,
    )


def _in_force(protocol: Protocol) -> "QuerySet[Protocol]":
    """The version that stands for the station now, locked."""
    return (
        Protocol.objects.select_for_update(of=("self",))
        .select_related("contest__election", "station")
        .filter(
            contest=protocol.contest_id,
            station=protocol.station_id,
            status__in=lifecycle.IN_FORCE,
        )
    )


@transaction.atomic
def choose(*, entry: Entry, by: User, at: datetime, seen: str | None = None) -> Protocol:
    """Say that this entry matches the paper: the other clerk types the differing lines again.

    They get those lines blank, and never see the other's figures. Raises NotYours or
    ProtocolRefused.
    """
    protocol = locked(entry.seat.protocol_id)
    require_may_rule(
        protocol,
        by,
        "entry chosen",
        _(
            "Only supervisors can resolve differences between entries. Nothing was saved. Ask a"
            " supervisor."
        ),
    )
    require_seen(protocol, seen)
    if protocol.status != Protocol.Status.DIFFERENT:
        raise ProtocolRefused(_("You can choose an entry only when the two entries differ."))
    entries = last_entries(protocol)
    if entry.pk not in {standing.pk for standing in entries}:
        raise ProtocolRefused(
            _(
                "This entry is no longer valid. Nothing was saved. Compare the entries again"
                " before you choose."
            )
        )
    lines = lifecycle.differing([standing.figures for standing in entries])
    details = {"chosen slot": entry.seat.slot, "lines again": lines}
    protocol = move(
        protocol, Protocol.Status.ENTERED, act="entry chosen", by=by, at=at, details=details
    )
    for other in entries:
        if other.pk != entry.pk:
            _give_back(other, lines, EntryReturn.Cause.DIFFERENCE, "", by, at)
    return protocol


@transaction.atomic
def return_entries(
    *,
    protocol: Protocol,
    reason: str,
    by: User,
    at: datetime,
    whole: bool = False,
    seen: str | None = None,
) -> Protocol:
    """Give every entry back to who typed it, to be typed again.

    Where entries differ, the differing lines; where errors are open, the lines of the relations
    that do not hold; with ``whole``, and where the entries were verified, every line. Raises
    NotYours or ProtocolRefused.
    """
    protocol = locked(protocol.pk)
    require_may_rule(
        protocol,
        by,
        "entries returned",
        _("Only supervisors can return entries. Nothing was saved. Ask a supervisor."),
    )
    require_reason(
        reason,
        _("The reason is missing. Nothing was saved. Give a reason for returning the entries."),
    )
    require_seen(protocol, seen)
    if protocol.status not in LINES_AGAIN:
        raise ProtocolRefused(
            _(
                "This protocol has no entries to return now. Nothing was saved. Check the status"
                " of this protocol."
            )
        )
    entries = last_entries(protocol)
    cause, lines_of = LINES_AGAIN[protocol.status]
    lines = _on_the_paper(protocol) if whole else lines_of(protocol, entries)
    details = {"reason": reason, "lines again": lines}
    status = Protocol.Status.RECEIVED
    protocol = move(protocol, status, act="entries returned", by=by, at=at, details=details)
    for entry in entries:
        _give_back(entry, lines, cause, reason, by, at)
    return protocol


def _lines_that_differ(_protocol: Protocol, entries: Sequence[Entry]) -> list[int]:
    return lifecycle.differing([entry.figures for entry in entries])


def _lines_in_error(protocol: Protocol, entries: Sequence[Entry]) -> list[int]:
    errors = form_in_use(protocol.contest).broken(entries[0].figures, "error")
    named = {position for check in errors for position in (*check.left, *check.right)}
    return [position for position in _on_the_paper(protocol) if position in named]


def _on_the_paper(protocol: Protocol, _entries: Sequence[Entry] = ()) -> list[int]:
    """Positions of the lines that stand on the paper of this station."""
    lineage = protocol.station.area.lineage
    lines = enumerate(form_in_use(protocol.contest).lines, 1)
    return [position for position, line in lines if line.stands_in(lineage, station=True)]


#: By status: why the entries go back, and which lines are typed again.
LINES_AGAIN: dict[str, tuple[str, Callable[[Protocol, Sequence[Entry]], list[int]]]] = {
    lifecycle.DIFFERENT: (EntryReturn.Cause.DIFFERENCE, _lines_that_differ),
    lifecycle.ERRORS: (EntryReturn.Cause.ERRORS, _lines_in_error),
    lifecycle.VERIFIED: (EntryReturn.Cause.DOUBT, _on_the_paper),
}


def _give_back(
    entry: Entry, lines: Sequence[int], cause: str, reason: str, by: User, at: datetime
) -> None:
    """The entry stands no more; its clerk finds it as a draft, blank where it is typed again."""
    EntryReturn.objects.create(
        entry=entry, lines=list(lines), cause=cause, reason=reason, by=by, at=at
    )
    kept = [None if p in lines else figure for p, figure in enumerate(entry.figures, 1)]
    Draft.objects.create(seat=entry.seat, figures=kept, saved_at=at)


@transaction.atomic
def release(
    *, seat: Seat, reason: str, by: User, at: datetime, seen: str | None = None
) -> Protocol:
    """Free a seat for a third clerk; what was typed there stays as evidence and stands no more.

    Raises NotYours or ProtocolRefused.
    """
    protocol = locked(seat.protocol_id)
    require_may_rule(
        protocol,
        by,
        "seat released",
        _("Only supervisors can release a clerk's task. Nothing was saved. Ask a supervisor."),
    )
    require_reason(
        reason, _("The reason is missing. Nothing was saved. Give a reason for releasing the task.")
    )
    require_seen(protocol, seen)
    seat = Seat.objects.get(pk=seat.pk)
    if seat.released_at is not None:
        raise ProtocolRefused(
            _("This task is already released. Nothing was saved. Another clerk can take the task.")
        )
    if protocol.status not in lifecycle.IN_WORK:
        raise ProtocolRefused(_("Both entries of this protocol are finished. Nothing was saved."))
    seat.released_at = at
    seat.save(update_fields=["released_at"])
    standing = Entry.objects.standing().filter(seat__protocol=protocol).count()
    details = {"slot": seat.slot, "person": seat.person.get_username(), "reason": reason}
    status = lifecycle.typed_so_far(standing)
    return move(protocol, status, act="seat released", by=by, at=at, details=details)


@transaction.atomic
def set_aside(
    *, protocol: Protocol, reason: str, by: User, at: datetime, seen: str | None = None
) -> Protocol:
    """Put away a version that should never have been opened: the wrong paper, the wrong station.

    It stays visible and never counts; the station is expected again, or keeps the version in
    force. Raises NotYours or ProtocolRefused.
    """
    protocol = locked(protocol.pk)
    require_may_rule(
        protocol,
        by,
        "set aside",
        _("Only supervisors can set protocols aside. Nothing was saved. Ask a supervisor."),
    )
    require_reason(
        reason,
        _(
            "The reason is missing. Nothing was saved. Give a reason for setting the protocol"
            " aside."
        ),
    )
    require_seen(protocol, seen)
    if protocol.status not in lifecycle.IN_WORK:
        raise ProtocolRefused(_("You can set aside a protocol only before it is accepted."))
    return move(
        protocol,
        Protocol.Status.SET_ASIDE,
        act="set aside",
        by=by,
        at=at,
        closed_at=at,
        ruling_reason=reason,
    )
