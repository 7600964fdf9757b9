"""The polling days of later rounds: set when a round is made, moved by a decision."""

from datetime import date, datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from candidates.models import Contest, Election
from tabulation.models import Protocol, TurnoutReport, User, record
from tabulation.outcomes.certification.acts import ActRefused, require_may_certify


@transaction.atomic
def move_polling_day(
    *, contest: Contest, polling_day: date, decision: str, by: User, at: datetime
) -> None:
    """Hold the round of ``contest``, a later one, on another day, while nothing of it is in.

    Raises NotYours, and ActRefused for the first round, a day that does not fit, or a round of
    which a paper or a report has come in.
    """
    require_may_certify(by)
    decision = decision.strip()
    if not decision:
        raise ActRefused(_("Enter the number of the decision."))
    if contest.round == 1:
        raise ActRefused(
            _(
                "You cannot move the day of the first round here. Nothing was saved. An"
                " administrator sets that day in the election's folder."
            )
        )
    election = Election.objects.select_for_update(no_key=True).get(pk=contest.election_id)
    if any(
        kind.objects.filter(contest__in=election.contests.filter(round=contest.round)).exists()
        for kind in (Protocol, TurnoutReport)
    ):
        raise ActRefused(
            _(
                "Protocols or turnout reports of this round have been received. Nothing was saved."
                " You can no longer move the polling day."
            )
        )
    was = election.polling_days[contest.round - 1]
    set_day(election, contest.round, polling_day, move=True)
    record(
        act="polling day moved",
        subject=f"round {contest.round} of {election.slug}",
        by=by,
        at=at,
        election=election,
        before={"polling day": was.isoformat()},
        after={"polling day": polling_day.isoformat(), "decision": decision},
    )


def set_day(election: Election, number: int, day: date, *, move: bool = False) -> None:
    """The polling day of a later round; another than it has only to ``move`` it. Raises
    ActRefused.
    """
    days = list(election.polling_days)
    if day <= days[number - 2]:
        raise ActRefused(
            _(
                "The second round must be held after the first. Nothing was saved. Enter a later"
                " day."
            )
        )
    if days[number:] and day >= days[number]:
        raise ActRefused(
            _(
                "This round must be held before the day of the next round. Nothing was saved."
                " Enter an earlier day."
            )
        )
    if election.inauguration_on and day >= election.inauguration_on:
        message = _(
            "This round must be held before the inauguration (%(day)s). Nothing was saved."
            " Enter an earlier day."
        )
        raise ActRefused(message % {"day": date_format(election.inauguration_on)})
    if days[number - 1 :] and days[number - 1] != day and not move:
        message = _(
            "This round of the election has another polling day (%(day)s). Nothing was saved."
            " Enter that day, or move it first."
        )
        raise ActRefused(message % {"day": date_format(days[number - 1])})
    election.polling_days = [*days[: number - 1], day, *days[number:]]
    election.save(update_fields=["polling_days"])
