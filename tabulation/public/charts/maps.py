"""Shapes of areas on a flat picture: GeoJSON geometry into SVG paths.

The projection is equirectangular, true at the middle of the country: distances east are shortened
by the cosine of its latitude. Every corner is moved to a grid of one unit; what two areas share
moves alike, so that no gap opens between them. A shape across the 180th meridian is torn.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import cos, radians
from typing import Any

from tabulation.public.charts.numbers import after

#: Finer than the other pictures, for corners are whole numbers.
MAP_WIDTH = 640
#: A country as narrow as this high stays on one screen.
MAP_HEIGHT = 640
MARGIN = 4
#: A shape at least so wide and high has room for a few digits.
ROOM = (44, 34)

Ring = list[tuple[int, int]]


@dataclass(frozen=True)
class Shape:
    """One area: its path, and the middle of its largest piece when a label has room there."""

    key: str
    d: str
    label: tuple[int, int] | None


@dataclass(frozen=True)
class Map:
    shapes: tuple[Shape, ...]
    height: int
    width: int = MAP_WIDTH


def rings_of(geometry: Mapping[str, Any]) -> Iterator[list[list[float]]]:
    """The rings of a Polygon or MultiPolygon: outer ones and holes alike."""
    polygons = [geometry["coordinates"]]
    if geometry["type"] == "MultiPolygon":
        polygons = geometry["coordinates"]
    for polygon in polygons:
        yield from polygon


def thin(geometries: Mapping[str, Mapping[str, Any]], steps: int = 2_000) -> dict[str, Any]:
    """The same shapes as MultiPolygons with as many decimals as a picture can show.

    ``steps``: into how many the whole country's longer side is divided at least.
    """
    west, south, east, north = _box(geometries)
    places = 0
    while max(east - west, north - south) * 10**places < steps and places < 7:
        places += 1
    return {key: _thin(geometry, places) for key, geometry in geometries.items()}


def _thin(geometry: Mapping[str, Any], places: int) -> dict[str, Any]:
    polygons = [geometry["coordinates"]]
    if geometry["type"] == "MultiPolygon":
        polygons = geometry["coordinates"]
    return {
        "type": "MultiPolygon",
        "coordinates": [[_thin_ring(ring, places) for ring in polygon] for polygon in polygons],
    }


def _thin_ring(ring: list[list[float]], places: int) -> list[list[float]]:
    """Without corners that came to stand on the one before; a ring keeps its four positions."""
    rounded = [[round(x, places), round(y, places)] for x, y, *_height in ring]
    kept = [corner for i, corner in enumerate(rounded) if not i or corner != rounded[i - 1]]
    return kept if len(kept) >= 4 else [rounded[0], rounded[1], rounded[2], rounded[0]]


def _box(geometries: Mapping[str, Mapping[str, Any]]) -> tuple[float, float, float, float]:
    """West, south, east and north of all of them."""
    points = [point for one in geometries.values() for ring in rings_of(one) for point in ring]
    if not points:
        return (0, 0, 0, 0)
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return min(xs), min(ys), max(xs), max(ys)


def choropleth(geometries: Mapping[str, Mapping[str, Any]]) -> Map:
    """``geometries`` by key, as large as the picture allows; in their order."""
    west, south, east, north = _box(geometries)
    narrow = max(cos(radians((south + north) / 2)), 0.01)
    wide, high = (east - west) * narrow, north - south
    room = MAP_WIDTH - 2 * MARGIN
    scale = min(room / (wide or 1), (MAP_HEIGHT - 2 * MARGIN) / (high or 1))
    left = MARGIN + (room - wide * scale) / 2

    def on_grid(point: list[float]) -> tuple[int, int]:
        return (
            round(left + (point[0] - west) * narrow * scale),
            round(MARGIN + (north - point[1]) * scale),
        )

    shapes = tuple(
        _shape(key, [[on_grid(point) for point in ring] for ring in rings_of(geometry)])
        for key, geometry in geometries.items()
    )
    return Map(shapes, round(high * scale) + 2 * MARGIN)


def _shape(key: str, rings: list[Ring]) -> Shape:
    drawn = [ring for ring in map(_simple, rings) if len(ring) >= 3]
    if not drawn:
        x, y = rings[0][0]
        # Too small to be seen at all: a speck where it lies, for it has results as well.
        drawn = [[(x - 1, y - 1), (x + 1, y - 1), (x + 1, y + 1), (x - 1, y + 1)]]
    largest = max(drawn, key=_size)
    xs, ys = [x for x, _y in largest], [y for _x, y in largest]
    roomy = max(xs) - min(xs) >= ROOM[0] and max(ys) - min(ys) >= ROOM[1]
    return Shape(key, "".join(map(_path, drawn)), _middle(largest) if roomy else None)


def _simple(ring: Ring) -> Ring:
    """Without the corner that closes it, repeated corners, and corners that are none."""
    corners: Ring = []
    for corner in ring[:-1]:
        if corners and corners[-1] == corner:
            continue
        if len(corners) > 1 and _straight(corners[-2], corners[-1], corner):
            corners.pop()
        corners.append(corner)
    while len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    return corners


def _straight(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> bool:
    return (b[0] - a[0]) * (c[1] - b[1]) == (b[1] - a[1]) * (c[0] - b[0])


def _doubled(ring: Ring) -> int:
    """Twice the area of a ring, with the sign of its direction."""
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)


def _size(ring: Ring) -> int:
    return abs(_doubled(ring))


def _middle(ring: Ring) -> tuple[int, int] | None:
    """The centre of gravity."""
    doubled = _doubled(ring)
    if not doubled:
        return None
    pairs = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    x = sum((a[0] + b[0]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs)
    y = sum((a[1] + b[1]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs)
    return x // (3 * doubled), y // (3 * doubled)


def _path(ring: Ring) -> str:
    (x, y), *others = ring
    pieces = [f"M{x} {y}l"]
    for x_next, y_next in others:
        pieces.append(f"{after(str(x_next - x))}{after(str(y_next - y))}")
        x, y = x_next, y_next
    return "".join(pieces).replace("l ", "l") + "z"
