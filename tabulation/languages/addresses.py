"""The language of a page is the one in its address, and nothing else: no cookie, no header."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation


def language_of(path: str) -> str:
    """The language that an address begins with; English where it begins with none."""
    first = path.removeprefix("/").partition("/")[0]
    return first if first in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def in_language(path: str, code: str) -> str:
    """The address of a staff page in another language: English has no prefix."""
    now = language_of(path)
    bare = path.removeprefix(f"/{now}") if now != settings.LANGUAGE_CODE else path
    return bare if code == settings.LANGUAGE_CODE else f"/{code}{bare}"


class LanguageOfPathMiddleware:
    """Answers in the language of the address, error pages included.

    Not Django's own: that one looks at headers and cookies, so that every page would vary by them,
    and it redirects.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with translation.override(language_of(request.path_info)):
            return self.get_response(request)


def context(request: HttpRequest) -> dict[str, Any]:
    """For the staff's pages: the same page in each language: code, own name, address.

    None for the answer to a button: to open its address anew would lose what was typed.
    """
    if request.method not in ("GET", "HEAD"):
        return {"languages": []}
    path = request.get_full_path()
    return {
        "languages": [(code, name, in_language(path, code)) for code, name in settings.LANGUAGES]
    }
