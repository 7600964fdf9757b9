"""What every paper says of itself, and the tables that several papers have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from candidates.fields import translated
from candidates.models import Election
from tabulation.printing import words
from tabulation.printing.qr import qr
from tabulation.printing.words import name_of
from tabulation.templatetags.results import spoken

#: Candidates in one table of areas or stations: as many as A4 has room for beside the rest.
CANDIDATES_IN_A_TABLE = 8


PDF = "application/pdf"


@dataclass(frozen=True)
class Paper:
    """A paper that is made: the name of its file, what it is, and its bytes."""

    name: str
    media_type: str
    content: bytes


def frame(
    election: Election,
    title: str,
    subject: str,
    *,
    published: Any = None,
    node: str = "",
    node_label: str = "",
    address: str = "",
) -> dict[str, str]:
    """Head and foot of every page, inside `words.speaking`.

    ``subject``: what the paper is about, repeated on its next pages. ``published``: the publication
    it is of, if it is of one; ``node``: the hash it can be checked by, in hexadecimal;
    ``address``: where the same is published. Its code is printed where the site's own address is
    set: a code that leads nowhere helps nobody.
    """
    of = [name_of(election)]
    if published is not None:
        of += [publication_line(published)]
    return {
        "title": title,
        "subject": subject,
        "language": spoken(),
        "commission": _("Central Electoral Commission"),
        "notice": translated(election.notice, election.notices, spoken()),
        "of": " · ".join(of),
        "root": words.grouped(node),
        "root_label": node_label,
        "address": address,
        "qr": qr(address) if address.startswith("http") else "",
        # The typesetter knows the numbers.
        "page": _("Page %(page)s of %(pages)s") % {"page": "{page}", "pages": "{pages}"},
    }


def publication_line(published: Any) -> str:
    """`Publication 3, preliminary, partial`, with the decision's number where there is one."""
    told = {"number": published.number, "status": published.get_status_display()}
    line = _("Publication %(number)s, %(status)s") % told
    if published.decision:
        line += ", " + _("decision %(number)s") % {"number": published.decision}
    return line


def absolute(name: str, *where: Any) -> str:
    """A public address as paper writes it; it begins with `/` where no site is set."""
    return settings.SITE + reverse(name, args=where)


def signers(role: str, names: Sequence[str]) -> list[dict[str, str]]:
    """Rows to sign in: each with the role and a name, or an empty one to write it."""
    return [{"role": role, "name": name} for name in names]


def signing_words() -> dict[str, str]:
    return {"name": _("name"), "signature": _("signature")}
