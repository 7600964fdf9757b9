"""The commission's protocol of the results of a contest in one publication."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from candidates.models import Contest, Election
from tabulation import deciding, publication
from tabulation.paper import Paper as Form
from tabulation.printing import common, words
from tabulation.printing.published import figures, proposing
from tabulation.printing.published.decided import decided, drawn
from tabulation.printing.typesetting import typeset
from tabulation.templatetags.results import office

#: Lines to sign on where nobody says who was present.
MEMBERS = 7


def protocol(published: Any, contest: Contest, form: Form, language: str) -> bytes:
    """The protocol as a PDF in ``language``, from the ledger alone, in a constant number of
    queries.

    ``published`` need not be saved: its number, status, decision, time and election are enough, and
    nothing that comes with the signature is printed. Where nothing is decided there are lines to
    write it on.
    """
    election: Election = published.election
    with words.speaking(language, election):
        data = _data(published, contest, form)
    return typeset("protocol", data, at=published.published_at)


def _data(published: Any, contest: Contest, form: Form) -> dict[str, Any]:
    proposal = deciding.propose(published, contest, form)
    decision, present = decided(published, contest, proposal)
    head = proposal.head
    below = publication.areas_below(published, contest, head.code)
    election: Election = published.election
    what = words.broken(office(form))
    edition = common.publication_line(published, contest)
    frame = common.frame(
        election,
        _("Protocol of the results of voting"),
        what,
        edition=edition,
        node=publication.node_of(published, contest, head),
        node_label=_("Root hash of the contest in this publication"),
        address=common.absolute("publication", words.spoken(), election.slug, published.number),
    )
    return {
        "frame": frame,
        "head": [what, words.name_of(election), words.polling_day(election, form.round)],
        "facts": _facts(published, edition, form),
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
            "texts": [*drawn(proposal), *proposing.proposed(proposal)],
        },
        "decision": decision,
        "signed": _signed(present),
    }


def _facts(published: Any, edition: str, form: Form) -> list[tuple[str, str]]:
    return [
        (_("Publication"), edition),
        (_("Published"), words.moment(published.published_at)),
        *([(_("Note"), published.note)] if published.note else []),
        (_("Rule"), str(Contest.Rule(form.rule).label)),
        (_("Base of the shares"), str(Contest.Base(form.base).label)),
        (_("Seats"), words.figure(form.seats)),
    ]


def _signed(present: Sequence[str]) -> dict[str, Any]:
    return {
        "title": _("Signed by the members of the commission"),
        "rows": common.signers(_("Member"), list(present) or [""] * MEMBERS),
        "words": common.signing_words(),
    }
