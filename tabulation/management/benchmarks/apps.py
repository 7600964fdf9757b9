"""What the served pages are measured against, under gunicorn: the same bytes from less.

The bytes are in the file that HASHVARK_BENCHMARK names: a header a line, an empty line, the body.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse

urlpatterns: list[Any] = []


def _page() -> tuple[list[tuple[str, str]], bytes]:
    head, _gap, body = Path(os.environ["HASHVARK_BENCHMARK"]).read_bytes().partition(b"\n\n")
    headers = [line.partition(": ") for line in head.decode().splitlines()]
    return [(name, value) for name, _colon, value in headers], body


def bare() -> Callable[..., Iterable[bytes]]:
    """The least that can be asked of a WSGI application."""
    headers, body = _page()

    def application(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", headers)
        return [body]

    return application


def view() -> Callable[..., Iterable[bytes]]:
    """A Django view that has the bytes ready, behind the project's middleware."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tabulation.settings")
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.urls import re_path

    settings.ROOT_URLCONF = __name__
    application = get_wsgi_application()
    headers, body = _page()

    def answer(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(body, headers=dict(headers))

    answer.login_required = False  # type: ignore[attr-defined]  # what Django's decorator sets
    urlpatterns[:] = [re_path("", answer), *_staff()]
    return application


def _staff() -> list[Any]:
    """The middleware asks where the staff's addresses begin."""
    from django.urls import path

    return [path("staff/", lambda _request: HttpResponse(), name="staff")]
