"""Figures into the geometry of pictures: where each mark stands, and its class. No Django.

A picture is drawn for a phone, `WIDTH` units wide, and grows with the window. What it shows is
decided by integers and fractions; only the places of marks are rounded. Nothing not yet counted
is drawn as 0: where there is no figure there is no mark, or one that says so.
"""

from tabulation.pictures.bars import Bar, Bars, bars, seat_rows
from tabulation.pictures.classes import (
    MARGIN_STEPS,
    MOST_COLOURS,
    OTHER,
    TURNOUT_STEPS,
    Class,
    Palette,
    leader_class,
    sample,
    turnout_class,
)
from tabulation.pictures.lines import (
    Chart,
    Series,
    line_chart,
    number_ticks,
    thinned,
    time_ticks,
)
from tabulation.pictures.maps import MAP_WIDTH, Map, choropleth, thin
from tabulation.pictures.mosaic import MOST_CELLS, Group, Mosaic, mosaic
from tabulation.pictures.numbers import WIDTH, decimal
from tabulation.pictures.scatter import COARSE, FINE, Scatter, scatter, table_of

__all__ = [
    "COARSE",
    "FINE",
    "MAP_WIDTH",
    "MARGIN_STEPS",
    "MOST_CELLS",
    "MOST_COLOURS",
    "OTHER",
    "TURNOUT_STEPS",
    "WIDTH",
    "Bar",
    "Bars",
    "Chart",
    "Class",
    "Group",
    "Map",
    "Mosaic",
    "Palette",
    "Scatter",
    "Series",
    "bars",
    "choropleth",
    "decimal",
    "leader_class",
    "line_chart",
    "mosaic",
    "number_ticks",
    "sample",
    "scatter",
    "seat_rows",
    "table_of",
    "thin",
    "thinned",
    "time_ticks",
    "turnout_class",
]
