"""Every public document, each declared once.

Addresses, answers, the OpenAPI description, the mirror, the copy of the site, the sitemap and what
tests walk are derived from this list. A new page is a declaration here, its function, its template.
Addresses are tried in this order.
"""

from tabulation.public import addresses as of
from tabulation.public.declaration import OTHERS, PAGE, Declaration, Turn, file, page
from tabulation.public.document import Document
from tabulation.public.edition import Edition, editions
from tabulation.public.files import openapi, sitemap
from tabulation.public.files.statement import JSON, XML
from tabulation.public.site.files import ABOUT, CHECKS, FILES, WITHOUT_DOCUMENT
from tabulation.public.site.pages import LISTS, PARTS, PEOPLE, PICTURES


def _openapi() -> Document:
    return openapi.openapi_json(DOCUMENTS)


def _sitemaps() -> Document:
    return sitemap.sitemaps(editions())


def _sitemap(edition: Edition, language: str) -> Document:
    return sitemap.sitemap(DOCUMENTS, edition, language)


#: What is made of the list itself.
OF_THE_LIST = (
    page(
        "sitemap",
        "<slug:slug>/sitemap.xml",
        _sitemap,
        "The pages of an election, for search engines",
        tag=OTHERS,
        media_type=XML,
        in_language=True,
    ),
    Declaration(
        "sitemaps",
        "sitemap.xml",
        _sitemaps,
        "The sitemaps of all elections, for search engines",
        media_type=XML,
        cache=PAGE,
        turn=Turn.LATER,
        addresses=of.of_the_site,
    ),
    file(
        "openapi",
        "openapi.json",
        _openapi,
        "This description",
        JSON,
        schema="OpenAPI",
        cache=PAGE,
        turn=Turn.LATER,
        addresses=of.of_the_program,
    ),
)
DOCUMENTS: tuple[Declaration, ...] = (
    *WITHOUT_DOCUMENT,
    *PEOPLE,
    *PARTS,
    *PICTURES,
    *LISTS,
    *OF_THE_LIST,
    *ABOUT,
    *CHECKS,
    *FILES,
)
