"""What a mark says, as a class: who leads and by how much, or how many took part.

A class has a colour in the style sheet, and a shape or a size besides: nobody has to see colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

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

Pair = tuple[Fraction, Fraction]


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
#: Of a unit that has nothing to say, by its status.
NO_FIGURES = {"not counted": WAITING, "annulled": ANNULLED}
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
    if status in NO_FIGURES:
        return NO_FIGURES[status]
    if tied:
        return TIED
    if leader is None:
        return EMPTY
    return Class(f"k{place} m{step}", FORMS[place - 1], place, step)


def turnout_class(status: str, step: int | None) -> Class:
    """Of a unit with ``status``: the step of its turnout; ``None``: there is no register."""
    if status in NO_FIGURES:
        return NO_FIGURES[status]
    if step is None:
        return UNKNOWN
    return Class(f"t{step}", "square", 0, step, SIZES[step - 1])


#: Where the path of a form begins and how it goes on, in sixtieths of the mark's side.
_FORMS = {
    "square": ((0, 0), (60, 0), (0, 60), (-60, 0)),
    # A square without its corners.
    "round": ((18, 0), (24, 0), (18, 18), (0, 24), (-18, 18), (-24, 0), (-18, -18), (0, -24)),
    "diamond": ((30, 0), (30, 30), (-30, 30), (-30, -30)),
    "up": ((0, 60), (60, 0), (-30, -60)),
    "down": ((0, 0), (60, 0), (-30, 60)),
    "plus": (
        *((20, 0), (20, 0), (0, 20), (20, 0), (0, 20), (-20, 0)),
        *((0, 20), (-20, 0), (0, -20), (-20, 0), (0, -20), (20, 0)),
    ),
    "upright": ((15, 0), (30, 0), (0, 60), (-30, 0)),
    "level": ((0, 15), (60, 0), (0, 30), (-60, 0)),
    "small": ((15, 15), (30, 0), (0, 30), (-30, 0)),
    "cross": ((0, 0),),
}


def mark(form: str, size: Number, share: int = 100) -> tuple[Fraction, Fraction, str]:
    """A mark in a cell of ``size``: where its path begins, and the path, which ends there again.

    ``share`` of the cell's side, in hundredths, in its middle.
    """
    side = Fraction(size * share, 100)
    inset = (Fraction(size) - side) / 2
    (x, y), *steps = [(side * x / 60, side * y / 60) for x, y in _FORMS[form]]
    return inset + x, inset + y, _closed(steps) if steps else _crossed(side)


def _closed(steps: Sequence[Pair]) -> str:
    """A path of ``steps`` that leads back to where it began."""
    pieces = []
    for letter, run in groupby(steps, key=_letter):
        lengths = [after(decimal(n)) for step in run for n in step if n]
        pieces.append(f"{letter}{''.join(lengths).lstrip()}")
    return f"{''.join(pieces)}z"


def _letter(step: Pair) -> str:
    """How a path calls a step across, down, or aslant."""
    x, y = step
    return "l" if x and y else "h" if x else "v"


def _crossed(side: Fraction) -> str:
    """Two lines from corner to corner, and back."""
    n, back = decimal(side), decimal(-side)
    return f"l{n} {n}m0{back}l{back} {n}m0{back}"


def sample(shown: Class, size: int = 12) -> str:
    """The mark of a class alone, for a legend: a path in a square of ``size``."""
    x, y, body = mark(shown.form, size, shown.size)
    return f"M{decimal(x)} {decimal(y)}{body}"
