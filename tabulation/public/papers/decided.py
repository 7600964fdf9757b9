"""The commission's decision about a contest as its protocol prints it: the act, or lines for it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from candidates.models import Contest
from tabulation.ledger import acts
from tabulation.outcomes.proposals.proposal import Proposal
from tabulation.printing import wording
from tabulation.printing.wording import name_of
from tabulation.public.edition import numbered
from tabulation.public.outcome_words import decision_in_words


def decided(published: Any, contest: Contest, proposal: Proposal) -> tuple[dict[str, Any], Any]:
    """What the protocol says of the decision that stands in ``published``, and who was present;
    where there is none, lines to write it on, and nobody.
    """
    decision = acts.decision_of(published, contest)
    title = _("Decision of the commission")
    if decision is None:
        return {"title": title, "facts": [], "texts": [], "opinions": [], "blanks": _blanks()}, ()
    sitting = decision.sitting
    facts = [
        (_("Decision number"), sitting.decision),
        (_("Sitting"), wording.moment(sitting.held_at)),
        (_("Decided on the figures of publication"), wording.figure(sitting.decided_on)),
        (_("Members present"), ", ".join(sitting.present)),
        (_("Votes for"), wording.figure(sitting.votes_for)),
        (_("Votes against"), wording.figure(sitting.votes_against)),
        (pgettext("heading", "Abstained"), wording.figure(sitting.abstained)),
    ]
    if stations := sitting.open_stations.get(contest.code):
        facts.append((_("Polling stations that were open"), ", ".join(stations)))
        facts.append((_("Why it was decided all the same"), sitting.open_reason))
    printed = {
        "title": title,
        "facts": [(name, wording.broken(fact)) for name, fact in facts],
        "texts": [
            decision_in_words(decision, numbered(proposal.form)),
            *([wording.broken(decision.words)] if decision.words else []),
        ],
        "opinions": [
            (
                wording.broken(_("Separate opinion of %(name)s") % {"name": name}),
                wording.broken(text),
            )
            for name, text in sitting.opinions
        ],
        "blanks": [],
    }
    return printed, [wording.broken(name) for name in sitting.present]


def drawn(proposal: Proposal) -> list[str]:
    """The lots that these sums asked for, each with who drew and who saw it."""
    names = {choice.number: name_of(choice) for choice in proposal.form.choices}
    sentence = _(
        "Lots were drawn on %(when)s. Decision: %(decision)s. Drawn by: %(who)s. Witnesses:"
        " %(witnesses)s. Order drawn: %(names)s."
    )
    return [
        sentence
        % {
            "decision": lot.decision,
            "who": lot.drawn_by,
            "when": wording.moment(lot.drawn_at),
            "witnesses": ", ".join(lot.witnesses),
            "names": ", ".join(f"{number}. {names[number]}" for number in lot.drawn),
        }
        for lot in proposal.lots
    ]


def _blanks() -> list[list[str]]:
    return [
        [_("Decision number"), _("Date")],
        [
            _("Members present"),
            _("Votes for"),
            _("Votes against"),
            pgettext("heading", "Abstained"),
        ],
        [_("The commission decided")],
        [""],
        [_("Separate opinions")],
        [""],
    ]
