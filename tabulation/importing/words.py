"""Which words no election, contest or place may be called by: the site's addresses use them.

They are read from the routes, so a new page takes its word by itself.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import URLResolver, get_resolver

#: A part of an address that a name stands in: `<slug:contest>`.
PARAMETER = re.compile(r"<[^>]*>")
#: Of a code that would be a file's name, or a folder's where the mirror has a file, as PostgreSQL
#: reads it: `proof/A.json` is the proof of A, so `A.json/B` cannot have one.
FILE_NAME = r"(^|/)index\.html|\.(gz|json|pdf)(/|$)"


@cache
def taken() -> frozenset[str]:
    """The words of all addresses, the names of their files without endings, and the languages."""
    static = settings.STATIC_URL.strip("/")
    languages = (code for code, _name in settings.LANGUAGES)
    words = (word for route in _routes(get_resolver()) for word in _words(route))
    return frozenset({static, *languages, *words} - {""})


def _routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    found: Any
    for found in resolver.url_patterns:
        route = f"{before}{found.pattern}"
        if isinstance(found, URLResolver):
            yield from _routes(found, route)
        else:
            yield route


def _words(route: str) -> Iterator[str]:
    for segment in PARAMETER.sub("", route).split("/"):
        yield segment.partition(".")[0]
