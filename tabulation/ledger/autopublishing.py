"""Partial results published without a person, in the period that the commission has decided.

The decision is recorded and ended by members. Publishing itself is `publish_due`, which
`manage.py autopublish` asks again and again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from candidates.models import Election
from tabulation.database.statements import run
from tabulation.ledger.reading import latest
from tabulation.ledger.refusals import NothingToPublish
from tabulation.ledger.writing import LOCK, Terms, one_publisher, publish
from tabulation.models import (
    AutopublishPeriod,
    ContestStation,
    NotYours,
    Protocol,
    Publication,
    PublicationQueue,
    TurnoutQueue,
    User,
    record,
    sits,
)

#: The advisory lock of the one process that publishes by itself.
ALONE = (0x48_56_41_50, 0)


class AutopublishRefused(Exception):
    """The decision was not recorded, or not ended; the message says why."""


class NotDue(Exception):
    """Nothing is to be published by itself now; the message says why, empty while all is well."""


def allow_period(
    *,
    election: Election,
    decision: str,
    from_at: datetime,
    until_at: datetime,
    by: User,
    at: datetime,
) -> AutopublishPeriod:
    """Record the commission's decision ``decision`` and the period it names.

    Raises NotYours or AutopublishRefused.
    """
    _require_may_publish(by, election)
    if until_at <= from_at:
        raise AutopublishRefused(
            _(
                "The end of the period is not after its beginning. Nothing was saved. Enter a"
                " later end."
            )
        )
    if until_at <= at:
        raise AutopublishRefused(
            _("This period has passed. Nothing was saved. Enter an end in the future.")
        )
    try:
        with transaction.atomic():
            period = AutopublishPeriod.objects.create(
                election=election,
                decision=decision,
                from_at=from_at,
                until_at=until_at,
                by=by,
                at=at,
            )
            record(
                act="autopublish allowed",
                subject=period.subject,
                election=election,
                by=by,
                at=at,
                after={
                    "decision": decision,
                    "from": from_at.isoformat(),
                    "until": until_at.isoformat(),
                },
            )
    except IntegrityError as error:
        if "autopublish_one_at_a_time" not in str(error):
            raise
        raise AutopublishRefused(
            _(
                "Another decision covers part of this period. Nothing was saved. End the other"
                " decision first, or enter another period."
            )
        ) from error
    return period


def end_period(*, period: AutopublishPeriod, by: User, at: datetime) -> AutopublishPeriod:
    """End it before its period does. When this returns, nothing more is published by it.

    Raises NotYours or AutopublishRefused.
    """
    _require_may_publish(by, period.election)
    with transaction.atomic():
        # A publication that is being written is waited for.
        run("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK, period.election_id))
        found = AutopublishPeriod.objects.select_for_update(of=("self",)).select_related("election")
        standing = found.get(pk=period.pk)
        if standing.ended_at is not None:
            message = _(
                "Decision %(decision)s was ended earlier. Nothing was changed. You do not have"
                " to end it again."
            )
            raise AutopublishRefused(message % {"decision": standing.decision})
        standing.ended_at, standing.ended_by = at, by
        standing.save(update_fields=["ended_at", "ended_by"])
        record(
            act="autopublish ended",
            subject=standing.subject,
            election=standing.election,
            by=by,
            at=at,
            after={"ended": at.isoformat()},
        )
    return standing


def _require_may_publish(by: User, election: Election) -> None:
    if not by.may_publish or not by.is_active or not sits(by, election):
        raise NotYours(
            _(
                "Commission members for the whole country start and end automatic publication."
                " Nothing was saved. Ask one of these members."
            )
        )


def publish_due(
    *, election: Election, every: timedelta, clock: Callable[[], datetime]
) -> Publication:
    """Publish what is accepted, if a decision is in force, something has changed, the last
    publication is at least ``every`` old, and part of the count is still missing.

    Raises NotDue with what there is to tell, or PublicationRefused as `publish` does.
    """
    with one_publisher(election):
        # From here on nobody else publishes, or ends the decision.
        at = clock()
        period = election.autopublish_periods.in_force(at).first()
        if period is None:
            raise NotDue("no decision of the commission is in force")
        last = latest(election)
        if last is not None and at - last.published_at < every:
            raise NotDue
        queues = (PublicationQueue.objects, TurnoutQueue.objects)
        if not any(queue.filter(contest__election=election).exists() for queue in queues):
            raise NotDue
        if reason := _all_is_counted(election):
            raise NotDue(reason)
        try:
            terms = Terms(decision=period.decision, automatic=True)
            return publish(election=election, by=None, at=at, terms=terms)
        except NothingToPublish as nothing:
            # What was queued is again as it was published; it waits for the next change.
            raise NotDue from nothing


def _all_is_counted(election: Election) -> str:
    """What to tell when nothing is missing any more; empty while something is."""
    stations = ContestStation.objects.filter(contest__election=election).count()
    done = Protocol.objects.filter(
        contest__election=election, status__in=("accepted", "annulled")
    ).count()
    if done < stations:
        return ""
    return (
        "all stations are counted or annulled; the last, complete publication is made by a person"
    )
