"""The commission's protocol of the results of a contest in one publication."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.languages.formatting import office
from tabulation.ledger import reading
from tabulation.outcomes.proposals.proposal import propose
from tabulation.printing import parts, wording
from tabulation.printing.typesetting import typeset
from tabulation.public.papers import figures, proposing
from tabulation.public.papers.decided import decided, drawn

#: Lines to sign on where nobody says who was present.
MEMBERS = 7


def protocol(published: Any, contest: Contest, form: ProtocolForm, language: str) -> bytes:
    """The protocol as a PDF in ``language``, from the ledger alone, in a constant number of
    queries.

    ``published`` need not be saved: its number, status, decision, time and election are enough, and
    nothing that comes with the signature is printed. Where nothing is decided there are lines to
    write it on.
    """
    election: Election = published.election
    with wording.speaking(language, election):
        data = _data(published, contest, form)
    return typeset("protocol", data, at=published.published_at)


def _data(published: Any, contest: Contest, form: ProtocolForm) -> dict[str, Any]:
    proposal = propose(published, contest, form)
    decision, present = decided(published, contest, proposal)
    head = proposal.head
    below = reading.areas_below(published, contest, head.code)
    election: Election = published.election
    what = wording.broken(office(form))
    edition = parts.publication_line(published, contest)
    frame = parts.frame(
        election,
        _("Protocol of the results of voting"),
        what,
        edition=edition,
        node=reading.node_of(published, contest, head),
        node_label=_("Root hash of the contest in this publication"),
        address=parts.absolute("publication", wording.spoken(), election.slug, published.number),
    )
    return {
        "frame": frame,
        "head": [what, wording.name_of(election), wording.polling_day(election, form.round)],
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


def _facts(published: Any, edition: str, form: ProtocolForm) -> list[tuple[str, str]]:
    return [
        (_("Publication"), edition),
        (pgettext("heading", "Published"), wording.moment(published.published_at)),
        *([(_("Note"), published.note)] if published.note else []),
        (_("Rule"), str(Contest.Rule(form.rule).label)),
        (_("Base of the shares"), str(Contest.Base(form.base).label)),
        (_("Seats"), wording.figure(form.seats)),
    ]


def _signed(present: Sequence[str]) -> dict[str, Any]:
    return {
        "title": _("Signed by the members of the commission"),
        "rows": parts.signers(_("Member"), list(present) or [""] * MEMBERS),
        "words": parts.signing_words(),
    }
