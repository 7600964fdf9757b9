"""What is answered where a paper could not be typeset; the reason stands in the server's log."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from tabulation.printing.typesetting import TypesettingFailed

log = logging.getLogger(__name__)


def paper_failed(failed: TypesettingFailed) -> str:
    """For a person of the staff; what the typesetter said is for who runs the server."""
    log.error("%s", failed)
    return _(
        "The system could not make the document. Try again. If it fails again, tell your system"
        " administrator. The reason is in the server's log."
    )


def act_failed(failed: TypesettingFailed) -> str:
    """For who recorded an act that comes out with papers: of the act nothing is kept, either."""
    log.error("%s", failed)
    return _(
        "The system could not make the documents of this decision. Nothing was recorded or"
        " published. Your text is still here. Send it again. If it fails again, tell your system"
        " administrator. The reason is in the server's log."
    )


def public_page(request: HttpRequest, failed: TypesettingFailed, language: str) -> HttpResponse:
    """For anybody, in the language of the paper; no cache keeps it."""
    log.error("%s", failed)
    with translation.override(language):
        answer = render(request, "503.html", status=503)
    answer["Cache-Control"] = "no-store"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
