"""After acceptance: a correction is a new version; a station is annulled, or reinstated."""

from datetime import datetime

from django.db import IntegrityError, transaction

from candidates.models import Contest
from tabulation import lifecycle
from tabulation.lifecycle import roles_of
from tabulation.models import PollingStation, Protocol, User, allow, begin, locked, move


class CorrectionRefused(Exception):
    """This cannot be done to this protocol now; the message says why."""


class NothingToCorrect(CorrectionRefused):
    """The station has no accepted protocol to correct, or a correction is under way."""


class NotAccepted(CorrectionRefused):
    """Only an accepted protocol can be annulled."""


class NotAnnulled(CorrectionRefused):
    """Only an annulled protocol can be reinstated."""


class CorrectionUnderWay(CorrectionRefused):
    """A later version is being typed: accepting it would undo this act unseen."""


class NoReason(CorrectionRefused):
    """What changes the sums changes them for a stated reason, by a numbered decision."""


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
    """Open the next version of a station's protocol, to be typed twice like the first.

    Until it is accepted the version in force goes on counting. Raises NotYours, NoReason or
    NothingToCorrect.
    """
    told = "Supervisors and members open corrections."
    allow(by, roles_of("correction opened"), station.area, told)
    _want(reason, decision)
    versions = list(
        Protocol.objects.select_for_update()
        .filter(contest=contest, station=station)
        .order_by("version")
    )
    if not any(p.status in lifecycle.IN_FORCE for p in versions):
        raise NothingToCorrect("No accepted protocol of this station is there to correct.")
    if any(p.status in lifecycle.IN_WORK for p in versions):
        raise NothingToCorrect("A correction of this protocol is under way already.")
    corrected = Protocol(
        contest=contest,
        station=station,
        version=versions[-1].version + 1,
        reason=reason,
        decision=decision,
        received_at=at,
    )
    said = {"reason": reason, "decision": decision}
    try:
        with transaction.atomic():
            return begin(corrected, act="correction opened", by=by, at=at, said=said)
    except IntegrityError as error:
        raise NothingToCorrect("A correction was opened at this moment already.") from error


@transaction.atomic
def annul(
    *, protocol: Protocol, reason: str, decision: str, by: User | None, at: datetime
) -> Protocol:
    """Take an accepted protocol out of the sums by decision; it stays visible.

    Raises NotYours, NoReason, NotAccepted or CorrectionUnderWay.
    """
    protocol = locked(protocol.pk)
    told = "Members of the commission annul, by decision."
    allow(by, roles_of("annulled"), protocol.station.area, told)
    _want(reason, decision)
    if protocol.status != Protocol.Status.ACCEPTED:
        raise NotAccepted("Only an accepted protocol can be annulled.")
    if Protocol.objects.filter(
        contest=protocol.contest_id, station=protocol.station_id, status__in=lifecycle.IN_WORK
    ).exists():
        raise CorrectionUnderWay("A correction is being typed: finish it before you annul.")
    return move(
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
    """Let an annulled protocol count again, by decision.

    Raises NotYours, NoReason or NotAnnulled.
    """
    protocol = locked(protocol.pk)
    told = "Members of the commission reinstate, by decision."
    allow(by, roles_of("reinstated"), protocol.station.area, told)
    _want(reason, decision)
    if protocol.status != Protocol.Status.ANNULLED:
        raise NotAnnulled("Only an annulled protocol can be reinstated.")
    return move(
        protocol,
        Protocol.Status.ACCEPTED,
        act="reinstated",
        by=by,
        at=at,
        closed_at=None,
        reason=reason,
        decision=decision,
    )


def _want(reason: str, decision: str) -> None:
    if not reason.strip():
        raise NoReason("Say why.")
    if not decision.strip():
        raise NoReason("Give the number of the decision.")
