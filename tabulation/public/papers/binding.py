"""Papers of what is published, as documents.

What came out with a publication, and is bound by it, is answered as it was kept. Any other is made
when it is asked for; its bytes hang on the typesetter, the fonts and the translations.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from django.conf import settings

from candidates.models import Contest
from tabulation.arithmetic.form import ProtocolForm
from tabulation.ledger import acts, reading
from tabulation.ledger.refusals import PapersFailed
from tabulation.printing.parts import PDF, PrintedFile
from tabulation.printing.typesetting import TypesettingFailed
from tabulation.printing.unprintable import act_failed
from tabulation.public.document import Document
from tabulation.public.edition import Edition
from tabulation.public.papers.area import area_table
from tabulation.public.papers.protocol import protocol


def papers_of(published: Any) -> Iterator[PrintedFile]:
    """The protocol of results of each contest that is decided by ``published``, in every language;
    each is named as its file is.

    ``published`` need not be saved, but its number's ledger rows and decisions are written. Raises
    PapersFailed.
    """
    for contest, form in reading.published_contests(published):
        decision = acts.decision_of(published, contest)
        if decision is None or decision.sitting.published_in != published.number:
            continue
        for language, _name in settings.LANGUAGES:
            try:
                content = protocol(published, contest, form, language)
            except TypesettingFailed as failed:
                raise PapersFailed(act_failed(failed)) from failed
            yield PrintedFile(_file_name(contest, language), PDF, content)


def protocol_file(
    edition: Edition, contest: Contest, form: ProtocolForm, language: str
) -> Document:
    """The commission's protocol of the results."""
    bound = acts.file_of(edition.published, _file_name(contest, language))
    if bound is not None:
        return Document([bytes(bound.body)], bound.media_type, bytes(bound.sha256).hex())
    return _document(protocol(edition.published, contest, form, language))


def area_file(
    edition: Edition, contest: Contest, form: ProtocolForm, language: str, code: str
) -> Document:
    """The results of an area, for a wall. Raises UnknownUnit."""
    return _document(area_table(edition.published, contest, form, code, language))


def _file_name(contest: Contest, language: str) -> str:
    return f"{contest.code}.protocol.{language}.pdf"


def _document(printed: bytes) -> Document:
    return Document([printed], PDF, sha256(printed).hexdigest())
