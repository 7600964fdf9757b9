"""The papers that a publication binds by their hashes: made before the publication is saved."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from candidates.models import Contest
from tabulation.paper import Paper as Form
from tabulation.printing.common import PDF, Paper
from tabulation.printing.published.protocol import Decision, protocol


def papers_of(
    published: Any,
    contest: Contest,
    form: Form,
    *,
    decisions: dict[str, Decision] | None = None,
) -> Iterator[Paper]:
    """The protocol of results in every language, each named as its file is.

    ``published`` need not be saved, but its number's ledger rows are written. ``decisions``: the
    commission's decision by language; none: lines to write it on.
    """
    for language, _name in settings.LANGUAGES:
        decision = (decisions or {}).get(language)
        made = protocol(published, contest, form, language, decision=decision)
        yield Paper(f"{contest.code}.protocol.{language}.pdf", PDF, made)
