"""Shares as bars, with the mark that decides across them; seats as one mark a seat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tabulation.public.charts.classes import FORMS, Class, Palette
from tabulation.public.charts.mosaic import Group, Mosaic, mosaic, shortened
from tabulation.public.charts.numbers import WIDTH, decimal

#: From one bar to the next; where its name stands, where it begins, and how high it is.
PITCH, NAME, TOP, THICK = 34, 12, 17, 12
#: Left of the percentage that stands at the end of the name's line.
ROOM = WIDTH - 64
#: A bar that is not at the mark ends so far from it at least, or nobody would see it.
APART = Fraction(2)
WHOLE = 100


@dataclass(frozen=True)
class Bar:
    """A bar and the line above it. ``share`` in percent. ``beyond``: it ends past the mark."""

    share: Fraction
    name: str
    name_y: int
    track: str
    d: str
    beyond: bool


@dataclass(frozen=True)
class Bars:
    """Everything in units from the top left corner. ``mark``: a path; empty where none is."""

    bars: tuple[Bar, ...]
    mark: str
    height: int
    width: int = WIDTH


def bars(
    shares: Sequence[tuple[int, Fraction]], names: Mapping[int, str], mark: Fraction | None = None
) -> Bars:
    """Bars of ``shares``, in percent, in the order given, all of them on the same scale.

    A bar that goes past the ``mark`` (in percent) ends visibly past it, and one that only reaches
    it ends there, however little is between them.
    """
    height = PITCH * len(shares)
    mark_x = None if mark is None else WIDTH * mark / WHOLE
    return Bars(
        tuple(_bar(share, names[key], PITCH * i, mark_x) for i, (key, share) in enumerate(shares)),
        "".join(f"M{decimal(mark_x)} {PITCH * i + TOP - 3}v{THICK + 6}" for i in range(len(shares)))
        if mark_x is not None
        else "",
        height,
    )


def _bar(share: Fraction, name: str, y: int, mark: Fraction | None) -> Bar:
    length = WIDTH * min(max(share, Fraction(0)), Fraction(WHOLE)) / WHOLE
    beyond = mark is not None and length > mark
    if mark is not None and length != mark and abs(length - mark) < APART:
        length = mark + (APART if beyond else -APART)
    return Bar(
        share, shortened(name, ROOM), y + NAME, _box(y, Fraction(WIDTH)), _box(y, length), beyond
    )


def _box(y: int, length: Fraction) -> str:
    return f"M0 {y + TOP}h{decimal(length)}v{THICK}H0z"


def seat_rows(
    seats: Sequence[tuple[int, int]], names: Mapping[int, str], palette: Palette
) -> Mosaic:
    """One mark a seat: a block for each of the lists, by ballot number, with so many seats."""
    return mosaic(
        [
            Group(number, str(number), names[number], [_seat(palette.place(number))] * mine)
            for number, mine in seats
        ]
    )


def _seat(place: int) -> Class:
    return Class(f"k{place}", FORMS[place - 1], place)
