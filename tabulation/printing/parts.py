"""What every paper says of itself, and the tables that several papers have."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, NamedTuple, TypeVar

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from candidates.fields import translated
from candidates.models import Contest, Election
from tabulation.languages.formatting import spoken
from tabulation.ledger.status import status_of
from tabulation.models import Publication
from tabulation.printing import wording
from tabulation.printing.wording import name_of

#: Candidates in one table of areas or stations: as many as A4 has room for beside the rest.
CANDIDATES_IN_A_TABLE = 6


PDF = "application/pdf"
T = TypeVar("T")


class PrintedFile(NamedTuple):
    """A paper that is made: the name of its file, what it is, and its bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Volume(Generic[T]):
    """One of ``count`` files that a long paper is made of."""

    number: int
    count: int
    items: list[T]

    @property
    def is_last(self) -> bool:
        return self.number == self.count

    def named(self, name: str, language: str) -> str:
        """The name of its file: `president.annex.hy.02-of-20.pdf`."""
        if self.count == 1:
            return f"{name}.{language}.pdf"
        return f"{name}.{language}.{self.number:0{len(str(self.count))}}-of-{self.count}.pdf"

    def line(self) -> list[str]:
        """What its first page says of it; nothing where it is the only one."""
        if self.count == 1:
            return []
        values = {"volume": wording.figure(self.number), "volumes": wording.figure(self.count)}
        return [_("Volume %(volume)s of %(volumes)s") % values]


def volumes(items: Iterable[T], count: int, size: int) -> Iterator[Volume[T]]:
    """``items``, ``count`` in number, as volumes of ``size``: at least one, which may be empty."""
    rest = iter(items)
    of = max(1, -(-count // size))
    for number in range(1, of + 1):
        yield Volume(number, of, list(islice(rest, size)))


def frame(
    election: Election,
    title: str,
    subject: str,
    *,
    edition: str = "",
    node: str = "",
    node_label: str = "",
    address: str = "",
) -> dict[str, str]:
    """Head and foot of every page, inside `words.speaking`.

    ``subject``: what the paper is about, repeated on its next pages. ``edition``: the
    `publication_line` of what is published; ``node``: the hash it can be checked by, in hex;
    ``address``: where the same is published. Its code is printed where the site's own address is
    set: a code that leads nowhere helps nobody.
    """
    return {
        "title": title,
        "subject": subject,
        "language": spoken(),
        "commission": _("Central Electoral Commission"),
        "notice": translated(election.notice, election.notices, spoken()),
        "of": " · ".join(filter(None, [name_of(election), edition])),
        "root": wording.grouped(node),
        "root_label": node_label,
        "address": address,
        "qr": qr(address) if address.startswith("http") else "",
        # The typesetter knows the numbers.
        "page": _("Page %(page)s of %(pages)s") % {"page": "{page}", "pages": "{pages}"},
    }


def publication_line(published: Publication, contest: Contest) -> str:
    """`Publication 3, preliminary, partial`, with the decision's number where there is one: how far
    the contest is.
    """
    status = status_of(published, contest).label
    values = {"number": published.number, "status": status, "decision": published.decision}
    if published.decision:
        return _("Publication %(number)s, %(status)s, decision %(decision)s") % values
    return _("Publication %(number)s, %(status)s") % values


def absolute(name: str, *where: object) -> str:
    """A public address as paper writes it; it begins with `/` where no site is set."""
    return settings.SITE + reverse(name, args=where)


def signers(role: str, names: Sequence[str]) -> list[dict[str, str]]:
    """Rows to sign in: each with the role and a name, or an empty one to write it."""
    return [{"role": role, "name": name} for name in names]


def signing_words() -> dict[str, str]:
    return {"name": _("name"), "signature": _("signature")}


def qr(text: str) -> str:
    """``text`` as a QR code with 15 % of it spare, for paper that is folded or stained."""
    out = io.BytesIO()
    code = segno.make_qr(text, error="m")
    code.save(out, kind="svg", border=2, xmldecl=False, svgclass=None, lineclass=None)
    return out.getvalue().decode()
