"""The pages of an election's areas, stations and publications."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import history, hours, reading
from tabulation.ledger.history import Version
from tabulation.public import document
from tabulation.public.document import Document, UnknownAddress, contest_in, find, page_of, unit_in
from tabulation.public.pages.mapping import mosaic_of
from tabulation.public.pages.results import Result

#: The public's verifier, at an address that never changes.
VERIFIER = f"{settings.STATIC_URL}verify.py"


def area_page(
    language: str, slug: str, contest: str, code: str, page: int = 1, *, linked: bool = True
) -> Document:
    """An area: its sums, the areas below it, and its stations, `STATIONS_PER_PAGE` at a time.

    Where the stations have no pages of their own they are not ``linked``, but their proofs are.
    """
    election, published = find(slug)
    of, paper = contest_in(published, contest)
    unit = unit_in(reading.unit_of_area, published, of, code)
    if page < 1:
        raise UnknownAddress
    size = document.STATIONS_PER_PAGE
    stations, count = reading.stations_of(published, of, code, first=(page - 1) * size, most=size)
    pages = max(1, -(-count // size))
    if page > pages:
        raise UnknownAddress
    turnout = hours.turnout_of_area(published, of, code)
    context = {
        "contest": of,
        "paper": paper,
        "result": Result(unit, paper),
        "turnout": turnout,
        "stands": max(unit.since, turnout.since if turnout else 0),
        "path": reading.path_to(of, unit),
        "areas": _areas(published, of, paper, code),
        "stations": [Result(station, paper) for station in stations],
        "page": page,
        "pages": range(1, pages + 1),
        "bundle": None if linked else reverse("bundle", args=[slug, contest, code]),
        "since": reading.publication_or_none(election, unit.since),
        "picture": mosaic_of(published, of, paper, language, unit, count) if page == 1 else None,
    }
    return page_of("public/area.html", language, election, context)


def station_page(language: str, slug: str, contest: str, code: str) -> Document:
    """A station: its lines as on paper, its checks with the reasons given, its turnout by the hour,
    and all that was ever published of it.
    """
    election, published = find(slug)
    of, paper = contest_in(published, contest)
    unit = unit_in(reading.unit_of_station, published, of, code)
    turnout = hours.turnout_of_station(published, of, code)
    versions = history.versions_of_station(published, of, code)
    context = {
        "contest": of,
        "paper": paper,
        "result": Result(unit, paper),
        "path": reading.path_to(of, unit),
        "turnout": turnout,
        "stands": max(unit.since, turnout.since if turnout else 0),
        "versions": [_version(paper, version) for version in versions],
        "since": versions[0],
        "proof": reverse("proof", args=[slug, contest, code]),
        "verifier": VERIFIER,
    }
    return page_of("public/station.html", language, election, context)


def publications_page(language: str, slug: str) -> Document:
    """All publications of an election, with their files."""
    election, published = find(slug)
    contests = [contest for contest, _paper in reading.published_contests(published)]
    context = {
        "rows": reading.progress_of_publications(election),
        "contests": contests,
        "verifier": VERIFIER,
    }
    return page_of("public/publications.html", language, election, context)


def _version(paper: ProtocolForm, version: Version) -> dict[str, Any]:
    figures = version.station.figures or paper.blank
    return {
        "version": version,
        "voters": paper.total("voters", figures),
        "valid": paper.valid(figures),
    }


def _areas(published: Any, contest: Contest, paper: ProtocolForm, code: str) -> list[Result]:
    return [Result(unit, paper) for unit in reading.areas_below(published, contest, code)]
