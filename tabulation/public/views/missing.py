"""404 for everybody: a page that says what is not there, and where to go on."""

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve, reverse
from django.views.defaults import page_not_found

from tabulation.public.pages import missing
from tabulation.public.views.frames import embeddable

EMBEDS = "/embed/"


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The staff's pages have their own, which does not look into the ledger; so has everybody
    while the ledger cannot be read.
    """
    if request.path.startswith(reverse("staff")):
        return page_not_found(request, exception)
    answer = embeddable(_public) if request.path.startswith(EMBEDS) else _public
    try:
        return answer(request)  # type: ignore[return-value]  # a frame is open to the same answer
    except DatabaseError:
        return page_not_found(request, exception)


def _public(request: HttpRequest) -> HttpResponse:
    try:
        where = resolve(request.path_info).kwargs
    except Resolver404:
        where = None
    document = missing.missing_page(request.path_info, where)
    answer = HttpResponse(b"".join(document.chunks), document.content_type, status=404)
    # So that a program of another site is told "not there", and not "no answer".
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
