"""The public's pages and files: documents with the right headers. No session, no cookie."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.utils.cache import get_conditional_response
from django.utils.encoding import escape_uri_path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from tabulation.ledger import reading
from tabulation.public.document import Document, UnknownAddress, made_for
from tabulation.public.files import catalogue, documents, proofs
from tabulation.public.files import documents as formats
from tabulation.public.files import feed as feeds
from tabulation.public.files.latest import latest_json
from tabulation.public.files.openapi import openapi_json
from tabulation.public.pages import candidates, differences, embeds, overview, pages, pictures
from tabulation.public.pages import outcome as outcomes
from tabulation.public.pages import screen as screens
from tabulation.public.pages import turnout as hours
from tabulation.public.pages.how import how_page
from tabulation.public.views import frames

PAGE = "public, max-age=10, stale-while-revalidate=60, stale-if-error=86400"
IMMUTABLE = "public, max-age=31536000, immutable"
LATEST = "public, max-age=1"


def public(view: Callable[..., Document]) -> Callable[..., HttpResponseBase]:
    """Answer a document to anybody: conditional requests, caching, open to other sites' programs.

    Query strings are not looked at: they never make a page of their own.
    """

    @csrf_exempt  # nothing is ever written here: any other method is 405, not "forbidden"
    @login_not_required
    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, **address: Any) -> HttpResponseBase:
        try:
            with made_for(escape_uri_path(request.path)):
                document = view(**address)
        except UnknownAddress:
            raise Http404 from None
        return answered(
            request,
            document,
            cache_control=IMMUTABLE if document.immutable else LATEST if view in NEWEST else PAGE,
        )

    return answer


def answered(request: HttpRequest, document: Document, *, cache_control: str) -> HttpResponseBase:
    """A document as what answers a request, or that the asker has it already."""
    etag = f'"{document.etag}"'
    response: Any = get_conditional_response(request, etag=etag)
    if response is None:
        response = _whole(document, body=request.method != "HEAD")
    response["ETag"] = etag
    response["Cache-Control"] = cache_control
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag"
    # Not gzipped here, but by whoever answers the same document before us (see serving.py).
    response["Vary"] = "Accept-Encoding"
    return response  # type: ignore[no-any-return]  # Django types no conditional answer


def _whole(document: Document, *, body: bool) -> HttpResponseBase:
    if isinstance(document.chunks, list):
        content = b"".join(document.chunks)
        response = HttpResponse(content if body else b"", content_type=document.content_type)
        response["Content-Length"] = str(len(content))
        return response
    if not body:
        return HttpResponse(content_type=document.content_type)
    return StreamingHttpResponse(document.chunks, content_type=document.content_type)


@csrf_exempt
@login_not_required
@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """The language is in the address; without one it is English."""
    return HttpResponseRedirect("/en/")


@csrf_exempt
@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while this process reaches its database, 503 when not. Nothing else is told."""
    if reading.database_answers():
        return JsonResponse({"status": "ok"})
    return JsonResponse({"status": "no database"}, status=503)


@public
def archive(language: str) -> Document:
    return overview.archive(language)


@public
def election(language: str, slug: str) -> Document:
    return overview.election_page(language, slug)


@public
def publication(language: str, slug: str, number: int) -> Document:
    return overview.election_page(language, slug, number)


@public
def how(language: str, slug: str) -> Document:
    return how_page(language, slug)


@public
def candidate(language: str, slug: str, contest: str, number: int) -> Document:
    return candidates.candidate_page(language, slug, contest, number)


@public
def publications(language: str, slug: str) -> Document:
    return pages.publications_page(language, slug)


@public
def difference(
    language: str,
    slug: str,
    contest: str,
    earlier: int,
    later: int,
    page: int = 1,
    newly_counted: bool = False,
) -> Document:
    return differences.difference_page(
        language, slug, contest, earlier, later, page=page, newly_counted=newly_counted
    )


@public
def area(language: str, slug: str, contest: str, code: str, page: int = 1) -> Document:
    return pages.area_page(language, slug, contest, code, page)


@public
def station(language: str, slug: str, contest: str, code: str) -> Document:
    return pages.station_page(language, slug, contest, code)


@public
def turnout(language: str, slug: str, contest: str, code: str | None = None) -> Document:
    return hours.turnout_page(language, slug, contest, code)


@public
def screen(language: str, slug: str) -> Document:
    return screens.screen_page(language, slug)


@public
def embedding(language: str, slug: str, contest: str) -> Document:
    return embeds.embedding_page(language, slug, contest)


@public
def outcome(language: str, slug: str, contest: str, number: int | None = None) -> Document:
    return outcomes.outcome_page(language, slug, contest, number)


feed = public(feeds.feed_xml)
catalog = public(catalogue.catalog_jsonld)
openapi = public(openapi_json)
embed = frames.embeddable(public(embeds.embed_page))
embed_area = frames.embeddable(public(embeds.embed_area))
embed_station = frames.embeddable(public(embeds.embed_station))


@public
def map_of_leaders(language: str, slug: str, contest: str) -> Document:
    return pictures.map_page(language, slug, contest)


@public
def map_of_turnout(language: str, slug: str, contest: str) -> Document:
    return pictures.map_page(language, slug, contest, turnout=True)


night = public(pictures.night_page)
scatter = public(pictures.scatter_page)


#: What changes with each publication and is small: asked for again and again.
NEWEST = (latest_json, proofs.newest_checkpoint)

latest = public(latest_json)
newest_checkpoint = public(proofs.newest_checkpoint)
keys = public(proofs.keys)
checkpoint = public(proofs.checkpoint)
manifests = public(proofs.manifests)
manifest = public(proofs.manifest)
published_file = public(proofs.published_file)
form = public(proofs.form)
ledger = public(proofs.ledger)
reasons = public(proofs.reasons)
turnout_data = public(hours.turnout_file)
outcome_data = public(outcomes.outcome_file)
proof = public(proofs.proof)
bundle = public(proofs.bundle)
package = public(formats.package)
everything = public(formats.everything)
rehearsal = public(formats.rehearsal)
schema = public(formats.schema_file)


@public
def data(slug: str, number: int, contest: str, kind: str) -> Document:
    return documents.data_file(slug, number, contest, kind)


@public
def difference_data(slug: str, contest: str, earlier: int, later: int) -> Document:
    return differences.difference_file(slug, contest, earlier, later)
