"""Can what is not yet counted change what the figures say? Sums, never a forecast."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tabulation.outcomes.methods.rules import Rules
from tabulation.outcomes.methods.terms import Count


class Verdict(StrEnum):
    """Whether what is not yet counted can still change what the figures say."""

    #: Whoever would be elected now is elected whatever comes.
    ELECTED = "elected"
    #: Nobody can be elected in this round any more, and who goes on to the next is settled.
    SECOND_ROUND = "second round"
    OPEN = "open"
    #: Nobody knows how many voters are still out, or no rule here says what follows.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Standing:
    """A contest in the middle of its count, in votes.

    ``votes``: of everybody on the ballot. ``base``: what a share is a share of. ``outstanding``:
    the most ballots that can still come; ``None``: there is no such number. ``advance``: how many
    go on to the next round; none: this is the last. ``turnout``: whether enough have taken part,
    whatever comes.
    """

    rule: str
    votes: Sequence[int]
    base: int
    outstanding: int | None
    seats: int = 1
    advance: int = 2
    turnout: bool = True


def standing_of(count: Count, rules: Rules, outstanding: int | None) -> Standing:
    """A count in the middle of it. Who cannot be elected counts in the base alone."""
    votes = list(rules.contenders(count).values())
    another = rules.round == 1 and len(votes) > 1
    enough = rules.turnout is None or (
        count.voters is not None
        and count.registered is not None
        and rules.enough_turnout(count.voters, count.registered + (outstanding or 0))
    )
    return Standing(
        rules.rule,
        votes,
        count.base(rules.base),
        outstanding,
        rules.seats,
        rules.advance if another else 0,
        enough,
    )


def verdict(standing: Standing) -> Verdict:
    """Whether all outstanding ballots, cast in the worst way, could change who is elected.

    It takes what is counted for right: corrections and annulments are not foreseen.
    """
    if standing.outstanding is None:
        return Verdict.UNKNOWN
    if standing.rule == "majority" and standing.seats > 1:
        # More than half elects one; who gets the other seats is not said by any rule here.
        return Verdict.UNKNOWN
    if not standing.turnout or not standing.votes:
        return Verdict.OPEN
    votes = sorted(standing.votes, reverse=True)
    if standing.rule == "plurality":
        safe = _apart(votes, standing.seats, standing.outstanding)
        return Verdict.ELECTED if safe else Verdict.OPEN
    if standing.rule == "majority":
        return _majority(votes, standing)
    return Verdict.UNKNOWN


def _majority(votes: Sequence[int], standing: Standing) -> Verdict:
    """More than half of ``base`` elects.

    Against the leader everybody who is out votes for others; for the leader, for the leader. In
    both cases the whole grows by as many, for a ballot that is not cast changes neither.
    """
    outstanding = standing.outstanding or 0
    first, whole = votes[0] if votes else 0, standing.base + outstanding
    if 2 * first > whole:
        return Verdict.ELECTED
    nobody = 2 * (first + outstanding) <= whole
    if nobody and len(votes) == 1:
        # Who stands alone and misses half is not elected, and there is nobody to go on with.
        return Verdict.UNKNOWN
    if nobody and standing.advance and _apart(votes, standing.advance, outstanding):
        return Verdict.SECOND_ROUND
    return Verdict.OPEN


def _apart(votes: Sequence[int], places: int, outstanding: int) -> bool:
    """Whether nobody behind the first ``places`` can reach the last of them."""
    if len(votes) <= places:
        return True
    return votes[places - 1] - votes[places] > outstanding
