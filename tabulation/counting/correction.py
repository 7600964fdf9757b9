"""After acceptance: a correction is a new version; a station is annulled, or reinstated."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from candidates.models import Contest
from tabulation.arithmetic import lifecycle
from tabulation.arithmetic.lifecycle import roles_of
from tabulation.counting.seen import require_seen
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
    seen: str | None = None,
) -> Protocol:
    """Open the next version of a station's protocol, to be typed twice like the first.

    Until it is accepted the version in force goes on counting. ``seen``, here and in every
    decision: what the page showed (`seen_of`), or nothing is done. Raises NotYours or
    ProtocolRefused.
    """
    message = _(
        "Supervisors and commission members open corrections. Only members can correct an"
        " annulled station. Nothing was saved. Ask a commission member."
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
    if versions:
        require_seen(versions[0], seen)
    if in_force is None:
        raise ProtocolRefused(
            _(
                "This station has no accepted or annulled protocol to correct. Nothing was saved."
                " You can correct a station after its protocol is accepted."
            )
        )
    act = opening(in_force.status)
    require_may_rule(in_force, by, act, message)
    if any(p.status in lifecycle.IN_WORK for p in versions):
        raise ProtocolRefused(
            _(
                "Another correction of this protocol is not finished. Nothing was saved. Finish"
                " that correction first."
            )
        )
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
        raise ProtocolRefused(
            _(
                "Another correction of this protocol was opened at the same moment. Nothing was"
                " saved. Finish that correction first."
            )
        ) from error


@transaction.atomic
def annul(
    *,
    protocol: Protocol,
    reason: str,
    decision: str,
    by: User | None,
    at: datetime,
    seen: str | None = None,
) -> Protocol:
    """Take an accepted protocol out of the sums by decision; it stays visible.

    Raises NotYours or ProtocolRefused.
    """
    protocol = locked(protocol.pk)
    require_may_rule(
        protocol,
        by,
        "annulled",
        _(
            "Only commission members can annul the results of a station, by a decision. Nothing"
            " was saved. Ask a commission member."
        ),
    )
    _want(reason, decision)
    require_seen(protocol, seen)
    if protocol.status != Protocol.Status.ACCEPTED:
        raise ProtocolRefused(
            _(
                "You can annul only an accepted protocol. Nothing was saved. Check the status of"
                " this protocol."
            )
        )
    if Protocol.objects.filter(
        contest=protocol.contest_id, station=protocol.station_id, status__in=lifecycle.IN_WORK
    ).exists():
        raise ProtocolRefused(
            _(
                "A correction of this protocol is not finished. Nothing was saved. Finish the"
                " correction before you annul the results."
            )
        )
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
    *,
    protocol: Protocol,
    reason: str,
    decision: str,
    by: User | None,
    at: datetime,
    seen: str | None = None,
) -> Protocol:
    """Let an annulled protocol count again, by decision.

    Raises NotYours or ProtocolRefused.
    """
    protocol = locked(protocol.pk)
    require_may_rule(
        protocol,
        by,
        "reinstated",
        _(
            "Only commission members can reinstate the results of a station, by a decision."
            " Nothing was saved. Ask a commission member."
        ),
    )
    _want(reason, decision)
    require_seen(protocol, seen)
    if protocol.status != Protocol.Status.ANNULLED:
        raise ProtocolRefused(
            _(
                "You can reinstate only an annulled protocol. Nothing was saved. Check the status"
                " of this protocol."
            )
        )
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
    require_reason(reason, _("Give a reason."))
    require_reason(decision, _("Enter the number of the decision."))
