"""The same rules written apart and otherwise, to be held against `tabulation.outcomes.methods`.

No heap, no fractions, no sorting by worth: everybody is compared with everybody in whole numbers,
and quotients are made whole by a number that every divisor divides.
"""

from dataclasses import dataclass, field
from math import lcm


class Stopped(Exception):
    """A tie, and nothing recorded for it."""


@dataclass
class Case:
    """One election. Percentages are whole numbers here."""

    rule: str
    votes: dict[int, int]
    valid: int
    cast: int
    on_cast: bool = False
    seats: int = 1
    round: int = 1
    against: int = 0
    withdrawn: set[int] = field(default_factory=set)
    method: str = ""
    threshold: int = 0
    alliance_threshold: int = 0
    inclusive: bool = True
    alliances: set[int] = field(default_factory=set)
    independents: set[int] = field(default_factory=set)
    voters: int = 0
    registered: int = 1
    turnout: int = 0
    lots: list[tuple[int, ...]] = field(default_factory=list)

    @property
    def base(self) -> int:
        return self.cast if self.on_cast else self.valid

    @property
    def who(self) -> dict[int, int]:
        return {
            n: v for n, v in self.votes.items() if n != self.against and n not in self.withdrawn
        }


def outcome(case: Case) -> tuple[object, ...]:
    """`(kind, elected, advancing, seats)`, or `("lot", among, places)`."""
    if 100 * case.voters < case.turnout * case.registered:
        return ("failed", frozenset(), frozenset(), {})
    try:
        return {"plurality": most, "majority": more_than_half, "list": proportional}[case.rule](
            case
        )
    except Stopped as stopped:
        return ("lot", *stopped.args)


def most(case: Case) -> tuple[object, ...]:
    if not case.who:
        return ("failed", frozenset(), frozenset(), {})
    return ("elected", pick(case, case.who, case.seats), frozenset(), {})


def more_than_half(case: Case) -> tuple[object, ...]:
    above = [n for n, v in case.who.items() if v + v > case.base]
    if above and (case.round > 1 or len(case.who) > 0):
        return ("elected", frozenset(above), frozenset(), {})
    if case.round > 1:
        exactly = [n for n, v in case.who.items() if v + v == case.base and v]
        if len(exactly) == 2 and len(case.who) > 1:
            return ("elected", pick(case, dict.fromkeys(exactly, 1), 1), frozenset(), {})
        return ("failed", frozenset(), frozenset(), {})
    if len(case.who) < 2:
        return ("failed", frozenset(), frozenset(), {})
    return ("second round", frozenset(), pick(case, case.who, 2), {})


def proportional(case: Case) -> tuple[object, ...]:
    alone = {
        n: v
        for n, v in case.who.items()
        if n in case.independents and v and v * case.seats >= case.base
    }
    elected = pick(case, alone, case.seats)
    inside = {}
    for n, v in case.who.items():
        percent = case.alliance_threshold if n in case.alliances else case.threshold
        enough = 100 * v >= percent * case.base
        if not case.inclusive:
            enough = 100 * v > percent * case.base
        if v and enough and n not in case.independents:
            inside[n] = v
    seats = case.seats - len(elected)
    given = dict.fromkeys(elected, 1)
    if seats and inside:
        if case.method == "largest_remainder":
            given.update(remainders(case, inside, seats))
        else:
            given.update(averages(case, inside, seats))
    if not given:
        return ("failed", frozenset(), frozenset(), {})
    return ("elected", elected, frozenset(), given)


def remainders(case: Case, inside: dict[int, int], seats: int) -> dict[int, int]:
    whole = sum(inside.values())
    given = {n: v * seats // whole for n, v in inside.items()}
    over = {n: v * seats % whole for n, v in inside.items()}
    for n in pick(case, over, seats - sum(given.values())):
        given[n] += 1
    return given


DIVISORS = {
    "dhondt": lambda i: 10 * (i + 1),
    "sainte_lague": lambda i: 10 * (2 * i + 1),
    "modified_sainte_lague": lambda i: 10 * (2 * i + 1) if i else 14,
}


def averages(case: Case, inside: dict[int, int], seats: int) -> dict[int, int]:
    divisors = [DIVISORS[case.method](i) for i in range(seats)]
    common = lcm(*divisors)
    table = [(v * (common // d), n) for n, v in inside.items() for d in divisors]
    given = dict.fromkeys(inside, 0)
    tied: list[int] = []
    left = seats
    for worth, n in table:
        higher = sum(other > worth for other, _who in table)
        as_high = sum(other == worth for other, _who in table)
        if higher + as_high <= seats:
            given[n] += 1
            left -= 1
        elif higher < seats:
            tied.append(n)
    for n in drawn(case, tied, left):
        given[n] += 1
    return given


def pick(case: Case, worth: dict[int, int], places: int) -> frozenset[int]:
    safe, tied = set(), []
    for n, mine in worth.items():
        higher = sum(other > mine for other in worth.values())
        as_high = sum(other == mine for other in worth.values())
        if higher + as_high <= places:
            safe.add(n)
        elif higher < places:
            tied.append(n)
    return frozenset(safe | drawn(case, tied, places - len(safe)))


def drawn(case: Case, tied: list[int], places: int) -> set[int]:
    if not tied:
        return set()
    for lot in case.lots:
        if set(lot) == set(tied):
            return set(lot[:places])
    raise Stopped(frozenset(tied), places)
