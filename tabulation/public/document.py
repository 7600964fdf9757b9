"""What every document is made of: its form, what it is found by, and a page around it."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import reading
from tabulation.ledger.reading import Unit, UnknownUnit

#: Stations shown on one page of an area; the rest are on its next pages, each with an address.
STATIONS_PER_PAGE = 500

_address: ContextVar[str] = ContextVar("address", default="")


class UnknownAddress(LookupError):
    """Nothing was ever published at this address."""


@dataclass(frozen=True)
class Document:
    """What is answered at an address. ``immutable``: it will never be anything else."""

    chunks: Iterable[bytes]
    content_type: str
    etag: str
    immutable: bool = False


def encoded(chunks: Iterator[str]) -> Iterator[bytes]:
    return (chunk.encode() for chunk in chunks)


def find(slug: str, number: int | None = None) -> tuple[Election, Any]:
    """An election and a publication of it, the latest by default. Raises UnknownAddress."""
    election = reading.election_or_none(slug)
    if election is None:
        raise UnknownAddress
    found = (
        reading.latest(election)
        if number is None
        else reading.publication_or_none(election, number)
    )
    if found is None:
        raise UnknownAddress
    return election, found


def contest_in(published: Any, code: str) -> tuple[Contest, ProtocolForm]:
    """A contest of a publication, with its form there. Raises UnknownAddress."""
    for contest, paper in reading.published_contests(published):
        if contest.code == code:
            return contest, paper
    raise UnknownAddress


def unit_in(find: Any, published: Any, contest: Contest, code: str) -> Unit:
    try:
        unit: Unit = find(published, contest, code)
    except UnknownUnit:
        raise UnknownAddress from None
    return unit


def absolute(name: str, *where: Any) -> str:
    """The address of a page or file as others write it; from the root where no site is set."""
    return settings.SITE + reverse(name, args=where)


@contextmanager
def made_for(address: str) -> Iterator[None]:
    """What is made inside is the document of ``address``: `/hy/nkr-2012/`, quoted as in links.

    A page links to itself in the other languages; made for no address it lacks these links.
    """
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


def in_every_language(address: str) -> list[tuple[str, str, str]]:
    """Code, own name and address of a page in each language: the language comes first in it."""
    if not address:
        return []
    _empty, _language, rest = address.split("/", 2)
    return [(code, name, f"/{code}/{rest}") for code, name in settings.LANGUAGES]


def page_of(
    template: str, language: str, election: Election | None, context: dict[str, Any]
) -> Document:
    return document(rendered(template, language, election, context), "text/html; charset=utf-8")


def rendered(
    template: str, language: str, election: Election | None, context: dict[str, Any]
) -> str:
    """A template in its language and in the election's time. `made_for` says where it stands."""
    zone = ZoneInfo(election.time_zone) if election else ZoneInfo("UTC")
    languages = in_every_language(_address.get())
    shown = {
        "language": language,
        "languages": languages,
        "election": election,
        "zone": str(zone),
        **context,
    }
    with translation.override(language), timezone.override(zone):
        return render_to_string(template, shown)


def document(body: str, content_type: str, *, immutable: bool = False) -> Document:
    content = body.encode()
    return Document([content], content_type, hashlib.sha256(content).hexdigest(), immutable)
