"""An Atom feed of an election (RFC 4287): one entry a publication."""

from typing import Any

from candidates.models import Election
from tabulation.ledger import manifests, publications
from tabulation.public.document import Document, Page, absolute, document
from tabulation.public.edition import Edition
from tabulation.public.files.xml_ import FORBIDDEN

ATOM = "application/atom+xml; charset=utf-8"
#: Entries in a feed, the newest; older publications stay on the page of all publications.
MOST_ENTRIES = 100


def feed_xml(edition: Edition, language: str) -> Document:
    """Each publication with its number, status and stations counted, newest first.

    The ids are made of what never changes, and are those of one language: another's text is
    another entry.
    """
    election = edition.election
    rows = publications.progress_of_publications(election)[:MOST_ENTRIES]
    contests = [contest for contest, _form in edition.contests]
    feed_id = _tag(election, language)
    context = {
        "feed_id": feed_id,
        "self": absolute("feed", language, election.slug),
        "page": absolute("publications", language, election.slug),
        "updated": edition.published.published_at,
        "entries": [_entry(language, feed_id, contests, *row) for row in rows],
    }
    text = Page("public/feed.xml", election, context).text(language)
    return document(FORBIDDEN.sub("\ufffd", text), ATOM)


def _entry(
    language: str, feed_id: str, contests: list[Any], published: Any, done: int, expected: int
) -> dict[str, Any]:
    slug, number = published.election.slug, published.number
    between = (published.before, number)
    differences = [
        {
            "contest": contest,
            "address": absolute("difference", language, slug, contest.code, *between),
        }
        for contest in contests
        if published.before
    ]
    return {
        "id": f"{feed_id}/{number}",
        "publication": published,
        "done": done,
        "expected": expected,
        "page": absolute("publication", language, slug, number),
        "differences": differences,
    }


def _tag(election: Election, language: str) -> str:
    """A tag URI (RFC 4151) under the log's name, which the first publication fixed for ever."""
    authority = manifests.origin_of(election).split("/", 1)[0]
    day = election.polling_days[0].isoformat()
    return f"tag:{authority},{day}:{election.slug}/{language}/publications"
