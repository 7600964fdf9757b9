"""The public's papers: PDFs of what is published."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from tabulation.printing.typesetting import TypesettingFailed
from tabulation.printing.unprintable import public_page
from tabulation.public.document import Document
from tabulation.public.files import papers
from tabulation.public.views.documents import public


def _paper(make: Callable[..., Document]) -> Callable[..., HttpResponseBase]:
    """Open to anybody as every document is; a page says so where the typesetter fails."""
    made = public(make)

    @wraps(made)
    def answer(request: HttpRequest, **address: Any) -> HttpResponseBase:
        try:
            return made(request, **address)
        except TypesettingFailed as failed:
            return public_page(request, failed, address["language"])

    return answer


protocol = _paper(papers.protocol)
area = _paper(papers.area)
