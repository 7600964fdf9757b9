"""The acts of the commission as files: what a publication binds, in canonical JSON."""

from collections.abc import Mapping

from tabulation.arithmetic.commitments.canonical import canonical
from tabulation.models import Decision, Lot, Publication, SecondRound, Sitting
from tabulation.outcomes.proposals.objects import as_object, lot_object
from tabulation.outcomes.proposals.proposal import Proposal

JSON = "application/json"
DECISION = "hashvark decision v1"
LOT = "hashvark lot v1"
ROUND = "hashvark second round v1"
#: A document of a publication: its name, its media type, its bytes.
Document = tuple[str, str, bytes]


def decision_file(
    sitting: Sitting,
    last: Publication,
    decided: Mapping[Decision, Proposal],
    roots: Mapping[str, tuple[str, str]],
) -> Document:
    """The sitting: who was present, the vote, and of each contest what was decided, on which
    figures, with the proposal and its steps as they were before the commission.
    """
    body = {
        "format": DECISION,
        "election": sitting.election.slug,
        "decision": sitting.decision,
        "held_at": sitting.held_at.isoformat(),
        "decided_on": last.number,
        "publication": sitting.published_in,
        "present": list(sitting.present),
        "vote": {
            "for": sitting.votes_for,
            "against": sitting.votes_against,
            "abstained": sitting.abstained,
        },
        "opinions": [{"member": member, "text": text} for member, text in sitting.opinions],
        "open_stations": sitting.open_stations,
        "open_reason": sitting.open_reason,
        "contests": [
            {
                "contest": decision.contest.code,
                "root": roots[decision.contest.code][1],
                "kind": decision.kind,
                "as_proposed": decision.as_proposed,
                "words": decision.words,
                "elected": list(decision.elected),
                "advancing": list(decision.advancing),
                "seats": decision.seats,
                "proposal": as_object(proposal),
            }
            for decision, proposal in decided.items()
        ],
    }
    return "decision.json", JSON, canonical(body)


def lot_file(lot: Lot) -> Document:
    """A lot: who tied, how they were drawn, by whom, before whom."""
    contest = lot.contest
    body = {
        "format": LOT,
        "election": contest.election.slug,
        "contest": contest.code,
        "publication": lot.published_in,
        **lot_object(lot),
    }
    return "lot.json", JSON, canonical(body)


def round_file(second_round: SecondRound) -> Document:
    """A second round: of whom, in which order on the ballot, drawn by whom, before whom."""
    body = {
        "format": ROUND,
        "election": second_round.election.slug,
        "contest": second_round.first.code,
        "publication": second_round.published_in,
        "second": second_round.second.code,
        "order": list(second_round.order),
        "polling_day": second_round.polling_day.isoformat(),
        "drawn_at": second_round.drawn_at.isoformat(),
        "drawn_by": second_round.drawn_by,
        "witnesses": list(second_round.witnesses),
        "decision": second_round.decision,
    }
    return "second-round.json", JSON, canonical(body)
