"""After acceptance: a correction is a new version; a station is annulled, or reinstated."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from candidates.models import Contest
from tabulation.arithmetic import lifecycle
from tabulation.arithmetic.lifecycle import roles_of
from tabulation.models import (
    PollingStation,
    Protocol,
    ProtocolRefused,
    User,
    begin,
    locked,
    move,
    require_may_act,
    require_may_rule,
    require_reason,
)


def opening(status: str) -> str:
    """The act that opens a correction of a version in force in this status.

    An annulment is a decision of the commission: only its members open what would undo it.
    """
    return "annulment corrected" if status == lifecycle.ANNULLED else "correction opened"


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

    Until it is accepted the version in force goes on counting. Raises NotYours or ProtocolRefused.
    """
    message = _(
        "Supervisors and members open corrections; members alone one of an annulled station."
    )
    require_may_act(by, roles_of("correction opened"), station.area, message)
    _want(reason, decision)
    # The newest first, as acceptance locks them: two acts never wait for each other in a circle.
    versions = list(
        Protocol.objects.select_for_update(of=("self",))
        .select_related("contest__election", "station__area")
        .filter(contest=contest, station=station)
        .order_by("-version")
    )
    in_force = next((p for p in versions if p.status in lifecycle.IN_FORCE), None)
    if in_force is None:
        raise ProtocolRefused(_("No accepted protocol of this station is there to correct."))
    act = opening(in_force.status)
    require_may_rule(in_force, by, act, message)
    if any(p.status in lifecycle.IN_WORK for p in versions):
        raise ProtocolRefused(_("A correction of this protocol is under way already."))
    corrected = Protocol(
        contest=contest,
        station=station,
        version=versions[0].version + 1,
        reason=reason,
        decision=decision,
        received_at=at,
    )
    details = {"reason": reason, "decision": decision}
    try:
        with transaction.atomic():
            return begin(corrected, act=act, by=by, at=at, details=details)
    except IntegrityError as error:
        raise ProtocolRefused(_("A correction was opened at this moment already.")) from error


@transaction.atomic
def annul(
    *, protocol: Protocol, reason: str, decision: str, by: User | None, at: datetime
) -> Protocol:
    """Take an accepted protocol out of the sums by decision; it stays visible.

    Raises NotYours or ProtocolRefused.
    """
    protocol = locked(protocol.pk)
    require_may_rule(protocol, by, "annulled", _("Members of the commission annul, by decision."))
    _want(reason, decision)
    if protocol.status != Protocol.Status.ACCEPTED:
        raise ProtocolRefused(_("Only an accepted protocol can be annulled."))
    if Protocol.objects.filter(
        contest=protocol.contest_id, station=protocol.station_id, status__in=lifecycle.IN_WORK
    ).exists():
        raise ProtocolRefused(_("A correction is being typed: finish it before you annul."))
    return move(
        protocol,
        Protocol.Status.ANNULLED,
        act="annulled",
        by=by,
        at=at,
        closed_at=at,
        ruling_reason=reason,
        ruling_decision=decision,
    )


@transaction.atomic
def reinstate(
    *, protocol: Protocol, reason: str, decision: str, by: User | None, at: datetime
) -> Protocol:
    """Let an annulled protocol count again, by decision.

    Raises NotYours or ProtocolRefused.
    """
    protocol = locked(protocol.pk)
    require_may_rule(
        protocol, by, "reinstated", _("Members of the commission reinstate, by decision.")
    )
    _want(reason, decision)
    if protocol.status != Protocol.Status.ANNULLED:
        raise ProtocolRefused(_("Only an annulled protocol can be reinstated."))
    return move(
        protocol,
        Protocol.Status.ACCEPTED,
        act="reinstated",
        by=by,
        at=at,
        closed_at=None,
        ruling_reason=reason,
        ruling_decision=decision,
    )


def _want(reason: str, decision: str) -> None:
    require_reason(reason, _("Say why."))
    require_reason(decision, _("Give the number of the decision."))
