"""A chart of lines: what grew or changed from one moment to the next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from tabulation.public.charts.numbers import WIDTH, Number, decimal

Point = TypeVar("Point")
HEIGHT = 210
#: Around the lines: room for the axes' figures, and at the right for the names of the lines.
LEFT, RIGHT, TOP, BOTTOM = 46, 28, 12, 24
#: Between the names of two lines that end close to each other.
APART = 13
#: What part of the whole time the last figure is shown to hold.
HELD = 25
#: Between two figures of the axis below, in minutes.
MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880)


@dataclass(frozen=True)
class Series:
    """One line: (x, y) from left to right; ``None`` where there is no figure, and no line."""

    key: str
    points: Sequence[tuple[Number, Number | None]]
    filled: bool = False


@dataclass(frozen=True)
class Tick:
    """A figure of an axis and where it stands."""

    value: int
    at: str


@dataclass(frozen=True)
class Line:
    """A line as a path, and where its name stands; ``None``: it has no point."""

    key: str
    d: str
    area: str
    end: tuple[str, str] | None
    label: str


@dataclass(frozen=True)
class Chart:
    """Everything in units from the top left corner."""

    lines: tuple[Line, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def line_chart(
    series: Sequence[Series], across: Sequence[int], *, steps: bool = False, most: int | None = None
) -> Chart:
    """A chart of ``series`` over the axis figures ``across``, and from 0 up to ``most``.

    ``steps``: a figure holds until the next one, and the last one for a little while. Without
    ``most`` the axis ends above the largest.
    """
    xs = [Fraction(x) for one in series for x, _y in one.points] + [Fraction(x) for x in across]
    first, last = (min(xs), max(xs)) if xs else (Fraction(0), Fraction(0))
    if steps:
        last += (last - first) / HELD
    ys = [y for one in series for _x, y in one.points if y is not None]
    step = _step(max([*ys, 1]) if most is None else most)
    top = -(-max([*ys, 1]) // step) * step if most is None else most

    def x_of(x: Number) -> Fraction:
        wide = WIDTH - RIGHT - LEFT
        return LEFT + (Fraction(wide, 2) if first == last else wide * (x - first) / (last - first))

    def y_of(y: Number) -> Fraction:
        return HEIGHT - BOTTOM - Fraction((HEIGHT - BOTTOM - TOP) * min(max(y, 0), top)) / top

    ends = {one.key: y_of(y) for one in series if (y := _last(one)) is not None}
    labels = spread(ends, APART, TOP, HEIGHT - BOTTOM)
    return Chart(
        lines=tuple(_line(one, x_of, y_of, labels, steps=steps) for one in series),
        across=tuple(Tick(x, decimal(x_of(x))) for x in across),
        up=tuple(Tick(y, decimal(y_of(y))) for y in range(0, int(top) + 1, step)),
    )


def _line(
    one: Series,
    x_of: Callable[[Number], Fraction],
    y_of: Callable[[Number], Fraction],
    labels: dict[str, Fraction],
    *,
    steps: bool,
) -> Line:
    """Each run of points without a gap is a piece of the path."""
    runs: list[list[tuple[str, str]]] = [[]]
    for x, y in one.points:
        if y is None:
            runs.append([])
        else:
            runs[-1].append((decimal(x_of(x)), decimal(y_of(y))))
    runs = [run for run in runs if run]
    stands = bool(one.points) and one.points[-1][1] is not None
    pieces = [_piece(run, steps=steps, held=steps and stands and run is runs[-1]) for run in runs]
    floor = HEIGHT - BOTTOM
    area = "".join(f"{piece}V{floor}H{run[0][0]}z" for piece, run in zip(pieces, runs, strict=True))
    return Line(
        one.key,
        "".join(pieces),
        area if one.filled else "",
        runs[-1][-1] if runs else None,
        decimal(labels[one.key]) if one.key in labels else "",
    )


def _piece(run: Sequence[tuple[str, str]], *, steps: bool, held: bool) -> str:
    """A path through ``run``; a single point is a line of no length, drawn as a dot."""
    (x, y), *others = run
    if not others and not held:
        return f"M{x} {y}h0"
    if steps:
        path = f"M{x} {y}" + "".join(f"H{x}V{y}" for x, y in others)
        return f"{path}H{WIDTH - RIGHT}" if held else path
    return f"M{x} {y}L" + " ".join(f"{x} {y}" for x, y in others)


def _last(one: Series) -> Number | None:
    return next((y for _x, y in reversed(one.points) if y is not None), None)


def spread(places: dict[str, Fraction], apart: int, top: int, bottom: int) -> dict[str, Fraction]:
    """``places`` moved as little as it takes to stand ``apart``, from ``top`` to ``bottom``."""
    order = sorted(places, key=lambda key: places[key])
    found: list[Fraction] = []
    for key in order:
        found.append(max(places[key], found[-1] + apart if found else Fraction(top)))
    floor = Fraction(bottom)
    for i in range(len(found) - 1, -1, -1):
        found[i] = min(found[i], floor)
        floor = found[i] - apart
    return dict(zip(order, found, strict=True))


def _step(most: Number) -> int:
    """Between the figures of the axis at the left: at most five steps up to ``most``."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if step * 5 >= most:
                return step
        size *= 10


def time_ticks(first: Number, last: Number, most: int = 5) -> list[int]:
    """Round moments from ``first`` to ``last``, minutes from a midnight, at most ``most``."""
    for step in MINUTES:
        found = list(range(int(-(-first // step)) * step, int(last // step) * step + 1, step))
        if len(found) <= most:
            return found
    return [found[0], found[-1]]


def number_ticks(first: int, last: int, most: int = 6) -> list[int]:
    """Round numbers from ``first`` to ``last``, and ``first`` itself; at most ``most``."""
    step = 1
    while len(found := [first, *range((first // step + 1) * step, last + 1, step)]) > most:
        step = step * 2 if str(step)[0] in "15" else step * 5 // 2
    return found


def thinned(points: Sequence[Point], most: int) -> Sequence[Point]:
    """At most ``most`` of ``points`` as evenly as it can be done, the first and last among them."""
    if len(points) <= most:
        return points
    return [points[i * (len(points) - 1) // (most - 1)] for i in range(most)]
