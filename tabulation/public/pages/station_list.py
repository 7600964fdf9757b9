"""Every polling station of a contest, filtered and sorted as the reader asks: a page and a CSV.

What was asked for comes as plain texts (`asking`), not as a request.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True)
class Asked:
    """A contest of an edition, and what is asked of its stations."""

    edition: Edition
    contest: Contest
    form: ProtocolForm
    areas: list[Any]
    filters: FilterForm
    query: Query

    @property
    def listing(self) -> Listing:
        return Listing(
            self.edition.published,
            self.contest,
            self.form,
            self.areas,
            self.filters.wanted,
            self.query.sort or "code",
        )

    @property
    def csv(self) -> str:
        """Where exactly these stations are as CSV; all of them are in a file that stays."""
        slug, contest = self.edition.election.slug, self.contest.code
        query = self.query.address()
        if query == "?":
            return reverse("data-csv", args=[slug, self.edition.published.number, contest])
        return reverse("stations-csv", args=[self.filters.language, slug, contest]) + query


def station_list(
    edition: Edition, contest: Contest, form: ProtocolForm, language: str, asked: Mapping[str, str]
) -> Page:
    """A page of the stations that match. What was asked and cannot be used is told, and ignored."""
    found = _asked(edition, contest, form, language, asked)
    addresses = around_code(language, edition.election.slug, contest.code)
    table = StationTable(
        Stations(found.listing, addresses),
        language=language,
        order=found.query.sort,
        page=_number(asked.get("page", "")),
    )
    filters, query = found.filters, found.query
    context = {
        "contest": contest,
        "protocol_form": form,
        "publication": edition.published,
        "form": filters,
        "active": [(*filters.told(name), query.address(without=name)) for name in filters.active],
        "proposed": found.areas[1 : PROPOSED + 1],
        "query": query,
        "table": table,
        "count": table.paginator.count,
        "stations": edition.head(contest).stations,
        "csv": found.csv,
        "apart": bool(asked),
    }
    address = query.address()
    return Page(
        "public/station_list.html", edition.election, context, "" if address == "?" else address
    )


def station_file(
    edition: Edition, contest: Contest, form: ProtocolForm, language: str, asked: Mapping[str, str]
) -> Document:
    """The stations that match as CSV, in the same order."""
    found = _asked(edition, contest, form, language, asked)
    lines = wide.csv_lines(form, edition.election, found.listing.everything())
    where = (edition.election.slug, contest.code, *edition.now, found.query.address())
    return streamed(lines, CSV, wide.CSV_VERSION, *where)


def _number(text: str) -> int:
    """Of a page; the first for what is none. No list has as many pages as the largest."""
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 8 else 1


def _asked(
    edition: Edition, contest: Contest, form: ProtocolForm, language: str, asked: Mapping[str, str]
) -> Asked:
    areas = areas_of(contest)
    filters = FilterForm(asked, form=form, areas=areas, language=language)
    order = known(asked.get("sort", ""))
    query = Query(filters.active, "" if order == "code" else order)
    return Asked(edition, contest, form, areas, filters, query)
