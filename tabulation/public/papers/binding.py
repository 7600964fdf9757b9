"""The papers that a publication binds by their hashes: made before the publication is saved."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from tabulation.ledger import acts, reading
from tabulation.printing.parts import PDF, PrintedFile
from tabulation.public.papers.protocol import protocol


def papers_of(published: Any) -> Iterator[PrintedFile]:
    """The protocol of results of each contest that is decided by ``published``, in every language;
    each is named as its file is.

    ``published`` need not be saved, but its number's ledger rows and decisions are written.
    """
    for contest, form in reading.published_contests(published):
        decision = acts.decision_of(published, contest)
        if decision is None or decision.sitting.published_in != published.number:
            continue
        for language, _name in settings.LANGUAGES:
            made = protocol(published, contest, form, language)
            yield PrintedFile(f"{contest.code}.protocol.{language}.pdf", PDF, made)
