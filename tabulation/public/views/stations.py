"""The public's search and lists of stations: the only public addresses that read a query string."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.encoding import escape_uri_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from tabulation.public.document import Document, UnknownAddress, made_for
from tabulation.public.pages import finding, station_list
from tabulation.public.views.documents import answered

#: No form of ours sends nearly as many.
MOST_PARAMETERS = 40
YOUNG = "public, max-age=10"


def asked(view: Callable[..., Document]) -> Callable[..., HttpResponseBase]:
    """As `public`, for a document that depends on what is asked behind the question mark.

    The view gets it as plain texts, of each name the last. Unknown names mean nothing.
    """

    @csrf_exempt
    @login_not_required
    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, **address: Any) -> HttpResponseBase:
        if len(request.META.get("QUERY_STRING", "").split("&")) > MOST_PARAMETERS:
            raise BadRequest("More parameters than any form here has.")
        try:
            # Without what was asked: unknown names and endless texts are never echoed.
            with made_for(escape_uri_path(request.path)):
                document = view(said=request.GET.dict(), **address)
        except UnknownAddress:
            raise Http404 from None
        return answered(request, document, cache_control=YOUNG)

    return answer


@asked
def find(said: dict[str, str], language: str, slug: str, contest: str) -> Document:
    return finding.find_page(language, slug, contest, said.get("q", ""))


@asked
def stations(said: dict[str, str], language: str, slug: str, contest: str) -> Document:
    return station_list.station_list(language, slug, contest, said)


@asked
def stations_csv(said: dict[str, str], language: str, slug: str, contest: str) -> Document:
    return station_list.station_file(language, slug, contest, said)
