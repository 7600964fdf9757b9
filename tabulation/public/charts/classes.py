"""What a mark says, as a class: who leads and by how much, or how many took part.

A class has a colour in the style sheet, and a shape or a size besides: nobody has to see colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tabulation.public.charts.numbers import Number, after, decimal

#: Candidates with a colour of their own; more can nobody tell apart.
MOST_COLOURS = 7
#: Those the eye looks for: they have the first colours, the strongest.
FIRST = 2
#: The place of everybody else in the palette.
OTHER = MOST_COLOURS + 1
#: From how many points ahead of the second a lead is the second step, and the third.
MARGIN_STEPS = (10, 30)
#: From how many percent of the registered voters turnout is the second step, and so on.
TURNOUT_STEPS = (30, 45, 60, 75, 90)

#: Of each candidate with a colour, the form of a mark; the last one is everybody else's.
FORMS = ("square", "round", "diamond", "up", "down", "plus", "upright", "level")
#: Side of a mark that says how many took part, in hundredths of the cell, by step; the last: all.
SIZES = (44, 55, 66, 77, 88, 100)


@dataclass(frozen=True)
class Class:
    """What a mark says. ``name`` is its class in the style sheet, ``form`` its shape.

    ``leader`` is a place in the palette from 1, ``step`` of the margin or turnout, also from 1.
    """

    name: str
    form: str
    leader: int = 0
    step: int = 0
    size: int = 100


WAITING = Class("waiting", "small")
ANNULLED = Class("annulled", "cross")
TIED = Class("tied", "square", size=80)
EMPTY = Class("empty", "diamond", size=70)
#: Turnout of who keeps no list.
UNKNOWN = Class("unknown", "diamond", size=70)


@dataclass(frozen=True)
class Palette:
    """Which candidates have a colour of their own, by ballot number, in the order of the colours.

    The two with most votes have the first two, in the order of the ballot and not of their votes:
    a night in which one overtakes the other must not swap their colours. So have those after them.
    """

    numbers: tuple[int, ...]

    @classmethod
    def of(cls, votes: Sequence[tuple[int, int | None]]) -> "Palette":
        """From ballot numbers in the ballot's order with their votes in the whole contest; who has
        as many as another comes in the ballot's order.
        """
        order = [number for number, _votes in votes]
        ranked = [number for number, _votes in sorted(votes, key=lambda one: -(one[1] or 0))]
        first = sorted(ranked[:FIRST], key=order.index)
        return cls((*first, *sorted(ranked[FIRST:MOST_COLOURS], key=order.index)))

    def place(self, number: int) -> int:
        """The place of a candidate, from 1; `OTHER` for those without a colour of their own."""
        return self.numbers.index(number) + 1 if number in self.numbers else OTHER


def leader_class(status: str, leader: int | None, tied: bool, step: int, place: int) -> Class:
    """Of a unit with ``status``: who leads there (``None``: nobody) and the step of the margin."""
    if status == "not counted":
        return WAITING
    if status == "annulled":
        return ANNULLED
    if tied:
        return TIED
    if leader is None:
        return EMPTY
    return Class(f"k{place} m{step}", FORMS[place - 1], place, step)


def turnout_class(status: str, step: int | None) -> Class:
    """Of a unit with ``status``: the step of its turnout; ``None``: there is no register."""
    if status == "not counted":
        return WAITING
    if status == "annulled":
        return ANNULLED
    if step is None:
        return UNKNOWN
    return Class(f"t{step}", "square", 0, step, SIZES[step - 1])


def mark(form: str, size: Number, share: int = 100) -> tuple[Fraction, Fraction, str]:
    """A mark in a cell of ``size``: where its path begins, and the path, which ends there again.

    ``share`` of the cell's side, in hundredths, in its middle.
    """
    side = Fraction(size * share, 100)
    inset = (Fraction(size) - side) / 2
    x, y, body = _FORMS[form](side)
    return inset + x, inset + y, body


def _square(n: Fraction) -> tuple[Fraction, Fraction, str]:
    return Fraction(0), Fraction(0), _box(n, n)


def _round(n: Fraction) -> tuple[Fraction, Fraction, str]:
    """A square without its corners."""
    c, h = n * 3 / 10, n * 4 / 10
    flat, back = decimal(h), decimal(-h)
    corners = [f"l{_pairs(by)}" for by in ((c, c), (-c, c), (-c, -c))]
    return c, Fraction(0), f"h{flat}{corners[0]}v{flat}{corners[1]}h{back}{corners[2]}v{back}z"


def _small(n: Fraction) -> tuple[Fraction, Fraction, str]:
    return n / 4, n / 4, _box(n / 2, n / 2)


def _upright(n: Fraction) -> tuple[Fraction, Fraction, str]:
    return n / 4, Fraction(0), _box(n / 2, n)


def _level(n: Fraction) -> tuple[Fraction, Fraction, str]:
    return Fraction(0), n / 4, _box(n, n / 2)


def _diamond(n: Fraction) -> tuple[Fraction, Fraction, str]:
    h = n / 2
    return h, Fraction(0), f"l{_pairs((h, h), (-h, h), (-h, -h))}z"


def _up(n: Fraction) -> tuple[Fraction, Fraction, str]:
    return Fraction(0), n, f"h{decimal(n)}l{_pairs((-n / 2, -n))}z"


def _down(n: Fraction) -> tuple[Fraction, Fraction, str]:
    return Fraction(0), Fraction(0), f"h{decimal(n)}l{_pairs((-n / 2, n))}z"


def _plus(n: Fraction) -> tuple[Fraction, Fraction, str]:
    t = n / 3
    a, b = decimal(t), decimal(-t)
    return t, Fraction(0), f"h{a}v{a}h{a}v{a}h{b}v{a}h{b}v{b}h{b}v{b}h{a}z"


def _cross(n: Fraction) -> tuple[Fraction, Fraction, str]:
    back = decimal(-n)
    return Fraction(0), Fraction(0), f"l{_pairs((n, n))}m0{back}l{_pairs((-n, n))}m0{back}"


_FORMS = {
    "square": _square,
    "round": _round,
    "diamond": _diamond,
    "up": _up,
    "down": _down,
    "plus": _plus,
    "upright": _upright,
    "level": _level,
    "small": _small,
    "cross": _cross,
}


def _box(w: Fraction, h: Fraction) -> str:
    return f"h{decimal(w)}v{decimal(h)}h{decimal(-w)}z"


def _pairs(*pairs: tuple[Fraction, Fraction]) -> str:
    return "".join(after(decimal(n)) for pair in pairs for n in pair).lstrip()


def sample(of: Class, size: int = 12) -> str:
    """The mark of a class alone, for a legend: a path in a square of ``size``."""
    x, y, body = mark(of.form, size, of.size)
    return f"M{decimal(x)} {decimal(y)}{body}"
