"""The commission's protocol of the results of a contest in one publication."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candidates.models import Contest, Election
from tabulation import deciding, publication
from tabulation.paper import Paper as Form
from tabulation.printing import common, words
from tabulation.printing.published import figures, proposing
from tabulation.printing.typesetting import typeset
from tabulation.templatetags.results import office

RULES = {
    "plurality": gettext_lazy("most votes"),
    "majority": gettext_lazy("more than half of the votes, else a second round"),
    "list": gettext_lazy("seats in proportion to votes for lists"),
}
#: Lines to sign on where nobody says who was present.
MEMBERS = 7


@dataclass(frozen=True)
class Decision:
    """What the commission decided about a contest, as its protocol prints it.

    ``kind_text`` is printed as it is: give it in the paper's language. ``opinions``: who dissented
    and what was said. ``open_stations``: codes of stations with open differences that the decision
    lists.
    """

    number: str
    decided_on: date
    kind_text: str
    members_present: tuple[str, ...] = ()
    votes_for: int | None = None
    votes_against: int | None = None
    abstained: int | None = None
    opinions: tuple[tuple[str, str], ...] = ()
    open_stations: tuple[str, ...] = ()


def protocol(
    published: Any,
    contest: Contest,
    form: Form,
    language: str,
    *,
    decision: Decision | None = None,
) -> bytes:
    """The protocol as a PDF in ``language``, from the ledger alone, in a constant number of
    queries.

    ``published`` need not be saved: its number, status, decision, time and election are enough, and
    nothing that comes with the signature is printed. Without a ``decision`` there are lines to
    write it on.
    """
    election: Election = published.election
    with words.speaking(language, election):
        data = _data(published, contest, form, decision)
    return typeset("protocol", data, at=published.published_at)


def _data(
    published: Any, contest: Contest, form: Form, decision: Decision | None
) -> dict[str, Any]:
    proposal = deciding.propose(published, contest, form)
    head = proposal.head
    below = publication.areas_below(published, contest, head.code)
    election: Election = published.election
    what = words.broken(office(form))
    frame = common.frame(
        election,
        _("Protocol of the results of voting"),
        what,
        published=published,
        node=publication.node_of(published, contest, head),
        node_label=_("Root hash of the contest in this publication"),
        address=common.absolute("publication", words.spoken(), election.slug, published.number),
    )
    return {
        "frame": frame,
        "head": [what, words.name_of(election), words.polling_day(election, form.round)],
        "facts": _facts(published, form),
        "stations": figures.stations_of(head),
        "lines": figures.lines_of(form, head),
        "candidates": figures.candidates_of(form, head),
        "areas": {
            "title": _("By area"),
            "parts": figures.places(form, below, head) if below else [],
        },
        "inaccuracies": {"title": _("Inaccuracies"), "texts": proposing.inaccurate(proposal)},
        "proposal": {
            "title": _("Proposal: what the rule of the contest makes of these figures"),
            "texts": proposing.proposed(proposal),
        },
        "decision": _decision(decision),
        "signed": _signed(decision),
    }


def _facts(published: Any, form: Form) -> list[tuple[str, str]]:
    base = _("valid votes") if form.base == "valid" else _("ballots cast")
    return [
        (_("Publication"), common.publication_line(published)),
        (_("Published"), words.moment(published.published_at)),
        *([(_("Note"), published.note)] if published.note else []),
        (_("Rule"), str(RULES[form.rule])),
        (_("Base of the shares"), base),
        (_("Seats"), words.figure(form.seats)),
    ]


def _decision(decision: Decision | None) -> dict[str, Any]:
    title = _("Decision of the commission")
    if decision is None:
        blanks = [
            [_("Decision number"), _("Date")],
            [_("Members present"), _("Votes for"), _("Votes against"), _("Abstained")],
            [_("The commission decided")],
            [""],
            [_("Separate opinions")],
            [""],
        ]
        return {"title": title, "facts": [], "texts": [], "opinions": [], "blanks": blanks}
    facts = [
        (_("Decision number"), decision.number),
        (_("Date"), words.day(decision.decided_on)),
        (_("Members present"), ", ".join(decision.members_present) or words.DASH),
        (_("Votes for"), words.figure(decision.votes_for)),
        (_("Votes against"), words.figure(decision.votes_against)),
        (_("Abstained"), words.figure(decision.abstained)),
    ]
    if decision.open_stations:
        stations = ", ".join(decision.open_stations)
        facts.append((_("Polling stations with open differences"), stations))
    return {
        "title": title,
        "facts": facts,
        "texts": [decision.kind_text],
        "opinions": [
            (_("Separate opinion of %(name)s") % {"name": n}, t) for n, t in decision.opinions
        ],
        "blanks": [],
    }


def _signed(decision: Decision | None) -> dict[str, Any]:
    present = decision.members_present if decision else ()
    return {
        "title": _("Signed by the members of the commission"),
        "rows": common.signers(_("Member"), present or [""] * MEMBERS),
        "words": common.signing_words(),
    }
