"""Compare the entries, accept what two people typed alike; correct and annul what is accepted."""

from datetime import datetime

from django.db import IntegrityError, transaction

from candidates.models import Contest
from tabulation.models import Entry, PollingStation, Protocol, User, paper_of, record


class VerificationRefused(Exception):
    """This cannot be done to this protocol now; the message says why."""


class NotEnoughEntries(VerificationRefused):
    """Fewer people have typed the protocol than the election asks for."""


class NotVerified(VerificationRefused):
    """Only a verified protocol can be accepted."""


class NothingToCorrect(VerificationRefused):
    """The station has no accepted protocol to correct, or a correction is under way."""


class NotAccepted(VerificationRefused):
    """Only an accepted protocol can be annulled."""


class NotAnnulled(VerificationRefused):
    """Only an annulled protocol can be reinstated."""


class CorrectionUnderWay(VerificationRefused):
    """A later version is being typed: accepting it would undo this act unseen."""


class OwnEntry(VerificationRefused):
    """Who typed a protocol does not decide that it counts."""


class NoReason(VerificationRefused):
    """What leaves the sums leaves them for a stated reason."""


IN_WORK = (
    Protocol.Status.RECEIVED,
    Protocol.Status.ENTERED,
    Protocol.Status.DIFFERENT,
    Protocol.Status.ERRORS,
    Protocol.Status.VERIFIED,
)
IN_FORCE = (Protocol.Status.ACCEPTED, Protocol.Status.ANNULLED)


def last_entries(protocol: Protocol) -> list[Entry]:
    """The newest entry of each seat that is not released, first seat first."""
    return list(
        Entry.objects.filter(seat__protocol=protocol, seat__released_at=None)
        .order_by("seat__slot", "-attempt")
        .distinct("seat__slot")
    )


@transaction.atomic
def compare(*, protocol: Protocol, by: User | None, at: datetime) -> Protocol:
    """Lay the entries side by side: verified, different, or equal but with errors.

    Raises NotEnoughEntries while somebody has still to type.
    """
    protocol = _locked(protocol)
    if protocol.status != Protocol.Status.ENTERED:
        raise NotEnoughEntries("There is nothing to compare in this state.")
    entries = last_entries(protocol)
    if len(entries) < protocol.contest.election.entries_required:
        raise NotEnoughEntries("Another person has still to type this protocol.")
    figures = entries[0].figures
    checks = paper_of(protocol.contest).checks
    if any(entry.figures != figures for entry in entries):
        status = Protocol.Status.DIFFERENT
    elif any(check.severity == "error" and check.holds(figures) is False for check in checks):
        status = Protocol.Status.ERRORS
    else:
        status = Protocol.Status.VERIFIED
    return _move(protocol, status, act="compared", by=by, at=at)


@transaction.atomic
def accept(*, protocol: Protocol, by: User | None, at: datetime) -> Protocol:
    """Let a verified protocol count; an earlier version leaves the sums in the same moment.

    Raises NotVerified or OwnEntry. The database asks once more that enough people typed these
    figures. ``by`` is ``None`` when the election's configuration accepts what is verified.
    """
    protocol = _locked(protocol)
    if protocol.status != Protocol.Status.VERIFIED:
        raise NotVerified("Only a verified protocol can be accepted.")
    if by is not None and protocol.seats.filter(person=by).exists():
        raise OwnEntry("You typed this protocol: somebody else accepts it.")
    for earlier in Protocol.objects.select_for_update().filter(
        contest=protocol.contest_id, station=protocol.station_id, status__in=IN_FORCE
    ):
        _move(earlier, Protocol.Status.CORRECTED, act="corrected", by=by, at=at, closed_at=at)
    return _move(
        protocol,
        Protocol.Status.ACCEPTED,
        act="accepted",
        by=by,
        at=at,
        figures=last_entries(protocol)[0].figures,
        accepted_at=at,
    )


@transaction.atomic
def correct(
    *,
    contest: Contest,
    station: PollingStation,
    reason: str,
    decision: str,
    by: User | None,
    at: datetime,
) -> Protocol:
    """Open the next version of a station's protocol, to be typed like the first.

    Until it is accepted the version in force goes on counting. Raises NoReason or
    NothingToCorrect.
    """
    if not reason.strip():
        raise NoReason("Say why the protocol is corrected.")
    versions = list(
        Protocol.objects.select_for_update()
        .filter(contest=contest, station=station)
        .order_by("version")
    )
    if not any(p.status in IN_FORCE for p in versions):
        raise NothingToCorrect("No accepted protocol of this station is there to correct.")
    if any(p.status in IN_WORK for p in versions):
        raise NothingToCorrect("A correction of this protocol is under way already.")
    try:
        with transaction.atomic():
            corrected = Protocol.objects.create(
                contest=contest,
                station=station,
                version=versions[-1].version + 1,
                reason=reason,
                decision=decision,
                received_at=at,
            )
    except IntegrityError as error:
        raise NothingToCorrect("A correction was opened at this moment already.") from error
    record(
        act="correction opened",
        subject=corrected.subject,
        by=by,
        at=at,
        election=contest.election,
        after={"version": corrected.version, "reason": reason, "decision": decision},
    )
    return corrected


@transaction.atomic
def annul(
    *, protocol: Protocol, reason: str, decision: str, by: User | None, at: datetime
) -> Protocol:
    """Take an accepted protocol out of the sums by decision; it stays visible.

    Raises NoReason, NotAccepted or CorrectionUnderWay.
    """
    if not reason.strip():
        raise NoReason("Say why the results of the station are annulled.")
    protocol = _locked(protocol)
    if protocol.status != Protocol.Status.ACCEPTED:
        raise NotAccepted("Only an accepted protocol can be annulled.")
    if Protocol.objects.filter(
        contest=protocol.contest_id, station=protocol.station_id, status__in=IN_WORK
    ).exists():
        raise CorrectionUnderWay("A correction is being typed: finish it before you annul.")
    return _move(
        protocol,
        Protocol.Status.ANNULLED,
        act="annulled",
        by=by,
        at=at,
        closed_at=at,
        reason=reason,
        decision=decision,
    )


@transaction.atomic
def reinstate(
    *, protocol: Protocol, reason: str, decision: str, by: User | None, at: datetime
) -> Protocol:
    """Let an annulled protocol count again, by decision. Raises NoReason or NotAnnulled."""
    if not reason.strip():
        raise NoReason("Say why the results of the station count again.")
    protocol = _locked(protocol)
    if protocol.status != Protocol.Status.ANNULLED:
        raise NotAnnulled("Only an annulled protocol can be reinstated.")
    return _move(
        protocol,
        Protocol.Status.ACCEPTED,
        act="reinstated",
        by=by,
        at=at,
        closed_at=None,
        reason=reason,
        decision=decision,
    )


def _locked(protocol: Protocol) -> Protocol:
    return (
        Protocol.objects.select_for_update(of=("self",))
        .select_related("contest__election")
        .get(pk=protocol.pk)
    )


def _move(
    protocol: Protocol,
    status: Protocol.Status,
    *,
    act: str,
    by: User | None,
    at: datetime,
    **changes: object,
) -> Protocol:
    """Give the locked protocol its next status and record the act, before and after."""
    before = {"status": protocol.status, **{name: getattr(protocol, name) for name in changes}}
    protocol.status = status
    for name, value in changes.items():
        setattr(protocol, name, value)
    protocol.save(update_fields=["status", *changes])
    record(
        act=act,
        subject=protocol.subject,
        by=by,
        at=at,
        before=_plain(before),
        after=_plain({"status": status, **changes}),
    )
    return protocol


def _plain(values: dict[str, object]) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }
