"""The proposal in sentences: what the rule gives, what is out, what inaccuracies could change."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tabulation.arithmetic.form import Choice
from tabulation.outcomes.methods.standing import Verdict
from tabulation.outcomes.methods.terms import LotNeeded, Outcome
from tabulation.outcomes.proposals.proposal import Answer, Proposal
from tabulation.printing.wording import ballots, figure, name_of
from tabulation.public import outcome_words
from tabulation.public.edition import numbered

VERDICTS = {
    Verdict.ELECTED: gettext_lazy("The uncounted votes cannot change who is elected."),
    Verdict.SECOND_ROUND: gettext_lazy(
        "The uncounted votes cannot change this. These candidates go to a second round."
    ),
    Verdict.OPEN: gettext_lazy("The uncounted votes could still change the outcome."),
    Verdict.UNKNOWN: gettext_lazy(
        "It is not known whether the uncounted votes could change the outcome."
    ),
}
GAPS = {
    "last_place": gettext_lazy("the difference for the last place"),
    "half": gettext_lazy("the margin between the leader and half of the base"),
    "turnout": gettext_lazy("the margin between the turnout and the minimum turnout"),
    "seat": gettext_lazy("the smallest number of votes that would move a seat to another list"),
    "threshold": gettext_lazy("the distance of a list from what it must reach"),
}


def proposed(proposal: Proposal) -> list[str]:
    """The outcome, whether it can still change, and what annulled stations would make of it."""
    sentences = _answer(proposal, proposal.answer)
    if proposal.stations_out:
        sentences += [_out(proposal), str(VERDICTS[proposal.verdict])]
    if proposal.annulled:
        sentences += _annulled(proposal)
    return sentences


def _answer(proposal: Proposal, answer: Answer) -> list[str]:
    """In the words of the public page; seats list by list, for paper has no table of them."""
    found = answer.outcome
    if found is None:
        return [outcome_words.problem_in_words(answer.problem)]
    form = proposal.form
    names = numbered(form)
    if isinstance(found, LotNeeded) or not found.seats:
        return [outcome_words.answered(found, form, names)]
    return [_seats(number, seats, names) for number, seats in found.seats] + _vacant(found)


def _seats(number: int, seats: int, names: Mapping[int, Choice]) -> str:
    sentence = ngettext("%(n)s seat: %(name)s.", "%(n)s seats: %(name)s.", seats)
    return sentence % {"n": figure(seats), "name": f"{number}. {name_of(names[number])}"}


def _vacant(found: Outcome) -> list[str]:
    if not found.vacant:
        return []
    sentence = ngettext("%(n)s seat stays vacant.", "%(n)s seats stay vacant.", found.vacant)
    return [sentence % {"n": figure(found.vacant)}]


def _out(proposal: Proposal) -> str:
    stations, voters = proposal.stations_out, proposal.voters_out
    if voters is None:
        sentence = ngettext(
            "%(n)s polling station is not yet counted. The number of its registered voters is"
            " not known.",
            "%(n)s polling stations are not yet counted. The number of their registered voters"
            " is not known.",
            stations,
        )
        return sentence % {"n": figure(stations)}
    sentence = ngettext(
        "%(n)s polling station is not yet counted. Its registered voters: %(voters)s.",
        "%(n)s polling stations are not yet counted. Their registered voters: %(voters)s.",
        stations,
    )
    return sentence % {"n": figure(stations), "voters": figure(voters)}


def _annulled(proposal: Proposal) -> list[str]:
    sentences = []
    for station in proposal.annulled:
        details = {"code": station.code, "reason": station.reason, "decision": station.decision}
        sentence = _("The results of polling station %(code)s are annulled. %(reason)s")
        if station.decision:
            sentence = _(
                "Decision %(decision)s annulled the results of polling station %(code)s. %(reason)s"
            )
        sentences.append(sentence % details)
    if proposal.with_annulled is None or not proposal.annulled_would_change_it:
        return [
            *sentences,
            _(
                "With the annulled polling stations in the totals, the calculated outcome"
                " would be the same."
            ),
        ]
    back = " ".join(_answer(proposal, proposal.with_annulled))
    return [
        *sentences,
        _("Calculated outcome with the annulled stations in the totals: %(proposal)s")
        % {"proposal": back},
    ]


def inaccurate(proposal: Proposal) -> list[str]:
    """The inaccuracies against the difference that decides."""
    found, reach = proposal.found, proposal.reach
    if found is None:
        return [_("The form of this contest has no formula for inaccuracies.")]
    sentence = ngettext(
        "Inaccuracies in %(n)s counted polling station: %(total)s.",
        "Inaccuracies in %(n)s counted polling stations: %(total)s.",
        found.stations,
    )
    sentences = [sentence % {"total": figure(found.total), "n": figure(found.stations)}]
    if reach is None:
        return sentences
    if reach.gap is None:
        return [
            *sentences,
            _(
                "No single margin decides this contest. Inaccuracies are not compared with a"
                " margin."
            ),
        ]
    gap = {"what": str(GAPS[reach.gap.which]), "n": ballots(reach.gap.difference)}
    sentences.append(_("Deciding margin: %(n)s. It is %(what)s.") % gap)
    if reach.could_change:
        return [*sentences, _("The inaccuracies could change the outcome.")]
    return [*sentences, _("The inaccuracies could not change the outcome.")]
