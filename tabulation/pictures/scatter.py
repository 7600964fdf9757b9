"""Turnout against the share of one candidate: a dot a polling station.

Stations at the same place of a fine grid are one dot. Of very many the grid is coarse, and a
circle says by its size how many stations stand there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tabulation.pictures.lines import Tick
from tabulation.pictures.numbers import WIDTH, after

#: Steps of the grid from 0 to 100 percent.
FINE, COARSE = 200, 40
HEIGHT = 300
LEFT, RIGHT, TOP, BOTTOM = 34, 14, 12, 40
#: Circles of a coarse grid: up to which part of the fullest place, and how wide in units.
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
    dots: dict[str, list[tuple[int, int]]] = {}
    fullest = max(counts.values(), default=1)
    for (turnout, share), count in sorted(counts.items()):
        name = "dot" if grid == FINE else f"n{_size(count, fullest)}"
        dots.setdefault(name, []).append((_x(turnout, grid), _y(share, grid)))
    ticks = range(0, 101, 20)
    return Scatter(
        paths=tuple((name, _path(dots[name])) for name in sorted(dots)),
        across=tuple(Tick(t, str(_x(t, 100))) for t in ticks),
        up=tuple(Tick(t, str(_y(t, 100))) for t in ticks),
    )


def _size(count: int, fullest: int) -> int:
    """The smallest circle whose part of the fullest place is not exceeded."""
    return next(size for part, size in CIRCLES if count * part <= fullest)


def _x(value: int, of: int) -> int:
    return LEFT + (WIDTH - RIGHT - LEFT) * min(value, of) // of


def _y(value: int, of: int) -> int:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * min(value, of) // of


def _path(places: list[tuple[int, int]]) -> str:
    pieces, before = [], None
    for x, y in dict.fromkeys(places):
        if before is None:
            pieces.append(f"M{x} {y}h0")
        else:
            pieces.append(f"m{x - before[0]}{after(str(y - before[1]))}h0")
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
