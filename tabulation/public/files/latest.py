"""What is newest."""

import json

from tabulation.public.document import Document, document
from tabulation.public.edition import Edition


def latest_json(edition: Edition) -> Document:
    """The number, time and status of the newest publication, in under 300 bytes."""
    published = edition.published
    body = json.dumps(
        {
            "publication": published.number,
            "published_at": published.published_at.isoformat(timespec="seconds"),
            "status": published.status,
        }
    )
    return document(body, "application/json")
