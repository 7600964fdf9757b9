"""Find my polling station: by code, place or address."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from candidates.models import Contest
from tabulation.ledger import finding, reading
from tabulation.ledger.reading import Unit
from tabulation.public.document import Document, contest_in, find, made_for, page_of
from tabulation.public.pages.asking import LONGEST
from tabulation.public.pages.results import Result


def find_page(
    language: str, slug: str, contest: str, text: str, *, still: bool = False
) -> Document:
    """The stations and areas that ``text`` finds, and what to try when it finds none.

    ``still``: in a copy of the site that cannot search, which leads to the areas instead.
    """
    election, published = find(slug)
    of, paper = contest_in(published, contest)
    too_long = len(text) > LONGEST
    found = finding.find_stations(published, of, "" if still or too_long else text)
    context = {
        "contest": of,
        "paper": paper,
        "text": "" if too_long else text.replace("\0", "").strip(),
        "longest": LONGEST,
        "too_long": too_long,
        "found": found,
        "stations": [
            (Result(unit, paper), [found.places[pk] for pk in unit.lineage[_depth(of, unit) :]])
            for unit in found.stations
        ],
        "areas": _areas(published, of) if still or not found.stations else [],
        "still": still,
    }
    # In another language the same is asked.
    asked = f"?{urlencode({'q': context['text']})}" if context["text"] else ""
    with made_for(reverse("find", args=[language, slug, contest]) + asked):
        return page_of("public/find.html", language, election, context)


def _depth(contest: Contest, unit: Unit) -> int:
    """Where the areas below the head of the contest begin among those of a station."""
    return unit.lineage.index(contest.constituency.area_id) + 1


def _areas(published: Any, contest: Contest) -> list[Unit]:
    """The areas right below the head; the head itself where there are none."""
    head = reading.unit_of_head(published, contest)
    return reading.areas_below(published, contest, head.code) or [head]
