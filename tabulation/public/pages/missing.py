"""What is said where nothing is: which part of the address is wrong, and the way on."""

import re
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from candidates.models import Contest, Election
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import reading
from tabulation.public.document import Document, Page
from tabulation.public.pages.embeds import PARTS

Where = dict[str, Any]
#: What can name an election: the path of any other address may hold anything.
SLUG = re.compile("[-a-zA-Z0-9_]{1,60}")
#: So many characters of what was asked for are repeated.
SHOWN = 60


def missing_page(path: str, where: Where | None) -> Document:
    """The page for an address that has nothing: in its language, if it begins with one.

    ``path`` as it was asked for; ``where`` are the parts of its address (`slug`, `contest`,
    `code` ...), or nothing when it has the form of no page of this site.
    """
    words = path.strip("/").split("/")
    bare = words[0] == "embed"
    if bare:
        words = words[1:]
    known = [code for code, _name in settings.LANGUAGES]
    language = words[0] if words and words[0] in known else "en"
    election, published = _election([(where or {}).get("slug", ""), *words[1:2], *words[:1]])
    contests = reading.published_contests(published) if published else []
    with translation.override(language):
        why = _why(where, election, published, contests)
    context = {
        "why": why,
        "base": "public/bare.html" if bare else "public/base.html",
        "bare": bare,
        "contests": contests,
        "publication": published,
        "known_languages": [] if language in words[:1] else list(settings.LANGUAGES),
    }
    return Page("public/missing.html", election, context).document(language)


def _election(names: list[str]) -> tuple[Election | None, Any]:
    """The first of ``names`` that has anything published, and its newest publication."""
    for name in dict.fromkeys(names):
        election = reading.election_or_none(name) if SLUG.fullmatch(name) else None
        published = reading.latest(election) if election else None
        if published:
            return election, published
    return None, None


def _why(
    where: Where | None,
    election: Election | None,
    published: Any,
    contests: list[tuple[Contest, ProtocolForm]],
) -> str:
    """In one sentence, the first part of the address that names nothing."""
    if where is None:
        return _("This site has no page or file with an address like this one.")
    if election is None or published is None:
        if "slug" not in where:
            return _("The address may contain a mistake, or nothing is published there yet.")
        return _(
            "This site has no election “%(name)s”, or the election has no publication yet."
        ) % {"name": _cut(where["slug"])}
    for key in ("number", "earlier", "later"):
        if key in where and not reading.publication_or_none(election, where[key]):
            return _(
                "This election has no publication %(number)s. The newest is publication %(newest)s."
            ) % {
                "number": _cut(where[key]),
                "newest": published.number,
            }
    return _why_in_a_contest(where, published, contests)


def _why_in_a_contest(
    where: Where, published: Any, contests: list[tuple[Contest, ProtocolForm]]
) -> str:
    code = where.get("contest")
    contest = next((contest for contest, _paper in contests if contest.code == code), None)
    if code is not None and contest is None:
        return _("This election has no contest “%(name)s”.") % {"name": _cut(code)}
    if contest is not None and "code" in where and not _is_there(published, contest, where["code"]):
        return _("This contest has no area or polling station with the code “%(code)s”.") % {
            "code": _cut(where["code"])
        }
    if "what" in where and where["what"] not in PARTS:
        return _("This site has no part “%(name)s” for other people's pages.") % {
            "name": _cut(where["what"])
        }
    return _("The address may contain a mistake, or nothing is published there yet.")


def _is_there(published: Any, contest: Contest, code: str) -> bool:
    return any(find(published, contest, [code]) for find in (reading.areas, reading.stations))


def _cut(asked: object) -> str:
    text = str(asked)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
