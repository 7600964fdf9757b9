"""A lot that was drawn: recorded, published, and the rule goes on with it."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from candidates.models import Contest
from tabulation.models import Lot, Publication, User, record
from tabulation.outcomes.certification.acts import (
    AT_ONCE,
    ActRefused,
    Manner,
    contest_and_form,
    on_publication,
    publish_act,
    require_may_certify,
)
from tabulation.outcomes.certification.minutes import lot_file
from tabulation.outcomes.certification.sittings import undecided
from tabulation.outcomes.methods import terms
from tabulation.outcomes.methods.terms import LotNeeded
from tabulation.outcomes.proposals.proposal import propose


def record_lot(
    *,
    contest: Contest,
    asked_in: int,
    drawn: Sequence[int],
    drawn_at: datetime,
    drawn_by: str,
    witnesses: Sequence[str],
    decision: str,
    by: User,
    at: datetime,
    manner: Manner = AT_ONCE,
) -> Publication:
    """Record that those who tie in publication ``asked_in`` were ``drawn`` in this order, by whom
    and before which witnesses, and publish it. The new publication.

    Raises NotYours, NothingPublished, or ActRefused, also for a lot without witnesses or from the
    future.
    """
    require_may_certify(by)
    decision = decision.strip()  # as the manifest has it
    _check_words(drawn_at, drawn_by, witnesses, decision, at)
    with on_publication(contest.election, asked_in, manner) as last:
        needed = lot_needed(last, contest)
        if needed is None or sorted(needed.among) != sorted(drawn):
            raise ActRefused(
                _(
                    "The published figures do not require this drawing of lots. Nothing was saved."
                    " Check the newest publication."
                )
            )
        lot = Lot.objects.create(
            election=contest.election,
            contest=contest,
            asked_in=last.number,
            published_in=last.number + 1,
            drawn=list(drawn),
            places=needed.places,
            drawn_at=drawn_at,
            drawn_by=drawn_by,
            witnesses=list(witnesses),
            decision=decision,
            by=by,
            at=at,
        )
        record(
            act="lot recorded",
            subject=f"lots of {contest.code} of {contest.election.slug}",
            by=by,
            at=at,
            election=contest.election,
            after={"decision": decision, "drawn": list(drawn), "places": needed.places,
                   "publication": last.number},
        )  # fmt: skip
        return publish_act(
            last, by=by, at=at, decision=decision, papers=lambda _published: [lot_file(lot)],
            manner=manner,
        )  # fmt: skip


def lot_needed(last: Publication, contest: Contest) -> LotNeeded | None:
    """The tie at which the rule stops in ``last``; none while stations are out, for it may go away,
    and none where a decision stands. Raises NothingPublished.
    """
    found, form = contest_and_form(last, contest.code)
    proposal = propose(last, found, form)
    if proposal.stations_out or not isinstance(proposal.answer.outcome, terms.LotNeeded):
        return None
    due = any(of.pk == contest.pk for of, _form in undecided(last))
    return proposal.answer.outcome if due else None


def _check_words(
    drawn_at: datetime, drawn_by: str, witnesses: Sequence[str], decision: str, at: datetime
) -> None:
    if drawn_at > at:
        raise ActRefused(
            _(
                "The time of the drawing of lots is in the future. Nothing was saved. Enter a time"
                " that has passed."
            )
        )
    if not drawn_by.strip() or not decision:
        raise ActRefused(
            _(
                "The record of the drawing of lots is not complete. Nothing was saved. Enter who"
                " drew, and the number of the minutes or the decision."
            )
        )
    if not [name for name in witnesses if name.strip()]:
        raise ActRefused(
            _(
                "The commission must draw lots before witnesses. Nothing was saved. Enter the"
                " names of the witnesses."
            )
        )
