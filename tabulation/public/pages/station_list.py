"""Every polling station of a contest, filtered and sorted as the reader asks: a page and a CSV.

What was asked for comes as plain texts (`asking`), not as a request.
"""

from collections.abc import Mapping
from dataclasses import replace

from django.urls import reverse

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger.listing import Listing, areas_of
from tabulation.public.document import Document, Page, streamed
from tabulation.public.edition import Edition
from tabulation.public.files import wide
from tabulation.public.files.statement import CSV
from tabulation.public.pages.asking import FilterForm, Query
from tabulation.public.pages.station_table import Stations, StationTable, around_code, known

#: Areas that the form proposes, the largest first; each other can be typed.
PROPOSED = 100


def station_list(
    edition: Edition, contest: Contest, form: ProtocolForm, language: str, asked: Mapping[str, str]
) -> Page:
    """A page of the stations that match. What was asked and cannot be used is told, and ignored."""
    listing, filters, query = _asked(edition, contest, form, language, asked)
    slug = edition.election.slug
    table = StationTable(
        Stations(listing, around_code(language, slug, contest.code)),
        language=language,
        order=query.sort,
        page=_number(asked.get("page", "")),
    )
    address = query.address()
    if address == "?":
        # All of them are in a file that stays.
        address = ""
        csv = reverse("data-csv", args=[slug, edition.published.number, contest.code])
    else:
        csv = reverse("stations-csv", args=[language, slug, contest.code]) + address
    page = edition.page(
        "station_list",
        contest,
        form,
        form=filters,
        active=[(*filters.in_words(name), query.address(without=name)) for name in filters.active],
        proposed=listing.areas[1 : PROPOSED + 1],
        query=query,
        table=table,
        count=table.paginator.count,
        stations=edition.head(contest).stations,
        csv=csv,
        apart=bool(asked),
    )
    return replace(page, query=address)


def station_file(
    edition: Edition, contest: Contest, form: ProtocolForm, language: str, asked: Mapping[str, str]
) -> Document:
    """The stations that match as CSV, in the same order."""
    listing, _filters, query = _asked(edition, contest, form, language, asked)
    lines = wide.csv_lines(form, edition.election, listing.everything())
    where = (edition.election.slug, contest.code, *edition.now, query.address())
    return streamed(lines, CSV, wide.CSV_VERSION, *where)


def _number(text: str) -> int:
    """Of a page; the first for what is none. No list has as many pages as the largest."""
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 8 else 1


def _asked(
    edition: Edition, contest: Contest, form: ProtocolForm, language: str, asked: Mapping[str, str]
) -> tuple[Listing, FilterForm, Query]:
    """The stations, in their order; the filters, and what stands of both in an address."""
    areas = areas_of(contest)
    filters = FilterForm(asked, form=form, areas=areas, language=language)
    order = known(asked.get("sort", ""))
    query = Query(filters.active, "" if order == "code" else order)
    return Listing(edition.published, contest, form, areas, filters.wanted, order), filters, query
