"""Can what is not yet counted change what the figures say? Sums, never a forecast."""

from collections.abc import Sequence
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


def verdict(count: Count, rules: Rules, outstanding: int | None) -> Verdict:
    """Whether all ``outstanding`` ballots, cast in the worst way, could change who is elected.

    ``outstanding``: the most that can still come; ``None``: there is no such number. It takes what
    is counted for right: corrections and annulments are not foreseen.
    """
    if outstanding is None or (rules.rule == "majority" and rules.seats > 1):
        # More than half elects one; who gets the other seats is not said by any rule here.
        return Verdict.UNKNOWN
    votes = sorted(rules.contenders(count).values(), reverse=True)
    if not votes or not _is_enough_turnout(count, rules, outstanding):
        return Verdict.OPEN
    if rules.rule == "plurality":
        return Verdict.ELECTED if _apart(votes, rules.seats, outstanding) else Verdict.OPEN
    if rules.rule == "majority":
        return _majority(votes, count.base(rules.base) + outstanding, rules, outstanding)
    return Verdict.UNKNOWN


def _is_enough_turnout(count: Count, rules: Rules, outstanding: int) -> bool:
    """Whether enough have taken part, whatever comes."""
    return rules.turnout is None or (
        count.voters is not None
        and count.registered is not None
        and rules.enough_turnout(count.voters, count.registered + outstanding)
    )


def _majority(votes: Sequence[int], whole: int, rules: Rules, outstanding: int) -> Verdict:
    """More than half of the base elects; with all who are out it is ``whole``. Who cannot be
    elected counts in it alone.

    Against the leader everybody who is out votes for others; for the leader, for the leader. In
    both cases the whole grows by as many, for a ballot that is not cast changes neither.
    """
    if 2 * votes[0] > whole:
        return Verdict.ELECTED
    if 2 * (votes[0] + outstanding) > whole:
        return Verdict.OPEN
    if len(votes) == 1:
        # Who stands alone and misses half is not elected, and there is nobody to go on with.
        return Verdict.UNKNOWN
    another = rules.round == 1 and _apart(votes, rules.advance, outstanding)
    return Verdict.SECOND_ROUND if another else Verdict.OPEN


def _apart(votes: Sequence[int], places: int, outstanding: int) -> bool:
    """Whether nobody behind the first ``places`` can reach the last of them."""
    if len(votes) <= places:
        return True
    return votes[places - 1] - votes[places] > outstanding
