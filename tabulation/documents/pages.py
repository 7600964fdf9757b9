"""The pages of the archive, an election, its areas, stations and publications."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from candidates.models import Contest
from tabulation import publication
from tabulation.documents import catalogue, common
from tabulation.documents.common import (
    Document,
    UnknownAddress,
    contest_in,
    find,
    page_of,
    unit_in,
)
from tabulation.documents.results import Result
from tabulation.paper import Paper

#: The public's verifier, at an address that never changes.
VERIFIER = f"{settings.STATIC_URL}verify.py"


def archive(language: str) -> Document:
    """The elections with anything published."""
    elections = list(publication.elections_published())
    return page_of("public/archive.html", language, None, {"elections": elections})


def election_page(language: str, slug: str, number: int | None = None) -> Document:
    """The whole country: each contest's result and its areas; of a past publication by number."""
    election, published = find(slug, number)
    parts = []
    contests = publication.published_contests(published)
    for contest, paper in contests:
        head = publication.unit_of_head(published, contest)
        parts.append(
            {
                "contest": contest,
                "paper": paper,
                "result": Result(head, paper),
                "areas": _areas(published, contest, paper, head.code),
                "has_stations": publication.has_stations(published, contest, head.code),
            }
        )
    current = number is None
    with translation.override(language):
        dataset = catalogue.schema_org(language, published, contests) if current else ""
    context = {
        "publication": published,
        "parts": parts,
        "current": current,
        "dataset": dataset,
    }
    return page_of("public/election.html", language, election, context)


def area_page(
    language: str, slug: str, contest: str, code: str, page: int = 1, *, linked: bool = True
) -> Document:
    """An area: its sums, the areas below it, and its stations, `STATIONS_PER_PAGE` at a time.

    Where the stations have no pages of their own they are not ``linked``, but their proofs are.
    """
    election, published = find(slug)
    of, paper = contest_in(published, contest)
    unit = unit_in(publication.unit_of_area, published, of, code)
    if page < 1:
        raise UnknownAddress
    size = common.STATIONS_PER_PAGE
    stations, count = publication.stations_of(
        published, of, code, first=(page - 1) * size, most=size
    )
    pages = max(1, -(-count // size))
    if page > pages:
        raise UnknownAddress
    context = {
        "contest": of,
        "paper": paper,
        "result": Result(unit, paper),
        "path": publication.path_to(of, unit),
        "areas": _areas(published, of, paper, code),
        "stations": [Result(station, paper) for station in stations],
        "page": page,
        "pages": range(1, pages + 1),
        "bundle": None if linked else reverse("bundle", args=[slug, contest, code]),
        "since": publication.publication_or_none(election, unit.since),
    }
    return page_of("public/area.html", language, election, context)


def station_page(language: str, slug: str, contest: str, code: str) -> Document:
    """A station: its lines as on paper, its checks, and since when it stands unchanged."""
    election, published = find(slug)
    of, paper = contest_in(published, contest)
    unit = unit_in(publication.unit_of_station, published, of, code)
    context = {
        "contest": of,
        "paper": paper,
        "result": Result(unit, paper),
        "path": publication.path_to(of, unit),
        "since": publication.publication_or_none(election, unit.since),
        "proof": reverse("proof", args=[slug, contest, code]),
        "verifier": VERIFIER,
    }
    return page_of("public/station.html", language, election, context)


def publications_page(language: str, slug: str) -> Document:
    """All publications of an election, with their files."""
    election, published = find(slug)
    contests = [contest for contest, _paper in publication.published_contests(published)]
    context = {
        "rows": publication.progress_of_publications(election),
        "contests": contests,
        "verifier": VERIFIER,
    }
    return page_of("public/publications.html", language, election, context)


def _areas(published: Any, contest: Contest, paper: Paper, code: str) -> list[Result]:
    return [Result(unit, paper) for unit in publication.areas_below(published, contest, code)]
