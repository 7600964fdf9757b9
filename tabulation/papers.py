"""Public address -> PDF: papers of what is published, from the ledger only.

What came out with a publication, and is bound by it, is answered as it was kept. Any other is made
when it is asked for; its bytes hang on the typesetter, the fonts and the translations, and so it is
not said to stay for ever as it is.
"""

import hashlib

from tabulation import documents, printing, publication
from tabulation.documents import Document
from tabulation.documents.common import contest_in, find, unit_in


def protocol(slug: str, number: int, contest: str, language: str) -> Document:
    """The commission's protocol of the results. Raises UnknownAddress."""
    _election, published = find(slug, number)
    of, form = contest_in(published, contest)
    bound = publication.file_of(published, f"{contest}.protocol.{language}.pdf")
    if bound is not None:
        digest = bytes(bound.sha256).hex()
        return Document([bytes(bound.body)], bound.media_type, digest, immutable=True)
    return _document(printing.protocol(published, of, form, language))


def area(slug: str, number: int, contest: str, code: str, language: str) -> Document:
    """The results of an area, for a wall. Raises UnknownAddress."""
    _election, published = find(slug, number)
    of, form = contest_in(published, contest)
    unit_in(publication.unit_of_area, published, of, code)
    return _document(printing.area_table(published, of, form, code, language))


def _document(made: bytes) -> Document:
    return documents.Document([made], printing.PDF, hashlib.sha256(made).hexdigest())
