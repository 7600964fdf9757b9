"""Maps and mosaics: where who leads, and by how much; where how many took part."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import Any

from candidates.fields import translated
from candidates.models import Contest
from tabulation.arithmetic.form import Choice, ProtocolForm, share
from tabulation.ledger import cells as read
from tabulation.ledger.cells import Cell, NamedArea, Tally
from tabulation.ledger.reading import Unit
from tabulation.public.charts.classes import TURNOUT_STEPS, Class
from tabulation.public.charts.maps import Map, choropleth
from tabulation.public.charts.mosaic import MOST_CELLS, Group, Mosaic, mosaic
from tabulation.public.document import InLanguage
from tabulation.public.edition import Edition
from tabulation.public.pages.colouring import STEPS, Colours, Legend

#: Blocks of a mosaic, and rows of its table, as long as a level of areas has no more.
MOST_GROUPS = 120
#: On the page of an area: up to so many stations below it are drawn.
MOST_BELOW = 2_000


@dataclass
class TableRow:
    """What the picture says of an area, in figures."""

    place: NamedArea
    cell: Cell
    #: Stations by their class, and by who leads in them; those that count alone.
    turnouts: Counter[int | None] = field(default_factory=Counter)
    leaders: Counter[int] = field(default_factory=Counter)
    tied: int = 0
    #: Candidates with how many stations each leads in, most first.
    led: list[tuple[Choice, int]] = field(default_factory=list)

    @property
    def turnout(self) -> Fraction | None:
        return share(self.cell.voters, self.cell.registered)

    @property
    def classes(self) -> list[int]:
        return [self.turnouts[step] for step in range(1, len(TURNOUT_STEPS) + 2)]


@dataclass(frozen=True)
class Picture:
    """A map (``shapes``) or a mosaic, its legend and its table.

    ``shapes``: each area with the class and path of its shape, and what is written on it, where.
    ``cells_are_areas``: there are too many stations for a cell each. ``unshaped``: how many areas
    of the level that is drawn have no shape.
    """

    legend: Legend
    table: list[TableRow]
    shapes: list[dict[str, Any]] | None = None
    frame: Map | None = None
    mosaic: Mosaic | None = None
    cells_are_areas: bool = False
    unshaped: int = 0


@dataclass(frozen=True)
class Country:
    """The areas of a contest with what is published of them."""

    places: dict[int, NamedArea]
    areas: dict[int, Cell]

    def depths(self) -> dict[int, list[int]]:
        """Ids of the areas by how deep they lie, the contest's head first."""
        found: dict[int, list[int]] = {}
        for pk, place in self.places.items():
            if pk in self.areas:
                found.setdefault(len(place.lineage), []).append(pk)
        return dict(sorted(found.items()))

    def depth_for(self, most: int) -> int:
        """The deepest level with at most ``most`` areas, but below the head when there is any."""
        depths = self.depths()
        first, *deeper = depths
        fits = [depth for depth in deeper if len(depths[depth]) <= most]
        return max(fits, default=deeper[0] if deeper else first)

    def group_of(self, area: int, depth: int) -> int:
        """The area of level ``depth`` that holds this one, or itself where it lies higher."""
        lineage = self.places[area].lineage
        return lineage[min(depth, len(lineage)) - 1]


#: An area of a mosaic, and what its units say.
Marks = list[tuple[NamedArea, list[Class]]]


def picture_of(
    edition: Edition, contest: Contest, form: ProtocolForm, *, turnout: bool
) -> InLanguage:
    """A map where areas have shapes, else a mosaic."""
    published = edition.published
    colours = Colours(form, edition.palette(contest, form), turnout)
    country = Country(
        read.places_below(contest), read.cells_of_areas(published, contest, form, STEPS)
    )
    tallies = read.tallies(published, contest, form, STEPS)
    shapes = {pk: one for pk, one in read.shapes_of(contest).items() if pk in country.areas}
    if shapes:
        drawn = _map(country, colours, tallies, shapes)
        return InLanguage(lambda _language: drawn)
    low = depth = country.depth_for(MOST_GROUPS)
    too_many = sum(one.stations for one in tallies) > MOST_CELLS
    if too_many:
        low = country.depth_for(MOST_CELLS)
        depth = min(low, depth)
        cells = [country.areas[pk] for pk in country.depths()[low]]
    else:
        cells = read.cells_of_stations(published, contest, form, STEPS)
    marks = _marks(country, colours, cells, depth)
    picture = Picture(
        legend=_legend(colours, marks),
        table=_table(country, colours, tallies, [place.pk for place, _cells in marks], depth),
        cells_are_areas=too_many,
    )
    return InLanguage(partial(_with_mosaic, picture, marks, names=True))


def _with_mosaic(picture: Picture, marks: Marks, language: str, *, names: bool) -> Picture:
    """The picture with the names of its areas in ``language``, where ``names`` are shown."""
    groups = [
        Group(place.pk, place.code, translated(place.name, place.names, language), cells)
        for place, cells in marks
    ]
    return replace(picture, mosaic=mosaic(groups, names=names))


def _legend(colours: Colours, marks: Marks) -> Legend:
    return colours.legend(mark for _place, cells in marks for mark in cells)


def _map(
    country: Country, colours: Colours, tallies: Iterable[Tally], shapes: dict[int, Any]
) -> Picture:
    """Of the level on which most areas have a shape."""
    depths = country.depths()
    depth = max(depths, key=lambda one: (sum(pk in shapes for pk in depths[one]), one))
    drawn = [pk for pk in depths[depth] if pk in shapes]
    frame = choropleth({str(pk): shapes[pk] for pk in drawn})
    marks = [colours.of(country.areas[pk]) for pk in drawn]
    return Picture(
        legend=colours.legend(marks, flat=True),
        table=_table(country, colours, tallies, depths[depth], depth),
        shapes=[
            {
                "place": country.places[pk],
                "name": mark.name,
                "d": shape.d,
                "label": _written(country.areas[pk], colours) if shape.label else "",
                **dict(zip("xy", shape.label or (0, 0), strict=True)),
            }
            for pk, mark, shape in zip(drawn, marks, frame.shapes, strict=True)
        ],
        frame=frame,
        unshaped=len(depths[depth]) - len(drawn),
    )


def _written(cell: Cell, colours: Colours) -> str:
    """On an area of a map: the ballot number of who leads, or whole percents of turnout."""
    if not cell.counted:
        return ""
    if colours.turnout:
        took_part = share(cell.voters, cell.registered)
        return "" if took_part is None else f"{int(took_part)}"
    return "=" if cell.tied else "" if cell.leader is None else str(cell.leader)


def _marks(country: Country, colours: Colours, cells: Iterable[Cell], depth: int) -> Marks:
    """The cells by area, areas in the order of their codes as `Country.places` has them."""
    found: dict[int, list[Class]] = {}
    for cell in cells:
        found.setdefault(country.group_of(cell.area, depth), []).append(colours.of(cell))
    in_order = sorted(found, key=lambda pk: country.places[pk].code.encode())
    return [(country.places[pk], found[pk]) for pk in in_order]


def _table(
    country: Country, colours: Colours, tallies: Iterable[Tally], areas: Sequence[int], depth: int
) -> list[TableRow]:
    rows = {pk: TableRow(country.places[pk], country.areas[pk]) for pk in areas}
    for one in tallies:
        row = rows.get(country.group_of(one.area, depth))
        if row is None or one.status != "counted":
            continue
        row.turnouts[one.turnout] += one.stations
        row.tied += one.stations if one.tied else 0
        if one.leader is not None:
            row.leaders[one.leader] += one.stations
    for row in rows.values():
        most = sorted(row.leaders.items(), key=lambda one: (-one[1], one[0]))
        row.led = [(colours.choices[number], stations) for number, stations in most]
    return list(rows.values())


def mosaics_of(
    edition: Edition, contest: Contest, form: ProtocolForm, units: Iterable[tuple[Unit, int]]
) -> dict[str, InLanguage]:
    """By code, the stations below each of these areas as a picture of its page, with the number of
    stations that lie in the area itself.

    None for an area where it would say nothing, of one station, or too much.
    """
    drawn = [
        unit
        for unit, direct in units
        if 1 < unit.stations <= (MOST_CELLS if direct else MOST_BELOW)
    ]
    if not drawn:
        return {}
    colours = Colours(form, edition.palette(contest, form))
    heads = {unit.lineage[-1] for unit in drawn}
    places = read.places_below(contest, *heads)
    below: dict[int, list[Cell]] = {}
    for cell in read.cells_of_stations(edition.published, contest, form, STEPS, list(places)):
        for area in heads.intersection(places[cell.area].lineage):
            below.setdefault(area, []).append(cell)
    found = {}
    for unit in drawn:
        country = Country(places, {})
        marks = _marks(country, colours, below.get(unit.lineage[-1], []), len(unit.lineage) + 1)
        picture = Picture(legend=_legend(colours, marks), table=[])
        draw = partial(_with_mosaic, picture, marks, names=len(marks) > 1)
        found[unit.code] = InLanguage(draw)
    return found
