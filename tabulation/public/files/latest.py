"""What is newest."""

import json

from tabulation.public.document import Document, document, find


def latest_json(slug: str) -> Document:
    """The number, time and status of the newest publication, in under 300 bytes."""
    _election, published = find(slug)
    body = json.dumps(
        {
            "publication": published.number,
            "published_at": published.published_at.isoformat(timespec="seconds"),
            "status": published.status,
        }
    )
    return document(body, "application/json")
