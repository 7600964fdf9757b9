"""What Django answers at an address, made ready: so that both say the same to the last header."""

import gzip
import io
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponseBase

from tabulation.public.packing.addresses import Wanted
from tabulation.public.packing.pack import Answer, Kind

#: Bodies below this many bytes are kept as they are: gzip would make them longer.
WORTH_GZIP = 256
#: Best of what a second of one core affords for thousands of pages.
LEVEL = 6
OWN = {"etag", "content-length", "content-encoding"}


class NotForEverybody(Exception):
    """The answer is an error, or differs from reader to reader: it is left to Django."""


def maker() -> Callable[[Wanted], Answer]:
    """Answers through the whole of Django, as a stranger without cookies gets them.

    The function raises NotForEverybody, with the status.
    """
    handler = BaseHandler()
    handler.load_middleware()

    def make(wanted: Wanted) -> Answer:
        # Never closed: that is the end of a request, which would end the database's connection.
        return _ready(wanted, handler.get_response(_request(wanted.address)))

    return make


def _request(address: bytes) -> WSGIRequest:
    host = settings.ALLOWED_HOSTS[0].lstrip(".").replace("*", "") or "localhost"
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": address.decode("latin-1"),
        "QUERY_STRING": "",
        "HTTP_HOST": host,
        "SERVER_NAME": host,
        "SERVER_PORT": "443" if settings.SECURE_SSL_REDIRECT else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "https" if settings.SECURE_SSL_REDIRECT else "http",
        "wsgi.input": io.BytesIO(),
    }
    if settings.SECURE_PROXY_SSL_HEADER and settings.SECURE_SSL_REDIRECT:
        name, value = settings.SECURE_PROXY_SSL_HEADER
        environ[name] = value
    return WSGIRequest(environ)


def _ready(wanted: Wanted, response: HttpResponseBase) -> Answer:
    varies = response.get("Vary", "").lower().replace(" ", "").split(",")
    if (
        response.status_code not in (200, 302)
        or response.cookies
        or not {"", "accept-encoding"}.issuperset(varies)
    ):
        raise NotForEverybody(f"{response.status_code} {response.reason_phrase}")
    body = response.getvalue()
    headers = tuple((k, v) for k, v in response.items() if k.lower() not in OWN)
    kind = Kind(f"{response.status_code} {response.reason_phrase}", headers)
    etag = response.get("ETag", "").strip('"').encode()
    zipped = gzip.compress(body, LEVEL, mtime=0) if len(body) >= WORTH_GZIP else body
    smaller = len(zipped) < len(body)
    return Answer(wanted.address, kind, etag, zipped if smaller else body, smaller, wanted.key)
