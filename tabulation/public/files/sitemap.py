"""The sitemap (sitemaps.org, version 0.9): which pages there are, for search engines."""

from collections.abc import Iterable, Iterator
from itertools import islice
from xml.sax.saxutils import escape

from django.conf import settings
from django.urls import reverse

from tabulation.public.declaration import PAGES, Declaration, Turn, addresses_in
from tabulation.public.document import Document, absolute, document
from tabulation.public.edition import Edition
from tabulation.public.files.statement import XML
from tabulation.public.files.xml_ import DECLARATION

NAMES = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
#: Addresses in one file: more, no search engine reads.
MOST = 50_000
LISTED = (Turn.HOT, Turn.AREAS, Turn.LATER)


def sitemaps(editions: list[Edition]) -> Document:
    """Where the sitemaps of all elections are, one for each language."""
    places = [
        absolute("sitemap", code, edition.election.slug)
        for edition in editions
        for code, _name in settings.LANGUAGES
    ]
    lines = (f"<sitemap><loc>{escape(place)}</loc></sitemap>\n" for place in places)
    return document(f"{DECLARATION}<sitemapindex {NAMES}>\n{''.join(lines)}</sitemapindex>\n", XML)


def sitemap(documents: Iterable[Declaration], edition: Edition, language: str) -> Document:
    """The pages of an election in one language; of stations those of a list, and not each."""
    places = islice(_places(documents, edition, language), MOST)
    lines = (f"<url><loc>{escape(settings.SITE + place)}</loc></url>\n" for place in places)
    return document(f"{DECLARATION}<urlset {NAMES}>\n{''.join(lines)}</urlset>\n", XML)


def _places(documents: Iterable[Declaration], edition: Edition, language: str) -> Iterator[str]:
    common = {"language": language, "slug": edition.election.slug}
    for declared in documents:
        if declared.tag != PAGES or declared.turn not in LISTED or "slug" not in declared.parts:
            continue
        if declared.stations:
            continue
        for contest, address in addresses_in(edition, declared, 0):
            where = {**common, "contest": contest} if contest else common
            yield reverse(declared.name, kwargs={**where, **address.parts})
