"""The pages of pictures: maps and mosaics, results through the night, turnout against share."""

from typing import Any
from zoneinfo import ZoneInfo

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.public.document import Page
from tabulation.public.edition import Edition
from tabulation.public.pages.courses import dots_of, night_of
from tabulation.public.pages.mapping import picture_of


def map_page(edition: Edition, contest: Contest, paper: ProtocolForm) -> Page:
    """Who leads where and by how much: a map, or a mosaic of stations."""
    return _map(edition, contest, paper, turnout=False)


def map_of_turnout(edition: Edition, contest: Contest, paper: ProtocolForm) -> Page:
    """How many took part, by place."""
    return _map(edition, contest, paper, turnout=True)


def _map(edition: Edition, contest: Contest, paper: ProtocolForm, *, turnout: bool) -> Page:
    shown = {"picture": picture_of(edition, contest, paper, turnout=turnout), "turnout": turnout}
    return _page("map", "map-turnout" if turnout else "map", edition, contest, paper, shown)


def night_page(edition: Edition, contest: Contest, paper: ProtocolForm) -> Page:
    """The stations counted and the first candidates' shares, publication by publication."""
    night = night_of(edition, contest, paper, ZoneInfo(edition.election.time_zone))
    return _page("night", "night", edition, contest, paper, {"night": night})


def scatter_page(edition: Edition, contest: Contest, paper: ProtocolForm) -> Page:
    """Each station by its turnout and by the share of the candidate with most votes."""
    dots = dots_of(edition, contest, paper)
    return _page("scatter", "scatter", edition, contest, paper, {"dots": dots})


def _page(
    template: str,
    shown: str,
    edition: Edition,
    contest: Contest,
    paper: ProtocolForm,
    picture: dict[str, Any],
) -> Page:
    context = {
        "shown": shown,
        "publication": edition.published,
        "contest": contest,
        "paper": paper,
        **picture,
    }
    return Page(f"public/{template}.html", edition.election, context)
