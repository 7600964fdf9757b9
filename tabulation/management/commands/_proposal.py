"""A proposal for a terminal, in English."""

from typing import Any

from tabulation.outcomes.methods import sentences
from tabulation.outcomes.methods.standing import Verdict
from tabulation.outcomes.proposals.objects import name_of, steps_of
from tabulation.outcomes.proposals.proposal import Answer, Proposal

VERDICTS = {
    Verdict.ELECTED: "it is decided: whatever comes, whoever has most votes now has enough",
    Verdict.SECOND_ROUND: "it is decided: whatever comes, there is a second round of the same",
    Verdict.OPEN: "it is not decided: what is out can change it",
    Verdict.UNKNOWN: "nobody can say whether what is out can change it",
}
GAPS = {
    "last_place": "the difference for the last place",
    "half": "the leader's distance from half of the base",
    "turnout": "the distance from the turnout that is wanted",
    "seat": "how few votes for another list would move a seat",
    "threshold": "the distance of a list from what it must reach",
}


def as_text(proposal: Proposal) -> str:
    form = proposal.form
    lines = [
        f"{form.office} ({proposal.contest.code}), publication {proposal.publication.number}",
        f"Rule: {form.rule}, of {_base(form.base)}, round {form.round}, seats {form.seats}.",
        "",
        "Proposal:",
        *_indented(_said(proposal, proposal.answer)),
        "",
        "Steps:",
        *_indented(
            sentences.sentence(step, name_of(proposal)) for step in steps_of(proposal.answer)
        ),
        "",
        "What is out:",
        *_indented(_outstanding(proposal)),
        "",
        "Inaccuracies:",
        *_indented(_said_of_inaccuracies(proposal)),
    ]
    if proposal.lots:
        lines += ["", "Lots:", *_indented(_said_of_lots(proposal))]
    if proposal.annulled:
        lines += ["", "Annulled stations:", *_indented(_said_of_annulled(proposal))]
    notice = proposal.contest.election.notice
    return "\n".join([*lines, *(["", notice] if notice else [])])


def _base(base: str) -> str:
    return "valid votes" if base == "valid" else "ballots cast"


def _indented(lines: Any) -> list[str]:
    return [f"  {line}" for line in lines]


def _said(proposal: Proposal, answer: Answer) -> list[str]:
    if answer.outcome is None:
        return [f"none. {answer.problem}"]
    return sentences.answer(answer.outcome, name_of(proposal))


def _outstanding(proposal: Proposal) -> list[str]:
    if not proposal.stations_out:
        return ["nothing: every station is counted or annulled"]
    out = proposal.voters_out
    voters = "an unknown number of" if out is None else sentences.number(out)
    stations = sentences.number(proposal.stations_out)
    return [f"stations: {stations}, with {voters} registered voters", VERDICTS[proposal.verdict]]


def _said_of_inaccuracies(proposal: Proposal) -> list[str]:
    found, reach = proposal.found, proposal.reach
    if found is None:
        return ["the form of the contest has no formula for them"]
    lines = [
        f"{sentences.number(found.total)}, added up over"
        f" {sentences.number(found.stations)} stations"
    ]
    if reach is None:
        return lines
    if reach.gap is None:
        return [*lines, "no single difference decides, so they are compared with none"]
    decides = f"{GAPS[reach.gap.which]}: {sentences.number(reach.gap.difference)}"
    could = "could" if reach.could_change else "could not"
    return [*lines, f"what decides is {decides}", f"they {could} change the outcome"]


def _said_of_lots(proposal: Proposal) -> list[str]:
    name = name_of(proposal)
    return [
        f"{lot.decision}, drawn by {lot.drawn_by}, {lot.drawn_at:%Y-%m-%d %H:%M} UTC, before"
        f" {', '.join(lot.witnesses)}: {', '.join(map(name, lot.drawn))}"
        for lot in proposal.lots
    ]


def _said_of_annulled(proposal: Proposal) -> list[str]:
    lines = [
        f"{station.code}: {station.reason} (decision {station.decision or 'without a number'})"
        for station in proposal.annulled
    ]
    if proposal.with_annulled is None or not proposal.annulled_would_change_it:
        return [*lines, "with them back in the sums the proposal is the same"]
    return [*lines, "with them back in the sums:", *_said(proposal, proposal.with_annulled)]
