"""One cell a polling station, in blocks of their areas: a map for those who have none.

The cells of a block that say the same are one path, so that a nation's picture stays small.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tabulation.public.charts.classes import Class, mark
from tabulation.public.charts.numbers import WIDTH, after, decimal

#: More cells than this are no picture any more: then a cell is an area.
MOST_CELLS = 6_000
#: Up to so many cells: the side of a cell, and the space between two.
SIZES = ((200, 12, 2), (800, 8, 1), (2_400, 6, 1), (MOST_CELLS, 4, 1))
#: Height of the line a block's name stands on, and about the width of one of its letters; those of
#: Armenian are wider.
NAME, LETTER, WIDE_LETTER = 15, 8, 10
#: Between blocks.
GUTTER = 8
#: Rows of a block, at least and at most, unless it is as wide as the picture.
FEWEST, MOST = 3, 14
#: Fewer letters of a name say nothing.
BEGINNING = 4
#: The longest code that a block is made wide enough for.
SHORT = 4


@dataclass(frozen=True)
class Group:
    """The cells of one area, in the order of their codes. ``key`` is the caller's."""

    key: int
    code: str
    name: str
    cells: Sequence[Class]


@dataclass(frozen=True)
class Block:
    """A group in the picture: its box, without the name above it, and a path for each class.

    ``label`` is the name or code above the box; empty where there is no room for either.
    """

    key: int
    code: str
    name: str
    label: str
    x: int
    y: int
    columns: int
    rows: int
    paths: tuple[tuple[str, str], ...]

    @property
    def label_y(self) -> int:
        return self.y - 4


@dataclass(frozen=True)
class Mosaic:
    """Everything in units from the top left corner. ``pitch``: from one cell to the next."""

    blocks: tuple[Block, ...]
    pitch: int
    height: int
    width: int = WIDTH


def mosaic(groups: Sequence[Group], *, names: bool = True) -> Mosaic:
    """Blocks in rows, in the order given, from the left; ``names``: with room for their names."""
    groups = [group for group in groups if group.cells]
    total = sum(len(group.cells) for group in groups)
    side, space = next(((s, g) for most, s, g in SIZES if total <= most), SIZES[-1][1:])
    pitch = side + space
    rows = _rows(total, len(groups))
    above = NAME if names else 0
    blocks: list[Block] = []
    x = y = tall = 0
    for group in groups:
        columns = min(-(-len(group.cells) // rows), (WIDTH + space) // pitch)
        wide = max(columns * pitch - space, _shortest(group) if names else 0)
        if x and x + wide > WIDTH:
            x, y, tall = 0, y + tall + GUTTER, 0
        high = -(-len(group.cells) // columns)
        blocks.append(
            Block(
                group.key,
                group.code,
                group.name,
                _label(group, WIDTH - x if group is groups[-1] else wide) if names else "",
                x,
                y + above,
                columns,
                high,
                _paths(group.cells, x, y + above, columns, pitch, side),
            )
        )
        x, tall = x + wide + GUTTER, max(tall, above + high * pitch - space)
    return Mosaic(tuple(blocks), pitch, max(y + tall, 1))


def _rows(total: int, groups: int) -> int:
    """As many as make a block of middling size about a square and a half."""
    middling = Fraction(2 * total, 3 * max(groups, 1))
    rows = FEWEST
    while rows < MOST and (rows + 1) ** 2 <= middling:
        rows += 1
    return rows


def _shortest(group: Group) -> int:
    return LETTER * len(group.code) if len(group.code) <= SHORT else 0


def _label(group: Group, room: int) -> str:
    """Its name, or the beginning of it when that says anything, or its code."""
    name = shortened(group.name, room)
    if name:
        return name
    return group.code if LETTER * len(group.code) <= room else ""


def shortened(name: str, room: int) -> str:
    """As much of a name as there is ``room`` for; nothing where that says nothing."""
    letters = room // (WIDE_LETTER if _is_armenian(name) else LETTER)
    if len(name) <= letters:
        return name
    return name[: letters - 1].rstrip() + "…" if letters > BEGINNING else ""


def _is_armenian(name: str) -> bool:
    return any("\u0530" <= letter <= "\u058f" for letter in name)


def _paths(
    cells: Sequence[Class], left: int, top: int, columns: int, pitch: int, side: int
) -> tuple[tuple[str, str], ...]:
    """One path a class, in the order in which the classes come first."""
    corners: dict[Class, list[tuple[int, int]]] = {}
    for i, cell in enumerate(cells):
        corner = (left + i % columns * pitch, top + i // columns * pitch)
        corners.setdefault(cell, []).append(corner)
    return tuple((cell.name, _path(cell, places, side)) for cell, places in corners.items())


def _path(cell: Class, corners: Sequence[tuple[int, int]], side: int) -> str:
    x, y, body = mark(cell.form, side, cell.size)
    (left, top), *others = corners
    pieces = [f"M{decimal(left + x)}{after(decimal(top + y))}{body}"]
    before = (left, top)
    for corner in others:
        pieces.append(f"m{corner[0] - before[0]}{after(str(corner[1] - before[1]))}{body}")
        before = corner
    return "".join(pieces)
