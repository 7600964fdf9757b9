"""What decides by how much, and whether inaccuracies could change it."""

from dataclasses import dataclass
from fractions import Fraction

from tabulation.outcomes.rules import Rules
from tabulation.outcomes.terms import Count


@dataclass(frozen=True)
class Gap:
    """A difference that decides, in ballots. ``which``:

    ``last_place``: between the last who is elected, or advances, and the first who is not;
    ``half``: between the leader and half of the base;
    ``turnout``: between who took part and how many must.
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

    Of seats for lists there is no single one: which quotient is next depends on all lists.
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
