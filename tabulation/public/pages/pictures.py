"""The pages of pictures: maps and mosaics, results through the night, turnout against share."""

from typing import Any
from zoneinfo import ZoneInfo

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.public.document import Page
from tabulation.public.edition import Edition
from tabulation.public.pages.courses import dots_of, night_of
from tabulation.public.pages.mapping import picture_of

Context = dict[str, Any]


def leaders(edition: Edition, contest: Contest, form: ProtocolForm) -> Context:
    """Who leads where and by how much: a map, or a mosaic of stations."""
    return {"picture": picture_of(edition, contest, form, turnout=False), "turnout": False}


def turnout(edition: Edition, contest: Contest, form: ProtocolForm) -> Context:
    """How many took part, by place."""
    return {"picture": picture_of(edition, contest, form, turnout=True), "turnout": True}


def night(edition: Edition, contest: Contest, form: ProtocolForm) -> Context:
    """The stations counted and the first candidates' shares, publication by publication."""
    return {"night": night_of(edition, contest, form, ZoneInfo(edition.election.time_zone))}


def dots(edition: Edition, contest: Contest, form: ProtocolForm) -> Context:
    """Each station by its turnout and by the share of the candidate with most votes."""
    return {"dots": dots_of(edition, contest, form)}


#: By the name of its address, what a page draws and the template that shows it.
DRAWN = {
    "map": (leaders, "map"),
    "map-turnout": (turnout, "map"),
    "night": (night, "night"),
    "scatter": (dots, "scatter"),
}


def picture_page(name: str) -> Any:
    """What makes the page of a picture in `DRAWN`."""
    draw, template = DRAWN[name]

    def make(edition: Edition, contest: Contest, form: ProtocolForm) -> Page:
        return edition.page(template, contest, form, shown=name, **draw(edition, contest, form))

    return make
