"""The pages of pictures: maps and mosaics, results through the night, turnout against share."""

from typing import Any
from zoneinfo import ZoneInfo

from tabulation.public.document import Document, contest_in, find, page_of
from tabulation.public.pages.courses import dots_of, night_of
from tabulation.public.pages.mapping import picture_of


def map_page(language: str, slug: str, contest: str, *, turnout: bool = False) -> Document:
    """Who leads where and by how much, or how many took part: a map, or a mosaic of stations."""
    election, published = find(slug)
    of, paper = contest_in(published, contest)
    context = _shown("map-turnout" if turnout else "map", published, of, paper)
    context["picture"] = picture_of(published, of, paper, language, turnout=turnout)
    context["turnout"] = turnout
    return page_of("public/map.html", language, election, context)


def night_page(language: str, slug: str, contest: str) -> Document:
    """The stations counted and the first candidates' shares, publication by publication."""
    election, published = find(slug)
    of, paper = contest_in(published, contest)
    context = _shown("night", published, of, paper)
    context["night"] = night_of(published, of, paper, ZoneInfo(election.time_zone))
    return page_of("public/night.html", language, election, context)


def scatter_page(language: str, slug: str, contest: str) -> Document:
    """Each station by its turnout and by the share of the candidate with most votes."""
    election, published = find(slug)
    of, paper = contest_in(published, contest)
    context = _shown("scatter", published, of, paper)
    context["dots"] = dots_of(published, of, paper)
    return page_of("public/scatter.html", language, election, context)


def _shown(name: str, published: Any, contest: Any, paper: Any) -> dict[str, Any]:
    return {"shown": name, "publication": published, "contest": contest, "paper": paper}
