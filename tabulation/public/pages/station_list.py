"""Every polling station of a contest, filtered and sorted as the reader asks: a page and a CSV.

What was asked for comes as plain texts (`asking`), not as a request.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import reading
from tabulation.ledger.listing import Listing, areas_of
from tabulation.public.document import Document, contest_in, encoded, find, made_for, page_of
from tabulation.public.files import wide
from tabulation.public.pages.asking import FilterForm, Query
from tabulation.public.pages.station_table import Rows, StationTable, around_code, known

#: Areas that the form proposes, the largest first; each other can be typed.
PROPOSED = 100


@dataclass(frozen=True)
class Asked:
    """A contest as published, and what is asked of its stations."""

    election: Election
    published: Any
    contest: Contest
    paper: ProtocolForm
    areas: list[Any]
    form: FilterForm
    query: Query

    @property
    def listing(self) -> Listing:
        return Listing(
            self.published,
            self.contest,
            self.paper,
            self.areas,
            self.form.wanted,
            self.query.sort or "code",
        )

    @property
    def page(self) -> str:
        """Where exactly these stations are, in this language."""
        slug, contest = self.election.slug, self.contest.code
        query = self.query.address()
        page = reverse("stations", args=[self.form.language, slug, contest])
        return page if query == "?" else page + query

    @property
    def csv(self) -> str:
        """Where exactly these stations are as CSV; all of them are in a file that stays."""
        slug, contest = self.election.slug, self.contest.code
        query = self.query.address()
        if query == "?":
            return reverse("data-csv", args=[slug, self.published.number, contest])
        return reverse("stations-csv", args=[self.form.language, slug, contest]) + query


def station_list(
    language: str,
    slug: str,
    contest: str,
    said: Mapping[str, str],
    *,
    still: bool = False,
    linked: bool = True,
) -> Document:
    """A page of the stations that match. What was said and cannot be used is told, and ignored.

    ``still``: in a copy of the site that cannot filter or sort. Where the stations have no pages of
    their own they are not ``linked``.
    """
    asked = _asked(language, slug, contest, said)
    areas = {area.pk: area for area in asked.areas}
    pages = around_code(language, slug, contest) if linked else None
    table = StationTable(
        Rows(asked.listing, asked.paper, areas, pages),
        language=language,
        order=asked.query.sort,
        page=_number(said.get("page", "")),
    )
    form = asked.form
    context = {
        "contest": asked.contest,
        "paper": asked.paper,
        "publication": asked.published,
        "form": form,
        "active": [(*form.told(name), asked.query.address(without=name)) for name in form.active],
        "proposed": asked.areas[1 : PROPOSED + 1],
        "query": asked.query,
        "table": table,
        "count": table.paginator.count,
        "stations": reading.unit_of_head(asked.published, asked.contest).stations,
        "csv": asked.csv,
        "still": still,
        "apart": bool(said),
    }
    with made_for(asked.page):
        return page_of("public/station_list.html", language, asked.election, context)


def station_file(language: str, slug: str, contest: str, said: Mapping[str, str]) -> Document:
    """The stations that match as CSV, in the same order. Its tag names what determines it."""
    asked = _asked(language, slug, contest, said)
    chunks = wide.csv_lines(asked.paper, asked.election, asked.listing.everything())
    made_of = [
        wide.CSV_VERSION,
        slug,
        contest,
        asked.published.number,
        asked.published.published_at.isoformat(),
        asked.query.address(),
    ]
    etag = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
    return Document(encoded(chunks), "text/csv; charset=utf-8", etag)


def _number(text: str) -> int:
    """Of a page; the first for what is none. No list has as many pages as the largest."""
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 8 else 1


def _asked(language: str, slug: str, contest: str, said: Mapping[str, str]) -> Asked:
    election, published = find(slug)
    of, paper = contest_in(published, contest)
    areas = areas_of(of)
    form = FilterForm(said, paper=paper, areas=areas, language=language)
    order = known(said.get("sort", ""))
    query = Query(form.active, "" if order == "code" else order)
    return Asked(election, published, of, paper, areas, form, query)
