"""Turnout against the share of one candidate: a dot a polling station.

Dots lie in layers that let those below shine through: where many stations stand it is darker. Of
very many the grid is coarse, and a circle says by its size how many stations stand there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from tabulation.public.charts.lines import Tick
from tabulation.public.charts.numbers import WIDTH, after, decimal

#: Steps of the grid from 0 to 100 percent.
FINE, COARSE = 400, 40
HEIGHT = 300
LEFT, RIGHT, TOP, BOTTOM = 46, 22, 24, 40
#: Layers of dots. Neighbours are in different ones, and so are stations at the same place.
LAYERS = 5
#: Circles of a coarse grid: up to which part of the fullest place, and which size that is.
CIRCLES = ((100, 1), (25, 2), (9, 3), (4, 4), (2, 5), (1, 6))


@dataclass(frozen=True)
class Scatter:
    """Dots as paths of lines without length, each with a class that says how wide they are."""

    paths: tuple[tuple[str, str], ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def scatter(counts: Mapping[tuple[int, int], int], grid: int) -> Scatter:
    """``counts``: how many stations stand at (turnout, share), both in steps of ``grid``."""
    layers: dict[str, list[tuple[int, int]]] = {}
    for name, place in _dots(counts) if grid == FINE else _circles(counts):
        layers.setdefault(name, []).append(place)
    ticks = range(0, 101, 20)
    return Scatter(
        paths=tuple((name.split()[0], _path(layers[name], grid)) for name in sorted(layers)),
        across=tuple(Tick(t, _x(t, 100)) for t in ticks),
        up=tuple(Tick(t, _y(t, 100)) for t in ticks),
    )


def _dots(counts: Mapping[tuple[int, int], int]) -> Iterator[tuple[str, tuple[int, int]]]:
    for (turnout, share), count in sorted(counts.items()):
        for i in range(min(count, LAYERS)):
            yield f"dot {(turnout + 2 * share + i) % LAYERS}", (turnout, share)


def _circles(counts: Mapping[tuple[int, int], int]) -> Iterator[tuple[str, tuple[int, int]]]:
    """The smallest circle whose part of the fullest place is not exceeded."""
    fullest = max(counts.values(), default=1)
    for place, count in sorted(counts.items()):
        yield f"n{next(s for part, s in CIRCLES if count * part <= fullest)}", place


def _x(value: int, of: int) -> str:
    return decimal(LEFT + Fraction((WIDTH - RIGHT - LEFT) * min(value, of), of))


def _y(value: int, of: int) -> str:
    return decimal(HEIGHT - BOTTOM - Fraction((HEIGHT - BOTTOM - TOP) * min(value, of), of))


def _path(places: list[tuple[int, int]], grid: int) -> str:
    """Lines of no length, each begun as far from the one before as the tenths of a unit say."""
    pieces: list[str] = []
    before = (Fraction(0), Fraction(0))
    for turnout, share in places:
        x, y = Fraction(_x(turnout, grid)), Fraction(_y(share, grid))
        move = f"{decimal(x - before[0])}{after(decimal(y - before[1]))}"
        pieces.append(f"{'m' if pieces else 'M'}{move}h0")
        before = (x, y)
    return "".join(pieces)


def table_of(
    counts: Mapping[tuple[int, int], int], grid: int, across: int, up: int
) -> list[list[int]]:
    """How many stations stand in each field of a table: ``up`` rows of turnout, ``across``
    columns of the share, both from 0 percent; 100 percent and more is in the last.
    """
    table = [[0] * across for _row in range(up)]
    for (turnout, share), count in counts.items():
        row, column = turnout * up // grid, share * across // grid
        table[min(row, up - 1)][min(column, across - 1)] += count
    return table
