"""A proposal as a JSON object with exact numbers."""

from collections.abc import Callable
from fractions import Fraction

from tabulation.models import Lot
from tabulation.outcomes.methods import sentences
from tabulation.outcomes.methods.terms import LotNeeded, Outcome, Step
from tabulation.outcomes.proposals.proposal import Answer, Proposal


def name_of(proposal: Proposal) -> Callable[[int], str]:
    """Who has a ballot number: the number with the name."""
    names = {choice.number: choice.name for choice in proposal.form.choices}
    return lambda number: f"{number} {names[number]}"


def steps_of(answer: Answer) -> tuple[Step, ...]:
    return answer.outcome.steps if answer.outcome is not None else ()


def as_object(proposal: Proposal) -> dict[str, object]:
    """Counts are numbers; what is not whole is an exact fraction in a text, `47085/70645`."""
    form, head = proposal.form, proposal.head
    return {
        "contest": proposal.contest.code,
        "office": form.office,
        "rule": form.rule,
        "base": form.base,
        "seats": form.seats,
        "round": form.round,
        "details": form.outcome,
        "candidates": {str(c.number): c.name for c in form.choices if c.number is not None},
        "stations": {
            "expected": head.stations,
            "reported": head.counted,
            "annulled": head.annulled,
            "outstanding": proposal.stations_out,
        },
        "registered_outstanding": proposal.voters_out,
        "can_still_change": proposal.verdict.value,
        "proposal": _answer(proposal.answer),
        "steps": [_step(step, proposal) for step in steps_of(proposal.answer)],
        "lots": [lot_object(lot) for lot in proposal.lots],
        "inaccuracies": _inaccuracies(proposal),
        "annulled": _annulled(proposal),
    }


def lot_object(lot: Lot) -> dict[str, object]:
    """A lot: ``drawn`` are ballot numbers in the order of the draw, the first ``places`` are in."""
    return {
        "decision": lot.decision,
        "asked_in": lot.asked_in,
        "drawn": list(lot.drawn),
        "places": lot.places,
        "drawn_at": lot.drawn_at.isoformat(),
        "drawn_by": lot.drawn_by,
        "witnesses": list(lot.witnesses),
    }


def _answer(answer: Answer) -> dict[str, object]:
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


def _step(step: Step, proposal: Proposal) -> dict[str, object]:
    named = {
        name: list(value) if isinstance(value, tuple) else _exact(value)
        for name, value in step.named.items()
    }
    return {"step": step.code, **named, "text": sentences.sentence(step, name_of(proposal))}


def _exact(value: int | Fraction) -> int | str:
    """A whole number, or a fraction as a text that loses nothing."""
    if isinstance(value, Fraction) and value.denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    return int(value)


def _inaccuracies(proposal: Proposal) -> dict[str, object] | None:
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


def _annulled(proposal: Proposal) -> dict[str, object]:
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
