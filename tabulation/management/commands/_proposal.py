"""A proposal for a terminal, in English, and as a JSON object with exact numbers."""

from fractions import Fraction
from typing import Any

from tabulation.deciding import Answer, Proposal
from tabulation.outcomes import LotNeeded, Outcome, Step, Verdict, words

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


def as_object(proposal: Proposal) -> dict[str, Any]:
    """Counts are numbers; what is not whole is an exact fraction in a text, `47085/70645`."""
    paper, head = proposal.paper, proposal.head
    return {
        "contest": proposal.contest.code,
        "office": paper.office,
        "rule": paper.rule,
        "base": paper.base,
        "seats": paper.seats,
        "round": paper.round,
        "details": paper.outcome,
        "candidates": {str(c.number): c.name for c in paper.choices if c.number is not None},
        "stations": {
            "expected": head.stations,
            "reported": head.counted,
            "annulled": head.annulled,
            "outstanding": proposal.stations_out,
        },
        "registered_outstanding": proposal.voters_out,
        "can_still_change": proposal.verdict.value,
        "proposal": _answer(proposal.answer),
        "steps": [_step(step, proposal) for step in _steps(proposal.answer)],
        "inaccuracies": _inaccuracies(proposal),
        "annulled": _annulled(proposal),
    }


def as_text(proposal: Proposal) -> str:
    paper = proposal.paper
    lines = [
        f"{paper.office} ({proposal.contest.code}), publication {proposal.publication.number}",
        f"Rule: {paper.rule}, of {_base(paper.base)}, round {paper.round}, seats {paper.seats}.",
        "",
        "Proposal:",
        *_indented(_said(proposal, proposal.answer)),
        "",
        "Steps:",
        *_indented(words.sentence(step, _name(proposal)) for step in _steps(proposal.answer)),
        "",
        "What is out:",
        *_indented(_outstanding(proposal)),
        "",
        "Inaccuracies:",
        *_indented(_said_of_inaccuracies(proposal)),
    ]
    if proposal.annulled:
        lines += ["", "Annulled stations:", *_indented(_said_of_annulled(proposal))]
    notice = proposal.contest.election.notice
    return "\n".join([*lines, *(["", notice] if notice else [])])


def _base(base: str) -> str:
    return "valid votes" if base == "valid" else "ballots cast"


def _indented(lines: Any) -> list[str]:
    return [f"  {line}" for line in lines]


def _name(proposal: Proposal) -> Any:
    names = {choice.number: choice.name for choice in proposal.paper.choices}
    return lambda number: f"{number} {names[number]}"


def _steps(answer: Answer) -> tuple[Step, ...]:
    return answer.outcome.steps if answer.outcome is not None else ()


def _said(proposal: Proposal, answer: Answer) -> list[str]:
    if answer.outcome is None:
        return [f"none. {answer.problem}"]
    return words.answer(answer.outcome, _name(proposal))


def _outstanding(proposal: Proposal) -> list[str]:
    if not proposal.stations_out:
        return ["nothing: every station is counted or annulled"]
    out = proposal.voters_out
    voters = "an unknown number of" if out is None else words.number(out)
    stations = words.number(proposal.stations_out)
    return [f"stations: {stations}, with {voters} registered voters", VERDICTS[proposal.verdict]]


def _said_of_inaccuracies(proposal: Proposal) -> list[str]:
    found, reach = proposal.found, proposal.reach
    if found is None:
        return ["the form of the contest has no formula for them"]
    lines = [f"{words.number(found.total)}, added up over {words.number(found.stations)} stations"]
    if reach is None:
        return lines
    if reach.gap is None:
        return [*lines, "no single difference decides, so they are compared with none"]
    decides = f"{GAPS[reach.gap.which]}: {words.number(reach.gap.difference)}"
    could = "could" if reach.could_change else "could not"
    return [*lines, f"what decides is {decides}", f"they {could} change the outcome"]


def _said_of_annulled(proposal: Proposal) -> list[str]:
    lines = [
        f"{station.code}: {station.reason} (decision {station.decision or 'without a number'})"
        for station in proposal.annulled
    ]
    if proposal.with_annulled is None or not proposal.annulled_would_change_it:
        return [*lines, "with them back in the sums the proposal is the same"]
    return [*lines, "with them back in the sums:", *_said(proposal, proposal.with_annulled)]


def _answer(answer: Answer) -> dict[str, Any]:
    found = answer.outcome
    if isinstance(found, Outcome):
        return {
            "kind": found.kind.value,
            "elected": list(found.elected),
            "advancing": list(found.advancing),
            "seats": {str(number): seats for number, seats in found.seats},
            "vacant": found.vacant,
        }
    if isinstance(found, LotNeeded):
        return {"kind": "lot needed", "among": list(found.among), "places": found.places}
    return {"kind": "none", "problem": answer.problem}


def _step(step: Step, proposal: Proposal) -> dict[str, Any]:
    named = {
        name: list(value) if isinstance(value, tuple) else _exact(value)
        for name, value in step.named.items()
    }
    return {"step": step.code, **named, "text": words.sentence(step, _name(proposal))}


def _exact(value: int | Fraction) -> int | str:
    """A whole number, or a fraction as a text that loses nothing."""
    if isinstance(value, Fraction) and value.denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    return int(value)


def _inaccuracies(proposal: Proposal) -> dict[str, Any] | None:
    found, reach = proposal.found, proposal.reach
    if found is None:
        return None
    gap = reach.gap if reach else None
    return {
        "total": found.total,
        "stations": found.stations,
        "decides": gap.which if gap else None,
        "candidates": list(gap.candidates) if gap else [],
        "difference": _exact(gap.difference) if gap else None,
        "could_change": reach.could_change if reach else None,
    }


def _annulled(proposal: Proposal) -> dict[str, Any]:
    back = proposal.with_annulled
    return {
        "stations": [
            {
                "code": station.code,
                "reason": station.reason,
                "decision": station.decision,
                "registered": station.registered,
            }
            for station in proposal.annulled
        ],
        "proposal_with_them": None if back is None else _answer(back),
        "would_change_it": proposal.annulled_would_change_it,
    }
