"""What decides by how much, and whether inaccuracies could change it."""

from dataclasses import dataclass, replace
from fractions import Fraction

from tabulation.outcomes.methods.dividing import DIVISORS
from tabulation.outcomes.methods.lists import lists
from tabulation.outcomes.methods.rules import Rules
from tabulation.outcomes.methods.terms import Count, LotNeeded, Outcome


@dataclass(frozen=True)
class Gap:
    """A difference that decides, in ballots. ``which``:

    ``last_place``: between the last who is elected, or advances, and the first who is not;
    ``half``: between the leader and half of the base;
    ``turnout``: between who took part and how many must;
    ``seat``: as many votes of the first list for the second would give a seat to it;
    ``threshold``: between a list, or an independent, and what it must reach.
    ``candidates``: whose votes they are.
    """

    which: str
    difference: Fraction
    candidates: tuple[int, ...] = ()


@dataclass(frozen=True)
class Reach:
    """``total`` inaccuracies against the smallest gap; ``None``: no single difference decides."""

    total: int
    gap: Gap | None

    @property
    def could_change(self) -> bool | None:
        """Whether they are as many as the difference. ``None``: there is nothing to compare with.

        Without any inaccuracy nothing could change, not even a tie.
        """
        return None if self.gap is None else 0 < self.total >= self.gap.difference


def gaps(count: Count, rules: Rules) -> list[Gap]:
    """The differences that decide this count, as exact numbers of ballots.

    For a count that `apply_rule` can decide, lots apart.
    """
    found = []
    standing = rules.contenders(count)
    if rules.rule == "plurality":
        found += _last_place(standing, rules.seats)
    elif rules.rule == "majority" and standing:
        first = max(standing, key=lambda number: standing[number])
        above = Fraction(2 * standing[first] - count.base(rules.base), 2)
        found.append(Gap("half", abs(above), (first,)))
        if above <= 0 and rules.round == 1:
            found += _last_place(standing, rules.advance)
    elif rules.rule == "list":
        found += _of_lists(count, rules, standing)
    if found and rules.turnout is not None and count.voters is not None:
        needed = rules.turnout * (count.registered or 0)
        found.append(Gap("turnout", abs(count.voters - needed)))
    return found


def reach(total: int, count: Count, rules: Rules) -> Reach:
    """``total`` inaccuracies against the smallest of the differences that decide."""
    return Reach(total, min(gaps(count, rules), key=lambda gap: gap.difference, default=None))


def _last_place(standing: dict[int, int], places: int) -> list[Gap]:
    ranked = sorted(standing, key=lambda number: -standing[number])
    if len(ranked) <= places:
        return []
    last, next_ = ranked[places - 1], ranked[places]
    return [Gap("last_place", Fraction(standing[last] - standing[next_]), (last, next_))]


def _of_lists(count: Count, rules: Rules, standing: dict[int, int]) -> list[Gap]:
    answer = lists(count, replace(rules, turnout=None), ())
    found = []
    for number, votes in standing.items():
        alone = number in rules.independents
        needed = (
            Fraction(count.base(rules.base), rules.seats) if alone else rules.needed(number, count)
        )
        if needed:
            found.append(Gap("threshold", abs(votes - needed), (number,)))
    if isinstance(answer, LotNeeded):
        return [*found, Gap("seat", Fraction(0), answer.among)]
    return found + _seat(count, rules, answer)


def _seat(count: Count, rules: Rules, answer: Outcome) -> list[Gap]:
    """The pair of lists with the fewest votes between them and another division."""
    inside = {number: seats for number, seats in answer.seats if number not in answer.elected}
    pairs = [(one, other) for one in inside for other in inside if one != other and inside[one]]
    quotient = Fraction(sum(count.votes[number] for number in inside), sum(inside.values()) or 1)
    found = []
    for one, other in pairs:
        mine, theirs = count.votes[one], count.votes[other]
        if rules.method in DIVISORS:
            last = DIVISORS[rules.method](inside[one] - 1)
            following = DIVISORS[rules.method](inside[other])
            moved = (mine * following - theirs * last) / (last + following)
        else:
            # Hare: seats stand as long as no two lists' votes / quotient - seats differ by 1.
            apart = (mine - theirs) / quotient - inside[one] + inside[other]
            moved = quotient * (1 + apart) / 2
        found.append(Gap("seat", moved, (one, other)))
    return [min(found, key=lambda gap: gap.difference)] if found else []
