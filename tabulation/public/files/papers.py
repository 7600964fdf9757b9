"""Public address -> PDF: papers of what is published, from the ledger only.

What came out with a publication, and is bound by it, is answered as it was kept. Any other is made
when it is asked for; its bytes hang on the typesetter, the fonts and the translations.
"""

import hashlib

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import acts
from tabulation.printing import parts
from tabulation.public.document import Document
from tabulation.public.edition import Edition
from tabulation.public.papers import area as area_paper
from tabulation.public.papers import protocol as protocol_paper


def protocol(edition: Edition, contest: Contest, form: ProtocolForm, language: str) -> Document:
    """The commission's protocol of the results."""
    bound = acts.file_of(edition.published, f"{contest.code}.protocol.{language}.pdf")
    if bound is not None:
        return Document([bytes(bound.body)], bound.media_type, bytes(bound.sha256).hex())
    return _document(protocol_paper.protocol(edition.published, contest, form, language))


def area(
    edition: Edition, contest: Contest, form: ProtocolForm, language: str, code: str
) -> Document:
    """The results of an area, for a wall. Raises UnknownAddress."""
    edition.area(contest, code)
    return _document(area_paper.area_table(edition.published, contest, form, code, language))


def _document(printed: bytes) -> Document:
    return Document([printed], parts.PDF, hashlib.sha256(printed).hexdigest())
