"""What every document is made of: its bytes, what it is found by, and a page around it."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from candidates.models import Election

#: Stations shown on one page of an area; the rest are on its next pages, each with an address.
STATIONS_PER_PAGE = 500
HTML = "text/html; charset=utf-8"


class UnknownAddress(LookupError):
    """Nothing was ever published at this address."""


@dataclass(frozen=True)
class Document:
    """What is answered at an address."""

    chunks: Iterable[bytes]
    content_type: str
    etag: str


@dataclass(frozen=True)
class InLanguage:
    """A part of a page that is another one in each language: made when the language is known."""

    make: Callable[[str], Any]


@dataclass(frozen=True)
class Page:
    """A page before its language is chosen: what was read for it serves every language.

    ``query`` is what the same page is asked with in another language: `?q=Stepanakert`.
    """

    template: str
    election: Election | None
    context: dict[str, Any] = field(default_factory=dict)
    query: str = ""

    def text(self, language: str, address: str = "") -> str:
        """The page in its language and in the election's time.

        It links to itself in the other languages; made for no ``address`` it lacks these links.
        """
        zone = ZoneInfo(self.election.time_zone if self.election else "UTC")
        with translation.override(language), timezone.override(zone):
            context = {
                "language": language,
                "languages": in_every_language(address and address + self.query),
                "election": self.election,
                "zone": str(zone),
            }
            for name, value in self.context.items():
                context[name] = value.make(language) if isinstance(value, InLanguage) else value
            return render_to_string(self.template, context)

    def document(self, language: str, address: str = "") -> Document:
        return document(self.text(language, address), HTML)


def in_every_language(address: str) -> list[tuple[str, str, str]]:
    """Code, own name and address of a page in each language: the language comes first in it."""
    if not address:
        return []
    _empty, _language, rest = address.split("/", 2)
    return [(code, name, f"/{code}/{rest}") for code, name in settings.LANGUAGES]


def absolute(name: str, *where: Any) -> str:
    """The address of a page or file as others write it; from the root where no site is set."""
    return settings.SITE + reverse(name, args=where)


def document(body: str, content_type: str) -> Document:
    content = body.encode()
    return Document([content], content_type, hashlib.sha256(content).hexdigest())


def streamed(lines: Iterable[str], content_type: str, *determined_by: object) -> Document:
    """A document too long to be held: its tag names what determines it."""
    etag = hashlib.sha256(repr(determined_by).encode()).hexdigest()
    return Document(encoded(lines), content_type, etag)


def encoded(chunks: Iterable[str]) -> Iterator[bytes]:
    return (chunk.encode() for chunk in chunks)
