"""`areas.geojson`: the outlines of areas, for a map of the results. The file is optional."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from candidates.models import Election
from tabulation.importing.problems import Problems
from tabulation.importing.tables import Staged
from tabulation.models import Area, AreaShape
from tabulation.public.charts.maps import thin

FILE = "areas.geojson"
MOST_BYTES = 20_000_000
#: How many levels of lists the rings of a geometry lie in.
DEPTHS = {"Polygon": 1, "MultiPolygon": 2}
#: Rows written at a time.
BATCH = 500


@dataclass(frozen=True)
class Shape:
    """A feature that is well formed: its number in the file, its area's code, its geometry."""

    feature: int
    code: str
    geometry: dict[str, Any]


def read_shapes(folder: Path, problems: Problems) -> list[Shape]:
    """The features of the file, none when it is not there; what is wrong goes to ``problems``."""
    path = folder / FILE
    if not path.is_file():
        return []
    body = _read(path, problems)
    if body is None:
        return []
    features = body.get("features") if isinstance(body, dict) else None
    kind = body.get("type") if isinstance(body, dict) else None
    if kind != "FeatureCollection" or not isinstance(features, list):
        advice = 'it must be one object of type "FeatureCollection" with a list of "features"'
        problems.add(FILE, advice=advice)
        return []
    found = [_shape(i, feature, problems) for i, feature in enumerate(features, 1)]
    return [shape for shape in found if shape is not None]


def check_shapes(shapes: list[Shape], areas: Staged, problems: Problems) -> None:
    """Each shape is of an area of the folder, and no area has two."""
    areas.cursor.execute("SELECT code FROM staged_areas")
    known = {code for (code,) in areas.cursor.fetchall()}
    seen: set[str] = set()
    for shape in shapes:
        if shape.code not in known:
            advice = "no area has this code; correct it, or remove the feature"
            _report(problems, shape.feature, "properties.code", shape.code, advice)
        elif shape.code in seen:
            advice = "this area has a shape already; make one MultiPolygon of both"
            _report(problems, shape.feature, "properties.code", shape.code, advice)
        seen.add(shape.code)


def insert_shapes(election: Election, shapes: list[Shape]) -> None:
    """As fine as a picture can show, and no finer: a map is drawn anew for each reader."""
    thinned = thin({shape.code: shape.geometry for shape in shapes})
    keys = dict(Area.objects.filter(election=election).values_list("code", "pk"))
    AreaShape.objects.bulk_create(
        (AreaShape(area_id=keys[code], geometry=shape) for code, shape in thinned.items()),
        batch_size=BATCH,
    )


def _read(path: Path, problems: Problems) -> Any:
    """The file as JSON; ``None`` when it cannot be."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            advice = f"it has {size} bytes, more than {MOST_BYTES}; simplify the outlines"
            problems.add(FILE, advice=advice)
            return None
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        problems.add(FILE, advice=f"it is not UTF-8 text (byte {error.start}); save it as UTF-8")
    except json.JSONDecodeError as error:
        problems.add(FILE, error.lineno, advice=f"it is not JSON ({error.msg}); export it anew")
    except (RecursionError, ValueError):
        problems.add(FILE, advice="its lists or numbers are deeper or longer than any map's")
    except OSError as error:
        problems.add(FILE, advice=f"it cannot be read: {error.strerror}")
    return None


def _report(problems: Problems, feature: int, place: str, value: object, advice: str) -> None:
    problems.add(FILE, 0, f"feature {feature}, {place}", value, advice=advice)


def _shape(number: int, feature: object, problems: Problems) -> Shape | None:
    """A feature read; ``None`` when something is wrong with it, which is told."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        _report(problems, number, "type", "", 'each of the "features" must be of type "Feature"')
        return None
    properties = feature.get("properties")
    code = properties.get("code") if isinstance(properties, dict) else None
    if not isinstance(code, str) or not code:
        advice = "give it the code of its area, as a text in quotes"
        _report(problems, number, "properties.code", "" if code is None else code, advice)
        return None
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in DEPTHS:
        advice = "the geometry must be a Polygon or a MultiPolygon"
        _report(problems, number, "geometry", "" if kind is None else kind, advice)
        return None
    wrong = _wrong_ring(geometry.get("coordinates"), DEPTHS[str(kind)])
    if wrong:
        _report(problems, number, "geometry.coordinates", *wrong)
        return None
    return Shape(number, code, {"type": kind, "coordinates": geometry["coordinates"]})


def _wrong_ring(coordinates: object, depth: int) -> tuple[object, str] | None:
    """What is wrong with the first ring that is not right: a value of it, and what to do."""
    rings = list(_rings(coordinates, depth))
    if not rings:
        return "", "it has no ring; draw it, or remove the feature"
    for ring in rings:
        if not isinstance(ring, list) or len(ring) < 4:
            return ring, "a ring is a list of four positions or more"
        for position in ring:
            if not _is_position(position):
                return position, "write a position as longitude (-180 to 180), latitude (-90 to 90)"
        if ring[0] != ring[-1]:
            return ring[-1], "a ring ends with the position it begins with"
    return None


def _rings(coordinates: object, depth: int) -> Iterator[object]:
    """What should be rings. Where a list should be and is none, that stands for one."""
    if not isinstance(coordinates, list) or (depth > 1 and not coordinates):
        yield coordinates
    elif depth == 1:
        yield from coordinates
    else:
        for part in coordinates:
            yield from _rings(part, depth - 1)


def _is_position(position: object) -> bool:
    return (
        isinstance(position, list)
        and len(position) in (2, 3)
        and all(isinstance(x, int | float) and not isinstance(x, bool) for x in position)
        # What is no number at all (NaN) is in no range.
        and -180 <= position[0] <= 180
        and -90 <= position[1] <= 90
    )
