"""Public address -> PDF: papers of what is published, from the ledger only.

They are made when they are asked for. Their bytes hang on the typesetter, the fonts and the
translations, and so none is said to stay for ever as it is.
"""

import hashlib

from tabulation import documents, printing, publication
from tabulation.documents import Document
from tabulation.documents.common import contest_in, find, unit_in


def protocol(slug: str, number: int, contest: str, language: str) -> Document:
    """The commission's protocol of the results. Raises UnknownAddress."""
    _election, published = find(slug, number)
    of, form = contest_in(published, contest)
    return _document(printing.protocol(published, of, form, language))


def area(slug: str, number: int, contest: str, code: str, language: str) -> Document:
    """The results of an area, for a wall. Raises UnknownAddress."""
    _election, published = find(slug, number)
    of, form = contest_in(published, contest)
    unit_in(publication.unit_of_area, published, of, code)
    return _document(printing.area_table(published, of, form, code, language))


def _document(made: bytes) -> Document:
    return documents.Document([made], printing.PDF, hashlib.sha256(made).hexdigest())
