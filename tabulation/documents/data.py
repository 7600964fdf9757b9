"""The files of a publication, and what is newest."""

import hashlib
import json

from tabulation import exporting, publication
from tabulation.documents.common import Document, contest_in, document, encoded, find


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


def data_file(slug: str, number: int, contest: str, kind: str) -> Document:
    """``json``: the sums of every area; ``csv``: one row a station. Immutable, for ever.

    The CSV's tag names what determines it, a closed publication and the table's version, so that
    a hundred thousand rows need not be read to say "not modified".
    """
    _election, published = find(slug, number)
    of, paper = contest_in(published, contest)
    if kind == "csv":
        chunks = exporting.as_csv(published, of, paper)
        time = published.published_at.isoformat()
        name = f"{exporting.CSV_VERSION}/{slug}/{number}/{contest}/{time}"
        etag = hashlib.sha256(name.encode()).hexdigest()
        return Document(encoded(chunks), "text/csv; charset=utf-8", etag, immutable=True)
    head = publication.unit_of_head(published, of)
    body = exporting.results(published, of, paper, head)
    body["areas"] = [
        exporting.unit_results(paper, unit)
        for unit in publication.everything(published, of, kind="area")
    ]
    return document(exporting.as_json(body), "application/json", immutable=True)
