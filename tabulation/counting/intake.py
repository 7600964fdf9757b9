"""Intake: the paper of a station arrives, and is logged once."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from candidates.models import Contest
from tabulation.arithmetic import lifecycle
from tabulation.models import (
    PollingStation,
    Protocol,
    Receipt,
    User,
    begin,
    begun_by_its_commission,
    require_may_act,
)


class IntakeRefused(Exception):
    """The paper is not logged; the message says why, and who has it."""


def receive(
    *,
    contest: Contest,
    station: PollingStation,
    by: User | None,
    at: datetime,
    condition: str = Receipt.Condition.GOOD,
    remarks: str = "",
) -> Protocol:
    """Log the arrival of a station's paper, which then waits to be typed.

    The first version, or the next one when what was logged before was set aside. Raises NotYours,
    or IntakeRefused, which says who has it, or that a real election waits for its commission.
    """
    require_may_act(
        by,
        lifecycle.roles_of("received"),
        station.area,
        _("Only intake clerks and supervisors can register paper protocols. Ask one of them."),
    )
    versions = list(
        Protocol.objects.filter(contest=contest, station=station)
        .select_related("contest__election", "station")
        .order_by("version")
    )
    if any(version.status != Protocol.Status.SET_ASIDE for version in versions):
        raise IntakeRefused(who_has_it(versions[-1]))
    protocol = Protocol(
        contest=contest,
        station=station,
        version=len(versions) + 1,
        reason=_("The paper protocol registered before was set aside.") if versions else "",
        received_at=at,
    )
    details = {"condition": str(condition), "remarks": remarks}
    if protocol.reason:
        details["reason"] = protocol.reason
    try:
        with transaction.atomic(), begun_by_its_commission(IntakeRefused):
            begin(protocol, act="received", by=by, at=at, details=details)
            Receipt.objects.create(protocol=protocol, condition=condition, remarks=remarks, by=by)
    except IntegrityError as error:
        # Somebody else logged it between the question and the row.
        newest = Protocol.objects.filter(contest=contest, station=station).latest("version")
        raise IntakeRefused(who_has_it(newest)) from error
    return protocol


def who_has_it(protocol: Protocol) -> str:
    """A sentence: when the paper came, to whom, and how far it is."""
    receipt = Receipt.objects.filter(protocol=protocol).select_related("by").first()
    at = protocol.received_at.astimezone(ZoneInfo(protocol.contest.election.time_zone))
    values = {
        "code": protocol.station.code,
        "at": date_format(at, "SHORT_DATETIME_FORMAT"),
        "by": receipt.by if receipt and receipt.by else _("the command line"),
        "status": protocol.get_status_display(),
    }
    return (
        _(
            "The protocol of polling station %(code)s was received on %(at)s by %(by)s. Do not"
            " register it again. Status: %(status)s."
        )
        % values
    )
