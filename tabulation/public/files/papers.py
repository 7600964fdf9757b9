"""Public address -> PDF: papers of what is published, from the ledger only.

What came out with a publication, and is bound by it, is answered as it was kept. Any other is made
when it is asked for; its bytes hang on the typesetter, the fonts and the translations, and so it is
not said to stay for ever as it is.
"""

import hashlib

from tabulation.ledger import acts, reading
from tabulation.printing import parts
from tabulation.public import document
from tabulation.public.document import Document, contest_in, find, unit_in
from tabulation.public.papers import protocol as papers_protocol
from tabulation.public.papers.area import area_table


def protocol(slug: str, number: int, contest: str, language: str) -> Document:
    """The commission's protocol of the results. Raises UnknownAddress."""
    _election, published = find(slug, number)
    of, form = contest_in(published, contest)
    bound = acts.file_of(published, f"{contest}.protocol.{language}.pdf")
    if bound is not None:
        digest = bytes(bound.sha256).hex()
        return Document([bytes(bound.body)], bound.media_type, digest, immutable=True)
    return _document(papers_protocol.protocol(published, of, form, language))


def area(slug: str, number: int, contest: str, code: str, language: str) -> Document:
    """The results of an area, for a wall. Raises UnknownAddress."""
    _election, published = find(slug, number)
    of, form = contest_in(published, contest)
    unit_in(reading.unit_of_area, published, of, code)
    return _document(area_table(published, of, form, code, language))


def _document(made: bytes) -> Document:
    return document.Document([made], parts.PDF, hashlib.sha256(made).hexdigest())
