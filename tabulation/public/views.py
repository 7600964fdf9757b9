"""The public's pages and files: documents with the right headers. No session, no cookie."""

import sys
from collections.abc import Callable
from typing import Any

from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.db import DatabaseError
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.template.loader import render_to_string
from django.urls import Resolver404, URLPattern, path, resolve, reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.encoding import escape_uri_path
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from django.views.defaults import page_not_found, server_error

from tabulation.database import faults
from tabulation.languages import converters as converters  # registers how codes stand in addresses
from tabulation.languages.addresses import language_of
from tabulation.ledger.publications import database_answers
from tabulation.printing import unprintable
from tabulation.printing.typesetting import TypesettingFailed
from tabulation.public import made
from tabulation.public.declaration import Declaration, answer, read
from tabulation.public.document import Document, UnknownAddress
from tabulation.public.pages.missing import missing_page
from tabulation.public.site import DOCUMENTS

#: No form of ours sends nearly as many.
MOST_PARAMETERS = 40
#: Whoever frames one gains nothing by it: there is nothing to press, and nobody is signed in there.
ANYBODY = {"frame-ancestors": ["*"]}
EMBEDS = "/embed/"
#: Seconds within which the database answers who asks how we are.
HEALTH = 0.8

View = Callable[..., HttpResponseBase]


def opened(view: View) -> View:
    """Open to everybody; nothing is ever written: another method is 405, and not "forbidden"."""
    return csrf_exempt(login_not_required(require_safe(view)))


def embeddable(view: View) -> View:
    """Let anybody put the answers of ``view`` into a frame."""
    framed: Any = xframe_options_exempt(csp_replace(ANYBODY)(view))
    return framed  # type: ignore[no-any-return]  # csp has no types


def view_of(declared: Declaration) -> View:
    """What answers the addresses of a declaration.

    Query strings are not looked at, but by what is declared with a query: they never make a page of
    their own.
    """

    def view(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        if declared.query:
            _check_query(request)
        address = escape_uri_path(request.path)
        try:
            found = read(declared, parts, asked=request.GET.dict())
            document = answer(found, parts.get("language", ""), address)
            return answered(request, document, declared)
        except UnknownAddress:
            raise Http404 from None
        except TypesettingFailed as failed:
            return unprintable.public_page(request, failed, parts["language"])
        except made.Busy:
            return _unavailable("503_busy.html", language_of(request.path_info))

    view.__name__ = view.__qualname__ = declared.name
    return opened(embeddable(view) if declared.framed else view)


def _check_query(request: HttpRequest) -> None:
    if len(request.META.get("QUERY_STRING", "").split("&")) > MOST_PARAMETERS:
        raise BadRequest("More parameters than any form here has.")


def answered(request: HttpRequest, document: Document, declared: Declaration) -> HttpResponseBase:
    """A document as what answers a request, or that the asker has it already. Raises Busy."""
    etag = f'"{document.etag}"'
    response: Any = get_conditional_response(request, etag=etag)
    if response is None:
        # What is asked behind a question mark is asked once.
        address = "" if declared.query else request.path
        response = _whole(document, address, body=request.method != "HEAD")
    response["ETag"] = etag
    response["Cache-Control"] = declared.cache
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag"
    # Not compressed here, but by nginx, from its copy or as it passes.
    response["Vary"] = "Accept-Encoding"
    return response  # type: ignore[no-any-return]  # Django types no conditional answer


def _whole(document: Document, address: str, *, body: bool) -> HttpResponseBase:
    """All of it; what takes long is kept by its ``address``, where it has one."""
    if isinstance(document.chunks, list):
        content = b"".join(document.chunks)
        response = HttpResponse(content if body else b"", content_type=document.content_type)
        response["Content-Length"] = str(len(content))
        return response
    if not body:
        return HttpResponse(content_type=document.content_type)
    path = made.kept(address, document) if address else None
    if path is not None:
        file = FileResponse(path.open("rb"), content_type=document.content_type)
        del file["Content-Disposition"]  # it would be saved by the name that it is kept by
        return file
    chunks = document.chunks if made.folder is None else made.InTurn(document.chunks)
    return StreamingHttpResponse(chunks, content_type=document.content_type)


@opened
def root(request: HttpRequest) -> HttpResponse:
    """The language is in the address; without one it is English."""
    return HttpResponseRedirect("/en/")


@opened
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers this process, 503 when not: within a second, whatever the
    database does. Nothing else is told.
    """
    if database_answers(HEALTH):
        return JsonResponse({"status": "ok"})
    return JsonResponse({"status": "database"}, status=503)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 for everybody: a page that says what is not there, and where to go on.

    The staff's pages have their own, which does not look into the ledger; so has everybody while
    the ledger cannot be read.
    """
    if request.path.startswith(reverse("staff")):
        return page_not_found(request, exception)
    view = embeddable(_missing) if request.path.startswith(EMBEDS) else _missing
    try:
        return view(request)  # type: ignore[return-value]  # a frame is open to the same answer
    except DatabaseError:
        return page_not_found(request, exception)


def failed(request: HttpRequest) -> HttpResponse:
    """500; or 503, where the database is what failed, with what happened, was kept and can be done.

    For everybody, from every layer: Django asks this one while it handles the error.
    """
    fault = faults.of_page(sys.exc_info()[1])
    if not fault:
        return server_error(request)
    view: Any = _without_database
    return (embeddable(view) if request.path.startswith(EMBEDS) else view)(request, fault)  # type: ignore[return-value]


def _without_database(request: HttpRequest, fault: str) -> HttpResponse:
    """Without a context: who is signed in would be asked of the database."""
    return _unavailable("503_database.html", language_of(request.path_info), fault=fault)


def _unavailable(template: str, language: str, **context: str) -> HttpResponse:
    """For now; no cache keeps it."""
    with translation.override(language):
        page = render_to_string(template, context)
    answer = HttpResponse(page, status=503)
    answer["Retry-After"] = "10"
    answer["Cache-Control"] = "no-store"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _missing(request: HttpRequest) -> HttpResponse:
    try:
        where = resolve(request.path_info).kwargs
    except Resolver404:
        where = None
    document = missing_page(request.path_info, where)
    response = HttpResponse(b"".join(document.chunks), document.content_type, status=404)
    # So that a program of another site is told "not there", and not "no answer".
    response["Access-Control-Allow-Origin"] = "*"
    return response


#: What is answered without a document.
WITHOUT_DOCUMENT = {"root": root, "healthz": healthz}


def route(declared: Declaration) -> URLPattern:
    view = WITHOUT_DOCUMENT.get(declared.name) or view_of(declared)
    return path(declared.path, view, name=declared.name)


urlpatterns = [route(declared) for declared in DOCUMENTS]
