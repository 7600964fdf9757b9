"""What is declared of a public document, once: everything that has to know its address reads it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from tabulation.ledger.reading import UnknownUnit
from tabulation.public.document import HTML, Document, Page, UnknownAddress
from tabulation.public.edition import Edition

#: How long it may be kept by browsers and caches on the way.
PAGE = "public, max-age=10, stale-while-revalidate=60, stale-if-error=86400"
ASKED = "public, max-age=10"
NEWEST = "public, max-age=1"
#: A file of a publication. It stays as it is, but what names people must be removable everywhere.
FILE = "public, max-age=3600"
#: Figures, codes and hashes alone: nobody will ever have to remove them.
FOR_EVER = "public, max-age=31536000, immutable"

#: A part of an address, as routes write it.
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
FEW, MANY = "few", "many"
PAGES, DATA, PROOFS, OTHERS = "pages", "data", "proofs", "embeds"


class Turn(IntEnum):
    """When the mirror makes a document, after a publication: the lowest first."""

    #: Asked for most: out together with the number of the publication.
    HOT = 1
    #: The number itself, after the pages that it announces.
    NUMBER = 2
    AREAS = 3
    LATER = 4
    #: Made where somebody asks for it, and in a copy of the whole site.
    WHEN_ASKED = 5
    #: Depends on what is asked behind the question mark: by Django alone.
    NEVER = 6


@dataclass(frozen=True)
class Address:
    """One document of a declaration: the parts of its address besides language, election and
    contest, and what it depends on. While that is the same, so is the document.

    ``past``: of a publication that is not the newest; a copy keeps it where it has it.
    """

    parts: dict[str, Any] = field(default_factory=dict)
    on: tuple[Any, ...] = ()
    past: bool = False


def with_each_publication(edition: Edition, *_contest: Any) -> Iterator[Address]:
    """The one document of an election or contest, made anew with each publication."""
    yield Address({}, edition.now)


@dataclass(frozen=True)
class Declaration:
    """A page or file, or all that differ in parts of their address alone.

    ``make`` gets an `Edition` where the path names an election, a contest and its form where it
    names one, then the other parts of the path by their names; with ``in_language`` the language,
    too, and with a ``query`` what was asked, as ``asked``. It returns a `Document`, or a `Page`,
    which is answered in the language of the address. Raises UnknownAddress or UnknownUnit.

    ``addresses`` gets the same (of documents of no election all editions), and yields the documents
    that there are. ``many`` makes those of many units of a contest, by their codes, with a
    constant number of statements. ``stations``: the mirror has it of contests with `FEW` or with
    `MANY` stations alone.
    """

    name: str
    path: str
    make: Callable[..., Document | Page]
    summary: str
    tag: str = DATA
    media_type: str = HTML
    schema: str = ""
    cache: str = FILE
    turn: Turn = Turn.WHEN_ASKED
    addresses: Callable[..., Iterable[Address]] = with_each_publication
    many: Callable[..., Iterator[Document | Page]] | None = None
    stations: str = ""
    in_language: bool = False
    framed: bool = False
    #: Whether a copy makes it of past publications, too; of others it keeps what it has.
    past: bool = False
    #: Whether the signed list of files has its hash: a file made after its publication.
    bound: bool = False
    #: Names of the parameters behind the question mark that it looks at.
    query: tuple[str, ...] = ()
    #: What is asked in the examples that tests walk.
    asked: tuple[str, ...] = ("",)

    @property
    def parts(self) -> list[str]:
        """The names of the parts of its address."""
        return PARAMETER.findall(self.path)


def addresses_in(
    edition: Edition, declared: Declaration, few: int
) -> Iterator[tuple[str, Address]]:
    """The documents of an edition: the code of the contest of each, or nothing, and the address.

    A contest has `FEW` stations up to ``few``.
    """
    if "contest" not in declared.parts:
        yield from (("", address) for address in declared.addresses(edition))
        return
    for contest, form in edition.contests:
        if declared.stations:
            size = FEW if edition.head(contest).stations <= few else MANY
            if declared.stations != size:
                continue
        for address in declared.addresses(edition, contest, form):
            yield contest.code, address


def page(name: str, path: str, make: Any, summary: str, **more: Any) -> Declaration:
    """A page for people: below its language."""
    more = {"tag": PAGES, "cache": PAGE, "turn": Turn.LATER, **more}
    return Declaration(name, f"<language:language>/{path}", make, summary, **more)


def embed(name: str, path: str, make: Any, summary: str, **more: Any) -> Declaration:
    """A part of a page for other people's frames."""
    more = {"tag": OTHERS, "cache": PAGE, "turn": Turn.LATER, "framed": True, **more}
    return Declaration(name, f"embed/<language:language>/{path}", make, summary, **more)


def file(
    name: str, path: str, make: Any, summary: str, media_type: str, **more: Any
) -> Declaration:
    """A file for programs."""
    return Declaration(name, f"data/{path}", make, summary, media_type=media_type, **more)


def one_of(many: Callable[..., Iterator[Any]]) -> Callable[..., Any]:
    """What makes the document of one unit, where ``many`` makes those of some."""

    def make(edition: Edition, contest: Any, form: Any, code: str, **more: Any) -> Any:
        for found in many(edition, contest, form, [code], **more):
            return found
        raise UnknownAddress

    return make


def read(
    declared: Declaration,
    parts: dict[str, Any],
    *,
    newest: Edition | None = None,
    asked: dict[str, str] | None = None,
) -> Document | Page:
    """What is at an address with these parts. Raises UnknownAddress.

    ``newest`` is the newest edition of the election, where whoever asks has it.
    """
    rest = dict(parts)
    language = rest.pop("language", "")
    before: list[Any] = []
    if "slug" in rest:
        slug, number = rest.pop("slug"), rest.pop("number", rest.get("later"))
        if newest is None:
            edition = Edition.of(slug, number)
        else:
            edition = newest if number is None else newest.at(number)
        before.append(edition)
        if "contest" in rest:
            before += edition.contest(rest.pop("contest"))
    if declared.in_language:
        rest["language"] = language
    if declared.query:
        rest["asked"] = asked or {}
    try:
        return declared.make(*before, **rest)
    except UnknownUnit:
        raise UnknownAddress from None


def answer(found: Document | Page, language: str, address: str) -> Document:
    """The document that is answered at an address, where ``found`` was read."""
    return found.document(language, address) if isinstance(found, Page) else found
