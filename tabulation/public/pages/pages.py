"""The pages of an election's areas, stations and publications."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import history, hours, publications, reading
from tabulation.ledger.history import Version
from tabulation.ledger.reading import Unit
from tabulation.public import document
from tabulation.public.document import Page
from tabulation.public.edition import Edition
from tabulation.public.pages.mapping import mosaics_of
from tabulation.public.pages.results import Result

#: The public's verifier, at an address that never changes.
VERIFIER = f"{settings.STATIC_URL}verify.py"


def area_pages(
    edition: Edition, contest: Contest, form: ProtocolForm, codes: Sequence[str], page: int = 1
) -> Iterator[Page]:
    """Areas: their sums, the areas below, and their stations, `STATIONS_PER_PAGE` at a time. In the
    order of ``codes``; of an area without such a page none.
    """
    published, size = edition.published, document.STATIONS_PER_PAGE
    units = reading.areas(published, contest, codes)
    if not units:
        return
    inside = reading.inside(published, contest, units.values(), first=(page - 1) * size, most=size)
    turnout = hours.turnout_of_areas(published, contest, codes)
    drawn = [(unit, inside[code].count) for code, unit in units.items()]
    pictures = mosaics_of(edition, contest, form, drawn) if page == 1 else {}
    for code in codes:
        pages = max(1, -(-inside[code].count // size)) if code in units else 0
        if 1 <= page <= pages:
            yield edition.page(
                "area",
                contest,
                form,
                **_unit(edition, contest, form, units[code], turnout.get(code)),
                areas=[Result(area, form) for area in inside[code].areas],
                stations=[Result(station, form) for station in inside[code].stations],
                page=page,
                pages=range(1, pages + 1),
                picture=pictures.get(code),
                since=edition.publication(units[code].since),
            )


def station_pages(
    edition: Edition, contest: Contest, form: ProtocolForm, codes: Sequence[str]
) -> Iterator[Page]:
    """Stations: their lines as on paper, their checks with the reasons given, their turnout by the
    hour, and all that was ever published of them. In the order of ``codes``.
    """
    published = edition.published
    units = reading.stations(published, contest, codes)
    if not units:
        return
    turnout = hours.turnout_of_stations(published, contest, codes)
    versions = history.versions_of_stations(published, contest, codes)
    for code in filter(units.__contains__, codes):
        yield edition.page(
            "station",
            contest,
            form,
            **_unit(edition, contest, form, units[code], turnout.get(code)),
            since=versions[code][0],
            versions=[_version(form, version) for version in versions[code]],
            proof=reverse("proof", args=[edition.election.slug, contest.code, code]),
            verifier=VERIFIER,
        )


def _unit(
    edition: Edition, contest: Contest, form: ProtocolForm, unit: Unit, turnout: Any
) -> dict[str, Any]:
    """What the pages of areas and stations have in common."""
    return {
        "result": Result(unit, form),
        "path": edition.path_to(contest, unit),
        "turnout": turnout,
        "stands": max(unit.since, turnout.since if turnout else 0),
    }


def publications_page(edition: Edition) -> Page:
    """All publications of an election, with their files."""
    context = {
        "rows": publications.progress_of_publications(edition.election),
        "contests": [contest for contest, _form in edition.contests],
        "verifier": VERIFIER,
    }
    return Page("public/publications.html", edition.election, context)


def _version(form: ProtocolForm, version: Version) -> dict[str, Any]:
    figures = version.station.figures or form.blank
    return {
        "version": version,
        "voters": form.total("voters", figures),
        "valid": form.valid(figures),
    }
